/* SPDX-License-Identifier: MIT */
#include "observe/work.h"

#include <string.h>

#include "heap/cache.h"
#include "observe/self.h"

enum {
  NAME_LIFE_NS = 1000000000, /* a thread may rename itself */
  NAMES_A_FRAME = 64,        /* three system calls each */
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

static void owner_name(struct work *work, struct owner *owner, uint32_t thread, unsigned *budget) {
  if (!thread) {
    owner->named = 0;
    owner->name[0] = '\0';
    return;
  }
  if ((owner->named == thread && work->now_ns - owner->named_ns < NAME_LIFE_NS) || !*budget)
    return;
  --*budget;
  self_thread_name(thread, owner->name);
  owner->named = thread;
  owner->named_ns = work->now_ns;
}

void caches_write(struct work *work) {
  unsigned budget = NAMES_A_FRAME;

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
    owner_name(work, owner, thread, &budget);
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
    if (owner->named == thread)
      memcpy(record->name, owner->name, sizeof record->name);
  }
}
