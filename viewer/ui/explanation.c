/* SPDX-License-Identifier: MIT */
/* See explanation.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/explanation.h"

/* The keyboard goes to the first sentences, all of which GTK then selects. */
static void explanation_shown(GtkWidget *popover) {
  GtkWidget *focus = gtk_root_get_focus(gtk_widget_get_root(popover));

  if (GTK_IS_LABEL(focus))
    gtk_label_select_region(GTK_LABEL(focus), 0, 0);
}

GtkWidget *hv_explanation_open_from(GtkMenuButton *button, GtkWidget *child) {
  GtkWidget *popover;

  g_return_val_if_fail(GTK_IS_MENU_BUTTON(button), NULL);
  popover = g_object_new(GTK_TYPE_POPOVER, "accessible-role", GTK_ACCESSIBLE_ROLE_DIALOG, NULL);
  gtk_widget_add_css_class(child, "explanation");
  gtk_popover_set_child(GTK_POPOVER(popover), child);
  g_signal_connect(popover, "show", G_CALLBACK(explanation_shown), NULL);
  gtk_menu_button_set_popover(button, popover);
  return popover;
}
