/* SPDX-License-Identifier: MIT */
/* Ranges of addresses as rectangles of a layout, and the other way round. */
#include "viewer/model/layout_private.h"

/* Highlights beyond this many say nothing more. */
#define CLASS_RECTS_MAX 4096

static void add_rect(GArray *rects, gint64 x, gint64 y, gint64 end_x, gint64 end_y,
                     const HvRect *clip) {
  HvRect rect = {x, y, end_x - x, end_y - y};
  if (rect.width <= 0 || rect.height <= 0)
    return;
  if (clip != NULL && (rect.x >= clip->x + clip->width || end_x <= clip->x ||
                       rect.y >= clip->y + clip->height || end_y <= clip->y))
    return;
  g_array_append_val(rects, rect);
}

/* Offsets [begin, end) of one band: first row, rows between, last row. */
static void add_rects(HvLayout *layout, const HvBand *band, guint64 begin, guint64 end,
                      const HvRect *clip, GArray *rects) {
  gint64 x = 0;
  gint64 y = 0;
  gint64 last_x = 0;
  gint64 last_y = 0;
  gint64 width = hv_layout_params(layout)->width_px;
  gint64 row_px = hv_layout_params(layout)->row_px;
  gint64 pitch = hv_layout_row_pitch_px(layout);
  guint64 row_bytes = G_GUINT64_CONSTANT(1) << band->row_shift;
  hv_layout_locate_offset(layout, band, begin, &x, &y);
  hv_layout_locate_offset(layout, band, end - 1, &last_x, &last_y);
  /* A byte may have several columns. */
  if (row_bytes < (guint64)width)
    last_x = (end & (row_bytes - 1)) == 0
                 ? width - 1
                 : hv_layout_offset_column(layout, band, end & (row_bytes - 1)) - 1;
  if (y == last_y) {
    add_rect(rects, x, y, last_x + 1, y + row_px, clip);
    return;
  }
  gint64 middle_y = y;
  gint64 middle_end = last_y + row_px;
  if (x != 0) {
    add_rect(rects, x, y, width, y + row_px, clip);
    middle_y += pitch;
  }
  if (last_x != width - 1)
    middle_end -= pitch;
  add_rect(rects, 0, middle_y, width, middle_end, clip);
  if (last_x != width - 1)
    add_rect(rects, 0, last_y, last_x + 1, last_y + row_px, clip);
}

/* By class: each run of the visible bands that meets the range, with those that follow it. */
static void add_class_rects(HvLayout *layout, guint64 begin, guint64 end, const HvRect *clip,
                            GArray *rects) {
  guint band_count = 0;
  const HvBand *bands = hv_layout_bands(layout, &band_count);
  gint64 pitch = hv_layout_row_pitch_px(layout);
  for (guint i = 0; i < band_count; i++) {
    const HvBand *band = &bands[i];
    guint count = 0;
    const HvRun *runs = hv_layout_band_runs(layout, i, &count);
    guint run = 0;
    guint64 stop = band->is_folded ? 0 : band->bytes;
    if (clip != NULL && (band->end_y <= clip->y || band->rows_y >= clip->y + clip->height))
      continue;
    if (clip != NULL && clip->y > band->rows_y) {
      guint64 offset = (guint64)((clip->y - band->rows_y) / pitch) << band->row_shift;
      run = hv_layout_run_at(layout, i, MIN(offset, band->bytes - 1));
    }
    if (clip != NULL && clip->y + clip->height < band->end_y)
      stop = (guint64)((clip->y + clip->height - band->rows_y) / pitch + 1) << band->row_shift;
    while (run < count && runs[run].offset < stop && rects->len < CLASS_RECTS_MAX) {
      if (runs[run].address >= end || runs[run].address + runs[run].bytes <= begin) {
        run++;
        continue;
      }
      guint64 from = runs[run].offset + MAX(begin, runs[run].address) - runs[run].address;
      guint64 to = from;
      while (run < count && runs[run].address < end &&
             runs[run].address + runs[run].bytes > begin) {
        guint64 until = MIN(end - runs[run].address, runs[run].bytes);
        to = runs[run].offset + until;
        gboolean whole = until == runs[run].bytes;
        run++;
        if (!whole || (run < count && runs[run].address < begin))
          break;
      }
      add_rects(layout, band, from, to, clip, rects);
    }
  }
}

GArray *hv_layout_range_rects(HvLayout *layout, guint64 begin, guint64 end, const HvRect *clip) {
  GArray *rects = g_array_new(FALSE, FALSE, sizeof(HvRect));
  guint band_count = 0;
  const HvBand *bands = hv_layout_bands(layout, &band_count);
  if (hv_layout_params(layout)->order != NULL) {
    /* What lies in one run, such as a block or a span, is found at once. */
    guint band = 0;
    guint64 from = 0;
    if (hv_layout_find_run(layout, begin, &band, &from)) {
      const HvRun *run = hv_layout_band_runs(layout, band, NULL);
      run += hv_layout_run_at(layout, band, from);
      if (begin < end && end <= run->address + run->bytes) {
        add_rects(layout, &bands[band], from, from + (end - begin), clip, rects);
        return rects;
      }
    }
    add_class_rects(layout, begin, end, clip, rects);
    return rects;
  }
  for (guint i = 0; i < band_count; i++) {
    const HvBand *band = &bands[i];
    if (band->is_folded ||
        (clip != NULL && (band->end_y <= clip->y || band->rows_y >= clip->y + clip->height)))
      continue;
    /* Runs ascend in a band, so those that meet the range lie next to each other on its axis. */
    guint count = 0;
    const HvRun *runs = hv_layout_band_runs(layout, i, &count);
    guint low = 0;
    guint high = count;
    while (low < high) {
      guint middle = low + (high - low) / 2;
      if (runs[middle].address + runs[middle].bytes <= begin)
        low = middle + 1;
      else
        high = middle;
    }
    if (low == count || runs[low].address >= end)
      continue;
    guint first = low;
    high = count;
    while (low < high) {
      guint middle = low + (high - low) / 2;
      if (runs[middle].address < end)
        low = middle + 1;
      else
        high = middle;
    }
    const HvRun *last = &runs[low - 1];
    guint64 from = runs[first].offset + (MAX(begin, runs[first].address) - runs[first].address);
    guint64 to = last->offset + MIN(end - last->address, last->bytes);
    add_rects(layout, band, from, to, clip, rects);
  }
  return rects;
}

gboolean hv_layout_window(HvLayout *layout, gint64 y, gint64 height, guint64 *begin, guint64 *end) {
  guint band_count = 0;
  const HvBand *bands = hv_layout_bands(layout, &band_count);
  gint64 pitch = hv_layout_row_pitch_px(layout);
  gboolean found = FALSE;
  if (hv_layout_params(layout)->order != NULL)
    return FALSE;
  for (guint i = 0; i < band_count; i++) {
    const HvBand *band = &bands[i];
    gint64 from_y = MAX(y, band->rows_y);
    gint64 to_y = MIN(y + height, band->end_y);
    if (from_y >= to_y)
      continue;
    guint64 from = (guint64)((from_y - band->rows_y) / pitch) << band->row_shift;
    guint64 to =
        MIN((guint64)((to_y - 1 - band->rows_y) / pitch + 1) << band->row_shift, band->bytes);
    const HvRun *runs = hv_layout_band_runs(layout, i, NULL);
    const HvRun *first = &runs[hv_layout_run_at(layout, i, from)];
    const HvRun *last = &runs[hv_layout_run_at(layout, i, to - 1)];
    guint64 low = first->address + (from - first->offset);
    guint64 high = last->address + (to - last->offset);
    *begin = found ? MIN(*begin, low) : low;
    *end = found ? MAX(*end, high) : high;
    found = TRUE;
  }
  return found;
}
