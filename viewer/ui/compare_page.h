/* SPDX-License-Identifier: MIT */
/*
 * What changed from mark A to mark B, or to the moment on screen: rows of the ledger, classes, and
 * the blocks that are live now and were not at A. A thread compares; the lists follow. Main thread.
 * Signals:
 *   "place-chosen", "place-activated" (guint64 begin, guint64 end): a new block in the list
 *   "marked" (HvHighlight or NULL): the new block under the pointer
 *   "outlined" (string or NULL): a query that shows the class under the pointer, or else selected
 *   "query-chosen" (string): the same of a class that was activated
 *   "told": the summary is another one
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/data_files.h"
#include "viewer/ui/feed.h"

G_BEGIN_DECLS

#define HV_TYPE_COMPARE_PAGE (hv_compare_page_get_type())
G_DECLARE_FINAL_TYPE(HvComparePage, hv_compare_page, HV, COMPARE_PAGE, GtkWidget)

GtkWidget *hv_compare_page_new(void);

/** hv_compare_page_set: @a: (nullable): NULL: no mark, nothing to compare with. With another one
 * than before it says that it compares, until that is done. @query: (nullable): what the new blocks
 * that are listed lie in. */
void hv_compare_page_set(HvComparePage *self, HvMoment *a, HvMoment *b, HvQuery *query);

/** hv_compare_page_select_block: Chooses the row of the block at @address, now or when it comes;
 * without a row, or G_MAXUINT64: none. */
void hv_compare_page_select_block(HvComparePage *self, guint64 address);

/** hv_compare_page_dup_text: All that it shows, as text. Returns: (transfer full). */
char *hv_compare_page_dup_text(HvComparePage *self);

/** hv_compare_page_dup_data: One of its lists as CSV or JSON. Returns: (transfer full) (nullable):
 * NULL: nothing is compared. */
char *hv_compare_page_dup_data(HvComparePage *self, HvChangesList which, gboolean as_json);

/** hv_compare_page_dup_summary: One line for tests and screen readers. Returns: (transfer full). */
char *hv_compare_page_dup_summary(HvComparePage *self);

G_END_DECLS
