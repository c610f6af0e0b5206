/* SPDX-License-Identifier: MIT */
/*
 * What frames before a kept one tell of it: what has grown until then, and when each span last
 * changed. Whoever watches a process learns that as frames come; whoever looks at an earlier
 * moment, or opens a recording, learns it here. Any thread.
 */
#pragma once

#include "viewer/model/activity.h"
#include "viewer/model/growth.h"
#include "viewer/model/history.h"

G_BEGIN_DECLS

/**
 * hv_past_add:
 * @frame: later than all before
 *
 * One more frame, for growth and activity. Returns: (transfer full): the activity at @frame
 */
HvActivity *hv_past_add(HvFrame *frame, HvGrowth *growth, HvTracker *tracker);

/**
 * hv_past_follow:
 * @history: the frame is one of its kept ones
 * @growth: gets the frames before it, and the frame
 *
 * Reads the last few frames before @frame and others spread over the ten minutes before it: as many
 * as take some quarter of a second for a heap of so many spans, 5 at least and 36 at most, and the
 * same ones each time.
 *
 * Returns: (transfer full): the activity at @frame
 */
HvActivity *hv_past_follow(HvHistory *history, HvFrame *frame, HvGrowth *growth);

G_END_DECLS
