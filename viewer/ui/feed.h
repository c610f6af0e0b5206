/* SPDX-License-Identifier: MIT */
/*
 * HvFeed watches one target for a window: a thread makes the moments (watch.h, follower.h), and the
 * feed hands the newest to the main thread, which therefore only wakes up when there is news.
 */
#pragma once

#include <glib-object.h>

#include "viewer/ui/moment.h"
#include "viewer/ui/target.h"

G_BEGIN_DECLS

#define HV_TYPE_FEED (hv_feed_get_type())
G_DECLARE_FINAL_TYPE(HvFeed, hv_feed, HV, FEED, GObject)

/**
 * hv_feed_new:
 * @target: copied
 * @rate_hz: snapshots a second, 0.1 to 60
 * @budget_bytes: what the frames of its past may take
 *
 * Opens the target on the feed's own thread; how that went is the first moment. Signal "moment":
 * a newer one is there. Disposing the feed has its thread take the request back and
 * end, and does not wait for that.
 */
HvFeed *hv_feed_new(const HvTarget *target, double rate_hz, guint64 budget_bytes);

/** hv_feed_get_moment: Returns (transfer none) (nullable): the newest; NULL before the first. */
HvMoment *hv_feed_get_moment(HvFeed *self);

/** hv_feed_set_paused: A paused target stops publishing; the last moment stays. */
void hv_feed_set_paused(HvFeed *self, gboolean paused);

gboolean hv_feed_get_paused(HvFeed *self);

/** hv_feed_set_rate: @rate_hz: snapshots a second, 0.1 to 60. */
void hv_feed_set_rate(HvFeed *self, double rate_hz);

/**
 * hv_feed_trim: Asks the target to give free memory back. Signal "trimmed" (guint64) tells how many
 * bytes it did; nothing comes when the target is no live process.
 */
void hv_feed_trim(HvFeed *self);

/** hv_feed_profile: Asks the target to start or to stop its sampled profile; whether it runs is
 * told by frames to come. */
void hv_feed_profile(HvFeed *self, gboolean runs);

/**
 * hv_feed_show:
 * @time_ns: show what was then, CLOCK_REALTIME; 0: the newest, as it comes
 *
 * The target is watched on meanwhile.
 */
void hv_feed_show(HvFeed *self, guint64 time_ns);

/* The window from 0 to here has no heap in it. */
#define HV_FEED_NOWHERE_END 1

/** hv_feed_set_window: Addresses in view, whose bitmaps come when not all fit into a frame; @end 0:
 * as many as fit. Before this is called, it is nowhere. */
void hv_feed_set_window(HvFeed *self, guint64 begin, guint64 end);

G_END_DECLS
