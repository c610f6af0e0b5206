/* SPDX-License-Identifier: MIT */
#include "heap/span.h"

#include "heap/arena.h"
#include "heap/os.h"
#include "heap/random.h"

char *span_base(const struct span *span) {
  struct arena *arena = arena_at(span);
  return (char *)arena + (size_t)(span - arena->span) * SLICE_BYTES;
}

static uint64_t *bits_of(struct span *span, unsigned capacity) {
  struct arena *arena = arena_at(span);
  return arena_bits(arena, (unsigned)(span - arena->span), capacity);
}

uint64_t *span_bits(struct span *span) {
  return bits_of(span, span->capacity);
}

struct span *span_create(void *first, unsigned slices, unsigned size_class, uint32_t owner,
                         bool zeroed) {
  struct span *span = &arena_at(first)->span[arena_slice(first)];
  unsigned capacity = slices * SLICE_BYTES / size_classes[size_class].block_bytes;

  for (unsigned i = 0; i < slices; i++) {
    poke(&span[i].back, (uint16_t)i);
    poke(&span[i].capacity, (uint16_t)capacity);
  }
  poke(&span->size_class, (uint8_t)size_class);
  poke(&span->slices, (uint16_t)slices);
  span->scan = 0;
  poke(&span->owner, owner);
  poke(&span->free, capacity);
  poke(&span->touched, 0);
  poke(&span->purged, 0);
  span->next = span->previous = NULL;
  span->listed = SPAN_UNLISTED;
  poke(&span->zeroed, zeroed);
  uint64_t *bits = span_bits(span);
  for (unsigned w = 0; w < capacity / 64; w++)
    poke(&bits[w], ~UINT64_C(0));
  if (capacity % 64)
    poke(&bits[capacity / 64], (UINT64_C(1) << capacity % 64) - 1);
  poke(&span->epoch, span->epoch + 1);
  store_release(&span->kind, SPAN_SMALL);
  return span;
}

static size_t retaken_pages; /* see span_retaken_bytes() */

/* Pages that hold any byte of [begin, end) of a span are in use again. */
static void unpurge(struct span *span, size_t begin, size_t end) {
  unsigned first = (unsigned)(begin >> PAGE_SHIFT);
  unsigned pages = (unsigned)(round_up(end, PAGE_BYTES) >> PAGE_SHIFT) - first;
  uint64_t mask = (pages >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << pages) - 1) << first;
  uint64_t retaken = span->purged & mask;

  if (!retaken)
    return;
  poke(&span->purged, span->purged & ~retaken);
  __atomic_fetch_add(&retaken_pages, (size_t)__builtin_popcountl(retaken), __ATOMIC_RELAXED);
}

void span_end(struct span *span) {
  if (unlikely(span->purged))
    unpurge(span, 0, span->slices * (size_t)SLICE_BYTES);
  poke(&span->epoch, span->epoch + 1);
  store_release(&span->kind, SPAN_NONE);
}

size_t span_retaken_bytes(void) {
  return peek(&retaken_pages) << PAGE_SHIFT;
}

static bool in_no_order;

void span_set_random(void) {
  in_no_order = true;
}

void *span_take_fresh(struct span *span) {
  const struct size_class *c = &size_classes[span->size_class];
  unsigned i = span->touched;
  size_t at = (size_t)i * c->block_bytes;

  if (i >= span->capacity || at % PAGE_BYTES == 0 ||
      at % PAGE_BYTES + c->block_bytes > PAGE_BYTES || in_no_order)
    return NULL;
  uint64_t *bits = span_bits(span);
  poke(&bits[i / 64], bits[i / 64] & ~(UINT64_C(1) << i % 64));
  poke(&span->free, span->free - 1);
  poke(&span->touched, i + 1);
  if (unlikely(span->purged))
    unpurge(span, at, at + c->block_bytes);
  poke(&span->epoch, span->epoch + 1);
  return span_base(span) + at;
}

/* A 1 bit of a word that has one, any of them. */
static unsigned any_bit(uint64_t word) {
  unsigned turn = random_below(64);
  uint64_t turned = turn ? word >> turn | word << (64 - turn) : word;

  return ((unsigned)__builtin_ctzl(turned) + turn) % 64;
}

/* Takes blocks of word w of the bitmap, which *word is and becomes, and writes them from to[-1]
 * down to stop[0] at most. *last is at least the index of each. Where the last of them was written.
 */
static inline void **take_in_order(uint64_t *word, unsigned w, char *base, size_t block_bytes,
                                   void **to, void **stop, unsigned *last) {
  uint64_t rest = *word;
  unsigned i = *last;

  for (; rest && to > stop; rest &= rest - 1) {
    i = w * 64 + (unsigned)__builtin_ctzl(rest);
    poke(--to, (void *)(base + i * block_bytes));
  }
  *word = rest;
  *last = i;
  return to;
}

static COLD void **take_in_no_order(uint64_t *word, unsigned w, char *base, size_t block_bytes,
                                    void **to, void **stop, unsigned *last) {
  while (*word && to > stop) {
    unsigned bit = any_bit(*word), i = w * 64 + bit;
    *last = i > *last ? i : *last;
    *word &= ~(UINT64_C(1) << bit);
    poke(--to, (void *)(base + i * block_bytes));
  }
  return to;
}

unsigned span_take(struct span *span, void **end, unsigned want) {
  const struct size_class *c = &size_classes[span->size_class];
  size_t block_bytes = c->block_bytes;
  char *base = span_base(span);
  uint64_t *bits = span_bits(span);
  unsigned w = span->scan, last = 0;

  if (want > span->free)
    want = span->free;
  void **to = end, **stop = end - want;
  while (to > stop) {
    uint64_t word = bits[w];
    if (likely(!in_no_order))
      to = take_in_order(&word, w, base, block_bytes, to, stop, &last);
    else
      to = take_in_no_order(&word, w, base, block_bytes, to, stop, &last);
    poke(&bits[w], word);
    if (!word)
      w++;
  }
  span->scan = (uint16_t)w;
  poke(&span->free, span->free - want);
  if (last >= span->touched)
    poke(&span->touched, last + 1);
  if (unlikely(span->purged))
    for (; to < end; to++) {
      size_t at = (size_t)((char *)*to - base);
      unpurge(span, at, at + block_bytes);
    }
  poke(&span->epoch, span->epoch + 1);
  return want;
}

enum span_fault span_fault_of(struct span *span, const void *block) {
  return arena_fault_of(span->size_class, block);
}

static bool block_is_free(const uint64_t *bits, unsigned i) {
  return peek(&bits[i / 64]) >> i % 64 & 1;
}

/* Whether all blocks with a byte in the page are free, and it was not purged before. */
static bool page_is_purgeable(const struct span *span, const struct size_class *c,
                              unsigned capacity, const uint64_t *bits, unsigned page) {
  size_t begin = (size_t)page << PAGE_SHIFT, end = begin + PAGE_BYTES;
  unsigned i = size_class_index(c, begin);

  if (peek(&span->purged) >> page & 1)
    return false;
  while (i < capacity && (size_t)i * c->block_bytes < end && block_is_free(bits, i))
    i++;
  return i >= capacity || (size_t)i * c->block_bytes >= end;
}

/* Pages from the first on that may be resident: those that hold a byte of a block that was ever
 * handed out, but all of them when the span was made of slices that were dirty. */
static unsigned touched_pages(const struct span *span, const struct size_class *c) {
  size_t bytes = (size_t)peek(&span->touched) * c->block_bytes;
  size_t most = (size_t)peek(&span->slices) * SLICE_BYTES;
  if (!peek(&span->zeroed) || bytes > most)
    bytes = most;
  return (unsigned)(round_up(bytes, PAGE_BYTES) >> PAGE_SHIFT);
}

size_t span_purgeable(struct span *span, unsigned size_class, unsigned capacity) {
  const struct size_class *c = &size_classes[size_class];
  const uint64_t *bits = bits_of(span, capacity);
  unsigned pages = touched_pages(span, c);
  size_t bytes = 0;

  if (peek(&span->free) == 0)
    return 0;
  if (peek(&span->free) == capacity)
    return (size_t)peek(&span->slices) * SLICE_BYTES;
  for (unsigned page = 0; page < pages; page++)
    bytes += page_is_purgeable(span, c, capacity, bits, page) ? PAGE_BYTES : 0;
  return bytes;
}

size_t span_purge(struct span *span) {
  const struct size_class *c = &size_classes[span->size_class];
  const uint64_t *bits = span_bits(span);
  char *base = span_base(span);
  unsigned pages = touched_pages(span, c);
  unsigned page = 0;
  size_t purged = 0;

  while (page < pages) {
    unsigned first = page;
    while (page < pages && page_is_purgeable(span, c, span->capacity, bits, page))
      page++;
    if (page > first) {
      unsigned run = page - first;
      if (os_purge(base + ((size_t)first << PAGE_SHIFT), (size_t)run << PAGE_SHIFT)) {
        uint64_t mask = run >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << run) - 1;
        poke(&span->purged, span->purged | mask << first);
        purged += (size_t)run << PAGE_SHIFT;
      }
    } else {
      page++;
    }
  }
  if (purged)
    poke(&span->epoch, span->epoch + 1);
  return purged;
}

void span_check(struct span *span) {
  const uint64_t *bits = span_bits(span);
  unsigned count = 0, capacity = span->capacity;

  for (unsigned w = 0; w * 64 < capacity; w++) {
    count += (unsigned)__builtin_popcountl(bits[w]);
    if (w < span->scan && bits[w])
      message_assert("no free bit below scan", __FILE__, __LINE__);
  }
  if (count != span->free)
    message_assert("free == number of 1 bits", __FILE__, __LINE__);
  for (unsigned i = span->touched; i < capacity; i++)
    if (!block_is_free(bits, i))
      message_assert("untouched blocks are free", __FILE__, __LINE__);
  if (capacity % 64 && bits[capacity / 64] >> capacity % 64)
    message_assert("no bits beyond capacity", __FILE__, __LINE__);
}
