/* SPDX-License-Identifier: MIT */
/*
 * What the lists of a panel are sorted by, as one value to be kept: by the names of their widgets,
 * "COLUMN:asc" or "COLUMN:desc" of those that do not have their own order. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** hv_list_orders_get: @panel: with HvTables somewhere in it. Returns: (transfer floating): a{ss}
 */
GVariant *hv_list_orders_get(GtkWidget *panel);

/** hv_list_orders_set: What hv_list_orders_get() returned; what is about no such list or column
 * changes nothing. */
void hv_list_orders_set(GtkWidget *panel, GVariant *orders);

/** hv_list_orders_watch: Calls @changed, with @object as its first argument, when the user has
 * chosen another order, as long as @object lives. */
void hv_list_orders_watch(GtkWidget *panel, GCallback changed, GObject *object);

G_END_DECLS
