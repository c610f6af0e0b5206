/* SPDX-License-Identifier: MIT */
#include "viewer/model/past.h"

#define SPAN_NS (G_GUINT64_CONSTANT(600) * 1000000000)

enum {
  LIMIT_US = G_USEC_PER_SEC / 4,
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
  const gint64 begin_us = g_get_monotonic_time();
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  guint steps = SPREAD;
  for (guint i = first; i < index;) {
    HvResidency residency;
    gboolean has_residency;
    g_autoptr(HvFrame) before = hv_history_get(history, i, &residency, &has_residency, NULL);
    if (before != NULL && hv_frame_head(before)->realtime_ns < at_ns)
      hv_activity_unref(hv_past_add(before, growth, tracker));
    if (i == first) { /* what the first took, the others will */
      gint64 taken_us = MAX(g_get_monotonic_time() - begin_us, 1);
      steps = (guint)CLAMP(LIMIT_US / taken_us - LATEST, 1, SPREAD);
    }
    i = i >= latest ? i + 1 : MIN(i + (latest - first + steps - 1) / steps, latest);
  }
  return hv_past_add(frame, growth, tracker);
}
