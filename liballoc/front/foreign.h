/* SPDX-License-Identifier: MIT */
/*
 * foreign.h: pointers that are not ours.
 *
 * A module loaded with RTLD_DEEPBIND binds to libc's malloc and hands its blocks to our free. When
 * libc's own heap is in use, such a block goes to the next allocator in line; when it is not, the
 * pointer is a bug of the program and ends in a message.
 */
#ifndef LIBALLOC_FOREIGN_H
#define LIBALLOC_FOREIGN_H

#include "heap/base.h"

HIDDEN COLD void foreign_free(void *block);
HIDDEN COLD size_t foreign_usable(const void *block); /* 0 when nobody else has a heap */

/* The message for a pointer that is nobody's block. */
_Noreturn HIDDEN COLD void foreign_die(const char *function, const void *block);

#endif
