/* SPDX-License-Identifier: MIT */
/* HvPyramid and HvLayout: sums are exact for any range, and pixels and addresses agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/layout.h"
#include "viewer/model/pyramid.h"

/* ---- pyramid ---- */

static HvState state_at(HvFrame *frame, guint64 address) {
  HvHit hit;
  hv_hit_test(frame, address, &hit);
  return hit.state;
}

static guint64 random_address(GRand *random, HvFrame *frame) {
  guint arenas = 0;
  guint regions = 0;
  const struct alloc_arena_record *arena = hv_frame_arenas(frame, &arenas);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);
  guint pick = g_rand_int(random) % (arenas + regions);
  gint64 slack = g_rand_int_range(random, 0, 3) == 0 ? 1 << 20 : 0;
  guint64 base = pick < arenas ? arena[pick].address : region[pick - arenas].address;
  guint64 size =
      pick < arenas ? hv_frame_arena_bytes(frame, pick) : region[pick - arenas].mapped_bytes;
  guint64 offset = ((guint64)g_rand_int(random) << 16 ^ g_rand_int(random)) % (size + 2 * slack);
  return base + offset - slack;
}

/* Every byte of small ranges, by hit test. */
static void test_mix_equals_bytes(void **state) {
  GRand *random = g_rand_new_with_seed(4);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 9);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  for (guint round = 0; round < 400; round++) {
    guint64 begin = random_address(random, frame);
    guint64 end = begin + g_rand_int(random) % 3000;
    HvMix mix;
    guint64 bytes[HV_STATE_MAP_COUNT] = {0};
    for (guint64 address = begin; address < end; address++)
      bytes[state_at(frame, address)]++;
    hv_pyramid_mix(pyramid, begin, end, &mix);
    assert_memory_equal(bytes, mix.bytes, sizeof bytes);
  }
  g_rand_free(random);
}

static void test_mix_adds_up(void **state) {
  GRand *random = g_rand_new_with_seed(5);
  const SyntheticKind kinds[] = {SYNTHETIC_ALL_CLASSES, SYNTHETIC_UNPUBLISHED, SYNTHETIC_SPARSE,
                                 SYNTHETIC_SCATTERED, SYNTHETIC_REGIONS};
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kinds[k], 6);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    for (guint round = 0; round < 2000; round++) {
      guint64 at[3];
      HvMix left;
      HvMix right;
      HvMix whole;
      for (guint i = 0; i < 3; i++)
        at[i] = random_address(random, frame);
      for (guint i = 0; i < 3; i++)
        for (guint j = i + 1; j < 3; j++)
          if (at[j] < at[i]) {
            guint64 swap = at[i];
            at[i] = at[j];
            at[j] = swap;
          }
      hv_pyramid_mix(pyramid, at[0], at[1], &left);
      hv_pyramid_mix(pyramid, at[1], at[2], &right);
      hv_pyramid_mix(pyramid, at[0], at[2], &whole);
      guint64 sum = 0;
      for (guint i = 0; i < HV_STATE_MAP_COUNT; i++) {
        assert_true(left.bytes[i] + right.bytes[i] == whole.bytes[i]);
        sum += whole.bytes[i];
      }
      assert_true(sum == at[2] - at[0]);
      assert_true(whole.worst_waste >= left.worst_waste &&
                  whole.worst_waste == MAX(left.worst_waste, right.worst_waste));
    }
  }
  g_rand_free(random);
}

static void test_mix_of_everything(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 8);
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    const struct alloc_frame *head = hv_frame_head(frame);
    HvMix mix;
    hv_pyramid_mix(pyramid, 0, G_MAXINT64, &mix);
    assert_true(mix.bytes[HV_STATE_LIVE] == head->total_live_bytes);
    assert_true(mix.bytes[HV_STATE_CACHED] == head->total_cached_bytes);
    assert_true(mix.bytes[HV_STATE_TRANSIT] == head->total_transit_bytes);
    assert_true(mix.bytes[HV_STATE_FREE] == head->total_free_bytes);
    assert_true(mix.bytes[HV_STATE_UNTOUCHED] == head->total_untouched_bytes);
    assert_true(mix.bytes[HV_STATE_TAIL] == head->total_tail_bytes);
    assert_true(mix.bytes[HV_STATE_LARGE] == head->total_large_bytes);
    assert_true(mix.bytes[HV_STATE_DIRTY] == head->total_dirty_bytes + head->total_spare_bytes);
    assert_true(mix.bytes[HV_STATE_CLEAN] == head->total_clean_bytes);
    assert_true(mix.bytes[HV_STATE_METADATA] == head->total_header_bytes);
    assert_true(mix.bytes[HV_STATE_REGION] == head->total_region_bytes);
  }
}

/* Worst waste against all spans, one by one. */
static void test_worst_waste(void **state) {
  GRand *random = g_rand_new_with_seed(6);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SPARSE, 2);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  guint spans = 0;
  const HvSpan *span = hv_frame_spans(frame, &spans);
  for (guint round = 0; round < 100; round++) {
    guint64 begin = random_address(random, frame);
    guint64 end = begin + ((guint64)g_rand_int(random) << (round % 20));
    guint worst = 0;
    for (guint i = 0; i < spans; i++) {
      guint64 bytes[HV_STATE_MAP_COUNT];
      guint64 address = hv_frame_span_address(frame, i);
      guint64 size = hv_frame_span_bytes(frame, i);
      if (span[i].kind != ALLOC_SPAN_SMALL || address >= end || address + size <= begin)
        continue;
      hv_frame_span_mix(frame, i, bytes);
      guint64 waste = bytes[HV_STATE_FREE] + bytes[HV_STATE_UNTOUCHED] + bytes[HV_STATE_TAIL];
      worst = MAX(worst, (guint)(waste * 255 / size));
    }
    HvMix mix;
    hv_pyramid_mix(pyramid, begin, end, &mix);
    assert_int_equal(mix.worst_waste, worst);
  }
  g_rand_free(random);
}

/* ---- layout ---- */

static HvLayout *random_layout(GRand *random, HvFrame *frame) {
  HvLayoutParams params = {
      .width_px = g_rand_int_range(random, 64, 2000),
      .row_shift = g_rand_int_range(random, HV_LAYOUT_SHIFT_MIN, 38),
      .row_px = g_rand_int_range(random, 0, 20),
      .scale = g_rand_int_range(random, 1, 3),
  };
  if (g_rand_boolean(random)) {
    params.range_begin = random_address(random, frame);
    params.range_end = params.range_begin + g_rand_int(random);
  }
  return hv_layout_new(frame, &params);
}

/* Pixel -> address -> pixel is the identity, and the pixels of a row partition its bytes. */
static void test_pixel_identity(void **state) {
  GRand *random = g_rand_new_with_seed(12);
  guint places = 0;
  for (guint round = 0; round < 200; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(round % 3 == 0   ? SYNTHETIC_SCATTERED
                                               : round % 3 == 1 ? SYNTHETIC_REGIONS
                                                                : SYNTHETIC_ALL_CLASSES,
                                               round % 8);
    g_autoptr(HvLayout) layout = random_layout(random, frame);
    gint64 height = hv_layout_height(layout);
    const HvLayoutParams *params = hv_layout_params(layout);
    for (guint i = 0; i < 200 && height > 0; i++) {
      HvPlace place;
      gint64 x = g_rand_int(random) % (guint)params->width_px;
      gint64 y =
          (gint64)(((guint64)g_rand_int(random) << 31 | g_rand_int(random)) % (guint64)height);
      if (!hv_layout_place(layout, x, y, &place))
        continue;
      places++;
      gint64 back_x = -1;
      gint64 back_y = -1;
      assert_true(place.begin < place.end);
      assert_true(hv_layout_locate(layout, place.begin, &back_x, &back_y));
      HvPlace back;
      assert_true(hv_layout_place(layout, back_x, back_y, &back));
      assert_true(back.begin == place.begin && back.end == place.end);
      assert_true(y >= back_y && y < back_y + hv_layout_row_pitch_px(layout));
      if (G_GUINT64_CONSTANT(1) << hv_layout_bands(layout, NULL)[place.band].row_shift >=
          (guint64)params->width_px)
        assert_true(back_x == x);
      else
        assert_true(back_x <= x);
      HvPlace next;
      if (hv_layout_place(layout, x + 1, y, &next) && next.begin != place.begin &&
          hv_frame_find_arena(frame, place.begin) >= 0 &&
          hv_frame_find_arena(frame, place.begin) == hv_frame_find_arena(frame, next.begin))
        assert_true(next.begin == place.end);
    }
  }
  assert_true(places > 5000);
  g_rand_free(random);
}

/* Every address of the heap that is in range is on the map once; others are not. */
static void test_addresses_are_placed(void **state) {
  GRand *random = g_rand_new_with_seed(13);
  for (guint round = 0; round < 100; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, round % 8);
    g_autoptr(HvLayout) layout = random_layout(random, frame);
    const HvLayoutParams *params = hv_layout_params(layout);
    for (guint i = 0; i < 200; i++) {
      guint64 address = random_address(random, frame);
      gboolean in_heap =
          hv_frame_find_arena(frame, address) >= 0 || hv_frame_find_region(frame, address) >= 0;
      gboolean in_range =
          params->range_end == 0 || (address >= params->range_begin && address < params->range_end);
      gint64 x = -1;
      gint64 y = -1;
      HvPlace place;
      assert_int_equal(hv_layout_locate(layout, address, &x, &y), in_heap && in_range);
      if (!in_heap || !in_range)
        continue;
      assert_true(hv_layout_place(layout, x, y, &place));
      /* A pixel may hold several arenas; then it names the first. */
      assert_true(place.begin <= address);
      if (hv_frame_find_arena(frame, place.begin) == hv_frame_find_arena(frame, address) &&
          hv_frame_find_region(frame, place.begin) == hv_frame_find_region(frame, address))
        assert_true(address < place.end);
    }
  }
  g_rand_free(random);
}

/* Rectangles of a range cover exactly the pixels whose bytes meet it. */
static void test_range_rects(void **state) {
  GRand *random = g_rand_new_with_seed(14);
  for (guint round = 0; round < 60; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 3);
    HvLayoutParams params = {.width_px = 64 + 64 * (g_rand_int_range(random, 0, 4)),
                             .row_shift = g_rand_int_range(random, 20, 24),
                             .row_px = 4,
                             .scale = 1};
    g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
    guint64 begin = random_address(random, frame);
    guint64 end = begin + 1 + g_rand_int(random) % (8u << 20);
    g_autoptr(GArray) rects = hv_layout_range_rects(layout, begin, end, NULL);
    for (gint64 y = 0; y < hv_layout_height(layout); y++)
      for (gint64 x = 0; x < params.width_px; x++) {
        HvPlace place;
        if (!hv_layout_place(layout, x, y, &place))
          continue;
        /* A pixel that more than one region shares names the first only. */
        int region = hv_frame_find_region(frame, place.begin);
        if (region >= 0 && hv_frame_find_region(frame, place.end) != region)
          continue;
        gboolean covered = FALSE;
        for (guint i = 0; i < rects->len; i++) {
          const HvRect *rect = &g_array_index(rects, HvRect, i);
          covered |= x >= rect->x && x < rect->x + rect->width && y >= rect->y &&
                     y < rect->y + rect->height;
        }
        assert_int_equal(covered, place.begin < end && place.end > begin);
      }
  }
  g_rand_free(random);
}

/* What fits is chosen, and it is the most detailed that does. */
static void test_fit(void **state) {
  for (guint kind = SYNTHETIC_ONE_BLOCK; kind < SYNTHETIC_KINDS; kind++) {
    for (int size = 300; size <= 3000; size += 450) {
      g_autoptr(HvFrame) frame = synthetic_frame(kind, 1);
      HvLayoutParams params = {.scale = 1};
      hv_layout_fit(frame, size, size, &params);
      g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
      assert_in_range(hv_layout_height(layout), 1, size);
      assert_true(hv_layout_params(layout)->width_px <= size);
      if (params.row_shift > HV_LAYOUT_SHIFT_MIN) {
        HvLayoutParams finer = params;
        finer.row_shift--;
        finer.row_px = 4;
        g_autoptr(HvLayout) next = hv_layout_new(frame, &finer);
        assert_true(hv_layout_height(next) > size);
      }
    }
  }
}

static void test_bands(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 1);
  HvLayoutParams params = {.width_px = 1000, .row_shift = 20, .scale = 1};
  g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  assert_int_equal(count, 4);
  assert_int_equal(hv_layout_params(layout)->width_px, 960);
  assert_true(bands[1].gap_bytes > 0 && bands[0].gap_bytes == 0);
  assert_int_equal(bands[3].kind, HV_BAND_REGIONS);
  assert_int_equal(bands[3].count, 3);
  for (guint i = 0; i < count; i++) {
    assert_int_equal(hv_layout_band_at(layout, bands[i].y), i);
    assert_int_equal(hv_layout_band_at(layout, bands[i].end_y - 1), i);
    HvPlace place;
    assert_false(hv_layout_place(layout, 5, bands[i].y, &place));
    assert_true(place.in_header);
  }
  /* Large regions are drawn smaller, so that they do not push the arenas aside. */
  g_autoptr(HvFrame) heavy = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  g_autoptr(HvLayout) drawn = hv_layout_new(heavy, &params);
  const HvBand *last = &hv_layout_bands(drawn, &count)[3];
  assert_int_equal(last->kind, HV_BAND_REGIONS);
  assert_int_equal(last->row_shift, 20 + 5);
  bands = hv_layout_bands(layout, &count);
  assert_int_equal(hv_layout_band_at(layout, -1), -1);
  assert_int_equal(hv_layout_band_at(layout, hv_layout_height(layout)), -1);
  params.row_shift = 25;
  g_autoptr(HvLayout) shared = hv_layout_new(frame, &params);
  bands = hv_layout_bands(shared, &count);
  assert_int_equal(count, 2);
  assert_int_equal(bands[0].kind, HV_BAND_ARENAS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mix_equals_bytes),
      cmocka_unit_test(test_mix_adds_up),
      cmocka_unit_test(test_mix_of_everything),
      cmocka_unit_test(test_worst_waste),
      cmocka_unit_test(test_pixel_identity),
      cmocka_unit_test(test_addresses_are_placed),
      cmocka_unit_test(test_range_rects),
      cmocka_unit_test(test_fit),
      cmocka_unit_test(test_bands),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
