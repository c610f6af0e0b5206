/* SPDX-License-Identifier: MIT */
/*
 * Cells of the map. A row of the map is coloured once into a line, which is then copied to the
 * lines of pixels it covers. The colour of a pixel depends on the bytes behind it alone:
 *
 *   bytes of one thing (a block, a tail, a run of free slices, ...)  its state's colour
 *   more                                                             mix by area
 *   a thing of 4 px or more ends there, a span of 8 px or more       darkened: a border
 *   by address, in rows of several: a huge page of 8 px or more ends  darkened: a border
 *   two slices or more, mostly clean, with one span mostly waste     a tick in the last line
 */
#include "viewer/render/tile.h"

#include <string.h>

#include "viewer/model/layout_private.h"
#include "viewer/model/pyramid_private.h"
#include "viewer/render/cells.h"
#include "viewer/render/cue.h"
#include "viewer/render/dim.h"

/* Of x86-64, and of arm64 with pages of 4 KiB. */
#define HUGE_PAGE_BYTES ((guint64)2 << 20)

guint32 hv_render_blend(const HvPalette *palette, const HvMix *mix) {
  guint64 red = 0;
  guint64 green = 0;
  guint64 blue = 0;
  guint64 total = 0;
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++) {
    guint64 bytes = mix->bytes[state];
    guint32 colour = palette->state[state];
    red += bytes * (colour >> 16 & 0xff);
    green += bytes * (colour >> 8 & 0xff);
    blue += bytes * (colour & 0xff);
    total += bytes;
  }
  if (total == 0)
    return palette->background;
  guint64 half = total / 2;
  return 0xff000000u | (guint32)((red + half) / total) << 16 |
         (guint32)((green + half) / total) << 8 | (guint32)((blue + half) / total);
}

guint32 hv_render_darken(guint32 fill, guint32 border) {
  guint32 red = ((fill >> 16 & 0xff) * 5 + (border >> 16 & 0xff) * 3) / 8;
  guint32 green = ((fill >> 8 & 0xff) * 5 + (border >> 8 & 0xff) * 3) / 8;
  guint32 blue = ((fill & 0xff) * 5 + (border & 0xff) * 3) / 8;
  return 0xff000000u | red << 16 | green << 8 | blue;
}

guint32 hv_render_thing_colour(HvFrame *frame, const HvPalette *palette, HvLens *lens,
                               const HvHit *hit) {
  if (lens != NULL)
    return hv_lens_range_colour(lens, hit->kind == HV_HIT_REGION, hit->begin, hit->end);
  if (hit->kind != HV_HIT_BLOCK || hit->state != HV_STATE_NONE)
    return palette->state[hit->state];
  HvMix mix;
  hv_frame_span_mix(frame, (guint)hit->span_index, mix.bytes);
  return hv_render_blend(palette, &mix);
}

/* One row of a band, while it is coloured from left to right. */
typedef struct {
  HvPyramid *pyramid;
  HvLayout *layout;
  HvFrame *frame;
  const HvPalette *palette;
  HvLens *lens;
  HvOrder *order;
  guint first_run; /* of the band, in the order */
  const HvBand *band;
  const HvRun *runs;
  guint run_count;
  guint run;            /* index of the run that holds the last offset asked for */
  gboolean has_borders; /* slices are wide enough */
  gboolean has_edges;   /* huge pages are wide enough, and are not whole rows */
  HvHit thing;          /* at the last offset asked for; valid if thing_end > thing_begin */
  guint64 thing_begin;  /* offsets on the axis */
  guint64 thing_end;
  guint32 thing_colour;
  guint64 sum_at; /* offset of `sum` */
  gboolean has_sum;
  HvSum sum;
  guint sum_arena; /* by address: where `sum` is */
  guint64 sum_offset;
  guint64 lens_at; /* offset of `lens_sum` */
  gboolean has_lens_sum;
  HvLensSum lens_sum;
} Row;

static gboolean is_wide(const Row *row, guint64 bytes, guint px) {
  const HvLayoutParams *params = hv_layout_params(row->layout);
  /* bytes < 2^57: shift the small side. */
  return bytes >= (((guint64)px << row->band->row_shift) + (guint64)params->width_px - 1) /
                      (guint64)params->width_px;
}

static const HvRun *run_at(Row *row, guint64 offset) {
  if (offset < row->runs[row->run].offset ||
      offset - row->runs[row->run].offset >= row->runs[row->run].bytes) {
    if (row->run + 1 < row->run_count && offset >= row->runs[row->run + 1].offset &&
        offset - row->runs[row->run + 1].offset < row->runs[row->run + 1].bytes)
      row->run++;
    else
      row->run = hv_layout_run_at(row->layout,
                                  (guint)(row->band - hv_layout_bands(row->layout, NULL)), offset);
  }
  return &row->runs[row->run];
}

/* Finds the thing at @offset, with its extent on the axis, cut where its run ends. */
static void find_thing(Row *row, guint64 offset) {
  if (offset >= row->thing_begin && offset < row->thing_end)
    return;
  const HvRun *run = run_at(row, offset);
  guint64 address = run->address + (offset - run->offset);
  HvHit *thing = &row->thing;
  hv_hit_test(row->frame, address, thing);
  guint64 begin = thing->begin;
  guint64 end = thing->end;
  if (thing->kind == HV_HIT_NOTHING && end <= address)
    end = address + 1;
  /* Blocks that are not published one by one look alike: the span is the thing. */
  if (thing->kind == HV_HIT_BLOCK && thing->state == HV_STATE_NONE) {
    begin = hv_frame_span_address(row->frame, (guint)thing->span_index);
    end = begin + hv_frame_span_bytes(row->frame, (guint)thing->span_index);
  }
  row->thing_begin = begin <= run->address ? run->offset : run->offset + (begin - run->address);
  row->thing_end = run->offset + MIN(end - run->address, run->bytes);
  if (row->lens == NULL)
    row->thing_colour = hv_render_thing_colour(row->frame, row->palette, NULL, thing);
}

/* Run of the order and bytes into it; the end of the band is behind its last run. */
static guint order_place(Row *row, guint64 offset, guint64 *into) {
  if (offset == row->band->bytes) {
    *into = row->runs[row->run_count - 1].bytes;
    return row->first_run + row->run_count - 1;
  }
  *into = offset - run_at(row, offset)->offset;
  return row->first_run + row->run;
}

/* Brings `sum` to @offset. */
static void axis_sum(Row *row, guint64 offset) {
  gboolean at_end = offset == row->band->bytes;
  if (row->order != NULL) {
    guint64 into = 0;
    guint run = order_place(row, offset, &into);
    hv_order_sum(row->order, run, into, row->sum.bytes);
  } else {
    const HvRun *run = at_end ? &row->runs[row->run_count - 1] : run_at(row, offset);
    guint arena = row->band->index + (guint)(run - row->runs);
    guint64 base = hv_frame_arenas(row->frame, NULL)[arena].address;
    guint64 arena_offset = run->address - base + (offset - run->offset);
    if (row->has_sum && row->sum_arena == arena)
      hv_pyramid_arena_sum_on(row->pyramid, arena, row->sum_offset, arena_offset, &row->sum);
    else
      hv_pyramid_arena_sum(row->pyramid, arena, arena_offset, &row->sum);
    row->sum_arena = arena;
    row->sum_offset = arena_offset;
  }
  row->sum_at = offset;
  row->has_sum = TRUE;
}

static void axis_mix(Row *row, guint64 begin, guint64 end, HvMix *mix) {
  HvSum low;
  if (!row->has_sum || row->sum_at != begin)
    axis_sum(row, begin);
  low = row->sum;
  axis_sum(row, end);
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    mix->bytes[state] = row->sum.bytes[state] - low.bytes[state];
}

static void lens_axis_sum(Row *row, guint64 offset, HvLensSum *sum) {
  guint64 into = 0;
  guint run = order_place(row, offset, &into);
  hv_lens_order_sum(row->lens, run, into, sum);
}

/* The lens's colour of a stretch of the axis. */
static guint32 lens_pixel(Row *row, guint64 begin, guint64 end) {
  gboolean regions = row->band->kind == HV_BAND_REGIONS;
  const HvRun *first = run_at(row, begin);
  guint64 from = first->address + (begin - first->offset);
  if (row->order == NULL || end <= first->offset + first->bytes) {
    /* What lies between runs that follow each other by address does not count. */
    const HvRun *last = run_at(row, end - 1);
    HvLensSum sum;
    hv_lens_sum(row->lens, regions, from, last->address + (end - last->offset), &sum);
    return hv_lens_colour(row->lens, &sum, end - begin);
  }
  HvLensSum low;
  if (row->has_lens_sum && row->lens_at == begin)
    low = row->lens_sum;
  else
    lens_axis_sum(row, begin, &low);
  lens_axis_sum(row, end, &row->lens_sum);
  row->lens_at = end;
  row->has_lens_sum = TRUE;
  for (int i = 0; i < 3; i++)
    low.part[i] = row->lens_sum.part[i] - low.part[i];
  return hv_lens_colour(row->lens, &low, end - begin);
}

/* Whether a thing that is wide enough for a border ends in (begin, end]. */
static gboolean has_border(Row *row, guint64 begin, guint64 end) {
  guint64 at = begin;
  while (at < end) {
    find_thing(row, at);
    const HvHit *thing = &row->thing;
    guint64 thing_end = row->thing_end;
    if (thing->kind == HV_HIT_BLOCK || thing->kind == HV_HIT_TAIL) {
      gboolean exact = thing->state != HV_STATE_NONE;
      if (thing->kind == HV_HIT_BLOCK && exact && is_wide(row, thing->end - thing->begin, 4)) {
        if (thing_end <= end)
          return TRUE;
      } else {
        /* Blocks too small for borders: on to the end of their span. */
        const HvRun *run = run_at(row, at);
        guint64 span_begin = hv_frame_span_address(row->frame, (guint)thing->span_index);
        guint64 span_bytes = hv_frame_span_bytes(row->frame, (guint)thing->span_index);
        guint64 blocks = thing->kind == HV_HIT_BLOCK ? thing->span->block_bytes : 0;
        gboolean to_span_end = thing->kind == HV_HIT_TAIL || !exact || !is_wide(row, blocks, 4);
        if (to_span_end)
          thing_end = run->offset + MIN(span_begin + span_bytes - run->address, run->bytes);
        if (thing_end <= end && is_wide(row, span_bytes, 8))
          return TRUE;
      }
    }
    at = thing_end;
  }
  return FALSE;
}

/* Whether a huge page ends in (begin, end]. Arenas do, too. */
static gboolean has_edge(Row *row, guint64 begin, guint64 end) {
  const HvRun *run = run_at(row, begin);
  guint64 address = run->address + (begin - run->offset);
  guint64 page_end = (address / HUGE_PAGE_BYTES + 1) * HUGE_PAGE_BYTES;
  return page_end - address <= MIN(end, run->offset + run->bytes) - begin;
}

/* Colour of a pixel of a band that is not of regions. @tick: (out): whether it has a tick. */
static guint32 arena_pixel(Row *row, guint64 begin, guint64 end, gboolean *tick) {
  guint32 colour = 0;
  guint64 slice_bytes = hv_frame_header(row->frame)->slice_bytes;
  gboolean mixed = TRUE;
  *tick = FALSE;
  if (row->lens != NULL) {
    colour = lens_pixel(row, begin, end);
    mixed = FALSE;
  } else if (end - begin < slice_bytes) {
    find_thing(row, begin);
    mixed = row->thing_end < end;
    colour = row->thing_colour;
  }
  if (mixed) {
    HvMix mix;
    axis_mix(row, begin, end, &mix);
    colour = hv_render_blend(row->palette, &mix);
    guint64 waste =
        mix.bytes[HV_STATE_FREE] + mix.bytes[HV_STATE_UNTOUCHED] + mix.bytes[HV_STATE_TAIL];
    if (row->order == NULL && end - begin >= 2 * slice_bytes && waste < (end - begin) / 4) {
      const struct alloc_arena_record *arenas = hv_frame_arenas(row->frame, NULL);
      const HvRun *first = run_at(row, begin);
      guint first_arena = row->band->index + row->run;
      const HvRun *last = run_at(row, end - 1);
      guint last_arena = row->band->index + row->run;
      guint64 first_offset = first->address - arenas[first_arena].address + (begin - first->offset);
      guint64 last_offset = last->address - arenas[last_arena].address + (end - last->offset);
      *tick = hv_pyramid_worst_waste(row->pyramid, first_arena, first_offset, last_arena,
                                     last_offset) >= HV_TICK_WASTE;
    }
  }
  if ((row->has_borders && has_border(row, begin, end)) ||
      (row->has_edges && has_edge(row, begin, end)))
    colour = hv_render_darken(colour, row->palette->border);
  return colour;
}

/* The states of all regions in it. */
static guint32 regions_mix(Row *row, guint64 begin, guint64 end) {
  HvMix mix = {0};
  while (begin < end) {
    const HvRun *run = run_at(row, begin);
    guint64 stop = MIN(end, run->offset + run->bytes);
    mix.bytes[hv_frame_region_state(row->frame, run->address)] += stop - begin;
    begin = stop;
  }
  return hv_render_blend(row->palette, &mix);
}

static guint32 region_pixel(Row *row, guint64 begin, guint64 end) {
  const HvRun *run = run_at(row, begin);
  gboolean ends = run->offset + run->bytes <= end;
  gboolean has_border = ends && is_wide(row, run->bytes, 4);
  guint32 colour = row->lens != NULL ? lens_pixel(row, begin, end) : regions_mix(row, begin, end);
  return has_border ? hv_render_darken(colour, row->palette->border) : colour;
}

void hv_render_row(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                   guint band, guint64 index, int x, int width, guint32 *line, guint32 *last_line) {
  HvFrame *frame = hv_layout_frame(layout);
  Row row = {
      .pyramid = pyramid,
      .layout = layout,
      .frame = frame,
      .palette = palette,
      .lens = lens,
      .order = hv_layout_params(layout)->order,
      .band = &hv_layout_bands(layout, NULL)[band],
  };
  row.runs = hv_layout_band_runs(layout, band, &row.run_count);
  if (row.order != NULL)
    row.first_run = (guint)(row.runs - hv_order_runs(row.order, NULL));
  row.has_borders = is_wide(&row, hv_frame_header(frame)->slice_bytes, 8);
  row.has_edges = row.order == NULL && (HUGE_PAGE_BYTES >> row.band->row_shift) == 0 &&
                  is_wide(&row, HUGE_PAGE_BYTES, 8);
  guint64 base = index << row.band->row_shift;
  for (int i = 0; i < width; i++) {
    guint64 begin = base + hv_layout_column_begin(layout, row.band, x + i);
    guint64 end = MIN(base + hv_layout_column_end(layout, row.band, x + i), row.band->bytes);
    gboolean tick = FALSE;
    if (begin >= row.band->bytes)
      line[i] = palette->background;
    else if (row.band->kind == HV_BAND_REGIONS)
      line[i] = region_pixel(&row, begin, end);
    else
      line[i] = arena_pixel(&row, begin, end, &tick);
    last_line[i] = tick ? palette->state[HV_STATE_FREE] : line[i];
  }
}

static void fill(guint32 *pixels, int width, guint32 colour) {
  for (int i = 0; i < width; i++)
    pixels[i] = colour;
}

/* Draws the part of one band that lies in the rectangle. */
static void draw_band(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                      guint index, const HvRect *area, guint32 *pixels, gsize stride) {
  const HvBand *band = &hv_layout_bands(layout, NULL)[index];
  const HvLayoutParams *params = hv_layout_params(layout);
  int pitch = hv_layout_row_pitch_px(layout);
  gint64 from_x = MAX(area->x, 0);
  gint64 to_x = MIN(area->x + area->width, params->width_px);
  gint64 from_y = MAX(area->y, band->y);
  gint64 to_y = MIN(area->y + area->height, band->end_y);
  if (from_x >= to_x || from_y >= to_y)
    return;
  int width = (int)(to_x - from_x);
  g_autofree guint32 *line = g_new(guint32, width);
  g_autofree guint32 *last_line = g_new(guint32, width);
  int tick_y = params->row_px >= 3 * params->scale ? params->row_px - params->scale : pitch;
  guint64 have = G_MAXUINT64;
  for (gint64 y = from_y; y < to_y; y++) {
    guint32 *out = pixels + (gsize)(y - area->y) * stride + (gsize)(from_x - area->x);
    if (y < band->rows_y) {
      fill(out, width, palette->panel);
      continue;
    }
    guint64 row = (guint64)((y - band->rows_y) / pitch);
    int in_row = (int)((y - band->rows_y) % pitch);
    if (in_row >= params->row_px)
      continue;
    if (row != have) {
      hv_render_row(pyramid, layout, palette, lens, index, row, (int)from_x, width, line,
                    last_line);
      have = row;
    }
    memcpy(out, in_row >= tick_y ? last_line : line, (gsize)width * sizeof *out);
  }
}

guint hv_render_first_band(HvLayout *layout, gint64 y) {
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  guint low = 0;
  while (low < count) {
    guint middle = low + (count - low) / 2;
    if (bands[middle].end_y <= y)
      low = middle + 1;
    else
      count = middle;
  }
  return low;
}

void hv_render_cells(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                     gint64 x, gint64 y, int width, int height, guint32 *pixels,
                     gsize stride_bytes) {
  g_return_if_fail(hv_pyramid_frame(pyramid) == hv_layout_frame(layout));
  g_return_if_fail(width >= 0 && height >= 0 && stride_bytes % 4 == 0);
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  HvRect area = {x, y, width, height};
  for (int i = 0; i < height; i++)
    fill(pixels + (gsize)i * (stride_bytes / 4), width, palette->background);
  for (guint i = hv_render_first_band(layout, y); i < count && bands[i].y < y + height; i++)
    draw_band(pyramid, layout, palette, lens, i, &area, pixels, stride_bytes / 4);
}

cairo_surface_t *hv_render_tile(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                                HvLens *lens, gint64 x, gint64 y, int width, int height) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  cairo_surface_flush(surface);
  HvRect area = {x, y, width, height};
  guint32 *pixels = (guint32 *)(gpointer)cairo_image_surface_get_data(surface);
  gsize stride_bytes = (gsize)cairo_image_surface_get_stride(surface);
  hv_render_cells(pyramid, layout, palette, lens, x, y, width, height, pixels, stride_bytes);
  hv_cue_render(layout, palette, lens, &area, pixels, stride_bytes);
  hv_render_dim(layout, palette, &area, pixels, stride_bytes);
  cairo_surface_mark_dirty(surface);
  cairo_t *cr = cairo_create(surface);
  cairo_translate(cr, (double)-x, (double)-y);
  hv_render_labels(cr, pyramid, layout, palette, lens, &area);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  return surface;
}
