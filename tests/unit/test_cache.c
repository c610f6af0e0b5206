/* SPDX-License-Identifier: MIT */
/* A thread cache under random calls, against a list of the blocks that are out. */
#include "heap_test.h"

#include <limits.h>

#include <liballoc/alloc.h>

#include "front/slow.h"
#include "heap/cache.h"

enum { BLOCKS = 3000, STEPS = 200000 };

struct block {
  unsigned char *at;
  size_t bytes;
};

/* Blocks not free in their spans, over all spans of the cache. */
static size_t taken_blocks(const struct cache *cache) {
  size_t taken = 0;
  for (unsigned a = 0; a < arena_count(); a++) {
    struct arena *arena = arena_number(a);
    for (unsigned i = ARENA_HEADER_SLICES; i < arena->slices; i++) {
      const struct span *span = &arena->span[i];
      if (arena->tag[i] >> TAG_OWNER_SHIFT == cache->number && span->back == 0)
        taken += span->capacity - span->free;
    }
  }
  return taken;
}

static size_t cached_blocks(const struct cache *cache) {
  size_t cached = 0;
  for (unsigned k = 1; k < CLASSES; k++)
    cached += (size_t)(cache->bin[k].top - (cache->bin[k].limit - cache->capacity[k]));
  return cached;
}

static bool is_filled(const struct block *block) {
  for (size_t i = 0; i < block->bytes; i += 1 + block->bytes / 16)
    if (block->at[i] != (unsigned char)(block->bytes * 7 + i))
      return false;
  return true;
}

static void fill(const struct block *block) {
  for (size_t i = 0; i < block->bytes; i += 1 + block->bytes / 16)
    block->at[i] = (unsigned char)(block->bytes * 7 + i);
}

static void agrees_with_a_list(void **state) {
  static struct block blocks[BLOCKS];
  struct random random = {6};
  size_t out = 0;

  (void)state;
  alloc_free(alloc_malloc(1)); /* the thread has a cache from here on */
  struct cache *cache = cache_self;
  assert_ptr_not_equal(cache, cache_none);
  size_t base = taken_blocks(cache) - cached_blocks(cache);
  for (unsigned step = 0; step < STEPS; step++) {
    /* Phases of growth and shrinkage, and of one class after another. */
    bool grow = random_below(&random, 100) < (step / 20000 % 2 ? 30 : 70);
    struct block *block = &blocks[random_below(&random, BLOCKS)];
    if (grow && !block->at) {
      size_t most = step / 10000 % 3 == 0 ? 64 : step / 10000 % 3 == 1 ? 1024 : CLASS_MAX_BYTES;
      block->bytes = 1 + random_below(&random, (unsigned)most);
      block->at = alloc_malloc(block->bytes);
      assert_non_null(block->at);
      assert_int_equal(arena_tag_of(block->at), cache->tag | size_class_of(block->bytes)
                                                                 << TAG_BIN_SHIFT);
      fill(block);
      out++;
    } else if (!grow && block->at) {
      assert_true(is_filled(block));
      alloc_free(block->at);
      block->at = NULL;
      out--;
    }
    if (step % 5000 == 0) {
      cache_check(cache);
      assert_int_equal(taken_blocks(cache) - cached_blocks(cache), base + out);
    }
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    if (blocks[i].at) {
      assert_true(is_filled(&blocks[i]));
      alloc_free(blocks[i].at);
    }
  cache_flush_all(cache);
  cache_check(cache);
  assert_int_equal(cached_blocks(cache), 0);
  assert_int_equal(taken_blocks(cache), base);
  cache_purge(cache, UINT_MAX);
  cache_check(cache);
}

/* A bin grows with use up to what its class may cache, and all together up to a budget. */
static void bins_have_a_limit(void **state) {
  static void *block[20000];

  (void)state;
  for (unsigned k = 1; k < CLASSES; k += 6) {
    const struct size_class *c = &size_classes[k];
    unsigned count = c->most_cached * 4u;
    for (unsigned round = 0; round < 3; round++) {
      for (unsigned i = 0; i < count; i++)
        block[i] = alloc_malloc(c->block_bytes);
      for (unsigned i = 0; i < count; i++)
        alloc_free(block[i]);
    }
    assert_true(cache_self->capacity[k] <= c->most_cached);
    /* While others have little, it gets all that it may have. */
    if (k == 1)
      assert_int_equal(cache_self->capacity[k], c->most_cached);
    size_t first_slots_bytes = 0;
    for (unsigned other = 1; other < CLASSES; other++)
      first_slots_bytes += cache_self->capacity[other] ? 7u * size_classes[other].block_bytes : 0;
    assert_true(cache_self->capacity_bytes <= CACHE_BUDGET_BYTES + first_slots_bytes);
  }
  cache_check(cache_self);
}

/* Without bins every free is seen by the bitmap at once, and they can come back. */
static void bins_can_be_turned_off(void **state) {
  (void)state;
  for (unsigned round = 0; round < 4; round++) {
    cache_set_bins(round % 2);
    for (unsigned i = 0; i < 5000; i++) {
      void *block = alloc_malloc(1 + i * 13 % 2000);
      alloc_free(block);
      if (round % 2 == 0) {
        assert_int_equal(cached_blocks(cache_self), 0);
        assert_int_equal(span_fault_of(arena_span(block), block), SPAN_DOUBLE_FREE);
      }
    }
    cache_check(cache_self);
  }
  assert_true(cached_blocks(cache_self) > 0);
}

/* A class that was hardly used has no bin, so its double frees meet the bitmap. */
static void cold_classes_have_no_bins(void **state) {
  enum { COLD_BYTES = 24000 };
  unsigned k = size_class_of(COLD_BYTES);

  (void)state;
  assert_int_equal(cache_self->capacity[k], 0);
  void *block = alloc_malloc(COLD_BYTES);
  assert_int_equal(span_fault_of(arena_span(block), block), SPAN_OK);
  alloc_free(block);
  assert_int_equal(cache_self->capacity[k], 0);
  assert_int_equal(span_fault_of(arena_span(block), block), SPAN_DOUBLE_FREE);
  for (unsigned i = 0; i < 100; i++)
    alloc_free(alloc_malloc(COLD_BYTES));
  assert_true(cache_self->capacity[k] > 0);
}

/* What the slow paths saw of the fast ones: never more than there was; and all that there was but
 * for the last batch, when blocks are only taken. */
static void hits_that_show_are_no_more_than_there_were(void **state) {
  enum { BYTES = 48 };
#define MALLOCS 10000u
  static void *block[MALLOCS];
  unsigned k = size_class_of(BYTES), out = 0;
  struct random random = {9};

  (void)state;
  cache_flush_all(cache_self);
  uint64_t began = cache_self->refills + cache_self->hits;
  for (unsigned i = 0; i < MALLOCS; i++)
    block[i] = alloc_malloc(BYTES);
  uint64_t seen = cache_self->refills + cache_self->hits - began;
  assert_true(seen <= MALLOCS);
  assert_true(seen >= MALLOCS - cache_self->capacity[k]);
  for (unsigned i = 0; i < MALLOCS; i++)
    alloc_free(block[i]);

  cache_flush_all(cache_self);
  uint64_t refills = cache_self->refills, hits = cache_self->hits, mallocs = 0;
  for (unsigned step = 0; step < STEPS; step++) {
    if (out == 0 || (out < MALLOCS && random_below(&random, 2))) {
      block[out++] = alloc_malloc(BYTES);
      mallocs++;
    } else {
      alloc_free(block[--out]);
    }
  }
  hits = cache_self->hits - hits;
  refills = cache_self->refills - refills;
  assert_true(hits > 0 && hits <= mallocs - refills);
  while (out)
    alloc_free(block[--out]);
  cache_check(cache_self);
#undef MALLOCS
}

enum { UNWANTED_BYTES = 1280, WANTED_BYTES = 1536, NEXT_BYTES = 3072, MANY = 500 };

static void allocate_and_free(size_t bytes, size_t count) {
  static void *block[MANY];

  assert_true(count <= MANY);
  for (size_t i = 0; i < count; i++)
    assert_non_null(block[i] = alloc_malloc(bytes));
  for (size_t i = 0; i < count; i++)
    alloc_free(block[i]);
}

/* A class that is not in use any more keeps no span when the heap grows; one that is keeps its bin.
 */
static void growth_takes_what_is_not_used(void **state) {
  static void *next[4 * MANY];
  void *held = NULL;
  unsigned unwanted = size_class_of(UNWANTED_BYTES), wanted = size_class_of(WANTED_BYTES);

  (void)state;
  allocate_and_free(WANTED_BYTES, MANY);
  allocate_and_free(UNWANTED_BYTES, MANY);
  const struct cache *cache = cache_self;
  assert_true(cache->class_spans[unwanted] > 0);
  for (size_t i = 0; i < 4 * MANY; i++) {
    assert_non_null(next[i] = alloc_malloc(NEXT_BYTES));
    /* In turn one block more and one less, so that the bin looks different each time. */
    if (held) {
      alloc_free(held);
      held = NULL;
    } else {
      held = alloc_malloc(WANTED_BYTES);
    }
  }
  assert_int_equal(cache->class_spans[unwanted], 0);
  assert_true(cache->class_spans[wanted] > 0 && cache->capacity[wanted] > 0);
  alloc_free(held);
  for (size_t i = 0; i < 4 * MANY; i++)
    alloc_free(next[i]);
  cache_check(cache_self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(growth_takes_what_is_not_used),
      cmocka_unit_test(cold_classes_have_no_bins),
      cmocka_unit_test(agrees_with_a_list),
      cmocka_unit_test(bins_have_a_limit),
      cmocka_unit_test(bins_can_be_turned_off),
      cmocka_unit_test(hits_that_show_are_no_more_than_there_were),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
