/* SPDX-License-Identifier: MIT */
/*
 * What tooltips say, asked for as GTK asks when the pointer rests. Programs with this are linked
 * with $(tooltip_wrap): GTK has no way to read a GtkTooltip. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What the tooltip of @widget itself would say if the pointer rested in its middle. Returns:
 * (transfer full) (nullable): NULL: it would have none. */
char *tooltip_dup(GtkWidget *widget);

/* The same at a place of @widget, in pixels from its corner. */
char *tooltip_dup_at(GtkWidget *widget, int x, int y);

/* Counts in @changes, which must outlive them, each time that GTK is told anything of a tooltip of
 * @widget or what is in it now. */
void tooltip_watch(GtkWidget *widget, guint *changes);

/* Ends that. */
void tooltip_unwatch(GtkWidget *widget, guint *changes);

G_END_DECLS
