/* SPDX-License-Identifier: MIT */
/*
 * What is drawn over the cells of the map: the second cue of each state, and what things and gaps
 * say of themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/units.h"
#include "viewer/render/cells.h"
#include "viewer/render/cue.h"
#include "viewer/render/tile.h"

enum {
  WIDTH = 576, /* blocks of many classes are no whole pixels wide */
  HEIGHT = 600,
};

/* A map of WIDTH columns and its cells, without and with cues. */
typedef struct {
  HvFrame *frame;
  HvPyramid *pyramid;
  HvLayout *layout;
  const HvPalette *palette;
  HvRect area;
  guint32 *plain;
  guint32 *marked;
} Map;

static void map_init_rows(Map *map, SyntheticKind kind, int row_shift, int scale, HvTheme theme,
                          int row_px) {
  HvLayoutParams params = {
      .width_px = WIDTH, .row_shift = row_shift, .row_px = row_px, .scale = scale};
  map->frame = synthetic_frame(kind, 5);
  map->pyramid = hv_pyramid_new(map->frame);
  map->layout = hv_layout_new(map->frame, &params);
  map->palette = hv_palette_get(theme);
  /* Somewhere in the first arena, where blocks are. */
  gint64 x = 0;
  gint64 y = 0;
  const struct alloc_arena_record *arena = hv_frame_arenas(map->frame, NULL);
  hv_layout_locate(map->layout, arena->address, &x, &y);
  guint64 header = (guint64)arena->header_slices * hv_frame_header(map->frame)->slice_bytes;
  hv_layout_locate(map->layout, arena->address + header, &x, &y);
  map->area = (HvRect){0, MAX(y - HEIGHT / 4, 0), WIDTH, HEIGHT};
  map->plain = g_new0(guint32, WIDTH * HEIGHT);
  map->marked = g_new0(guint32, WIDTH * HEIGHT);
  hv_render_cells(map->pyramid, map->layout, map->palette, NULL, 0, map->area.y, WIDTH, HEIGHT,
                  map->plain, WIDTH * 4);
  memcpy(map->marked, map->plain, WIDTH * HEIGHT * 4);
  hv_cue_render(map->layout, map->palette, NULL, &map->area, map->marked, WIDTH * 4);
}

static void map_init(Map *map, SyntheticKind kind, int row_shift, int scale, HvTheme theme) {
  map_init_rows(map, kind, row_shift, scale, theme, 0);
}

static void map_clear(Map *map) {
  g_free(map->plain);
  g_free(map->marked);
  hv_layout_unref(map->layout);
  hv_pyramid_unref(map->pyramid);
  hv_frame_unref(map->frame);
}

/* The thing whose bytes alone the pixel at @x, @y of the area shows. */
static gboolean only_thing(const Map *map, int x, int y, HvHit *hit) {
  HvPlace place;
  return hv_layout_place(map->layout, x, map->area.y + y, &place) &&
         hv_hit_test(map->frame, place.begin, hit) && hit->begin <= place.begin &&
         place.end <= hit->end;
}

/* Whether a pixel is on a line of its row, not on the gap below it. */
static gboolean in_row(const Map *map, int y) {
  int band = hv_layout_band_at(map->layout, map->area.y + y);
  const HvBand *record = &hv_layout_bands(map->layout, NULL)[MAX(band, 0)];
  gint64 into = map->area.y + y - record->rows_y;
  return band >= 0 && into >= 0 &&
         into % hv_layout_row_pitch_px(map->layout) < hv_layout_params(map->layout)->row_px;
}

/* One stretch of columns that one thing has to itself, in one line of pixels. */
static void check_stretch(const Map *map, const HvHit *hit, int left, int right, int y,
                          guint *marked_states) {
  int scale = hv_layout_params(map->layout)->scale;
  guint changed = 0;
  for (int x = left; x < right; x++)
    changed += map->plain[y * WIDTH + x] != map->marked[y * WIDTH + x];
  /* The thing may have two pixels more, of which others have a part. */
  if (changed != 0 && (hv_cue_is_plain(hit->state) || hit->state == HV_STATE_NONE ||
                       right - left + 2 < HV_CUE_LEAST_PX * scale ||
                       hv_layout_params(map->layout)->row_px < HV_CUE_LEAST_PX * scale))
    fail_msg("%s has a cue of %u pixels at %d..%d, %d", hv_state_key(hit->state), changed, left,
             right, y);
  /* Stripes cross every line. */
  if (hit->state == HV_STATE_FREE && right - left >= 8 * scale &&
      hv_layout_params(map->layout)->row_px >= HV_CUE_LEAST_PX * scale)
    assert_true(changed > 0);
  if (changed != 0)
    *marked_states |= 1u << hit->state;
}

static guint check_cues(const Map *map) {
  guint marked_states = 0;
  for (int y = 0; y < HEIGHT; y++) {
    HvHit hit = {0};
    int left = -1;
    for (int x = 0; x <= WIDTH; x++) {
      HvHit here = {0};
      gboolean alone = x < WIDTH && in_row(map, y) && only_thing(map, x, y, &here);
      if (left >= 0 && (!alone || here.begin != hit.begin)) {
        /* What begins or ends beside the map goes on there. */
        if (left > 0 && x < WIDTH)
          check_stretch(map, &hit, left, x, y, &marked_states);
        left = -1;
      }
      if (alone && left < 0) {
        left = x;
        hit = here;
      }
    }
  }
  return marked_states;
}

/* Cells of six pixels and more each way have their cue, and nothing else has one. */
static void test_cues_are_on_large_cells(void **state) {
  guint seen = 0;
  for (int scale = 1; scale <= 2; scale++)
    for (int shift = HV_LAYOUT_SHIFT_MIN; shift <= 20; shift++) {
      Map map;
      map_init(&map, SYNTHETIC_ALL_CLASSES, shift, scale, HV_THEME_LIGHT);
      guint marked = check_cues(&map);
      /* A row this long has cells of whole slices at most. */
      if (hv_layout_params(map.layout)->row_px < HV_CUE_LEAST_PX * scale)
        assert_int_equal(marked, 0);
      seen |= marked;
      map_clear(&map);
    }
  for (guint each = HV_STATE_CACHED; each <= HV_STATE_FREE; each++)
    if ((seen >> each & 1) == 0)
      fail_msg("%s never has a cue", hv_state_key((HvState)each));
}

/* A part of the map has the cues that the whole has there. */
static void test_parts_have_the_same(void **state) {
  enum { PART = 64 };
  for (int scale = 1; scale <= 2; scale++)
    for (int shift = HV_LAYOUT_SHIFT_MIN; shift <= 21; shift++) {
      Map map;
      map_init_rows(&map, SYNTHETIC_ALL_CLASSES, shift, scale, HV_THEME_LIGHT, 8 * scale);
      for (int x = 0; x < WIDTH; x += PART) {
        HvRect area = {x, map.area.y, PART, HEIGHT};
        g_autofree guint32 *pixels = g_new(guint32, PART * HEIGHT);
        for (int y = 0; y < HEIGHT; y++)
          memcpy(pixels + y * PART, map.plain + y * WIDTH + x, PART * sizeof *pixels);
        hv_cue_render(map.layout, map.palette, NULL, &area, pixels, PART * sizeof *pixels);
        for (int y = 0; y < HEIGHT; y++)
          if (memcmp(pixels + y * PART, map.marked + y * WIDTH + x, PART * sizeof *pixels) != 0)
            fail_msg("rows of 2^%d bytes, scale %d: line %d differs from %d on", shift, scale, y,
                     x);
      }
      map_clear(&map);
    }
}

/* The lens of states alone has cues: other colours say other things. */
static void test_lenses_have_none(void **state) {
  Map map;
  map_init(&map, SYNTHETIC_ALL_CLASSES, 9, 1, HV_THEME_LIGHT);
  HvLensInput input = {.pyramid = map.pyramid};
  g_autoptr(HvLens) lens = hv_lens_new(HV_LENS_FILL, &input);
  g_autofree guint32 *pixels = g_memdup2(map.plain, WIDTH * HEIGHT * 4);
  hv_cue_render(map.layout, map.palette, lens, &map.area, pixels, WIDTH * 4);
  assert_memory_equal(pixels, map.plain, WIDTH * HEIGHT * 4);
  assert_memory_not_equal(map.marked, map.plain, WIDTH * HEIGHT * 4);
  map_clear(&map);
}

/* The paths of a vector drawing give the same pixels. */
static void test_paths_are_the_same(void **state) {
  for (int scale = 1; scale <= 2; scale++)
    for (int shift = 8; shift <= 14; shift += 2) {
      Map map;
      map_init(&map, SYNTHETIC_ALL_CLASSES, shift, scale, HV_THEME_DARK);
      cairo_surface_t *surface = cairo_image_surface_create_for_data(
          (guchar *)map.plain, CAIRO_FORMAT_RGB24, WIDTH, HEIGHT, WIDTH * 4);
      cairo_t *cr = cairo_create(surface);
      cairo_translate(cr, 0, (double)-map.area.y);
      hv_cue_draw(cr, map.layout, map.palette, NULL, map.area.y + HEIGHT);
      cairo_destroy(cr);
      cairo_surface_finish(surface);
      cairo_surface_destroy(surface);
      for (int i = 0; i < WIDTH * HEIGHT; i++)
        if ((map.plain[i] ^ map.marked[i]) << 8 != 0)
          fail_msg("shift %d, scale %d: pixel %d, %d is %08x, not %08x", shift, scale, i % WIDTH,
                   i / WIDTH, map.plain[i], map.marked[i]);
      map_clear(&map);
    }
}

/* A swatch as black and white: what is told without any colour. */
static void draw_pattern(HvState cell, int scale, guint8 *mask, int side) {
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, side, side);
  cairo_t *cr = cairo_create(surface);
  hv_cue_draw_swatch(cr, palette, cell, 0, 0, side, scale);
  cairo_destroy(cr);
  for (int i = 0; i < side * side; i++) {
    guint32 pixel = 0;
    memcpy(&pixel,
           cairo_image_surface_get_data(surface) +
               i / side * cairo_image_surface_get_stride(surface) + i % side * 4,
           sizeof pixel);
    mask[i] = ((pixel ^ palette->state[cell]) & 0xffffff) != 0;
    /* An outline is no frame: nothing is in it. */
    mask[i] |= (guint8)(((pixel ^ palette->background) & 0xffffff) == 0 ? 2 : 0);
  }
  cairo_surface_destroy(surface);
}

/* Already in a cell of the least size, no two states of the map have the same cue. */
static void test_cues_differ(void **state) {
  for (int scale = 1; scale <= 3; scale++) {
    int side = HV_CUE_LEAST_PX * scale;
    g_autofree guint8 *masks = g_new0(guint8, HV_STATE_MAP_COUNT * side * side);
    for (guint i = HV_STATE_LIVE; i < HV_STATE_MAP_COUNT; i++) {
      draw_pattern((HvState)i, scale, masks + i * (guint)(side * side), side);
      for (guint k = HV_STATE_LIVE; k < i; k++)
        if (memcmp(masks + i * (guint)(side * side), masks + k * (guint)(side * side),
                   (gsize)(side * side)) == 0)
          fail_msg("%s looks like %s at scale %d", hv_state_key((HvState)i),
                   hv_state_key((HvState)k), scale);
    }
  }
}

/* ---- texts ---- */

/* A thing says its size from 48 px on, from 230 px on where it is and what, and nothing before. */
static void test_things_say_what_they_are(void **state) {
  HvHit hit = {.kind = HV_HIT_BLOCK,
               .state = HV_STATE_CACHED,
               .begin = 0x7f0000012340,
               .end = 0x7f0000012740,
               .block_bytes = 1024};
  for (int scale = 1; scale <= 2; scale++) {
    g_autofree char *none = hv_render_thing_text(&hit, 48 * scale - 1, scale);
    g_autofree char *size = hv_render_thing_text(&hit, 48 * scale, scale);
    g_autofree char *more = hv_render_thing_text(&hit, 230 * scale - 1, scale);
    g_autofree char *all = hv_render_thing_text(&hit, 230 * scale, scale);
    assert_null(none);
    assert_string_equal(size, "1.00 KiB");
    assert_string_equal(more, "1.00 KiB");
    assert_string_equal(all, "0x7f0000012340 · 1.00 KiB · cached");
  }
  hit.block_bytes = 0;
  hit.end = hit.begin + 65536;
  g_autofree char *run = hv_render_thing_text(&hit, 100, 1);
  assert_string_equal(run, "64.0 KiB");
}

/* Labels of @area alone, as what they cover: an A8 mask of WIDTH columns. */
static cairo_surface_t *draw_labels(const Map *map, const HvRect *area) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, WIDTH, (int)area->height);
  cairo_t *cr = cairo_create(surface);
  cairo_translate(cr, 0, (double)-area->y);
  hv_render_labels(cr, map->pyramid, map->layout, map->palette, NULL, area);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  return surface;
}

static guint covered(cairo_surface_t *surface, gint64 x, gint64 y, gint64 width, gint64 height) {
  guint count = 0;
  for (gint64 row = y; row < y + height; row++)
    for (gint64 column = x; column < x + width; column++)
      count += cairo_image_surface_get_data(
                   surface)[row * cairo_image_surface_get_stride(surface) + column] != 0;
  return count;
}

/* Looks at the first blocks of a span. Counts those that are @named and too narrow, @silent. */
static void check_names(const Map *map, guint span, guint *named, guint *silent) {
  guint64 begin = hv_frame_span_address(map->frame, span);
  guint64 block_bytes = hv_frame_spans(map->frame, NULL)[span].block_bytes;
  HvRect area = {0, 0, WIDTH, 100};
  gint64 x = 0;
  hv_layout_locate(map->layout, begin, &x, &area.y);
  cairo_surface_t *labels = draw_labels(map, &area);
  for (guint64 at = begin; at < begin + 8 * block_bytes; at += block_bytes) {
    HvHit hit;
    hv_hit_test(map->frame, at, &hit);
    g_autoptr(GArray) rects = hv_layout_range_rects(map->layout, hit.begin, hit.end, &area);
    if (hit.state != HV_STATE_LIVE || rects->len != 1)
      continue;
    HvRect rect = g_array_index(rects, HvRect, 0);
    if (rect.y + rect.height > area.y + area.height)
      continue;
    guint ink = covered(labels, rect.x, rect.y - area.y, rect.width, rect.height);
    /* A column more or less: blocks do not end on pixels. */
    if (rect.width < 47)
      assert_int_equal(ink, 0);
    else if (rect.width > 50)
      assert_true(ink > 20);
    *named += rect.width > 50;
    *silent += rect.width < 47;
  }
  cairo_surface_destroy(labels);
}

/* Live blocks, which have no plate under their text, are named where they are wide enough. */
static void test_wide_blocks_are_named(void **state) {
  guint named = 0;
  guint silent = 0;
  for (int shift = 8; shift <= 12; shift += 2) {
    Map map;
    map_init(&map, SYNTHETIC_ALL_CLASSES, shift, 1, HV_THEME_LIGHT);
    guint count = 0;
    const HvSpan *spans = hv_frame_spans(map.frame, &count);
    for (guint i = 0; i < MIN(count, 64); i++)
      if (spans[i].kind == ALLOC_SPAN_SMALL && hv_layout_params(map.layout)->row_px >= 12)
        check_names(&map, i, &named, &silent);
    map_clear(&map);
  }
  if (named < 20 || silent < 20)
    fail_msg("%u blocks are wide, %u narrow", named, silent);
}

/* A gap says how much is not mapped, between two jagged lines that do not touch the text. */
static void test_gaps_are_named(void **state) {
  guint gaps = 0;
  for (int scale = 1; scale <= 2; scale++) {
    Map map;
    map_init(&map, SYNTHETIC_SCATTERED, 22, scale, HV_THEME_LIGHT);
    guint count = 0;
    const HvBand *bands = hv_layout_bands(map.layout, &count);
    for (guint i = 1; i < count; i++) {
      const HvRun *before = hv_layout_band_runs(map.layout, i - 1, NULL);
      int height = hv_layout_collapsed_px(map.layout);
      HvRect strip = {0, bands[i].y - height, WIDTH, height};
      cairo_surface_t *labels = draw_labels(&map, &strip);
      if (bands[i].gap_bytes == 0) {
        cairo_surface_destroy(labels);
        continue;
      }
      g_autofree char *text = hv_render_gap_text(&bands[i]);
      g_autofree char *size = hv_format_bytes((gint64)bands[i].gap_bytes);
      g_autofree char *expected = g_strconcat(size, " not mapped", NULL);
      assert_string_equal(text, expected);
      assert_true(bands[i].gap_bytes <
                  hv_layout_band_runs(map.layout, i, NULL)->address - before->address);
      assert_true(covered(labels, WIDTH / 2 - 30 * scale, 0, 60 * scale, height) > 40);
      /* Teeth of five heights, a pixel to a column, and room between them and the text. */
      int teeth = 80 * scale;
      gint64 left = 0;
      while (covered(labels, left, 0, 1, height) == 0)
        left++;
      guint lines = 0;
      for (int y = 0; y < height; y++)
        lines += covered(labels, left, y, teeth, 1) != 0;
      assert_int_equal(lines, 5 * scale);
      assert_int_equal(covered(labels, left, 0, teeth, height), teeth * scale);
      assert_int_equal(covered(labels, left + teeth, 0, 9 * scale, height), 0);
      cairo_surface_destroy(labels);
      gaps++;
    }
    map_clear(&map);
  }
  assert_true(gaps >= 2);
}

/* Fontconfig keeps its caches as long as the process lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig\n";
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cues_are_on_large_cells),
      cmocka_unit_test(test_parts_have_the_same),
      cmocka_unit_test(test_lenses_have_none),
      cmocka_unit_test(test_paths_are_the_same),
      cmocka_unit_test(test_cues_differ),
      cmocka_unit_test(test_things_say_what_they_are),
      cmocka_unit_test(test_wide_blocks_are_named),
      cmocka_unit_test(test_gaps_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
