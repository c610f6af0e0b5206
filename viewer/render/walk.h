/* SPDX-License-Identifier: MIT */
/* The things of one row of the map that are wide enough to be marked or named. Any thread. */
#pragma once

#include "viewer/model/hit.h"
#include "viewer/model/layout.h"

G_BEGIN_DECLS

/*
 * HvRowThing:
 * @hit: what it is, at one of its addresses
 * @left, @right: the columns of this row that it takes, @right not included, device pixels
 * @begins, @ends: whether it does so in this row; else it goes on in the row before, or the next
 */
typedef struct {
  HvHit hit;
  gint64 left;
  gint64 right;
  gboolean begins;
  gboolean ends;
} HvRowThing;

/* Where a walk is; to be put on the stack. */
typedef struct {
  HvLayout *layout;
  guint band;
  guint64 row_begin; /* offsets on the axis of the band */
  guint64 row_end;
  gboolean is_whole; /* the band goes on to the end of the row */
  gint64 least_px;
  gint64 x; /* next column to look at */
  gint64 end_x;
  guint64 told_end; /* end of the thing that was found last */
} HvRowWalk;

/**
 * hv_row_walk_begin:
 * @band, @row: which row
 * @area: the columns that are wanted: things that touch them are found
 * @least_px: what takes fewer columns is passed over, device pixels
 */
void hv_row_walk_begin(HvRowWalk *walk, HvLayout *layout, guint band, guint64 row,
                       const HvRect *area, gint64 least_px);

/**
 * hv_row_walk_next:
 * @thing: (out): the next thing, from left to right
 *
 * A whole walk looks at each @least_px / 2 columns once at most, O(log n) each.
 *
 * Returns: FALSE when there are no more.
 */
gboolean hv_row_walk_next(HvRowWalk *walk, HvRowThing *thing);

G_END_DECLS
