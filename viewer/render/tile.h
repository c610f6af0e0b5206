/* SPDX-License-Identifier: MIT */
/*
 * The map as pixels: any rectangle of it into an ARGB32 buffer, by whole-number arithmetic and run
 * fill. The result depends on frame, layout, palette and lens alone, so tiles equal the whole image
 * byte for byte, and any number of threads may draw at once. Cost is bounded by the pixels asked
 * for (times a logarithm), not by the blocks behind them.
 */
#pragma once

#include <cairo.h>

#include "viewer/model/layout.h"
#include "viewer/model/lens.h"
#include "viewer/model/palette.h"
#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

/**
 * hv_render_cells:
 * @pyramid: of the frame; must be of the same frame as @layout
 * @lens: (nullable): of the same frame and order; NULL: states
 * @x, @y: top left of the rectangle on the map, device pixels; may be outside of the map
 * @width, @height: of the rectangle, at most 32767
 * @pixels: (out): @height rows of @stride_bytes, 0xAARRGGBB in native order (CAIRO_FORMAT_ARGB32)
 * @stride_bytes: at least 4 x @width, a multiple of 4
 *
 * Draws memory only: where a pixel covers many blocks its colour is their mix by area; spans that
 * are mostly waste within a cleaner pixel leave a tick in the last line of the row; blocks of four
 * pixels and more get borders. Headers and gaps are filled with the palette's panel and background.
 */
void hv_render_cells(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                     gint64 x, gint64 y, int width, int height, guint32 *pixels,
                     gsize stride_bytes);

/**
 * hv_render_labels:
 * @cr: a context whose origin is the top left of the map, clipped as the caller likes
 * @area: the rectangle of the map that is wanted
 *
 * Draws text over the cells: band headers, collapsed gaps, size and address of blocks that are
 * large enough. The same glyphs whatever @area is, as long as it touches them.
 */
void hv_render_labels(cairo_t *cr, HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                      HvLens *lens, const HvRect *area);

/**
 * hv_render_tile:
 *
 * Cells and labels of one rectangle, as hv_render_cells() takes it.
 *
 * Returns: (transfer full): an ARGB32 image surface of @width x @height; never NULL, but in error
 * state when memory is short. Any thread.
 */
cairo_surface_t *hv_render_tile(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                                HvLens *lens, gint64 x, gint64 y, int width, int height);

/**
 * hv_render_blend:
 * @mix: bytes by state
 *
 * Returns: the colour of an area with this mix, 0xffRRGGBB; the background when all are 0.
 */
guint32 hv_render_blend(const HvPalette *palette, const HvMix *mix);

G_END_DECLS
