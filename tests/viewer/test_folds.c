/* SPDX-License-Identifier: MIT */
/* What is folded away has no place on the map, and all else keeps its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/layout.h"

#define ARENA (G_GUINT64_CONSTANT(32) << 20)

static HvLayout *layout_of(HvFrame *frame, int row_shift, HvFolds *folds) {
  HvLayoutParams params = {.width_px = 640, .row_shift = row_shift, .scale = 1, .folds = folds};
  return hv_layout_new(frame, &params);
}

/* Each band, its strips included, lies under the one before; its pixels and addresses agree. */
static void expect_in_order(HvLayout *layout) {
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  gint64 end_y = 0;
  for (guint i = 0; i < count; i++) {
    assert_true(bands[i].y >= end_y);
    end_y = bands[i].end_y + hv_layout_tail_px(layout, &bands[i]);
    for (gint64 y = bands[i].y; y < end_y; y++) {
      HvPlace place;
      gint64 x = 0;
      gint64 top = 0;
      gboolean shown = hv_layout_place(layout, 3, y, &place);
      assert_int_equal(place.band, i);
      assert_int_equal(place.in_header, y < bands[i].rows_y);
      assert_int_equal(place.in_tail, y >= bands[i].end_y);
      if (shown) {
        assert_true(hv_layout_locate(layout, place.begin, &x, &top));
        assert_int_equal(x, 3);
        assert_true(top <= y && y < top + hv_layout_row_pitch_px(layout));
      }
    }
  }
  assert_int_equal(hv_layout_height(layout), end_y);
}

/* One span at the beginning of an arena: a mebibyte is shown, the rest told of in a strip. */
static void test_ends_are_left_out(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  guint64 arena = hv_frame_arenas(frame, NULL)->address;
  for (int shift = 10; shift < 25; shift++) {
    g_autoptr(HvLayout) layout = layout_of(frame, shift, NULL);
    const HvBand *band = hv_layout_bands(layout, NULL);
    gboolean worth = (ARENA - HV_FOLD_ARENA_MIN_BYTES) >> shift >= HV_FOLD_ROWS_MIN;
    gint64 x = 0;
    gint64 y = 0;
    assert_true(band->tail_bytes == (worth ? ARENA - HV_FOLD_ARENA_MIN_BYTES : 0));
    assert_true(band->bytes + band->tail_bytes == ARENA);
    assert_true(hv_layout_locate(layout, arena + band->bytes - 1, &x, &y));
    assert_int_equal(hv_layout_locate(layout, arena + ARENA - 1, &x, &y), !worth);
    assert_int_equal(hv_layout_band_of(layout, arena + ARENA - 1), 0);
    assert_int_equal(hv_layout_band_of(layout, arena + ARENA), -1);
    expect_in_order(layout);
  }
}

/* The arena grows, and what is shown doubles a few times until it is all of it. */
static void test_ends_go_by_powers_of_two(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 1);
  guint arenas = 0;
  hv_frame_arenas(frame, &arenas);
  for (guint i = 0; i < arenas; i++) {
    guint64 bytes = hv_folds_arena_bytes(frame, i);
    assert_true((bytes & (bytes - 1)) == 0);
    assert_true(bytes >= HV_FOLD_ARENA_MIN_BYTES && bytes <= ARENA);
  }
}

/* A range is shown as it was asked for, and so is an end that was asked for. */
static void test_ends_can_be_shown(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  guint64 arena = hv_frame_arenas(frame, NULL)->address;
  HvLayoutParams params = {.width_px = 640,
                           .row_shift = 16,
                           .scale = 1,
                           .range_begin = arena,
                           .range_end = arena + ARENA};
  g_autoptr(HvLayout) range = hv_layout_new(frame, &params);
  assert_true(hv_layout_bands(range, NULL)->bytes == ARENA);
  g_autoptr(HvFolds) none = hv_folds_new();
  g_autoptr(HvFolds) folds =
      hv_folds_with(none, hv_folds_key(HV_BAND_ARENA, 0, arena), HV_FOLD_NONE);
  g_autoptr(HvLayout) whole = layout_of(frame, 16, folds);
  assert_true(hv_layout_bands(whole, NULL)->bytes == ARENA);
  g_autoptr(HvFolds) again =
      hv_folds_with(folds, hv_folds_key(HV_BAND_ARENA, 0, arena), HV_FOLD_TAIL);
  g_autoptr(HvLayout) folded = layout_of(frame, 16, again);
  assert_true(hv_layout_bands(folded, NULL)->bytes == HV_FOLD_ARENA_MIN_BYTES);
}

/* Any one band folded, in both orders: the others are as high as before, and steps pass it over. */
static void test_bands_are_folded(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 2);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  g_autoptr(HvOrder) order = hv_order_new(pyramid);
  g_autoptr(HvFolds) none = hv_folds_new();
  for (int by_class = 0; by_class < 2; by_class++) {
    HvLayoutParams params = {
        .width_px = 640, .row_shift = 18, .scale = 1, .order = by_class ? order : NULL};
    g_autoptr(HvLayout) before = hv_layout_new(frame, &params);
    guint count = 0;
    const HvBand *bands = hv_layout_bands(before, &count);
    for (guint i = 0; i < count; i++) {
      g_autoptr(HvFolds) folds = hv_folds_with(none, hv_layout_band_key(before, i), HV_FOLD_ROWS);
      params.folds = folds;
      g_autoptr(HvLayout) after = hv_layout_new(frame, &params);
      const HvBand *now = hv_layout_bands(after, NULL);
      guint64 inside = hv_layout_band_runs(before, i, NULL)->address;
      gint64 x = 0;
      gint64 y = 0;
      expect_in_order(after);
      for (guint k = 0; k < count; k++) {
        assert_int_equal(now[k].is_folded, k == i);
        if (bands[k].kind != HV_BAND_REGIONS) /* smaller where there are fewer other rows */
          assert_int_equal(now[k].rows, k == i ? 0 : bands[k].rows);
      }
      assert_false(hv_layout_locate(after, inside, &x, &y));
      assert_int_equal(hv_layout_band_of(after, inside), i);
      g_autoptr(GArray) rects = hv_layout_range_rects(after, inside, inside + 4096, NULL);
      assert_int_equal(rects->len, 0);
      if (i == 0 || i + 1 == count)
        continue;
      const HvRun *next = hv_layout_band_runs(before, i + 1, NULL);
      guint runs = 0;
      const HvRun *last = hv_layout_band_runs(before, i - 1, &runs);
      guint64 end = last[runs - 1].address + last[runs - 1].bytes - 1;
      guint64 address = end;
      assert_true(hv_layout_move(after, &address, 1));
      assert_true(address == next->address);
      assert_true(hv_layout_move(after, &address, -1));
      assert_true(address == end);
    }
  }
}

/* From what lies in an end that is left out one gets on to the next band. */
static void test_steps_leave_an_end(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  g_autoptr(HvLayout) layout = layout_of(frame, 16, NULL);
  guint64 arena = hv_frame_arenas(frame, NULL)->address;
  guint64 address = arena + ARENA - 1;
  assert_false(hv_layout_move(layout, &address, 1));
  assert_true(hv_layout_move(layout, &address, -1));
  assert_true(address == arena + HV_FOLD_ARENA_MIN_BYTES - 2);
}

/* With all bands folded the zoom is the one of what will be unfolded; with some it is larger. */
static void test_fit(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 3);
  g_autoptr(HvLayout) any = layout_of(frame, 18, NULL);
  HvFolds *folds = hv_folds_new();
  HvLayoutParams before = {.scale = 1};
  guint count = 0;
  int shift = HV_LAYOUT_SHIFT_MAX;
  hv_layout_bands(any, &count);
  hv_layout_fit(frame, 640, 400, &before);
  for (guint i = 0; i < count; i++) {
    HvFolds *more = hv_folds_with(folds, hv_layout_band_key(any, i), HV_FOLD_ROWS);
    HvLayoutParams params = {.scale = 1, .folds = more};
    hv_folds_unref(folds);
    folds = more;
    hv_layout_fit(frame, 640, 400, &params);
    if (i + 1 == count) {
      assert_int_equal(params.row_shift, before.row_shift);
    } else {
      g_autoptr(HvLayout) layout = hv_layout_new(frame, &params);
      assert_true(params.row_shift <= shift);
      assert_true(hv_layout_height(layout) <= 400);
      shift = params.row_shift;
    }
  }
  hv_folds_unref(folds);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ends_are_left_out),  cmocka_unit_test(test_ends_go_by_powers_of_two),
      cmocka_unit_test(test_ends_can_be_shown),  cmocka_unit_test(test_bands_are_folded),
      cmocka_unit_test(test_steps_leave_an_end), cmocka_unit_test(test_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
