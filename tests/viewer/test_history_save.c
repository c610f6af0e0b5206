/* SPDX-License-Identifier: MIT */
/*
 * Saving a past that goes on meanwhile: the linker's option --wrap has frames added whenever the
 * recorder is to write one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/history.h"

#define SECOND G_GUINT64_CONSTANT(1000000000)
#define START  (G_GUINT64_CONSTANT(1700000000) * SECOND)
#define BUDGET 300000 /* bytes: some thirty frames */

enum {
  FRAMES = 100, /* before saving begins */
  MEANWHILE = 8 /* for each that is written */
};

static SyntheticHeap *heap;
static HvHistory *history;
static GPtrArray *frames; /* HvFrame: all that were ever added */
static gboolean goes_on;

static gint64 churn_of(guint i) {
  return i == 0 ? HV_CHURN_UNKNOWN : (gint64)i << 20;
}

static void add(void) {
  guint i = frames->len;
  synthetic_heap_churn(heap, 30);
  HvFrame *frame = synthetic_heap_frame(heap, i + 1, START + i * SECOND, (i + 1) * SECOND);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT, .rss_bytes = 4096 * (i + 1)};
  HvEvent event = {HV_EVENT_TRIM, START + i * SECOND, i};
  residency.stack_bytes = residency.rss_bytes;
  hv_history_add(history, frame, i % 2 == 0 ? &residency : NULL, churn_of(i), FALSE);
  hv_history_mark(history, &event);
  g_ptr_array_add(frames, frame);
}

gboolean __real_hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                                gint64 churn_bytes, GError **error);
gboolean __wrap_hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                                gint64 churn_bytes, GError **error);

gboolean __wrap_hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                                gint64 churn_bytes, GError **error) {
  for (guint i = 0; goes_on && i < MEANWHILE; i++)
    add();
  return __real_hv_recorder_add(recorder, frame, residency, churn_bytes, error);
}

static int setup(void **state) {
  heap = synthetic_heap_new(SYNTHETIC_SCATTERED, 5);
  history = hv_history_new(BUDGET);
  frames = g_ptr_array_new_with_free_func((GDestroyNotify)hv_frame_unref);
  for (guint i = 0; i < FRAMES; i++)
    add();
  return 0;
}

static int teardown(void **state) {
  hv_history_unref(history);
  g_ptr_array_unref(frames);
  synthetic_heap_free(heap);
  return 0;
}

static GArray *kept_times(void) {
  GArray *times = g_array_new(FALSE, FALSE, sizeof(guint64));
  for (guint i = 0; i < hv_history_count(history); i++) {
    guint64 time_ns = hv_history_time(history, i);
    g_array_append_val(times, time_ns);
  }
  return times;
}

static guint still_kept(GArray *times) {
  guint kept = 0;
  for (guint i = 0; i < times->len; i++) {
    guint64 time_ns = g_array_index(times, guint64, i);
    kept += hv_history_time(history, hv_history_find(history, time_ns)) == time_ns;
  }
  return kept;
}

static void assert_recorded(HvRecording *recording, GArray *times) {
  guint events = 0;
  guint trims = 0;
  const HvEvent *event = hv_recording_events(recording, &events);
  assert_int_equal(hv_recording_count(recording), times->len);
  for (guint i = 0; i < times->len; i++) {
    guint64 time_ns = g_array_index(times, guint64, i);
    guint at = (guint)((time_ns - START) / SECOND);
    const struct hv_record *record = hv_recording_record(recording, i);
    g_autoptr(HvFrame) frame = hv_recording_frame(recording, i, NULL);
    HvFrame *added = g_ptr_array_index(frames, at);
    HvResidency residency;
    assert_true(record->realtime_ns == time_ns);
    assert_non_null(frame);
    assert_true(g_bytes_equal(frame->bytes, added->bytes));
    assert_int_equal(hv_record_get_residency(record, &residency), at % 2 == 0);
    assert_true(at % 2 != 0 || residency.rss_bytes == 4096 * (at + 1));
    assert_true(hv_record_get_churn(record) == churn_of(at));
  }
  for (guint i = 0; i < events; i++)
    trims += event[i].kind == HV_EVENT_TRIM;
  assert_int_equal(trims, FRAMES);
}

/* What is saved is all that was kept when saving began, and nothing else, however much is thinned
 * before it is written. */
static void test_saves_what_was_kept(void **state) {
  g_autofree char *path = g_strdup_printf("%s/hv-saved-%d.heaprec", g_get_tmp_dir(), getpid());
  g_autoptr(GArray) times = kept_times();
  assert_in_range(times->len, 8, FRAMES - 1);
  goes_on = TRUE;
  gboolean saved = hv_history_save(history, path, NULL);
  goes_on = FALSE;
  g_autoptr(HvRecording) recording = hv_recording_open(path, NULL);
  unlink(path);
  assert_true(saved);
  assert_non_null(recording);
  assert_null(hv_recording_note(recording));
  assert_true(still_kept(times) < times->len);
  assert_recorded(recording, times);
}

/* What is held for a file does not count as kept: the history is thinned as it is without. */
static void test_saving_costs_the_past_nothing(void **state) {
  g_autofree char *path = g_strdup_printf("%s/hv-saved-%d.heaprec", g_get_tmp_dir(), getpid());
  goes_on = TRUE;
  gboolean saved = hv_history_save(history, path, NULL);
  goes_on = FALSE;
  unlink(path);
  assert_true(saved);
  g_autoptr(GArray) times = kept_times();
  guint64 bytes = hv_history_bytes(history);
  guint count = frames->len;
  teardown(state);
  setup(state);
  while (frames->len < count)
    add();
  g_autoptr(GArray) expected = kept_times();
  assert_int_equal(times->len, expected->len);
  assert_memory_equal(times->data, expected->data, times->len * sizeof(guint64));
  assert_true(bytes == hv_history_bytes(history) && bytes <= BUDGET);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_saves_what_was_kept, setup, teardown),
      cmocka_unit_test_setup_teardown(test_saving_costs_the_past_nothing, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
