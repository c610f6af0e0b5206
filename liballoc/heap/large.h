/* SPDX-License-Identifier: MIT */
/*
 * large.h: large blocks: one block in a span of whole slices, too large for a size class and too
 * small for a mapping of its own. The first slice is tagged TAG_LARGE, the rest TAG_LARGE_REST;
 * only the first descriptor is used. Usable are the whole pages asked for; the rest of the last
 * slice is never touched, and lets realloc grow in place.
 */
#ifndef LIBALLOC_LARGE_H
#define LIBALLOC_LARGE_H

#include "heap/base.h"

/* Blocks larger than this are mmapped regions. Set by M_MMAP_THRESHOLD. */
HIDDEN extern size_t large_most_bytes;
enum { LARGE_DEFAULT_MOST_BYTES = 1024 * 1024 };

/* *zeroed tells whether the block reads as zero; NULL: no memory. Any thread. */
HIDDEN void *large_alloc(size_t bytes, size_t alignment, bool *zeroed);

/* Frees the block at block, whose slice is tagged TAG_LARGE; false: it is inside the block. */
HIDDEN bool large_free(void *block);

HIDDEN size_t large_usable(const void *block);

/* Resizes without moving; false: not possible, nothing changed. */
HIDDEN bool large_resize(void *block, size_t bytes);

#endif
