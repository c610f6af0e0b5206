/* SPDX-License-Identifier: MIT */
/*
 * What came from one picture to the next gets a bright rim that settles soon, and what went another
 * one that takes longer to go. The worker compares tiles and makes the rims as masks: see change.h.
 *
 * A tile has one fade of each kind: its mask is as strong as it is at `begin_us`, and all of it
 * gets weaker together. When more changes in a tile, its mask is made anew: what was there, as weak
 * as it is by then, and what is new. Masks are never changed once they have been drawn.
 *
 * The frame clock runs as long as something fades, and draws FADE_HZ times a second at most.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

#include "viewer/ui/swatch.h"

#define FADE_HZ 20

static const gint64 fade_us[HV_CHANGES] = {
    [HV_CHANGE_BORN] = 600000,
    [HV_CHANGE_FREED] = 1500000,
};

typedef struct {
  HvChangeKind kind;
  gint64 column;
  gint64 row;
  cairo_surface_t *mask; /* A8, HV_TILE_PX squared */
  gint64 begin_us;
} Fade;

static void fade_free(gpointer data) {
  Fade *fade = data;

  cairo_surface_destroy(fade->mask);
  g_free(fade);
}

static double fade_strength(const Fade *fade, gint64 now_us) {
  return CLAMP(1.0 - (double)(now_us - fade->begin_us) / (double)fade_us[fade->kind], 0.0, 1.0);
}

/* ---- what changed ---- */

static gboolean bands_equal(HvLayout *a, HvLayout *b) {
  guint count_a = 0, count_b = 0;
  const HvBand *left = hv_layout_bands(a, &count_a);
  const HvBand *right = hv_layout_bands(b, &count_b);

  if (count_a != count_b)
    return FALSE;
  for (guint i = 0; i < count_a; i++) {
    if (left[i].y != right[i].y || left[i].rows != right[i].rows ||
        left[i].bytes != right[i].bytes || left[i].row_shift != right[i].row_shift)
      return FALSE;
  }
  return TRUE;
}

gboolean hv_map_fades(HvHeapMap *self, HvTileSet *back) {
  HvLensKind kind = back->lens == NULL ? HV_LENS_STATE : hv_lens_kind(back->lens);
  HvLensKind before = HV_LENS_STATE;
  gboolean animates = TRUE;

  /* The same heap in other colours has not changed. */
  if (self->front == NULL || self->front->palette != back->palette ||
      self->front->pyramid == back->pyramid)
    return FALSE;
  if (self->front->lens != NULL)
    before = hv_lens_kind(self->front->lens);
  /* The other lenses change with time, or with what they are compared with. */
  if (kind != before || (kind != HV_LENS_STATE && kind != HV_LENS_FILL && kind != HV_LENS_CLASS &&
                         kind != HV_LENS_OWNER))
    return FALSE;
  g_object_get(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-enable-animations", &animates, NULL);
  return animates &&
         hv_layout_params(self->front->layout)->row_shift ==
             hv_layout_params(back->layout)->row_shift &&
         bands_equal(self->front->layout, back->layout);
}

void hv_map_fade_note(HvHeapMap *self, gint64 column, gint64 row, const HvChange *change) {
  for (guint kind = 0; kind < HV_CHANGES; kind++) {
    Fade *fade;

    if (change->mask[kind] == NULL)
      continue;
    fade = g_new0(Fade, 1);
    fade->kind = (HvChangeKind)kind;
    fade->column = column;
    fade->row = row;
    fade->mask = cairo_surface_reference(change->mask[kind]);
    if (self->back_fades == NULL)
      self->back_fades = g_ptr_array_new_with_free_func(fade_free);
    g_ptr_array_add(self->back_fades, fade);
  }
}

void hv_map_fade_forget(HvHeapMap *self) {
  g_clear_pointer(&self->back_fades, g_ptr_array_unref);
}

/* ---- fading ---- */

void hv_map_fade_stop(HvHeapMap *self) {
  if (self->fade_tick != 0)
    gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->fade_tick);
  self->fade_tick = 0;
  g_clear_pointer(&self->fades, g_ptr_array_unref);
}

static gboolean fade_tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data) {
  HvHeapMap *self = HV_HEAP_MAP(widget);
  gint64 now_us = gdk_frame_clock_get_frame_time(clock);

  if (now_us - self->faded_us < G_USEC_PER_SEC / FADE_HZ)
    return G_SOURCE_CONTINUE;
  self->faded_us = now_us;
  for (guint i = self->fades->len; i-- > 0;) {
    if (fade_strength(g_ptr_array_index(self->fades, i), now_us) <= 0)
      g_ptr_array_remove_index_fast(self->fades, i);
  }
  gtk_widget_queue_draw(widget);
  if (self->fades->len > 0)
    return G_SOURCE_CONTINUE;
  self->fade_tick = 0;
  return G_SOURCE_REMOVE;
}

/* What is left of @old, and what is in @mask. Returns: (transfer full). */
static cairo_surface_t *mask_join(const Fade *old, cairo_surface_t *mask, gint64 now_us) {
  cairo_surface_t *joined = cairo_image_surface_create(CAIRO_FORMAT_A8, HV_TILE_PX, HV_TILE_PX);
  cairo_t *cr = cairo_create(joined);

  cairo_set_source_surface(cr, old->mask, 0, 0);
  cairo_paint_with_alpha(cr, fade_strength(old, now_us));
  cairo_set_source_surface(cr, mask, 0, 0);
  cairo_paint(cr);
  cairo_destroy(cr);
  return joined;
}

static void fade_take(HvHeapMap *self, Fade *fade, gint64 now_us) {
  fade->begin_us = now_us;
  for (guint i = 0; i < self->fades->len; i++) {
    Fade *old = g_ptr_array_index(self->fades, i);

    if (old->kind == fade->kind && old->column == fade->column && old->row == fade->row) {
      cairo_surface_t *joined = mask_join(old, fade->mask, now_us);

      cairo_surface_destroy(fade->mask);
      fade->mask = joined;
      g_ptr_array_remove_index_fast(self->fades, i);
      break;
    }
  }
  g_ptr_array_add(self->fades, fade);
}

void hv_map_fade_begin(HvHeapMap *self) {
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(self));
  g_autoptr(GPtrArray) noted = g_steal_pointer(&self->back_fades);
  gint64 now_us;

  if (noted == NULL || clock == NULL || !gtk_widget_get_mapped(GTK_WIDGET(self)))
    return;
  now_us = gdk_frame_clock_get_frame_time(clock);
  if (self->fades == NULL)
    self->fades = g_ptr_array_new_with_free_func(fade_free);
  g_ptr_array_set_free_func(noted, NULL);
  for (guint i = 0; i < noted->len; i++)
    fade_take(self, g_ptr_array_index(noted, i), now_us);
  if (self->fade_tick == 0)
    self->fade_tick = gtk_widget_add_tick_callback(GTK_WIDGET(self), fade_tick, NULL, NULL);
}

guint hv_heap_map_get_fading(HvHeapMap *self, HvChangeKind kind) {
  guint count = 0;

  g_return_val_if_fail(HV_IS_HEAP_MAP(self), 0);
  for (guint i = 0; self->fades != NULL && i < self->fades->len; i++)
    count += ((const Fade *)g_ptr_array_index(self->fades, i))->kind == kind;
  return count;
}

/* ---- drawing ---- */

void hv_map_fade_snapshot(HvHeapMap *self, GtkSnapshot *snapshot) {
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(self));
  int scale = hv_map_scale(self);
  const GdkRGBA colours[HV_CHANGES] = {
      [HV_CHANGE_BORN] = hv_palette_rgba(self->palette->born),
      [HV_CHANGE_FREED] = hv_palette_rgba(self->palette->freed),
  };
  gint64 now_us, left_px, first, last;

  if (self->fades == NULL || self->fades->len == 0 || clock == NULL)
    return;
  now_us = gdk_frame_clock_get_frame_time(clock);
  left_px = hv_map_left_px(self, self->front);
  hv_map_visible_rows(self, self->front_y_px, &first, &last);
  for (guint i = 0; i < self->fades->len; i++) {
    const Fade *fade = g_ptr_array_index(self->fades, i);
    const GdkRGBA *colour = &colours[fade->kind];
    float side = (float)HV_TILE_PX / (float)scale;
    float x = (float)(left_px + fade->column * HV_TILE_PX) / (float)scale;
    float y = (float)(fade->row * HV_TILE_PX - self->front_y_px) / (float)scale;
    cairo_t *cr;

    if (fade->row < first || fade->row > last)
      continue;
    cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(x, y, side, side));
    cairo_translate(cr, (double)x, (double)y);
    cairo_scale(cr, 1.0 / scale, 1.0 / scale);
    cairo_set_source_rgba(cr, (double)colour->red, (double)colour->green, (double)colour->blue,
                          fade_strength(fade, now_us));
    cairo_mask_surface(cr, fade->mask, 0, 0);
    cairo_destroy(cr);
  }
}
