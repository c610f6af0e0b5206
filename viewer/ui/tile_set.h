/* SPDX-License-Identifier: MIT */
/*
 * The tiles of one picture: one frame in one layout and palette. A tile keeps its render node, so
 * that a tile that did not change is the same node in the next frame and damages nothing.
 * Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/tile_worker.h"

G_BEGIN_DECLS

typedef struct {
  guint64 generation; /* names the set towards the worker */
  HvPyramid *pyramid;
  HvLayout *layout;
  const HvPalette *palette;
  HvLens *lens;          /* NULL: states */
  gboolean vector_nodes; /* the renderer is cairo's: tiles are cairo nodes, which need no copies */
  GHashTable *tiles;
} HvTileSet;

HvTileSet *hv_tile_set_new(guint64 generation, HvPyramid *pyramid, HvLayout *layout,
                           const HvPalette *palette, HvLens *lens, gboolean vector_nodes);
void hv_tile_set_free(HvTileSet *self);

/** hv_tile_set_columns, hv_tile_set_rows: Size of the whole picture in tiles. */
gint64 hv_tile_set_columns(HvTileSet *self);
gint64 hv_tile_set_rows(HvTileSet *self);

/** hv_tile_set_has: Whether the tile at @column, @row is there. */
gboolean hv_tile_set_has(HvTileSet *self, gint64 column, gint64 row);

/** hv_tile_set_surface: Returns (transfer none) (nullable): pixels of a tile. */
cairo_surface_t *hv_tile_set_surface(HvTileSet *self, gint64 column, gint64 row);

/**
 * hv_tile_set_put:
 * @before: (nullable): the set on screen; its node is taken over when it shows the same surface
 */
void hv_tile_set_put(HvTileSet *self, gint64 column, gint64 row, cairo_surface_t *surface,
                     HvTileSet *before);

/** hv_tile_set_node: Returns (transfer none) (nullable): the tile, its top left at 0,0. */
GskRenderNode *hv_tile_set_node(HvTileSet *self, gint64 column, gint64 row);

/** hv_tile_set_trim: Forgets tiles outside of rows @first_row..@last_row when there are many. */
void hv_tile_set_trim(HvTileSet *self, gint64 first_row, gint64 last_row);

G_END_DECLS
