/* SPDX-License-Identifier: MIT */
/* See growth.h. A sample holds the live bytes of all series: index 0 large blocks, then the
 * classes, and the regions last. When the ring is full every other sample goes, and the distance
 * between samples doubles, until it has reached its maximum: then the oldest goes. */
#include "viewer/model/growth.h"

enum { LEAST_SAMPLES = 5 };

#define FIRST_INTERVAL_NS (G_GUINT64_CONSTANT(50) * 1000000)
#define LAST_INTERVAL_NS  (G_GUINT64_CONSTANT(20) * 1000000000)

typedef struct {
  guint64 monotonic_ns;
  GArray *live; /* guint64 */
} Sample;

struct HvGrowth {
  guint64 interval_ns;
  GArray *samples; /* Sample, ascending time */
};

static void sample_clear(gpointer data) {
  g_array_unref(((Sample *)data)->live);
}

HvGrowth *hv_growth_new(void) {
  HvGrowth *growth = g_new0(HvGrowth, 1);
  growth->interval_ns = FIRST_INTERVAL_NS;
  growth->samples = g_array_new(FALSE, FALSE, sizeof(Sample));
  g_array_set_clear_func(growth->samples, sample_clear);
  return growth;
}

void hv_growth_free(HvGrowth *growth) {
  g_array_unref(growth->samples);
  g_free(growth);
}

static void make_room(HvGrowth *growth) {
  if (growth->samples->len < HV_GROWTH_SAMPLES)
    return;
  if (growth->interval_ns >= LAST_INTERVAL_NS) {
    g_array_remove_index(growth->samples, 0);
    return;
  }
  growth->interval_ns *= 2;
  for (guint i = growth->samples->len; i-- > 0;) {
    if (i % 2 == 1)
      g_array_remove_index(growth->samples, i);
  }
}

void hv_growth_add(HvGrowth *growth, HvFrame *frame, GArray *classes) {
  const struct alloc_frame *head = hv_frame_head(frame);
  if (growth->samples->len > 0) {
    guint64 last = g_array_index(growth->samples, Sample, growth->samples->len - 1).monotonic_ns;
    if (head->monotonic_ns < last + growth->interval_ns)
      return;
  }
  make_room(growth);
  Sample sample = {head->monotonic_ns,
                   g_array_sized_new(FALSE, FALSE, sizeof(guint64), classes->len + 2)};
  guint64 live = head->total_large_bytes;
  g_array_append_val(sample.live, live);
  for (guint i = 1; i < classes->len; i++) {
    const HvClassSum *sum = &g_array_index(classes, HvClassSum, i);
    live = sum->live * sum->block_bytes;
    g_array_append_val(sample.live, live);
  }
  live = head->total_region_bytes;
  g_array_append_val(sample.live, live);
  g_array_append_val(growth->samples, sample);
}

static guint64 sample_at(HvGrowth *growth, guint index, guint series) {
  GArray *live = g_array_index(growth->samples, Sample, index).live;
  if (series == HV_GROWTH_REGIONS)
    return g_array_index(live, guint64, live->len - 1);
  return series + 1 < live->len ? g_array_index(live, guint64, series) : 0;
}

HvTrend hv_growth_trend(HvGrowth *growth, guint series) {
  HvTrend trend = {FALSE, 0, 0};
  guint count = growth->samples->len;
  if (count < 2)
    return trend;
  guint64 first = sample_at(growth, 0, series);
  guint64 middle = sample_at(growth, count / 2, series);
  guint64 last = sample_at(growth, count - 1, series);
  trend.span_ns = g_array_index(growth->samples, Sample, count - 1).monotonic_ns -
                  g_array_index(growth->samples, Sample, 0).monotonic_ns;
  trend.gained_bytes = (gint64)(last - first);
  if (count < LEAST_SAMPLES || trend.span_ns < HV_GROWTH_MIN_NS || middle <= first ||
      last <= middle || last - first < first / 1000)
    return trend;
  guint64 peak = first;
  guint64 lowered = 0;
  for (guint i = 1; i < count; i++) {
    guint64 live = sample_at(growth, i, series);
    if (live < peak)
      lowered = MAX(lowered, peak - live);
    peak = MAX(peak, live);
  }
  trend.is_growing = lowered <= (last - first) / 4;
  return trend;
}
