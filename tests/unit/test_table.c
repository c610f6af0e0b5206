/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "observe/table.h"

enum { RECORDS_MOST = 700 };

struct record {
  uint64_t key;
  uint64_t rest[4];
};

static int compare(const void *a, const void *b) {
  const struct record *x = a, *y = b;
  return x->key < y->key ? -1 : x->key > y->key;
}

static void sorting_agrees_with_qsort(void **state) {
  static struct record records[RECORDS_MOST], expected[RECORDS_MOST];
  uint32_t seed = 5;
  (void)state;
  for (size_t count = 0; count < RECORDS_MOST; count += count < 20 ? 1 : 97) {
    for (size_t i = 0; i < count; i++) {
      seed = seed * 1664525u + 1013904223u;
      /* All different, so that the order is one; the rest must travel with its key. */
      records[i].key = (uint64_t)(seed >> 4) << 32 | i;
      for (unsigned k = 0; k < 4; k++)
        records[i].rest[k] = records[i].key * (k + 3);
    }
    memcpy(expected, records, sizeof records);
    qsort(expected, count, sizeof *expected, compare);
    records_sort(records, count, sizeof *records);
    assert_memory_equal(records, expected, sizeof records);
  }
}

static void plain_numbers_sort_too(void **state) {
  uint64_t numbers[] = {9, 3, UINT64_MAX, 0, 3, 7};
  const uint64_t expected[] = {0, 3, 3, 7, 9, UINT64_MAX};
  (void)state;
  records_sort(numbers, 6, sizeof *numbers);
  assert_memory_equal(numbers, expected, sizeof expected);
}

static void a_table_keeps_what_it_has_while_it_grows(void **state) {
  struct table table = {0};
  (void)state;
  for (size_t bytes = 1; bytes < 3 << 20; bytes = bytes * 3 + 1) {
    size_t before = table.bytes;
    assert_true(table_reserve(&table, bytes));
    assert_true(table.bytes >= bytes);
    for (size_t i = 0; i < table.bytes; i++)
      assert_int_equal(((unsigned char *)table.at)[i], i < before ? i % 251 : 0);
    for (size_t i = 0; i < table.bytes; i++)
      ((unsigned char *)table.at)[i] = (unsigned char)(i % 251);
  }
  void *at = table.at;
  assert_true(table_reserve(&table, 5));
  assert_ptr_equal(table.at, at);
  assert_false(table_reserve(&table, SIZE_MAX / 4));
  assert_ptr_equal(table.at, at);
  table_release(&table);
  assert_null(table.at);
  assert_int_equal(table.bytes, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sorting_agrees_with_qsort),
      cmocka_unit_test(plain_numbers_sort_too),
      cmocka_unit_test(a_table_keeps_what_it_has_while_it_grows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
