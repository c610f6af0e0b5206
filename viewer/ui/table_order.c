/* SPDX-License-Identifier: MIT */
/*
 * See table_order.h. Before version 4.10, GTK does not tell what a column view sorts by; but its
 * sorter compares whatever rows it is given, so it is asked with two rows that differ as needed:
 *
 *   all columns still in question differ alike      the direction of the first of them that sorts
 *   column i differs the other way than the others  that first one is i when this turns the answer
 *
 * Then this column is made equal in both rows, and the next level is asked for.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/table_order.h"

#include <string.h>

static int column_compare(gconstpointer a, gconstpointer b, gpointer data) {
  const HvColumn *column = data;
  HvRow *left = HV_ROW((gpointer)a);
  HvRow *right = HV_ROW((gpointer)b);
  /* Plus one: G_MAXUINT64, "not known", wraps round to the end where the small ones are. */
  guint64 x = hv_row_get_sort_value(left, column->value) + 1;
  guint64 y = hv_row_get_sort_value(right, column->value) + 1;

  if (column->kind == HV_CELL_NAME)
    return g_utf8_collate(hv_row_get_sort_name(left), hv_row_get_sort_name(right));
  if (column->kind == HV_CELL_DETAIL)
    return g_utf8_collate(hv_row_get_sort_detail(left), hv_row_get_sort_detail(right));
  if (column->kind == HV_CELL_BYTES) {
    gint64 left_bytes = (gint64)hv_row_get_sort_value(left, column->value);
    gint64 right_bytes = (gint64)hv_row_get_sort_value(right, column->value);

    return left_bytes < right_bytes ? -1 : left_bytes > right_bytes;
  }
  return x < y ? -1 : x > y;
}

GtkSorter *hv_table_order_sorter_new(const HvColumn *column) {
  return GTK_SORTER(gtk_custom_sorter_new(column_compare, (gpointer)column, NULL));
}

/* A row that is 0, 1 or 2 in each column. */
static HvRow *row_new(const HvColumn *columns, guint n_columns, const guint *levels) {
  static const char *const texts[] = {"a", "b", "c"};
  HvRow *row = hv_row_new(0);
  guint64 values[HV_ROW_VALUES] = {0};
  const char *name = NULL, *detail = NULL;

  for (guint i = 0; i < n_columns; i++) {
    if (columns[i].kind == HV_CELL_NAME)
      name = texts[levels[i]];
    else if (columns[i].kind == HV_CELL_DETAIL)
      detail = texts[levels[i]];
    else
      values[columns[i].value] = levels[i];
  }
  hv_row_update(row, name, detail, values, HV_ROW_VALUES);
  hv_row_freeze(row);
  return row;
}

/* Where a row with these levels comes beside one that is 1 everywhere. */
static GtkOrdering order_of(GtkSorter *sorter, const HvColumn *columns, guint n_columns,
                            const guint *levels) {
  static const guint ones[HV_TABLE_COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1};
  g_autoptr(HvRow) row = row_new(columns, n_columns, levels);
  g_autoptr(HvRow) other = row_new(columns, n_columns, ones);

  return gtk_sorter_compare(sorter, row, other);
}

G_STATIC_ASSERT(HV_TABLE_COLUMNS == 8);

void hv_table_order_read(GtkSorter *sorter, const HvColumn *columns, guint n_columns,
                         HvTableOrder *order) {
  guint levels[HV_TABLE_COLUMNS] = {0};

  g_return_if_fail(n_columns <= HV_TABLE_COLUMNS);
  *order = (HvTableOrder){0};
  while (order->count < n_columns) {
    GtkOrdering all = order_of(sorter, columns, n_columns, levels);
    guint first = 0;

    if (all == GTK_ORDERING_EQUAL)
      return;
    for (; first < n_columns; first++) {
      if (levels[first] == 1)
        continue;
      levels[first] = 2;
      if (order_of(sorter, columns, n_columns, levels) != all)
        break;
      levels[first] = 0;
    }
    g_return_if_fail(first < n_columns);
    levels[first] = 1;
    order->by[order->count].column = first;
    order->by[order->count].ascending = all == GTK_ORDERING_SMALLER;
    order->count++;
  }
}

gboolean hv_table_order_equal(const HvTableOrder *a, const HvTableOrder *b) {
  if (a->count != b->count)
    return FALSE;
  for (guint i = 0; i < a->count; i++) {
    if (a->by[i].column != b->by[i].column || !a->by[i].ascending != !b->by[i].ascending)
      return FALSE;
  }
  return TRUE;
}

char *hv_table_order_dup_text(const HvTableOrder *order, const HvColumn *columns) {
  if (order->count == 0)
    return g_strdup("");
  return g_strconcat(columns[order->by[0].column].title, order->by[0].ascending ? ":asc" : ":desc",
                     NULL);
}

gboolean hv_table_order_parse(const char *text, const HvColumn *columns, guint n_columns,
                              guint *column, gboolean *ascending) {
  const char *colon = strrchr(text, ':');

  if (colon == NULL || (!g_str_equal(colon, ":asc") && !g_str_equal(colon, ":desc")))
    return FALSE;
  for (guint i = 0; i < n_columns; i++) {
    gsize length = strlen(columns[i].title);

    if (length != (gsize)(colon - text) || strncmp(columns[i].title, text, length) != 0)
      continue;
    *column = i;
    *ascending = g_str_equal(colon, ":asc");
    return TRUE;
  }
  return FALSE;
}
