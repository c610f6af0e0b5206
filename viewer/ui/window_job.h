/* SPDX-License-Identifier: MIT */
/*
 * What a window writes on another thread: a file, or text for the clipboard. When it takes more
 * than a second, the message bar tells how far it is, and has a button, the action "stop-saving",
 * to stop it. Nothing is left of what was stopped. Main thread only.
 */
#pragma once

#include "viewer/model/go_on.h"
#include "viewer/ui/window.h"

G_BEGIN_DECLS

/**
 * HvJobRun:
 * @path: (nullable): NULL: it is for the clipboard
 * @go_on, @job: to be asked as HvGoOn says, a last time before the file takes its place
 * @error: that it was stopped, or why it cannot be written
 *
 * On another thread: writes the file. Returns: (transfer full) (nullable): the text for the
 * clipboard.
 */
typedef char *(*HvJobRun)(gpointer data, const char *path, HvGoOn go_on, gpointer job,
                          GError **error);

/**
 * hv_window_start_job:
 * @path: (nullable): of the file, NULL: for the clipboard
 * @doing: (nullable): what is done while it cannot be said how far it is, for "Saving NAME: ..."
 * @data: (transfer full): for @run, with @data_free
 *
 * A file is written to its end although the last window is closed.
 */
void hv_window_start_job(HvWindow *self, const char *path, const char *doing, HvJobRun run,
                         gpointer data, GDestroyNotify data_free);

/** hv_window_add_job_actions: From hv_window_add_export_actions(). */
void hv_window_add_job_actions(HvWindow *self);

G_END_DECLS
