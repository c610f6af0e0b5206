/* SPDX-License-Identifier: MIT */
/* See names.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/names.h"

static void name_parts(GtkWidget *widget, const char *name) {
  if (GTK_IS_BUTTON(widget)) /* GTK would tell the text inside, too */
    gtk_accessible_reset_relation(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  if (GTK_IS_BUTTON(widget) || GTK_IS_POPOVER(widget) || GTK_IS_LIST_VIEW(widget))
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (GTK_IS_BUTTON(widget) || GTK_IS_LIST_VIEW(widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    name_parts(child, name);
}

void hv_name_control(GtkWidget *control, const char *name) {
  g_return_if_fail(GTK_IS_MENU_BUTTON(control) || GTK_IS_DROP_DOWN(control));
  gtk_accessible_update_property(GTK_ACCESSIBLE(control), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  name_parts(control, name);
}
