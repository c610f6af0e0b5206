/* SPDX-License-Identifier: MIT */
/*
 * Fills the tables of the panel: a thread works out the first rows of a list, the main thread only
 * puts them in. One list at a time; of those asked for meanwhile only the last is worked out.
 *
 * A table keeps its rows until the new ones are there. Rows of another scene (another moment that
 * is looked at, another heap), of another query or in another order are never put in.
 *
 * Main thread only. Signal:
 *   "filled" (HvTable): it has its rows, of the heap on screen
 */
#pragma once

#include "viewer/ui/heap_tables.h"

G_BEGIN_DECLS

#define HV_TYPE_LIST_FILLER (hv_list_filler_get_type())
G_DECLARE_FINAL_TYPE(HvListFiller, hv_list_filler, HV, LIST_FILLER, GObject)

HvListFiller *hv_list_filler_new(void);

/**
 * hv_list_filler_ask:
 * @table: made by hv_heap_table_new() for @which
 * @moment: must have a frame
 * @query: (nullable): which rows
 */
void hv_list_filler_ask(HvListFiller *self, HvListKind which, HvTable *table, HvMoment *moment,
                        HvQuery *query);

/** hv_list_filler_begin_scene: What was asked for until now is not wanted any more. */
void hv_list_filler_begin_scene(HvListFiller *self);

G_END_DECLS
