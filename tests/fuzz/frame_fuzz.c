/* SPDX-License-Identifier: MIT */
/*
 * The reader of snapshots against files made to break it, a target of libFuzzer.
 *
 * The input is a file: the header of a snapshot file, then the only buffer of frames that it
 * claims. It is read as alloc-viewer reads one, and what is accepted is used: every record is read,
 * the bitmaps of every span counted, and the sums that a viewer shows made from it. Built with
 * FUZZ_SEEDS it is a program that writes seeds, valid files of several shapes, into a folder.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/ledger.h"
#include "viewer/model/pyramid.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

#ifndef FUZZ_SEEDS

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
  HvPyramid *pyramid = hv_pyramid_new(frame);
  hv_pyramid_unref(pyramid);
  __asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size) {
  static int file = -1;
  char path[40];

  if (file < 0)
    file = memfd_create("fuzz", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
    g_error("no memory for a file");
  g_snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  g_autoptr(GError) error = NULL;
  HvFrame *frame = hv_frame_load(path, &error);
  g_assert_true((frame == NULL) == (error != NULL));
  if (frame) {
    use(frame);
    hv_frame_unref(frame);
  }
  return 0;
}

#else

int main(int argc, char *argv[]) {
  static const SyntheticKind kinds[] = {SYNTHETIC_EMPTY, SYNTHETIC_ONE_BLOCK, SYNTHETIC_REGIONS};

  for (guint i = 0; argc == 2 && i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(argv[1], synthetic_kind_name(kinds[i]), NULL);
    HvFrame *frame = synthetic_frame(kinds[i], 1);
    if (!hv_frame_save(frame, path, &error)) {
      fprintf(stderr, "frame_seeds: %s\n", error->message);
      return 1;
    }
    hv_frame_unref(frame);
  }
  return argc == 2 ? 0 : 2;
}

#endif
