/* SPDX-License-Identifier: MIT */
/*
 * When each span last changed, and how much of it changes a second: from frames in their order.
 * An HvTracker is fed with frames by one thread; the HvActivity it gives for each is immutable.
 *
 *   age (span) = time of this frame - time of the frame in which its epoch was last another one;
 *                for a span that has not changed since tracking began, the time since then;
 *                both to 10 ms
 *   age (region) = time of this frame - time of the first frame that had it, with the same block,
 *                in all frames since; for one that was there when tracking began, or longer
 *   churn (span) = bytes of blocks whose state changed a second, averaged over some seconds
 */
#pragma once

#include "viewer/model/facts.h"
#include "viewer/model/sample.h"

G_BEGIN_DECLS

typedef struct HvTracker HvTracker;
typedef struct HvActivity HvActivity;

HvTracker *hv_tracker_new(void);
void hv_tracker_free(HvTracker *tracker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvTracker, hv_tracker_free)

/**
 * hv_tracker_add:
 * @frame: the next frame. One that is not later than the last begins anew
 *
 * Linear in the spans, and in the bitmaps of those that changed.
 *
 * Returns: (transfer full): the activity at @frame
 */
HvActivity *hv_tracker_add(HvTracker *tracker, HvFrame *frame);

/**
 * hv_tracker_take_churn:
 *
 * Returns: bytes of blocks whose state changed, a second, from the frame at which this was last
 *   asked to the newest; new and vanished spans and regions count what they held. What changed and
 *   changed back between two frames does not show. HV_CHURN_UNKNOWN without two frames.
 */
gint64 hv_tracker_take_churn(HvTracker *tracker);

HvActivity *hv_activity_ref(HvActivity *activity);
void hv_activity_unref(HvActivity *activity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvActivity, hv_activity_unref)

/* Spans of the frame it is of. */
guint hv_activity_span_count(HvActivity *activity);

/* How long it has been followed; ages are never more. 0: nothing is known yet. */
guint64 hv_activity_known_ns(HvActivity *activity);

/* Sets HV_FIELD_AGE of a region of the frame that it is of, or of one with the same region. */
void hv_activity_tell_region(HvActivity *activity, HvFacts *facts);

guint64 hv_activity_age_ns(HvActivity *activity, guint span);
guint64 hv_activity_churn_bytes(HvActivity *activity, guint span);

G_END_DECLS
