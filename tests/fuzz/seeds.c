/* SPDX-License-Identifier: MIT */
/* Writes seeds for the targets, valid files of several shapes, into the folder of each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/ledger.h"
#include "viewer/model/recording.h"

static void fail(const char *what, const GError *error) {
  fprintf(stderr, "seeds: %s: %s\n", what, error == NULL ? "refused" : error->message);
  exit(1);
}

static HvFrame *publish(SyntheticHeap *heap, guint64 seq) {
  g_autoptr(GError) error = NULL;
  struct alloc_snapshot_header header;
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(synthetic_heap_publish(heap, seq));
  synthetic_header(&header, g_bytes_get_size(bytes));
  HvFrame *frame = hv_frame_new(&header, bytes, &error);
  if (frame == NULL)
    fail("a frame", error);
  return frame;
}

/* The file as it is written, in no order of addresses; the first buffer holds every third frame. */
static GByteArray *snapshot(SyntheticKind kind) {
  union {
    struct alloc_snapshot_header header;
    guint8 page[ALLOC_SNAPSHOT_HEADER_BYTES];
  } first = {.page = {0}};
  SyntheticHeap *heap = synthetic_heap_new(kind, 1);
  g_autoptr(GByteArray) frame = synthetic_heap_publish(heap, ALLOC_SNAPSHOT_BUFFERS);
  GByteArray *file = g_byte_array_new();
  synthetic_header(&first.header, frame->len);
  first.header.latest_seq = first.header.buffer_seq[0] = ALLOC_SNAPSHOT_BUFFERS;
  g_byte_array_append(file, first.page, sizeof first);
  g_byte_array_append(file, frame->data, frame->len);
  synthetic_heap_free(heap);
  return file;
}

static void write_frames(const char *folder) {
  static const SyntheticKind kinds[] = {SYNTHETIC_EMPTY, SYNTHETIC_ONE_BLOCK, SYNTHETIC_REGIONS,
                                        SYNTHETIC_SMALL};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "frame", synthetic_kind_name(kinds[i]), NULL);
    g_autoptr(GByteArray) file = snapshot(kinds[i]);
    if (!g_file_set_contents(path, (const char *)file->data, file->len, &error))
      fail(path, error);
  }
}

/* Where a section without records is said to be does not matter. */
static void write_frame_of_nowhere(const char *folder) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "frame", "nowhere", NULL);
  g_autoptr(GByteArray) file = snapshot(SYNTHETIC_EMPTY);
  struct alloc_frame head;
  memcpy(&head, file->data + ALLOC_SNAPSHOT_HEADER_BYTES, sizeof head);
  for (guint i = 0; i < ALLOC_SECTIONS; i++)
    if (head.section[i].count == 0)
      head.section[i].offset = G_MAXUINT64 - 7;
  memcpy(file->data + ALLOC_SNAPSHOT_HEADER_BYTES, &head, sizeof head);
  if (!g_file_set_contents(path, (const char *)file->data, file->len, &error))
    fail(path, error);
}

static void write_recording(const char *folder, SyntheticKind kind) {
  enum { FRAMES = 3 };
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "recording", synthetic_kind_name(kind), NULL);
  SyntheticHeap *heap = synthetic_heap_new(kind, 1);
  HvRecorder *recorder = NULL;
  unlink(path);
  for (guint i = 0; i < FRAMES; i++) {
    HvResidency residency = {.basis = HV_RESIDENCY_SAMPLED, .rss_bytes = 1 << 20};
    const HvEvent event = {HV_EVENT_TRIM, 1000000000, 4096};
    g_autoptr(HvFrame) frame = publish(heap, i + 1);
    if (recorder == NULL)
      recorder = hv_recorder_new(path, hv_frame_header(frame), &error);
    if (recorder == NULL ||
        !hv_recorder_add(recorder, frame, i == 1 ? &residency : NULL, i, &error) ||
        !hv_recorder_add_event(recorder, &event, &error))
      fail(path, error);
    synthetic_heap_churn(heap, 3);
  }
  hv_recorder_close(recorder, NULL);
  synthetic_heap_free(heap);
}

static void write_queries(const char *folder) {
  static const char *const queries[][2] = {
      {"sizes", "size>=64K held<1M class:1000..2000 live!=0 waste=1.5G cached<=0x10 transit>5"},
      {"counts", "blocks<7 capacity>1 spans==2 arena:3 refills>10 flushes<3 hits>=97.5% depth=1 "
                 "count:1 time>9"},
      {"times", "idle>60s idle<2h idle>=61000ms idle!=1min fill<10% fill:9.375% limit<1T pins:4K"},
      {"words", "\"Worker-3 of 4\" thread:worker !kind:region -kind:span thread!=18 purged>0"},
      {"addresses", "0x10000 0xf000-0x10001 !0x10+64K 0x7fffffffffffffff"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "query", queries[i][0], NULL);
    if (!g_file_set_contents(path, queries[i][1], -1, &error))
      fail(path, error);
  }
}

int main(int argc, char *argv[]) {
  if (argc != 2)
    return 2;
  write_frames(argv[1]);
  write_frame_of_nowhere(argv[1]);
  write_recording(argv[1], SYNTHETIC_ONE_BLOCK);
  write_recording(argv[1], SYNTHETIC_REGIONS);
  write_recording(argv[1], SYNTHETIC_SMALL);
  write_queries(argv[1]);
  return 0;
}
