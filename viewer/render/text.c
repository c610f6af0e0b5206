/* SPDX-License-Identifier: MIT */
/* Text by pango; font options are fixed, so that no desktop setting changes a picture. */
#include "viewer/render/text.h"

#include <pango/pangocairo.h>

void hv_set_colour(cairo_t *cr, guint32 colour) {
  cairo_set_source_rgba(cr, (double)(colour >> 16 & 0xff) / 255, (double)(colour >> 8 & 0xff) / 255,
                        (double)(colour & 0xff) / 255, (double)(colour >> 24) / 255);
}

static PangoLayout *make_layout(cairo_t *cr, const char *text, const HvTextStyle *style) {
  PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
  cairo_font_options_t *options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON);
  pango_cairo_context_set_font_options(context, options);
  pango_cairo_context_set_resolution(context, 96);
  pango_context_set_round_glyph_positions(context, TRUE);
  cairo_font_options_destroy(options);

  PangoLayout *layout = pango_layout_new(context);
  PangoFontDescription *font = pango_font_description_new();
  pango_font_description_set_family_static(font, "DejaVu Sans,Sans");
  pango_font_description_set_absolute_size(font, style->size_px * PANGO_SCALE);
  pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_single_paragraph_mode(layout, TRUE);
  pango_layout_set_text(layout, text, -1);
  g_object_unref(context);
  return layout;
}

int hv_text_measure(cairo_t *cr, const char *text, const HvTextStyle *style, int *height) {
  PangoLayout *layout = make_layout(cr, text, style);
  int width = 0;
  pango_layout_get_pixel_size(layout, &width, height);
  g_object_unref(layout);
  return width;
}

int hv_text_draw(cairo_t *cr, const char *text, const HvTextStyle *style, gint64 x, gint64 y,
                 int width, int height) {
  if (width <= 0)
    return 0;
  PangoLayout *layout = make_layout(cr, text, style);
  int text_width = 0;
  int text_height = 0;
  pango_layout_get_pixel_size(layout, &text_width, &text_height);
  if (text_width > width) {
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_ellipsize(layout,
                               style->is_middle_cut ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
    pango_layout_get_pixel_size(layout, &text_width, &text_height);
  }
  gint64 left = x;
  if (style->align == HV_TEXT_CENTRE)
    left += (width - text_width) / 2;
  else if (style->align == HV_TEXT_END)
    left += width - text_width;
  hv_set_colour(cr, style->colour);
  cairo_move_to(cr, (double)left, (double)(y + (height - text_height) / 2));
  pango_cairo_show_layout(cr, layout);
  g_object_unref(layout);
  return text_width;
}

int hv_text_draw_wrapped(cairo_t *cr, const char *text, const HvTextStyle *style, gboolean draws,
                         gint64 x, gint64 y, int width, int lines) {
  if (width <= 0)
    return 0;
  PangoLayout *layout = make_layout(cr, text, style);
  int height = 0;
  pango_layout_set_width(layout, width * PANGO_SCALE);
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height(layout, -lines);
  pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  pango_layout_get_pixel_size(layout, NULL, &height);
  if (draws) {
    hv_set_colour(cr, style->colour);
    cairo_move_to(cr, (double)x, (double)y);
    pango_cairo_show_layout(cr, layout);
  }
  g_object_unref(layout);
  return height;
}
