/* SPDX-License-Identifier: MIT */
/* Inside of HvLayout, for those that draw along its rows: columns and runs. */
#pragma once

#include "viewer/model/layout.h"

G_BEGIN_DECLS

/* Rows that so many bytes take. */
guint64 hv_layout_rows_of(guint64 bytes, int row_shift);

/* First byte of a row that column @x shows, and the one behind the last. */
guint64 hv_layout_column_begin(HvLayout *layout, const HvBand *band, gint64 x);
guint64 hv_layout_column_end(HvLayout *layout, const HvBand *band, gint64 x);

/* Column of byte @offset of a row; the first one where a byte has several. */
gint64 hv_layout_offset_column(HvLayout *layout, const HvBand *band, guint64 offset);

/* Index, within its band, of the run that holds @offset. */
guint hv_layout_run_at(HvLayout *layout, guint band, guint64 offset);

/* Finds the run that holds @address: index of its band, and the offset on its axis. */
gboolean hv_layout_find_run(HvLayout *layout, guint64 address, guint *band, guint64 *offset);

/* Pixel column, and top of the row, of an offset on the axis of a band. */
void hv_layout_locate_offset(HvLayout *layout, const HvBand *band, guint64 offset, gint64 *x,
                             gint64 *y);

G_END_DECLS
