/* SPDX-License-Identifier: MIT */
/* See ledger_segments.h. */
#include "viewer/render/ledger_segments.h"

#include "viewer/render/text.h"

/* Sum of what the rows take: "unexplained" can be negative, and takes nothing then. */
static guint64 rows_sum(const HvLedgerRow *rows, guint count) {
  guint64 sum = 0;
  for (guint i = 0; i < count; i++)
    sum += (guint64)MAX(rows[i].bytes, 0);
  return sum;
}

static int edge(guint64 bytes, guint64 sum, int width) {
  return (int)(((unsigned __int128)bytes * (guint)width + sum / 2) / sum);
}

static void add_rows(GArray *segments, const HvLedgerRow *rows, guint count, int left, int width,
                     gboolean is_outside, gboolean is_cut) {
  guint64 sum = rows_sum(rows, count);
  guint64 below = 0;
  if (sum == 0 || width <= 0)
    return;
  for (guint i = 0; i < count; i++) {
    HvLedgerSegment segment = {&rows[i], left + edge(below, sum, width), 0, is_outside, is_cut};
    below += (guint64)MAX(rows[i].bytes, 0);
    segment.right = left + edge(below, sum, width);
    if (segment.right > segment.left)
      g_array_append_val(segments, segment);
  }
}

GArray *hv_ledger_segments(HvLedger *ledger, int width, int scale) {
  GArray *segments = g_array_new(FALSE, FALSE, sizeof(HvLedgerSegment));
  guint count = 0;
  guint outside_count = 0;
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  const HvLedgerRow *outside = hv_ledger_virtual_rows(ledger, &outside_count);
  guint64 sum = rows_sum(rows, count);
  guint64 outside_sum = rows_sum(outside, outside_count);
  int gap = HV_LEDGER_GAP_PX * scale;
  int room = width - gap;
  if (outside_sum == 0 || room < 4 * gap) {
    add_rows(segments, rows, count, 0, width, FALSE, FALSE);
    return segments;
  }
  int outside_width = edge(outside_sum, sum + outside_sum, room);
  gboolean is_cut = outside_width > width / 4;
  /* Whatever there is shows. */
  outside_width = is_cut ? width / 4 : MAX(outside_width, 3 * scale);
  add_rows(segments, rows, count, 0, room - outside_width, FALSE, FALSE);
  add_rows(segments, outside, outside_count, width - outside_width, outside_width, TRUE, is_cut);
  return segments;
}

int hv_ledger_segments_end(const GArray *segments, int width, int scale) {
  for (guint i = 0; segments != NULL && i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);
    if (segment->is_outside)
      return segment->left - HV_LEDGER_GAP_PX * scale;
  }
  return width;
}

/* A box with slanted sides: its left one leans by @left at the top, its right one by @right. */
static void draw_box(cairo_t *cr, double left, double right, double left_lean, double right_lean,
                     double top, double bottom) {
  cairo_move_to(cr, left - left_lean, bottom);
  cairo_line_to(cr, right - right_lean, bottom);
  cairo_line_to(cr, right + right_lean, top);
  cairo_line_to(cr, left + left_lean, top);
  cairo_close_path(cr);
  cairo_stroke(cr);
}

void hv_ledger_segment_draw_outline(cairo_t *cr, const HvLedgerSegment *segment,
                                    const HvPalette *palette, int x, int y, int height, int scale) {
  double line = scale;
  double left = x + segment->left + line / 2;
  double right = x + segment->right - line / 2;
  double top = y + line / 2;
  double bottom = y + height - line / 2;
  hv_set_colour(cr, palette->text_dim);
  cairo_set_line_width(cr, line);
  if (!segment->is_cut || right - left < 16 * scale) {
    draw_box(cr, left, right, 0, 0, top, bottom);
    return;
  }
  /* Two slanted strokes with nothing between them: the rest is left out. */
  double middle = (left + right) / 2;
  draw_box(cr, left, middle - 2 * scale, 0, 3 * scale, top, bottom);
  draw_box(cr, middle + 2 * scale, right, 3 * scale, 0, top, bottom);
}
