/* SPDX-License-Identifier: MIT */
/*
 * arena.h: 32 MiB of address space, aligned to its size, in 2048 slices of 16 KiB.
 *
 *   | fields, tags | descriptors        | bitmaps of spans     |  | slice 33 | ... | slice 2047 |
 *   0              12 KiB               268 KiB                524 KiB 528 KiB
 *
 * Slices are handed out by atomic bitmaps without a lock. For a slice that exists:
 *     free=1  nobody's;           dirty says whether its pages may be resident
 *     free=0  part of one span (or of the header), or claimed for an instant by whoever purges it
 * Only the claimer of a slice changes its tag, its dirty bit and its descriptor. Headers are never
 * unmapped, so a stale pointer to a descriptor is always readable.
 */
#ifndef LIBALLOC_ARENA_H
#define LIBALLOC_ARENA_H

#include "heap/base.h"
#include "heap/span.h"

enum {
  ARENA_SHIFT = 25,
  ARENA_BYTES = 1 << ARENA_SHIFT,
  ARENA_SLICES = ARENA_BYTES / SLICE_BYTES,
  ARENA_WORDS = ARENA_SLICES / 64,
  ARENA_HEADER_SLICES = 33,
  ARENA_LEAST_SLICES = 4 * ARENA_HEADER_SLICES,       /* the header stays for good */
  ARENA_MAX_RUN = ARENA_SLICES - ARENA_HEADER_SLICES, /* slices of the largest large span */
  ARENA_MAX = 1 << 16,                                /* 2 TiB */
  ADDRESS_BITS = 47,
  ARENA_MAP_ENTRIES = 1 << (ADDRESS_BITS - ARENA_SHIFT),
};

/*
 * Tag of a slice: owner << 12 | class * 16 for a slice of a small span, so that
 * (tag ^ tag of a thread) is the offset of the bin when the thread owns the slice, and at least
 * 4096 when not. Owner 0 is nobody.
 */
typedef uint32_t slice_tag;
enum {
  TAG_OWNER_SHIFT = 12,
  TAG_BIN_SHIFT = 4,
  TAG_NONE = 0,  /* free, or header */
  TAG_LARGE = 1, /* first slice of a large span */
  TAG_LARGE_REST = 2,
};

struct arena {
  uint32_t slices; /* that exist, header included; the lock in arena.c, anyone may peek */
  uint32_t index;  /* in the list of arenas; constant */
  /* any thread, atomically */
  uint64_t free[ARENA_WORDS];
  uint64_t dirty[ARENA_WORDS];
  uint64_t used[ARENA_WORDS]; /* handed out at least once */
  uint32_t free_count;        /* a hint */
  uint32_t dirty_count;       /* a hint */
  uint32_t committed;         /* slices from here on can be neither read nor written */
  /* the claimer of the slice */
  ALIGNED_TO(1024) slice_tag tag[ARENA_SLICES];
  ALIGNED_TO(PAGE_BYTES) struct span span[ARENA_SLICES];
  ALIGNED_TO(PAGE_BYTES) uint64_t bits[ARENA_SLICES][SPAN_OUTER_WORDS];
};

_Static_assert(sizeof(struct arena) + PAGE_BYTES <= ARENA_HEADER_SLICES * SLICE_BYTES,
               "a header, and a page that can be a guard");

/*
 * The map of arenas: entry (address >> 25) is 0, or the address at which the tag of the slice at
 * address 0 would lie, so that the tag of any slice of the arena is at entry + 4 * (address >> 16).
 * One load says whether the address is ours, the next what it is.
 */
HIDDEN extern uintptr_t arena_map[ARENA_MAP_ENTRIES];

static inline struct arena *arena_at(const void *p) {
  return (struct arena *)((uintptr_t)p & ~(uintptr_t)(ARENA_BYTES - 1));
}

/* The entry of the map for p, whatever p is. */
static inline uintptr_t arena_tags(const void *p) {
  uintptr_t a = (uintptr_t)p;
  return a >> ADDRESS_BITS ? 0 : load_acquire(&arena_map[a >> ARENA_SHIFT]);
}

/* Tag of a slice, counted from address 0, by an entry of the map that is not 0. */
static inline slice_tag arena_tag_by(uintptr_t tags, uintptr_t slice) {
  return peek((slice_tag *)(tags + slice * sizeof(slice_tag)));
}

/* The arena that holds p, whatever p is; NULL: none does. */
static inline struct arena *arena_of(const void *p) {
  return arena_tags(p) ? arena_at(p) : NULL;
}

static inline unsigned arena_slice(const void *p) {
  return (unsigned)((uintptr_t)p >> SLICE_SHIFT) & (ARENA_SLICES - 1);
}

/* Tag of the slice that holds p, an address in an arena. */
static inline slice_tag arena_tag_of(const void *p) {
  return peek(&arena_at(p)->tag[arena_slice(p)]);
}

/*
 * The same, whatever p is. TAG_NONE is not only free memory: an arena that was made shorter, where
 * limits allow no more, leaves the rest of its 32 MiB to regions and to whoever maps there.
 */
static inline slice_tag arena_tag_at(const void *p) {
  uintptr_t tags = arena_tags(p);

  return tags ? arena_tag_by(tags, (uintptr_t)p >> SLICE_SHIFT) : TAG_NONE;
}

/* Descriptor of the span that covers p, which must be in an arena and in a span. */
static inline struct span *arena_span(const void *p) {
  struct span *s = &arena_at(p)->span[arena_slice(p)];
  return s - s->back;
}

/* Bitmap of the small span that begins at this slice and has as many blocks as capacity. */
static inline uint64_t *arena_bits(struct arena *arena, unsigned slice, unsigned capacity) {
  return capacity <= SPAN_INNER_WORDS * 64 ? arena->span[slice].bits : arena->bits[slice];
}

/* As span_fault_of, of a block whose class the tag has told. */
static inline enum span_fault arena_fault_of(unsigned size_class, const void *block) {
  const struct size_class *c = &size_classes[size_class];
  struct arena *arena = arena_at(block);
  unsigned slice = arena_slice(block), back = peek(&arena->span[slice].back);
  unsigned capacity = peek(&arena->span[slice].capacity);
  size_t offset = (size_t)back * SLICE_BYTES + (uintptr_t)block % SLICE_BYTES;
  unsigned i = size_class_index(c, offset);

  if (unlikely(!size_class_divides(c, offset) || i >= capacity))
    return SPAN_INTERIOR;
  const uint64_t *bits = arena_bits(arena, slice - back, capacity);
  return unlikely(peek(&bits[i / 64]) >> i % 64 & 1) ? SPAN_DOUBLE_FREE : SPAN_OK;
}

/*
 * Marks blocks of the span free again, the first of them and those behind it up to one that lies
 * elsewhere or has a fault, which is told. How many were marked. With the lock of the span's owner
 * held.
 */
static inline unsigned span_put(struct span *span, void *const *blocks, unsigned count,
                                enum span_fault *fault) {
  const struct size_class *c = &size_classes[span->size_class];
  struct arena *arena = arena_at(span);
  unsigned first = (unsigned)(span - arena->span);
  uintptr_t base = (uintptr_t)arena + first * (size_t)SLICE_BYTES;
  unsigned scan = span->scan, capacity = span->capacity, put;
  size_t bytes = capacity * (size_t)c->block_bytes; /* what is left over behind is no block */
  uint64_t *bits = arena_bits(arena, first, capacity);
  void *const *at = blocks, *const *end = blocks + count;

  *fault = SPAN_OK;
  for (; at < end; at++) {
    size_t offset = (uintptr_t)peek(at) - base;
    unsigned i = size_class_index(c, offset), w = i / 64;
    uint64_t bit = UINT64_C(1) << i % 64;

    if (offset >= bytes) {
      *fault = offset < span->slices * (size_t)SLICE_BYTES ? SPAN_INTERIOR : SPAN_OK;
      break;
    }
    if (unlikely(!size_class_divides(c, offset))) {
      *fault = SPAN_INTERIOR;
      break;
    }
    if (unlikely(bits[w] & bit)) {
      *fault = SPAN_DOUBLE_FREE;
      break;
    }
    poke(&bits[w], bits[w] | bit);
    scan = w < scan ? w : scan;
  }
  put = (unsigned)(at - blocks);
  span->scan = (uint16_t)scan;
  poke(&span->free, span->free + put);
  poke(&span->epoch, span->epoch + put);
  return put;
}

/*
 * Takes a run of slices whose first address is a multiple of alignment (a power of two of at least
 * SLICE_BYTES, at most ARENA_BYTES / 2). The slices have no tags and their descriptors are not
 * set. *zeroed tells whether all their memory reads as zero. NULL: no memory.
 * Fuller (older) arenas and dirty slices come first. Any thread, no lock.
 */
HIDDEN void *arena_take(unsigned slices, size_t alignment, bool *zeroed);

/*
 * From the first arena on: slices can be read and written only while they are in use, and are taken
 * in no order. Before the first is taken (debug/guard.h).
 */
HIDDEN void arena_set_guarded(void);

/* Takes the slices right behind a run; false: they are not all free. */
HIDDEN bool arena_extend(void *first, unsigned slices, unsigned more, bool *zeroed);

/* Gives a run back; its pages count as dirty. Tags must have been cleared. */
HIDDEN void arena_give(void *first, unsigned slices);

/* Sets the tags of a run. Whoever has taken it. */
HIDDEN void arena_tag(void *first, unsigned slices, slice_tag tag);

/* Arenas in the order of their creation. */
HIDDEN unsigned arena_count(void);
HIDDEN struct arena *arena_number(unsigned i); /* i < arena_count () seen before */

/* Bytes of free slices that may be resident. */
HIDDEN size_t arena_dirty_bytes(void);
/* The least that arena_dirty_bytes () has been since the last call, about; starts a new period. */
HIDDEN size_t arena_dirty_least_restart(void);
/* Bytes of slices taken again after they had been purged, since the start. */
HIDDEN size_t arena_retaken_bytes(void);
/* Bytes of all slices in spans. */
HIDDEN size_t arena_used_bytes(void);

/*
 * Purges free dirty slices, youngest arenas first and from their ends on, until at most keep bytes
 * of them remain; bytes given back. Huge pages that are free and dirty as a whole go first, parts
 * of others only if wanted: what is purged of a huge page can only be had again in small pages.
 * Returns at once when another thread is purging.
 */
HIDDEN size_t arena_purge(size_t keep_bytes, bool parts);

/* Unmaps what is free at the ends of arenas until about so many bytes are, to be mapped again when
 * slices run out; how many. For what needs a mapping of its own where limits allow no more. */
HIDDEN size_t arena_shorten(size_t bytes);

/* In the child of a fork: no other thread is purging or measuring any more. */
HIDDEN void arena_after_fork(void);

/* Aborts with a message unless the bitmaps of the arena agree with one another. Quiet heap. */
HIDDEN void arena_check(struct arena *arena);

#endif
