/* SPDX-License-Identifier: MIT */
/* Shared by the files of render: rows of the map as colours. Any thread. */
#pragma once

#include "viewer/model/layout.h"
#include "viewer/model/lens.h"
#include "viewer/model/palette.h"
#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

/* From this share of waste (of 255) on, one span marks the whole pixel. */
#define HV_TICK_WASTE 192

/**
 * hv_render_row:
 * @band, @index: which row
 * @x, @width: which of its columns
 * @line: (out): their colours
 * @last_line: (out): the same with ticks, for the last line of pixels of the row
 */
void hv_render_row(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                   guint band, guint64 index, int x, int width, guint32 *line, guint32 *last_line);

/* Fill of the thing that @hit found. */
guint32 hv_render_thing_colour(HvFrame *frame, const HvPalette *palette, HvLens *lens,
                               const HvHit *hit);

/**
 * hv_render_thing_text:
 * @width: of the thing on the map, device pixels
 *
 * Returns: (transfer full) (nullable): what it says of itself: its size; with more room its
 *   address, size and state; NULL where there is too little.
 */
char *hv_render_thing_text(const HvHit *hit, gint64 width, int scale);

/* What the gap above @band says of itself. (transfer full) */
char *hv_render_gap_text(const HvBand *band);

/* What the strip under its rows says of its end. (transfer full) */
char *hv_render_tail_text(const HvBand *band);

/* @fill as the border of a block. */
guint32 hv_render_darken(guint32 fill, guint32 border);

/* Index of the first band that reaches below @y. */
guint hv_render_first_band(HvLayout *layout, gint64 y);

G_END_DECLS
