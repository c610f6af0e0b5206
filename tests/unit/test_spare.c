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
      one->at = spare_take(want, &mapped);
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

/* Three parts of one mapping, put in any order, are taken as the whole that they were. */
static void neighbours_join(void **state) {
  static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  enum { PART = 5 * PAGE_BYTES };

  (void)state;
  spare_purge(0);
  for (unsigned i = 0; i < 6; i++) {
    size_t mapped;
    unsigned char *whole = os_map(NULL, 3 * PART);
    assert_non_null(whole);
    for (unsigned part = 0; part < 3; part++) {
      unsigned which = orders[i][part];
      memset(whole + which * PART, (int)which + 1, PART);
      assert_null(spare_take(3 * PART, &mapped));
      assert_true(spare_put(whole + which * PART, PART));
      assert_int_equal(spare_bytes(), (part + 1) * PART);
      assert_int_equal(sum_of_slots(), spare_bytes());
    }
    assert_ptr_equal(spare_take(3 * PART, &mapped), whole);
    assert_int_equal(mapped, 3 * PART);
    assert_int_equal(spare_bytes(), 0);
    for (unsigned part = 0; part < 3; part++)
      assert_int_equal(whole[part * PART + PART / 2], part + 1);
    assert_true(os_unmap(whole, 3 * PART));
  }
}

/* A part is taken off the start, and what is left is one spare. */
static void parts_are_cut_off(void **state) {
  enum { WHOLE = 100 * PAGE_BYTES, WANTED = 30 * PAGE_BYTES };
  size_t mapped;
  char *whole = os_map(NULL, WHOLE);

  (void)state;
  spare_purge(0);
  assert_non_null(whole);
  assert_true(spare_put(whole, WHOLE));
  for (size_t at = 0; at < 3 * (size_t)WANTED; at += WANTED) {
    assert_ptr_equal(spare_take(WANTED, &mapped), whole + at);
    /* The last takes the rest along, which is less than would be worth a spare. */
    assert_int_equal(mapped, at < 2 * (size_t)WANTED ? WANTED : WHOLE - at);
  }
  assert_int_equal(spare_bytes(), 0);
  assert_true(os_unmap(whole, WHOLE));
}

/* Of a spare that begins and ends inside huge pages, those between are taken, and the ends stay. */
static void huge_pages_are_taken_out(void **state) {
  enum { BEFORE = 3 * PAGE_BYTES, HUGE = 3, BEHIND = 5 * PAGE_BYTES };
  size_t bytes = BEFORE + HUGE * (size_t)HUGE_BYTES + BEHIND, taken;
  char *aligned = os_map_aligned((HUGE + 2) * (size_t)HUGE_BYTES, HUGE_BYTES);
  char *first = aligned + HUGE_BYTES;

  (void)state;
  spare_purge(0);
  assert_non_null(aligned);
  assert_true(spare_put(first - BEFORE, bytes));
  first[0] = 'a';
  first[2 * (size_t)HUGE_BYTES] = 'b';
  assert_ptr_equal(spare_take_huge(2 * (size_t)HUGE_BYTES, &taken), first);
  assert_int_equal(taken, 2 * (size_t)HUGE_BYTES);
  assert_int_equal(spare_bytes(), bytes - taken);
  assert_int_equal(sum_of_slots(), spare_bytes());
  assert_ptr_equal(spare_take_huge(2 * (size_t)HUGE_BYTES, &taken), first + 2 * (size_t)HUGE_BYTES);
  assert_int_equal(taken, HUGE_BYTES);
  assert_int_equal(first[0], 'a');
  assert_int_equal(first[2 * (size_t)HUGE_BYTES], 'b');
  assert_null(spare_take_huge(HUGE_BYTES, &taken));
  assert_int_equal(spare_bytes(), BEFORE + BEHIND);
  assert_int_equal(sum_of_slots(), spare_bytes());
  spare_purge(0);
  assert_true(os_unmap(aligned, (HUGE + 2) * (size_t)HUGE_BYTES));
}

/* What goes of a spare ends where a huge page begins. */
static void huge_pages_are_not_split(void **state) {
  char *whole = os_map_aligned(3 * (size_t)HUGE_BYTES, HUGE_BYTES);

  (void)state;
  spare_purge(0);
  assert_non_null(whole);
  assert_true(spare_put(whole, 3 * (size_t)HUGE_BYTES));
  assert_int_equal(spare_purge(2 * (size_t)HUGE_BYTES + PAGE_BYTES), HUGE_BYTES);
  assert_int_equal(spare_purge(HUGE_BYTES + PAGE_BYTES), HUGE_BYTES);
  assert_int_equal(spare_bytes(), HUGE_BYTES);
  spare_purge(0);
}

static void there_is_an_end(void **state) {
  char *pages = os_map(NULL, 2 * (SPARES + 1) * (size_t)PAGE_BYTES);

  (void)state;
  spare_purge(0);
  assert_non_null(pages);
  for (size_t i = 0; i <= SPARES; i++) /* each second one, so that no two join */
    assert_int_equal(spare_put(pages + 2 * i * PAGE_BYTES, PAGE_BYTES), i < SPARES);
  assert_false(spare_put(pages, SPARE_MOST_BYTES + PAGE_BYTES));
  spare_purge(0);
  assert_int_equal(spare_bytes(), 0);
  assert_true(os_unmap(pages, 2 * (SPARES + 1) * (size_t)PAGE_BYTES));
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
      cmocka_unit_test(neighbours_join),
      cmocka_unit_test(parts_are_cut_off),
      cmocka_unit_test(huge_pages_are_taken_out),
      cmocka_unit_test(huge_pages_are_not_split),
      cmocka_unit_test(there_is_an_end),
      cmocka_unit_test(purged_and_wanted_again_is_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
