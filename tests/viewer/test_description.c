/* SPDX-License-Identifier: MIT */
/* What is told about a place: each kind of it, what is resident, how old it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/description.h"
#include "viewer/model/units.h"

static const char *value_of(GPtrArray *details, const char *heading, const char *key) {
  gboolean inside = FALSE;
  for (guint i = 0; i < details->len; i++) {
    const HvDetail *detail = g_ptr_array_index(details, i);
    if (detail->value == NULL)
      inside = strcmp(detail->key, heading) == 0;
    else if (inside && strcmp(detail->key, key) == 0)
      return detail->value;
  }
  return NULL;
}

/* The first block of a small span. */
static void find_block(HvPyramid *pyramid, HvHit *hit, HvPlaceQuestion *question) {
  HvFrame *frame = hv_pyramid_frame(pyramid);
  guint count = 0;
  const HvSpan *spans = hv_frame_spans(frame, &count);
  guint index = 0;
  while (index < count && (spans[index].kind != ALLOC_SPAN_SMALL || spans[index].live == 0))
    index++;
  assert_true(index < count);
  assert_true(hv_hit_test(frame, hv_frame_span_address(frame, index), hit));
  *question =
      (HvPlaceQuestion){.pyramid = pyramid, .begin = hit->begin, .end = hit->end, .hit = hit};
}

static void test_block(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvPlaceResident resident = {.is_known = TRUE};
  HvPlaceQuestion question;
  HvHit hit;
  find_block(pyramid, &hit, &question);
  resident.thing.bytes[HV_STATE_LIVE] = 24;
  resident.span.bytes[HV_STATE_LIVE] = 4096;
  resident.span.bytes[HV_STATE_FREE] = 8192;
  question.resident = &resident;
  g_autoptr(GPtrArray) details = hv_description_new(&question);
  guint64 words = (hit.end - hit.begin) / 8;
  g_autofree char *command = g_strdup_printf("x/%" G_GUINT64_FORMAT "gx 0x%" G_GINT64_MODIFIER "x",
                                             CLAMP(words, 1, 16), hit.begin);
  assert_string_equal(value_of(details, "Block", "Debugger"), command);
  assert_string_equal(value_of(details, "Block", "Resident"), "24 B");
  assert_string_equal(value_of(details, "Span", "Resident"), "12.0 KiB (12,288 bytes)");
  assert_null(value_of(details, "Span", "Debugger"));
  assert_null(value_of(details, "Span", "Last change"));
  /* Blocks count from 1, here as in a line about them. */
  g_autofree char *line = hv_hit_describe(&hit);
  g_autofree char *number = g_strdup_printf(" · block %s · ", value_of(details, "Block", "Number"));
  assert_non_null(strstr(line, number));
  /* The same as text, with its headings apart. */
  g_autofree char *text = hv_description_text(details);
  assert_true(g_str_has_prefix(text, "Block\nAddress: 0x"));
  assert_non_null(strstr(text, "\n\nSpan\nAddress: 0x"));
  /* Of the span alone, the debugger is to read the span. */
  question.only_span = TRUE;
  g_autoptr(GPtrArray) span = hv_description_new(&question);
  assert_null(value_of(span, "Block", "Address"));
  assert_non_null(value_of(span, "Span", "Debugger"));
}

/* Of a large block, who made it; nothing where the thread's cache is another's by now. */
static void test_maker_of_large(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  guint spans = 0;
  const HvSpan *span = hv_frame_spans(frame, &spans);
  guint known = 0;
  for (guint i = 0; i < spans; i++) {
    HvHit hit;
    if (span[i].kind != ALLOC_SPAN_LARGE)
      continue;
    assert_true(hv_hit_test(frame, hv_frame_span_address(frame, i), &hit));
    HvPlaceQuestion question = {
        .pyramid = pyramid, .begin = hit.begin, .end = hit.end, .hit = &hit};
    g_autoptr(GPtrArray) details = hv_description_new(&question);
    g_autofree char *line = hv_hit_describe(&hit);
    const char *maker = value_of(details, "Span", "Made by");
    assert_null(value_of(details, "Span", "Owner"));
    if (hit.owner == NULL) {
      assert_null(maker);
      assert_null(strstr(line, " · made by "));
      continue;
    }
    g_autofree char *name = hv_cache_describe(hit.owner);
    g_autofree char *end = g_strdup_printf(" · made by %s", name);
    assert_string_equal(maker, name);
    assert_true(g_str_has_suffix(line, end));
    known++;
  }
  assert_true(known > 0);
}

/* Without a process there is what the allocator knows; while it is asked for, nothing. */
static void test_resident_unknown(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  static const HvPlaceResident asked;
  HvPlaceQuestion question;
  HvHit hit;
  find_block(pyramid, &hit, &question);
  g_autoptr(GPtrArray) saved = hv_description_new(&question);
  assert_null(value_of(saved, "Block", "Resident"));
  assert_true(g_str_has_prefix(value_of(saved, "Span", "Resident"), "at most "));
  question.resident = &asked;
  g_autoptr(GPtrArray) live = hv_description_new(&question);
  assert_null(value_of(live, "Block", "Resident"));
  assert_null(value_of(live, "Span", "Resident"));
}

/* A span whose time is known, and one that has not changed since it is watched. */
static void test_age(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 2);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  g_autoptr(HvActivity) activity = NULL;
  g_autoptr(HvFrame) frame = NULL;
  guint told = 0;
  guint untold = 0;
  for (guint i = 0; i < 3; i++) {
    guint64 now = G_GUINT64_CONSTANT(1000000000) * (5 + i);
    g_clear_pointer(&frame, hv_frame_unref);
    g_clear_pointer(&activity, hv_activity_unref);
    if (i == 1)
      synthetic_heap_churn(heap, 5);
    frame = synthetic_heap_frame(heap, i + 1, now, now);
    activity = hv_tracker_add(tracker, frame);
  }
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  for (guint i = 0; i < hv_activity_span_count(activity); i++) {
    HvHit hit;
    assert_true(hv_hit_test(frame, hv_frame_span_address(frame, i), &hit));
    HvPlaceQuestion question = {.pyramid = pyramid,
                                .begin = hit.begin,
                                .end = hit.end,
                                .hit = &hit,
                                .activity = activity,
                                .activity_frame = frame};
    g_autoptr(GPtrArray) details = hv_description_new(&question);
    const char *age = value_of(details, "Span", "Last change");
    if (hv_activity_age_ns(activity, i) < hv_activity_known_ns(activity)) {
      assert_string_equal(age, "1.0 s ago");
      told++;
    } else {
      assert_string_equal(age, "more than 2.0 s ago");
      untold++;
    }
  }
  assert_true(told > 0 && untold > 0);
  synthetic_heap_free(heap);
}

/* Bytes of the lines under a heading, but for one. */
static gint64 sum_of(GPtrArray *details, const char *heading, const char *but) {
  gboolean inside = FALSE;
  guint64 sum = 0;
  for (guint i = 0; i < details->len; i++) {
    const HvDetail *detail = g_ptr_array_index(details, i);
    guint64 bytes = 0;
    if (detail->value == NULL) {
      inside = strcmp(detail->key, heading) == 0;
    } else if (inside && strcmp(detail->key, but) != 0) {
      g_auto(GStrv) parts = g_strsplit(detail->value, " · ", 2);
      g_auto(GStrv) words = g_strsplit(parts[0], " ", 2);
      g_autofree char *plain = g_strconcat(words[0], words[1][0] == 'B' ? "" : words[1], NULL);
      assert_true(hv_parse_bytes(plain, &bytes, NULL));
      sum += bytes;
    }
  }
  return (gint64)sum;
}

static void test_area(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvPlaceResident resident = {.is_known = TRUE};
  guint64 begin = hv_frame_arenas(frame, NULL)[0].address;
  HvPlaceQuestion question = {
      .pyramid = pyramid, .begin = begin, .end = begin + 65536 * 8, .resident = &resident};
  resident.thing.bytes[HV_STATE_LIVE] = 100;
  resident.thing.bytes[HV_STATE_CACHED] = 28;
  g_autoptr(GPtrArray) details = hv_description_new(&question);
  assert_string_equal(value_of(details, "Area", "Size"), "512 KiB (524,288 bytes)");
  assert_string_equal(value_of(details, "Resident", "Live"), "100 B · 78 %");
  assert_true(g_str_has_prefix(value_of(details, "Resident", "Total"), "128 B · "));
  assert_int_equal(sum_of(details, "Resident", "Total"), 128);
  assert_non_null(value_of(details, "Area", "Debugger"));
  /* Rounded to three digits, so within a percent. */
  assert_true(ABS(sum_of(details, "Address Space", "") - 65536 * 8) < 65536 * 8 / 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_block),
      cmocka_unit_test(test_maker_of_large),
      cmocka_unit_test(test_resident_unknown),
      cmocka_unit_test(test_age),
      cmocka_unit_test(test_area),
  };
  return cmocka_run_group_tests_name("description", tests, NULL, NULL);
}
