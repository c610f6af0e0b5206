/* SPDX-License-Identifier: MIT */
/* From one place to another as the map shows them, whatever its order: along the rows of a band, on
 * into the next one; and up and down. */
#include "viewer/model/layout_private.h"

/* Address of byte @offset on the axis of a band. */
static guint64 address_of(HvLayout *layout, guint band, guint64 offset) {
  const HvRun *run =
      hv_layout_band_runs(layout, band, NULL) + hv_layout_run_at(layout, band, offset);
  return run->address + (offset - run->offset);
}

/* Where @address is, or, if its end of an arena is left out, the last byte before that. */
static gboolean find_shown(HvLayout *layout, guint64 address, guint *band, guint64 *offset) {
  if (hv_layout_find_run(layout, address, band, offset))
    return TRUE;
  int found = hv_layout_band_of(layout, address);
  if (found < 0 || hv_layout_bands(layout, NULL)[found].is_folded)
    return FALSE;
  *band = (guint)found;
  *offset = hv_layout_bands(layout, NULL)[found].bytes - 1;
  return TRUE;
}

gboolean hv_layout_move(HvLayout *layout, guint64 *address, gint64 bytes) {
  guint count = 0, band = 0;
  guint64 offset = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  if (!find_shown(layout, *address, &band, &offset))
    return FALSE;
  if (bytes >= 0 && (guint64)bytes >= bands[band].bytes - offset) {
    do {
      if (++band == count)
        return FALSE;
    } while (bands[band].is_folded);
    offset = 0;
  } else if (bytes < 0 && (guint64)-bytes > offset) {
    do {
      if (band-- == 0)
        return FALSE;
    } while (bands[band].is_folded);
    offset = bands[band].bytes - 1;
  } else {
    offset += (guint64)bytes;
  }
  *address = address_of(layout, band, offset);
  return TRUE;
}

guint64 hv_layout_pixels_bytes(HvLayout *layout, guint64 address, gint64 pixels) {
  guint band = 0;
  guint64 offset = 0;
  if (!hv_layout_find_run(layout, address, &band, &offset))
    return 0;
  const HvBand *found = hv_layout_bands(layout, NULL) + band;
  return MAX(((guint64)pixels << found->row_shift) / (guint64)hv_layout_params(layout)->width_px,
             1);
}

gboolean hv_layout_nearest(HvLayout *layout, gint64 x, gint64 y, int down, guint64 *address) {
  gint64 height = hv_layout_height(layout);
  gint64 step = MAX(hv_layout_row_pitch_px(layout) / 2, 1);
  HvPlace place;
  x = CLAMP(x, 0, hv_layout_params(layout)->width_px - 1);
  for (y = CLAMP(y, 0, height - 1); y >= 0 && y < height; y += down * step) {
    if (hv_layout_place(layout, x, y, &place)) {
      *address = place.begin;
      return TRUE;
    }
    /* The last row of a band may end before @x. */
    if (place.band >= 0 && !place.in_gap && !place.in_header && !place.in_tail) {
      *address = address_of(layout, (guint)place.band,
                            hv_layout_bands(layout, NULL)[place.band].bytes - 1);
      return TRUE;
    }
  }
  return FALSE;
}
