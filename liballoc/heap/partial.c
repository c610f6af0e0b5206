/* SPDX-License-Identifier: MIT */
#include "heap/partial.h"

#include "heap/purge.h"

enum {
  DONE_SHARE = 4,   /* of what may be idle: gives back until so much is left */
  GROWN_SHARE = 16, /* growth between two looks at the heap */
  GROWN_LEAST_BYTES = 1024 * 1024,
  LOOKS_MOST = 64, /* at spans, while the lock is held */
};

/* Bytes of a span in front that are free and may well be resident. */
static size_t idle_bytes(const struct span *span) {
  size_t used_before = span->free - (span->capacity - span->touched);
  size_t bytes = used_before * size_classes[span->size_class].block_bytes;
  size_t purged = (size_t)__builtin_popcountl(span->purged) << PAGE_SHIFT;

  return bytes > purged ? bytes - purged : 0;
}

static bool is_fragmented(const struct cache *cache) {
  size_t idle = 0, free = cache->behind_bytes;
  size_t most = purge_least_bound_bytes() / (cache->fragmented ? DONE_SHARE : 1);

  for (unsigned k = 1; k < CLASSES; k++)
    for (const struct span *span = cache->partial[k]; span && span->listed == SPAN_IN_FRONT;
         span = span->next) {
      idle += idle_bytes(span);
      free += span->free * (size_t)size_classes[k].block_bytes;
    }
  return idle > most + purge_idle_regret_bytes() && free >= cache->span_bytes / 2;
}

/* Whether it is fragmented, as of the last time that it had grown by a share. */
static bool grows_fragmented(struct cache *cache, size_t bytes) {
  size_t share = cache->span_bytes / GROWN_SHARE;

  cache->grown_bytes += bytes;
  if (cache->grown_bytes >= (share > GROWN_LEAST_BYTES ? share : GROWN_LEAST_BYTES)) {
    cache->grown_bytes = 0;
    cache->fragmented =
        cache->span_bytes > purge_least_bound_bytes() / DONE_SHARE && is_fragmented(cache);
  }
  return cache->fragmented;
}

/* The head stays as it is: it is taken from next. */
static struct span *next_in_front(struct cache *cache, unsigned k) {
  struct span *head = cache->partial[k], *span = head ? head->next : NULL;

  return span && span->listed == SPAN_IN_FRONT ? span : NULL;
}

static void move_behind(struct cache *cache, struct span *span) {
  struct span *head = cache->partial[span->size_class];

  partial_remove(cache, span);
  span->next = NULL;
  span->previous = head->previous;
  span->previous->next = span;
  head->previous = span;
  span->listed = SPAN_BEHIND;
  span->done = span->free;
  cache->behind_bytes += span->done * (size_t)size_classes[span->size_class].block_bytes;
}

size_t partial_give_back(struct cache *cache, size_t bytes, unsigned *looked) {
  size_t given = 0;

  *looked = 0;
  if (likely(!grows_fragmented(cache, bytes)))
    return 0;
  for (unsigned k = CLASSES - 1; k > 0; k--) {
    struct span *span;
    while (given < 2 * bytes && *looked < LOOKS_MOST && (span = next_in_front(cache, k))) {
      given += span_purge(span);
      move_behind(cache, span);
      ++*looked;
    }
  }
  return given;
}

void partial_give_back_for(size_t bytes) {
  struct cache *cache = cache_self;
  size_t given = 0;
  unsigned looked;

  /* Most large blocks come and go in memory that is resident already, unlike spans, which a class
   * takes only when its others are full. */
  if (peek(&cache->span_bytes) < purge_least_bound_bytes() || !purge_is_at_peak())
    return;
  do {
    lock_take(&cache->lock);
    given += partial_give_back(cache, bytes, &looked);
    lock_drop(&cache->lock);
  } while (looked == LOOKS_MOST && given < 2 * bytes);
}
