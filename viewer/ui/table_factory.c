/* SPDX-License-Identifier: MIT */
/* See table_factory.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/table_factory.h"

#include <glib/gi18n.h>

#include "viewer/ui/fill_bar.h"
#include "viewer/ui/table_cell.h"

static void cell_show(HvRow *row, GtkListItem *item) {
  const HvColumn *column = g_object_get_data(G_OBJECT(item), "column");
  GtkWidget *child = gtk_list_item_get_child(item);
  g_autofree char *text = NULL;

  if (column->kind == HV_CELL_FILL) {
    hv_fill_bar_set_permille(HV_FILL_BAR(child), (guint)hv_row_get_value(row, column->value));
    return;
  }
  text = hv_table_cell_text(column, row);
  gtk_inscription_set_text(GTK_INSCRIPTION(child), text);
  if (!hv_table_cell_is_number(column))
    gtk_accessible_update_property(GTK_ACCESSIBLE(child), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                   -1);
}

/* Asked for when the pointer rests: GTK asks the display server several times where the pointer is
 * whenever it is given the text of a tooltip. */
static gboolean cell_query_tooltip(GtkWidget *child, int x, int y, gboolean keyboard,
                                   GtkTooltip *tooltip, gpointer data) {
  const HvColumn *column = data;
  const char *text = hv_table_cell_is_number(column)
                         ? _(column->explanation)
                         : gtk_inscription_get_text(GTK_INSCRIPTION(child));

  gtk_tooltip_set_text(tooltip, text);
  return text != NULL && *text != '\0';
}

/* The pointer is on a cell; it leaves with the table, as cells do not touch each other. */
static void cell_enter(GtkEventController *motion, double x, double y, GtkListItem *item) {
  GtkWidget *table =
      gtk_widget_get_ancestor(gtk_event_controller_get_widget(motion), HV_TYPE_TABLE);

  if (table != NULL)
    hv_table_hover(HV_TABLE(table), gtk_list_item_get_item(item));
}

static void cell_setup(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data) {
  const HvColumn *column = data;
  GtkEventController *motion = gtk_event_controller_motion_new();
  GtkWidget *child;

  if (column->kind == HV_CELL_FILL) {
    child = hv_fill_bar_new();
  } else {
    child = gtk_inscription_new(NULL);
    gtk_inscription_set_min_chars(GTK_INSCRIPTION(child), hv_table_cell_chars(column));
    gtk_inscription_set_nat_chars(GTK_INSCRIPTION(child), hv_table_cell_chars(column));
    gtk_inscription_set_text_overflow(GTK_INSCRIPTION(child),
                                      column->keep_end ? GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_START
                                                       : GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
    /* Addresses are of one length, so that they stand under their title. */
    gtk_inscription_set_xalign(
        GTK_INSCRIPTION(child),
        hv_table_cell_is_number(column) && column->kind != HV_CELL_ADDRESS ? 1.0f : 0.0f);
    if (column->kind == HV_CELL_ADDRESS)
      gtk_widget_add_css_class(child, "address");
    if (hv_table_cell_is_number(column))
      gtk_widget_add_css_class(child, "numeric");
  }
  if (column->explanation != NULL && hv_table_cell_is_number(column))
    gtk_accessible_update_property(GTK_ACCESSIBLE(child), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   _(column->explanation), -1);
  if (column->explanation != NULL || !hv_table_cell_is_number(column)) {
    gtk_widget_set_has_tooltip(child, TRUE);
    g_signal_connect(child, "query-tooltip", G_CALLBACK(cell_query_tooltip), data);
  }
  g_signal_connect_object(motion, "enter", G_CALLBACK(cell_enter), item, G_CONNECT_DEFAULT);
  gtk_widget_add_controller(child, motion);
  g_object_set_data(G_OBJECT(item), "column", data);
  gtk_list_item_set_child(item, child);
}

static void cell_bind(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data) {
  HvRow *row = gtk_list_item_get_item(item);

  cell_show(row, item);
  g_signal_connect_object(row, "changed", G_CALLBACK(cell_show), item, G_CONNECT_DEFAULT);
}

static void cell_unbind(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data) {
  g_signal_handlers_disconnect_by_func(gtk_list_item_get_item(item), cell_show, item);
}

GtkListItemFactory *hv_table_factory_new(const HvColumn *column) {
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new();

  g_signal_connect(factory, "setup", G_CALLBACK(cell_setup), (gpointer)column);
  g_signal_connect(factory, "bind", G_CALLBACK(cell_bind), NULL);
  g_signal_connect(factory, "unbind", G_CALLBACK(cell_unbind), NULL);
  return factory;
}
