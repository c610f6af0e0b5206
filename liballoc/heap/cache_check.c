/* SPDX-License-Identifier: MIT */
/* The invariants of a thread cache, for tests and for debuggers. */
#include "heap/cache.h"

#define CHECK(condition) ((condition) ? (void)0 : message_assert(#condition, __FILE__, __LINE__))

static void check_list(const struct cache *cache, unsigned k) {
  const struct span *previous = NULL;

  for (struct span *span = cache->partial[k]; span; span = span->next) {
    CHECK(!previous || span->previous == previous);
    CHECK(span->listed == SPAN_IN_FRONT || span->listed == SPAN_BEHIND);
    CHECK(!previous || span->listed >= previous->listed);
    CHECK(span->kind == SPAN_SMALL && span->size_class == k && span->owner == cache->number);
    CHECK(span->free > 0);
    previous = span;
  }
  CHECK(!previous || cache->partial[k]->previous == previous);
}

/* A block in a bin is the cache's own, in use as its span sees it, and in no other slot. */
static void check_bin(const struct cache *cache, unsigned k) {
  const struct bin *bin = &cache->bin[k];
  void **base = bin->limit - cache->capacity[k];

  CHECK(base <= bin->top && bin->top <= bin->limit);
  CHECK(base[-1] == NULL);
  for (void **slot = base; slot < bin->top; slot++) {
    CHECK(arena_of(*slot) && arena_tag_of(*slot) == (cache_tag(cache) | k << TAG_BIN_SHIFT));
    CHECK(span_fault_of(arena_span(*slot), *slot) == SPAN_OK);
    for (void **other = base; other < slot; other++)
      CHECK(*other != *slot);
  }
}

/* The cache's spans, all over the heap: as many as it counts, tagged, and listed when not full. */
static void check_spans(const struct cache *cache) {
  uint32_t spans = 0, class_spans[CLASSES] = {0};
  size_t bytes = 0, behind_bytes = 0;

  for (unsigned a = 0; a < arena_count(); a++) {
    struct arena *arena = arena_number(a);
    for (unsigned i = ARENA_HEADER_SLICES; arena && i < arena->slices; i++) {
      struct span *span = &arena->span[i];
      if (arena->tag[i] >> TAG_OWNER_SHIFT != cache->number)
        continue;
      CHECK(arena->tag[i] == (cache_tag(cache) | (slice_tag)arena_span(span_base(span))->size_class
                                                     << TAG_BIN_SHIFT));
      if (span->back)
        continue;
      span_check(span);
      CHECK((span->listed != SPAN_UNLISTED) == (span->free > 0));
      spans++;
      class_spans[span->size_class]++;
      bytes += (size_t)span->slices * SLICE_BYTES;
      if (span->listed == SPAN_BEHIND) {
        CHECK(span->done <= span->free);
        behind_bytes += span->done * (size_t)size_classes[span->size_class].block_bytes;
      }
    }
  }
  CHECK(spans == cache->spans);
  for (unsigned k = 0; k < CLASSES; k++)
    CHECK(class_spans[k] == cache->class_spans[k]);
  CHECK(bytes == cache->span_bytes);
  CHECK(behind_bytes == cache->behind_bytes);
}

void cache_check(struct cache *cache) {
  lock_take(&cache->lock);
  for (unsigned k = 1; k < CLASSES; k++) {
    check_list(cache, k);
    check_bin(cache, k);
  }
  check_spans(cache);
  lock_drop(&cache->lock);
}
