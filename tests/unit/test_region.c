/* SPDX-License-Identifier: MIT */
/* Regions and large blocks against a list of what is out, byte patterns and sums. */
#include "heap_test.h"

#include <sys/mman.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "heap/region.h"
#include "heap/spare.h"

enum { BLOCKS = 60, STEPS = 4000 };

struct block {
  unsigned char *at;
  size_t bytes, usable;
  unsigned char mark;
};

static void mark(struct block *block) {
  for (size_t i = 0; i < block->bytes; i += PAGE_BYTES / 2)
    block->at[i] = block->mark;
  block->at[block->bytes - 1] = block->mark;
}

static void check_mark(const struct block *block, size_t bytes) {
  for (size_t i = 0; i < bytes; i += PAGE_BYTES / 2)
    assert_int_equal(block->at[i], block->mark);
}

static void region_check_sums(const struct block *blocks, size_t base_bytes, size_t base_count) {
  size_t bytes = 0, count = 0, seen = 0;

  for (unsigned i = 0; i < BLOCKS; i++)
    if (blocks[i].at) {
      bytes += blocks[i].usable;
      count++;
    }
  assert_int_equal(region_bytes(), base_bytes + bytes);
  assert_int_equal(region_count(), base_count + count);
  for (unsigned b = 0; b < REGION_BUCKETS; b++)
    for (struct region *region = region_chain(b); region; region = region->next)
      seen++;
  assert_int_equal(seen, base_count + count);
}

static void regions_are_registered(void **state) {
  struct block blocks[BLOCKS] = {{0}};
  struct random random = {4};
  size_t base_bytes = region_bytes(), base_count = region_count();

  (void)state;
  for (unsigned step = 0; step < STEPS; step++) {
    struct block *block = &blocks[random_below(&random, BLOCKS)];
    size_t bytes = 1 + random_below(&random, 300000);
    bool zeroed;
    if (!block->at) {
      size_t alignment = (size_t)1 << random_below(&random, 24);
      *block = (struct block){.at = region_alloc(bytes, alignment, &zeroed), .bytes = bytes};
      assert_non_null(block->at);
      assert_int_equal((uintptr_t)block->at % alignment, 0);
      assert_int_equal((uintptr_t)block->at % PAGE_BYTES, 0);
      for (size_t i = 0; zeroed && i < bytes; i += 1000)
        assert_int_equal(block->at[i], 0);
    } else if (random_below(&random, 2)) {
      check_mark(block, block->bytes);
      unsigned char *moved = region_resize(block->at, bytes);
      if (!moved) { /* its memory is of several pieces: as it was */
        assert_int_equal(region_usable(block->at), block->usable);
        continue;
      }
      if (moved != block->at)
        assert_int_equal(region_usable(block->at), 0);
      size_t kept = bytes < block->bytes ? bytes : block->bytes;
      *block = (struct block){.at = moved, .bytes = bytes, .mark = block->mark};
      check_mark(block, kept);
    } else {
      check_mark(block, block->bytes);
      assert_false(region_free(block->at + 16));
      assert_true(region_free(block->at));
      assert_int_equal(region_usable(block->at), 0);
      assert_false(region_free(block->at));
      block->at = NULL;
      continue;
    }
    block->usable = region_usable(block->at);
    assert_int_equal(block->usable % PAGE_BYTES, 0);
    assert_true(block->usable >= bytes);
    assert_true(block->usable < round_up(bytes, PAGE_BYTES) + 65536); /* of a spare that fits */
    block->mark = (unsigned char)(1 + random_below(&random, 255));
    mark(block);
    if (step % 50 == 0)
      region_check_sums(blocks, base_bytes, base_count);
  }
  size_t most = region_most_bytes();
  for (unsigned i = 0; i < BLOCKS; i++)
    if (blocks[i].at)
      assert_true(region_free(blocks[i].at));
  assert_int_equal(region_bytes(), base_bytes);
  assert_int_equal(region_count(), base_count);
  assert_int_equal(region_most_bytes(), most);
}

static void regions_that_cannot_be(void **state) {
  size_t bytes = region_bytes(), count = region_count();
  bool zeroed;

  (void)state;
  assert_null(region_alloc(SIZE_MAX, 16, &zeroed));
  assert_null(region_alloc(PTRDIFF_MAX, 16, &zeroed));
  assert_null(region_alloc(PTRDIFF_MAX, (size_t)1 << 40, &zeroed));
  assert_null(region_alloc(100, (size_t)1 << 62, &zeroed));
  void *block = region_alloc(100000, 16, &zeroed);
  assert_null(region_resize(block, SIZE_MAX));
  assert_null(region_resize(block, PTRDIFF_MAX));
  assert_true(region_usable(block) >= 100000 && region_usable(block) < 100000 + 65536);
  assert_true(region_free(block));
  assert_null(region_resize(block, 100));
  assert_false(region_free(NULL));
  assert_int_equal(region_bytes(), bytes);
  assert_int_equal(region_count(), count);
}

static void large_blocks_are_runs_of_slices(void **state) {
  struct block blocks[BLOCKS] = {{0}};
  struct random random = {5};
  size_t base = arena_used_bytes(), out = 0;

  (void)state;
  for (unsigned step = 0; step < STEPS; step++) {
    struct block *block = &blocks[random_below(&random, BLOCKS)];
    size_t bytes = CLASS_MAX_BYTES + 1 + random_below(&random, 1000000);
    if (!block->at) {
      size_t alignment = (size_t)1 << random_below(&random, 21);
      bool zeroed = false;
      *block = (struct block){.at = large_alloc(bytes, alignment, &zeroed), .bytes = bytes};
      assert_non_null(block->at);
      assert_int_equal((uintptr_t)block->at % alignment, 0);
      for (size_t i = 0; zeroed && i < bytes; i += 1000)
        assert_int_equal(block->at[i], 0);
    } else if (random_below(&random, 2)) {
      check_mark(block, block->bytes);
      size_t kept = bytes < block->bytes ? bytes : block->bytes;
      out -= round_up(block->bytes, SLICE_BYTES);
      if (large_resize(block->at, bytes))
        block->bytes = bytes;
      else
        assert_true(bytes > block->usable); /* it can always shrink */
      check_mark(block, kept < block->bytes ? kept : block->bytes);
    } else {
      check_mark(block, block->bytes);
      assert_false(large_free(block->at + 64));
      assert_true(large_free(block->at));
      assert_int_equal(arena_tag_of(block->at), TAG_NONE);
      out -= round_up(block->bytes, SLICE_BYTES);
      block->at = NULL;
      continue;
    }
    out += round_up(block->bytes, SLICE_BYTES);
    assert_int_equal(arena_used_bytes(), base + out);
    block->usable = large_usable(block->at);
    assert_int_equal(block->usable, round_up(block->bytes, PAGE_BYTES));
    assert_int_equal(arena_tag_of(block->at), TAG_LARGE);
    for (size_t at = SLICE_BYTES; at < block->bytes; at += SLICE_BYTES)
      assert_int_equal(arena_tag_of(block->at + at), TAG_LARGE_REST);
    block->mark = (unsigned char)(1 + random_below(&random, 255));
    mark(block);
    if (step % 100 == 0)
      for (unsigned i = 0; i < arena_count(); i++)
        arena_check(arena_number(i));
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    if (blocks[i].at)
      assert_true(large_free(blocks[i].at));
  assert_int_equal(arena_used_bytes(), base);
}

static void large_blocks_that_cannot_be(void **state) {
  bool zeroed;
  (void)state;
  void *block = large_alloc(100000, 16, &zeroed);
  assert_false(large_resize(block, (size_t)ARENA_MAX_RUN * SLICE_BYTES + 1));
  assert_false(large_resize(block, 0));
  assert_int_equal(large_usable(block), round_up(100000, PAGE_BYTES));
  assert_true(large_free(block));
}

static size_t resident_after_one_byte(size_t bytes) {
  static unsigned char pages[128 * 1024 * 1024 / PAGE_BYTES];
  size_t resident = 0;
  bool zeroed;
  char *block = region_alloc(bytes, 16, &zeroed);

  assert_non_null(block);
  assert_true(zeroed);
  block[bytes / 2] = 1;
  assert_int_equal(mincore(block, bytes, pages), 0);
  for (size_t i = 0; i < bytes / PAGE_BYTES; i++)
    resident += pages[i] & 1;
  assert_true(region_unmap(block));
  return resident * PAGE_BYTES;
}

/* Huge pages cost at most one each for a byte that is used, and none in small or very large
 * regions. */
static void regions_cost_what_is_used(void **state) {
  enum { MIB = 1024 * 1024 };

  (void)state;
  spare_purge(0);
  os_set_huge(false);
  for (size_t mib = 1; mib <= 128; mib *= 2)
    assert_int_equal(resident_after_one_byte(mib * MIB), PAGE_BYTES);
  os_set_huge(true);
  for (size_t mib = 1; mib <= 128; mib *= 2)
    assert_true(resident_after_one_byte(mib * MIB) <=
                (mib >= 2 && mib <= 64 ? 2 * MIB : PAGE_BYTES));
}

static unsigned resident_huge(const unsigned char *first, size_t bytes) {
  unsigned resident = 0;

  for (size_t at = 0; at < bytes; at += HUGE_BYTES) {
    unsigned char page = 0;
    assert_int_equal(mincore((void *)(uintptr_t)(first + at), PAGE_BYTES, &page), 0);
    resident += page & 1;
  }
  return resident;
}

/* A region that no spare is long enough for begins with the huge pages of two, and is one block
 * like any other: it grows, shrinks and goes. */
static void huge_pages_of_spares_move(void **state) {
  enum { MIB = 1024 * 1024 };
  bool zeroed;
  struct block first = {.at = region_alloc(4 * MIB, 16, &zeroed), .bytes = 4 * MIB, .mark = 1};
  struct block apart = {.at = region_alloc(4 * MIB, 16, &zeroed), .bytes = 4 * MIB, .mark = 2};
  struct block second = {.at = region_alloc(6 * MIB, 16, &zeroed), .bytes = 6 * MIB, .mark = 3};

  (void)state;
  os_set_huge(true);
  purge_set_bound(SIZE_MAX);
  mark(&first);
  mark(&apart);
  mark(&second);
  spare_purge(0);
  assert_true(region_free(first.at));
  assert_true(region_free(second.at));
  assert_int_equal(spare_bytes(), 10 * MIB);
  struct block whole = {.at = region_alloc(12 * MIB, 16, &zeroed), .bytes = 12 * MIB, .mark = 4};
  assert_non_null(whole.at);
  assert_false(zeroed);
  assert_int_equal(spare_bytes(), 0);
  assert_int_equal(resident_huge(whole.at, 12 * MIB), 5);
  assert_int_equal(whole.at[0], 3);
  assert_int_equal(whole.at[6 * MIB], 1);
  assert_int_equal(whole.at[11 * MIB], 0);
  check_mark(&apart, apart.bytes);
  mark(&whole);
  /* The kernel may refuse what spans mappings (before Linux 6.17 it does): then nothing changed. */
  unsigned char *moved = region_resize(whole.at, 20 * MIB);
  whole.at = moved ? moved : whole.at;
  check_mark(&whole, whole.bytes);
  moved = region_resize(whole.at, 3 * MIB);
  whole.at = moved ? moved : whole.at;
  check_mark(&whole, 3 * MIB);
  assert_true(region_unmap(whole.at));
  assert_true(region_unmap(apart.at));
  spare_purge(0);
}

static void every_address_of_a_region_is_known(void **state) {
  static const size_t sizes[] = {1, 5000, 2 << 20, 40 << 20};
  struct region found;
  bool zeroed;

  (void)state;
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char *block = region_alloc(sizes[i], 16, &zeroed);
    size_t usable = region_usable(block);
    assert_true(region_holding(block, &found) && found.block == block);
    assert_true(region_holding(block + usable - 1, &found) && found.block == block);
    assert_int_equal(found.usable_bytes, usable);
    assert_false(region_holding(&found, &found));
    assert_true(region_free(block));
    assert_false(region_holding(block, &found));
  }
}

static size_t distance(const char *a, const char *b) {
  return a < b ? (size_t)(b - a) : (size_t)(a - b);
}

/* Hardened, what is far from a block is another one by chance only. */
static void guarded_regions_lie_apart(void **state) {
  enum { N = 24 };
  char *block[N];
  unsigned near = 0;

  (void)state;
  for (unsigned i = 0; i < N; i++) {
    block[i] = region_alloc_guarded(100000, 16);
    assert_non_null(block[i]);
    memset(block[i], 1, 100000);
    for (unsigned j = 0; j < i; j++)
      near += distance(block[i], block[j]) < (size_t)4 << 20;
  }
  assert_true(near <= 3);
  for (unsigned i = 0; i < N; i++)
    region_bury(block[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(regions_are_registered),
      cmocka_unit_test(regions_that_cannot_be),
      cmocka_unit_test(regions_cost_what_is_used),
      cmocka_unit_test(huge_pages_of_spares_move),
      cmocka_unit_test(every_address_of_a_region_is_known),
      cmocka_unit_test(guarded_regions_lie_apart),
      cmocka_unit_test(large_blocks_are_runs_of_slices),
      cmocka_unit_test(large_blocks_that_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
