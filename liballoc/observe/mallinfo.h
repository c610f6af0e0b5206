/* SPDX-License-Identifier: MIT */
/*
 * mallinfo.h: libc's questions about the heap, under names that can be called in a build that
 * leaves libc's own alone. doc/liballoc.7 and malloc(3)'s relatives say what each returns.
 */
#ifndef LIBALLOC_MALLINFO_H
#define LIBALLOC_MALLINFO_H

#include <malloc.h>
#include <stdio.h>

#include "heap/base.h"

/* Field by field:
 *   arena     slices in spans, and free ones that may be resident     uordblks + fordblks
 *   ordblks   free pieces: blocks, ends of spans never handed out, runs of slices
 *   smblks    blocks in thread caches                                 fsmblks: their bytes
 *   hblks     mmapped regions                                         hblkhd: their bytes
 *   usmblks   the most that slices and regions have ever been
 *   uordblks  bytes of live blocks, regions excluded
 *   fordblks  bytes of everything else in those slices
 *   keepcost  what malloc_trim(0) would give back now
 */
HIDDEN struct mallinfo2 libc_mallinfo2(void);

/* The same, saturated at INT_MAX. */
HIDDEN struct mallinfo libc_mallinfo(void);

/* XML on stream; 0, or EINVAL when options is not 0, or ENOMEM. */
HIDDEN int libc_malloc_info(int options, FILE *stream);

/* Text on stderr, with its lock held; not a cancellation point. */
HIDDEN void libc_malloc_stats(void);

/* Gives back what is free, pad_bytes of free slices aside; 1 if there was anything, else 0. */
HIDDEN int libc_malloc_trim(size_t pad_bytes);

#endif
