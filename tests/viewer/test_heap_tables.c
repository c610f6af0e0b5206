/* SPDX-License-Identifier: MIT */
/* What the lists of the panel say in their columns, against the records of the frame. No display
 * is needed: the rows are those that are copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/units.h"
#include "viewer/ui/heap_tables.h"

typedef struct {
  HvList *list;
  char **lines; /* of titles, then of rows */
} Shown;

static Shown shown_new(HvListKind which, HvMoment *moment) {
  HvList *list = hv_heap_table_list(which, moment, NULL);
  g_autofree char *text = hv_heap_table_dup_text(which, list);
  Shown shown = {list, g_strsplit(text, "\n", -1)};
  guint count = 0;

  hv_list_rows(list, &count);
  assert_true(count > 1);
  assert_int_equal(g_strv_length(shown.lines), count + 2); /* the last one is empty */
  return shown;
}

static void shown_clear(Shown *shown) {
  hv_list_free(shown->list);
  g_strfreev(shown->lines);
}

/* The cell of row @row in the column with the title @title. */
static char *shown_cell(const Shown *shown, const char *title, guint row) {
  g_auto(GStrv) titles = g_strsplit(shown->lines[0], "\t", -1);
  g_auto(GStrv) cells = g_strsplit(shown->lines[row + 1], "\t", -1);

  assert_int_equal(g_strv_length(titles), g_strv_length(cells));
  for (guint i = 0; titles[i] != NULL; i++) {
    if (g_str_equal(titles[i], title))
      return g_strdup(cells[i]);
  }
  fail_msg("there is no column \"%s\" in \"%s\"", title, shown->lines[0]);
  return NULL;
}

/* Blocks that the spans of a class have room for. */
static void test_slots(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvMoment moment = {.frame = frame};
  Shown shown = shown_new(HV_LIST_CLASSES, &moment);
  guint count = 0, spans = 0;
  const HvListRow *rows = hv_list_rows(shown.list, &count);
  const HvSpan *span = hv_frame_spans(frame, &spans);

  for (guint row = 0; row < count; row++) {
    g_autofree char *cell = shown_cell(&shown, "Slots", row);
    g_autofree char *expected = NULL;
    guint64 slots = 0;

    for (guint i = 0; i < spans; i++)
      slots += span[i].kind == ALLOC_SPAN_SMALL && span[i].size_class == rows[row].key
                   ? span[i].capacity
                   : 0;
    expected = hv_format_count(slots);
    assert_string_equal(cell, expected);
  }
  shown_clear(&shown);
}

/* What came and went of a class, a second; of a single frame that is not known. */
static void test_churn(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvTracker) tracker = hv_tracker_new();

  for (guint i = 1; i <= 2; i++) {
    g_autoptr(HvFrame) frame = synthetic_heap_frame(heap, i, 0, i * G_USEC_PER_SEC * 1000);
    g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frame);
    HvMoment moment = {.frame = frame, .activity = activity};
    Shown shown = shown_new(HV_LIST_CLASSES, &moment);
    guint count = 0, spans = 0;
    const HvListRow *rows = hv_list_rows(shown.list, &count);
    const HvSpan *span = hv_frame_spans(frame, &spans);

    for (guint row = 0; row < count; row++) {
      g_autofree char *cell = shown_cell(&shown, "Churn", row);
      g_autofree char *expected = NULL;
      guint64 bytes = 0;

      for (guint j = 0; j < spans; j++)
        bytes += span[j].kind == ALLOC_SPAN_SMALL && span[j].size_class == rows[row].key
                     ? hv_activity_churn_bytes(activity, j)
                     : 0;
      expected = i == 1 ? g_strdup("–") : hv_format_bytes((gint64)bytes);
      assert_string_equal(cell, expected);
    }
    shown_clear(&shown);
    synthetic_heap_churn(heap, 500);
  }
  synthetic_heap_free(heap);
}

/* What each cache may hold. */
static void test_limit(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvMoment moment = {.frame = frame};
  Shown shown = shown_new(HV_LIST_THREADS, &moment);
  guint count = 0;
  const HvListRow *rows = hv_list_rows(shown.list, &count);

  for (guint row = 0; row < count; row++) {
    const struct alloc_cache_record *cache = hv_frame_find_cache(frame, (guint32)rows[row].key);
    g_autofree char *cell = shown_cell(&shown, "Limit", row);
    g_autofree char *expected = hv_format_bytes((gint64)cache->capacity_bytes);

    assert_string_equal(cell, expected);
  }
  shown_clear(&shown);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_slots),
      cmocka_unit_test(test_churn),
      cmocka_unit_test(test_limit),
  };
  return cmocka_run_group_tests_name("heap_tables", tests, NULL, NULL);
}
