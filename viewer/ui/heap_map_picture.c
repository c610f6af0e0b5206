/* SPDX-License-Identifier: MIT */
/*
 * Pictures: which tiles they need, when one replaces the other, and what stays in place when the
 * heap, the zoom or the size of the widget changes.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

/* The set that the next tiles are for. */
HvTileSet *hv_map_newest(HvHeapMap *self) {
  return self->back != NULL ? self->back : self->front;
}

/* Left edge of a set's rows in the widget, a whole logical pixel. */
gint64 hv_map_left_px(HvHeapMap *self, HvTileSet *set) {
  gint64 spare = hv_map_width_px(self) - hv_layout_params(set->layout)->width_px;
  int scale = hv_map_scale(self);

  return MAX(spare / 2, 0) / scale * scale;
}

static gint64 map_bottom_y_px(HvHeapMap *self, HvTileSet *set) {
  return MAX(hv_layout_height(set->layout) - hv_map_height_px(self), 0);
}

/* ---- tiles ---- */

/* First and last tile row in view from @y_px on. */
void hv_map_visible_rows(HvHeapMap *self, gint64 y_px, gint64 *first, gint64 *last) {
  *first = y_px / HV_TILE_PX;
  *last = (y_px + MAX(hv_map_height_px(self), 1) - 1) / HV_TILE_PX;
}

static gboolean params_equal(const HvLayoutParams *a, const HvLayoutParams *b) {
  return a->width_px == b->width_px && a->row_shift == b->row_shift && a->row_px == b->row_px &&
         a->scale == b->scale && (a->order == NULL) == (b->order == NULL) &&
         a->highlight == b->highlight && a->folds == b->folds;
}

/* Whether a tile of one set can equal the tile of the other at the same place. */
static gboolean sets_comparable(HvTileSet *a, HvTileSet *b) {
  return a != NULL && b != NULL && a->palette == b->palette &&
         params_equal(hv_layout_params(a->layout), hv_layout_params(b->layout));
}

gboolean hv_map_is_complete(HvHeapMap *self, HvTileSet *set) {
  gint64 first, last;

  hv_map_visible_rows(self, self->y_px, &first, &last);
  for (gint64 row = first; row <= MIN(last, hv_tile_set_rows(set) - 1); row++) {
    for (gint64 column = 0; column < hv_tile_set_columns(set); column++) {
      if (!hv_tile_set_has(set, column, row))
        return FALSE;
    }
  }
  return TRUE;
}

static void map_order_row(HvHeapMap *self, HvTileSet *set, gint64 row, GArray *orders) {
  gboolean comparable = set != self->front && sets_comparable(set, self->front);

  if (row < 0 || row >= hv_tile_set_rows(set))
    return;
  for (gint64 column = 0; column < hv_tile_set_columns(set); column++) {
    HvTileOrder order = {column, row, NULL};

    if (hv_tile_set_has(set, column, row))
      continue;
    if (comparable)
      order.before = hv_tile_set_surface(self->front, column, row);
    g_array_append_val(orders, order);
  }
}

/* Asks the worker for what is in view and not there, and one tile row more on either side. */
static void map_request_tiles(HvHeapMap *self) {
  HvTileSet *set = hv_map_newest(self);
  g_autoptr(GArray) orders = g_array_new(FALSE, FALSE, sizeof(HvTileOrder));
  HvPyramid *told_from = NULL;
  gint64 first, last;

  if (set == NULL)
    return;
  hv_map_visible_rows(self, self->y_px, &first, &last);
  for (gint64 row = first; row <= last; row++)
    map_order_row(self, set, row, orders);
  map_order_row(self, set, last + 1, orders);
  map_order_row(self, set, first - 1, orders);
  hv_tile_set_trim(set, first - 2, last + 2);
  if (set != self->front && sets_comparable(set, self->front) && hv_map_fades(self, set))
    told_from = self->front->pyramid;
  if (orders->len > 0)
    hv_tile_worker_request(self->worker, set->generation, set->pyramid, set->layout, set->palette,
                           set->lens, told_from, (const HvTileOrder *)(gpointer)orders->data,
                           orders->len);
}

/* Tells once for each view that its picture is complete. */
static void map_tell_settled(HvHeapMap *self) {
  if (self->settled || !hv_heap_map_is_settled(self))
    return;
  self->settled = TRUE;
  hv_map_emit(self, HV_MAP_VIEW_CHANGED);
}

static void map_swap(HvHeapMap *self) {
  gboolean differs = self->back_differs || self->front_y_px != self->y_px;

  g_clear_pointer(&self->front, hv_tile_set_free);
  self->front = g_steal_pointer(&self->back);
  self->front_y_px = self->y_px;
  hv_map_fade_begin(self);
  hv_map_update_hover(self);
  hv_map_tell_again(self);
  if (differs || self->has_selection)
    gtk_widget_queue_draw(GTK_WIDGET(self));
  if (self->has_selection)
    hv_map_emit(self, HV_MAP_SELECTION_CHANGED);
  hv_map_emit(self, HV_MAP_LENS_CHANGED);
  if (self->stale)
    hv_map_relayout(self);
}

static void map_swap_if_complete(HvHeapMap *self) {
  if (self->back != NULL && hv_map_is_complete(self, self->back))
    map_swap(self);
}

static gboolean map_row_visible(HvHeapMap *self, gint64 row) {
  gint64 first, last;

  hv_map_visible_rows(self, self->y_px, &first, &last);
  return row >= first && row <= last;
}

void hv_map_tile_done(guint64 generation, gint64 column, gint64 row, cairo_surface_t *surface,
                      const HvChange *change, gpointer data) {
  HvHeapMap *self = data;

  if (self->back != NULL && self->back->generation == generation) {
    cairo_surface_t *before = hv_tile_set_surface(self->front, column, row);

    hv_tile_set_put(self->back, column, row, surface, self->front);
    if (before != surface && map_row_visible(self, row))
      self->back_differs = TRUE;
    hv_map_fade_note(self, column, row, change);
    map_swap_if_complete(self);
  } else if (self->front != NULL && self->front->generation == generation) {
    hv_tile_set_put(self->front, column, row, surface, NULL);
    if (map_row_visible(self, row))
      gtk_widget_queue_draw(GTK_WIDGET(self));
  }
  map_tell_settled(self);
}

/* ---- view ---- */

/* Moves the view; @y_px is of the newest set. */
void hv_map_set_y(HvHeapMap *self, gint64 y_px) {
  HvTileSet *set = hv_map_newest(self);
  int scale = hv_map_scale(self);

  if (set == NULL)
    return;
  /* Whole logical pixels, so that tiles stay on device pixels. */
  y_px = CLAMP(y_px, 0, map_bottom_y_px(self, set)) / scale * scale;
  if (y_px == self->y_px)
    return;
  self->front_y_px += y_px - self->y_px;
  if (self->back == NULL)
    self->front_y_px = y_px;
  self->y_px = y_px;
  hv_map_configure_adjustments(self);
  map_request_tiles(self);
  map_swap_if_complete(self);
  hv_map_update_hover(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  self->settled = hv_heap_map_is_settled(self);
  hv_map_emit(self, HV_MAP_VIEW_CHANGED);
}

/* The first row at or below @view_y_px. */
HvMapAnchor hv_map_anchor(HvHeapMap *self, gint64 view_y_px, gboolean middle) {
  HvTileSet *set = hv_map_newest(self);
  HvMapAnchor anchor = {FALSE, 0, 0, middle};
  gint64 bottom_px = view_y_px + hv_map_height_px(self);
  int step;

  if (set == NULL)
    return anchor;
  step = MAX(hv_layout_row_pitch_px(set->layout) / 2, 1);
  for (gint64 y = view_y_px; y < bottom_px; y += step) {
    HvPlace place;
    gint64 x, top;

    if (!hv_layout_place(set->layout, 0, self->y_px + y, &place) ||
        !hv_layout_locate(set->layout, place.begin, &x, &top))
      continue;
    anchor.is_set = TRUE;
    anchor.address = place.begin;
    anchor.dy_px = middle ? view_y_px : top - self->y_px;
    break;
  }
  return anchor;
}

static gint64 anchored_y(HvTileSet *set, const HvMapAnchor *anchor, gint64 fallback_px) {
  gint64 x, y;

  if (!anchor->is_set || !hv_layout_locate(set->layout, anchor->address, &x, &y))
    return fallback_px;
  if (anchor->middle)
    y += hv_layout_params(set->layout)->row_px / 2;
  return y - anchor->dy_px;
}

gboolean hv_map_can_show(HvHeapMap *self) {
  return gtk_widget_get_realized(GTK_WIDGET(self)) && gtk_widget_get_width(GTK_WIDGET(self)) > 0;
}

/* Builds the set for the present heap, zoom, size and palette, and keeps @anchor in place. */
void hv_map_make_back(HvHeapMap *self, const HvMapAnchor *anchor) {
  GskRenderer *renderer = gtk_native_get_renderer(gtk_widget_get_native(GTK_WIDGET(self)));
  int scale = hv_map_scale(self);
  int room_px = (int)MAX(hv_map_width_px(self) - 2 * HV_MAP_MARGIN_PX * scale, 64);
  HvLayoutParams params = {
      .scale = scale, .order = self->order, .highlight = self->highlight, .folds = self->folds};
  g_autoptr(HvLayout) layout = NULL;
  HvFrame *frame = hv_pyramid_frame(self->pyramid);
  HvTileSet *before = hv_map_newest(self);
  HvTileSet *set;
  gint64 y_px;
  gboolean zoomed;

  if (self->fit) {
    hv_layout_fit(frame, room_px, (int)hv_map_height_px(self), &params);
  } else {
    params.width_px = hv_layout_fit_width(room_px);
    params.row_shift = self->row_shift;
  }
  layout = hv_layout_new(frame, &params);
  zoomed = before == NULL ||
           hv_layout_params(before->layout)->row_shift != hv_layout_params(layout)->row_shift;
  self->row_shift = hv_layout_params(layout)->row_shift;
  set = hv_tile_set_new(++self->generation, self->pyramid, layout, self->palette, self->lens,
                        GSK_IS_CAIRO_RENDERER(renderer));
  /* The whole heap may be higher than the view by class: then it scrolls. */
  y_px = self->fit && self->order == NULL ? 0 : anchored_y(set, anchor, self->y_px);
  y_px = CLAMP(y_px, 0, map_bottom_y_px(self, set)) / scale * scale;

  g_clear_pointer(&self->back, hv_tile_set_free);
  hv_map_fade_forget(self);
  self->back = set;
  self->back_differs = !sets_comparable(self->back, self->front) ||
                       hv_layout_height(layout) != hv_layout_height(self->front->layout);
  self->stale = FALSE;
  zoomed |= y_px != self->y_px;
  self->y_px = y_px;
  if (self->front == NULL || !hv_map_fades(self, set))
    hv_map_fade_stop(self);
  if (self->front == NULL) {
    /* Nothing to look at meanwhile: show tiles as they come. */
    self->front = g_steal_pointer(&self->back);
    self->front_y_px = y_px;
    gtk_widget_queue_draw(GTK_WIDGET(self));
  }
  hv_map_configure_adjustments(self);
  map_request_tiles(self);
  map_swap_if_complete(self);
  hv_map_update_hover(self);
  if (zoomed || self->snapshots == 0) {
    self->settled = hv_heap_map_is_settled(self);
    hv_map_emit(self, HV_MAP_VIEW_CHANGED);
  }
}

/* Brings heap, size or palette up to date, with the top row staying where it is. */
void hv_map_relayout(HvHeapMap *self) {
  HvMapAnchor anchor;

  if (!hv_map_can_show(self) || self->pyramid == NULL) {
    self->stale = TRUE;
    return;
  }
  anchor = hv_map_anchor(self, 0, FALSE);
  if (self->y_px == 0)
    anchor.is_set = FALSE;
  hv_map_make_back(self, &anchor);
}

void hv_heap_map_set_heap(HvHeapMap *self, HvPyramid *pyramid, guint64 content) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));

  if (pyramid == NULL) {
    if (self->heap == NULL)
      return;
    hv_map_drop_scene(self);
    g_clear_pointer(&self->back, hv_tile_set_free);
    g_clear_pointer(&self->front, hv_tile_set_free);
    self->has_selection = FALSE;
    hv_folds_unref(self->folds);
    self->folds = hv_folds_new();
    self->fit = TRUE;
    self->y_px = 0;
    g_array_set_size(self->bookmarks, 0);
    hv_map_update_hover(self);
    hv_map_tell_again(self);
    hv_map_configure_adjustments(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    hv_map_emit(self, HV_MAP_SELECTION_CHANGED);
    return;
  }
  if (self->heap != NULL && content == self->content) {
    hv_map_refresh_lens(self);
    return;
  }
  hv_pyramid_ref(pyramid);
  g_clear_pointer(&self->heap, hv_pyramid_unref);
  self->heap = pyramid;
  self->content = content;
  hv_map_prepare(self);
}

void hv_map_show_newest(HvHeapMap *self) {
  /* A picture in the making is finished first: a fast target must not starve the screen. */
  self->stale = TRUE;
  if (self->back == NULL)
    hv_map_relayout(self);
}

void hv_heap_map_set_theme(HvHeapMap *self, HvTheme theme) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (theme == self->theme)
    return;
  self->theme = theme;
  self->palette = hv_palette_get(theme);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  if (self->lens_kind != HV_LENS_STATE)
    hv_map_prepare(self);
  hv_map_relayout(self);
}

void hv_heap_map_set_highlight(HvHeapMap *self, HvHighlight *highlight) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (hv_highlight_equal(highlight, self->highlight))
    return;
  if (highlight != NULL)
    hv_highlight_ref(highlight);
  g_clear_pointer(&self->highlight, hv_highlight_unref);
  self->highlight = highlight;
  self->stale = TRUE;
  if (self->back == NULL)
    hv_map_relayout(self);
}

HvHighlight *hv_heap_map_get_highlight(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), NULL);
  return self->highlight;
}

void hv_heap_map_set_marks(HvHeapMap *self, HvHighlight *marks) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (hv_highlight_equal(marks, self->marks))
    return;
  if (marks != NULL)
    hv_highlight_ref(marks);
  g_clear_pointer(&self->marks, hv_highlight_unref);
  self->marks = marks;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

HvHighlight *hv_heap_map_get_marks(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), NULL);
  return self->marks;
}
