/* SPDX-License-Identifier: MIT */
/* The map as a part of a page. Any thread. */
#pragma once

#include <cairo.h>

#include "viewer/model/go_on.h"
#include "viewer/render/tile.h"

G_BEGIN_DECLS

/* What is drawn. */
typedef struct {
  HvPyramid *pyramid;
  HvLayout *layout;
  const HvPalette *palette;
  HvLens *lens;
} HvReportMap;

/**
 * hv_report_draw_map:
 * @cr: origin at the top left of the map
 * @height: lines to draw at most
 * @vector: draw rectangles, merged by colour, as long as they are few enough; else one image
 * @go_on: (nullable): told how many lines are drawn; what it stops is a map in part
 */
void hv_report_draw_map(cairo_t *cr, const HvReportMap *map, gint64 height, gboolean vector,
                        HvGoOn go_on, gpointer data);

G_END_DECLS
