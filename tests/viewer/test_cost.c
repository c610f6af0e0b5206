/* SPDX-License-Identifier: MIT */
/* What watching costs, of frames that say what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "viewer/model/cost.h"

#define MS G_GUINT64_CONSTANT(1000000)

static void add(HvCost *cost, guint64 seq, guint64 at_ms, guint64 cost_ms, guint64 own_ms) {
  struct alloc_frame head = {.seq = seq, .monotonic_ns = at_ms * MS, .cost_ns = cost_ms * MS};
  hv_cost_add(cost, &head, own_ms * MS);
}

/* 10 frames a second that cost 2 ms each, 30 ms a second of our own. */
static void test_shares(void **state) {
  HvCost cost = {0};
  for (guint64 i = 0; i <= 9; i++) {
    add(&cost, i + 1, 5000 + i * 100, 2, 700 + i * 3);
    assert_false(cost.is_known);
  }
  add(&cost, 11, 6000, 2, 730);
  assert_true(cost.is_known);
  assert_int_equal(cost.target, 20000);
  assert_int_equal(cost.own, 30000);
  /* It holds until the next second is over. */
  add(&cost, 12, 6500, 100, 1000);
  assert_int_equal(cost.target, 20000);
  add(&cost, 13, 8000, 100, 1730);
  assert_int_equal(cost.target, 100000);
  assert_int_equal(cost.own, 500000);
}

/* Frames that were never read count as well. */
static void test_skipped_frames(void **state) {
  HvCost cost = {0};
  add(&cost, 1, 1000, 1, 0);
  add(&cost, 51, 2000, 1, 0);
  assert_true(cost.is_known);
  assert_int_equal(cost.target, 50000);
}

/* Another program, or one that began anew. */
static void test_begins_anew(void **state) {
  HvCost cost = {0};
  add(&cost, 100, 1000, 1, 10);
  add(&cost, 110, 2000, 1, 20);
  assert_true(cost.is_known);
  add(&cost, 1, 2500, 1, 30);
  assert_false(cost.is_known);
  add(&cost, 11, 3500, 3, 40);
  assert_true(cost.is_known);
  assert_int_equal(cost.target, 30000);
  /* An earlier moment tells nothing of what watching costs now. */
  add(&cost, 11, 1500, 3, 50);
  assert_false(cost.is_known);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shares),
      cmocka_unit_test(test_skipped_frames),
      cmocka_unit_test(test_begins_anew),
  };
  return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
