/* SPDX-License-Identifier: MIT */
/* Traces as they should be, as they should not, and as nobody would write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "viewer/model/error.h"
#include "viewer/model/leak_sites.h"
#include "viewer/model/trace.h"

static HvTrace *read_bytes(const char *text, gsize size, GError **error) {
  char name[] = "/tmp/test_trace_reader.XXXXXX";
  int fd = g_mkstemp(name);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, size), (gssize)size);
  close(fd);
  HvTrace *trace = hv_trace_read(name, error);
  g_unlink(name);
  return trace;
}

#define assert_no_error(error)                                                                     \
  do {                                                                                             \
    if (error != NULL)                                                                             \
      fail_msg("%s", error->message);                                                              \
  } while (0)

static HvTrace *read_text(const char *text) {
  GError *error = NULL;
  HvTrace *trace = read_bytes(text, strlen(text), &error);
  assert_no_error(error);
  return trace;
}

static void test_leaks(void **state) {
  g_autoptr(HvTrace) trace = read_text("= Start\n"
                                       "@ ./a:[0x11] + 0x100 0x10\n"
                                       "@ ./a:(main+1a)[0x22] + 0x200 0x20\n"
                                       "@ ./a:[0x11] - 0x100\n"
                                       "@ ./a:[0x33] + 0x300 0x30\n"
                                       "@ ./a:[0x44] < 0x300\n"
                                       "@ ./a:[0x44] > 0x90 0x40\n"
                                       "@ ./a:[0x55] + (nil) 0x1000000000\n"
                                       "@ [0x7f00] + 0x400 0\n"
                                       "+ 0x500 0x50\n"
                                       "@ ./a:[0x55] ! 0x500 0x1000000000\n"
                                       "= End\n");
  gsize count;
  const HvLeak *leak = hv_trace_leaks(trace, &count);
  assert_int_equal(count, 4);
  /* By their text, as mtrace(1) has it. */
  assert_int_equal(leak[0].address, 0x200);
  assert_int_equal(leak[0].bytes, 0x20);
  assert_string_equal(leak[0].place->object, "./a");
  assert_string_equal(leak[0].place->symbol, "main+1a");
  assert_int_equal(leak[0].place->address, 0x22);
  assert_int_equal(leak[1].address, 0x400);
  assert_null(leak[1].place->object);
  assert_int_equal(leak[1].place->address, 0x7f00);
  assert_int_equal(leak[2].address, 0x500);
  assert_null(leak[2].place);
  assert_int_equal(leak[3].address, 0x90);
  assert_int_equal(leak[3].place->address, 0x44);
  assert_int_equal(hv_trace_events(trace), 10);
  assert_int_equal(hv_trace_bad_lines(trace), 0);
  assert_false(hv_trace_is_report(trace));
  hv_trace_complaints(trace, &count);
  assert_int_equal(count, 0);
}

static void test_complaints(void **state) {
  g_autoptr(HvTrace) trace = read_text("= Start\n"
                                       "@ a:[0x1] - 0x10\n"
                                       "@ a:[0x2] < 0x20\n"
                                       "@ a:[0x3] + 0x30 0x3\n"
                                       "@ a:[0x4] + 0x30 0x4\n"
                                       "@ a:[0x5] > 0x30 0x5\n");
  gsize count;
  const HvComplaint *complaint = hv_trace_complaints(trace, &count);
  assert_int_equal(count, 4);
  assert_int_equal(complaint[0].kind, HV_COMPLAINT_FREE_UNKNOWN);
  assert_int_equal(complaint[0].line, 2);
  assert_int_equal(complaint[1].kind, HV_COMPLAINT_REALLOC_UNKNOWN);
  assert_int_equal(complaint[2].kind, HV_COMPLAINT_ALLOC_DUPLICATE);
  assert_int_equal(complaint[2].before->address, 3);
  assert_int_equal(complaint[3].kind, HV_COMPLAINT_REALLOC_DUPLICATE);
  assert_int_equal(complaint[3].bytes, 3);
  hv_trace_leaks(trace, &count);
  assert_int_equal(count, 1);
}

static void test_stacks(void **state) {
  g_autoptr(HvTrace) trace =
      read_text("= Start\n"
                "@ /with blank/a:[0x11] + 0x100 0x10 #7\n"
                "= stack 7 /with blank/a:[0x11] /with blank/a:(f+2)[0x22] [0x33]\n"
                "@ /with blank/a:[0x11] + 0x200 0x20 #7\n"
                "@ /with blank/a:[0x11] + 0x300 0x20 #8\n");
  gsize count;
  const HvLeak *leak = hv_trace_leaks(trace, &count);
  assert_int_equal(count, 3);
  const HvPlace *const *stack = hv_trace_stack(trace, leak[0].stack, &count);
  assert_int_equal(count, 3);
  assert_string_equal(stack[0]->object, "/with blank/a");
  assert_ptr_equal(stack[0], leak[0].place);
  assert_string_equal(stack[1]->symbol, "f+2");
  assert_null(stack[2]->object);
  assert_null(hv_trace_stack(trace, 8, &count));

  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(GPtrArray) sites = hv_leak_sites(trace, symbols);
  assert_int_equal(sites->len, 2);
  const HvLeakSite *site = g_ptr_array_index(sites, 0);
  assert_int_equal(site->blocks, 2);
  assert_int_equal(site->bytes, 0x30);
  assert_int_equal(site->frames->len, 3);
  site = g_ptr_array_index(sites, 1);
  assert_int_equal(site->frames->len, 1);
}

static void test_report(void **state) {
  g_autoptr(HvTrace) trace = read_text("= Start\n"
                                       "= leaks of process 12, ./a\n"
                                       "@ a:[0x1] + 0x10 0x1 lost\n"
                                       "@ a:[0x1] + 0x20 0x2 #3 indirect\n"
                                       "@ a:[0x1] ! 0x30 0x4 #3 reachable\n");
  assert_true(hv_trace_is_report(trace));
  gsize count;
  const HvLeak *leak = hv_trace_leaks(trace, &count);
  assert_int_equal(count, 3);
  assert_int_equal(leak[0].state, HV_LEAK_LOST);
  assert_int_equal(leak[1].state, HV_LEAK_INDIRECT);
  assert_int_equal(leak[2].state, HV_LEAK_REACHABLE);
}

static void expect_refusal(const char *text, gsize size, HvError code) {
  GError *error = NULL;
  assert_null(read_bytes(text, size, &error));
  assert_true(g_error_matches(error, HV_ERROR, (int)code));
  g_error_free(error);
}

static void test_what_is_no_trace(void **state) {
  expect_refusal("", 0, HV_ERROR_FOREIGN);
  expect_refusal("\x7f"
                 "ELF\0\0\0",
                 7, HV_ERROR_FOREIGN);
  expect_refusal("@ a:[0x1] + 0x10 0x1\n", 21, HV_ERROR_FOREIGN);
  GError *error = NULL;
  assert_null(hv_trace_read("/no/such/file", &error));
  assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_IO));
  g_clear_error(&error);
  assert_null(hv_trace_read("/", &error));
  assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_IO));
  g_clear_error(&error);
}

static void test_bad_lines_are_counted(void **state) {
  static const char *const lines[] = {
      "",
      "@",
      "@ ",
      "@ a:[0x1]",
      "@ a:[0x1] ",
      "@ a:[0x1] +",
      "@ a:[0x1] + ",
      "@ a:[0x1] + 0x10",
      "@ a:[0x1] + 0x10 zz",
      "@ a:[0x1] + 0x10z 0x1",
      "@ a:[0x1] + 0x10000000000000000 0x1",
      "@ a:[0x1] * 0x10 0x1",
      "@ a:[0x1] ] ] - ",
      "= stack 0 a:[0x1]",
      "= stack 99999999999999999999 a:[0x1]",
      "= stack",
      "noise",
  };
  for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autofree char *text = g_strdup_printf("= Start\n%s\n+ 0x10 0x1\n", lines[i]);
    g_autoptr(HvTrace) trace = read_text(text);
    gsize count;
    hv_trace_leaks(trace, &count);
    assert_int_equal(count, 1);
    assert_int_equal(hv_trace_events(trace), 1);
    /* "= stack" alone is one of the lines that mtrace(1) ignores. */
    assert_int_equal(hv_trace_bad_lines(trace), strcmp(lines[i], "= stack") == 0 ? 0 : 1);
  }
  /* Cut off in the middle: not taken for an event with another size. */
  g_autoptr(HvTrace) cut = read_text("= Start\n+ 0x10 0x1\n+ 0x20 0x10");
  gsize count;
  hv_trace_leaks(cut, &count);
  assert_int_equal(count, 1);
  assert_int_equal(hv_trace_bad_lines(cut), 1);
}

/* A line of many megabytes, and bytes that are no text. */
static void test_absurd_lines(void **state) {
  GString *text = g_string_new("= Start\n@ ");
  for (guint i = 0; i < 3 << 20; i++)
    g_string_append_c(text, "ab:[0x1] "[i % 9]);
  g_string_append(text, "\n+ 0x10 0x1\n");
  g_string_append_len(text, "@ a\0b:[0x1] + 0x20 0x1\n\xff\xfe\n", 26);
  g_autoptr(HvTrace) trace = read_bytes(text->str, text->len, NULL);
  gsize count;
  assert_non_null(trace);
  hv_trace_leaks(trace, &count);
  assert_int_equal(count, 2);
  assert_int_equal(hv_trace_bad_lines(trace), 2);
  g_string_free(text, TRUE);
}

/* Names reach a terminal. */
static void test_control_characters(void **state) {
  g_autoptr(HvTrace) trace = read_text("= Start\n@ a\033[2J\007:(f+1)[0x1] + 0x10 0x1\n");
  gsize count;
  const HvLeak *leak = hv_trace_leaks(trace, &count);
  assert_int_equal(count, 1);
  assert_string_equal(leak->place->object, "a?[2J?");
}

/* Damaged traces: never a crash, and what is reported has been in the file. */
static void test_damage(void **state) {
  GString *good = g_string_new("= Start\n= leaks of process 1, a\n");
  for (guint i = 1; i < 60; i++)
    g_string_append_printf(good,
                           "= stack %u ./a b:[0x%x] /lib/c.so:(f+%x)[0x%x]\n"
                           "@ ./a b:[0x%x] %c 0x%x 0x%x #%u %s\n",
                           i, i, i, i * 2, i, "+-<>!"[i % 5], i % 9 * 16, i, i,
                           i % 2 ? "lost" : "reachable");
  GRand *random = g_rand_new_with_seed(20261125);
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  for (guint round = 0; round < 2000; round++) {
    g_autofree char *text = g_memdup2(good->str, good->len);
    guint changes = (guint)g_rand_int_range(random, 1, 20);
    for (guint i = 0; i < changes; i++)
      text[g_rand_int_range(random, 8, (gint32)good->len)] =
          g_rand_boolean(random) ? "\n @[](:)+-<>!=#0x"[g_rand_int_range(random, 0, 17)]
                                 : (char)g_rand_int_range(random, 0, 256);
    gsize size = (gsize)g_rand_int_range(random, 8, (gint32)good->len);
    g_autoptr(HvTrace) trace = read_bytes(text, size, NULL);
    assert_non_null(trace);
    g_autoptr(GPtrArray) sites = hv_leak_sites(trace, symbols);
    gsize count;
    hv_trace_leaks(trace, &count);
    assert_true(count <= 120 && sites->len <= count);
  }
  g_rand_free(random);
  g_string_free(good, TRUE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_leaks),
      cmocka_unit_test(test_complaints),
      cmocka_unit_test(test_stacks),
      cmocka_unit_test(test_report),
      cmocka_unit_test(test_what_is_no_trace),
      cmocka_unit_test(test_bad_lines_are_counted),
      cmocka_unit_test(test_absurd_lines),
      cmocka_unit_test(test_control_characters),
      cmocka_unit_test(test_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
