/* SPDX-License-Identifier: MIT */
#include "heap/slices.h"

uint32_t slices_first_open, slices_first_dirty;

static size_t dirty_slices;       /* sum over all arenas */
static size_t dirty_slices_least; /* since slices_dirty_least_restart() */

void slices_lower_hint(uint32_t *hint, uint32_t index) {
  uint32_t seen = peek(hint);
  while (seen > index &&
         !__atomic_compare_exchange_n(hint, &seen, index, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    continue;
}

void slices_raise_hint(uint32_t *hint, uint32_t index) {
  __atomic_compare_exchange_n(hint, &index, index + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

bool slices_claim(struct arena *arena, unsigned first, unsigned slices) {
  unsigned end = first + slices;

  for (unsigned w = first / 64; w <= (end - 1) / 64; w++) {
    uint64_t mask = slices_mask(first, end, w);
    uint64_t seen = peek(&arena->free[w]);
    do {
      if ((seen & mask) != mask) {
        for (unsigned back = first / 64; back < w; back++)
          __atomic_fetch_or(&arena->free[back], slices_mask(first, end, back), __ATOMIC_RELEASE);
        return false;
      }
    } while (!__atomic_compare_exchange_n(&arena->free[w], &seen, seen & ~mask, true,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
  }
  __atomic_fetch_sub(&arena->free_count, slices, __ATOMIC_RELAXED);
  return true;
}

void slices_unclaim(struct arena *arena, unsigned first, unsigned slices) {
  unsigned end = first + slices;

  __atomic_fetch_add(&arena->free_count, slices, __ATOMIC_RELAXED);
  for (unsigned w = first / 64; w <= (end - 1) / 64; w++)
    __atomic_fetch_or(&arena->free[w], slices_mask(first, end, w), __ATOMIC_RELEASE);
  slices_lower_hint(&slices_first_open, arena->index);
}

unsigned slices_mark_dirty(struct arena *arena, unsigned first, unsigned slices, bool dirty) {
  unsigned end = first + slices, changed = 0;

  for (unsigned w = first / 64; w <= (end - 1) / 64; w++) {
    uint64_t mask = slices_mask(first, end, w);
    uint64_t old = dirty ? __atomic_fetch_or(&arena->dirty[w], mask, __ATOMIC_RELAXED)
                         : __atomic_fetch_and(&arena->dirty[w], ~mask, __ATOMIC_RELAXED);
    changed += (unsigned)__builtin_popcountl((dirty ? ~old : old) & mask);
  }
  if (dirty) {
    __atomic_fetch_add(&arena->dirty_count, changed, __ATOMIC_RELAXED);
    __atomic_fetch_add(&dirty_slices, changed, __ATOMIC_RELAXED);
    slices_lower_hint(&slices_first_dirty, arena->index);
  } else if (changed) {
    __atomic_fetch_sub(&arena->dirty_count, changed, __ATOMIC_RELAXED);
    size_t left = __atomic_sub_fetch(&dirty_slices, changed, __ATOMIC_RELAXED);
    if (left < peek(&dirty_slices_least))
      poke(&dirty_slices_least, left);
  }
  return changed;
}

size_t slices_dirty(void) {
  return peek(&dirty_slices);
}

size_t slices_dirty_least_restart(void) {
  size_t least = peek(&dirty_slices_least);
  poke(&dirty_slices_least, peek(&dirty_slices));
  return least;
}
