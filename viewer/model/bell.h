/* SPDX-License-Identifier: MIT */
/*
 * A watcher's request in the doorbell of its user: claimed, kept alive by heartbeats, given back.
 * Inside of the model; one thread at a time per request.
 */
#pragma once

#include <glib.h>

#include "liballoc/snapshot.h"

G_BEGIN_DECLS

typedef struct HvBell HvBell;

/**
 * hv_bell_claim:
 * @directory: from hv_directory_open(); not kept
 * @error: HV_ERROR_BUSY when all requests are taken, HV_ERROR_PERMISSION, HV_ERROR_IO (such as a
 *   full /dev/shm), HV_ERROR_VERSION, HV_ERROR_CORRUPT
 *
 * Makes the bell when there is none, and claims a request with no target.
 *
 * Returns: (transfer full): the request, or NULL.
 */
HvBell *hv_bell_claim(int directory, GError **error);

/* Gives the request back: its target stops publishing unless others ask for it. */
void hv_bell_release(HvBell *bell);

/* Says that the watcher is alive; at least once a second. Returns: FALSE when another watcher has
 * taken over the request, as it was stale: claim a new one. */
gboolean hv_bell_beat(HvBell *bell);

/* Names the target and rings; @target 0 asks nobody. */
void hv_bell_set_target(HvBell *bell, guint target, guint64 target_start);
void hv_bell_set_rate(HvBell *bell, guint rate_mhz);
void hv_bell_set_window(HvBell *bell, guint64 begin, guint64 end);

/* Gives the target a command. */
void hv_bell_command(HvBell *bell, enum alloc_command command, guint64 argument);

/* Returns: TRUE when the last command was carried out. @result: (out): what it brought. */
gboolean hv_bell_command_done(HvBell *bell, guint64 *result);

/* CLOCK_MONOTONIC in nanoseconds. */
guint64 hv_monotonic_ns(void);

G_END_DECLS
