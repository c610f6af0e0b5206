/* SPDX-License-Identifier: MIT */
#include "heap/cache.h"

#include "heap/message.h"
#include "heap/meta.h"
#include "heap/meter.h"
#include "heap/os.h"
#include "heap/partial.h"
#include "heap/purge.h"

enum {
  TICK_SLOW_PATHS = 64, /* between looks at the clock */
  REST_NS = 1000000000, /* a bin without a slow path for so long is idle */
  COLD_CALLS = 32,      /* of a class before its bin gets slots */
  FIRST_SPANS = 8,      /* of a class, which are short */
  LONG_SLICES = 4,  /* a span of so many begins at a multiple of them: huge pages end with one */
  FRESH_SHARE = 64, /* of a cache's spans, by which it has grown */
  FRESH_LEAST_BYTES = 64 * 1024,
  FEW_CACHES = 8, /* caches beyond keep no empty span of a class hardly used */
};

static bool bins_off;

/* ---- spans ---- */

static struct span *span_add(struct cache *cache, unsigned k) {
  const struct size_class *c = &size_classes[k];
  unsigned slices = cache->class_spans[k] < FIRST_SPANS ? c->least_slices : c->slices;
  unsigned looked;
  bool zeroed;
  void *run =
      arena_take(slices, slices < LONG_SLICES ? SLICE_BYTES : LONG_SLICES * SLICE_BYTES, &zeroed);
  if (!run)
    return NULL;
  struct span *span = span_create(run, slices, k, cache->number, zeroed);
  arena_tag(run, slices, (slice_tag)cache_tag(cache) | k << TAG_BIN_SHIFT);
  cache->class_spans[k]++;
  poke(&cache->spans, cache->spans + 1);
  poke(&cache->span_bytes, cache->span_bytes + (size_t)slices * SLICE_BYTES);
  if (zeroed)
    cache->fresh_bytes += slices * (size_t)SLICE_BYTES;
  partial_give_back(cache, slices * (size_t)SLICE_BYTES, &looked);
  partial_add(cache, span);
  return span;
}

static void span_release(struct cache *cache, struct span *span) {
  unsigned slices = span->slices;
  void *run = span_base(span);

  partial_remove(cache, span);
  cache->class_spans[span->size_class]--;
  poke(&cache->spans, cache->spans - 1);
  poke(&cache->span_bytes, cache->span_bytes - (size_t)slices * SLICE_BYTES);
  span_end(span);
  arena_tag(run, slices, TAG_NONE);
  arena_give(run, slices);
}

/* One empty span stays, so that a class that hovers around zero does not take and give slices. With
 * many threads, a page or more for each class that each has ever used would add up; and a thread
 * whose queue others have to collect does not need it soon. */
static bool keeps_empty(const struct cache *cache, const struct span *span) {
  return cache == cache_self && partial_is_alone(span) &&
         (cache->number <= FEW_CACHES || peek(&cache->calls[span->size_class]) >= COLD_CALLS);
}

static COLD void put_die(struct cache *cache, enum span_fault fault, const void *block) {
  lock_drop(&cache->lock);
  message_die("free", block, span_fault_text(fault));
}

void cache_put(struct cache *cache, void *const *blocks, unsigned count) {
  for (unsigned i = 0; i < count;) {
    struct span *span = arena_span(peek(&blocks[i]));
    enum span_fault fault;

    i += span_put(span, &blocks[i], count - i, &fault);
    if (unlikely(fault != SPAN_OK))
      put_die(cache, fault, blocks[i]);
    partial_note_put(cache, span);
    if (unlikely(span->free == span->capacity) && !keeps_empty(cache, span))
      span_release(cache, span);
  }
}

size_t cache_purge(struct cache *cache, unsigned spans_most) {
  size_t purged = 0;

  for (unsigned k = 1; k < CLASSES; k++) {
    struct span *next;
    unsigned spans = 0;
    for (struct span *span = cache->partial[k]; span && spans < spans_most; span = next, spans++) {
      next = span->next;
      if (span->free == span->capacity)
        span_release(cache, span);
      else
        purged += span_purge(span);
    }
  }
  return purged;
}

/* ---- slots ---- */

static inline void **bin_base(const struct cache *cache, unsigned k) {
  return cache->bin[k].limit - cache->capacity[k];
}

static inline unsigned bin_count(const struct cache *cache, unsigned k) {
  return (unsigned)(cache->bin[k].top - bin_base(cache, k));
}

static inline size_t slots_bytes(unsigned capacity) {
  return capacity <= SLOTS_LEAST ? 64
                                 : (size_t)1 << (64 - __builtin_clzl(capacity * sizeof(void *)));
}

/* Slots for a bin, the first of them out of the cache's own page. */
static void **slots_take(struct cache *cache, unsigned capacity) {
  size_t bytes = slots_bytes(capacity);
  void **slots;

  if (bytes == 64 && cache->spare_used + bytes <= CACHE_SPARE_BYTES) {
    slots = (void **)((char *)cache + sizeof *cache + cache->spare_used);
    cache->spare_used += (uint32_t)bytes;
  } else {
    slots = meta_take_shared(bytes);
  }
  if (slots)
    poke(&slots[0], NULL);
  return slots;
}

/* Every store is a release, so that who reads a new value also reads the odd epoch before it. */
static void slots_replace(struct cache *cache, unsigned k, void **top, void **limit,
                          unsigned capacity) {
  poke(&cache->arrays_epoch, cache->arrays_epoch + 1);
  store_release(&cache->bin[k].top, top);
  store_release(&cache->bin[k].limit, limit);
  cache->capacity_bytes += (capacity - cache->capacity[k]) * size_classes[k].block_bytes;
  store_release(&cache->capacity[k], (uint16_t)capacity);
  store_release(&cache->arrays_epoch, cache->arrays_epoch + 1);
}

/*
 * Gives the bin more room, double what it had, up to the most its class may cache. The blocks in
 * it stay. Nothing changes when there is no memory for the slots.
 */
static void bin_grow(struct cache *cache, unsigned k) {
  struct bin *bin = &cache->bin[k];
  unsigned old = cache->capacity[k], most = size_classes[k].most_cached;
  unsigned capacity = old ? old * 2 + 1 : SLOTS_LEAST;

  if (old >= most)
    return;
  if (capacity > most)
    capacity = most;
  if (old &&
      cache->capacity_bytes + (capacity - old) * size_classes[k].block_bytes > CACHE_BUDGET_BYTES)
    return;
  void **slots = slots_take(cache, capacity);
  if (!slots)
    return;
  unsigned count = bin_count(cache, k);
  void **old_slots = bin->limit - old - 1;
  for (unsigned i = 1; i <= count; i++)
    poke(&slots[i], old_slots[i]);
  slots_replace(cache, k, slots + 1 + count, slots + 1 + capacity, capacity);
  if (old)
    meta_give_shared(old_slots, slots_bytes(old));
}

/* ---- hits ---- */

/*
 * The fast paths count nothing, but a slow path sees what they did since the last one: a bin that
 * holds fewer blocks than were left in it has served as many mallocs as are missing, at least. What
 * was freed and taken again in between does not show. A refill finds the bin empty, so each shows
 * all that the slow path before it has left. Returns how many blocks the bin holds.
 */
static inline unsigned bin_look(struct cache *cache, unsigned k) {
  unsigned count = bin_count(cache, k), left = cache->left[k];

  if (count < left)
    poke(&cache->hits, cache->hits + left - count);
  cache->left[k] = (uint16_t)count;
  return count;
}

/* ---- refill and flush ---- */

/* Empties a bin and takes its slots away: it is empty and full at once. */
static void bin_disarm(struct cache *cache, unsigned k) {
  unsigned capacity = cache->capacity[k];
  if (!capacity)
    return;
  cache_flush(cache, k, 0);
  void **slots = bin_base(cache, k) - 1;
  slots_replace(cache, k, cache_none->bin[k].top, cache_none->bin[k].limit, 0);
  meta_give_shared(slots, slots_bytes(capacity));
}

/* Takes bins that had no slow path for a while out of the budget, and sends what waits in outboxes.
 * Their next slow path gives them slots again. */
static void cache_rest(struct cache *cache) {
  for (unsigned k = 1; k < CLASSES; k++)
    if (!(cache->busy[k / 64] >> k % 64 & 1))
      bin_disarm(cache, k);
  cache->busy[0] = cache->busy[1] = 0;
  remote_post_all(cache);
}

static void cache_tick(struct cache *cache, unsigned k) {
  cache->busy[k / 64] |= UINT64_C(1) << k % 64;
  cache->wanted[k / 64] |= UINT64_C(1) << k % 64;
  if (likely(++cache->ticks % TICK_SLOW_PATHS != 0))
    return;
  uint64_t now = os_now_coarse_ns();
  poke(&cache->active_ns, now);
  if (now - cache->rested_ns >= REST_NS) {
    cache->rested_ns = now;
    cache_rest(cache);
  } else {
    remote_post_rested(cache);
  }
  cache_help_sleepers(now);
  purge_tick(now);
}

static void cache_disarm(struct cache *cache) {
  for (unsigned k = 1; k < CLASSES; k++)
    bin_disarm(cache, k);
  remote_post_all(cache);
}

/*
 * Makes room in a bin, or takes it all away when bins are off; false: the bin has no slots. A class
 * that a thread has hardly used has none: its frees go straight to the bitmap, where a second free
 * is found at once, before the block can be handed out twice.
 */
static bool bin_arm(struct cache *cache, unsigned k) {
  if (unlikely(cache->calls[k] < COLD_CALLS))
    poke(&cache->calls[k], (uint8_t)(cache->calls[k] + 1));
  else if (likely(!peek(&bins_off)))
    bin_grow(cache, k);
  else if (cache->capacity[k])
    cache_disarm(cache);
  return cache->capacity[k] != 0;
}

void cache_set_bins(bool on) {
  poke(&bins_off, !on);
  if (!on && cache_self != cache_none)
    cache_disarm(cache_self);
}

void cache_follow_bins(void) {
  struct cache *cache = cache_self;

  if (likely(!peek(&bins_off)) || cache == cache_none)
    return;
  for (unsigned k = 1; k < CLASSES; k++)
    if (cache->capacity[k]) {
      cache_disarm(cache);
      return;
    }
}

/*
 * What a class that has gone out of use has left in its bin may be a block in each of its spans,
 * none of which can serve another class then. So bins that have not been used since the heap had
 * last grown go back to their spans when it grows again, and empty spans to the arenas.
 */
static COLD void give_unwanted(struct cache *cache) {
  for (unsigned k = 1; k < CLASSES; k++) {
    unsigned left = cache->left[k];
    if (!cache->capacity[k] || bin_look(cache, k) != left || cache->wanted[k / 64] >> k % 64 & 1)
      continue;
    cache_flush(cache, k, 0);
    lock_take(&cache->lock);
    struct span *span = cache->partial[k];
    if (span && span->free == span->capacity)
      span_release(cache, span);
    lock_drop(&cache->lock);
  }
  cache->wanted[0] = cache->wanted[1] = 0;
}

/* Whether it has: by memory that is not resident, so that dirty slices are taken first. */
static bool has_grown(struct cache *cache) {
  size_t share = cache->span_bytes / FRESH_SHARE;

  if (likely(cache->fresh_bytes < FRESH_LEAST_BYTES || cache->fresh_bytes < share))
    return false;
  cache->fresh_bytes = 0;
  return true;
}

/* Takes up to want blocks out of spans, downwards from end. With the lock held. */
static unsigned take_blocks(struct cache *cache, unsigned k, void **end, unsigned want) {
  unsigned got = 0;

  if (peek(&cache->queue))
    remote_collect(cache);
  while (got < want) {
    struct span *span = cache->partial[k];
    if (!span && (got || !(span = span_add(cache, k))))
      break;
    got += span_take(span, end - got, want - got);
    partial_note_take(cache, span);
  }
  return got;
}

/* One block for a class without a bin. With the lock held. */
static void *take_cold(struct cache *cache, unsigned k) {
  struct span *span = cache->partial[k];
  void *one[1];

  if (span && (*one = span_take_fresh(span))) {
    partial_note_take(cache, span);
    return *one;
  }
  return take_blocks(cache, k, one + 1, 1) ? *one : NULL;
}

void *cache_refill(struct cache *cache, unsigned k) {
  struct bin *bin = &cache->bin[k];

  bin_look(cache, k);
  cache_tick(cache, k);
  poke(&cache->refills, cache->refills + 1);
  meter_follow(cache);
  if (unlikely(!bin_arm(cache, k))) {
    if (unlikely(cache->meter))
      meter_allow(cache->meter, k, 1);
    lock_take(&cache->lock);
    void *block = take_cold(cache, k);
    lock_drop(&cache->lock);
    return block;
  }
  if (unlikely(bin->top[-1])) { /* cache_tick freed something, or the caller did not look */
    poke(&bin->top, bin->top - 1);
    cache->left[k] = (uint16_t)bin_count(cache, k);
    return *bin->top;
  }

  void **base = bin_base(cache, k);
  unsigned want = (cache->capacity[k] + 1u) / 2;
  if (unlikely(cache->meter))
    want = meter_allow(cache->meter, k, want);
  lock_take(&cache->lock);
  bool collects = peek(&cache->queue) != NULL;
  unsigned got = take_blocks(cache, k, base + want, want);
  bool grown = has_grown(cache);
  lock_drop(&cache->lock);
  if (unlikely(collects))
    purge_check();
  if (unlikely(got == 0))
    return NULL;
  if (got < want) {
    for (unsigned i = 0; i < got; i++)
      poke(&base[i], base[i + want - got]);
    if (unlikely(cache->meter))
      cache->meter->left[k] += want - got;
  }
  poke(&bin->top, base + got - 1);
  cache->left[k] = (uint16_t)(got - 1);
  if (unlikely(grown))
    give_unwanted(cache);
  return base[got - 1];
}

void cache_flush(struct cache *cache, unsigned k, unsigned keep) {
  struct bin *bin = &cache->bin[k];
  void **base = bin_base(cache, k);
  unsigned count = bin_look(cache, k);

  if (count <= keep)
    return;
  cache->left[k] = (uint16_t)keep;
  unsigned out = count - keep;
  poke(&cache->flushes, cache->flushes + 1);
  lock_take(&cache->lock);
  cache_put(cache, base, out);
  for (unsigned i = 0; i < keep; i++)
    poke(&base[i], base[i + out]);
  poke(&bin->top, base + keep);
  if (unlikely(cache->meter))
    cache->meter->left[k] += out;
  /* Only now: the child of a fork takes over bins whose cache is not locked, and must not find a
   * block both in a bin and free in its span. */
  lock_drop(&cache->lock);
  purge_check();
}

void cache_push(struct cache *cache, unsigned k, void *block) {
  struct bin *bin = &cache->bin[k];

  bin_look(cache, k);
  cache_tick(cache, k);
  meter_follow(cache);
  if (((bin->top == bin->limit || unlikely(peek(&bins_off))) && unlikely(!bin_arm(cache, k))) ||
      unlikely(cache->meter && !cache->meter->left[k])) {
    lock_take(&cache->lock);
    cache_put(cache, &block, 1);
    lock_drop(&cache->lock);
    purge_check();
    return;
  }
  if (bin->top == bin->limit)
    cache_flush(cache, k, cache->capacity[k] / 2);
  if (unlikely(cache->meter))
    cache->meter->left[k]--;
  poke(bin->top, block);
  poke(&bin->top, bin->top + 1);
  cache->left[k]++;
}

void cache_flush_all(struct cache *cache) {
  for (unsigned k = 1; k < CLASSES; k++)
    if (cache->capacity[k])
      cache_flush(cache, k, 0);
  remote_post_all(cache);
}
