/* SPDX-License-Identifier: MIT */
/*
 * shortcuts.h: what GTK's window of shortcuts lacks. GTK makes the window for a main window from
 * gtk/help-overlay.ui of the resources; the entry and the buttons in its header bar are icons only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives the controls of @window's window of shortcuts names for screen readers. */
void hv_shortcuts_name_controls(GtkApplicationWindow *window);

G_END_DECLS
