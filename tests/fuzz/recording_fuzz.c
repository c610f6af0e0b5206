/* SPDX-License-Identifier: MIT */
/*
 * The reader of recordings against files made to break it, a target of libFuzzer.
 *
 * The input is a recording. It is opened as alloc-viewer opens one, and what is accepted is used:
 * every frame with its ledger, what is between two frames, every event, and moments looked for.
 * Most inputs are mended so that their checksums are right.
 */
#include <string.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seed.h"
#include "viewer/model/compare.h"
#include "viewer/model/ledger.h"
#include "viewer/model/recording_private.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(guint8 *data, size_t size, size_t most, unsigned seed);

static void use_frames(HvRecording *recording, GArray *events) {
  enum { FRAMES_MOST = 8 };
  g_autoptr(HvFrame) before = NULL;
  guint count = MIN(hv_recording_count(recording), FRAMES_MOST);
  for (guint i = 0; i < count; i++) {
    HvResidency residency;
    g_autoptr(GError) error = NULL;
    gboolean is_known = hv_record_get_residency(hv_recording_record(recording, i), &residency);
    HvFrame *frame = hv_recording_frame(recording, i, &error);
    g_assert_true((frame == NULL) == (error != NULL));
    seed_must_be_accepted(error);
    if (frame == NULL)
      continue;
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, is_known ? &residency : NULL);
    if (before != NULL) {
      g_autoptr(HvCompare) compare = hv_compare_new(before, frame, NULL);
      hv_events_find(before, frame, events);
    }
    g_clear_pointer(&before, hv_frame_unref);
    before = frame;
  }
}

static void use(HvRecording *recording) {
  static const char *const moments[] = {"1", "+2.5", "12:34:56"};
  guint count;
  g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(HvEvent));
  const HvEvent *recorded = hv_recording_events(recording, &count);
  g_array_append_vals(events, recorded, count);
  use_frames(recording, events);
  for (guint i = 0; i < events->len && i < 100; i++)
    g_free(hv_event_describe(&g_array_index(events, HvEvent, i)));
  for (guint i = 0; i < G_N_ELEMENTS(moments); i++) {
    guint index;
    if (hv_recording_find(recording, moments[i], &index, NULL))
      g_assert_cmpuint(index, <, hv_recording_count(recording));
  }
}

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size) {
  g_autoptr(GBytes) file = g_bytes_new_static(data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(HvRecording) recording = hv_recording_open_bytes(file, &error);
  g_assert_true((recording == NULL) == (error != NULL));
  seed_must_be_accepted(error);
  if (recording)
    use(recording);
  return 0;
}

/* Makes the checksums right of the header and of the records, one after another. */
static void mend(guint8 *data, size_t size) {
  struct hv_recording_header header;
  struct hv_record record;
  if (size < sizeof header)
    return;
  memcpy(&header, data, sizeof header);
  header.checksum = hv_recording_header_checksum(&header);
  memcpy(data, &header, sizeof header);
  for (size_t at = sizeof header; size - at >= sizeof record;) {
    memcpy(&record, data + at, sizeof record);
    if (record.payload_bytes > size - at - sizeof record)
      return;
    record.magic = HV_RECORD_MAGIC;
    record.checksum = hv_record_checksum(&record, data + at + sizeof record, record.payload_bytes);
    memcpy(data + at, &record, sizeof record);
    at += sizeof record + (record.payload_bytes + 7) / 8 * 8;
    if (at > size)
      return;
  }
}

size_t LLVMFuzzerCustomMutator(guint8 *data, size_t size, size_t most, unsigned seed) {
  size = mutate_records(data, size, most, seed / 8);
  if (seed % 8 != 0)
    mend(data, size);
  return size;
}
