/* SPDX-License-Identifier: MIT */
/* HvOrder and the layout by class: the same bytes in another order, found both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/layout.h"

static gint compare_runs(gconstpointer a, gconstpointer b) {
  const HvRun *left = a;
  const HvRun *right = b;
  return left->address < right->address ? -1 : left->address > right->address;
}

/* Runs laid out by address touch nowhere and cover all arenas and regions. */
static void test_partition(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 5);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    g_autoptr(HvOrder) order = hv_order_new(pyramid);
    guint count = 0;
    guint64 bytes = 0;
    const HvRun *runs = hv_order_runs(order, &count);
    g_autofree HvRun *sorted = g_memdup2(runs, count * sizeof *runs);
    if (count != 0)
      qsort(sorted, count, sizeof *sorted, compare_runs);
    for (guint i = 0; i < count; i++) {
      assert_true(i == 0 || sorted[i].address >= sorted[i - 1].address + sorted[i - 1].bytes);
      bytes += sorted[i].bytes;
    }
    const struct alloc_frame *head = hv_frame_head(frame);
    assert_true(bytes ==
                head->total_arena_bytes + head->total_region_bytes + head->total_spare_bytes);
  }
}

static void test_bands(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 11);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    g_autoptr(HvOrder) order = hv_order_new(pyramid);
    const HvSpan *spans = hv_frame_spans(frame, NULL);
    const HvRun *runs = hv_order_runs(order, NULL);
    guint count = 0;
    guint next = 0;
    const HvOrderBand *bands = hv_order_bands(order, &count);
    for (guint i = 0; i < count; i++) {
      guint64 offset = 0;
      guint live = 0;
      assert_true(bands[i].first_run == next && bands[i].run_count != 0);
      next += bands[i].run_count;
      if (i > 0)
        assert_true(
            bands[i].kind > bands[i - 1].kind ||
            (bands[i].kind == HV_BAND_CLASS && bands[i].size_class > bands[i - 1].size_class));
      for (guint k = bands[i].first_run; k < next; k++) {
        assert_true(runs[k].offset == offset && runs[k].bytes != 0);
        offset += runs[k].bytes;
        if (bands[i].kind != HV_BAND_CLASS)
          continue;
        guint span = (guint)hv_frame_find_span(frame, runs[k].address);
        assert_int_equal(spans[span].size_class, bands[i].size_class);
        assert_true(spans[span].live >= live);
        assert_int_equal(hv_order_span_run(order, span), k);
        live = spans[span].live;
      }
      assert_true(offset == bands[i].bytes);
    }
  }
}

/* Sums of stretches against hit tests, byte by byte at the ragged ends. */
static void test_sums(void **state) {
  GRand *random = g_rand_new_with_seed(31);
  const SyntheticKind kinds[] = {SYNTHETIC_ALL_CLASSES, SYNTHETIC_SCATTERED, SYNTHETIC_ONE_BLOCK};
  for (guint round = 0; round < 60; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kinds[round % 3], round);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    g_autoptr(HvOrder) order = hv_order_new(pyramid);
    guint count = 0;
    const HvRun *runs = hv_order_runs(order, &count);
    guint run = (guint)g_rand_int_range(random, 0, (gint32)count);
    guint64 length = MIN(runs[run].bytes, 3000);
    guint64 from = g_rand_int(random) % (runs[run].bytes - length + 1);
    guint64 low[HV_STATE_MAP_COUNT];
    guint64 high[HV_STATE_MAP_COUNT];
    guint64 expected[HV_STATE_MAP_COUNT] = {0};
    hv_order_sum(order, run, from, low);
    hv_order_sum(order, run, from + length, high);
    for (guint64 i = from; i < from + length; i++) {
      HvHit hit;
      hv_hit_test(frame, runs[run].address + i, &hit);
      expected[hit.state]++;
    }
    for (guint i = 0; i < HV_STATE_MAP_COUNT; i++)
      assert_true(high[i] - low[i] == expected[i]);
    /* The whole order is the whole heap. */
    HvMix all;
    hv_pyramid_mix(pyramid, 0, G_MAXINT64, &all);
    hv_order_sum(order, count, 0, high);
    all.bytes[HV_STATE_NONE] = 0;
    assert_memory_equal(high, all.bytes, sizeof high);
  }
  g_rand_free(random);
}

/* Every pixel with memory leads to an address that leads back to it. */
static void test_places(void **state) {
  GRand *random = g_rand_new_with_seed(32);
  for (guint round = 0; round < 60; round++) {
    SyntheticKind kind = (SyntheticKind)(1 + round % (SYNTHETIC_KINDS - 2));
    g_autoptr(HvFrame) frame = synthetic_frame(kind, round);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    g_autoptr(HvOrder) order = hv_order_new(pyramid);
    HvLayoutParams params = {
        .width_px = 64 * g_rand_int_range(random, 1, 20),
        .row_shift = g_rand_int_range(random, HV_LAYOUT_SHIFT_MIN, 34),
        .scale = 1 + (int)(round % 3),
        .order = order,
    };
    g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
    int pitch = hv_layout_row_pitch_px(layout);
    for (guint i = 0; i < 400; i++) {
      HvPlace place;
      gint64 x = g_rand_int_range(random, 0, hv_layout_params(layout)->width_px);
      gint64 y = (gint64)(((guint64)g_rand_int(random) << 16 ^ g_rand_int(random)) %
                          (guint64)hv_layout_height(layout));
      if (!hv_layout_place(layout, x, y, &place))
        continue;
      const HvBand *band = &hv_layout_bands(layout, NULL)[place.band];
      gint64 back_x = 0;
      gint64 back_y = 0;
      HvHit hit;
      assert_true(hv_layout_locate(layout, place.begin, &back_x, &back_y));
      assert_true(back_y == y - (y - band->rows_y) % pitch);
      HvPlace again;
      assert_true(hv_layout_place(layout, back_x, back_y, &again));
      assert_true(again.begin == place.begin && back_x <= x);
      if (G_GUINT64_CONSTANT(1) << band->row_shift >= (guint64)params.width_px)
        assert_true(back_x == x);
      hv_hit_test(frame, place.begin, &hit);
      assert_true(band->kind != HV_BAND_CLASS || hit.span->size_class == band->index);
    }
    /* And the other way: a pixel found for an address shows it. */
    guint count = 0;
    const HvRun *runs = hv_order_runs(order, &count);
    for (guint i = 0; i < 200; i++) {
      const HvRun *run = &runs[(guint)g_rand_int_range(random, 0, (gint32)count)];
      guint64 address = run->address + g_rand_int(random) % run->bytes;
      gint64 x = 0;
      gint64 y = 0;
      HvPlace place;
      assert_true(hv_layout_locate(layout, address, &x, &y));
      assert_true(hv_layout_place(layout, x, y, &place));
      guint first = 0;
      assert_true(hv_order_find(order, address, &first) && &runs[first] == run);
      /* A pixel of several runs tells of the first only. */
      if (place.begin >= run->address && place.end < run->address + run->bytes)
        assert_true(place.begin <= address && address < place.end);
    }
  }
  g_rand_free(random);
}

/* Highlights cover exactly the pixels whose bytes are in the range. */
static void test_range_rects(void **state) {
  GRand *random = g_rand_new_with_seed(33);
  for (guint round = 0; round < 40; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, round);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    g_autoptr(HvOrder) order = hv_order_new(pyramid);
    HvLayoutParams params = {.width_px = 256, .row_shift = 20, .row_px = 4, .order = order};
    g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
    guint arenas = 0;
    const struct alloc_arena_record *arena = hv_frame_arenas(frame, &arenas);
    guint64 begin = arena->address + g_rand_int(random) % hv_frame_arena_bytes(frame, 0);
    /* Whole slices: a pixel is 4 KiB here, and so inside the range or outside. */
    guint64 slices = (guint64)g_rand_int_range(random, 1, 200);
    begin = begin / 65536 * 65536;
    guint64 end = begin + slices * 65536;
    g_autoptr(GArray) rects = hv_layout_range_rects(layout, begin, end, NULL);
    for (gint64 y = 0; y < hv_layout_height(layout); y += 4)
      for (gint64 x = 0; x < 256; x += 3) {
        HvPlace place;
        gboolean covered = FALSE;
        if (!hv_layout_place(layout, x, y, &place))
          continue;
        const HvBand *band = &hv_layout_bands(layout, NULL)[place.band];
        if ((y - band->rows_y) % hv_layout_row_pitch_px(layout) >= 4)
          continue;
        for (guint i = 0; i < rects->len; i++) {
          const HvRect *rect = &g_array_index(rects, HvRect, i);
          covered |= x >= rect->x && x < rect->x + rect->width && y >= rect->y &&
                     y < rect->y + rect->height;
        }
        assert_true(covered == (place.begin >= begin && place.begin < end));
      }
  }
  g_rand_free(random);
}

/* From run to run along the bands, and back; and rows up and down never leave the map. */
static void test_steps(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++)
    for (guint by_class = 0; by_class < 2; by_class++) {
      g_autoptr(HvFrame) frame = synthetic_frame(kind, 5);
      g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
      g_autoptr(HvOrder) order = hv_order_new(pyramid);
      HvLayoutParams params = {
          .width_px = 640, .row_shift = 22, .scale = 1, .order = by_class ? order : NULL};
      g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
      const HvRun *before = NULL;
      guint bands = 0;
      guint64 address = 0;
      hv_layout_bands(layout, &bands);
      for (guint band = 0; band < bands; band++) {
        guint count = 0;
        const HvRun *runs = hv_layout_band_runs(layout, band, &count);
        for (guint i = 0; i < count; i++) {
          if (before != NULL) {
            address = before->address + before->bytes - 1;
            assert_true(hv_layout_move(layout, &address, 1));
            assert_true(address == runs[i].address);
            assert_true(hv_layout_move(layout, &address, -1));
            assert_true(address == before->address + before->bytes - 1);
          }
          before = &runs[i];
        }
        /* However far: the next band is where it ends. */
        address = runs[0].address;
        assert_true(hv_layout_move(layout, &address, G_MAXINT64) == (band + 1 < bands));
        if (band + 1 < bands)
          assert_true(address == hv_layout_band_runs(layout, band + 1, NULL)[0].address);
      }
      if (before == NULL) {
        assert_false(hv_layout_nearest(layout, 0, 0, 1, &address));
        continue;
      }
      address = before->address + before->bytes - 1;
      assert_false(hv_layout_move(layout, &address, 1));
      assert_true(hv_layout_nearest(layout, 639, G_MAXINT64, -1, &address));
      assert_true(address >= before->address && address < before->address + before->bytes);
      assert_true(hv_layout_nearest(layout, 0, 0, 1, &address));
      assert_true(address == hv_layout_band_runs(layout, 0, NULL)[0].address);
      assert_false(hv_layout_move(layout, &address, -1));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_partition),   cmocka_unit_test(test_bands),
      cmocka_unit_test(test_sums),        cmocka_unit_test(test_places),
      cmocka_unit_test(test_range_rects), cmocka_unit_test(test_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
