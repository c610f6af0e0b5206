/* SPDX-License-Identifier: MIT */
/* Keys on the heap map: areas, spans one after the other, steps by class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/viewer/map_fixture.h"
#include "tests/viewer/ui_steps.h"

/* An area grows, shrinks and turns over by keys, and its ledger is that of its addresses. */
static void test_areas_are_chosen_by_keys(void **state) {
  MapFixture *fixture = *state;
  HvFrame *frame = hv_pyramid_frame(fixture->pyramid);
  guint64 anchor, tip[4];
  HvFocus focus;
  guint count;

  hv_frame_spans(frame, &count);
  anchor = hv_frame_span_address(frame, count / 2);
  hv_heap_map_select_address(fixture->map, anchor);
  for (int i = 0; i < 4; i++) {
    hv_heap_map_extend(fixture->map, 1, i % 2);
    assert_true(hv_heap_map_get_selection(fixture->map, &focus));
    assert_int_equal(focus.level, HV_FOCUS_AREA);
    assert_true(focus.begin == anchor);
    assert_true(i == 0 || focus.end > tip[i - 1]);
    tip[i] = focus.end;
  }
  hv_heap_map_extend(fixture->map, -1, -1);
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_true(focus.begin == anchor && focus.end < tip[3]);
  for (int i = 0; i < 4; i++)
    hv_heap_map_extend(fixture->map, -1, -1);
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_true(focus.begin < anchor && focus.end == anchor);
  /* Moving on without Shift leaves the area. */
  hv_heap_map_select_address(fixture->map, anchor);
  hv_heap_map_extend(fixture->map, 0, 1);
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_true(focus.begin == anchor);
  hv_heap_map_select_none(fixture->map);
}

static void test_spans_can_be_stepped_through(void **state) {
  MapFixture *fixture = *state;
  HvFrame *frame = hv_pyramid_frame(fixture->pyramid);
  HvFocus focus;
  guint count;

  hv_frame_spans(frame, &count);
  for (guint i = 0; i < MIN(count, 20u); i++) {
    hv_heap_map_step_span(fixture->map, 1);
    assert_true(hv_heap_map_get_selection(fixture->map, &focus));
    assert_int_equal(focus.hit.span_index, i);
  }
  hv_heap_map_step_span(fixture->map, -1);
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_int_equal(focus.hit.span_index, MIN(count, 20u) - 2);
}

/* Whether a part of what is selected is in view. */
static gboolean cursor_is_in_view(HvHeapMap *map) {
  HvPyramid *pyramid = NULL;
  gint64 left = 0, top = 0;
  HvLayout *layout = hv_heap_map_get_picture(map, &pyramid, &left, &top);
  HvRect view = {0, -top, hv_layout_params(layout)->width_px, 0};
  g_autoptr(GArray) rects = NULL;
  HvFocus focus;

  view.height =
      (gint64)gtk_widget_get_height(GTK_WIDGET(map)) * gtk_widget_get_scale_factor(GTK_WIDGET(map));
  if (!hv_heap_map_get_selection(map, &focus))
    return FALSE;
  rects = hv_layout_range_rects(layout, focus.begin, focus.end, &view);
  return rects->len > 0;
}

static void move_and_settle(HvHeapMap *map, int right, int down) {
  hv_heap_map_move_cursor(map, right, down);
  map_settle(map);
  assert_true(cursor_is_in_view(map));
}

/* By class the neighbour is what is shown beside: the next span of the band, then the next band. */
static void test_keys_go_by_class(void **state) {
  MapFixture *fixture = *state;
  HvHeapMap *map = fixture->map;
  HvFrame *frame = hv_pyramid_frame(fixture->pyramid);
  g_autoptr(HvOrder) order = hv_order_new(fixture->pyramid);
  guint count;
  const guint last = hv_order_bands(order, &count)->run_count - 1;
  const HvRun *runs = hv_order_runs(order, &count);
  HvFocus focus;

  hv_heap_map_set_by_class(map, TRUE);
  ui_idle(300);
  map_settle(map);
  /* Spans are cells at this zoom, and blocks are not. */
  hv_heap_map_zoom_to(map, runs[0].address, runs[0].address + 8 * runs[0].bytes);
  map_settle(map);
  hv_heap_map_select_address(map, runs[0].address);
  for (guint i = 1; i <= last + 2; i++) {
    hv_heap_map_step_span(map, 1);
    map_settle(map);
    assert_true(hv_heap_map_get_selection(map, &focus));
    assert_int_equal(focus.hit.span_index, hv_frame_find_span(frame, runs[i].address));
    assert_true(cursor_is_in_view(map));
  }
  for (guint i = last + 2; i-- > 0;) {
    hv_heap_map_step_span(map, -1);
    map_settle(map);
    assert_true(hv_heap_map_get_selection(map, &focus));
    assert_int_equal(focus.hit.span_index, hv_frame_find_span(frame, runs[i].address));
  }
  /* Neighbours here are none in memory: no area of addresses lies between them. */
  hv_heap_map_select_address(map, runs[0].address);
  hv_heap_map_extend(map, 1, 1);
  map_settle(map);
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_int_not_equal(focus.level, HV_FOCUS_AREA);
  /* Arrows: from the end of the band's last span into the next band, and back. */
  hv_heap_map_select_address(map, runs[last].address + runs[last].bytes - 1);
  move_and_settle(map, 1, 0);
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_true(focus.begin == runs[last + 1].address);
  move_and_settle(map, -1, 0);
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_true(focus.end == runs[last].address + runs[last].bytes);
  /* Down a row and up again is where it was; pages and ends take the cursor along. */
  hv_heap_map_select_address(map, runs[0].address);
  move_and_settle(map, 0, 1);
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_false(focus.begin <= runs[0].address && runs[0].address < focus.end);
  move_and_settle(map, 0, -1);
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_true(focus.begin <= runs[0].address && runs[0].address < focus.end);
  for (int pages = -1; pages <= 1; pages++) {
    hv_heap_map_page(map, pages == 0 ? 1 : pages);
    map_settle(map);
    assert_true(cursor_is_in_view(map));
  }
  hv_heap_map_go_end(map, 1);
  map_settle(map);
  assert_true(cursor_is_in_view(map));
  assert_true(hv_heap_map_get_selection(map, &focus));
  hv_heap_map_move_cursor(map, 1, 0);
  assert_true(hv_heap_map_get_selection(map, &focus));
  hv_heap_map_go_end(map, -1);
  map_settle(map);
  assert_true(cursor_is_in_view(map));
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_true(focus.hit.begin <= runs[0].address && runs[0].address < focus.hit.end);
  hv_heap_map_set_by_class(map, FALSE);
  hv_heap_map_select_none(map);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_areas_are_chosen_by_keys, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_spans_can_be_stepped_through, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_keys_go_by_class, map_setup, map_teardown),
  };

  gtk_test_init(&argc, &argv);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
  return cmocka_run_group_tests_name("heap_map_keys", tests, NULL, NULL);
}
