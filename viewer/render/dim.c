/* SPDX-License-Identifier: MIT */
/* See dim.h. Each row of the map is looked up once; its lines of pixels share the answer. */
#include "viewer/render/dim.h"

/* An eighth of the colour is left. */
static guint32 faded(guint32 colour, guint32 background) {
  guint32 red = ((colour >> 16 & 0xff) + 7 * (background >> 16 & 0xff)) / 8;
  guint32 green = ((colour >> 8 & 0xff) + 7 * (background >> 8 & 0xff)) / 8;
  guint32 blue = ((colour & 0xff) + 7 * (background & 0xff)) / 8;
  return 0xff000000u | red << 16 | green << 8 | blue;
}

/* Finds which columns of the map's row at @y are to be faded. Returns: whether it shows memory. */
static gboolean find_faded(HvLayout *layout, const HvRect *area, gint64 y, guint8 *fade) {
  HvHighlight *highlight = hv_layout_params(layout)->highlight;
  gboolean any = FALSE;
  for (gint64 x = 0; x < area->width; x++) {
    HvPlace place;
    gboolean shown = hv_layout_place(layout, area->x + x, y, &place);
    fade[x] = shown && !hv_highlight_touches(highlight, place.begin, place.end);
    any |= shown;
  }
  return any;
}

void hv_render_dim(HvLayout *layout, const HvPalette *palette, const HvRect *area, guint32 *pixels,
                   gsize stride_bytes) {
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  int pitch = hv_layout_row_pitch_px(layout);
  if (hv_layout_params(layout)->highlight == NULL)
    return;
  g_autofree guint8 *fade = g_new0(guint8, area->width + 1);
  gint64 known_row = -1;
  int known_band = -1;
  gboolean any = FALSE;
  for (gint64 y = MAX(area->y, 0); y < area->y + area->height; y++) {
    int band = hv_layout_band_at(layout, y);
    if (band < 0 || y < bands[band].rows_y || y >= bands[band].end_y)
      continue;
    gint64 row = (y - bands[band].rows_y) / pitch;
    if (band != known_band || row != known_row)
      any = find_faded(layout, area, bands[band].rows_y + row * pitch, fade);
    known_band = band;
    known_row = row;
    guint32 *line = pixels + (gsize)(y - area->y) * (stride_bytes / 4);
    for (gint64 x = 0; any && x < area->width; x++) {
      if (fade[x])
        line[x] = faded(line[x], palette->background);
    }
  }
}
