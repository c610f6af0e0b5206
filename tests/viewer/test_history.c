/* SPDX-License-Identifier: MIT */
/*
 * The past: what HvHistory keeps within its budget is what was there, HvSamples against sums made
 * anew, events against sets, and recordings cut and bent at every place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/codec.h"
#include "viewer/model/error.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/history.h"

#define SECOND G_GUINT64_CONSTANT(1000000000)
#define START  (G_GUINT64_CONSTANT(1700000000) * SECOND)

static HvFrame *frame_at(SyntheticHeap *heap, guint64 seq, guint64 realtime_ns) {
  return synthetic_heap_frame(heap, seq, realtime_ns, realtime_ns - START + SECOND);
}

static void assert_same_frame(HvFrame *a, HvFrame *b) {
  assert_non_null(a);
  assert_true(g_bytes_equal(a->bytes, b->bytes));
}

static char *new_path(void) {
  char *path = g_strdup_printf("%s/hv-recording-XXXXXX", g_get_tmp_dir());
  int fd = g_mkstemp(path);
  close(fd);
  unlink(path);
  return path;
}

static HvResidency residency_of(HvFrame *frame, guint64 seed) {
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT, .swap_bytes = seed * 4096};
  residency.state[HV_STATE_LIVE] = frame->head->total_live_bytes;
  residency.state[HV_STATE_DIRTY] = frame->head->total_dirty_bytes;
  residency.stack_bytes = 8192 + seed;
  residency.file_bytes = 1 << 20;
  residency.rss_bytes = residency.state[HV_STATE_LIVE] + residency.state[HV_STATE_DIRTY] +
                        residency.stack_bytes + residency.file_bytes + seed;
  return residency;
}

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

/* ---- recordings ---- */

enum { RECORDED = 6 };

/* Churn of frame @i: that of the first is unknown. */
static gint64 churn_of(guint i) {
  return i == 0 ? HV_CHURN_UNKNOWN : (gint64)(i - 1) << 20;
}

/* Records frames of a small heap; whole frames are known by their number. */
static void record(const char *path, SyntheticKind kind, HvFrame **frames, guint count) {
  g_autoptr(GError) error = NULL;
  SyntheticHeap *heap = synthetic_heap_new(kind, 8);
  HvRecorder *recorder = NULL;
  for (guint i = 0; i < count; i++) {
    synthetic_heap_churn(heap, 3);
    frames[i] = frame_at(heap, i + 1, START + i * SECOND);
    if (recorder == NULL)
      recorder = hv_recorder_new(path, &frames[i]->header, &error);
    assert_non_null(recorder);
    HvResidency residency = residency_of(frames[i], i);
    HvEvent event = {HV_EVENT_TRIM, START + i * SECOND, 4096 * i};
    assert_true(
        hv_recorder_add(recorder, frames[i], i % 2 == 0 ? &residency : NULL, churn_of(i), &error));
    if (i % 3 == 1)
      assert_true(hv_recorder_add_event(recorder, &event, &error));
  }
  const HvEvent end = {HV_EVENT_END, START + count * SECOND, 0};
  assert_true(hv_recorder_add_event(recorder, &end, &error));
  assert_int_equal(hv_recorder_frames(recorder), count);
  assert_true(hv_recorder_close(recorder, &error));
  synthetic_heap_free(heap);
}

static void free_frames(HvFrame **frames, guint count) {
  for (guint i = 0; i < count; i++)
    hv_frame_unref(frames[i]);
}

static void test_round_trip(void **state) {
  const SyntheticKind kinds[] = {SYNTHETIC_EMPTY, SYNTHETIC_ONE_BLOCK, SYNTHETIC_ALL_CLASSES,
                                 SYNTHETIC_UNPUBLISHED, SYNTHETIC_SCATTERED};
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
    enum { COUNT = 80 };
    HvFrame *frames[COUNT];
    g_autofree char *path = new_path();
    g_autoptr(GError) error = NULL;
    record(path, kinds[k], frames, COUNT);
    assert_true(hv_recording_is(path));
    g_autoptr(HvRecording) recording = hv_recording_open(path, &error);
    assert_non_null(recording);
    assert_null(hv_recording_note(recording));
    assert_int_equal(hv_recording_count(recording), COUNT);
    g_autoptr(HvHistory) history = hv_history_new_recording(recording);
    assert_int_equal(hv_history_count(history), COUNT);
    for (guint n = 0; n < COUNT; n++) {
      guint i = n * 37 % COUNT; /* in any order */
      HvResidency residency;
      gboolean has_residency = FALSE;
      g_autoptr(HvFrame) frame = hv_history_get(history, i, &residency, &has_residency, &error);
      assert_same_frame(frame, frames[i]);
      assert_true(has_residency == (i % 2 == 0));
      if (has_residency) {
        HvResidency expected = residency_of(frames[i], i);
        g_autoptr(HvLedger) a = hv_ledger_new(frame, &residency);
        g_autoptr(HvLedger) b = hv_ledger_new(frame, &expected);
        guint rows = 0;
        const HvLedgerRow *row[2] = {hv_ledger_rows(a, &rows), hv_ledger_rows(b, &rows)};
        assert_true(hv_ledger_total_bytes(a) == hv_ledger_total_bytes(b));
        for (guint r = 0; r < rows; r++)
          assert_true(row[0][r].bytes == row[1][r].bytes);
        assert_true(residency.swap_bytes == expected.swap_bytes);
      }
    }
    guint events = 0;
    const HvEvent *event = hv_recording_events(recording, &events);
    assert_true(events == 28 && event[1].count == 4 * 4096 && event[1].kind == HV_EVENT_TRIM);
    /* The churn of each is known, but for the first. */
    for (guint i = 0; i < COUNT; i++)
      assert_true(hv_record_get_churn(hv_recording_record(recording, i)) == churn_of(i));
    HvSample all;
    hv_history_columns(history, START, START + COUNT * SECOND, 1, &all);
    assert_true(all.low[HV_SAMPLE_CHURN] == churn_of(1) &&
                all.high[HV_SAMPLE_CHURN] == churn_of(COUNT - 1));
    /* What a history writes is the same again. */
    g_autofree char *copy = new_path();
    assert_true(hv_history_save(history, copy, &error));
    g_autoptr(HvRecording) again = hv_recording_open(copy, &error);
    assert_non_null(again);
    assert_int_equal(hv_recording_count(again), COUNT);
    /* So are its events, that after the last frame too. */
    event = hv_recording_events(again, &events);
    assert_int_equal(events, 28);
    assert_true(event[27].kind == HV_EVENT_END && event[27].time_ns == START + COUNT * SECOND);
    for (guint i = 0; i < COUNT; i++) {
      g_autoptr(HvFrame) frame = hv_recording_frame(again, i, &error);
      assert_same_frame(frame, frames[i]);
      assert_true(hv_record_get_churn(hv_recording_record(again, i)) == churn_of(i));
    }
    unlink(copy);
    unlink(path);
    free_frames(frames, COUNT);
  }
}

static void test_find(void **state) {
  HvFrame *frames[RECORDED];
  g_autofree char *path = new_path();
  guint index = 99;
  record(path, SYNTHETIC_ONE_BLOCK, frames, RECORDED);
  g_autoptr(HvRecording) recording = hv_recording_open(path, NULL);
  const struct {
    const char *at;
    guint index;
  } moments[] = {{"1", 0},    {"6", 5},     {"+0", 0},     {"+2", 2},
                 {"+2.9", 2}, {"+3.0s", 3}, {"+99999", 5}, {"+.5", 0}};
  for (guint i = 0; i < G_N_ELEMENTS(moments); i++) {
    assert_true(hv_recording_find(recording, moments[i].at, &index, NULL));
    assert_int_equal(index, moments[i].index);
  }
  for (guint i = 0; i < RECORDED; i++) {
    g_autoptr(GDateTime) time =
        g_date_time_new_from_unix_local((gint64)(START / SECOND) + (gint64)i);
    g_autofree char *at = g_date_time_format(time, "%H:%M:%S");
    assert_true(hv_recording_find(recording, at, &index, NULL));
    assert_int_equal(index, i);
  }
  const char *const wrong[] = {"0",        "7",     "",    "x",
                               "-1",       "+",     "+x",  "25:00:00",
                               "10:61:00", "10:00", "1e3", "99999999999999999999"};
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    assert_false(hv_recording_find(recording, wrong[i], &index, &error));
    assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT));
  }
  unlink(path);
  free_frames(frames, RECORDED);
}

/* Everything in a bent recording that can be read is as it was. Returns: frames read. */
static guint check_bent(const char *path, HvFrame **frames) {
  g_autoptr(GError) error = NULL;
  g_autoptr(HvRecording) recording = hv_recording_open(path, &error);
  guint good = 0;
  if (recording == NULL) {
    assert_true(error != NULL && error->domain == HV_ERROR);
    return 0;
  }
  for (guint i = 0; i < hv_recording_count(recording); i++) {
    g_autoptr(HvFrame) frame = hv_recording_frame(recording, i, NULL);
    if (frame == NULL)
      continue;
    guint64 seq = hv_frame_head(frame)->seq;
    assert_true(seq >= 1 && seq <= RECORDED);
    assert_same_frame(frame, frames[seq - 1]);
    good++;
  }
  return good;
}

static void test_truncation(void **state) {
  HvFrame *frames[RECORDED];
  g_autofree char *path = new_path();
  g_autofree char *cut = new_path();
  char *data = NULL;
  gsize size = 0;
  guint last = 0;
  record(path, SYNTHETIC_ONE_BLOCK, frames, RECORDED);
  assert_true(g_file_get_contents(path, &data, &size, NULL));
  for (gsize length = 0; length <= size; length++) {
    FILE *file = fopen(cut, "wb");
    assert_true(fwrite(data, 1, length, file) == length);
    fclose(file);
    guint good = check_bent(cut, frames);
    /* Frames come one by one as their records become complete. */
    assert_true(good == last || good == last + 1);
    last = good;
  }
  assert_int_equal(last, RECORDED);
  unlink(cut);
  unlink(path);
  g_free(data);
  free_frames(frames, RECORDED);
}

static void test_bit_flips(void **state) {
  GRand *random = g_rand_new_with_seed(12);
  HvFrame *frames[RECORDED];
  g_autofree char *path = new_path();
  g_autofree char *bent = new_path();
  char *data = NULL;
  gsize size = 0;
  guint64 read = 0;
  record(path, SYNTHETIC_ONE_BLOCK, frames, RECORDED);
  assert_true(g_file_get_contents(path, &data, &size, NULL));
  for (guint round = 0; round < 3000; round++) {
    guint flips = 1 + round % 3;
    gsize at[3];
    guint8 bit[3];
    for (guint i = 0; i < flips; i++) {
      at[i] = (gsize)g_rand_int_range(random, 0, (gint32)size);
      bit[i] = (guint8)(1u << g_rand_int_range(random, 0, 8));
      data[at[i]] = (char)(data[at[i]] ^ bit[i]);
    }
    FILE *file = fopen(bent, "wb");
    assert_true(fwrite(data, 1, size, file) == size);
    fclose(file);
    read += check_bent(bent, frames);
    for (guint i = 0; i < flips; i++)
      data[at[i]] = (char)(data[at[i]] ^ bit[i]);
  }
  /* One bent record does not take the others with it. */
  assert_true(read > 3000 * RECORDED / 4);
  unlink(bent);
  unlink(path);
  g_free(data);
  free_frames(frames, RECORDED);
  g_rand_free(random);
}

/* Nothing but heads of records that each claim the rest of the file, and a file of magic numbers:
 * what is done for them does not grow with the square of their size. */
static void test_endless_records(void **state) {
  enum { BYTES = 8 << 20 };
  g_autofree char *path = new_path();
  g_autofree guint8 *data = g_malloc0(BYTES);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  for (guint claimed = 0; claimed < 2; claimed++) {
    HvRecorder *recorder = hv_recorder_new(path, &frame->header, NULL);
    assert_true(hv_recorder_add(recorder, frame, NULL, 0, NULL));
    assert_true(hv_recorder_close(recorder, NULL));
    for (gsize at = 0; at < BYTES; at += claimed ? 16 : 8) {
      struct hv_record record = {.magic = HV_RECORD_MAGIC, .kind = HV_RECORD_FRAME};
      record.payload_bytes = claimed ? (BYTES - at) / 2 : 0;
      memcpy(data + at, &record, claimed ? 16 : 8);
    }
    FILE *file = fopen(path, "ab");
    assert_true(fwrite(data, 1, BYTES, file) == BYTES);
    fclose(file);
    gint64 start = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    g_autoptr(HvRecording) recording = hv_recording_open(path, &error);
    assert_non_null(recording);
    assert_int_equal(hv_recording_count(recording), 1);
    assert_non_null(hv_recording_note(recording));
    /* Long enough for a slow machine and a sanitizer. */
    assert_true(g_get_monotonic_time() - start < 20 * G_USEC_PER_SEC);
    unlink(path);
  }
}

/* A few bytes do not ask for a frame's worth of memory. */
static void test_codec_is_bounded(void **state) {
  g_autoptr(GError) error = NULL;
  static const guint8 zeros[1 << 20];
  g_autoptr(GBytes) plain = g_bytes_new_static(zeros, sizeof zeros);
  g_autoptr(GBytes) coded = hv_codec_encode(plain, NULL);
  g_autoptr(GBytes) same = hv_codec_encode(plain, plain);
  g_autoptr(GBytes) decoded = hv_codec_decode(coded, sizeof zeros, NULL, &error);
  g_autoptr(GBytes) decoded_same = hv_codec_decode(same, sizeof zeros, plain, &error);
  assert_true(g_bytes_equal(decoded, plain));
  assert_true(g_bytes_equal(decoded_same, plain));
  assert_null(hv_codec_decode(coded, HV_FRAME_MAX_BYTES, NULL, &error));
  assert_non_null(strstr(error->message, "the size of a frame cannot be"));
}

static void test_refusals(void **state) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = new_path();
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  assert_null(hv_recording_open("/nonexistent", &error));
  g_clear_error(&error);
  assert_true(g_file_set_contents(path, "LALLOCSNxxxxxxxxxxxxxxxxxxxxx", -1, NULL));
  assert_false(hv_recording_is(path));
  assert_null(hv_recording_open(path, &error));
  g_clear_error(&error);
  /* Nothing that is there is written over. */
  assert_null(hv_recorder_new(path, &frame->header, &error));
  assert_non_null(strstr(error->message, "there already"));
  unlink(path);
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
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_find),
      cmocka_unit_test(test_truncation),
      cmocka_unit_test(test_bit_flips),
      cmocka_unit_test(test_endless_records),
      cmocka_unit_test(test_codec_is_bounded),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
