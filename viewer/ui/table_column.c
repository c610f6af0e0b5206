/* SPDX-License-Identifier: MIT */
/* See table_column.h. A bound cell listens to its row's "changed"; nothing is formatted for rows
 * off screen. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/table_column.h"

#include <glib/gi18n.h>

#include "viewer/ui/fill_bar.h"
#include "viewer/ui/table_cell.h"
#include "viewer/ui/table_order.h"
#include "viewer/ui/tip.h"

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
    hv_tip_set(child, text);
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
    hv_tip_set(child, _(column->explanation));
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

GtkColumnViewColumn *hv_table_column_new(const HvColumn *column) {
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
  GtkColumnViewColumn *made;
  g_autoptr(GtkSorter) sorter = NULL;

  g_signal_connect(factory, "setup", G_CALLBACK(cell_setup), (gpointer)column);
  g_signal_connect(factory, "bind", G_CALLBACK(cell_bind), NULL);
  g_signal_connect(factory, "unbind", G_CALLBACK(cell_unbind), NULL);
  made = gtk_column_view_column_new(_(column->title), factory);
  sorter = hv_table_order_sorter_new(column);
  gtk_column_view_column_set_sorter(made, sorter);
  gtk_column_view_column_set_expand(made, column->expand);
  gtk_column_view_column_set_resizable(made, TRUE);
  return made;
}
