/* SPDX-License-Identifier: MIT */
/* What the colours of a lens mean, as swatches with text that wrap into lines. Any thread. */
#pragma once

#include <cairo.h>

#include "viewer/model/lens.h"

G_BEGIN_DECLS

/**
 * hv_legend_draw:
 * @cr: (nullable): NULL measures only
 * @x, @y, @width: where, device pixels
 * @scale: device pixels per logical pixel
 *
 * Returns: the height of it, device pixels.
 */
int hv_legend_draw(cairo_t *cr, HvLens *lens, const HvPalette *palette, int x, int y, int width,
                   int scale);

G_END_DECLS
