/* SPDX-License-Identifier: MIT */
/* The actions of a window that write files: pictures, reports, recordings and lists. */
#pragma once

#include "viewer/ui/window.h"

G_BEGIN_DECLS

/** hv_window_add_export_actions: From hv_window_add_actions(). */
void hv_window_add_export_actions(HvWindow *self);

/** hv_window_tell_written: What became of the file at @path; @error: (nullable). */
void hv_window_tell_written(HvWindow *self, const char *path, const GError *error);

G_END_DECLS
