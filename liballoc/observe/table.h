/* SPDX-License-Identifier: MIT */
/*
 * table.h: an array of the publisher that grows. Its memory is mapped for it alone, is not
 * inherited by children, and goes when watching ends, so that a process leaves it as it was.
 */
#ifndef LIBALLOC_TABLE_H
#define LIBALLOC_TABLE_H

#include "heap/base.h"

struct table {
  void *at;
  size_t bytes;
};

/* Makes room for bytes, what is there stays, the rest is zero; false: no memory, nothing changed.
 */
HIDDEN bool table_reserve(struct table *table, size_t bytes);

HIDDEN void table_release(struct table *table);

/* Sorts records of record_bytes (a multiple of 8, at most 64) by the uint64_t at their start. */
HIDDEN void records_sort(void *records, size_t count, size_t record_bytes);

#endif
