/* SPDX-License-Identifier: MIT */
/* ranges.h: the memory that is the allocator's, for whoever looks at the rest of the process. */
#ifndef LIBALLOC_RANGES_H
#define LIBALLOC_RANGES_H

#include "heap/base.h"

struct range {
  uintptr_t begin, end;
};

/* Ranges in order of their begin. In a mapping of their own, which is one of them. */
struct ranges {
  size_t count, room;
  struct range *range; /* NULL: there was no memory */
};

/* Arenas, metadata, mmapped regions and the ranges themselves, not yet sorted; and the regions
 * alone, sorted. */
HIDDEN struct ranges ranges_of_heap(void);
HIDDEN struct ranges ranges_of_regions(void);

/* One more, before ranges_sort(). */
HIDDEN void ranges_add(struct ranges *ranges, uintptr_t begin, uintptr_t end);
HIDDEN void ranges_sort(struct ranges *ranges);

/* The first range that ends behind address; NULL: none does. */
HIDDEN const struct range *ranges_after(const struct ranges *ranges, uintptr_t address);

HIDDEN void ranges_free(struct ranges *ranges);

#endif
