/* SPDX-License-Identifier: MIT */
/*
 * sampled.h: a few blocks on pages of their own between inaccessible ones, chosen on slow paths so
 * that the fast ones cost what they cost without it. Can stay on in production. The idea is that of
 * GWP-ASan (Serebryany et al., 2023).
 *
 *     | no access | ....... block | no access | no access, was freed | no access | ...
 *
 * A block ends at the end of its page. Once freed, its page is inaccessible until the slot is used
 * again, which is when all others have been. Who touches what it must not is told of in full: the
 * block, and the stacks that allocated and freed it; then the signal goes on to whoever had it.
 */
#ifndef LIBALLOC_SAMPLED_H
#define LIBALLOC_SAMPLED_H

#include "heap/base.h"

enum { SAMPLED_SLOTS = 128, SAMPLED_AREA_BYTES = (2 * SAMPLED_SLOTS + 1) * PAGE_BYTES };

HIDDEN extern uint32_t sampled_every; /* 0: off */
HIDDEN extern char *sampled_area;     /* NULL: it was never on */

/* One in so many slow allocations from now on; 0: none. An option. */
HIDDEN void sampled_set(uint32_t every);

/* A block for this call of a size up to a page, if it is one to be sampled; NULL: it is not. */
HIDDEN void *sampled_alloc(size_t bytes);

static inline bool sampled_holds(const void *block) {
  const char *area = load_acquire(&sampled_area);
  return area && (uintptr_t)block - (uintptr_t)area < SAMPLED_AREA_BYTES;
}

/* Of a pointer that sampled_holds: usable bytes, 0 if no live block is there; and free. */
HIDDEN size_t sampled_usable(const void *block);
HIDDEN void sampled_free(void *block);

/* Of one where no live block begins: tells of the block that was there, or is near, and aborts. */
_Noreturn HIDDEN COLD void sampled_die(const char *function, const void *pointer);

/* In the child of a fork: no other thread is changing a slot any more. */
HIDDEN void sampled_after_fork(void);

#endif
