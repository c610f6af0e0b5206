/* SPDX-License-Identifier: MIT */
/* sort.h: sorting in place, since libc's qsort(3) may allocate. */
#ifndef LIBALLOC_SORT_H
#define LIBALLOC_SORT_H

#include "heap/base.h"

/* Sorts count pointers so that before(a, b) holds for no b that is left of a. */
HIDDEN void sort_pointers(void **item, size_t count, bool (*before)(const void *, const void *));

#endif
