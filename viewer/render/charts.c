/* SPDX-License-Identifier: MIT */
/* See charts.h. */
#include "viewer/render/charts.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/text.h"

enum {
  TEXT_PX = 11,
  LINE_PX = 16, /* room for a line of text */
  PART_MIN_PX = 3,
};

/* The frame of a chart: what is left between its texts. */
typedef struct {
  double x;
  double y;
  double width;
  double height;
} Plot;

static void draw_text(cairo_t *cr, const HvPalette *palette, const char *text, HvTextAlign align,
                      double x, double y, double width) {
  HvTextStyle style = {.size_px = TEXT_PX, .colour = palette->text_dim, .align = align};
  hv_text_draw(cr, text, &style, (gint64)x, (gint64)y, (int)width, LINE_PX);
}

static void draw_base(cairo_t *cr, const HvPalette *palette, const Plot *plot) {
  hv_set_colour(cr, palette->rule);
  cairo_set_line_width(cr, 1);
  cairo_move_to(cr, plot->x + 0.5, plot->y);
  cairo_line_to(cr, plot->x + 0.5, plot->y + plot->height - 0.5);
  cairo_line_to(cr, plot->x + plot->width, plot->y + plot->height - 0.5);
  cairo_stroke(cr);
}

static double share(guint64 part, guint64 whole) {
  return whole == 0 ? 0 : (double)part / (double)whole;
}

void hv_render_release_curve(cairo_t *cr, HvRelease *release, const HvPalette *palette, int width,
                             int height) {
  Plot plot = {0, LINE_PX, width, height - 2 * LINE_PX};
  guint64 blocks = hv_release_blocks(release);
  guint64 bytes = hv_release_bytes(release);
  guint64 knee_blocks = 0;
  guint64 knee_bytes = 0;
  guint count = 0;
  const HvReleasePoint *points = hv_release_points(release, &count);
  g_autofree char *most = hv_format_bytes((gint64)bytes);
  g_autofree char *all = hv_format_count(blocks);
  g_autofree char *all_blocks = g_strdup_printf(ngettext("%s blocks", "%s blocks", blocks), all);
  draw_text(cr, palette, most, HV_TEXT_START, 0, 0, width);
  draw_text(cr, palette, "0", HV_TEXT_START, 0, height - LINE_PX, width);
  draw_text(cr, palette, all_blocks, HV_TEXT_END, 0, height - LINE_PX, width);
  draw_base(cr, palette, &plot);
  if (bytes == 0)
    return;
  double bottom = plot.y + plot.height;
  cairo_move_to(cr, plot.x, bottom);
  for (guint i = 0; i < count; i++)
    cairo_line_to(cr, plot.x + plot.width * share(points[i].blocks, blocks),
                  bottom - plot.height * share(points[i].bytes, bytes));
  if (blocks == 0)
    cairo_line_to(cr, plot.x + plot.width, plot.y);
  cairo_line_to(cr, plot.x + plot.width, bottom);
  cairo_close_path(cr);
  hv_set_colour(cr, palette->state[HV_STATE_FREE]);
  cairo_fill(cr);
  /* An even spread. */
  double dashes[] = {4, 3};
  hv_set_colour(cr, palette->text_dim);
  cairo_set_dash(cr, dashes, 2, 0);
  cairo_move_to(cr, plot.x, bottom - plot.height * share(points[0].bytes, bytes));
  cairo_line_to(cr, plot.x + plot.width, plot.y);
  cairo_stroke(cr);
  cairo_set_dash(cr, NULL, 0, 0);
  if (!hv_release_knee(release, &knee_blocks, &knee_bytes))
    return;
  double x = plot.x + plot.width * share(knee_blocks, blocks);
  double y = bottom - plot.height * share(knee_bytes, bytes);
  hv_set_colour(cr, palette->text);
  cairo_arc(cr, x, y, 3.5, 0, 6.2832);
  cairo_fill(cr);
  g_autofree char *gain = hv_format_bytes((gint64)knee_bytes);
  gboolean left = x > plot.width / 2;
  HvTextStyle style = {.size_px = TEXT_PX,
                       .bold = TRUE,
                       .colour = palette->text,
                       .align = left ? HV_TEXT_END : HV_TEXT_START};
  hv_text_draw(cr, gain, &style, left ? 0 : (gint64)x + 8, (gint64)MIN(y + 2, bottom - LINE_PX),
               left ? (int)x - 8 : width - (int)x - 8, LINE_PX);
}

static void bar(cairo_t *cr, guint32 colour, double x, double bottom, double width, double height) {
  hv_set_colour(cr, colour);
  cairo_rectangle(cr, x, bottom - height, width, height);
  cairo_fill(cr);
}

void hv_render_fill_histogram(cairo_t *cr, HvRelease *release, const HvPalette *palette, int width,
                              int height) {
  const HvDecile *deciles = hv_release_deciles(release);
  Plot plot = {0, LINE_PX, width, height - 2 * LINE_PX};
  guint64 most = 0;
  for (guint i = 0; i < HV_RELEASE_DECILES; i++)
    most = MAX(most, deciles[i].held_bytes);
  g_autofree char *top = hv_format_bytes((gint64)most);
  draw_text(cr, palette, top, HV_TEXT_START, 0, 0, width);
  draw_text(cr, palette, _("empty"), HV_TEXT_START, 0, height - LINE_PX, width);
  draw_text(cr, palette, _("full"), HV_TEXT_END, 0, height - LINE_PX, width);
  draw_base(cr, palette, &plot);
  double step = plot.width / HV_RELEASE_DECILES;
  for (guint i = 0; i < HV_RELEASE_DECILES; i++) {
    guint count = 0;
    const HvDecileClass *classes = hv_release_decile_classes(release, i, &count);
    double bottom = plot.y + plot.height;
    double x = plot.x + step * i + 2;
    for (guint k = 0; k < count; k++) {
      HvDecileClass part = classes[k];
      double held = plot.height * share(part.held_bytes, most);
      if (held < PART_MIN_PX) {
        /* Neither this one nor those behind it can be told apart: they are one. */
        while (++k < count) {
          part.live_bytes += classes[k].live_bytes;
          part.held_bytes += classes[k].held_bytes;
        }
        held = plot.height * share(part.held_bytes, most);
      }
      bar(cr, palette->state[HV_STATE_FREE], x, bottom, step - 4, held);
      bar(cr, palette->state[HV_STATE_LIVE], x, bottom, step - 4,
          held * share(part.live_bytes, part.held_bytes));
      bottom -= held;
      if (k + 1 < count)
        bar(cr, palette->background, x, bottom + 1, step - 4, 1);
    }
  }
}

guint hv_render_fill_histogram_at(int width, double x) {
  return (guint)(CLAMP(x / MAX(width, 1), 0, 0.999) * HV_RELEASE_DECILES);
}
