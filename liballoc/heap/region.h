/* SPDX-License-Identifier: MIT */
/*
 * region.h: mmapped regions: huge blocks with a mapping of their own, and their registry.
 *
 * The registry is a hash table of chains. A bucket's lock orders changes and lookups; every change
 * is one store, so that an observer without the lock, or the child of a fork, sees a whole chain.
 * Records are metadata, never unmapped. The memory of freed regions is kept as spares (spare.h).
 */
#ifndef LIBALLOC_REGION_H
#define LIBALLOC_REGION_H

#include "heap/base.h"

struct region {
  struct region *next; /* in its chain */
  void *block;         /* what malloc returned, page-aligned; NULL once freed */
  void *mapping;
  size_t mapped_bytes;
  size_t usable_bytes; /* from block to the end of the mapping */
  uint32_t owner;      /* number of the cache of the thread that made it */
  uint32_t turn;       /* of that cache, see cache_in_turn() */
  size_t asked_bytes;  /* guarded: what was asked for; 0: not guarded */
};
_Static_assert(sizeof(struct region) <= 64, "the smallest piece of metadata");

enum { REGION_BUCKETS = 1024 };

/* A block; *zeroed tells whether it reads as zero; alignment is a power of two; bytes > 0. NULL: no
 * memory. Any thread. */
HIDDEN void *region_alloc(size_t bytes, size_t alignment, bool *zeroed);

/*
 * A zeroed block of bytes > 0 that ends where an inaccessible page begins, as nearly as the
 * alignment allows, with one before it too. NULL: no memory, or too many mappings already.
 */
HIDDEN void *region_alloc_guarded(size_t bytes, size_t alignment);

#define REGION_RETIRED SIZE_MAX

/* What was asked for of a guarded region, REGION_RETIRED if it is out of use; 0: it is none. *first
 * is its first usable byte. */
HIDDEN size_t region_asked(const void *block, char **first);

/*
 * Takes a guarded region out of use: all of it becomes inaccessible, and stays mapped and
 * registered as freed until region_bury() unmaps it. False: there is none, or it is out of use
 * already.
 */
HIDDEN bool region_retire(void *block);
HIDDEN void region_bury(void *block);

/* Ends the region of block, whose memory becomes a spare or is unmapped; false: there is none. */
HIDDEN bool region_free(void *block);

/* As region_free, but the memory is unmapped at once, whatever it costs. */
HIDDEN bool region_unmap(void *block);

/* Usable bytes of the region of block; 0: there is none. */
HIDDEN size_t region_usable(const void *block);

/* For diagnoses: *found is a copy of the region whose mapping the pointer lies in; false: it lies
 * in none. Looks at all of them. */
HIDDEN bool region_holding(const void *pointer, struct region *found);

/* Resizes, moving by page tables if need be; NULL: the region is as it was, and only a new one and
 * a copy can help, as when its memory is of several pieces. */
HIDDEN void *region_resize(void *block, size_t bytes);

/* Sums over all regions, and the most that each has been; reusable: those that become spares. */
HIDDEN size_t region_bytes(void);
HIDDEN size_t region_reusable_bytes(void);
HIDDEN size_t region_count(void);
HIDDEN size_t region_most_bytes(void);
HIDDEN size_t region_most_count(void);

/*
 * For observers: head of a chain, and how many records have left it. Read the fields of a record,
 * then next, by acquire loads, and go there only if none has left meanwhile.
 */
HIDDEN uint32_t region_removals(unsigned bucket);
HIDDEN struct region *region_chain(unsigned bucket);

HIDDEN void region_after_fork(void);

#endif
