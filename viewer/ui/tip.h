/* SPDX-License-Identifier: MIT */
/*
 * Tooltips whose text changes while nobody looks at them. GTK asks the display server several times
 * where the pointer is whenever it is given the text of a tooltip, and holds the server meanwhile;
 * these are asked for when the pointer rests. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * hv_tip_set:
 * @text: (nullable): NULL or "": no tooltip
 *
 * What the tooltip of @widget, which has no other, says the next time it is shown; and at once the
 * description that a screen reader has of it.
 */
void hv_tip_set(GtkWidget *widget, const char *text);

G_END_DECLS
