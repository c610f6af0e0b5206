/* SPDX-License-Identifier: MIT */
/* See list_orders.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/list_orders.h"

#include "viewer/ui/table.h"

typedef void (*TableFunc)(HvTable *table, gpointer data);

static void each_table(GtkWidget *widget, TableFunc func, gpointer data) {
  if (HV_IS_TABLE(widget)) {
    func(HV_TABLE(widget), data);
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    each_table(child, func, data);
}

static void table_add_order(HvTable *table, gpointer builder) {
  g_autofree char *order = hv_table_dup_order(table);

  if (order != NULL)
    g_variant_builder_add(builder, "{ss}", gtk_widget_get_name(GTK_WIDGET(table)), order);
}

GVariant *hv_list_orders_get(GtkWidget *panel) {
  GVariantBuilder builder;

  g_return_val_if_fail(GTK_IS_WIDGET(panel), NULL);
  g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
  each_table(panel, table_add_order, &builder);
  return g_variant_builder_end(&builder);
}

static void table_take_order(HvTable *table, gpointer orders) {
  const char *order;

  if (g_variant_lookup(orders, gtk_widget_get_name(GTK_WIDGET(table)), "&s", &order))
    hv_table_set_order(table, order);
}

void hv_list_orders_set(GtkWidget *panel, GVariant *orders) {
  g_return_if_fail(GTK_IS_WIDGET(panel));
  each_table(panel, table_take_order, orders);
}

typedef struct {
  GCallback changed;
  GObject *object;
} Watch;

static void table_watch(HvTable *table, gpointer data) {
  Watch *watch = data;

  g_signal_connect_object(table, "sort-changed", watch->changed, watch->object, G_CONNECT_SWAPPED);
}

void hv_list_orders_watch(GtkWidget *panel, GCallback changed, GObject *object) {
  Watch watch = {changed, object};

  g_return_if_fail(GTK_IS_WIDGET(panel));
  each_table(panel, table_watch, &watch);
}
