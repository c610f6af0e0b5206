/* SPDX-License-Identifier: MIT */
/*
 * slices.h: the bitmaps of an arena's slices.
 *
 * A run is claimed by clearing its bits in free, one compare-and-swap for each 64 of them, and by
 * whoever has claimed it alone until the bits are set again. What is dirty may be resident; only
 * the claimer changes that. (arena.h has what both mean for slices that are handed out.)
 */
#ifndef LIBALLOC_SLICES_H
#define LIBALLOC_SLICES_H

#include "heap/arena.h"

/* Bits of [first, end) that are in word w of a bitmap; 0: none are. */
static inline uint64_t slices_mask(unsigned first, unsigned end, unsigned w) {
  unsigned low = first > w * 64 ? first - w * 64 : 0;
  unsigned high = end > w * 64 ? end - w * 64 : 0;
  if (low >= 64 || high <= low)
    return 0;
  return (high >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << high) - 1) & ~((UINT64_C(1) << low) - 1);
}

/*
 * First slice at or after i whose bit in map, flipped by flip, is 1; when a second map is given,
 * the bit must be 1 in map and in it before the flip. ARENA_SLICES: none.
 */
static inline unsigned slices_next(const uint64_t *map, const uint64_t *and_map, unsigned i,
                                   uint64_t flip) {
  while (i < ARENA_SLICES) {
    uint64_t both = peek(&map[i / 64]) & (and_map ? peek(&and_map[i / 64]) : ~UINT64_C(0));
    uint64_t word = (both ^ flip) >> i % 64;
    if (word)
      return i + (unsigned)__builtin_ctzl(word);
    i = (i | 63) + 1;
  }
  return ARENA_SLICES;
}

/* How many of these slices, one at least, have their bit set in the map. */
static inline unsigned slices_count(const uint64_t *map, unsigned first, unsigned slices) {
  unsigned end = first + slices, count = 0;

  for (unsigned w = first / 64; w <= (end - 1) / 64; w++)
    count += (unsigned)__builtin_popcountl(peek(&map[w]) & slices_mask(first, end, w));
  return count;
}

static inline char *slices_address(struct arena *arena, unsigned slice) {
  return (char *)arena + (size_t)slice * SLICE_BYTES;
}

/* Clears the bits of a run; false, and nothing changed, unless all were 1. */
HIDDEN bool slices_claim(struct arena *arena, unsigned first, unsigned slices);
HIDDEN void slices_unclaim(struct arena *arena, unsigned first, unsigned slices);

/* Sets or clears dirty bits of a claimed run; how many changed. */
HIDDEN unsigned slices_mark_dirty(struct arena *arena, unsigned first, unsigned slices, bool dirty);

/* Dirty slices of all arenas, and the least they have been since the last call, about, which starts
 * a new period. */
HIDDEN size_t slices_dirty(void);
HIDDEN size_t slices_dirty_least_restart(void);

/* Lowest arena that may have a free slice, a free dirty slice: where searches begin. */
HIDDEN extern uint32_t slices_first_open, slices_first_dirty;

/* The arena has one. */
HIDDEN void slices_lower_hint(uint32_t *hint, uint32_t index);
/* It has none left, if the hint points to it. */
HIDDEN void slices_raise_hint(uint32_t *hint, uint32_t index);

#endif
