/* SPDX-License-Identifier: MIT */
/* What the cells of a table's column say, and how wide that is. Main thread. */
#pragma once

#include "viewer/ui/table.h"

G_BEGIN_DECLS

/** hv_table_cell_text: Returns (transfer full): for people, on one line. */
char *hv_table_cell_text(const HvColumn *column, HvRow *row);

/** hv_table_cell_is_number: FALSE: its cells are words. */
gboolean hv_table_cell_is_number(const HvColumn *column);

/** hv_table_cell_chars: Width of its cells in characters. */
guint hv_table_cell_chars(const HvColumn *column);

G_END_DECLS
