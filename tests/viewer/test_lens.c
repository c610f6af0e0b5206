/* SPDX-License-Identifier: MIT */
/* What lenses say beside the colours of spans, which test_tile.c compares pixel by pixel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/lens.h"

/* What is left of freed regions is no block of anybody, and so as quiet as free slices are. */
static void test_spares_are_quiet(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_REGIONS, 1);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvLensInput input = {.pyramid = pyramid, .theme = HV_THEME_LIGHT};
  guint count = 0;
  const struct alloc_region_record *region = hv_frame_regions(frame, &count);
  while (count > 0 && !hv_region_is_spare(region)) {
    region++;
    count--;
  }
  assert_true(count > 0);
  for (guint kind = HV_LENS_FILL; kind < HV_LENSES; kind++) {
    if (kind == HV_LENS_RESIDENCY)
      continue;
    g_autoptr(HvLens) lens = hv_lens_new((HvLensKind)kind, &input);
    assert_int_equal(
        hv_lens_range_colour(lens, TRUE, region->address, region->address + region->mapped_bytes),
        hv_palette_get(HV_THEME_LIGHT)->quiet);
  }
}

/* A legend says between which moments the difference is. */
static void test_difference_is_named(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 1);
  g_autoptr(HvFrame) earlier = synthetic_frame(SYNTHETIC_SCATTERED, 2);
  g_autoptr(HvPyramid) now = hv_pyramid_new(frame);
  g_autoptr(HvPyramid) before = hv_pyramid_new(earlier);
  const struct {
    HvPyramid *before;
    HvPyramid *after;
    const char *title;
  } marks[] = {{NULL, NULL, "Difference"},
               {NULL, now, "Difference"},
               {before, NULL, "Difference, A → now"},
               {before, now, "Difference, A → B"}};
  for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
    HvLensInput input = {.pyramid = now, .before = marks[i].before, .after = marks[i].after};
    g_autoptr(HvLens) lens = hv_lens_new(HV_LENS_DIFF, &input);
    assert_string_equal(hv_lens_title(lens), marks[i].title);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_spares_are_quiet),
      cmocka_unit_test(test_difference_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
