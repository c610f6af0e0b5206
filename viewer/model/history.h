/* SPDX-License-Identifier: MIT */
/*
 * What a heap was: the frames seen so far within a budget of memory, their ledgers along time, and
 * what happened. Or the same of a recording, whose frames stay in its file.
 *
 * When the budget is spent, every other frame of the older half goes, again and again: the past
 * gets coarser with its age, and the newest frame is always there.
 *
 *   bytes of kept frames <= max (budget, bytes of the newest frame)
 *
 * A large frame takes much as it is, half as much again for what is made of it, and twice all that
 * while the next one takes its place. That is part of the budget, of which an eighth stays:
 *
 *   bytes of kept frames <= max (budget - 3 * plain bytes of a large frame, budget / 8)
 *
 * Of large frames the newest is kept as it is, not made small, until the next one is added or
 * followed: whoever adds it has it in memory as well. There is room for it among the kept frames.
 *
 * Locked inside; any thread.
 */
#pragma once

#include "viewer/model/go_on.h"
#include "viewer/model/recording.h"
#include "viewer/model/sample.h"

G_BEGIN_DECLS

#define HV_HISTORY_BUDGET_BYTES (G_GUINT64_CONSTANT(256) << 20)

/* Plain bytes from which a frame is a large one. */
#define HV_HISTORY_LARGE_BYTES (G_GUINT64_CONSTANT(16) << 20)

typedef struct HvHistory HvHistory;

/* An empty one, for a live process. (transfer full) */
HvHistory *hv_history_new(guint64 budget_bytes);

/* That of a recording. (transfer full) */
HvHistory *hv_history_new_recording(HvRecording *recording);
HvHistory *hv_history_ref(HvHistory *history);
void hv_history_unref(HvHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvHistory, hv_history_unref)

/**
 * hv_history_add:
 * @frame: newer than all before
 * @residency: (nullable): what was resident, if that is known
 * @churn_bytes: a second, since the frame added before; or HV_CHURN_UNKNOWN
 * @same: the heap is the same as in the frame before, so that nothing of it need be kept
 *
 * Returns: whether a frame was made small, which takes its time
 */
gboolean hv_history_add(HvHistory *history, HvFrame *frame, const HvResidency *residency,
                        gint64 churn_bytes, gboolean same);

/* Notes what happened since the frame before @frame, which is newer than all and not to be kept.
 * Returns: as hv_history_add() does. */
gboolean hv_history_follow(HvHistory *history, HvFrame *frame);

/* Notes an event that frames do not show. */
void hv_history_mark(HvHistory *history, const HvEvent *event);

/* Frames that can be shown, and the bytes that they take in memory where they were made small. */
guint hv_history_count(HvHistory *history);
guint64 hv_history_bytes(HvHistory *history);

/* Changes with every frame added. */
guint64 hv_history_version(HvHistory *history);

/* Time of the first and the last ledger, CLOCK_REALTIME. FALSE while there is none. */
gboolean hv_history_span(HvHistory *history, guint64 *first_ns, guint64 *last_ns);

/* Time of kept frame @index, ascending. */
guint64 hv_history_time(HvHistory *history, guint index);

/* Index of the last kept frame at or before @time_ns, else the first. */
guint hv_history_find(HvHistory *history, guint64 time_ns);

/**
 * hv_history_get:
 * @index: of a kept frame
 * @residency: (out): what was resident
 * @has_residency: (out): whether that is known
 *
 * Returns: (transfer full): the frame, or NULL with @error set
 */
HvFrame *hv_history_get(HvHistory *history, guint index, HvResidency *residency,
                        gboolean *has_residency, GError **error);

/* As hv_samples_columns(), of the ledgers. */
void hv_history_columns(HvHistory *history, guint64 begin_ns, guint64 end_ns, guint count,
                        HvSample *columns);

/* Events, ascending. (transfer full) (element-type HvEvent) */
GArray *hv_history_events(HvHistory *history);

/* Writes all frames that are kept when it is called, and the events, as a recording. What goes from
 * the history meanwhile stays in memory until it is written. */
gboolean hv_history_save(HvHistory *history, const char *path, GError **error);

/* The same as long as @go_on (nullable), asked before each frame, says so; FALSE with
 * G_IO_ERROR_CANCELLED: it was stopped, and nothing is there. */
gboolean hv_history_save_while(HvHistory *history, const char *path, HvGoOn go_on, gpointer data,
                               GError **error);

G_END_DECLS
