/* SPDX-License-Identifier: MIT */
/*
 * Works around a defect of GTK 4.8: when a menu is left from one of its submenus, the keyboard
 * focus of the window stays in the menu, which is no longer shown, and no key does anything until
 * the next click. The focus then goes back to where it was. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** hv_lost_focus_return: Watches the focus of @window for as long as it lives. */
void hv_lost_focus_return(GtkWindow *window);

G_END_DECLS
