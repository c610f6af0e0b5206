/* SPDX-License-Identifier: MIT */
#include "heap/zero.h"

#include "heap/os.h"

enum { WORDS = ZERO_MOST / 64 };

bool zero_on = true;
char *zero_area;

FILE_TABLE(uint64_t zero_used[WORDS]);
static uint32_t hint; /* the word that had room last */

static char *area_make(void) {
  char *area = NULL, *fresh = os_reserve(NULL, ZERO_AREA_BYTES);

  if (!fresh)
    return NULL;
  if (__atomic_compare_exchange_n(&zero_area, &area, fresh, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE))
    return fresh;
  os_unmap(fresh, ZERO_AREA_BYTES);
  return area;
}

void *zero_alloc(void) {
  char *area = load_acquire(&zero_area);

  if (!peek(&zero_on) || (!area && !(area = area_make())))
    return NULL;
  for (unsigned n = 0, w = peek(&hint); n < WORDS; n++, w = (w + 1) % WORDS) {
    uint64_t seen = peek(&zero_used[w]);
    while (~seen) {
      unsigned i = (unsigned)__builtin_ctzl(~seen);
      if (__atomic_compare_exchange_n(&zero_used[w], &seen, seen | UINT64_C(1) << i, true,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        poke(&hint, w);
        return area + (w * 64 + i) * MIN_ALIGNMENT;
      }
    }
  }
  return NULL;
}

static size_t index_of(const void *block) {
  return ((uintptr_t)block - (uintptr_t)peek(&zero_area)) / MIN_ALIGNMENT;
}

enum span_fault zero_fault_of(const void *block) {
  size_t i = index_of(block);

  if ((uintptr_t)block % MIN_ALIGNMENT != 0)
    return SPAN_INTERIOR;
  return peek(&zero_used[i / 64]) >> i % 64 & 1 ? SPAN_OK : SPAN_DOUBLE_FREE;
}

enum span_fault zero_put(void *block) {
  size_t i = index_of(block);
  uint64_t bit = UINT64_C(1) << i % 64;

  if ((uintptr_t)block % MIN_ALIGNMENT != 0)
    return SPAN_INTERIOR;
  return __atomic_fetch_and(&zero_used[i / 64], ~bit, __ATOMIC_RELAXED) & bit ? SPAN_OK
                                                                              : SPAN_DOUBLE_FREE;
}
