/* SPDX-License-Identifier: MIT */
/*
 * statistics.h: how much of the heap is what, counted on demand.
 *
 * Nothing is counted on the way of an allocation: a count is a walk over arenas, spans and thread
 * caches that takes no lock and stops no thread. On a quiet heap it is exact. While other threads
 * go on it is as true as several looks at a moving thing can be, and still adds up:
 *
 *     system = in use + free          free = fast (in thread caches) + rest
 *
 * Arena headers and the records of caches and regions are bookkeeping and in none of these.
 */
#ifndef LIBALLOC_STATISTICS_H
#define LIBALLOC_STATISTICS_H

#include "heap/arena.h"
#include "heap/base.h"
#include "heap/size_class.h"

struct amount {
  size_t blocks;
  size_t bytes;
};

/* Of one arena, or the sum of all. */
struct heap_count {
  size_t aspace_bytes;      /* address space, header included */
  size_t system_bytes;      /* slices in spans, and free slices that may be resident */
  size_t system_most_bytes; /* slices ever handed out */
  size_t trim_bytes;        /* what malloc_trim(0) would give back now */
  struct amount large;      /* live large blocks */
  size_t rests;             /* runs of dirty slices, and ends of spans never handed out */
  size_t taken[CLASSES];    /* blocks that are not free in their spans: live, cached, in transit */
  size_t free[CLASSES];     /* blocks free in their spans, handed out before */
  size_t cached[CLASSES];
  size_t transit[CLASSES];
};

/*
 * Counts all arenas into *total, and arena i into each[i] for i < each_count.
 * Any thread, at any time; does not allocate.
 */
HIDDEN void statistics_count(struct heap_count *total, struct heap_count *each,
                             unsigned each_count);

/* Bytes of live blocks of classes and of large blocks; at most system_bytes. */
HIDDEN size_t heap_count_in_use_bytes(const struct heap_count *count);

/* Blocks in thread caches. */
HIDDEN struct amount heap_count_fast(const struct heap_count *count);

/* All other free memory; in transit counts as free. */
HIDDEN struct amount heap_count_rest(const struct heap_count *count);

#endif
