/* SPDX-License-Identifier: MIT */
/*
 * libc.h: those of libc's allocation functions that have no alloc_ twin in <liballoc/alloc.h>,
 * under names that can be called in a build that leaves libc's own alone.
 */
#ifndef LIBALLOC_LIBC_H
#define LIBALLOC_LIBC_H

#include "heap/base.h"

HIDDEN void *libc_reallocarray(void *block, size_t count, size_t each);
HIDDEN void *libc_aligned_alloc(size_t alignment, size_t bytes);
HIDDEN int libc_posix_memalign(void **result, size_t alignment, size_t bytes);
HIDDEN void *libc_valloc(size_t bytes);
HIDDEN void *libc_pvalloc(size_t bytes);
HIDDEN void libc_free_sized(void *block, size_t bytes);
HIDDEN void libc_free_aligned_sized(void *block, size_t alignment, size_t bytes);

#endif
