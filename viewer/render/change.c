/* SPDX-License-Identifier: MIT */
/*
 * Row by row: which columns differ at all, how many bytes of each came or went, and where one thing
 * ends and the next begins. A rim is the first and last lines of the row and the columns beside
 * such an end; where rows are low, all of it.
 */
#include "viewer/render/change.h"

#include <math.h>
#include <string.h>

enum {
  LEAST_LIGHT = 80, /* of 255, of whatever changed */
  LOW_ROW_PX = 5,
  HIGH_ROW_PX = 12, /* from here on a rim is twice as wide */
  THING_PX = 3,     /* narrower things are not told apart */
};

void hv_change_clear(HvChange *change) {
  for (guint kind = 0; kind < HV_CHANGES; kind++)
    g_clear_pointer(&change->mask[kind], cairo_surface_destroy);
}

static guint64 live_bytes(HvPyramid *pyramid, guint64 begin, guint64 end) {
  HvMix mix;
  hv_pyramid_mix(pyramid, begin, end, &mix);
  return mix.bytes[HV_STATE_LIVE] + mix.bytes[HV_STATE_LARGE] + mix.bytes[HV_STATE_REGION];
}

/* The root makes a block visible among a thousand. */
static guint8 light_of(guint64 changed, guint64 bytes) {
  if (changed == 0 || bytes == 0)
    return 0;
  return (guint8)(LEAST_LIGHT +
                  (255 - LEAST_LIGHT) * sqrt((double)MIN(changed, bytes) / (double)bytes));
}

/* What a rim at @address goes around: its first address; 0 for what is too narrow. */
static guint64 thing_at(HvLayout *layout, guint64 address) {
  HvFrame *frame = hv_layout_frame(layout);
  guint64 least = (guint64)(THING_PX * hv_layout_bytes_per_px(layout));
  HvHit hit;
  if (!hv_hit_test(frame, address, &hit))
    return 0;
  if (hit.end - hit.begin >= least)
    return hit.begin;
  if (hit.span_index < 0 || hv_frame_span_bytes(frame, (guint)hit.span_index) < least)
    return 0;
  return hv_frame_span_address(frame, (guint)hit.span_index);
}

/* A tile while its rows are looked at. */
typedef struct {
  HvLayout *layout;
  HvPyramid *before;
  HvPyramid *after;
  gint64 x;
  int width;
  int rim;                   /* device pixels */
  guint64 *things;           /* of its columns, and of `rim` more on either side */
  guint8 *light[HV_CHANGES]; /* of its columns */
  gboolean any[HV_CHANGES];  /* whether there was light until now */
} Tile;

/* Looks up the columns marked in @differs, of the row at @y. */
static void look_up(Tile *tile, gint64 y, const guint8 *differs) {
  for (int i = -tile->rim; i < tile->width + tile->rim; i++) {
    HvPlace place;
    gboolean shown = hv_layout_place(tile->layout, tile->x + i, y, &place);
    tile->things[i + tile->rim] = shown ? thing_at(tile->layout, place.begin) : 0;
    if (i < 0 || i >= tile->width)
      continue;
    guint64 now = 0;
    guint64 was = 0;
    if (shown && differs[i]) {
      now = live_bytes(tile->after, place.begin, place.end);
      was = live_bytes(tile->before, place.begin, place.end);
    }
    tile->light[HV_CHANGE_BORN][i] = now > was ? light_of(now - was, place.end - place.begin) : 0;
    tile->light[HV_CHANGE_FREED][i] = was > now ? light_of(was - now, place.end - place.begin) : 0;
    tile->any[HV_CHANGE_BORN] |= now > was;
    tile->any[HV_CHANGE_FREED] |= was > now;
  }
}

static gboolean is_at_edge(const Tile *tile, int column) {
  const guint64 *thing = tile->things + column + tile->rim;
  for (int i = 1; i <= tile->rim; i++)
    if (thing[-i] != *thing || thing[i] != *thing)
      return TRUE;
  return FALSE;
}

static void light_line(const Tile *tile, HvChange *change, int line, gboolean whole) {
  for (guint kind = 0; kind < HV_CHANGES; kind++) {
    guint8 *out = cairo_image_surface_get_data(change->mask[kind]) +
                  line * cairo_image_surface_get_stride(change->mask[kind]);
    for (int i = 0; i < tile->width; i++)
      if (tile->light[kind][i] != 0 && (whole || is_at_edge(tile, i)))
        out[i] = tile->light[kind][i];
  }
}

static const guint32 *line_of(cairo_surface_t *surface, int line) {
  return (const guint32 *)(gpointer)(cairo_image_surface_get_data(surface) +
                                     line * cairo_image_surface_get_stride(surface));
}

static gboolean find_differences(cairo_surface_t *old, cairo_surface_t *now, int from, int to,
                                 guint8 *differs, int width) {
  gboolean any = FALSE;
  memset(differs, 0, (gsize)width);
  for (int line = from; line < to; line++) {
    const guint32 *left = line_of(old, line);
    const guint32 *right = line_of(now, line);
    for (int i = 0; i < width; i++) {
      differs[i] |= left[i] != right[i];
      any |= left[i] != right[i];
    }
  }
  return any;
}

void hv_change_render(HvLayout *layout, HvPyramid *before, HvPyramid *after, gint64 x, gint64 y,
                      cairo_surface_t *old, cairo_surface_t *now, HvChange *change) {
  const HvLayoutParams *params = hv_layout_params(layout);
  int width = cairo_image_surface_get_width(now);
  int height = cairo_image_surface_get_height(now);
  int pitch = hv_layout_row_pitch_px(layout);
  Tile tile = {.layout = layout, .before = before, .after = after, .x = x, .width = width};
  tile.rim = params->scale * (params->row_px >= HIGH_ROW_PX * params->scale ? 2 : 1);
  g_autofree guint64 *things = g_new(guint64, width + 2 * tile.rim);
  g_autofree guint8 *bytes = g_new(guint8, (gsize)width * (HV_CHANGES + 1));
  tile.things = things;
  for (guint kind = 0; kind < HV_CHANGES; kind++) {
    tile.light[kind] = bytes + (gsize)width * (kind + 1);
    change->mask[kind] = cairo_image_surface_create(CAIRO_FORMAT_A8, width, height);
    if (cairo_surface_status(change->mask[kind]) != CAIRO_STATUS_SUCCESS) {
      hv_change_clear(change);
      return;
    }
  }
  int next = 0;
  for (int line = 0; line < height; line = next) {
    int band = hv_layout_band_at(layout, y + line);
    const HvBand *record = band < 0 ? NULL : &hv_layout_bands(layout, NULL)[band];
    next = line + 1;
    if (record == NULL || y + line < record->rows_y || y + line >= record->end_y)
      continue;
    int into = (int)((y + line - record->rows_y) % pitch);
    next = MIN(line - into + pitch, height);
    int end = MIN(line - into + params->row_px, height);
    if (!find_differences(old, now, line, end, bytes, width))
      continue;
    look_up(&tile, y + line, bytes);
    for (int i = line; i < end; i++, into++)
      light_line(&tile, change, i,
                 params->row_px <= LOW_ROW_PX * params->scale || into < tile.rim ||
                     into >= params->row_px - tile.rim);
  }
  for (guint kind = 0; kind < HV_CHANGES; kind++) {
    cairo_surface_mark_dirty(change->mask[kind]);
    if (!tile.any[kind])
      g_clear_pointer(&change->mask[kind], cairo_surface_destroy);
  }
}
