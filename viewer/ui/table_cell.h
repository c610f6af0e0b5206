/* SPDX-License-Identifier: MIT */
/* What the cells of a table's column say, and how wide that is. Of a row that no table has yet, any
 * thread may ask. */
#pragma once

#include "viewer/ui/table.h"

G_BEGIN_DECLS

/** hv_table_cell_text: Returns (transfer full): for people, on one line. */
char *hv_table_cell_text(const HvColumn *column, HvRow *row);

/** hv_table_cells_append: Adds a line with all cells of @row, separated by tabs; NULL: with the
 * titles. */
void hv_table_cells_append(GString *text, const HvColumn *columns, guint n_columns, HvRow *row);

/** hv_table_cell_is_number: FALSE: its cells are words. */
gboolean hv_table_cell_is_number(const HvColumn *column);

/** hv_table_cell_chars: Width of its cells in characters. */
guint hv_table_cell_chars(const HvColumn *column);

G_END_DECLS
