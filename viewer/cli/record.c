/* SPDX-License-Identifier: MIT */
/* alloc-inspect record: frames as they come into a file that only grows. */
#include <math.h>
#include <signal.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/activity.h"
#include "viewer/model/error.h"
#include "viewer/model/recording.h"
#include "viewer/model/units.h"

#define RESIDENCY_INTERVAL_US (G_USEC_PER_SEC / 2)

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number) {
  is_interrupted = signal_number;
}

typedef struct {
  HvSource *source;
  HvRecorder *recorder;
  HvResidency residency;
  gboolean has_residency;
  gint64 residency_us;
} Recording;

/* What is resident costs a look at every page: twice a second at most. */
static void read_residency(Recording *recording, HvFrame *frame) {
  gint64 now_us = g_get_monotonic_time();
  if (recording->has_residency && now_us - recording->residency_us < RESIDENCY_INTERVAL_US)
    return;
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  if (hv_residency_read(pyramid, hv_source_pid(recording->source), HV_RESIDENCY_PAGES,
                        &recording->residency, NULL))
    recording->has_residency = TRUE;
  recording->residency_us = now_us;
}

/* Until the time is over, the process has ended, or somebody interrupts. */
static gboolean run(Recording *recording, HvFrame *first, double seconds, double rate_hz,
                    GError **error) {
  const gint64 begin_us = g_get_monotonic_time();
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  HvFrame *frame = hv_frame_ref(first);
  for (;;) {
    if (frame != NULL) {
      read_residency(recording, frame);
      hv_activity_unref(hv_tracker_add(tracker, frame));
      gboolean added = hv_recorder_add(recording->recorder, frame,
                                       recording->has_residency ? &recording->residency : NULL,
                                       hv_tracker_take_churn(tracker), error);
      g_clear_pointer(&frame, hv_frame_unref);
      if (!added)
        return FALSE;
    }
    HvSourceState state = hv_source_state(recording->source);
    double passed = (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
    if (is_interrupted || (seconds > 0 && passed >= seconds) ||
        (state != HV_SOURCE_LIVE && state != HV_SOURCE_WAITING))
      return TRUE;
    g_usleep((gulong)(CLAMP(0.5 / rate_hz, 0.005, 0.25) * G_USEC_PER_SEC));
    frame = hv_source_poll(recording->source);
  }
}

int inspect_record(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  double seconds = 0;
  double rate_hz = 10;
  g_autofree char *output = NULL;
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
       "Where to record, such as heap.heaprec; nothing is replaced", "FILE"},
      {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "Stop after N seconds (0: not by itself)",
       "N"},
      {"rate", 0, 0, G_OPTION_ARG_DOUBLE, &rate_hz, "Frames a second, 0.1 to 60 (10)", "HZ"},
      INSPECT_WAIT_ENTRY(&wait),
      {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "PID", 1,
                     "Records frame after frame until it is interrupted (Ctrl+C), the process ends "
                     "or the time is over.",
                     &status))
    return status;
  GError *error = NULL;
  if (output == NULL)
    g_set_error_literal(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                        "--output FILE is missing: see alloc-inspect record --help");
  else if (!isfinite(rate_hz) || rate_hz < 0.1 || rate_hz > 60)
    g_set_error_literal(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                        "--rate takes frames a second from 0.1 to 60");
  else if (!isfinite(seconds) || seconds < 0)
    g_set_error_literal(&error, HV_ERROR, HV_ERROR_ARGUMENT, "--seconds takes a number from 0 on");
  if (error != NULL)
    return inspect_fail("record", INSPECT_USAGE, error);
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("record", INSPECT_FAILED, error);
  if (hv_source_pid(source) == 0) {
    g_set_error(&error, HV_ERROR, HV_ERROR_ARGUMENT, "%s is a file: only a process can be recorded",
                argv[1]);
    return inspect_fail("record", INSPECT_USAGE, error);
  }
  hv_source_set_rate(source, (guint)(rate_hz * 1000 + 0.5));
  Recording recording = {.source = source};
  recording.recorder = hv_recorder_new(output, hv_frame_header(frame), &error);
  if (recording.recorder == NULL)
    return inspect_fail("record", INSPECT_FAILED, error);
  struct sigaction action = {.sa_handler = interrupt};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  gboolean recorded = run(&recording, frame, seconds, rate_hz, &error);
  guint frames = hv_recorder_frames(recording.recorder);
  g_autofree char *bytes = hv_format_bytes((gint64)hv_recorder_bytes(recording.recorder));
  g_autofree char *count = hv_format_count(frames);
  recorded = hv_recorder_close(recording.recorder, recorded ? &error : NULL) && recorded;
  printf("Recorded %s %s in %s.\n", count, frames == 1 ? "frame" : "frames", bytes);
  return recorded ? inspect_finish("record") : inspect_fail("record", INSPECT_FAILED, error);
}
