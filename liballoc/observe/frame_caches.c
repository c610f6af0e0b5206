/* SPDX-License-Identifier: MIT */
#include "observe/work.h"

#include <string.h>

#include "heap/cache.h"
#include "observe/self.h"

enum {
  NAME_LIFE_NS = 1000000000, /* a thread may rename itself */
  /* Most names that are read for a frame, with three system calls each: of threads that have none
   * yet, and again. */
  NAMES_FIRST = 512,
  NAMES_AGAIN = 64,
};

bool owners_reset(struct work *work) {
  uint32_t count = cache_count() + 1;

  if (!table_reserve(&work->owners, count * sizeof(struct owner)))
    return false;
  work->owner_count = count;
  for (uint32_t n = 0; n < count; n++) {
    struct owner *owner = work_owner(work, n);
    owner->cached_bytes = owner->cached_blocks = 0;
    owner->transit_bytes = owner->capacity_bytes = 0;
  }
  return true;
}

static void owner_name(struct work *work, struct owner *owner, uint32_t thread) {
  self_thread_name(thread, owner->name);
  owner->named = thread;
  owner->named_ns = work->now_ns;
}

static uint32_t cache_thread(uint32_t number) {
  struct cache *cache = cache_number(number);

  return cache && load_acquire(&cache->state) == ALLOC_CACHE_OWNED ? peek(&cache->thread_id) : 0;
}

/* Names all threads as long as there are not too many; each has its turn, since those whose name is
 * read again begin behind the last of the frame before. */
static void read_names(struct work *work) {
  unsigned first = NAMES_FIRST, again = NAMES_AGAIN;
  uint32_t n = work->named_last < work->owner_count ? work->named_last : 0;

  for (uint32_t i = 1; i < work->owner_count; i++) {
    n = n + 1 < work->owner_count ? n + 1 : 1;
    struct owner *owner = work_owner(work, n);
    uint32_t thread = cache_thread(n);
    if (!thread) {
      owner->named = 0;
    } else if (owner->named != thread) {
      if (first) {
        first--;
        owner_name(work, owner, thread);
      }
    } else if (again && work->now_ns - owner->named_ns >= NAME_LIFE_NS) {
      again--;
      work->named_last = n;
      owner_name(work, owner, thread);
    }
  }
}

void caches_write(struct work *work) {
  read_names(work);
  for (uint32_t n = 1; n < work->owner_count; n++) {
    struct cache *cache = cache_number(n);
    uint32_t state = cache ? load_acquire(&cache->state) : 0;
    if (!state)
      continue;
    if (work->cache_count == work->room.caches) {
      work->too_small = true;
      return;
    }
    struct owner *owner = work_owner(work, n);
    bool owned = state == ALLOC_CACHE_OWNED;
    uint32_t thread = owned ? peek(&cache->thread_id) : 0;
    struct alloc_cache_record *record = &work->cache[work->cache_count++];
    *record = (struct alloc_cache_record){
        .owner = n,
        .thread = thread,
        .state = owned ? ALLOC_CACHE_OWNED : ALLOC_CACHE_ORPHANED,
        .spans = peek(&cache->spans),
        .cached_bytes = owner->cached_bytes,
        .cached_blocks = owner->cached_blocks,
        .capacity_bytes = owner->capacity_bytes,
        .transit_bytes = owner->transit_bytes,
        .refills = peek(&cache->refills),
        .flushes = peek(&cache->flushes),
        .active_ns = peek(&cache->active_ns),
    };
    work->hits[work->cache_count - 1] = peek(&cache->hits);
    if (thread && owner->named == thread)
      memcpy(record->name, owner->name, sizeof record->name);
  }
}
