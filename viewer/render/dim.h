/* SPDX-License-Identifier: MIT */
/* What a highlight leaves out, faded into the background, so that the rest stands out. */
#pragma once

#include "viewer/model/layout.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

/**
 * hv_render_dim:
 * @layout: its parameters have the highlight; without one nothing happens
 * @area: the rectangle of the map that @pixels show, device pixels
 * @pixels: (inout): cells as hv_render_cells() drew them, rows of @stride_bytes
 *
 * A pixel stays as it is when any of the bytes behind it is highlighted. Any thread.
 */
void hv_render_dim(HvLayout *layout, const HvPalette *palette, const HvRect *area, guint32 *pixels,
                   gsize stride_bytes);

G_END_DECLS
