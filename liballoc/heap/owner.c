/* SPDX-License-Identifier: MIT */
/*
 * The life of a thread cache: made at a thread's first slow path, orphaned when the thread exits,
 * adopted by the next thread that needs one. A cache and its number are never destroyed, so tags
 * stay true and frees to a cache whose thread is gone still find it.
 *
 *     none --attach--> owned --thread exit--> orphaned --attach of another thread--> owned
 *
 * Thread exit is noticed by the destructor of a pthread key. Destructors of other keys, and libc
 * itself, may free and allocate after it: such a thread works on borrowed caches.
 */
#include "heap/cache.h"

#include <limits.h>
#include <pthread.h>

#include <liballoc/snapshot.h>

#include "heap/meta.h"
#include "heap/os.h"
#include "heap/region.h"

static void *const empty_slots[1] = {NULL};

const struct cache cache_none_storage = {
    .tag = (slice_tag)(CACHE_MAX - 1) << TAG_OWNER_SHIFT,
    .bin = {[0 ... CLASSES - 1] = {(void **)empty_slots + 1, (void **)empty_slots + 1}},
};

__thread struct cache *cache_self = cache_none;

/* Set by the destructor: the thread is past the point where its cache would be cleaned up again. */
static __thread bool thread_over;

FILE_TABLE(struct cache *cache_table[CACHE_MAX]);
static uint32_t cache_total;
static uint32_t owned_count;

/* Stack of orphans: number of the top, and above it a count of changes against A-B-A. */
static uint64_t orphans;

static pthread_key_t exit_key;
static uint32_t exit_key_state; /* 0 none, 1 being made, 2 ready, 3 there is none to be had */

enum {
  HELP_NS = 10 * 1000 * 1000,   /* between two looks at sleepers, */
  HELPED_MOST = 16,             /* each at so many caches, */
  HELPED_SPANS = 2,             /* and at so many spans a class of each */
  SLEEP_NS = 100 * 1000 * 1000, /* without a slow path: asleep */
};
static uint64_t helped_ns;
static uint32_t helped_next;

void (*cache_exit_hook)(struct cache *cache);

uint32_t cache_count(void) {
  uint32_t total = load_acquire(&cache_total);
  return total < CACHE_MAX - 2 ? total : CACHE_MAX - 2;
}

uint32_t cache_owned_count(void) {
  return peek(&owned_count);
}

struct cache *cache_number(uint32_t number) {
  return load_acquire(&cache_table[number]);
}

uint32_t cache_in_turn(uint32_t number, uint32_t turn) {
  const struct cache *cache = number && number <= cache_count() ? cache_number(number) : NULL;

  return cache && peek(&cache->turn) == turn ? number : 0;
}

/* ---- orphans ---- */

static void orphan_push(struct cache *cache) {
  uint64_t seen = peek(&orphans);

  __atomic_sub_fetch(&owned_count, 1, __ATOMIC_RELAXED);
  store_release(&cache->state, ALLOC_CACHE_ORPHANED);
  do
    poke(&cache->next_orphan, (uint32_t)seen);
  while (!__atomic_compare_exchange_n(&orphans, &seen, ((seen >> 32) + 1) << 32 | cache->number,
                                      false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static struct cache *orphan_pop(void) {
  uint64_t seen = load_acquire(&orphans);

  while ((uint32_t)seen) {
    struct cache *cache = cache_number((uint32_t)seen);
    uint64_t next = ((seen >> 32) + 1) << 32 | peek(&cache->next_orphan);
    if (__atomic_compare_exchange_n(&orphans, &seen, next, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE))
      return cache;
  }
  return NULL;
}

/* ---- making one ---- */

static struct cache *cache_make(void) {
  struct cache *cache = meta_take(CACHE_BYTES);
  if (!cache)
    return NULL;
  uint32_t number = __atomic_add_fetch(&cache_total, 1, __ATOMIC_RELAXED);
  if (number > CACHE_MAX - 2) {
    __atomic_sub_fetch(&cache_total, 1, __ATOMIC_RELAXED);
    meta_give(cache, CACHE_BYTES);
    return NULL;
  }
  /* Who lost the race for the piece may still look at its first word. */
  for (size_t w = 0; w < CACHE_BYTES / sizeof(uint64_t); w++)
    poke((uint64_t *)cache + w, 0);
  cache->number = number;
  cache->tag = cache_tag(cache);
  for (unsigned k = 0; k < CLASSES; k++) {
    poke(&cache->bin[k].top, (void **)empty_slots + 1);
    poke(&cache->bin[k].limit, (void **)empty_slots + 1);
  }
  cache->rested_ns = os_now_coarse_ns();
  store_release(&cache_table[number], cache);
  return cache;
}

struct cache *cache_borrow(void) {
  struct cache *cache = orphan_pop();
  if (!cache)
    cache = cache_make();
  if (cache) {
    poke(&cache->thread_id, os_thread_id());
    poke(&cache->turn, cache->turn + 1);
    cache->stack_low = cache->stack_high = 0;
    cache->outermost = NULL;
    cache->inside = 0;
    __atomic_add_fetch(&owned_count, 1, __ATOMIC_RELAXED);
    store_release(&cache->state, ALLOC_CACHE_OWNED);
  }
  return cache;
}

void cache_return(struct cache *cache) {
  cache_flush_all(cache);
  if (peek(&cache->queue)) {
    lock_take(&cache->lock);
    remote_collect(cache);
    lock_drop(&cache->lock);
  }
  poke(&cache->thread_id, 0);
  orphan_push(cache);
}

/* ---- thread exit ---- */

static void thread_exits(void *cache) {
  void (*hook)(struct cache *) = load_acquire(&cache_exit_hook);

  if (hook)
    hook(cache);
  thread_over = true;
  cache_self = cache_none;
  cache_return(cache);
}

static bool exit_key_make(void) {
  uint32_t state = 0;

  if (__atomic_compare_exchange_n(&exit_key_state, &state, 1, false, __ATOMIC_ACQUIRE,
                                  __ATOMIC_ACQUIRE)) {
    state = pthread_key_create(&exit_key, thread_exits) == 0 ? 2 : 3;
    store_release(&exit_key_state, state);
  }
  for (unsigned turn = 0; (state = load_acquire(&exit_key_state)) == 1; turn++)
    lock_yield(turn);
  return state == 2;
}

struct cache *cache_attach(void) {
  if (thread_over || !exit_key_make())
    return NULL;
  struct cache *cache = cache_borrow();
  if (!cache)
    return NULL;
  cache_self = cache;
  /* May call calloc, which finds the cache in place. */
  pthread_setspecific(exit_key, cache);
  return cache;
}

const struct cache *cache_maker(void) {
  const struct cache *cache = cache_self;

  if (unlikely(cache == cache_none) && !(cache = cache_attach()))
    cache = cache_none;
  return cache;
}

struct cache *cache_until_exit(void) {
  struct cache *cache = cache_self != cache_none ? cache_self : cache_attach();

  if (cache || !thread_over || !(cache = cache_borrow()))
    return cache;
  /* Destructors are called again while keys have values. */
  if (pthread_setspecific(exit_key, cache) == 0)
    return cache;
  cache_return(cache);
  return NULL;
}

/* ---- all caches ---- */

size_t cache_collect_all(bool purge) {
  size_t purged = 0;
  uint32_t count = cache_count();

  for (uint32_t i = 1; i <= count; i++) {
    struct cache *cache = cache_number(i);
    if (!cache || !lock_try(&cache->lock))
      continue;
    remote_collect(cache);
    if (purge)
      purged += cache_purge(cache, UINT_MAX);
    lock_drop(&cache->lock);
  }
  return purged;
}

/*
 * A thread that sleeps gives nothing back by itself. When others free what it has allocated, it is
 * left with some blocks in its bins and in its queue, and each of them keeps a span resident: the
 * first in its list, as spans are taken from and put back at the front. Threads that nobody frees
 * for are left alone, so that they find their pages when they wake up.
 */
void cache_help_sleepers(uint64_t now_ns) {
  uint64_t last = peek(&helped_ns);
  uint32_t count = cache_count();

  if (now_ns - last < HELP_NS || !__atomic_compare_exchange_n(&helped_ns, &last, now_ns, false,
                                                              __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    return;
  for (uint32_t i = 0; i < count && i < HELPED_MOST; i++) {
    struct cache *cache =
        cache_number(__atomic_fetch_add(&helped_next, 1, __ATOMIC_RELAXED) % count + 1);
    if (!cache || cache == cache_self || now_ns < peek(&cache->active_ns) + SLEEP_NS ||
        (!peek(&cache->queue) && !peek(&cache->others_collected)) || !lock_try(&cache->lock))
      continue;
    remote_collect(cache);
    if (peek(&cache->others_collected))
      cache_purge(cache, HELPED_SPANS);
    poke(&cache->others_collected, 0);
    lock_drop(&cache->lock);
  }
}

static bool is_half_changed(const struct cache *cache) {
  return peek(&cache->lock.held) || peek(&cache->arrays_epoch) % 2 != 0;
}

void cache_after_fork(void) {
  uint32_t count = cache_count();

  /* A signal handler that forks may have interrupted a slow path of its own thread. What it was
   * changing stays as it is; should the handler return, the slow path still ends well. */
  if (is_half_changed(cache_self))
    cache_self = cache_none;
  if (cache_self != cache_none)
    poke(&cache_self->thread_id, os_thread_id());
  if (peek(&exit_key_state) == 1)
    poke(&exit_key_state, 0);
  for (uint32_t i = 1; i <= count; i++) {
    struct cache *cache = cache_number(i);
    /* One that was being changed at that instant stays as it is: out of use, and nothing else. */
    if (!cache || cache == cache_self || peek(&cache->state) != ALLOC_CACHE_OWNED)
      continue;
    if (is_half_changed(cache)) {
      poke(&cache->lost, 1);
      continue;
    }
    poke(&cache->thread_id, 0);
    orphan_push(cache);
  }
  arena_after_fork();
  region_after_fork();
}
