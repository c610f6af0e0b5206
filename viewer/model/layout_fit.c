/* SPDX-License-Identifier: MIT */
/* The zoom at which a map fits into a given room. */
#include "viewer/model/layout_private.h"

/* Bytes of arenas that are shown at any zoom. */
static guint64 arenas_bytes(HvFrame *frame, HvFolds *folds) {
  guint64 bytes = 0;
  guint count = 0;
  const struct alloc_arena_record *arenas = hv_frame_arenas(frame, &count);
  for (guint i = 0; i < count; i++)
    if (hv_folds_get(folds, hv_folds_key(HV_BAND_ARENA, 0, arenas[i].address)) != HV_FOLD_ROWS)
      bytes += hv_folds_arena_bytes(frame, i);
  return bytes;
}

void hv_layout_fit(HvFrame *frame, int width_px, int height_px, HvLayoutParams *params) {
  params->width_px = hv_layout_fit_width(width_px);
  guint64 least_bytes =
      params->order != NULL || params->range_end != 0 ? 0 : arenas_bytes(frame, params->folds);
  int least_px = 4 * CLAMP(params->scale, 1, 4);
  for (int shift = HV_LAYOUT_SHIFT_MIN; shift <= HV_LAYOUT_SHIFT_MAX; shift++) {
    /* Not worth building: the arenas alone have too many rows. */
    if (shift < HV_LAYOUT_SHIFT_MAX &&
        (guint64)height_px < (least_bytes >> shift) * (guint)least_px)
      continue;
    HvLayoutParams trial = *params;
    trial.row_shift = shift;
    trial.row_px = 0;
    HvLayout *layout = hv_layout_new(frame, &trial);
    gint64 height = hv_layout_height(layout);
    guint64 rows = 0;
    guint bands = 0;
    const HvBand *band = hv_layout_bands(layout, &bands);
    for (guint i = 0; i < bands; i++)
      rows += band[i].rows;
    int pitch = hv_layout_row_pitch_px(layout);
    int scale = hv_layout_params(layout)->scale;
    hv_layout_unref(layout);
    if (rows == 0 && bands != 0) {
      /* All is folded away: the zoom is that of what will be unfolded. */
      trial.folds = NULL;
      hv_layout_fit(frame, width_px, height_px, &trial);
      params->row_shift = trial.row_shift;
      params->row_px = trial.row_px;
      return;
    }
    gint64 fixed = height - (gint64)rows * pitch;
    gint64 room = rows == 0 ? 1 : (height_px - fixed) / (gint64)rows;
    if (params->order != NULL) {
      /* Many bands do not fit anyway: two rows for each of them then, all high enough to read. */
      gint64 enough = MAX(2 * (gint64)bands, (height_px - fixed) / (12 * scale));
      if ((gint64)rows > enough && shift < HV_LAYOUT_SHIFT_MAX)
        continue;
      room = MAX(room, 12 * scale);
    }
    /* Rows lower than this are noise to the eye. */
    if (room < 4 * scale && shift < HV_LAYOUT_SHIFT_MAX)
      continue;
    params->row_shift = shift;
    /* The gap between rows appears with tall rows, and takes its pixel from them. */
    gint64 chosen = room >= 7 * scale ? room - scale : MIN(room, 6 * scale - 1);
    params->row_px = (int)CLAMP(chosen, scale, 24 * scale);
    return;
  }
}
