/* SPDX-License-Identifier: MIT */
/*
 * The lists about a heap as tables: which columns of an HvList they show, and what their rows stand
 * for on the map. Main thread, but for hv_heap_table_work_out(), .._dup_text() and .._list().
 */
#pragma once

#include "viewer/model/hit.h"
#include "viewer/model/list.h"
#include "viewer/ui/feed.h"
#include "viewer/ui/table.h"

G_BEGIN_DECLS

/** hv_heap_table_name: Of a list, for actions: "spans", "classes", "caches", "regions", "arenas",
 * "stacks", "events".
 */
const char *hv_heap_table_name(HvListKind which);

/** hv_heap_table_title: What it holds, for people: "Spans by waste". */
const char *hv_heap_table_title(HvListKind which);

/** hv_heap_table_new: Returns (transfer floating): an empty HvTable. */
GtkWidget *hv_heap_table_new(HvListKind which);

/**
 * hv_heap_table_work_out:
 * @order: what the table sorts by
 * @moment: must have a frame
 * @query: (nullable): which rows
 *
 * O(things), 0.1 s for a million spans; any thread. Returns: (transfer full): the first
 * HV_TABLE_ROWS in that order.
 */
HvList *hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                               HvQuery *query);

/** hv_heap_table_show: Brings @table up to date: its rows are those of @list. */
void hv_heap_table_show(HvListKind which, HvTable *table, HvList *list);

/** hv_heap_table_dup_text: What the table would say after hv_heap_table_show(), in the order of
 * @list, as hv_table_dup_text() has it. Any thread. Returns: (transfer full). */
char *hv_heap_table_dup_text(HvListKind which, HvList *list);

/** hv_heap_table_clear: Takes all rows away until the next ones are there. */
void hv_heap_table_clear(HvTable *table);

/**
 * hv_heap_table_place:
 * @row: a row of list @which
 * @begin, @end: (out): addresses that it is about
 *
 * Returns: FALSE for rows that are not about one place: see hv_heap_table_query().
 */
gboolean hv_heap_table_place(HvListKind which, HvRow *row, guint64 *begin, guint64 *end);

/** hv_heap_table_list: Returns (transfer full): all that the table has the first rows of, with all
 * columns, in the order of alloc-inspect. Any thread. */
HvList *hv_heap_table_list(HvListKind which, HvMoment *moment, HvQuery *query);

/** hv_heap_table_time: CLOCK_REALTIME of an event; 0 for rows that have none. */
guint64 hv_heap_table_time(HvListKind which, HvRow *row);

/** hv_heap_table_query: Returns (transfer full) (nullable): the query that shows a row on the map;
 * NULL: it is not on the map. */
char *hv_heap_table_query(HvListKind which, HvRow *row);

/** hv_heap_table_key_at: Key of the row that @hit belongs to; G_MAXUINT64: none. */
guint64 hv_heap_table_key_at(HvListKind which, HvFrame *frame, const HvHit *hit);

G_END_DECLS
