/* SPDX-License-Identifier: MIT */
/* See tile_set.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/tile_set.h"

/* 96 MiB of pixels: some four screens of 4K. */
#define TILES_MAX 384

typedef struct {
  gint64 key; /* row and column, see tile_key */
  cairo_surface_t *surface;
  GskRenderNode *node;
} Tile;

#define COLUMNS_MAX 1024 /* of 256 px: eight times the widest map */

static gint64 tile_key(gint64 column, gint64 row) {
  return row * COLUMNS_MAX + column;
}

static void tile_free(gpointer data) {
  Tile *tile = data;

  g_clear_pointer(&tile->node, gsk_render_node_unref);
  cairo_surface_destroy(tile->surface);
  g_free(tile);
}

HvTileSet *hv_tile_set_new(guint64 generation, HvPyramid *pyramid, HvLayout *layout,
                           const HvPalette *palette, HvLens *lens, gboolean vector_nodes) {
  HvTileSet *self = g_new0(HvTileSet, 1);

  self->generation = generation;
  self->pyramid = hv_pyramid_ref(pyramid);
  self->layout = hv_layout_ref(layout);
  self->palette = palette;
  self->lens = lens == NULL ? NULL : hv_lens_ref(lens);
  self->vector_nodes = vector_nodes;
  self->tiles = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, tile_free);
  return self;
}

void hv_tile_set_free(HvTileSet *self) {
  g_hash_table_unref(self->tiles);
  hv_layout_unref(self->layout);
  g_clear_pointer(&self->lens, hv_lens_unref);
  hv_pyramid_unref(self->pyramid);
  g_free(self);
}

gint64 hv_tile_set_columns(HvTileSet *self) {
  return (hv_layout_params(self->layout)->width_px + HV_TILE_PX - 1) / HV_TILE_PX;
}

gint64 hv_tile_set_rows(HvTileSet *self) {
  return (hv_layout_height(self->layout) + HV_TILE_PX - 1) / HV_TILE_PX;
}

static Tile *tile_set_find(HvTileSet *self, gint64 column, gint64 row) {
  gint64 key = tile_key(column, row);

  return g_hash_table_lookup(self->tiles, &key);
}

gboolean hv_tile_set_has(HvTileSet *self, gint64 column, gint64 row) {
  return tile_set_find(self, column, row) != NULL;
}

cairo_surface_t *hv_tile_set_surface(HvTileSet *self, gint64 column, gint64 row) {
  Tile *tile = tile_set_find(self, column, row);

  return tile == NULL ? NULL : tile->surface;
}

static void surface_release(gpointer data) {
  cairo_surface_destroy(data);
}

/* ---- an image as a pattern that only refers to it ----
 *
 * A recording of an image surface is copied when the image goes before the recording does, and
 * GTK holds the last frame's: 256 KiB for each tile that is replaced. */

static cairo_surface_t *pattern_acquire(cairo_pattern_t *pattern, void *surface,
                                        cairo_surface_t *target,
                                        const cairo_rectangle_int_t *extents) {
  return cairo_surface_reference(surface);
}

static void pattern_release(cairo_pattern_t *pattern, void *surface, cairo_surface_t *acquired) {
  cairo_surface_destroy(acquired);
}

static cairo_status_t pattern_copy(cairo_pattern_t *pattern, void *surface,
                                   const cairo_pattern_t *other) {
  cairo_surface_reference(surface);
  return CAIRO_STATUS_SUCCESS;
}

static void pattern_finish(cairo_pattern_t *pattern, void *surface) {
  cairo_surface_destroy(surface);
}

static cairo_pattern_t *pattern_new(cairo_surface_t *surface) {
  cairo_pattern_t *pattern = cairo_pattern_create_raster_source(
      cairo_surface_reference(surface), CAIRO_CONTENT_COLOR_ALPHA, HV_TILE_PX, HV_TILE_PX);

  cairo_raster_source_pattern_set_acquire(pattern, pattern_acquire, pattern_release);
  cairo_raster_source_pattern_set_copy(pattern, pattern_copy);
  cairo_raster_source_pattern_set_finish(pattern, pattern_finish);
  cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
  return pattern;
}

/* ---- nodes ---- */

/* GL uploads a texture once; cairo's renderer would copy a texture at each draw, and a recorded
 * image not at all. */
static GskRenderNode *node_new(HvTileSet *self, cairo_surface_t *surface) {
  float side = (float)HV_TILE_PX / (float)hv_layout_params(self->layout)->scale;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, side, side);

  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
    return gsk_color_node_new(&(GdkRGBA){0.5f, 0.5f, 0.5f, 1.0f}, &bounds);
  if (self->vector_nodes) {
    GskRenderNode *node = gsk_cairo_node_new(&bounds);
    cairo_t *cr = gsk_cairo_node_get_draw_context(node);
    cairo_pattern_t *pattern = pattern_new(surface);
    double scale = (double)side / HV_TILE_PX;

    cairo_scale(cr, scale, scale);
    cairo_set_source(cr, pattern);
    cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
    cairo_rectangle(cr, 0, 0, HV_TILE_PX, HV_TILE_PX);
    cairo_fill(cr);
    cairo_destroy(cr);
    cairo_pattern_destroy(pattern);
    return node;
  } else {
    gsize stride = (gsize)cairo_image_surface_get_stride(surface);
    g_autoptr(GBytes) pixels =
        g_bytes_new_with_free_func(cairo_image_surface_get_data(surface), stride * HV_TILE_PX,
                                   surface_release, cairo_surface_reference(surface));
    g_autoptr(GdkTexture) texture =
        gdk_memory_texture_new(HV_TILE_PX, HV_TILE_PX, GDK_MEMORY_DEFAULT, pixels, stride);

    return gsk_texture_node_new(texture, &bounds);
  }
}

void hv_tile_set_put(HvTileSet *self, gint64 column, gint64 row, cairo_surface_t *surface,
                     HvTileSet *before) {
  Tile *tile = g_new0(Tile, 1);
  Tile *old = before == NULL ? NULL : tile_set_find(before, column, row);

  tile->key = tile_key(column, row);
  tile->surface = cairo_surface_reference(surface);
  if (old != NULL && old->surface == surface)
    tile->node = gsk_render_node_ref(old->node);
  else
    tile->node = node_new(self, surface);
  g_hash_table_replace(self->tiles, &tile->key, tile);
}

GskRenderNode *hv_tile_set_node(HvTileSet *self, gint64 column, gint64 row) {
  Tile *tile = tile_set_find(self, column, row);

  return tile == NULL ? NULL : tile->node;
}

void hv_tile_set_trim(HvTileSet *self, gint64 first_row, gint64 last_row) {
  GHashTableIter iter;
  gpointer value;

  if (g_hash_table_size(self->tiles) <= TILES_MAX)
    return;
  g_hash_table_iter_init(&iter, self->tiles);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    Tile *tile = value;
    gint64 row = tile->key / COLUMNS_MAX;

    if (row < first_row || row > last_row)
      g_hash_table_iter_remove(&iter);
  }
}
