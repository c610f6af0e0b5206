/* SPDX-License-Identifier: MIT */
/* Numbers for people, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>

#include "viewer/model/error.h"
#include "viewer/model/units.h"

static void expect_text(char *text, const char *expected) {
  assert_string_equal(text, expected);
  g_free(text);
}

static void test_bytes(void **state) {
  expect_text(hv_format_bytes(0), "0 B");
  expect_text(hv_format_bytes(1), "1 B");
  expect_text(hv_format_bytes(1023), "1023 B");
  expect_text(hv_format_bytes(1024), "1.00 KiB");
  expect_text(hv_format_bytes(1536), "1.50 KiB");
  expect_text(hv_format_bytes(10 * 1024), "10.0 KiB");
  expect_text(hv_format_bytes(99 * 1024 + 1000), "100 KiB");
  expect_text(hv_format_bytes(1023 * 1024), "1023 KiB");
  expect_text(hv_format_bytes(1024 * 1024 - 1), "1.00 MiB");
  expect_text(hv_format_bytes(G_GINT64_CONSTANT(62277025792)), "58.0 GiB");
  expect_text(hv_format_bytes(G_MAXINT64), "8.00 EiB");
  expect_text(hv_format_bytes(-1536), "-1.50 KiB");
  expect_text(hv_format_bytes(G_MININT64), "-8.00 EiB");
  expect_text(hv_format_bytes_exact(1536), "1.50 KiB (1,536 bytes)");
  expect_text(hv_format_bytes_exact(-2048), "-2.00 KiB (-2,048 bytes)");
  expect_text(hv_format_bytes_exact(12), "12 B");
}

static void test_others(void **state) {
  expect_text(hv_format_count(0), "0");
  expect_text(hv_format_count(999), "999");
  expect_text(hv_format_count(1000), "1,000");
  expect_text(hv_format_count(G_MAXUINT64), "18,446,744,073,709,551,615");
  expect_text(hv_format_address(0x7f12a4c00000), "0x7f12a4c00000");
  expect_text(hv_format_percent(0, 0), "-");
  expect_text(hv_format_percent(0, 10), "0 %");
  expect_text(hv_format_percent(1, 3), "33 %");
  expect_text(hv_format_percent(1, 200), "0.5 %");
  expect_text(hv_format_percent(1, 1000000), "< 0.1 %");
  expect_text(hv_format_percent(7, 7), "100 %");
  expect_text(hv_format_at_least(0), "≥ 0 %");
  expect_text(hv_format_at_least(78999), "≥ 7.8 %");
  expect_text(hv_format_at_least(999999), "≥ 99.9 %");
  expect_text(hv_format_at_least(989999), "≥ 98 %");
  expect_text(hv_format_at_least(1000000), "≥ 100 %");
  expect_text(hv_format_percent(G_MAXUINT64 / 2, G_MAXUINT64), "50 %");
  expect_text(hv_format_duration(1500000), "1.5 ms");
  expect_text(hv_format_duration(250000000), "250 ms");
  expect_text(hv_format_duration(G_GUINT64_CONSTANT(3400000000)), "3.4 s");
  expect_text(hv_format_duration(G_GUINT64_CONSTANT(130000000000)), "2 min");
}

static void expect_bytes(const char *text, guint64 expected) {
  g_autoptr(GError) error = NULL;
  guint64 bytes = 0;
  if (!hv_parse_bytes(text, &bytes, &error))
    fail_msg("%s", error->message);
  assert_true(bytes == expected);
}

static void expect_no_bytes(const char *text) {
  g_autoptr(GError) error = NULL;
  guint64 bytes = 0;
  assert_false(hv_parse_bytes(text, &bytes, &error));
  assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT));
}

static void test_parse_bytes(void **state) {
  expect_bytes("0", 0);
  expect_bytes("4096", 4096);
  expect_bytes("0x1000", 4096);
  expect_bytes("64K", 65536);
  expect_bytes("64 KiB", 65536);
  expect_bytes("1.5g", G_GUINT64_CONSTANT(3) << 29);
  expect_bytes("1.25M", 1310720);
  expect_bytes("9223372036854775807", G_MAXINT64);
  const char *const bad[] = {"", "-1", "x", "1Q", "1.5", "0x", "9223372036854775808", "8E", "1 2"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
    expect_no_bytes(bad[i]);
}

static void test_parse_range(void **state) {
  guint64 begin = 0;
  guint64 end = 0;
  assert_true(hv_parse_range("0x7f00-0x8000", &begin, &end, NULL));
  assert_true(begin == 0x7f00 && end == 0x8000);
  assert_true(hv_parse_range("0x7f00+64K", &begin, &end, NULL));
  assert_true(begin == 0x7f00 && end == 0x7f00 + 65536);
  assert_true(hv_parse_range("16-17", &begin, &end, NULL));
  const char *const bad[] = {"",   "5",  "5-5",   "0x10-0x0f", "a-b",
                             "1-", "-1", "1-2-3", "0x10+0",    "9223372036854775807+2"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    assert_false(hv_parse_range(bad[i], &begin, &end, &error));
    assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT));
  }
}

static void expect_name(const char *name, const char *expected) {
  g_autofree char *text = hv_format_name(name);
  assert_string_equal(text, expected);
}

static void test_names(void **state) {
  expect_name("", "");
  expect_name("worker 1", "worker 1");
  expect_name("Bäcker–ß", "Bäcker–ß");
  /* What breaks a table, what commands a terminal, also as one character of two bytes. */
  expect_name("wo\nrk\t3", "wo rk 3");
  expect_name("\033[31mred\177", " [31mred ");
  expect_name("a\302\233b\302\205", "a b ");
  /* A name of 15 bytes that the kernel has cut within a character. */
  expect_name("B\303", "B\357\277\275");
}

int main(void) {
  /* Where a decimal comma is the custom, files keep their point. */
  setlocale(LC_ALL, "de_DE.UTF-8");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes),       cmocka_unit_test(test_others),
      cmocka_unit_test(test_parse_bytes), cmocka_unit_test(test_parse_range),
      cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
