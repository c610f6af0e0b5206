/* SPDX-License-Identifier: MIT */
/*
 * Spares: what is taken was given, is nobody else's, and keeps its bytes; sums and bounds hold.
 */
#include "tests/unit/heap_test.h"

#include "heap/os.h"
#include "heap/spare.h"

enum { HELD = 24, STEPS = 3000 };

struct held {
  unsigned char *at;
  size_t bytes;
  unsigned char mark;
};

/* Each page says whose it is. */
static void mark(struct held *held, unsigned char value) {
  held->mark = value;
  for (size_t i = 0; i < held->bytes; i += PAGE_BYTES)
    held->at[i] = value;
}

static void check_mark(const struct held *held) {
  for (size_t i = 0; i < held->bytes; i += PAGE_BYTES)
    assert_int_equal(held->at[i], held->mark);
}

static size_t sum_of_slots(void) {
  size_t sum = 0;
  for (unsigned slot = 0; slot < SPARES; slot++) {
    uintptr_t address;
    size_t bytes;
    if (!spare_peek(slot, &address, &bytes))
      continue;
    assert_int_equal(address % PAGE_BYTES, 0);
    assert_int_equal(bytes % PAGE_BYTES, 0);
    sum += bytes;
  }
  return sum;
}

static void taken_memory_is_the_takers(void **state) {
  struct held held[HELD] = {{0}};
  struct random random = {7};

  (void)state;
  spare_purge(0);
  for (unsigned step = 0; step < STEPS; step++) {
    struct held *one = &held[random_below(&random, HELD)];
    if (one->at) {
      check_mark(one);
      size_t before = spare_bytes();
      if (!spare_put(one->at, one->bytes))
        assert_true(os_unmap(one->at, one->bytes));
      else
        assert_int_equal(spare_bytes(), before + one->bytes);
      *one = (struct held){0};
    } else {
      size_t want = PAGE_BYTES * (1 + random_below(&random, 400)), mapped = want;
      bool may_grow = random_below(&random, 2);
      one->at = spare_take(want, may_grow, &mapped);
      if (!one->at)
        one->at = os_map(NULL, want);
      assert_non_null(one->at);
      assert_true(mapped >= want && mapped % PAGE_BYTES == 0);
      one->bytes = mapped;
      mark(one, (unsigned char)(step % 251 + 1));
    }
    assert_int_equal(sum_of_slots(), spare_bytes());
    if (step % 100 == 99) {
      size_t keep = PAGE_BYTES * random_below(&random, 2000);
      spare_purge(keep);
      assert_true(spare_bytes() <= keep);
    }
  }
  for (unsigned i = 0; i < HELD; i++)
    if (held[i].at) {
      check_mark(&held[i]);
      assert_true(os_unmap(held[i].at, held[i].bytes));
    }
  spare_purge(0);
  assert_int_equal(spare_bytes(), 0);
  assert_int_equal(sum_of_slots(), 0);
}

static void pages_survive(void **state) {
  size_t mapped;
  unsigned char *small = os_map(NULL, 10 * PAGE_BYTES), *more = os_map(NULL, 6 * PAGE_BYTES);

  (void)state;
  spare_purge(0);
  memset(small, 1, 10 * PAGE_BYTES);
  memset(more, 2, 6 * PAGE_BYTES);
  assert_true(spare_put(small, 10 * PAGE_BYTES));
  assert_true(spare_put(more, 6 * PAGE_BYTES));
  assert_null(spare_take(16 * PAGE_BYTES, false, &mapped));
  unsigned char *whole = spare_take(16 * PAGE_BYTES, true, &mapped);
  assert_non_null(whole);
  assert_int_equal(mapped, 16 * PAGE_BYTES);
  assert_int_equal(spare_bytes(), 0);
  size_t ones = 0, twos = 0;
  for (size_t i = 0; i < mapped; i += PAGE_BYTES) {
    ones += whole[i] == 1;
    twos += whole[i] == 2;
  }
  assert_int_equal(ones, 10);
  assert_int_equal(twos, 6);
  assert_true(os_unmap(whole, mapped));
}

static void there_is_an_end(void **state) {
  void *mapping[SPARES + 1];

  (void)state;
  spare_purge(0);
  for (unsigned i = 0; i <= SPARES; i++) {
    mapping[i] = os_map(NULL, PAGE_BYTES);
    assert_int_equal(spare_put(mapping[i], PAGE_BYTES), i < SPARES);
  }
  assert_true(os_unmap(mapping[SPARES], PAGE_BYTES));
  assert_false(spare_put(mapping[0], SPARE_MOST_BYTES + PAGE_BYTES));
  spare_purge(0);
  assert_int_equal(spare_bytes(), 0);
}

static void purged_and_wanted_again_is_counted(void **state) {
  size_t before = spare_retaken_bytes();

  (void)state;
  spare_note_fresh(SIZE_MAX / 2); /* whatever was purged before */
  before = spare_retaken_bytes();
  assert_true(spare_put(os_map(NULL, 8 * PAGE_BYTES), 8 * PAGE_BYTES));
  assert_int_equal(spare_purge(0), 8 * PAGE_BYTES);
  spare_note_fresh(3 * PAGE_BYTES);
  assert_int_equal(spare_retaken_bytes() - before, 3 * PAGE_BYTES);
  spare_note_fresh(100 * PAGE_BYTES);
  assert_int_equal(spare_retaken_bytes() - before, 8 * PAGE_BYTES);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(taken_memory_is_the_takers),
      cmocka_unit_test(pages_survive),
      cmocka_unit_test(there_is_an_end),
      cmocka_unit_test(purged_and_wanted_again_is_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
