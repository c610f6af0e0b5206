/* SPDX-License-Identifier: MIT */
/* Entries stand side by side as long as there is room, as in "Fill: # empty  # 25 %  # full". */
#include "viewer/render/legend.h"

#include "viewer/render/text.h"

enum {
  TEXT_PX = 11,
  LINE_PX = 17,
  SWATCH_PX = 10,
  SPACE_PX = 12,
};

/* Where the next entry goes. */
typedef struct {
  cairo_t *cr; /* draws; or measures only */
  gboolean draws;
  int left;
  int right;
  int scale;
  int x;
  int y;
} Pen;

static void put(Pen *pen, const guint32 *swatch, const char *text, guint32 colour, gboolean bold) {
  HvTextStyle style = {.size_px = TEXT_PX * pen->scale, .bold = bold, .colour = colour};
  int line = LINE_PX * pen->scale;
  int side = SWATCH_PX * pen->scale;
  int text_width = *text == '\0' ? 0 : hv_text_measure(pen->cr, text, &style, NULL);
  int before = swatch == NULL ? 0 : side + 5 * pen->scale;
  if (pen->x > pen->left && pen->x + before + text_width > pen->right) {
    pen->x = pen->left;
    pen->y += line;
  }
  text_width = MIN(text_width, pen->right - pen->x - before);
  if (pen->draws && swatch != NULL) {
    hv_set_colour(pen->cr, *swatch);
    cairo_rectangle(pen->cr, pen->x, pen->y + (line - side) / 2, side, side);
    cairo_fill(pen->cr);
  }
  if (pen->draws && text_width > 0)
    hv_text_draw(pen->cr, text, &style, pen->x + before, pen->y, text_width, line);
  /* Swatches without text of their own stand close together: a ramp. */
  pen->x += before + text_width + (*text == '\0' ? 0 : SPACE_PX * pen->scale);
}

int hv_legend_draw(cairo_t *cr, HvLens *lens, const HvPalette *palette, int x, int y, int width,
                   int scale) {
  guint count = 0;
  const HvLegendEntry *entries = hv_lens_legend(lens, &count);
  cairo_surface_t *none = NULL;
  Pen pen = {cr, cr != NULL, x, x + width, scale, x, y};
  if (cr == NULL) {
    none = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    pen.cr = cairo_create(none);
  }
  put(&pen, NULL, hv_lens_title(lens), palette->text, TRUE);
  for (guint i = 0; i < count; i++)
    put(&pen, &entries[i].colour, entries[i].text, palette->text_dim, FALSE);
  if (hv_lens_note(lens) != NULL)
    put(&pen, NULL, hv_lens_note(lens), palette->text_dim, FALSE);
  if (none != NULL) {
    cairo_destroy(pen.cr);
    cairo_surface_destroy(none);
  }
  return pen.y - y + LINE_PX * scale;
}
