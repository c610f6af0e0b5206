/* SPDX-License-Identifier: MIT */
/* Recordings: what is read is what was written, however the file is cut and bent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/past_fixture.h"
#include "viewer/model/codec.h"
#include "viewer/model/error.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/history.h"

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
      cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_find),
      cmocka_unit_test(test_truncation),      cmocka_unit_test(test_bit_flips),
      cmocka_unit_test(test_endless_records), cmocka_unit_test(test_codec_is_bounded),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
