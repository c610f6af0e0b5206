/* SPDX-License-Identifier: MIT */
/*
 * The second cue of each state beside its colour, for those who do not tell the colours apart: a
 * pattern of ink over the fill, or a frame inside it.
 *
 *   live                solid                free, kept          diagonal lines
 *   live, large         a frame              free, given back    an outline, not filled
 *   live, mmapped       a double frame       span ends           thin lines the other way
 *   cached              dots                 metadata            a small check
 *   in transit          small dots           not mapped          the zig-zag of gaps
 *   free in used spans  stripes
 *   never used          broken stripes
 *
 * Patterns hang on the top left of the map, so that tiles equal the whole. Any thread.
 */
#pragma once

#include <cairo.h>

#include "viewer/model/layout.h"
#include "viewer/model/lens.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

/* Cells of fewer logical pixels, in either direction, have no cue. */
#define HV_CUE_LEAST_PX 6

/**
 * hv_cue_is_plain:
 *
 * Returns: whether the colour of @state is all there is to see of it.
 */
gboolean hv_cue_is_plain(HvState state);

/**
 * hv_cue_render:
 * @lens: (nullable): cues are of states: nothing happens with a lens
 * @area: the rectangle of the map that @pixels show, device pixels
 * @pixels: (inout): cells as hv_render_cells() drew them, rows of @stride_bytes
 *
 * Marks each thing that is large enough: what pixels mix stays as it is.
 */
void hv_cue_render(HvLayout *layout, const HvPalette *palette, HvLens *lens, const HvRect *area,
                   guint32 *pixels, gsize stride_bytes);

/**
 * hv_cue_draw:
 * @cr: origin at the top left of the map, on a vector surface
 * @height: lines of the map that are on the page
 *
 * The same as paths, one for each state, filled with one small pattern.
 */
void hv_cue_draw(cairo_t *cr, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                 gint64 height);

/**
 * hv_cue_draw_swatch:
 * @x, @y, @side: a square, device pixels
 * @scale: device pixels per logical pixel
 *
 * Fills it as a cell of @state on the map.
 */
void hv_cue_draw_swatch(cairo_t *cr, const HvPalette *palette, HvState state, int x, int y,
                        int side, int scale);

G_END_DECLS
