/* SPDX-License-Identifier: MIT */
/*
 * The reader of snapshots against files made to break it, a target of libFuzzer.
 *
 * The input is a snapshot file. It is read as alloc-viewer reads one, and what is accepted is used:
 * every record is read, the bitmaps of every span counted, and the sums that a viewer shows made
 * from it. Most inputs are mended so that their damage is not found at the first look: the numbers
 * of the frame fit each other, and its totals are those of a frame that lacks records.
 */
#include <string.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seed.h"
#include "viewer/model/compare.h"
#include "viewer/model/facts.h"
#include "viewer/model/ledger.h"
#include "viewer/model/pyramid.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(guint8 *data, size_t size, size_t most, unsigned seed);

static void add_size(const HvFacts *facts, gpointer sum) {
  *(guint64 *)sum += facts->value[HV_FIELD_SIZE];
}

static void use(HvFrame *frame) {
  guint count, spans;
  guint64 sum = 0, bytes[HV_STATE_MAP_COUNT];

  hv_frame_spans(frame, &spans);
  for (guint i = 0; i < spans && i < 2000; i++) {
    hv_frame_span_mix(frame, i, bytes);
    sum += hv_frame_span_address(frame, i) + hv_frame_span_bytes(frame, i) + bytes[0];
    g_assert_cmpint(hv_frame_find_span(frame, hv_frame_span_address(frame, i)), ==, (int)i);
  }
  hv_frame_regions(frame, &count);
  for (guint i = 0; i < count; i++)
    sum += hv_frame_regions(frame, NULL)[i].address;
  sum += hv_frame_live_bytes(frame);
  const struct alloc_call_record *calls = hv_frame_calls(frame, &count);
  for (guint i = 0; i < count; i++)
    for (guint f = 0; f < calls[i].frames; f++)
      sum += hv_frame_call_frames(frame, NULL)[calls[i].first_frame + f].address;
  hv_frame_samples(frame, &count);
  for (guint i = 0; i < count; i++)
    sum += calls[hv_frame_samples(frame, NULL)[i].call].live.bytes;
  hv_frame_objects(frame, &count);
  for (guint i = 0; i < count; i++)
    g_free(hv_frame_object_name(frame, i));
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
  hv_ledger_rows(ledger, &count);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvMix mix;
  hv_pyramid_mix(pyramid, 0, G_MAXINT64, &mix);
  hv_facts_each_place(frame, add_size, &sum);
  g_autoptr(HvCompare) compare = hv_compare_new(frame, frame, NULL);
  g_assert_cmpint(hv_compare_total(compare)->live_bytes, ==, 0);
  __asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size) {
  g_autoptr(GBytes) file = g_bytes_new_static(data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(HvFrame) frame = hv_frame_load_bytes(file, &error);
  g_assert_true((frame == NULL) == (error != NULL));
  seed_must_be_accepted(error);
  if (frame)
    use(frame);
  return 0;
}

/* Makes the frame the whole rest of the file, and lets its totals be more than its records. */
static void mend(guint8 *data, size_t size, gboolean totals) {
  struct alloc_snapshot_header header;
  struct alloc_frame head;
  const size_t at = ALLOC_SNAPSHOT_HEADER_BYTES;
  if (size < at + sizeof head)
    return;
  memcpy(&header, data, sizeof header);
  memcpy(&head, data + at, sizeof head);
  head.seq = ALLOC_SNAPSHOT_BUFFERS;
  head.bytes = size - at;
  header.latest_seq = header.buffer_seq[0] = head.seq;
  if (totals) {
    guint64 *total[] = {
        &head.total_arena_bytes,     &head.total_header_bytes,  &head.total_live_bytes,
        &head.total_cached_bytes,    &head.total_transit_bytes, &head.total_free_bytes,
        &head.total_untouched_bytes, &head.total_tail_bytes,    &head.total_large_bytes,
        &head.total_dirty_bytes,     &head.total_clean_bytes,   &head.total_region_bytes,
        &head.total_spare_bytes};
    head.flags |= ALLOC_FRAME_TRUNCATED;
    for (guint i = 0; i < G_N_ELEMENTS(total); i++)
      *total[i] = G_GUINT64_CONSTANT(1) << 57;
  }
  memcpy(data, &header, sizeof header);
  memcpy(data + at, &head, sizeof head);
}

size_t LLVMFuzzerCustomMutator(guint8 *data, size_t size, size_t most, unsigned seed) {
  const size_t at = ALLOC_SNAPSHOT_HEADER_BYTES;
  guint draw = seed / 16;
  if (size <= at || seed % 16 == 0)
    return mutate_records(data, size, most, draw);
  if (seed % 16 == 1)
    mutate_records(data, sizeof(struct alloc_snapshot_header), sizeof(struct alloc_snapshot_header),
                   draw);
  else
    size = at + mutate_records(data + at, size - at, most - at, draw);
  if (seed % 4 != 0)
    mend(data, size, seed % 4 != 1);
  return size;
}
