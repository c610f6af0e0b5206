/* SPDX-License-Identifier: MIT */
/* How the columns of a table sort its rows, and which of them do. Main thread. */
#pragma once

#include "viewer/ui/table.h"

G_BEGIN_DECLS

/** hv_table_order_sorter_new: Returns (transfer full): sorts HvRows by @column, which must outlive
 * it. */
GtkSorter *hv_table_order_sorter_new(const HvColumn *column);

/**
 * hv_table_order_read:
 * @sorter: of a GtkColumnView whose columns sort as hv_table_order_sorter_new() says
 * @columns: (array length=n_columns): HV_TABLE_COLUMNS at most, no two with the same content
 * @order: (out):
 */
void hv_table_order_read(GtkSorter *sorter, const HvColumn *columns, guint n_columns,
                         HvTableOrder *order);

gboolean hv_table_order_equal(const HvTableOrder *a, const HvTableOrder *b);

/** hv_table_order_dup_text: "COLUMN:asc" or "COLUMN:desc" of the column that sorts first, by its
 * title in English; "" when none does. Returns: (transfer full). */
char *hv_table_order_dup_text(const HvTableOrder *order, const HvColumn *columns);

/** hv_table_order_parse: What hv_table_order_dup_text() wrote; FALSE: it is about no such column.
 */
gboolean hv_table_order_parse(const char *text, const HvColumn *columns, guint n_columns,
                              guint *column, gboolean *ascending);

G_END_DECLS
