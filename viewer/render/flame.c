/* SPDX-License-Identifier: MIT */
#include "viewer/render/flame.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/text.h"

enum { SHADES = 5, MARGIN_PX = 4, TEXT_LEAST_PX = 24 };

/* Narrower ones are not drawn: their callers say as much. */
#define LEAST_PX 0.5

int hv_flame_view_height(const HvFlameView *view) {
  return (int)hv_flame_depth(view->flame) * view->row_px;
}

gboolean hv_flame_view_box(const HvFlameView *view, const HvFlameNode *node, double *x,
                           double *width) {
  const HvFlameNode *focus = view->focus;
  if (focus->bytes == 0)
    return FALSE;
  double scale = view->width_px / (double)focus->bytes;
  double left = ((double)node->begin - (double)focus->begin) * scale;
  double right = left + (double)node->bytes * scale;
  left = CLAMP(left, 0, view->width_px);
  right = CLAMP(right, 0, view->width_px);
  *x = left;
  *width = right - left;
  return *width >= LEAST_PX;
}

const HvFlameNode *hv_flame_view_at(const HvFlameView *view, double x, double y) {
  const HvFlameNode *focus = view->focus;
  if (x < 0 || y < 0 || x >= view->width_px || focus->bytes == 0)
    return NULL;
  guint64 at = focus->begin + (guint64)(x * (double)focus->bytes / view->width_px);
  return hv_flame_find(view->flame, (guint)(y / view->row_px),
                       MIN(at, focus->begin + focus->bytes - 1));
}

/* ---- drawing ---- */

/* The same function has the same colour, wherever it is: one of the shades of one family. */
static guint32 colour_of(const HvPalette *palette, const HvFlameNode *node) {
  if (node->depth == 0)
    return palette->panel;
  guint hash = g_str_hash(node->function);
  return hv_palette_shade(palette->family[0], hash % SHADES + 1, SHADES + 2);
}

static void draw_node(const HvFlameView *view, cairo_t *cr, const HvFlameNode *node, double top,
                      double bottom) {
  const HvPalette *palette = hv_palette_get(view->theme);
  double x, width, y = (double)node->depth * view->row_px;
  if (y >= bottom || !hv_flame_view_box(view, node, &x, &width))
    return;
  if (y + view->row_px > top) {
    guint32 fill = colour_of(palette, node);
    gboolean called = node->depth < view->focus->depth;
    hv_set_colour(cr, called ? palette->quiet : fill);
    cairo_rectangle(cr, x, y, MAX(width - 1, LEAST_PX), view->row_px - 1);
    cairo_fill(cr);
    if (width >= TEXT_LEAST_PX) {
      g_autofree char *text = g_utf8_make_valid(node->function, -1);
      HvTextStyle style = {.size_px = view->font_px,
                           .colour = hv_palette_text_on(called ? palette->quiet : fill),
                           .align = HV_TEXT_START};
      hv_text_draw(cr, text, &style, (gint64)x + MARGIN_PX, (gint64)y, (int)width - 2 * MARGIN_PX,
                   view->row_px - 1);
    }
    if (node == view->selected) {
      hv_set_colour(cr, palette->accent);
      cairo_set_line_width(cr, 2);
      cairo_rectangle(cr, x + 1, y + 1, MAX(width - 3, 1), view->row_px - 3);
      cairo_stroke(cr);
    }
  }
  for (guint i = 0; i < node->children->len; i++)
    draw_node(view, cr, g_ptr_array_index(node->children, i), top, bottom);
}

void hv_flame_view_draw(const HvFlameView *view, cairo_t *cr) {
  double left, top, right, bottom;
  cairo_clip_extents(cr, &left, &top, &right, &bottom);
  draw_node(view, cr, hv_flame_root(view->flame), top, bottom);
}

char *hv_flame_node_text(HvFlame *flame, const HvFlameNode *node) {
  g_autofree char *function = g_utf8_make_valid(node->function, -1);
  g_autofree char *bytes = hv_format_bytes((gint64)node->bytes);
  g_autofree char *share = hv_format_percent(node->bytes, hv_flame_root(flame)->bytes);
  g_autofree char *blocks = hv_format_count(node->blocks);
  return g_strdup_printf(
      ngettext("%s: %s (%s), about %s block", "%s: %s (%s), about %s blocks", node->blocks),
      function, bytes, share, blocks);
}

/* ---- SVG ---- */

static void svg_node(const HvFlameView *view, const HvFlameNode *node, int top, GString *svg) {
  const HvPalette *palette = hv_palette_get(view->theme);
  double x, width;
  char left[G_ASCII_DTOSTR_BUF_SIZE], wide[G_ASCII_DTOSTR_BUF_SIZE];
  if (!hv_flame_view_box(view, node, &x, &width))
    return;
  int y = top + (int)node->depth * view->row_px;
  guint32 fill = colour_of(palette, node);
  g_autofree char *text = hv_flame_node_text(view->flame, node);
  g_autofree char *tip = g_markup_escape_text(text, -1);
  g_autofree char *valid = g_utf8_make_valid(node->function, -1);
  g_ascii_formatd(left, sizeof left, "%.1f", x);
  g_ascii_formatd(wide, sizeof wide, "%.1f", MAX(width - 1, LEAST_PX));
  g_string_append_printf(svg,
                         "<g><title>%s</title><rect x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\" "
                         "fill=\"#%06x\"/>",
                         tip, left, y, wide, view->row_px - 1, fill & 0xffffffu);
  /* As many characters as surely fit: nobody measures here. */
  glong room = (glong)((width - 2 * MARGIN_PX) / (view->font_px * 0.6));
  if (room >= 3) {
    glong length = g_utf8_strlen(valid, -1);
    g_autofree char *cut = length <= room ? g_strdup(valid) : g_utf8_substring(valid, 0, room - 1);
    g_autofree char *shown = g_markup_escape_text(cut, -1);
    g_ascii_formatd(left, sizeof left, "%.1f", x + MARGIN_PX);
    g_string_append_printf(svg, "<text x=\"%s\" y=\"%d\" fill=\"#%06x\">%s%s</text>", left,
                           y + (view->row_px + view->font_px) / 2 - 1,
                           hv_palette_text_on(fill) & 0xffffffu, shown, length <= room ? "" : "…");
  }
  g_string_append(svg, "</g>\n");
  for (guint i = 0; i < node->children->len; i++)
    svg_node(view, g_ptr_array_index(node->children, i), top, svg);
}

GString *hv_flame_svg(const HvFlameView *view, const char *title) {
  const HvPalette *palette = hv_palette_get(view->theme);
  GString *svg = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  int top = 2 * view->row_px;
  g_autofree char *shown = g_markup_escape_text(title, -1);
  g_string_append_printf(svg,
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                         "font-family=\"sans-serif\" font-size=\"%d\">\n"
                         "<rect width=\"100%%\" height=\"100%%\" fill=\"#%06x\"/>\n"
                         "<text x=\"%d\" y=\"%d\" fill=\"#%06x\" font-weight=\"bold\">%s</text>\n",
                         view->width_px, top + hv_flame_view_height(view), view->font_px,
                         palette->background & 0xffffffu, MARGIN_PX,
                         view->row_px / 2 + view->font_px, palette->text & 0xffffffu, shown);
  svg_node(view, hv_flame_root(view->flame), top, svg);
  g_string_append(svg, "</svg>\n");
  return svg;
}
