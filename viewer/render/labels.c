/* SPDX-License-Identifier: MIT */
/*
 * Text over the map: headers of bands with a bar of their mix, the marks of what is left out, and
 * what blocks are where they are wide enough. Nothing depends on which part is drawn.
 */
#include "viewer/render/tile.h"

#include <glib/gi18n.h>

#include "viewer/model/layout_private.h"
#include "viewer/model/units.h"
#include "viewer/render/cells.h"
#include "viewer/render/cue.h"
#include "viewer/render/text.h"
#include "viewer/render/walk.h"

enum {
  TEXT_PX = 11,
  LABEL_WIDTH_PX = 48,    /* blocks from this width on say their size */
  ADDRESS_WIDTH_PX = 230, /* and from this on their address and state */
  LABEL_ROW_PX = 12,
  BAR_WIDTH_PX = 120,
  ZIGZAG_WIDTH_PX = 80,
  TRIANGLE_PX = 4, /* half as wide as it is long */
};

static void band_mix(HvPyramid *pyramid, HvLayout *layout, guint index, HvMix *mix) {
  guint count = 0;
  const HvBand *band = &hv_layout_bands(layout, NULL)[index];
  const HvRun *runs = hv_layout_band_runs(layout, index, &count);
  const HvRun *last = &runs[count - 1];
  HvOrder *order = hv_layout_params(layout)->order;
  if (order != NULL) {
    guint first = (guint)(runs - hv_order_runs(order, NULL));
    guint64 before[HV_STATE_MAP_COUNT];
    hv_order_sum(order, first, 0, before);
    hv_order_sum(order, first + count - 1, last->bytes, mix->bytes);
    for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
      mix->bytes[state] -= before[state];
    return;
  }
  hv_pyramid_mix(pyramid, runs[0].address, last->address + last->bytes + band->tail_bytes, mix);
  /* What lies between the runs of a band is in another one. */
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    if (band->kind == HV_BAND_REGIONS ? state != HV_STATE_REGION && state != HV_STATE_DIRTY
                                      : state == HV_STATE_REGION)
      mix->bytes[state] = 0;
  mix->bytes[HV_STATE_NONE] = 0;
}

static char *header_text(HvLayout *layout, const HvBand *band, guint index, const HvMix *mix) {
  const HvRun *run = hv_layout_band_runs(layout, index, NULL);
  guint64 bytes = band->bytes + band->tail_bytes;
  g_autofree char *size = hv_format_bytes((gint64)bytes);
  const struct alloc_class_record *classes = hv_frame_classes(hv_layout_frame(layout), NULL);
  g_autofree char *address = hv_format_address(run->address);
  g_autofree char *live =
      hv_format_percent(mix->bytes[HV_STATE_LIVE] + mix->bytes[HV_STATE_LARGE], bytes);
  g_autofree char *count = hv_format_count(band->count);
  switch (band->kind) {
  case HV_BAND_ARENA:
    return g_strdup_printf(_("Arena %u · %s · %s · %s live"), band->index, address, size, live);
  case HV_BAND_ARENAS:
    return g_strdup_printf(ngettext("%s arena, gaps left out · from %s · %s · %s live",
                                    "%s arenas, gaps left out · from %s · %s · %s live",
                                    band->count),
                           count, address, size, live);
  case HV_BAND_CLASS: {
    g_autofree char *block = hv_format_bytes((gint64)classes[band->index].block_bytes);
    return g_strdup_printf(ngettext("%s blocks · %s span · %s · %s live",
                                    "%s blocks · %s spans, empty to full · %s · %s live",
                                    band->count),
                           block, count, size, live);
  }
  case HV_BAND_LARGE:
    return g_strdup_printf(ngettext("%s large block · %s", "%s large blocks · %s", band->count),
                           count, size);
  case HV_BAND_DIRTY:
    return g_strdup_printf(_("Free slices, kept · %s"), size);
  case HV_BAND_CLEAN:
    return g_strdup_printf(_("Free slices, given back or never used · %s"), size);
  case HV_BAND_HEADERS:
    return g_strdup_printf(
        ngettext("Heads of %s arena · %s", "Heads of %s arenas · %s", band->count), count, size);
  case HV_BAND_REGIONS:
    break;
  }
  int smaller = band->row_shift - hv_layout_params(layout)->row_shift;
  g_autofree char *factor = hv_format_count(G_GUINT64_CONSTANT(1) << smaller);
  if (smaller == 0)
    return g_strdup_printf(ngettext("%s mmapped region · from %s · %s",
                                    "%s mmapped regions, one after the other · from %s · %s",
                                    band->count),
                           count, address, size);
  return g_strdup_printf(
      ngettext("%s mmapped region · from %s · %s, drawn %s times smaller",
               "%s mmapped regions, one after the other · from %s · %s, drawn %s times smaller",
               band->count),
      count, address, size, factor);
}

/* The mix of a band as a small bar on the right of its header. */
static void draw_bar(cairo_t *cr, const HvPalette *palette, const HvMix *mix, gint64 x, gint64 y,
                     int width, int height) {
  guint64 total = 0;
  guint64 below = 0;
  for (guint state = 1; state < HV_STATE_MAP_COUNT; state++)
    total += mix->bytes[state];
  for (guint state = 1; state < HV_STATE_MAP_COUNT && total != 0; state++) {
    gint64 from = (gint64)((unsigned __int128)below * (guint)width / total);
    below += mix->bytes[state];
    gint64 to = (gint64)((unsigned __int128)below * (guint)width / total);
    if (to == from)
      continue;
    hv_set_colour(cr, palette->state[state]);
    cairo_rectangle(cr, (double)(x + from), (double)y, (double)(to - from), height);
    cairo_fill(cr);
  }
}

/* Tells that a band can be folded, pointing down, or is. Of whole pixels, as the jagged lines are.
 */
static void draw_triangle(cairo_t *cr, const HvPalette *palette, gboolean folded, int x, gint64 y,
                          int scale) {
  int half = TRIANGLE_PX * scale;
  hv_set_colour(cr, palette->text_dim);
  for (int i = 0; i < half; i++) {
    if (folded)
      cairo_rectangle(cr, x + half / 2 + i, (double)(y - half + i), 1, 2 * (half - i));
    else
      cairo_rectangle(cr, x + i, (double)(y - half / 2 + i), 2 * (half - i), 1);
  }
  cairo_fill(cr);
}

static void draw_header(cairo_t *cr, HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                        guint index) {
  const HvBand *band = &hv_layout_bands(layout, NULL)[index];
  const HvLayoutParams *params = hv_layout_params(layout);
  int scale = params->scale;
  int height = hv_layout_header_px(layout);
  int width = params->width_px - 12 * scale;
  HvMix mix;
  band_mix(pyramid, layout, index, &mix);
  if (width >= 4 * BAR_WIDTH_PX * scale) {
    int bar = BAR_WIDTH_PX * scale;
    draw_bar(cr, palette, &mix, params->width_px - 6 * scale - bar, band->y + 6 * scale, bar,
             height - 12 * scale);
    width -= bar + 12 * scale;
  }
  g_autofree char *text = header_text(layout, band, index, &mix);
  HvTextStyle style = {.size_px = TEXT_PX * scale, .colour = palette->text};
  int left = 6 * scale;
  if (params->folds != NULL) {
    draw_triangle(cr, palette, band->is_folded, left, band->y + height / 2, scale);
    left += (2 * TRIANGLE_PX + 6) * scale;
    width -= (2 * TRIANGLE_PX + 6) * scale;
  }
  hv_text_draw(cr, text, &style, left, band->y, width, height);
}

char *hv_render_gap_text(const HvBand *band) {
  g_autofree char *size = hv_format_bytes((gint64)band->gap_bytes);
  return g_strdup_printf(_("%s not mapped"), size);
}

char *hv_render_tail_text(const HvBand *band) {
  g_autofree char *size = hv_format_bytes((gint64)band->tail_bytes);
  return g_strdup_printf(_("%s free, given back or never used"), size);
}

/* What is left out, "1.2 TiB not mapped", between two jagged lines. */
static void draw_left_out(cairo_t *cr, HvLayout *layout, const HvPalette *palette, const char *text,
                          gint64 top) {
  const HvLayoutParams *params = hv_layout_params(layout);
  int scale = params->scale;
  int height = hv_layout_collapsed_px(layout);
  HvTextStyle style = {
      .size_px = (TEXT_PX - 1) * scale, .colour = palette->text_dim, .align = HV_TEXT_CENTRE};
  int text_width = MIN(hv_text_measure(cr, text, &style, NULL), params->width_px);
  hv_text_draw(cr, text, &style, 0, top, params->width_px, height);
  /* Whole pixels: a slanted line would be rasterised differently in different tiles. */
  int side = MIN((params->width_px - text_width) / 2 - 10 * scale, ZIGZAG_WIDTH_PX * scale);
  gint64 middle = top + height / 2;
  const int starts[2] = {(params->width_px - text_width) / 2 - 10 * scale - side,
                         (params->width_px + text_width) / 2 + 10 * scale};
  hv_set_colour(cr, palette->text_dim);
  for (int i = 0; i < 2; i++)
    for (int x = 0; x + scale <= side; x += scale) {
      int step = x / scale % 8;
      int rise = step < 4 ? step - 2 : 6 - step;
      cairo_rectangle(cr, starts[i] + x, (double)(middle + rise * scale), scale, scale);
    }
  cairo_fill(cr);
}

char *hv_render_thing_text(const HvHit *hit, gint64 width, int scale) {
  if (width < LABEL_WIDTH_PX * scale)
    return NULL;
  guint64 bytes = hit->block_bytes != 0 ? hit->block_bytes : hit->end - hit->begin;
  g_autofree char *size = hv_format_bytes((gint64)bytes);
  g_autofree char *address = hv_format_address(hit->begin);
  if (width < ADDRESS_WIDTH_PX * scale)
    return g_steal_pointer(&size);
  return g_strdup_printf("%s · %s · %s", address, size, hv_state_name(hit->state));
}

static void label_thing(cairo_t *cr, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                        const HvRowThing *thing, gint64 y) {
  const HvLayoutParams *params = hv_layout_params(layout);
  const HvHit *hit = &thing->hit;
  int scale = params->scale;
  gint64 x = thing->left + 2 * scale;
  int width = (int)MIN(thing->right - thing->left, 32767) - 4 * scale;
  g_autofree char *text = hv_render_thing_text(hit, thing->right - thing->left, scale);
  guint32 fill = hv_render_thing_colour(hv_layout_frame(layout), palette, lens, hit);
  HvTextStyle style = {.size_px = (TEXT_PX - 1) * scale,
                       .colour = hv_palette_text_on(fill),
                       .align = HV_TEXT_CENTRE};
  if (lens == NULL && !hv_cue_is_plain(hit->state)) {
    /* Text is hard to read over a pattern. */
    int plate = MIN(hv_text_measure(cr, text, &style, NULL) + 4 * scale, width);
    hv_set_colour(cr, fill);
    cairo_rectangle(cr, (double)(x + (width - plate) / 2), (double)(y + scale), plate,
                    params->row_px - 2 * scale);
    cairo_fill(cr);
  }
  hv_text_draw(cr, text, &style, x, y, width, params->row_px);
}

/* A block that goes on over several rows is named in the first. */
static void label_row(cairo_t *cr, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                      guint band, guint64 row, gint64 y, const HvRect *area) {
  HvRowWalk walk;
  HvRowThing thing;
  hv_row_walk_begin(&walk, layout, band, row, area,
                    LABEL_WIDTH_PX * hv_layout_params(layout)->scale);
  while (hv_row_walk_next(&walk, &thing))
    if (thing.begins && thing.hit.state != HV_STATE_NONE)
      label_thing(cr, layout, palette, lens, &thing, y);
}

static void label_rows(cairo_t *cr, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                       guint index, const HvRect *area) {
  const HvBand *band = &hv_layout_bands(layout, NULL)[index];
  gint64 pitch = hv_layout_row_pitch_px(layout);
  gint64 from_y = MAX(area->y, band->rows_y);
  gint64 to_y = MIN(area->y + area->height, band->end_y);
  if (from_y >= to_y)
    return;
  guint64 last = (guint64)((to_y - 1 - band->rows_y) / pitch);
  for (guint64 row = (guint64)((from_y - band->rows_y) / pitch); row <= last; row++)
    label_row(cr, layout, palette, lens, index, row, band->rows_y + (gint64)row * pitch, area);
}

void hv_render_labels(cairo_t *cr, HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                      HvLens *lens, const HvRect *area) {
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  const HvLayoutParams *params = hv_layout_params(layout);
  gboolean label_blocks = params->row_px >= LABEL_ROW_PX * params->scale;
  if (area->x >= params->width_px || area->x + area->width <= 0)
    return;
  int strip_px = hv_layout_collapsed_px(layout);
  /* The strip under the rows of a band is what is left of it. */
  for (guint i = hv_render_first_band(layout, area->y - strip_px); i < count; i++) {
    gint64 top = bands[i].y - (bands[i].gap_bytes != 0 ? strip_px : 0);
    if (top >= area->y + area->height)
      return;
    if (bands[i].gap_bytes != 0 && area->y < bands[i].y) {
      g_autofree char *text = hv_render_gap_text(&bands[i]);
      draw_left_out(cr, layout, palette, text, top);
    }
    if (bands[i].tail_bytes != 0 && area->y < bands[i].end_y + strip_px &&
        area->y + area->height > bands[i].end_y) {
      g_autofree char *text = hv_render_tail_text(&bands[i]);
      draw_left_out(cr, layout, palette, text, bands[i].end_y);
    }
    if (area->y < bands[i].rows_y && area->y + area->height > bands[i].y)
      draw_header(cr, pyramid, layout, palette, i);
    if (label_blocks)
      label_rows(cr, layout, palette, lens, i, area);
  }
}
