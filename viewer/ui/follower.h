/* SPDX-License-Identifier: MIT */
/*
 * HvFollower follows one target and makes a moment of every frame:
 *
 *   poll -> compare -> pyramid -> residency (if it is due) -> ledger -> reasons -> history
 *
 * Moments of the past are made from the history as they are asked for. Everything here may take its
 * time: reading a recording, looking at every page of a process. One thread at a time.
 */
#pragma once

#include "viewer/ui/moment.h"
#include "viewer/ui/target.h"

G_BEGIN_DECLS

typedef struct HvFollower HvFollower;

/**
 * hv_follower_new:
 * @budget_bytes: what the frames of its past may take
 *
 * Opens the target, and begins its past. Returns: (transfer full): NULL with any HV_ERROR_*
 */
HvFollower *hv_follower_new(const HvTarget *target, guint64 budget_bytes, GError **error);

/** hv_follower_free: Takes the request back; NULL is nothing to do. */
void hv_follower_free(HvFollower *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvFollower, hv_follower_free)

/** hv_follower_get_source: Returns (transfer none): for pausing, rates and commands. */
HvSource *hv_follower_get_source(HvFollower *self);

/** hv_follower_poll: Returns: whether there is another newest moment, be it of the same frame. */
gboolean hv_follower_poll(HvFollower *self);

/**
 * hv_follower_get:
 * @at_ns: CLOCK_REALTIME; 0: now
 *
 * Returns: (transfer full) (nullable): the moment kept of that time, else the newest; NULL before
 * the first hv_follower_poll()
 */
HvMoment *hv_follower_get(HvFollower *self, guint64 at_ns);

/** hv_follower_mark: Notes in the past of a process what frames do not show. */
void hv_follower_mark(HvFollower *self, HvEventKind kind, guint64 count);

G_END_DECLS
