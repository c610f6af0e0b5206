/* SPDX-License-Identifier: MIT */
/*
 * HvWatch: the thread that follows a target, and the two mailboxes between it and the main thread.
 *
 *   main thread --- wishes --->  watch thread      only the last counts
 *   main thread <--- news -----  watch thread      moments that were never taken are dropped
 *
 * The thread may be in the middle of a slow read at any time, so that nobody waits for it: once it
 * is told to end it says nothing any more, takes the request back and frees what it has, when it
 * gets to it. Main thread only.
 */
#pragma once

#include "viewer/ui/moment.h"
#include "viewer/ui/target.h"

G_BEGIN_DECLS

typedef struct HvWatch HvWatch;

typedef struct {
  gboolean paused;
  double rate_hz;
  guint64 window_begin;
  guint64 window_end;
  guint64 trims;          /* asked for until now */
  guint64 profile_orders; /* likewise; the last one was to start it, or to stop it */
  gboolean profile_runs;
  guint64 at_ns; /* 0: the newest */
} HvWishes;

/**
 * HvWatchNews:
 * @moment: (transfer full) (nullable): the newest
 * @trimmed: (element-type guint64): bytes that each trim gave back
 *
 * From the main loop.
 */
typedef void (*HvWatchNews)(gpointer owner, HvMoment *moment, GArray *trimmed);

/**
 * hv_watch_new:
 * @wishes: at first
 * @budget_bytes: what the frames of its past may take
 * @owner: told of the news until hv_watch_end()
 *
 * Opens the target on the thread; how that went is the first moment.
 */
HvWatch *hv_watch_new(const HvTarget *target, const HvWishes *wishes, guint64 budget_bytes,
                      HvWatchNews news, gpointer owner);

/** hv_watch_get_wishes: Returns (transfer none): the last. */
const HvWishes *hv_watch_get_wishes(HvWatch *self);

void hv_watch_wish(HvWatch *self, const HvWishes *wishes);

/** hv_watch_end: Tells the thread to end, and does not wait for it. @self is not to be used any
 * more. */
void hv_watch_end(HvWatch *self);

/**
 * hv_watch_wait_for_all:
 *
 * For the end of the program: gives threads that were told to end the time to take their requests
 * back. Returns: FALSE when one was still at work after @timeout_us.
 */
gboolean hv_watch_wait_for_all(gint64 timeout_us);

G_END_DECLS
