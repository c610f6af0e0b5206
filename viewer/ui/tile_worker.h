/* SPDX-License-Identifier: MIT */
/*
 * The thread that draws tiles for one map. Its mailbox holds one batch: a new one replaces what is
 * left of the old (the latest view wins). Finished tiles come back to the main thread in order.
 * A tile is never changed after it has been handed out.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "viewer/model/layout.h"
#include "viewer/model/lens.h"
#include "viewer/model/palette.h"
#include "viewer/model/pyramid.h"
#include "viewer/render/change.h"

G_BEGIN_DECLS

/* Device pixels; larger than 128, below which GTK's renderer packs textures into an atlas. */
#define HV_TILE_PX 256

typedef struct HvTileWorker HvTileWorker;

/*
 * One tile wanted: column and row on the grid that starts at the top left of the map.
 * @before: (nullable): what is shown there now; it comes back instead of an equal new one
 */
typedef struct {
  gint64 column;
  gint64 row;
  cairo_surface_t *before;
} HvTileOrder;

/**
 * HvTileDone:
 * @surface: (transfer none): ARGB32, HV_TILE_PX squared; equals the order's `before` if nothing
 *   differs there
 * @change: (transfer none): what came and went since `before`; no masks: nothing did, or nobody
 *   asked
 *
 * Called on the main thread for each tile, with the generation of its batch.
 */
typedef void (*HvTileDone)(guint64 generation, gint64 column, gint64 row, cairo_surface_t *surface,
                           const HvChange *change, gpointer data);

/** hv_tile_worker_new: Starts the thread. */
HvTileWorker *hv_tile_worker_new(HvTileDone done, gpointer data);

/** hv_tile_worker_free: Ends the thread, at most one tile later; `done` is not called any more. */
void hv_tile_worker_free(HvTileWorker *self);

/**
 * hv_tile_worker_request:
 * @lens: (nullable): NULL: states
 * @told_from: (nullable): the heap that the orders' `before` show, to tell what came and went since
 * @orders: (array length=n_orders): most urgent first; surfaces are referenced
 *
 * Replaces the batch in the mailbox; what was finished already is still delivered.
 */
void hv_tile_worker_request(HvTileWorker *self, guint64 generation, HvPyramid *pyramid,
                            HvLayout *layout, const HvPalette *palette, HvLens *lens,
                            HvPyramid *told_from, const HvTileOrder *orders, guint n_orders);

/** hv_tile_worker_get_drawn: Tiles drawn since the start; for tests and the status line. */
guint64 hv_tile_worker_get_drawn(HvTileWorker *self);

G_END_DECLS
