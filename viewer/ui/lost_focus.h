/* SPDX-License-Identifier: MIT */
/*
 * Works around a defect of GTK 4.8: when a menu is left from one of its submenus, the keyboard
 * focus of the window stays in the menu, which is no longer shown, and no key does anything until
 * the next click. The focus then goes back to where it was. So it does when a menu is left that F10
 * opened: GTK would leave it on the button. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** hv_lost_focus_return: Watches the focus of @window, whose menu is @menu, for as long as it
 * lives. */
void hv_lost_focus_return(GtkWindow *window, GtkPopover *menu);

G_END_DECLS
