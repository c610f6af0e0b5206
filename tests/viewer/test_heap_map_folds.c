/* SPDX-License-Identifier: MIT */
/* Bands of the heap map that are folded by the pointer and by key, and come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/viewer/map_fixture.h"
#include "tests/viewer/ui_steps.h"

/* Bands of the picture on screen. */
static const HvBand *bands_of(HvHeapMap *map, guint *count) {
  HvPyramid *pyramid = NULL;
  gint64 left, top;

  map_settle(map);
  return hv_layout_bands(hv_heap_map_get_picture(map, &pyramid, &left, &top), count);
}

/* Logical pixels of the map at which the header of band @index, or the strip under its rows, is. */
static double y_of(HvHeapMap *map, guint index, gboolean strip) {
  const HvBand *band = &bands_of(map, NULL)[index];
  HvPyramid *pyramid = NULL;
  gint64 left, top;

  hv_heap_map_get_picture(map, &pyramid, &left, &top);
  return (double)((strip ? band->end_y : band->y) + top) /
             gtk_widget_get_scale_factor(GTK_WIDGET(map)) +
         4;
}

/* A press on the header folds the band and shows it again; one in the rows does nothing of that. */
static void test_headers_fold(void **state) {
  MapFixture *fixture = *state;
  HvHeapMap *map = fixture->map;
  guint64 rows[3];
  guint count;
  const HvBand *bands = bands_of(map, &count);
  double y = 0;

  assert_true(count > 3);
  for (guint i = 0; i < 3; i++)
    rows[i] = bands[i].rows;
  map_address_below(map, &y);
  assert_false(hv_heap_map_fold_at(map, COLUMN_PX, y));
  assert_false(hv_heap_map_fold_at(map, COLUMN_PX, -1));
  for (guint i = 0; i < 3; i++) {
    assert_true(hv_heap_map_fold_at(map, COLUMN_PX, y_of(map, i, FALSE)));
    assert_true(bands_of(map, NULL)[i].is_folded);
    map_assert_is_the_render_core_s(map);
    assert_true(hv_heap_map_fold_at(map, COLUMN_PX, y_of(map, i, FALSE)));
    assert_false(bands_of(map, NULL)[i].is_folded);
  }
  bands = bands_of(map, NULL);
  for (guint i = 0; i < 3; i++)
    assert_true(bands[i].rows == rows[i]);
}

/* By key it is the band of what is selected, wherever the view is; whatever is looked for in a band
 * that is folded comes into view. */
static void test_selection_folds(void **state) {
  MapFixture *fixture = *state;
  HvHeapMap *map = fixture->map;
  guint64 arena = hv_frame_arenas(hv_pyramid_frame(fixture->pyramid), NULL)[1].address;
  HvPyramid *pyramid = NULL;
  gint64 left, top, x, y;

  for (int fit = 1; fit >= 0; fit--) {
    if (!fit) {
      hv_heap_map_zoom_to(map, arena + (16 << 20), arena + (17 << 20));
      map_settle(map);
    }
    hv_heap_map_select_address(map, arena + (16 << 20));
    hv_heap_map_fold(map);
    assert_true(bands_of(map, NULL)[1].is_folded);
    assert_true(y_of(map, 1, FALSE) >= 0 && y_of(map, 1, FALSE) < HEIGHT_PX);
    hv_heap_map_fold(map);
    assert_false(bands_of(map, NULL)[1].is_folded);
    hv_heap_map_fold(map);
    hv_heap_map_scroll_to(map, arena + (20 << 20));
    assert_false(bands_of(map, NULL)[1].is_folded);
    assert_true(hv_layout_locate(hv_heap_map_get_picture(map, &pyramid, &left, &top),
                                 arena + (20 << 20), &x, &y));
    assert_true(y + top >= 0 && y + top < HEIGHT_PX * gtk_widget_get_scale_factor(GTK_WIDGET(map)));
  }
  /* All of them, and one after the other again. */
  hv_heap_map_zoom_fit(map);
  hv_heap_map_select_none(map);
  for (int round = 0; round < 2; round++) {
    guint count;

    bands_of(map, &count);
    for (guint i = 0; i < count; i++)
      assert_true(hv_heap_map_fold_at(map, COLUMN_PX, y_of(map, i, FALSE)));
    for (guint i = 0; i < count; i++)
      assert_int_equal(bands_of(map, NULL)[i].is_folded, round == 0);
    hv_heap_map_move_cursor(map, 1, 1);
    hv_heap_map_page(map, 1);
    hv_heap_map_go_end(map, 1);
    hv_heap_map_select_none(map);
  }
  map_settle(map);
  map_assert_is_the_render_core_s(map);
}

/* The end of an arena is shown when its strip is pressed, or something in it is looked for; another
 * heap begins anew. */
static void test_ends_are_shown(void **state) {
  MapFixture *fixture = *state;
  HvHeapMap *map = fixture->map;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  guint64 arena = hv_frame_arenas(frame, NULL)->address;

  for (int round = 0; round < 2; round++) {
    hv_heap_map_set_heap(map, NULL, 0);
    hv_heap_map_set_heap(map, pyramid, 2);
    assert_true(bands_of(map, NULL)->tail_bytes > 0);
    map_assert_is_the_render_core_s(map);
    if (round == 0)
      assert_true(hv_heap_map_fold_at(map, COLUMN_PX, y_of(map, 0, TRUE)));
    else
      hv_heap_map_scroll_to(map, arena + (31 << 20));
    assert_true(bands_of(map, NULL)->tail_bytes == 0);
    /* Folded and shown again it is left out. */
    hv_heap_map_fold(map);
    map_settle(map);
    hv_heap_map_fold(map);
    assert_true(bands_of(map, NULL)->tail_bytes > 0);
    /* What is in the end of a folded band takes both. */
    hv_heap_map_fold(map);
    hv_heap_map_scroll_to(map, arena + (31 << 20));
    assert_true(bands_of(map, NULL)->tail_bytes == 0);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_headers_fold, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_selection_folds, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_ends_are_shown, map_setup, map_teardown),
  };

  gtk_test_init(&argc, &argv);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
  return cmocka_run_group_tests_name("heap_map_folds", tests, NULL, NULL);
}
