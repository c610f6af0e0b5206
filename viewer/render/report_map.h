/* SPDX-License-Identifier: MIT */
/* The map as a part of a page. Any thread. */
#pragma once

#include <cairo.h>

#include "viewer/render/tile.h"

G_BEGIN_DECLS

/**
 * hv_report_draw_map:
 * @cr: origin at the top left of the map
 * @height: lines to draw at most
 * @vector: draw rectangles, merged by colour, as long as they are few enough; else one image
 */
void hv_report_draw_map(cairo_t *cr, HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                        HvLens *lens, gint64 height, gboolean vector);

G_END_DECLS
