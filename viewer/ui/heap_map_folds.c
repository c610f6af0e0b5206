/* SPDX-License-Identifier: MIT */
/* Bands that are folded to their headers, and the ends of arenas that are not shown. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

#include <glib/gi18n.h>

static void map_put_fold(HvHeapMap *self, guint64 key, HvFold fold) {
  HvFolds *before = self->folds;

  self->folds = hv_folds_with(before, key, fold);
  hv_folds_unref(before);
  hv_map_relayout(self);
}

/* What a press on @place of @set folds away, or shows. */
static gboolean place_fold(HvTileSet *set, const HvPlace *place, HvFold *fold) {
  const HvBand *band;

  if (place->band < 0 || !(place->in_header || place->in_tail))
    return FALSE;
  band = &hv_layout_bands(set->layout, NULL)[place->band];
  *fold = place->in_tail ? HV_FOLD_NONE : band->is_folded ? HV_FOLD_TAIL : HV_FOLD_ROWS;
  return TRUE;
}

static gboolean map_fold_at(HvHeapMap *self, double x, double y, guint64 *key, HvFold *fold) {
  HvTileSet *set = self->front;
  int scale = hv_map_scale(self);
  HvPlace place;

  if (set == NULL || x < 0 || y < 0)
    return FALSE;
  hv_layout_place(set->layout, (gint64)(x * scale) - hv_map_left_px(self, set),
                  (gint64)(y * scale) + self->front_y_px, &place);
  if (!place_fold(set, &place, fold))
    return FALSE;
  *key = hv_layout_band_key(set->layout, (guint)place.band);
  return TRUE;
}

char *hv_map_describe_fold(HvHeapMap *self, double x, double y) {
  guint64 key;
  HvFold fold;

  if (!map_fold_at(self, x, y, &key, &fold))
    return NULL;
  return g_strdup(fold == HV_FOLD_ROWS   ? _("Click to fold its rows away")
                  : fold == HV_FOLD_TAIL ? _("Click to show its rows")
                                         : _("Click to show them"));
}

gboolean hv_heap_map_fold_at(HvHeapMap *self, double x, double y) {
  guint64 key;
  HvFold fold;

  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  if (!map_fold_at(self, x, y, &key, &fold))
    return FALSE;
  map_put_fold(self, key, fold);
  return TRUE;
}

/* The band of the selection, else the first in view. */
static int map_current_band(HvHeapMap *self, HvTileSet *set) {
  gint64 bottom_px = self->y_px + hv_map_height_px(self);
  int band = self->has_selection ? hv_layout_band_of(set->layout, self->selected_begin) : -1;

  for (gint64 y = self->y_px; band < 0 && y < bottom_px; y += hv_layout_header_px(set->layout) / 2)
    band = hv_layout_band_at(set->layout, y);
  return band;
}

void hv_heap_map_fold(HvHeapMap *self) {
  HvTileSet *set;
  const HvBand *record;
  gint64 header_y;
  int band;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  set = hv_map_newest(self);
  band = set == NULL ? -1 : map_current_band(self, set);
  if (band < 0)
    return;
  record = &hv_layout_bands(set->layout, NULL)[band];
  header_y = record->y;
  map_put_fold(self, hv_layout_band_key(set->layout, (guint)band),
               record->is_folded ? HV_FOLD_TAIL : HV_FOLD_ROWS);
  /* Bands over it stay as they are. */
  if (header_y < self->y_px)
    hv_map_set_y(self, header_y);
}

void hv_map_unfold(HvHeapMap *self, guint64 address) {
  HvTileSet *set = hv_map_newest(self);
  gint64 x, y;
  int band;

  if (set == NULL || hv_layout_locate(set->layout, address, &x, &y))
    return;
  band = hv_layout_band_of(set->layout, address);
  if (band < 0)
    return;
  map_put_fold(self, hv_layout_band_key(set->layout, (guint)band),
               hv_layout_bands(set->layout, NULL)[band].is_folded ? HV_FOLD_TAIL : HV_FOLD_NONE);
  /* It was folded, and lies at the end, too. */
  set = hv_map_newest(self);
  if (!hv_layout_locate(set->layout, address, &x, &y))
    map_put_fold(self, hv_layout_band_key(set->layout, (guint)band), HV_FOLD_NONE);
}
