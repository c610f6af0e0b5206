/* SPDX-License-Identifier: MIT */
/*
 * Things are found by looking at every second of their least columns, counted from the left of the
 * map, so that what is found does not depend on the area. What is narrower may go unseen; spans of
 * narrow blocks are passed over at once, whichever of their blocks is met.
 */
#include "viewer/render/walk.h"

#include "viewer/model/layout_private.h"

static const HvBand *walk_band(const HvRowWalk *walk) {
  return &hv_layout_bands(walk->layout, NULL)[walk->band];
}

static gint64 walk_step(const HvRowWalk *walk) {
  return MAX(walk->least_px / 2, 1);
}

/* Column of @offset on the axis, which may be behind the row. */
static gint64 walk_column(const HvRowWalk *walk, guint64 offset) {
  if (offset >= walk->row_end && walk->is_whole)
    return hv_layout_params(walk->layout)->width_px;
  return hv_layout_offset_column(walk->layout, walk_band(walk),
                                 MIN(offset, walk->row_end) - walk->row_begin);
}

/* Goes on at the first column to look at that is not before @x. */
static void walk_on(HvRowWalk *walk, gint64 x) {
  gint64 step = walk_step(walk);
  walk->x = MAX(walk->x + step, (x + step - 1) / step * step);
}

/* Whether all blocks of the span are too narrow: on pixels some have one column more than others,
 * and which of them is looked at first must not matter. */
static gboolean walk_is_narrow(const HvRowWalk *walk, const HvHit *hit) {
  if (hit->kind != HV_HIT_BLOCK || hit->span->kind != ALLOC_SPAN_SMALL)
    return FALSE;
  guint64 width = (guint64)hv_layout_params(walk->layout)->width_px;
  return (hit->block_bytes * width) >> walk_band(walk)->row_shift < (guint64)walk->least_px;
}

void hv_row_walk_begin(HvRowWalk *walk, HvLayout *layout, guint band, guint64 row,
                       const HvRect *area, gint64 least_px) {
  const HvBand *record = &hv_layout_bands(layout, NULL)[band];
  guint64 row_bytes = G_GUINT64_CONSTANT(1) << record->row_shift;
  gint64 width = hv_layout_params(layout)->width_px;
  *walk = (HvRowWalk){.layout = layout, .band = band, .least_px = least_px};
  walk->row_begin = row << record->row_shift;
  walk->row_end = MIN(walk->row_begin + row_bytes, record->bytes);
  walk->is_whole = walk->row_end - walk->row_begin == row_bytes;
  walk->x = CLAMP(area->x, 0, width) / walk_step(walk) * walk_step(walk);
  /* What begins in the last columns is found in the next ones. */
  walk->end_x = MIN(area->x + area->width + walk_step(walk), width);
}

gboolean hv_row_walk_next(HvRowWalk *walk, HvRowThing *thing) {
  HvLayout *layout = walk->layout;
  HvFrame *frame = hv_layout_frame(layout);
  const HvRun *runs = hv_layout_band_runs(layout, walk->band, NULL);
  while (walk->x < walk->end_x) {
    guint64 at = walk->row_begin + hv_layout_column_begin(layout, walk_band(walk), walk->x);
    if (at >= walk->row_end)
      return FALSE;
    if (at < walk->told_end) {
      walk_on(walk, walk->x);
      continue;
    }
    const HvRun *run = &runs[hv_layout_run_at(layout, walk->band, at)];
    guint64 run_end = run->offset + run->bytes;
    HvHit *hit = &thing->hit;
    if (!hv_hit_test(frame, run->address + (at - run->offset), hit)) {
      walk_on(walk, walk_column(walk, run_end));
      continue;
    }
    guint64 begin =
        hit->begin <= run->address ? run->offset : run->offset + (hit->begin - run->address);
    guint64 end = MIN(run->offset + (hit->end - run->address), run_end);
    thing->begins = begin >= walk->row_begin;
    thing->ends = end <= walk->row_end;
    thing->left = thing->begins ? walk_column(walk, begin) : 0;
    thing->right = walk_column(walk, end);
    gboolean is_narrow = walk_is_narrow(walk, hit);
    if (!is_narrow && thing->right - thing->left >= walk->least_px) {
      walk->told_end = end;
      walk_on(walk, thing->right);
      return TRUE;
    }
    if (is_narrow) {
      guint64 span_end = hv_frame_span_address(frame, (guint)hit->span_index) +
                         hv_frame_span_bytes(frame, (guint)hit->span_index);
      end = MIN(run->offset + (span_end - run->address), run_end);
    }
    walk->told_end = end;
    walk_on(walk, walk_column(walk, end));
  }
  return FALSE;
}
