/* SPDX-License-Identifier: MIT */
/* Small pictures of an HvRelease: the release curve, and the spans by fill. Any thread. */
#pragma once

#include <cairo.h>

#include "viewer/model/palette.h"
#include "viewer/model/release.h"

G_BEGIN_DECLS

/**
 * hv_render_release_curve:
 * @cr: origin at the top left of the picture
 * @width, @height: logical pixels
 *
 * Bytes given back (upwards, up to all that is held) by live blocks freed (to the right), over the
 * straight line that an even spread would make; the knee is marked, and named by its bytes.
 */
void hv_render_release_curve(cairo_t *cr, HvRelease *release, const HvPalette *palette, int width,
                             int height);

/**
 * hv_render_fill_histogram:
 *
 * Ten bars, one for each tenth of fill, of a part for each size class, those that hold most below:
 * of each part live bytes below, what is held for nothing above.
 */
void hv_render_fill_histogram(cairo_t *cr, HvRelease *release, const HvPalette *palette, int width,
                              int height);

/* The bar at column @x of a histogram @width logical pixels wide, 0..HV_RELEASE_DECILES - 1. */
guint hv_render_fill_histogram_at(int width, double x);

G_END_DECLS
