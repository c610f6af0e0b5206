/* SPDX-License-Identifier: MIT */
/*
 * Text by pango, set on whole pixels so that it looks the same in every tile. Any thread: pango's
 * font map is per thread.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  HV_TEXT_START,
  HV_TEXT_CENTRE,
  HV_TEXT_END,
} HvTextAlign;

/*
 * HvTextStyle:
 * @size_px: height of the em, device pixels
 * @bold: weight
 * @colour: 0xffRRGGBB
 * @align: where in the box
 * @is_middle_cut: cut long text in its middle, else at its end
 */
typedef struct {
  int size_px;
  gboolean bold;
  guint32 colour;
  HvTextAlign align;
  gboolean is_middle_cut;
} HvTextStyle;

/**
 * hv_text_draw:
 * @x, @y, @width, @height: the box, device pixels; text is centred in its height and cut with an
 *   ellipsis where it is wider than the box
 *
 * Returns: the width of the text as drawn.
 */
int hv_text_draw(cairo_t *cr, const char *text, const HvTextStyle *style, gint64 x, gint64 y,
                 int width, int height);

/**
 * hv_text_draw_wrapped:
 * @draws: FALSE: measures only
 * @lines: at most; what does not fit is cut with an ellipsis
 *
 * Returns: the height of the text in lines of @width, device pixels.
 */
int hv_text_draw_wrapped(cairo_t *cr, const char *text, const HvTextStyle *style, gboolean draws,
                         gint64 x, gint64 y, int width, int lines);

/* Width of @text in device pixels, and its height by (out) (optional) @height. */
int hv_text_measure(cairo_t *cr, const char *text, const HvTextStyle *style, int *height);

/* Sets the source of @cr to 0xAARRGGBB. */
void hv_set_colour(cairo_t *cr, guint32 colour);

G_END_DECLS
