/* SPDX-License-Identifier: MIT */
/*
 * Makes the cells of a column of an HvTable. A bound cell listens to its row's "changed"; nothing
 * is formatted for rows off screen. Main thread only.
 */
#pragma once

#include "viewer/ui/table.h"

G_BEGIN_DECLS

/** hv_table_factory_new: @column: must outlive it. Returns: (transfer full) */
GtkListItemFactory *hv_table_factory_new(const HvColumn *column);

/** hv_table_hover: @row: (nullable): the pointer is on it now; a table tells of another one. */
void hv_table_hover(HvTable *self, HvRow *row);

G_END_DECLS
