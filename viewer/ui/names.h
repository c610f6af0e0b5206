/* SPDX-License-Identifier: MIT */
/*
 * What controls are called whose parts GTK 4.8 leaves without a name: it is the button inside a
 * menu button or a drop-down that has the keyboard. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** hv_name_control: Calls @control, its button, and what opens from it @name. */
void hv_name_control(GtkWidget *control, const char *name);

G_END_DECLS
