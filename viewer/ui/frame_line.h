/* SPDX-License-Identifier: MIT */
/*
 * The end of the status line: the number of the frame on screen; of a process that is watched how
 * old it is, how many frames were not seen, and what watching costs the program and the viewer; of
 * others when it was taken. All of it in words as a tooltip. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/feed.h"

G_BEGIN_DECLS

#define HV_TYPE_FRAME_LINE (hv_frame_line_get_type())
G_DECLARE_FINAL_TYPE(HvFrameLine, hv_frame_line, HV, FRAME_LINE, GtkWidget)

/** hv_frame_line_set_moment: @moment: (nullable): NULL, or one without a frame: nothing is told. */
void hv_frame_line_set_moment(HvFrameLine *self, HvMoment *moment);

/** hv_frame_line_set_narrow: Whether there is room for the number only. */
void hv_frame_line_set_narrow(HvFrameLine *self, gboolean narrow);

/** hv_frame_line_get_text: What it tells beside the number, or "". Returns: (transfer none). */
const char *hv_frame_line_get_text(HvFrameLine *self);

G_END_DECLS
