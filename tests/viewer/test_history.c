/* SPDX-License-Identifier: MIT */
/*
 * The past: what HvHistory keeps within its budget is what was there, HvSamples against sums made
 * anew, and events against sets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "tests/viewer/past_fixture.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/history.h"

/* ---- budget ---- */

static void test_thinning(void **state) {
  const guint64 budgets[] = {30000, 120000, 400000};
  for (guint b = 0; b < G_N_ELEMENTS(budgets); b++) {
    enum { FRAMES = 300 };
    SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_SCATTERED, 5);
    g_autoptr(HvHistory) history = hv_history_new(budgets[b]);
    HvFrame *frames[FRAMES];
    for (guint i = 0; i < FRAMES; i++) {
      synthetic_heap_churn(heap, 30);
      frames[i] = frame_at(heap, i + 1, START + i * SECOND);
      hv_history_add(history, frames[i], NULL, HV_CHURN_UNKNOWN, FALSE);
      guint count = hv_history_count(history);
      assert_true(count >= 1);
      assert_true(hv_history_bytes(history) <= budgets[b] || count == 1);
      /* The newest is always there. */
      assert_true(hv_history_time(history, count - 1) == START + i * SECOND);
    }
    guint count = hv_history_count(history);
    guint64 last = 0;
    for (guint i = 0; i < count; i++) {
      HvResidency residency;
      gboolean has_residency = TRUE;
      guint64 time = hv_history_time(history, i);
      g_autoptr(HvFrame) frame = hv_history_get(history, i, &residency, &has_residency, NULL);
      assert_true(i == 0 || time > last);
      assert_same_frame(frame, frames[(time - START) / SECOND]);
      assert_false(has_residency);
      assert_int_equal(hv_history_find(history, time), i);
      assert_int_equal(hv_history_find(history, time + SECOND / 2), i);
      last = time;
    }
    /* Coarser with age: the longest step of the newer half is no longer than that of the older. */
    guint64 step[2] = {0};
    for (guint i = 1; i < count; i++) {
      guint64 gap = hv_history_time(history, i) - hv_history_time(history, i - 1);
      step[i > count / 2] = MAX(step[i > count / 2], gap);
    }
    assert_true(count < 4 || step[1] <= step[0]);
    for (guint i = 0; i < FRAMES; i++)
      hv_frame_unref(frames[i]);
    synthetic_heap_free(heap);
  }
}

/* What a large frame takes as it is, is part of the budget, of which an eighth stays. */
static void test_large_frames(void **state) {
  enum { FRAMES = 8, SPANS = 240000 };
  const guint64 budget_bytes = G_GUINT64_CONSTANT(64) << 20;
  SyntheticHeap *heap = synthetic_heap_of_spans(SPANS);
  g_autoptr(HvHistory) history = hv_history_new(budget_bytes);
  g_autoptr(HvFrame) newest = NULL;
  for (guint i = 0; i < FRAMES; i++) {
    synthetic_heap_churn(heap, SPANS);
    g_clear_pointer(&newest, hv_frame_unref);
    newest = frame_at(heap, i + 1, START + i * SECOND);
    assert_true(newest->head->bytes > HV_HISTORY_LARGE_BYTES);
    hv_history_add(history, newest, NULL, HV_CHURN_UNKNOWN, FALSE);
    assert_true(hv_history_bytes(history) <= budget_bytes / 8);
  }
  guint count = hv_history_count(history);
  assert_true(count > 1 && count < FRAMES);
  for (guint i = 0; i < count; i++) {
    HvResidency residency;
    gboolean has_residency = FALSE;
    g_autoptr(HvFrame) kept = hv_history_get(history, i, &residency, &has_residency, NULL);
    assert_non_null(kept);
    if (i == count - 1)
      assert_same_frame(kept, newest);
  }
  synthetic_heap_free(heap);
}

static gboolean is_ours_alone(HvFrame *frame) {
  return g_atomic_ref_count_compare(&frame->references, 1);
}

static HvFrame *get(HvHistory *history, guint index) {
  HvResidency residency;
  gboolean has_residency = FALSE;
  return hv_history_get(history, index, &residency, &has_residency, NULL);
}

/* The newest frame, if it is large, is kept by a reference: it is made small and let go whatever
 * comes after it: a frame that is kept, one that is not, one of a heap that stayed the same. */
static void test_large_newest_is_shared(void **state) {
  enum { FRAMES = 5, SPANS = 240000 };
  const gboolean coded[FRAMES] = {FALSE, TRUE, TRUE, FALSE, TRUE};
  SyntheticHeap *heap = synthetic_heap_of_spans(SPANS);
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  HvFrame *frames[FRAMES];
  for (guint i = 0; i < FRAMES; i++) {
    gboolean codes;
    synthetic_heap_churn(heap, SPANS);
    frames[i] = frame_at(heap, i + 1, START + i * SECOND);
    if (i == 2)
      codes = hv_history_follow(history, frames[i]);
    else
      codes = hv_history_add(history, frames[i], NULL, 0, i == FRAMES - 1);
    assert_int_equal(codes, coded[i]);
    assert_true(i == 0 || is_ours_alone(frames[i - 1]));
    assert_false(is_ours_alone(frames[i]));
    if (i != 2 && i != FRAMES - 1) {
      g_autoptr(HvFrame) newest = get(history, hv_history_count(history) - 1);
      assert_ptr_equal(newest, frames[i]);
    }
    if (i == 3) {
      g_autofree char *path = new_path();
      assert_true(hv_history_save(history, path, NULL));
      g_autoptr(HvRecording) recording = hv_recording_open(path, NULL);
      g_autoptr(HvFrame) last = hv_recording_frame(recording, 2, NULL);
      assert_int_equal(hv_recording_count(recording), 3);
      assert_same_frame(last, frames[i]);
      unlink(path);
    }
  }
  const guint kept[] = {0, 1, 3};
  assert_int_equal(hv_history_count(history), G_N_ELEMENTS(kept));
  for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
    g_autoptr(HvFrame) frame = get(history, i);
    assert_same_frame(frame, frames[kept[i]]);
  }
  for (guint i = 0; i < FRAMES; i++)
    hv_frame_unref(frames[i]);
  synthetic_heap_free(heap);
}

/* Frames that are not kept tell what happened, too, and once. */
static void test_followed_frames(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_SMALL, 1);
  SyntheticHeap *other = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 1);
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  g_autoptr(HvHistory) kept = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  for (guint i = 0; i < 4; i++) {
    g_autoptr(HvFrame) frame = frame_at(i < 2 ? heap : other, i + 1, START + i * SECOND);
    hv_history_add(kept, frame, NULL, 0, FALSE);
    if (i == 0)
      hv_history_add(history, frame, NULL, 0, FALSE);
    else
      hv_history_follow(history, frame);
  }
  assert_int_equal(hv_history_count(history), 1);
  g_autoptr(GArray) events = hv_history_events(history);
  g_autoptr(GArray) wanted = hv_history_events(kept);
  assert_true(wanted->len > 0);
  assert_int_equal(events->len, wanted->len);
  for (guint i = 0; i < wanted->len; i++) {
    const HvEvent *event = &g_array_index(events, HvEvent, i);
    const HvEvent *expected = &g_array_index(wanted, HvEvent, i);
    assert_int_equal(event->kind, expected->kind);
    assert_int_equal(event->time_ns, expected->time_ns);
    assert_int_equal(event->count, expected->count);
  }
  synthetic_heap_free(heap);
  synthetic_heap_free(other);
}

/* A budget that one frame exceeds keeps that frame; what stays the same takes no room. */
static void test_small_budget(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvHistory) history = hv_history_new(1);
  g_autoptr(HvHistory) still = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  guint64 bytes = 0;
  for (guint i = 0; i < 20; i++) {
    g_autoptr(HvFrame) frame = frame_at(heap, i + 1, START + i * SECOND);
    HvResidency residency;
    gboolean has_residency = FALSE;
    hv_history_add(history, frame, NULL, 0, FALSE);
    assert_int_equal(hv_history_count(history), 1);
    g_autoptr(HvFrame) kept = hv_history_get(history, 0, &residency, &has_residency, NULL);
    assert_same_frame(kept, frame);
    hv_history_add(still, frame, NULL, 0, i > 0);
    if (i == 0)
      bytes = hv_history_bytes(still);
    assert_true(hv_history_bytes(still) == bytes && hv_history_count(still) == 1);
  }
  guint64 first = 0;
  guint64 last = 0;
  assert_true(hv_history_span(still, &first, &last));
  assert_true(first == START && last == START + 19 * SECOND);
  synthetic_heap_free(heap);
}

/* ---- ledgers along time ---- */

typedef struct {
  guint64 time_ns;
  gint64 rows[HV_SAMPLE_ROWS];
} Raw;

static void random_raw(GRand *random, Raw *raw, guint64 time_ns) {
  raw->time_ns = time_ns;
  for (guint i = 0; i < HV_SAMPLE_ROWS; i++)
    raw->rows[i] = g_rand_int_range(random, -5, 1000000);
  if (g_rand_int_range(random, 0, 10) == 0)
    raw->rows[HV_SAMPLE_CHURN] = HV_CHURN_UNKNOWN;
  else
    raw->rows[HV_SAMPLE_CHURN] += 5;
}

/* Adds the rows of a moment to what has been before. */
static void widen(HvSample *sample, const Raw *raw) {
  for (guint row = 0; row < HV_SAMPLE_ROWS; row++) {
    gint64 bytes = raw->rows[row];
    gboolean first =
        sample->begin_ns == 0 || (row == HV_SAMPLE_CHURN && sample->high[row] == HV_CHURN_UNKNOWN);
    if (row == HV_SAMPLE_CHURN && bytes == HV_CHURN_UNKNOWN && sample->begin_ns != 0)
      continue;
    sample->low[row] = first ? bytes : MIN(sample->low[row], bytes);
    sample->high[row] = first ? bytes : MAX(sample->high[row], bytes);
    sample->last[row] = bytes;
  }
  sample->begin_ns = sample->begin_ns == 0 ? raw->time_ns : sample->begin_ns;
  sample->end_ns = raw->time_ns;
}

/* Of a column that nothing lies in: that of what comes next. */
static void expect_next_churn(HvSample *expected, const Raw *raw, guint count,
                              guint64 end_of_column, guint64 begin_ns) {
  for (guint i = 0; i < count; i++)
    if (raw[i].time_ns >= begin_ns && raw[i].time_ns > end_of_column) {
      expected->low[HV_SAMPLE_CHURN] = expected->high[HV_SAMPLE_CHURN] =
          expected->last[HV_SAMPLE_CHURN] = raw[i].rows[HV_SAMPLE_CHURN];
      return;
    }
}

static void test_columns(void **state) {
  GRand *random = g_rand_new_with_seed(9);
  for (guint round = 0; round < 60; round++) {
    guint count = (guint)g_rand_int_range(random, 1, 300);
    g_autofree Raw *raw = g_new(Raw, count);
    g_autoptr(HvSamples) samples = hv_samples_new();
    guint64 time = START;
    for (guint i = 0; i < count; i++) {
      time += (guint64)g_rand_int_range(random, 0, 400) * 1000000;
      random_raw(random, &raw[i], time);
      hv_samples_add(samples, time, raw[i].rows);
    }
    enum { COLUMNS = 64 };
    HvSample columns[COLUMNS];
    guint64 begin = START + (guint64)g_rand_int_range(random, 0, 1000) * 10000000;
    guint64 end = begin + 1 + (guint64)g_rand_int_range(random, 0, 30000) * 1000000;
    hv_samples_columns(samples, begin, end, COLUMNS, columns);
    const gint64 *before = NULL;
    for (guint i = 0; i < count && raw[i].time_ns < begin; i++)
      before = raw[i].rows;
    for (guint column = 0; column < COLUMNS; column++) {
      HvSample expected = {0};
      for (guint i = 0; i < count; i++) {
        if (raw[i].time_ns < begin || raw[i].time_ns > end)
          continue;
        unsigned __int128 share = (unsigned __int128)(raw[i].time_ns - begin) * COLUMNS;
        if (MIN((guint64)(share / (end - begin)), COLUMNS - 1) != column)
          continue;
        widen(&expected, &raw[i]);
        before = raw[i].rows;
      }
      if (expected.begin_ns == 0) {
        if (before != NULL)
          memcpy(expected.last, before, sizeof expected.last);
        expected.low[HV_SAMPLE_CHURN] = expected.high[HV_SAMPLE_CHURN] =
            expected.last[HV_SAMPLE_CHURN] = HV_CHURN_UNKNOWN;
        expect_next_churn(&expected, raw, count,
                          begin + (guint64)((unsigned __int128)(end - begin) * column / COLUMNS),
                          begin);
      }
      assert_memory_equal(&columns[column], &expected, sizeof expected);
    }
  }
  g_rand_free(random);
}

/* However much is thinned out, no peak and no dip is ever lost. */
static void test_samples_are_bounded(void **state) {
  GRand *random = g_rand_new_with_seed(10);
  g_autoptr(HvSamples) samples = hv_samples_new();
  enum { ADDED = 5 * HV_SAMPLES_MAX };
  g_autofree Raw *raw = g_new(Raw, ADDED);
  for (guint i = 0; i < ADDED; i++) {
    guint count = 0;
    random_raw(random, &raw[i], START + i * 1000);
    hv_samples_add(samples, raw[i].time_ns, raw[i].rows);
    hv_samples_get(samples, &count);
    assert_true(count <= HV_SAMPLES_MAX);
  }
  guint count = 0;
  guint next = 0;
  const HvSample *sample = hv_samples_get(samples, &count);
  for (guint i = 0; i < count; i++) {
    HvSample expected = {0};
    for (; next < ADDED && raw[next].time_ns <= sample[i].end_ns; next++)
      widen(&expected, &raw[next]);
    assert_memory_equal(&sample[i], &expected, sizeof expected);
  }
  assert_int_equal(next, ADDED);
  g_rand_free(random);
}

/* ---- events ---- */

static guint64 event_count(GArray *events, HvEventKind kind) {
  guint64 count = 0;
  for (guint i = 0; i < events->len; i++)
    if (g_array_index(events, HvEvent, i).kind == kind)
      count += g_array_index(events, HvEvent, i).count;
  return count;
}

static void test_events(void **state) {
  const SyntheticKind kinds[] = {SYNTHETIC_EMPTY, SYNTHETIC_ONE_BLOCK, SYNTHETIC_ALL_CLASSES,
                                 SYNTHETIC_REGIONS, SYNTHETIC_SCATTERED};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
      g_autoptr(HvFrame) before = synthetic_frame(kinds[i], 3);
      g_autoptr(HvFrame) after = synthetic_frame(kinds[k], 3);
      g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(HvEvent));
      guint arenas = 0;
      guint regions = 0;
      hv_events_find(before, after, events);
      for (guint a = 0; a < after->arena_count; a++) {
        gboolean is_new = TRUE;
        for (guint c = 0; c < before->arena_count; c++)
          is_new &= before->arenas[c].address != after->arenas[a].address;
        arenas += is_new;
      }
      for (guint a = 0; a < after->region_count; a++) {
        gboolean is_new = TRUE;
        for (guint c = 0; c < before->region_count; c++)
          is_new &= before->regions[c].address != after->regions[a].address ||
                    hv_region_is_spare(&before->regions[c]);
        regions += is_new && !hv_region_is_spare(&after->regions[a]);
      }
      assert_true(event_count(events, HV_EVENT_ARENA) == arenas);
      assert_true(event_count(events, HV_EVENT_REGION) == regions);
      assert_true(event_count(events, HV_EVENT_THREAD) == 0);
      for (guint e = 0; e < events->len; e++) {
        g_autofree char *text = hv_event_describe(&g_array_index(events, HvEvent, e));
        assert_true(strlen(text) > 5);
      }
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_thinning),
      cmocka_unit_test(test_large_frames),
      cmocka_unit_test(test_large_newest_is_shared),
      cmocka_unit_test(test_followed_frames),
      cmocka_unit_test(test_small_budget),
      cmocka_unit_test(test_columns),
      cmocka_unit_test(test_samples_are_bounded),
      cmocka_unit_test(test_events),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
