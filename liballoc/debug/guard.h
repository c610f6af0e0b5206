/* SPDX-License-Identifier: MIT */
/*
 * guard.h: blocks that know the size that was asked for, notice when something else was
 * overwritten, and are not used again at once. For LIBALLOC_HARDEN, and for checks that want the
 * same.
 *
 * A small block, and a large one that could not get pages of its own:
 *
 *     | asked bytes | canary bytes, at most 32 | 0 ... | word |
 *     block                                            block + usable - 8
 *
 *     word = 0           the block is free, and so all of it is zero; or it is just being made
 *     word = live        asked bytes and a keyed hash of them and the address
 *     word = freed       a keyed hash of the address: in quarantine, and the rest is zero
 *
 * The word is one atomic store, so a neighbour's can be checked at any time. From 32 KiB on a block
 * ends at an inaccessible page and begins after one (region.h); once freed it is inaccessible.
 */
#ifndef LIBALLOC_GUARD_H
#define LIBALLOC_GUARD_H

#include "heap/base.h"

HIDDEN extern bool guard_on;

static inline bool guarding(void) {
  return unlikely(peek(&guard_on));
}

/*
 * Guards every block, in slices that are protected while they are free, placed in no order. Before
 * the first block is allocated.
 */
HIDDEN void guard_start(void);

/* What slow.h's bare functions do while blocks are guarded. bytes > 0. */
HIDDEN void *guard_alloc(size_t bytes, size_t alignment); /* zeroed */
HIDDEN void *guard_realloc(void *block, size_t bytes);
HIDDEN void guard_free(void *block);

/* Bytes that were asked for; 0: the block is not guarded. */
HIDDEN size_t guard_asked(const void *block);

/* Ends in a message if a block in quarantine was written to. At the end of the process. */
HIDDEN void guard_check_quarantine(void);

#endif
