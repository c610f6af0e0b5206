/* SPDX-License-Identifier: MIT */
/* The actions of a window that copy and save the list on screen, as jobs (window_job.h). */
#pragma once

#include "viewer/ui/window.h"

G_BEGIN_DECLS

/** hv_window_add_list_actions: From hv_window_add_export_actions(). */
void hv_window_add_list_actions(HvWindow *self);

/** hv_window_save_list: As CSV, or as JSON where @path ends so. Also after the window is closed. */
void hv_window_save_list(HvWindow *self, const char *path);

G_END_DECLS
