/* SPDX-License-Identifier: MIT */
/*
 * check.h: every call checked, by MALLOC_CHECK_, mallopt(M_CHECK_ACTION) or mcheck(3).
 *
 *     base        block                    block + bytes
 *      | head ... | what was asked for ... | tail ........|
 *
 * A block that is allocated while checking is on is a larger one of the heap, with a known pattern
 * in front of it and behind it, and is remembered beside the heap with the size that was asked for.
 * Freed, it is filled and waits in a quarantine before it goes back to the heap: meanwhile a second
 * free is known for what it is, and a write is found when it leaves. Blocks from before are freed
 * and resized as always. Once on, it stays: mallopt(M_CHECK_ACTION, 0) ends the fencing of new
 * blocks only.
 *
 * While checking() bins are off, so every call is a slow one; the fast paths know nothing of it.
 * Everything here is thread-safe, leaves errno as the allocation functions must, and calls the
 * program's function, or ends in a message, with no lock held.
 */
#ifndef LIBALLOC_CHECK_H
#define LIBALLOC_CHECK_H

#include <mcheck.h>

#include "heap/base.h"

enum {
  CHECK_EVER = 1,     /* there may be fenced blocks */
  CHECK_FENCE = 2,    /* new blocks are fenced */
  CHECK_FILL = 4,     /* and filled, by mcheck */
  CHECK_PEDANTIC = 8, /* every call checks all blocks */
};
HIDDEN extern uint32_t check_flags;

static inline bool checking(void) {
  return peek(&check_flags) != 0;
}

/* Sets flags, CHECK_EVER among them, or clears some. */
HIDDEN void check_set(uint32_t flags, bool on);

/* What damage is told to; NULL: a message and abort(). */
HIDDEN void check_set_function(void (*function)(enum mcheck_status status));

/* ---- the functions of slow.h, checked ---- */

HIDDEN void *check_alloc(size_t bytes, size_t alignment, bool zero);
HIDDEN void *check_realloc(void *block, size_t bytes);
HIDDEN void check_free(void *block);
HIDDEN size_t check_usable(const void *block);

/* Before a free that tells the size, or alignment and size: ends in a message if that is wrong.
 * alignment 0: not told. */
HIDDEN void check_told_size(const char *function, const void *block, size_t alignment,
                            size_t bytes);

/* ---- on demand ---- */

/* The state of one block, told to the function as well unless it is fine. */
HIDDEN enum mcheck_status check_probe(const void *block);

/* Looks at every block, live ones and those in quarantine. function names the caller. */
HIDDEN void check_all(const char *function);

/* In the child of a fork: locks of threads that are not there are free. */
HIDDEN void check_after_fork(void);

#endif
