/* SPDX-License-Identifier: MIT */
/*
 * A number, or another short text on one line, that changes with each frame. Unlike a label, it
 * keeps the width that it has needed, and so has GTK lay the window out again only when a text
 * needs more: what stands beside it does not jump about, and tooltips, which wait for half a second
 * without a layout, show while a process is watched. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HV_TYPE_STEADY_LABEL (hv_steady_label_get_type())
G_DECLARE_FINAL_TYPE(HvSteadyLabel, hv_steady_label, HV, STEADY_LABEL, GtkWidget)

GtkWidget *hv_steady_label_new(void);

/** hv_steady_label_show: Shows @text; does nothing when it is shown already. */
void hv_steady_label_show(HvSteadyLabel *self, const char *text);

/** hv_steady_label_get_text: Returns (transfer none): "" before there is any. */
const char *hv_steady_label_get_text(HvSteadyLabel *self);

G_END_DECLS
