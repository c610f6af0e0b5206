/* SPDX-License-Identifier: MIT */
/* What is given back, when, and that statistics foretell it. */
#include "heap_test.h"

#include <liballoc/alloc.h>

#include "child.h"
#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/purge.h"
#include "heap/region.h"
#include "heap/spare.h"
#include "observe/statistics.h"

enum { BLOCKS = 100000, MIB = 1 << 20 };

static void *blocks[BLOCKS];

static void make(unsigned count, size_t bytes) {
  for (unsigned i = 0; i < count; i++) {
    blocks[i] = alloc_malloc(bytes);
    memset(blocks[i], 1, bytes < 64 ? bytes : 64);
  }
}

static void drop(unsigned count, unsigned step) {
  for (unsigned i = 0; i < count; i++)
    if (i % step) {
      alloc_free(blocks[i]);
      blocks[i] = NULL;
    }
}

static void drop_rest(unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    alloc_free(blocks[i]);
    blocks[i] = NULL;
  }
}

static size_t foretold(void) {
  struct heap_count count;
  statistics_count(&count, NULL, 0);
  return count.trim_bytes;
}

static void trims_what_statistics_foretell(void **state) {
  static const size_t sizes[] = {16, 100, 1000, 3000, 10000, 32768, 50000};

  (void)state;
  for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++)
    for (unsigned step = 2; step < 300; step *= 12) {
      unsigned count = (unsigned)(16 * MIB / sizes[s] < BLOCKS ? 16 * MIB / sizes[s] : BLOCKS);
      make(count, sizes[s]);
      drop(count, step);
      cache_flush_all(cache_self);
      size_t expected = foretold();
      assert_int_equal(purge_all(0), expected);
      assert_int_equal(foretold(), 0);
      assert_int_equal(purge_all(0), 0);
      assert_int_equal(arena_dirty_bytes(), 0);
      cache_check(cache_self);
      drop_rest(count);
    }
}

/* Run first, as only an allocator that has not yet purged in vain has this bound. */
static void keeps_a_bound(void **state) {
  (void)state;
  make(60000, 1024);
  drop_rest(60000);
  assert_true(arena_dirty_bytes() <= (size_t)8 * MIB);
}

/* With a block left in each huge page none is free as a whole: some of what is around such blocks
 * is kept for when it is, but not half of the peak. In a child, as the bound is that of a fresh
 * process. */
static void keep_around_survivors(const void *unused) {
  (void)unused;
  make(100000, 1024);
  drop(100000, 1500);
  cache_flush_all(cache_self);
  require(arena_dirty_bytes() <= (size_t)(8 + 32 + 2) * MIB);
}

static void keeps_little_around_survivors(void **state) {
  struct child child = child_run(keep_around_survivors, NULL);

  (void)state;
  assert_true(child_succeeded(&child));
}

/* The second time it knows better, and keeps most of the peak of about 60 MiB, but not all. */
static void keeps_what_was_wanted_again(void **state) {
  (void)state;
  make(60000, 1024);
  drop_rest(60000);
  assert_true(arena_dirty_bytes() <= (size_t)(8 + 60 * 7 / 8 + 1) * MIB);
}

/* What is wanted again counts several times: of 16 MiB taken after a purge about 10 are, and then
 * more than 30 are kept. In a child, as nothing was purged in vain before. */
static void learn(const void *unused) {
  (void)unused;
  make(16, (size_t)16 * MIB);
  for (unsigned i = 0; i < 5; i++)
    alloc_free(blocks[i]);
  require(spare_bytes() <= (size_t)8 * MIB);
  alloc_free(alloc_malloc((size_t)16 * MIB));
  alloc_free(blocks[5]);
  alloc_free(blocks[6]);
  require(spare_bytes() >= (size_t)30 * MIB);
}

static void learns_soon(void **state) {
  struct child child = child_run(learn, NULL);

  (void)state;
  assert_true(child_succeeded(&child));
}

static void keeps_what_it_is_told_to(void **state) {
  (void)state;
  purge_set_bound(SIZE_MAX);
  make(40000, 1024);
  drop_rest(40000);
  cache_flush_all(cache_self);
  assert_true(arena_dirty_bytes() >= (size_t)35 * MIB);
  size_t dirty = arena_dirty_bytes();
  size_t purged = purge_all((size_t)10 * MIB);
  assert_true(arena_dirty_bytes() <= (size_t)10 * MIB);
  assert_true(purged >= dirty - arena_dirty_bytes());
  purge_set_bound((size_t)2 * MIB);
  make(40000, 1024);
  drop_rest(40000);
  cache_flush_all(cache_self);
  assert_true(arena_dirty_bytes() <= (size_t)2 * MIB);
}

static void remembers_the_peak(void **state) {
  (void)state;
  size_t now = arena_used_bytes() + region_bytes();
  assert_true(purge_peak_bytes() >= now);
  void *region = alloc_malloc((size_t)300 * MIB);
  size_t peak = purge_peak_bytes();
  assert_true(peak >= (size_t)300 * MIB);
  alloc_free(region);
  assert_int_equal(purge_peak_bytes(), peak);
}

/* Statistics of a heap with nothing moving are exact: against a count of what was asked for. */
static void counts_exactly(void **state) {
  struct heap_count count;
  struct random random = {8};
  size_t live = 0, large = 0;

  (void)state;
  cache_flush_all(cache_self);
  statistics_count(&count, NULL, 0);
  size_t base = heap_count_in_use_bytes(&count), base_large = count.large.blocks;
  for (unsigned i = 0; i < 3000; i++) {
    size_t bytes = 1 + random_below(&random, i % 20 ? 3000 : 100000);
    blocks[i] = alloc_malloc(bytes);
    live += alloc_usable_size(blocks[i]);
    large += bytes > CLASS_MAX_BYTES;
  }
  for (unsigned i = 0; i < 3000; i++) {
    if (i % 100 == 0) {
      statistics_count(&count, NULL, 0);
      assert_int_equal(heap_count_in_use_bytes(&count), base + live);
      assert_int_equal(count.large.blocks, base_large + large);
      struct amount fast = heap_count_fast(&count), rest = heap_count_rest(&count);
      assert_int_equal(count.system_bytes,
                       heap_count_in_use_bytes(&count) + fast.bytes + rest.bytes);
      assert_true(count.system_bytes <= count.system_most_bytes);
      assert_true(count.system_most_bytes <= count.aspace_bytes);
    }
    live -= alloc_usable_size(blocks[i]);
    large -= alloc_usable_size(blocks[i]) > CLASS_MAX_BYTES;
    alloc_free(blocks[i]);
    blocks[i] = NULL;
  }
}

/* However regions come and go, what a free keeps beside what is in use is at most what was in use.
 */
static void keeps_no_more_than_the_peak(void **state) {
  struct random random = {7};
  size_t peak = purge_peak_bytes(); /* of the tests before, too */

  (void)state;
  for (unsigned step = 0; step < 600; step++) {
    unsigned i = random_below(&random, 8);
    if (blocks[i]) {
      alloc_free(blocks[i]);
      blocks[i] = NULL;
    } else {
      blocks[i] = alloc_malloc((size_t)(1 + random_below(&random, 24)) * MIB);
      memset(blocks[i], 1, 64);
    }
    size_t used = arena_used_bytes() + region_reusable_bytes();
    peak = used > peak ? used : peak;
    if (!blocks[i])
      assert_true(used + arena_dirty_bytes() + spare_bytes() <=
                  peak + (peak / 64 > 8 * MIB ? peak / 64 : 8 * MIB));
  }
  drop_rest(8);
  purge_all(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_little_around_survivors),
      cmocka_unit_test(learns_soon),
      cmocka_unit_test(keeps_a_bound),
      cmocka_unit_test(keeps_what_was_wanted_again),
      cmocka_unit_test(keeps_no_more_than_the_peak),
      cmocka_unit_test(counts_exactly),
      cmocka_unit_test(trims_what_statistics_foretell),
      cmocka_unit_test(keeps_what_it_is_told_to),
      cmocka_unit_test(remembers_the_peak),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
