/* SPDX-License-Identifier: MIT */
/* Zoom and place of the view. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

/* A change by the user: it does not wait for the picture in the making. */
static void map_rezoom(HvHeapMap *self, int row_shift, const HvMapAnchor *anchor) {
  self->fit = FALSE;
  self->row_shift = row_shift;
  if (hv_map_can_show(self) && self->pyramid != NULL)
    hv_map_make_back(self, anchor);
}

static int map_fit_shift(HvHeapMap *self) {
  HvLayoutParams params = {.scale = hv_map_scale(self), .order = self->order, .folds = self->folds};
  int room_px = (int)MAX(hv_map_width_px(self) - 2 * HV_MAP_MARGIN_PX * hv_map_scale(self), 64);

  hv_layout_fit(hv_pyramid_frame(self->pyramid), room_px, (int)hv_map_height_px(self), &params);
  return params.row_shift;
}

gboolean hv_heap_map_get_can_zoom_in(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return self->front != NULL && hv_layout_height(self->front->layout) > 0 &&
         self->row_shift > HV_LAYOUT_SHIFT_MIN;
}

gboolean hv_heap_map_get_can_zoom_out(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return self->front != NULL && !self->fit && self->row_shift < map_fit_shift(self);
}

static gboolean map_y_of(HvHeapMap *self, guint64 address, gint64 *view_y_px) {
  HvTileSet *set = hv_map_newest(self);
  gint64 x, y;

  if (set == NULL || !hv_layout_locate(set->layout, address, &x, &y))
    return FALSE;
  *view_y_px = y + hv_layout_params(set->layout)->row_px / 2 - self->y_px;
  return TRUE;
}

void hv_heap_map_zoom(HvHeapMap *self, int steps, double y) {
  HvMapAnchor anchor;
  gint64 view_y_px = (gint64)(y * hv_map_scale(self));
  int shift;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (self->front == NULL)
    return;
  shift = MAX(self->row_shift - steps, HV_LAYOUT_SHIFT_MIN);
  if (steps < 0 && shift >= map_fit_shift(self)) {
    hv_heap_map_zoom_fit(self);
    return;
  }
  if (shift == self->row_shift)
    return;
  if (y >= 0) {
    anchor = hv_map_anchor(self, view_y_px, TRUE);
  } else if (self->has_selection && map_y_of(self, self->selected_begin, &view_y_px) &&
             view_y_px >= 0 && view_y_px < hv_map_height_px(self)) {
    anchor = (HvMapAnchor){TRUE, self->selected_begin, view_y_px, TRUE};
  } else {
    anchor = hv_map_anchor(self, hv_map_height_px(self) / 2, TRUE);
  }
  map_rezoom(self, shift, &anchor);
}

void hv_heap_map_zoom_at_pointer(HvHeapMap *self, int steps) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  hv_heap_map_zoom(self, steps, self->pointer_y);
}

void hv_heap_map_zoom_fit(HvHeapMap *self) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (self->fit)
    return;
  self->fit = TRUE;
  self->y_px = 0;
  g_array_set_size(self->bookmarks, 0);
  if (hv_map_can_show(self) && self->pyramid != NULL)
    hv_map_make_back(self, &(HvMapAnchor){0});
}

/* The largest zoom at which @begin..@end fits the view, with a row above and below. */
static int map_shift_for(HvHeapMap *self, guint64 begin, guint64 end) {
  HvTileSet *set = hv_map_newest(self);
  int shift;

  for (shift = HV_LAYOUT_SHIFT_MIN; shift < HV_LAYOUT_SHIFT_MAX; shift++) {
    int row_px = hv_layout_default_row_px(shift, hv_layout_params(set->layout)->width_px,
                                          hv_map_scale(self));
    gint64 rows = (gint64)((end - begin) >> shift) + 2;

    if (rows * (row_px + 1) <= hv_map_height_px(self))
      break;
  }
  return shift;
}

void hv_heap_map_zoom_to(HvHeapMap *self, guint64 begin, guint64 end) {
  HvTileSet *set = hv_map_newest(self);
  HvMapBookmark bookmark = {self->row_shift, self->fit, 0};
  HvMapAnchor anchor;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  g_return_if_fail(begin < end);
  if (set == NULL)
    return;
  hv_map_unfold(self, begin);
  anchor = hv_map_anchor(self, 0, FALSE);
  bookmark.top_address = anchor.is_set ? anchor.address : 0;
  g_array_append_val(self->bookmarks, bookmark);
  anchor = (HvMapAnchor){TRUE, begin + (end - begin) / 2, hv_map_height_px(self) / 2, TRUE};
  map_rezoom(self, map_shift_for(self, begin, end), &anchor);
}

void hv_heap_map_zoom_to_focus(HvHeapMap *self) {
  HvFocus focus;
  guint64 begin, end;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (!hv_heap_map_get_selection(self, &focus))
    return;
  begin = focus.begin;
  end = focus.end;
  if (self->selected_end == 0 && focus.hit.span_index >= 0) {
    HvFrame *frame = hv_pyramid_frame(self->front->pyramid);
    guint64 span_begin = hv_frame_span_address(frame, (guint)focus.hit.span_index);
    guint64 span_end = span_begin + hv_frame_span_bytes(frame, (guint)focus.hit.span_index);

    if (self->row_shift > map_shift_for(self, span_begin, span_end)) {
      begin = span_begin;
      end = span_end;
    } else {
      begin = focus.hit.begin;
      end = focus.hit.end;
    }
  }
  hv_heap_map_zoom_to(self, begin, end);
}

void hv_heap_map_back(HvHeapMap *self) {
  HvMapBookmark bookmark;
  HvMapAnchor anchor;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (self->bookmarks->len == 0) {
    hv_heap_map_zoom(self, -1, -1);
    return;
  }
  bookmark = g_array_index(self->bookmarks, HvMapBookmark, self->bookmarks->len - 1);
  if (bookmark.fit) {
    hv_heap_map_zoom_fit(self);
    return;
  }
  g_array_set_size(self->bookmarks, self->bookmarks->len - 1);
  anchor = (HvMapAnchor){bookmark.top_address != 0, bookmark.top_address, 0, FALSE};
  map_rezoom(self, bookmark.row_shift, &anchor);
}

void hv_heap_map_scroll(HvHeapMap *self, double dy) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  hv_map_set_y(self, self->y_px + (gint64)(dy * hv_map_scale(self)));
}

void hv_heap_map_scroll_to(HvHeapMap *self, guint64 address) {
  HvTileSet *set;
  gint64 x, y;
  int row_px;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  hv_map_unfold(self, address);
  set = hv_map_newest(self);
  if (set == NULL || !hv_layout_locate(set->layout, address, &x, &y))
    return;
  row_px = hv_layout_row_pitch_px(set->layout);
  if (y < self->y_px || y + row_px > self->y_px + hv_map_height_px(self))
    hv_map_set_y(self, y - (hv_map_height_px(self) - row_px) / 2);
}

void hv_heap_map_scroll_to_highlight(HvHeapMap *self) {
  enum { LOOKED_AT = 4096 }; /* ranges; of more than these some are in view, or next to it */
  HvTileSet *set = hv_map_newest(self);
  const HvRange *ranges;
  HvRect view;
  guint count = 0;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (set == NULL || self->highlight == NULL)
    return;
  ranges = hv_highlight_ranges(self->highlight, &count);
  view = (HvRect){0, self->y_px, hv_layout_params(set->layout)->width_px, hv_map_height_px(self)};
  for (guint i = 0; i < MIN(count, LOOKED_AT); i++) {
    g_autoptr(GArray) rects =
        hv_layout_range_rects(set->layout, ranges[i].begin, ranges[i].end, &view);

    if (rects->len > 0)
      return;
  }
  if (count > 0)
    hv_heap_map_scroll_to(self, ranges[0].begin);
}

void hv_heap_map_centre_on(HvHeapMap *self, guint64 address) {
  HvTileSet *set = hv_map_newest(self);
  gint64 x, y;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (set != NULL && hv_layout_locate(set->layout, address, &x, &y))
    hv_map_set_y(self, y - (hv_map_height_px(self) - hv_layout_row_pitch_px(set->layout)) / 2);
}

int hv_heap_map_get_row_shift(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), 0);
  return self->row_shift;
}

gboolean hv_heap_map_get_fit(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return self->fit;
}

gboolean hv_heap_map_get_window(HvHeapMap *self, guint64 *begin, guint64 *end) {
  HvTileSet *set = hv_map_newest(self);

  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return set != NULL &&
         hv_layout_window(set->layout, self->y_px, hv_map_height_px(self), begin, end);
}
