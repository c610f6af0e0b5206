/* SPDX-License-Identifier: MIT */
/*
 * The render core against a renderer that is too simple to be wrong: it asks for the state of
 * every byte behind a pixel. And: tiles equal the whole, whatever their cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/render/cells.h"
#include "viewer/render/dim.h"
#include "viewer/render/tile.h"

/* ---- the naive renderer ---- */

static gboolean is_unit_end(HvLayout *layout, int row_shift, const HvHit *hit, guint64 end) {
  const HvLayoutParams *params = hv_layout_params(layout);
  HvFrame *frame = hv_layout_frame(layout);
  guint64 row_bytes = G_GUINT64_CONSTANT(1) << row_shift;
  guint64 width = (guint64)params->width_px;
  if (hit->kind == HV_HIT_REGION)
    return end == hit->end && (hit->end - hit->begin) * width >= 4 * row_bytes;
  if (hv_frame_header(frame)->slice_bytes * width < 8 * row_bytes || hit->span_index < 0)
    return FALSE;
  if (hit->kind == HV_HIT_BLOCK && hit->state != HV_STATE_NONE && end == hit->end &&
      (hit->end - hit->begin) * width >= 4 * row_bytes)
    return TRUE;
  guint64 size = hv_frame_span_bytes(frame, (guint)hit->span_index);
  return end == hv_frame_span_address(frame, (guint)hit->span_index) + size &&
         size * width >= 8 * row_bytes;
}

/* What the pixel shows: a stretch of the axis of a band. */
typedef struct {
  HvPyramid *pyramid;
  HvLayout *layout;
  const HvPalette *palette;
  HvLens *lens;
  HvPyramid *before;
  HvPyramid *after;
  guint band;
  guint64 begin;
  guint64 end;
  const guint *ranks; /* of owners, by bytes */
} Stretch;

static guint64 address_of(const Stretch *stretch, guint64 offset) {
  guint count = 0;
  const HvRun *run = hv_layout_band_runs(stretch->layout, stretch->band, &count);
  guint low = 0;
  while (count - low > 1) {
    guint middle = (low + count) / 2;
    if (run[middle].offset <= offset)
      low = middle;
    else
      count = middle;
  }
  run += low;
  return run->address + (offset - run->offset);
}

/* The owner's place among all owners by bytes, counted anew for each. */
static guint owner_rank(HvFrame *frame, guint32 owner) {
  guint spans = 0;
  guint regions = 0;
  guint caches = 0;
  guint rank = 0;
  guint64 own = 0;
  const HvSpan *span = hv_frame_spans(frame, &spans);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);
  const struct alloc_cache_record *cache = hv_frame_caches(frame, &caches);
  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < (pass == 0 ? 1 : caches); i++) {
      guint32 which = pass == 0 ? owner : cache[i].owner;
      guint64 bytes = 0;
      for (guint k = 0; k < spans; k++)
        bytes += span[k].owner == which ? hv_frame_span_bytes(frame, k) : 0;
      for (guint k = 0; k < regions; k++)
        bytes += region[k].owner == which ? region[k].mapped_bytes : 0;
      if (pass == 0)
        own = bytes;
      else if (which != owner && (bytes > own || (bytes == own && which < owner)))
        rank++;
    }
  return rank;
}

static gboolean is_resident(HvFrame *frame, const HvHit *hit, guint64 address) {
  if (hit->span == NULL || hit->span->kind == ALLOC_SPAN_LARGE)
    return hit->state != HV_STATE_CLEAN && hit->state != HV_STATE_NONE;
  guint64 page = (address - hv_frame_span_address(frame, (guint)hit->span_index)) / 4096;
  guint64 pages = hv_frame_span_purged(frame, (guint)hit->span_index);
  gboolean purged = page < 64 && (pages >> page & 1) != 0;
  return !purged && page * 4096 < hit->span->touched * hit->span->block_bytes;
}

/* Colour of one byte under a lens that has one for each. */
static guint32 naive_lens_byte(const Stretch *stretch, const HvHit *hit, guint64 address) {
  const HvPalette *palette = stretch->palette;
  HvFrame *frame = hv_layout_frame(stretch->layout);
  gboolean small = hit->span != NULL && hit->span->kind == ALLOC_SPAN_SMALL;
  gboolean is_whole = hit->span != NULL || hit->state == HV_STATE_REGION; /* spares are nobody's */
  guint32 owner = hit->span != NULL     ? hit->span->owner
                  : hit->region != NULL ? hit->region->owner
                                        : 0;
  switch (hv_lens_kind(stretch->lens)) {
  case HV_LENS_FILL:
    if (small)
      return hv_palette_ramp(palette->fill, hit->span->live, hit->span->capacity);
    return is_whole ? palette->fill[HV_RAMP_STOPS - 1] : palette->quiet;
  case HV_LENS_CLASS:
    if (small)
      return hv_palette_shade(palette->family[(hit->span->size_class - 1) / 8 % HV_FAMILIES],
                              (hit->span->size_class - 1u) % 8, 8);
    return is_whole ? palette->others : palette->quiet;
  case HV_LENS_OWNER:
    if (owner == 0)
      return palette->quiet;
    return stretch->ranks[owner] < HV_FAMILIES ? palette->family[stretch->ranks[owner]]
                                               : palette->others;
  case HV_LENS_RESIDENCY:
    return is_resident(frame, hit, address) ? palette->state[HV_STATE_LIVE] : palette->quiet;
  default:
    return palette->quiet;
  }
}

static gboolean is_live(HvPyramid *pyramid, guint64 address) {
  HvHit hit;
  hv_hit_test(hv_pyramid_frame(pyramid), address, &hit);
  return hit.state == HV_STATE_LIVE || hit.state == HV_STATE_LARGE || hit.state == HV_STATE_REGION;
}

static guint32 naive_lens(const Stretch *stretch) {
  guint64 sum[3] = {0};
  guint64 bytes = stretch->end - stretch->begin;
  guint live[2] = {0};
  for (guint64 offset = stretch->begin; offset < stretch->end; offset++) {
    HvHit hit;
    guint64 address = address_of(stretch, offset);
    hv_hit_test(hv_layout_frame(stretch->layout), address, &hit);
    guint32 colour = naive_lens_byte(stretch, &hit, address);
    for (int part = 0; part < 3; part++)
      sum[part] += colour >> (16 - 8 * part) & 0xff;
    live[0] += is_live(stretch->after != NULL ? stretch->after : stretch->pyramid, address);
    live[1] += stretch->before != NULL && is_live(stretch->before, address);
  }
  if (hv_lens_kind(stretch->lens) == HV_LENS_DIFF) {
    if (stretch->before == NULL || live[0] + live[1] == 0)
      return stretch->palette->quiet;
    double share = ((double)live[0] - live[1]) / (double)bytes;
    double root = share < 0 ? -sqrt(-share) : sqrt(share);
    return hv_palette_ramp(stretch->palette->diff, (guint64)lround((root + 1) * 50000), 100000);
  }
  return 0xff000000u | (guint32)((sum[0] + bytes / 2) / bytes) << 16 |
         (guint32)((sum[1] + bytes / 2) / bytes) << 8 | (guint32)((sum[2] + bytes / 2) / bytes);
}

/* States; only for pixels below two slices. Returns: FALSE for one of several runs with a span that
 * is not published block by block: its share is for hv_pyramid_mix() to say. */
static gboolean naive_states(const Stretch *stretch, guint32 *colour) {
  HvFrame *frame = hv_layout_frame(stretch->layout);
  HvMix mix = {0};
  int inexact = -1;
  guint64 from = address_of(stretch, stretch->begin);
  guint64 to = address_of(stretch, stretch->end - 1) + 1;
  for (guint64 offset = stretch->begin; offset < stretch->end; offset++) {
    HvHit hit;
    hv_hit_test(frame, address_of(stretch, offset), &hit);
    mix.bytes[hit.state]++;
    if (hit.kind == HV_HIT_BLOCK && hit.state == HV_STATE_NONE)
      inexact = hit.span_index;
  }
  if (inexact >= 0) {
    guint64 span = hv_frame_span_address(frame, (guint)inexact);
    if (to - from != stretch->end - stretch->begin)
      return FALSE;
    if (from >= span && to <= span + hv_frame_span_bytes(frame, (guint)inexact))
      hv_frame_span_mix(frame, (guint)inexact, mix.bytes);
    else
      hv_pyramid_mix(stretch->pyramid, from, to, &mix);
  }
  *colour = hv_render_blend(stretch->palette, &mix);
  return TRUE;
}

/* Whether the border of huge pages shows: by address, where one is 8 px or more of a longer row. */
static gboolean has_edges(const Stretch *stretch) {
  const HvBand *band = &hv_layout_bands(stretch->layout, NULL)[stretch->band];
  const HvLayoutParams *params = hv_layout_params(stretch->layout);
  return params->order == NULL && band->kind != HV_BAND_REGIONS && band->row_shift > 21 &&
         (double)params->width_px / exp2(band->row_shift - 21) >= 8;
}

static gboolean naive_pixel(const Stretch *stretch, guint32 *colour) {
  gboolean border = FALSE;
  for (guint64 offset = stretch->begin; offset < stretch->end; offset++) {
    HvHit hit;
    guint64 address = address_of(stretch, offset);
    hv_hit_test(hv_layout_frame(stretch->layout), address, &hit);
    border |= is_unit_end(stretch->layout,
                          hv_layout_bands(stretch->layout, NULL)[stretch->band].row_shift, &hit,
                          address + 1);
    border |= has_edges(stretch) && (address + 1) % (2 << 20) == 0;
  }
  if (stretch->lens != NULL)
    *colour = naive_lens(stretch);
  else if (!naive_states(stretch, colour))
    return FALSE;
  if (border)
    *colour = hv_render_darken(*colour, stretch->palette->border);
  return TRUE;
}

/* Making a heap takes longer than looking at some of its pixels: each is made once. */
enum { CACHED_SEEDS = 17 };
static HvPyramid *cached[SYNTHETIC_KINDS][CACHED_SEEDS];

static HvPyramid *cached_pyramid(SyntheticKind kind, guint seed) {
  if (cached[kind][seed] == NULL) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, seed);
    cached[kind][seed] = hv_pyramid_new(frame);
  }
  return cached[kind][seed];
}

static int drop_cached(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++)
    for (guint seed = 0; seed < CACHED_SEEDS; seed++)
      g_clear_pointer(&cached[kind][seed], hv_pyramid_unref);
  return 0;
}

static void compare_with_naive(HvPyramid *pyramid, HvPyramid *before, HvPyramid *after,
                               const HvLayoutParams *given, gboolean by_class, HvLensKind kind,
                               GRand *random) {
  HvTheme theme = g_rand_boolean(random) ? HV_THEME_DARK : HV_THEME_LIGHT;
  HvLayoutParams params = *given;
  HvFrame *frame = hv_pyramid_frame(pyramid);
  g_autoptr(HvOrder) order = by_class ? hv_order_new(pyramid) : NULL;
  HvLensInput input = {
      .pyramid = pyramid, .order = order, .theme = theme, .before = before, .after = after};
  g_autoptr(HvLens) lens = hv_lens_new(kind, &input);
  params.order = order;
  g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
  const HvPalette *palette = hv_palette_get(theme);
  guint ranks[6] = {0};
  for (guint32 owner = 1; owner < G_N_ELEMENTS(ranks) && kind == HV_LENS_OWNER; owner++)
    ranks[owner] = owner_rank(frame, owner);
  enum { WIDTH = 48, HEIGHT = 12 };
  guint32 pixels[HEIGHT][WIDTH];
  gint64 left = g_rand_int_range(random, -8, hv_layout_params(layout)->width_px);
  gint64 top = (gint64)(((guint64)g_rand_int(random) << 20 ^ g_rand_int(random)) %
                        (guint64)MAX(hv_layout_height(layout), 1));
  hv_render_cells(pyramid, layout, palette, lens, left, top, WIDTH, HEIGHT, &pixels[0][0],
                  sizeof pixels[0]);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = y % 2; x < WIDTH; x += 2) {
      HvPlace place;
      guint32 expected = palette->background;
      if (hv_layout_place(layout, left + x, top + y, &place)) {
        const HvBand *band = &hv_layout_bands(layout, NULL)[place.band];
        gint64 in_row = (top + y - band->rows_y) % hv_layout_row_pitch_px(layout);
        guint64 row = (guint64)((top + y - band->rows_y) / hv_layout_row_pitch_px(layout));
        guint64 width = (guint64)hv_layout_params(layout)->width_px;
        guint64 column = (guint64)(left + x);
        guint64 from = (column << band->row_shift) / width;
        guint64 to = MAX(((column + 1) << band->row_shift) / width, from + 1);
        guint64 base = row << band->row_shift;
        Stretch stretch = {pyramid,
                           layout,
                           palette,
                           lens,
                           before,
                           after,
                           (guint)place.band,
                           base + from,
                           MIN(base + to, band->bytes),
                           ranks};
        if (in_row < hv_layout_params(layout)->row_px && !naive_pixel(&stretch, &expected))
          continue;
      } else if (place.in_header) {
        expected = palette->panel;
      }
      if (pixels[y][x] != expected)
        fail_msg("pixel %d,%d of view %d,%d (shift %d, width %d, lens %s%s): %08x, not %08x", x, y,
                 (int)left, (int)top, params.row_shift, params.width_px, hv_lens_key(kind),
                 by_class ? ", by class" : "", pixels[y][x], expected);
    }
}

static void compare_many(guint rounds, gboolean by_class, gboolean lenses) {
  GRand *random = g_rand_new_with_seed(77);
  const SyntheticKind kinds[] = {SYNTHETIC_ONE_BLOCK, SYNTHETIC_ALL_CLASSES, SYNTHETIC_SCATTERED,
                                 SYNTHETIC_UNPUBLISHED};
  for (guint round = 0; round < rounds; round++) {
    HvLensKind lens = lenses ? (HvLensKind)(1 + round % (HV_LENSES - 1)) : HV_LENS_STATE;
    /* Block by block differences are known only where blocks are published. */
    SyntheticKind kind = kinds[(round / 7 + round) % (lens == HV_LENS_DIFF ? 3 : 4)];
    HvPyramid *before =
        lens == HV_LENS_DIFF && round % 3 != 0 ? cached_pyramid(kind, round % 16 + 1) : NULL;
    HvPyramid *after = before != NULL && round % 2 == 0 ? cached_pyramid(kind, round % 5) : NULL;
    HvLayoutParams params = {
        .width_px = 64 * g_rand_int_range(random, 1, 20),
        .row_shift = g_rand_int_range(random, HV_LAYOUT_SHIFT_MIN, 17),
        .row_px = g_rand_int_range(random, 1, 20),
        .scale = 1,
    };
    compare_with_naive(cached_pyramid(kind, round % 16), before, after, &params, by_class, lens,
                       random);
  }
  g_rand_free(random);
}

static void test_naive(void **state) {
  compare_many(300, FALSE, FALSE);
}

/* Rows of some huge pages each; and regions, many to a pixel. */
static void test_naive_wide_rows(void **state) {
  GRand *random = g_rand_new_with_seed(78);
  for (guint round = 0; round < 16; round++) {
    HvLayoutParams params = {
        .width_px = 64 * g_rand_int_range(random, 16, 20),
        .row_shift = round % 3 == 0 ? 22 : 25,
        .row_px = g_rand_int_range(random, 1, 4),
        .scale = 1,
    };
    compare_with_naive(
        cached_pyramid(round % 2 == 0 ? SYNTHETIC_SCATTERED : SYNTHETIC_ALL_CLASSES, round % 16),
        NULL, NULL, &params, round % 4 == 3, HV_LENS_STATE, random);
  }
  g_rand_free(random);
}

static void test_naive_by_class(void **state) {
  compare_many(80, TRUE, FALSE);
}

static void test_naive_lenses(void **state) {
  compare_many(77, FALSE, TRUE);
  compare_many(77, TRUE, TRUE);
}

/* Arenas in one band, many to a pixel, against exact sums over the runs. */
static void test_overview(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SPARSE, 3);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  for (int shift = 25; shift <= 36; shift++) {
    HvLayoutParams params = {.width_px = 64, .row_shift = shift, .row_px = 2, .scale = 1};
    g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
    guint64 row_bytes = G_GUINT64_CONSTANT(1) << shift;
    guint count = 0;
    const HvRun *runs = hv_layout_band_runs(layout, 0, &count);
    const HvBand *band = hv_layout_bands(layout, NULL);
    for (int x = 0; x < 64; x += 7) {
      guint32 pixel = 0;
      guint64 from = (guint64)x * row_bytes / 64;
      guint64 to = MIN((guint64)(x + 1) * row_bytes / 64, band->bytes);
      HvMix mix = {0};
      for (guint i = 0; i < count && from < to; i++) {
        guint64 low = MAX(from, runs[i].offset);
        guint64 high = MIN(to, runs[i].offset + runs[i].bytes);
        HvMix part;
        if (low >= high)
          continue;
        hv_pyramid_mix(pyramid, runs[i].address + low - runs[i].offset,
                       runs[i].address + high - runs[i].offset, &part);
        for (guint s = 0; s < HV_STATE_MAP_COUNT; s++)
          mix.bytes[s] += part.bytes[s];
      }
      hv_render_cells(pyramid, layout, palette, NULL, x, band->rows_y, 1, 1, &pixel, sizeof pixel);
      assert_int_equal(pixel, hv_render_blend(palette, &mix));
    }
  }
}

/* One span that is nearly all waste among full ones marks its pixel's last line. */
static void test_tick(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 3);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  HvLayoutParams params = {.width_px = 64, .row_shift = 25, .row_px = 4, .scale = 1};
  g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
  const HvBand *band = hv_layout_bands(layout, NULL);
  guint32 column[4];
  for (int y = 0; y < 4; y++)
    hv_render_cells(pyramid, layout, palette, NULL, 0, band->rows_y + y, 1, 1, &column[y], 4);
  assert_true(column[0] == column[1] && column[1] == column[2]);
  assert_int_equal(column[3], palette->state[HV_STATE_FREE]);
  for (int y = 0; y < 4; y++)
    hv_render_cells(pyramid, layout, palette, NULL, 1, band->rows_y + y, 1, 1, &column[y], 4);
  assert_true(column[3] == column[0] && column[0] == palette->state[HV_STATE_CLEAN]);
}

/* ---- tiles ---- */

static void test_tiles_equal_whole(void **state) {
  GRand *random = g_rand_new_with_seed(78);
  for (guint round = 0; round < 16; round++) {
    g_autoptr(HvFrame) frame =
        synthetic_frame(round % 2 == 0 ? SYNTHETIC_SCATTERED : SYNTHETIC_UNPUBLISHED, round);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    const HvPalette *palette = hv_palette_get(round % 3 == 0 ? HV_THEME_DARK : HV_THEME_LIGHT);
    HvTheme theme = round % 3 == 0 ? HV_THEME_DARK : HV_THEME_LIGHT;
    g_autoptr(HvOrder) order = round % 5 < 2 ? hv_order_new(pyramid) : NULL;
    HvLensInput input = {.pyramid = pyramid, .order = order, .theme = theme};
    g_autoptr(HvLens) lens = hv_lens_new((HvLensKind)(round % HV_LENSES), &input);
    HvLayoutParams params = {.width_px = 640,
                             .row_shift = g_rand_int_range(random, HV_LAYOUT_SHIFT_MIN, 30),
                             .scale = 1 + (int)(round % 2),
                             .order = order};
    g_autoptr(HvLayout) plain = hv_layout_new(frame, &params);
    g_autoptr(HvFolds) none = hv_folds_new();
    g_autoptr(HvFolds) folds =
        hv_folds_with(none, hv_layout_band_key(plain, round % 2), HV_FOLD_ROWS);
    if (round % 3 != 1)
      params.folds = folds;
    g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
    int height = (int)MIN(hv_layout_height(layout), 400);
    gint64 top = g_rand_int(random) % (guint)(hv_layout_height(layout) - height + 1);
    if (round % 4 == 0)
      top = 0;
    cairo_surface_t *whole = hv_render_tile(pyramid, layout, palette, lens, 0, top, 640, height);
    const guint8 *whole_data = cairo_image_surface_get_data(whole);
    int whole_stride = cairo_image_surface_get_stride(whole);
    int tile = g_rand_int_range(random, 40, 300);
    for (int y = 0; y < height; y += tile)
      for (int x = 0; x < 640; x += tile) {
        int tile_width = MIN(tile, 640 - x);
        int tile_height = MIN(tile, height - y);
        cairo_surface_t *part =
            hv_render_tile(pyramid, layout, palette, lens, x, top + y, tile_width, tile_height);
        const guint8 *data = cairo_image_surface_get_data(part);
        int stride = cairo_image_surface_get_stride(part);
        for (int line = 0; line < tile_height; line++)
          if (memcmp(data + line * stride, whole_data + (y + line) * whole_stride + 4 * x,
                     (gsize)tile_width * 4) != 0)
            fail_msg("round %u: tile at %d,%d of %d px differs in line %d (shift %d)", round, x, y,
                     tile, line, params.row_shift);
        cairo_surface_destroy(part);
      }
    cairo_surface_destroy(whole);
  }
  g_rand_free(random);
}

/* Many runs to a pixel: what all pixels of a band add up to is what its runs add up to, for each
 * channel within the rounding of a pixel. */
static void test_class_overview(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SPARSE, 3);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  g_autoptr(HvOrder) order = hv_order_new(pyramid);
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  for (int kind = HV_LENS_STATE; kind < HV_LENSES; kind++) {
    HvLensInput input = {.pyramid = pyramid, .order = order, .before = pyramid};
    g_autoptr(HvLens) lens = hv_lens_new((HvLensKind)kind, &input);
    for (int shift = 24; shift <= 34; shift += 5) {
      HvLayoutParams params = {
          .width_px = 64, .row_shift = shift, .row_px = 1, .scale = 1, .order = order};
      g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
      guint count = 0;
      const HvBand *bands = hv_layout_bands(layout, &count);
      for (guint i = 0; i < count; i++) {
        double sum[2][3] = {{0}};
        guint runs = 0;
        const HvRun *run = hv_layout_band_runs(layout, i, &runs);
        for (guint k = 0; k < runs && kind != HV_LENS_DIFF; k++) {
          HvMix mix;
          hv_pyramid_mix(pyramid, run[k].address, run[k].address + run[k].bytes, &mix);
          guint32 colour =
              lens == NULL ? hv_render_blend(palette, &mix)
                           : hv_lens_range_colour(lens, bands[i].kind == HV_BAND_REGIONS,
                                                  run[k].address, run[k].address + run[k].bytes);
          for (int part = 0; part < 3; part++)
            sum[0][part] += (colour >> (8 * part) & 0xff) * (double)run[k].bytes;
        }
        for (guint64 row = 0; row < bands[i].rows && kind != HV_LENS_DIFF; row++) {
          guint32 line[64];
          guint32 last[64];
          hv_render_row(pyramid, layout, palette, lens, i, row, 0, 64, line, last);
          for (int x = 0; x < 64; x++) {
            guint64 begin = (row << bands[i].row_shift) + ((guint64)x << bands[i].row_shift) / 64;
            guint64 end =
                (row << bands[i].row_shift) + ((guint64)(x + 1) << bands[i].row_shift) / 64;
            end = MIN(end, bands[i].bytes);
            for (int part = 0; part < 3 && begin < end; part++)
              sum[1][part] += (line[x] >> (8 * part) & 0xff) * (double)(end - begin);
          }
        }
        for (int part = 0; part < 3; part++)
          if (fabs(sum[0][part] - sum[1][part]) > 1.01 * (double)bands[i].bytes)
            fail_msg("lens %s, shift %d, band %u, channel %d: %g, not %g",
                     hv_lens_key((HvLensKind)kind), shift, i, part,
                     sum[1][part] / (double)bands[i].bytes, sum[0][part] / (double)bands[i].bytes);
      }
    }
  }
}

/* Zooming in and out again gives the same picture, and a second drawing too. */
static void test_same_again(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 4);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  g_autoptr(HvPyramid) other = hv_pyramid_new(frame);
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  HvLayoutParams params = {.width_px = 256, .row_shift = 18, .scale = 1};
  g_autoptr(HvLayout) first = hv_layout_new(frame, &params);
  g_autoptr(HvLayout) second = hv_layout_new(frame, &params);
  g_autofree guint32 *one = g_new(guint32, 256 * 256);
  g_autofree guint32 *two = g_new(guint32, 256 * 256);
  hv_render_cells(pyramid, first, palette, NULL, 0, 0, 256, 256, one, 1024);
  hv_render_cells(other, second, palette, NULL, 0, 0, 256, 256, two, 1024);
  assert_memory_equal(one, two, 256 * 256 * 4);
}

/* Fontconfig keeps its caches as long as the process lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig\n";
}

/* With a highlight, a pixel keeps its colour exactly when some of its bytes are in it. */
static void test_dimming(void **state) {
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  static const char *const queries[] = {"kind:span fill<60%", "kind:region", "large", "size<0"};
  enum { WIDTH = 320, HEIGHT = 400 };
  for (guint kind = 0; kind < SYNTHETIC_SPARSE; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 7);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
      g_autoptr(HvQuery) query = hv_query_parse(queries[i], NULL, NULL);
      g_autoptr(HvHighlight) highlight = hv_highlight_new(frame, query);
      HvLayoutParams params = {.scale = 1};
      hv_layout_fit(frame, WIDTH, HEIGHT, &params);
      g_autoptr(HvLayout) plain = hv_layout_new(frame, &params);
      params.highlight = highlight;
      g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
      HvRect area = {0, 0, WIDTH, HEIGHT};
      g_autofree guint32 *before = g_new0(guint32, WIDTH * HEIGHT);
      g_autofree guint32 *after = g_new0(guint32, WIDTH * HEIGHT);
      hv_render_cells(pyramid, plain, palette, NULL, 0, 0, WIDTH, HEIGHT, before, WIDTH * 4);
      memcpy(after, before, WIDTH * HEIGHT * 4);
      hv_render_dim(plain, palette, &area, after, WIDTH * 4);
      assert_memory_equal(before, after, WIDTH * HEIGHT * 4);
      hv_render_dim(layout, palette, &area, after, WIDTH * 4);
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          HvPlace place;
          gboolean shown = hv_layout_place(plain, x, y, &place);
          gboolean kept = !shown || hv_highlight_touches(highlight, place.begin, place.end);
          guint32 was = before[y * WIDTH + x];
          /* The background fades into itself. */
          if (kept || was == palette->background)
            assert_true(after[y * WIDTH + x] == was);
          else
            assert_true(after[y * WIDTH + x] != was);
        }
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_naive),          cmocka_unit_test(test_naive_wide_rows),
      cmocka_unit_test(test_naive_by_class), cmocka_unit_test(test_naive_lenses),

      cmocka_unit_test(test_class_overview), cmocka_unit_test(test_overview),
      cmocka_unit_test(test_tick),           cmocka_unit_test(test_tiles_equal_whole),
      cmocka_unit_test(test_same_again),     cmocka_unit_test(test_dimming),
  };
  return cmocka_run_group_tests(tests, NULL, drop_cached);
}
