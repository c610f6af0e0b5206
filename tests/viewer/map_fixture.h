/* SPDX-License-Identifier: MIT */
/* A heap map in a window of its own, and what its tests look at. Main thread only. */
#pragma once

#include <gtk/gtk.h>

#include "tests/viewer/synthetic.h"
#include "viewer/ui/heap_map.h"

G_BEGIN_DECLS

#define HEIGHT_PX 400

/* A column that every row of the heap has. */
#define COLUMN_PX 60.0

typedef struct {
  GtkWidget *window;
  GtkWidget *scroller;
  HvHeapMap *map;
  HvPyramid *pyramid;
} MapFixture;

/* For cmocka: a map of a heap of all classes, which is on screen. */
int map_setup(void **state);
int map_teardown(void **state);

/* Runs the main loop until @map shows a complete picture and GTK has drawn it. */
void map_settle(HvHeapMap *map);

/* Address of the first row at or below @y, which becomes that of the row, in that column. */
guint64 map_address_below(HvHeapMap *map, double *y);

/* What GTK draws for the map, device pixels. Returns: (transfer full) */
cairo_surface_t *map_capture(HvHeapMap *map);
guint32 map_pixel(cairo_surface_t *surface, gint64 x, gint64 y);

/* The whole map area equals one picture of the render core, so tiles are in place, without seams,
 * at one device pixel a pixel. */
void map_assert_is_the_render_core_s(HvHeapMap *map);

G_END_DECLS
