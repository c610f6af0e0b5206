/* SPDX-License-Identifier: MIT */
/*
 * The bar of the ledger in pixels, for the window and for pictures: the rows of the sum fill the
 * bar; memory that is not resident stands outside of it, as outlines after a gap. Pure, any thread.
 */
#pragma once

#include <cairo.h>

#include "viewer/model/ledger.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

/*
 * HvLedgerSegment:
 * @row: of the ledger
 * @left, @right: pixels from the left edge, @left < @right
 * @is_outside: memory that is not resident: an outline
 * @is_cut: outside, and shorter than it would be at the scale of the bar
 */
typedef struct {
  const HvLedgerRow *row;
  int left;
  int right;
  gboolean is_outside;
  gboolean is_cut;
} HvLedgerSegment;

/* The gap between the bar and what is outside of it, in pixels at scale 1. */
#define HV_LEDGER_GAP_PX 8

/**
 * hv_ledger_segments:
 * @ledger: the ledger, which must outlive the result
 * @width: pixels, at least 1
 * @scale: pixels of the picture for one of the design, at least 1
 *
 * Edges are at whole pixels: that of a row is the rounded share of the rows up to it, so that rows
 * neither overlap nor leave gaps. Rows of less than half a pixel have no segment. What is outside
 * has the scale of the bar, but at most a quarter of @width.
 *
 * Returns: (transfer full) (element-type HvLedgerSegment): from left to right
 */
GArray *hv_ledger_segments(HvLedger *ledger, int width, int scale);

/**
 * hv_ledger_segments_end: (nullable): Where the bar ends that holds the sum: @width when nothing is
 * outside.
 */
int hv_ledger_segments_end(const GArray *segments, int width, int scale);

/**
 * hv_ledger_segment_draw_outline:
 *
 * The outline of a segment outside of the bar, @height pixels high from @y on, @x being the left
 * edge of the bar; broken by two strokes where it is cut.
 */
void hv_ledger_segment_draw_outline(cairo_t *cr, const HvLedgerSegment *segment,
                                    const HvPalette *palette, int x, int y, int height, int scale);

G_END_DECLS
