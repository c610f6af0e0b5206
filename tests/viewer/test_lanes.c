/* SPDX-License-Identifier: MIT */
/* Stacks of scopes as lanes: every point of the picture is of the chunk that the formula of lanes.h
 * says, and has its colour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/viewer/synthetic.h"
#include "viewer/render/lanes.h"

enum { WIDTH = 700, LABEL = 96, LANE = 22 };

/* The record at a point, straight from the formula; -1: none. *part is where in it, of its bytes.
 */
static int naive_at(HvFrame *frame, double x, double y, double *part) {
  guint count = 0;
  const struct alloc_stack_record *records = hv_frame_stacks(frame, &count);
  guint64 longest = 0;
  for (guint i = 0; i < count; i++) {
    guint64 lane = 0;
    for (guint j = 0; j < count; j++)
      lane += records[j].owner == records[i].owner ? records[j].bytes : 0;
    longest = MAX(longest, lane);
  }
  guint lane = 0;
  guint64 before = 0;
  for (guint i = 0; i < count; i++) {
    if (i > 0 && records[i].owner != records[i - 1].owner) {
      lane++;
      before = 0;
    }
    double at = (x - LABEL) * (double)longest / (WIDTH - LABEL) - (double)before;
    if ((guint)(y / LANE) == lane && at >= 0 && at < (double)records[i].bytes) {
      *part = at;
      return (int)i;
    }
    before += records[i].bytes;
  }
  return -1;
}

static void test_points(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  const guint lanes = hv_lanes_count(frame);
  assert_int_equal(lanes, 2); /* of the synthetic heap */
  const int height = hv_lanes_height(lanes);
  assert_int_equal(height, lanes * LANE);
  guint seen = 0;
  for (int y = 0; y < height + 5; y++)
    for (int x = 0; x < WIDTH + 5; x++) {
      double part;
      int expected = naive_at(frame, x + 0.5, y, &part);
      assert_int_equal(hv_lanes_at(frame, WIDTH, x + 0.5, y), expected);
      seen |= expected >= 0 ? 1u << expected : 0;
    }
  assert_int_equal(seen, 15); /* all four chunks */
  assert_int_equal(hv_lanes_at(frame, WIDTH, -1, 1), -1);
  assert_int_equal(hv_lanes_at(frame, WIDTH, 200, -1), -1);
}

static guint32 pixel(cairo_surface_t *surface, int x, int y) {
  const guchar *data = cairo_image_surface_get_data(surface);
  return *(const guint32 *)(gconstpointer)(data + y * cairo_image_surface_get_stride(surface) +
                                           x * 4);
}

/* Away from borders and texts: in use, room, or, of a spare chunk, nothing. */
static void test_colours(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  const struct alloc_stack_record *records = hv_frame_stacks(frame, NULL);
  for (guint theme = 0; theme < HV_THEMES; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH, 2 * LANE);
    cairo_t *cr = cairo_create(surface);
    cairo_set_source_rgb(cr, 1, 0, 1);
    cairo_paint(cr);
    hv_lanes_draw(cr, frame, palette, WIDTH);
    cairo_surface_flush(surface);
    guint checked[3] = {0};
    for (int x = LABEL; x < WIDTH; x++)
      for (int lane = 0; lane < 2; lane++) {
        /* Just inside of the lower border, where no text is. */
        int y = lane * LANE + 15;
        double part, left, right;
        int at = naive_at(frame, x + 0.5, y, &part);
        if (at < 0 || naive_at(frame, x - 2, y, &left) != at ||
            naive_at(frame, x + 3, y, &right) != at)
          continue;
        double used = (double)records[at].used_bytes;
        if ((left < used) != (right < used))
          continue;
        guint kind = records[at].state == ALLOC_STACK_SPARE ? 2 : right < used ? 0 : 1;
        const guint32 expected[] = {palette->state[HV_STATE_LIVE],
                                    palette->state[HV_STATE_UNTOUCHED], 0xffff00ff};
        assert_int_equal(pixel(surface, x, y) & 0xffffffu, expected[kind] & 0xffffffu);
        checked[kind]++;
      }
    for (guint kind = 0; kind < 3; kind++)
      assert_true(checked[kind] > 10);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
  }
}

/* Fontconfig keeps its caches as long as the process lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig\n";
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_points),
      cmocka_unit_test(test_colours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
