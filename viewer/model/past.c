/* SPDX-License-Identifier: MIT */
#include "viewer/model/past.h"

#include "viewer/model/frame_private.h"

#define SPAN_NS (G_GUINT64_CONSTANT(600) * 1000000000)

/* A span read takes some 0.2 us. Not a time: whoever asks again must get the same answer. */
enum {
  LIMIT_SPANS = 1500000,
  SPREAD = HV_GROWTH_SAMPLES, /* frames over the whole span */
  LATEST = 4,                 /* right before the frame: they tell churn */
};

HvActivity *hv_past_add(HvFrame *frame, HvGrowth *growth, HvTracker *tracker) {
  g_autoptr(GArray) classes = hv_class_sums_new(frame);
  hv_growth_add(growth, frame, classes);
  return hv_tracker_add(tracker, frame);
}

HvActivity *hv_past_follow(HvHistory *history, HvFrame *frame, HvGrowth *growth) {
  const guint64 at_ns = hv_frame_head(frame)->realtime_ns;
  const guint index = hv_history_find(history, at_ns);
  const guint first = hv_history_find(history, at_ns - MIN(at_ns, SPAN_NS));
  const guint latest = index - MIN(index - MIN(first, index), LATEST);
  const guint frames = LIMIT_SPANS / MAX(frame->span_count, 1);
  const guint steps = CLAMP(frames, LATEST + 1, LATEST + SPREAD) - LATEST;
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  for (guint i = first; i < index;) {
    HvResidency residency;
    gboolean has_residency;
    g_autoptr(HvFrame) before = hv_history_get(history, i, &residency, &has_residency, NULL);
    if (before != NULL && hv_frame_head(before)->realtime_ns < at_ns)
      hv_activity_unref(hv_past_add(before, growth, tracker));
    i = i >= latest ? i + 1 : MIN(i + (latest - first + steps - 1) / steps, latest);
  }
  return hv_past_add(frame, growth, tracker);
}
