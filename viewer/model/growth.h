/* SPDX-License-Identifier: MIT */
/*
 * Whether live bytes of a size class, of large blocks or of mmapped regions keep growing: what a
 * leak looks like from outside. Frames are added as they come; at most HV_GROWTH_SAMPLES of them
 * are kept, evenly spread over the time watched (up to ten minutes back).
 *
 * Growing means: more at the end than at the beginning and in the middle, and never lower than
 * before by more than a quarter of what was gained. One thread.
 */
#pragma once

#include "viewer/model/class_sums.h"

G_BEGIN_DECLS

#define HV_GROWTH_SAMPLES 32
#define HV_GROWTH_MIN_NS  G_GUINT64_CONSTANT(800000000) /* shorter watches tell nothing */

typedef struct HvGrowth HvGrowth;

/* Series that are no size class. */
#define HV_GROWTH_LARGE   0u
#define HV_GROWTH_REGIONS G_MAXUINT

/*
 * HvTrend:
 * @is_growing: see above
 * @gained_bytes: from the oldest to the newest sample
 * @span_ns: time between the two
 */
typedef struct {
  gboolean is_growing;
  gint64 gained_bytes;
  guint64 span_ns;
} HvTrend;

HvGrowth *hv_growth_new(void);
void hv_growth_free(HvGrowth *growth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvGrowth, hv_growth_free)

/**
 * hv_growth_add:
 * @classes: (element-type HvClassSum): hv_class_sums_new() of @frame
 *
 * Frames that are not newer than the last one, or that follow it too closely, are left out.
 */
void hv_growth_add(HvGrowth *growth, HvFrame *frame, GArray *classes);

/**
 * hv_growth_trend:
 * @series: number of a size class, HV_GROWTH_LARGE or HV_GROWTH_REGIONS
 *
 * Returns: what it has done while it was watched
 */
HvTrend hv_growth_trend(HvGrowth *growth, guint series);

G_END_DECLS
