/* SPDX-License-Identifier: MIT */
/* HvTracker against the whole past, looked through anew for each span. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/past.h"

enum {
  FRAMES = 12,
  STEP_MS = 250,
};

static HvFrame *frame_at(SyntheticHeap *heap, guint64 seq, guint64 time_ns) {
  return synthetic_heap_frame(heap, seq, time_ns, time_ns);
}

static void test_ages(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_SCATTERED, 2);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  HvFrame *frames[FRAMES];
  for (guint i = 0; i < FRAMES; i++) {
    guint64 now = G_GUINT64_CONSTANT(1000000) * (5000 + i * STEP_MS);
    guint count = 0;
    if (i > 0)
      synthetic_heap_churn(heap, 40);
    frames[i] = frame_at(heap, i + 1, now);
    g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frames[i]);
    const HvSpan *spans = hv_frame_spans(frames[i], &count);
    assert_int_equal(hv_activity_span_count(activity), count);
    assert_true(hv_activity_known_ns(activity) == i * STEP_MS * G_GUINT64_CONSTANT(1000000));
    for (guint span = 0; span < count; span++) {
      guint since = i;
      while (since > 0 && hv_frame_spans(frames[since - 1], NULL)[span].epoch == spans[span].epoch)
        since--;
      assert_true(hv_activity_age_ns(activity, span) ==
                  (i - since) * STEP_MS * G_GUINT64_CONSTANT(1000000));
    }
  }
  for (guint i = 0; i < FRAMES; i++)
    hv_frame_unref(frames[i]);
  synthetic_heap_free(heap);
}

static guint64 span_changed_bytes(HvFrame *before, HvFrame *frame, guint span) {
  const HvSpan *record = &hv_frame_spans(frame, NULL)[span];
  guint64 changed = 0;
  for (guint block = 0; block < record->capacity; block++) {
    HvState now = hv_frame_block_state(frame, span, block);
    HvState then = hv_frame_block_state(before, span, block);
    /* Never used and free are one to the bitmaps. */
    now = now == HV_STATE_UNTOUCHED ? HV_STATE_FREE : now;
    then = then == HV_STATE_UNTOUCHED ? HV_STATE_FREE : then;
    changed += now != then ? record->block_bytes : 0;
  }
  return changed;
}

static guint64 changed_bytes(HvFrame *before, HvFrame *frame) {
  guint count = 0;
  guint64 changed = 0;
  hv_frame_spans(frame, &count);
  for (guint span = 0; span < count; span++)
    changed += span_changed_bytes(before, frame, span);
  return changed;
}

/* The mean of what changed, weighted by how long ago it did. */
static void test_churn(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  HvFrame *before = NULL;
  guint count = 0;
  double *churn = NULL;
  for (guint i = 0; i < FRAMES; i++) {
    synthetic_heap_churn(heap, i == 0 ? 0 : 200);
    HvFrame *frame = frame_at(heap, i + 1, G_GUINT64_CONSTANT(1000000) * (5000 + i * STEP_MS));
    g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frame);
    hv_frame_spans(frame, &count);
    if (churn == NULL)
      churn = g_new0(double, count);
    for (guint span = 0; span < count && before != NULL; span++) {
      guint64 changed = span_changed_bytes(before, frame, span);
      double keep = exp(-STEP_MS / 2000.0);
      churn[span] = churn[span] * keep + (1 - keep) * (double)changed / (STEP_MS / 1000.0);
      guint64 said = hv_activity_churn_bytes(activity, span);
      assert_true(fabs((double)said - churn[span]) <= 1 + churn[span] * 1e-4);
    }
    /* What all spans together have changed, without the mean over time. */
    gint64 taken = hv_tracker_take_churn(tracker);
    guint64 changed = before == NULL ? 0 : changed_bytes(before, frame);
    gint64 expected = (gint64)((double)changed / (STEP_MS / 1000.0));
    assert_true(before == NULL ? taken == HV_CHURN_UNKNOWN : ABS(taken - expected) <= 1);
    assert_true(hv_tracker_take_churn(tracker) == HV_CHURN_UNKNOWN);
    g_clear_pointer(&before, hv_frame_unref);
    before = frame;
  }
  g_clear_pointer(&before, hv_frame_unref);
  g_free(churn);
  synthetic_heap_free(heap);
}

/* What a heap holds comes, and goes: its blocks that were handed out, and its regions. */
static void test_churn_of_a_whole_heap(void **state) {
  const guint64 second = G_GUINT64_CONSTANT(1000000000);
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    guint spans = 0, regions = 0;
    SyntheticHeap *none = synthetic_heap_new(SYNTHETIC_EMPTY, 3);
    SyntheticHeap *heap = synthetic_heap_new(kind, 3);
    g_autoptr(HvTracker) tracker = hv_tracker_new();
    g_autoptr(HvFrame) before = frame_at(none, 1, second);
    g_autoptr(HvFrame) full = frame_at(heap, 2, 3 * second);
    g_autoptr(HvFrame) after = frame_at(none, 3, 4 * second);
    const HvSpan *span = hv_frame_spans(full, &spans);
    const struct alloc_region_record *region = hv_frame_regions(full, &regions);
    guint64 bytes = 0;
    for (guint i = 0; i < spans; i++)
      bytes += ((guint64)span[i].live + span[i].cached + span[i].transit) * span[i].block_bytes;
    for (guint i = 0; i < regions; i++)
      bytes += region[i].usable_bytes;
    hv_activity_unref(hv_tracker_add(tracker, before));
    hv_activity_unref(hv_tracker_add(tracker, full));
    assert_true(ABS(hv_tracker_take_churn(tracker) - (gint64)bytes / 2) <= 1);
    hv_activity_unref(hv_tracker_add(tracker, after));
    assert_true(ABS(hv_tracker_take_churn(tracker) - (gint64)bytes) <= 1);
    synthetic_heap_free(heap);
    synthetic_heap_free(none);
  }
}

/* A region is as old as the first frame that had its block; one that was there from the first frame
 * on may be any older. */
static void test_ages_of_regions(void **state) {
  SyntheticHeap *heaps[] = {synthetic_heap_new(SYNTHETIC_SCATTERED, 2),
                            synthetic_heap_new(SYNTHETIC_REGIONS, 2)};
  /* Which heap each frame is of, and the age of its regions; none is in both. */
  const guint heap_of[] = {0, 0, 1, 1, 1, 0};
  const guint age_of[] = {0, 1, 0, 1, 2, 0};
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  for (guint i = 0; i < G_N_ELEMENTS(heap_of); i++) {
    g_autoptr(HvFrame) frame = frame_at(heaps[heap_of[i]], i + 1, 1000 + i * 100);
    g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frame);
    guint count = 0;
    hv_frame_regions(frame, &count);
    assert_true(count > 0);
    for (guint region = 0; region < count; region++) {
      HvFacts facts;
      hv_facts_of_region(frame, region, &facts);
      hv_activity_tell_region(activity, &facts);
      /* A single frame tells no age. */
      assert_true(hv_facts_has(&facts, HV_FIELD_AGE) == (i > 0));
      assert_int_equal(facts.value[HV_FIELD_AGE], age_of[i] * 100);
      assert_true((facts.at_least >> HV_FIELD_AGE & 1) == (i == 1));
      facts.end += 4096;
      facts.known = 0;
      hv_activity_tell_region(activity, &facts);
      assert_false(hv_facts_has(&facts, HV_FIELD_AGE));
    }
  }
  synthetic_heap_free(heaps[0]);
  synthetic_heap_free(heaps[1]);
}

/* A frame that is not later begins anew. */
static void test_begins_anew(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  g_autoptr(HvFrame) first = frame_at(heap, 1, 1000);
  g_autoptr(HvFrame) second = frame_at(heap, 2, 2000);
  g_autoptr(HvActivity) one = hv_tracker_add(tracker, first);
  g_autoptr(HvActivity) two = hv_tracker_add(tracker, second);
  g_autoptr(HvActivity) again = hv_tracker_add(tracker, first);
  assert_true(hv_activity_known_ns(one) == 0);
  assert_true(hv_activity_known_ns(two) == 1000);
  assert_true(hv_activity_known_ns(again) == 0);
  synthetic_heap_free(heap);
}

/* What is found again from kept frames is what whoever watched them was told, as long as all of
 * them are looked at: how fast that goes does not matter. */
static void test_past(void **state) {
  enum { MOMENTS = 50, ALL = 37 };
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 4);
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  g_autoptr(HvGrowth) growth = hv_growth_new();
  for (guint i = 0; i < MOMENTS; i++) {
    synthetic_heap_churn(heap, 100);
    g_autoptr(HvFrame) frame =
        frame_at(heap, i + 1, G_GUINT64_CONSTANT(1000000) * (5000 + i * STEP_MS));
    g_autoptr(GArray) classes = hv_class_sums_new(frame);
    g_autoptr(HvActivity) seen = hv_tracker_add(tracker, frame);
    hv_growth_add(growth, frame, classes);
    hv_history_add(history, frame, NULL, hv_tracker_take_churn(tracker), FALSE);
    g_autoptr(HvGrowth) growth_again = hv_growth_new();
    g_autoptr(HvActivity) found = hv_past_follow(history, frame, growth_again);
    assert_true(hv_activity_known_ns(found) == hv_activity_known_ns(seen));
    assert_int_equal(hv_activity_span_count(found), hv_activity_span_count(seen));
    for (guint span = 0; i < ALL && span < hv_activity_span_count(seen); span++) {
      assert_true(hv_activity_age_ns(found, span) == hv_activity_age_ns(seen, span));
      assert_true(hv_activity_churn_bytes(found, span) == hv_activity_churn_bytes(seen, span));
    }
    for (guint series = 0; i < ALL && series < classes->len; series++) {
      HvTrend one = hv_growth_trend(growth, series);
      HvTrend other = hv_growth_trend(growth_again, series);
      assert_true(one.is_growing == other.is_growing && one.span_ns == other.span_ns &&
                  one.gained_bytes == other.gained_bytes);
    }
  }
  synthetic_heap_free(heap);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ages),
      cmocka_unit_test(test_churn),
      cmocka_unit_test(test_churn_of_a_whole_heap),
      cmocka_unit_test(test_ages_of_regions),
      cmocka_unit_test(test_begins_anew),
      cmocka_unit_test(test_past),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
