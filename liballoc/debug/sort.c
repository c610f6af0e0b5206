/* SPDX-License-Identifier: MIT */
#include "debug/sort.h"

/* Heapsort: the largest of a heap goes to the end (Williams, 1964). */
static void sift_down(void **item, size_t root, size_t count,
                      bool (*before)(const void *, const void *)) {
  void *moved = item[root];

  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && before(item[child], item[child + 1]))
      child++;
    if (!before(moved, item[child]))
      break;
    item[root] = item[child];
  }
  item[root] = moved;
}

void sort_pointers(void **item, size_t count, bool (*before)(const void *, const void *)) {
  for (size_t root = count / 2; root-- > 0;)
    sift_down(item, root, count, before);
  while (count > 1) {
    void *largest = item[0];
    item[0] = item[--count];
    item[count] = largest;
    sift_down(item, 0, count, before);
  }
}
