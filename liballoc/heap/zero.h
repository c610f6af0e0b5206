/* SPDX-License-Identifier: MIT */
/*
 * zero.h: blocks of no bytes, what malloc(0) returns: addresses of their own in a mapping that can
 * be neither read nor written, so that using one faults.
 *
 *     used bit i = 1   area + 16 * i is out
 *
 * There are ZERO_MOST of them; who needs more gets blocks of the smallest class.
 */
#ifndef LIBALLOC_ZERO_H
#define LIBALLOC_ZERO_H

#include "heap/base.h"
#include "heap/span.h"

enum { ZERO_MOST = 1 << 16, ZERO_AREA_BYTES = ZERO_MOST * MIN_ALIGNMENT };

HIDDEN extern bool zero_on;    /* an option: false: nobody gets one */
HIDDEN extern char *zero_area; /* NULL: none was asked for yet */

/* NULL: there are no more, or no address space for them. Any thread, no lock. */
HIDDEN void *zero_alloc(void);

/* Whether the address is in the area. */
static inline bool zero_holds(const void *block) {
  const char *area = load_acquire(&zero_area);
  return area && (uintptr_t)block - (uintptr_t)area < ZERO_AREA_BYTES;
}

/* What is wrong with the address, which is in the area, as a block that is out. */
HIDDEN enum span_fault zero_fault_of(const void *block);

/* Takes it back, or says why not. */
HIDDEN enum span_fault zero_put(void *block);

#endif
