/* SPDX-License-Identifier: MIT */
/*
 * The stacks of scopes (<liballoc/stack.h>) as lanes, one a thread: its chunks from the bottom to
 * the right, each as wide as its bytes, what is in use of them in colour, a spare one outlined
 * only.
 *
 *   x (byte b of a lane) = LANE_LABEL + b * (width - LANE_LABEL) / bytes (largest lane)
 *
 * No GTK; any thread.
 */
#pragma once

#include <cairo.h>

#include "viewer/model/frame.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

/* Lanes of the frame: threads that have such a stack. */
guint hv_lanes_count(HvFrame *frame);

/* Height of so many lanes, logical pixels. */
int hv_lanes_height(guint lanes);

/* Draws them: @width logical pixels, origin at the top left. */
void hv_lanes_draw(cairo_t *cr, HvFrame *frame, const HvPalette *palette, int width);

/* Index of the stack record at a point of that picture; -1: none. */
int hv_lanes_at(HvFrame *frame, int width, double x, double y);

G_END_DECLS
