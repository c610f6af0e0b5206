/* SPDX-License-Identifier: MIT */
/* See shortcuts.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/shortcuts.h"

#include <glib/gi18n.h>

static void name_control(GtkWidget *widget, const char *name) {
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* A menu button passes its name on to the button that it is made of only from GTK 4.10 on. */
static void name_below(GtkWidget *widget, gboolean in_menu_button) {
  if (GTK_IS_SEARCH_ENTRY(widget) || GTK_IS_TEXT(widget))
    name_control(widget, _("Search shortcuts"));
  else if (GTK_IS_TOGGLE_BUTTON(widget))
    name_control(widget, in_menu_button ? _("Groups of shortcuts") : _("Search shortcuts"));
  else if (GTK_IS_MENU_BUTTON(widget))
    name_control(widget, _("Groups of shortcuts"));
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    name_below(child, GTK_IS_MENU_BUTTON(widget));
}

void hv_shortcuts_name_controls(GtkApplicationWindow *window) {
  GtkShortcutsWindow *shortcuts;

  g_return_if_fail(GTK_IS_APPLICATION_WINDOW(window));
  shortcuts = gtk_application_window_get_help_overlay(window);
  if (shortcuts == NULL)
    return;
  gtk_window_set_title(GTK_WINDOW(shortcuts), _("Keyboard shortcuts"));
  name_below(GTK_WIDGET(shortcuts), FALSE);
}
