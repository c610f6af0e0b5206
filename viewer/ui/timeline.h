/* SPDX-License-Identifier: MIT */
/*
 * The ledger along time, as a strip: rows stacked on each other, the lowest and highest total of
 * each pixel, the churn as a line, marks for events, for A and B, and the moment that is shown.
 * Pressing or dragging chooses a moment; so do the arrow keys, Home and End, when it has the
 * keyboard. Dragging with Shift chooses two to compare. Main thread only. Signals:
 *   "scrub" (guint64): the moment that was chosen, CLOCK_REALTIME; 0: the newest, as it comes
 *   "compare" (guint64, guint64): the two that were chosen, the earlier first
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/history.h"
#include "viewer/model/palette.h"
#include "viewer/render/strip.h"

G_BEGIN_DECLS

#define HV_TYPE_TIMELINE (hv_timeline_get_type())
G_DECLARE_FINAL_TYPE(HvTimeline, hv_timeline, HV, TIMELINE, GtkWidget)

/**
 * hv_timeline_set:
 * @history: (nullable): NULL shows nothing
 * @at_ns: the moment that is shown; 0: the newest
 * @a_ns, @b_ns: marks; 0: not set
 */
void hv_timeline_set(HvTimeline *self, HvHistory *history, guint64 at_ns, guint64 a_ns,
                     guint64 b_ns);

void hv_timeline_set_palette(HvTimeline *self, const HvPalette *palette);

/** hv_timeline_get_scale: What its height stands for. Returns: (transfer none). */
const HvStripScale *hv_timeline_get_scale(HvTimeline *self);

/** hv_timeline_step: Chooses the kept frame @steps further, or the newest behind the last. */
void hv_timeline_step(HvTimeline *self, int steps);

/** hv_timeline_time_at: The moment at @x logical pixels. */
guint64 hv_timeline_time_at(HvTimeline *self, double x);

/** hv_timeline_x_of: The other way; may be outside of the widget. */
double hv_timeline_x_of(HvTimeline *self, guint64 time_ns);

G_END_DECLS
