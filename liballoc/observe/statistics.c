/* SPDX-License-Identifier: MIT */
#include "observe/statistics.h"

#include <string.h>

#include "heap/cache.h"
#include "heap/span.h"

enum {
  TRIES = 8,              /* to read a bin between two replacements of its slots */
  BATCHES_MOST = 1 << 16, /* of one queue: a bound for a walk that races with its collection */
};

/* Where the counts of a walk go. */
struct walk {
  struct heap_count *total;
  struct heap_count *each;
  unsigned each_count;
};

/* ---- spans ---- */

static void count_small(struct heap_count *count, struct span *span, unsigned k) {
  unsigned capacity = peek(&span->capacity);
  unsigned free = peek(&span->free), touched = peek(&span->touched);

  if (free > capacity)
    free = capacity;
  unsigned untouched = touched < capacity ? capacity - touched : 0;
  count->taken[k] += capacity - free;
  count->free[k] += free > untouched ? free - untouched : 0;
  count->rests += untouched != 0;
  count->trim_bytes += span_purgeable(span, k, capacity);
}

static void count_spans(struct heap_count *count, struct arena *arena, unsigned all,
                        const uint64_t *free) {
  for (unsigned i = ARENA_HEADER_SLICES; i < all;) {
    struct span *span = &arena->span[i];
    unsigned kind = free[i / 64] >> i % 64 & 1 ? SPAN_NONE : load_acquire(&span->kind);
    unsigned k = peek(&span->size_class), slices = peek(&span->slices);

    if (kind == SPAN_SMALL && k > 0 && k < CLASSES) {
      count_small(count, span, k);
    } else if (kind == SPAN_LARGE) {
      count->large.blocks++;
      count->large.bytes += peek(&span->bytes);
    } else {
      slices = 1;
    }
    i += slices ? slices : 1;
  }
}

static void count_arena(struct heap_count *count, struct arena *arena) {
  uint64_t free[ARENA_WORDS];
  uint64_t previous_dirty = 0; /* the last bit of the word before */
  size_t used = 0, dirty = 0, ever = 0;
  unsigned slices = peek(&arena->slices);
  /* Bits of slices that are not there; they may come or go meanwhile. */
  unsigned gone = ARENA_SLICES - slices + ARENA_HEADER_SLICES;

  for (unsigned w = 0; w < ARENA_WORDS; w++) {
    free[w] = peek(&arena->free[w]);
    uint64_t d = peek(&arena->dirty[w]) & free[w];
    dirty += (size_t)__builtin_popcountl(d);
    count->rests += (size_t)__builtin_popcountl(d & ~(d << 1 | previous_dirty));
    previous_dirty = d >> 63;
    used += (size_t)__builtin_popcountl(~free[w]);
    /* The rest of a huge page is resident before it is handed out. */
    ever += (size_t)__builtin_popcountl(peek(&arena->used[w]) | d);
  }
  used = used > gone ? used - gone : 0;
  count->aspace_bytes += (size_t)slices * SLICE_BYTES;
  count->system_bytes += (used + dirty) * SLICE_BYTES;
  count->system_most_bytes += ever * SLICE_BYTES;
  count->trim_bytes += dirty * SLICE_BYTES;
  count_spans(count, arena, slices, free);
}

static void add(struct heap_count *total, const struct heap_count *one) {
  total->aspace_bytes += one->aspace_bytes;
  total->system_bytes += one->system_bytes;
  total->system_most_bytes += one->system_most_bytes;
  total->trim_bytes += one->trim_bytes;
  total->large.blocks += one->large.blocks;
  total->large.bytes += one->large.bytes;
  total->rests += one->rests;
  for (unsigned k = 1; k < CLASSES; k++) {
    total->taken[k] += one->taken[k];
    total->free[k] += one->free[k];
  }
}

/* ---- blocks on their way ---- */

/* Counts a block that a bin or a batch seems to hold; owner 0: anyone's. */
static void count_block(const struct walk *walk, const void *block, uint32_t owner, bool cached) {
  slice_tag tag = arena_tag_at(block);
  unsigned k = tag >> TAG_BIN_SHIFT & 0xff;

  if (tag >> TAG_OWNER_SHIFT == 0 || k >= CLASSES || (owner && tag >> TAG_OWNER_SHIFT != owner))
    return;
  unsigned index = arena_at(block)->index;
  *(cached ? &walk->total->cached[k] : &walk->total->transit[k]) += 1;
  if (index < walk->each_count)
    *(cached ? &walk->each[index].cached[k] : &walk->each[index].transit[k]) += 1;
}

static void count_bin(const struct walk *walk, struct cache *cache, unsigned k) {
  for (unsigned try = 0; try < TRIES; try++) {
    uint32_t epoch = load_acquire(&cache->arrays_epoch);
    void **top = load_acquire(&cache->bin[k].top);
    void **limit = load_acquire(&cache->bin[k].limit);
    void **base = limit - load_acquire(&cache->capacity[k]);
    if (epoch % 2 != 0 || peek(&cache->arrays_epoch) != epoch)
      continue;
    for (void **slot = base; slot < top; slot++)
      count_block(walk, peek(slot), cache->number, true);
    return;
  }
}

static void count_batch(const struct walk *walk, struct batch *batch, uint32_t owner) {
  unsigned count = peek(&batch->count);

  for (unsigned i = 0; i < count && i < BATCH_BLOCKS; i++)
    count_block(walk, peek(&batch->block[i]), owner, false);
}

static void count_cache(const struct walk *walk, struct cache *cache) {
  unsigned batches = 0;

  for (unsigned k = 1; k < CLASSES; k++)
    if (peek(&cache->capacity[k]))
      count_bin(walk, cache, k);
  for (unsigned i = 0; i < OUTBOXES; i++) {
    struct batch *batch = load_acquire(&cache->outbox[i].batch);
    if (batch)
      count_batch(walk, batch, 0);
  }
  /* A batch that is collected meanwhile is metadata still, and its first word a link still. */
  for (struct batch *batch = load_acquire(&cache->queue); batch && batches++ < BATCHES_MOST;
       batch = peek(&batch->next))
    count_batch(walk, batch, cache->number);
}

void statistics_count(struct heap_count *total, struct heap_count *each, unsigned each_count) {
  struct walk walk = {.total = total, .each = each, .each_count = each ? each_count : 0};
  unsigned arenas = arena_count();
  uint32_t caches = cache_count();

  memset(total, 0, sizeof *total);
  for (unsigned i = 0; i < arenas; i++) {
    struct arena *arena = arena_number(i);
    struct heap_count one = {0};
    if (!arena)
      continue;
    count_arena(&one, arena);
    add(total, &one);
    if (i < walk.each_count)
      each[i] = one;
  }
  for (uint32_t i = 1; i <= caches; i++) {
    struct cache *cache = cache_number(i);
    if (cache)
      count_cache(&walk, cache);
  }
}

/* ---- sums ---- */

static size_t at_most(size_t n, size_t most) {
  return n < most ? n : most;
}

size_t heap_count_in_use_bytes(const struct heap_count *count) {
  size_t bytes = count->large.bytes;

  for (unsigned k = 1; k < CLASSES; k++) {
    size_t away = at_most(count->cached[k] + count->transit[k], count->taken[k]);
    bytes += (count->taken[k] - away) * size_classes[k].block_bytes;
  }
  return at_most(bytes, count->system_bytes);
}

struct amount heap_count_fast(const struct heap_count *count) {
  struct amount fast = {0};

  for (unsigned k = 1; k < CLASSES; k++) {
    fast.blocks += count->cached[k];
    fast.bytes += count->cached[k] * size_classes[k].block_bytes;
  }
  fast.bytes = at_most(fast.bytes, count->system_bytes - heap_count_in_use_bytes(count));
  return fast;
}

struct amount heap_count_rest(const struct heap_count *count) {
  struct amount rest = {.blocks = count->rests};

  for (unsigned k = 1; k < CLASSES; k++)
    rest.blocks += count->free[k] + count->transit[k];
  rest.bytes = count->system_bytes - heap_count_in_use_bytes(count) - heap_count_fast(count).bytes;
  return rest;
}
