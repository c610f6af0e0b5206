/* SPDX-License-Identifier: MIT */
/*
 * HvPace: how often something may be done that takes its time: often, but for a share of the time
 * only.
 *
 *   due  <=>  time since it was done >= min (rests * what it took, longest)
 *
 * So rests = 49 lets it have a fiftieth of the time. Plain data, zero at first; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gint64 done_us; /* monotonic time when it was last done; 0: never */
  gint64 cost_us; /* what that took */
} HvPace;

/* @longest_us: after so long it is due at any cost; G_MAXINT64: never. */
static inline gboolean hv_pace_is_due(const HvPace *pace, gint64 rests, gint64 longest_us,
                                      gint64 now_us) {
  return pace->done_us == 0 ||
         now_us - pace->done_us >= MIN(rests * MAX(pace->cost_us, 0), longest_us);
}

static inline void hv_pace_note(HvPace *pace, gint64 begin_us, gint64 end_us) {
  pace->done_us = end_us;
  pace->cost_us = end_us - begin_us;
}

G_END_DECLS
