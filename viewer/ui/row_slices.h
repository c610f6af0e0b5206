/* SPDX-License-Identifier: MIT */
/*
 * Rows that come into a list a few at a time: GTK makes widgets for some two hundred rows at once,
 * which takes much longer than a frame may. The first come now, the others when the main loop has
 * nothing else to do. Main thread only.
 *
 *   rows wanted = those in the store + those that wait
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HV_ROW_SLICE 24 /* rows at a time: about a panel full */

/* Zero but for the store: nothing waits. */
typedef struct {
  GListStore *store;  /* not owned */
  GPtrArray *waiting; /* nullable: GObject */
  guint taken;        /* of them, those that are in the store already */
  guint source_id;
} HvRowSlices;

/** hv_row_slices_exchange: The rows of the store go, @rows come instead, in their order. */
void hv_row_slices_exchange(HvRowSlices *self, GPtrArray *rows);

/** hv_row_slices_add: The rows of the store stay, and those of @rows from @first on come, too; none
 * wait yet. */
void hv_row_slices_add(HvRowSlices *self, GPtrArray *rows, guint first);

/** hv_row_slices_finish: Those that wait come now. */
void hv_row_slices_finish(HvRowSlices *self);

/** hv_row_slices_clear: Those that wait never come. */
void hv_row_slices_clear(HvRowSlices *self);

G_END_DECLS
