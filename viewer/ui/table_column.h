/* SPDX-License-Identifier: MIT */
/* A column on screen: the widgets of its cells, which show what their row holds, and its sorter.
 * Main thread only. */
#pragma once

#include "viewer/ui/table.h"

G_BEGIN_DECLS

/** hv_table_column_new: @column: must outlive it. Returns (transfer full). */
GtkColumnViewColumn *hv_table_column_new(const HvColumn *column);

G_END_DECLS
