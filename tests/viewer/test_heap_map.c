/* SPDX-License-Identifier: MIT */
/*
 * The heap map in a real window (run by with_display.sh): its pixels are the render core's, signals
 * of its controllers move the view, and nothing is drawn when nothing changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/map_fixture.h"
#include "tests/viewer/ui_steps.h"
#include "viewer/render/tile.h"

static void test_pixels_are_the_render_core_s(void **state) {
  MapFixture *fixture = *state;

  assert_true(hv_heap_map_get_fit(fixture->map));
  map_assert_is_the_render_core_s(fixture->map);
}

static void test_pixels_after_zoom_and_scroll(void **state) {
  MapFixture *fixture = *state;

  hv_heap_map_zoom(fixture->map, 5, 100);
  map_settle(fixture->map);
  map_assert_is_the_render_core_s(fixture->map);
  hv_heap_map_scroll(fixture->map, 333);
  map_settle(fixture->map);
  map_assert_is_the_render_core_s(fixture->map);
  hv_heap_map_zoom(fixture->map, 40, -1);
  map_settle(fixture->map);
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), HV_LAYOUT_SHIFT_MIN);
  map_assert_is_the_render_core_s(fixture->map);
}

/* The chrome's style draws a ring around the map when keys have chosen it, and only then. */
static void test_keyboard_focus_is_seen(void **state) {
  MapFixture *fixture = *state;
  g_autofree char *path = g_build_filename(g_getenv("ALLOC_SRCDIR"), "viewer/data/style.css", NULL);
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
  GdkDisplay *display = gdk_display_get_default();
  guint32 background = hv_palette_get(HV_THEME_LIGHT)->background;

  gtk_css_provider_load_from_path(provider, path);
  gtk_style_context_add_provider_for_display(display, GTK_STYLE_PROVIDER(provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  gtk_widget_grab_focus(GTK_WIDGET(fixture->map));
  for (int visible = 1; visible >= 0; visible--) {
    cairo_surface_t *shown;
    guint32 edge, inside;

    gtk_window_set_focus_visible(GTK_WINDOW(fixture->window), visible != 0);
    gtk_test_widget_wait_for_draw(GTK_WIDGET(fixture->map));
    shown = map_capture(fixture->map);
    edge = map_pixel(shown, 0, cairo_image_surface_get_height(shown) / 2);
    inside = map_pixel(shown, 5 * gtk_widget_get_scale_factor(GTK_WIDGET(fixture->map)),
                       cairo_image_surface_get_height(shown) / 2);
    cairo_surface_destroy(shown);
    assert_int_equal(edge, visible ? 0xff1a5fb4 : background);
    assert_int_equal(inside, background);
  }
  gtk_style_context_remove_provider_for_display(display, GTK_STYLE_PROVIDER(provider));
}

static void test_zoom_out_again_shows_the_whole(void **state) {
  MapFixture *fixture = *state;
  int whole = hv_heap_map_get_row_shift(fixture->map);

  hv_heap_map_zoom(fixture->map, 6, 50);
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), whole - 6);
  assert_false(hv_heap_map_get_fit(fixture->map));
  for (int i = 0; i < 6; i++)
    hv_heap_map_zoom(fixture->map, -1, 50);
  assert_true(hv_heap_map_get_fit(fixture->map));
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), whole);
  map_settle(fixture->map);
  map_assert_is_the_render_core_s(fixture->map);
}

static void count_signal(HvHeapMap *map, guint *count) {
  (*count)++;
}

/* At the top of the heap, where the view stays where it is, too. */
static void test_zoom_is_told(void **state) {
  MapFixture *fixture = *state;
  guint told;

  g_signal_connect(fixture->map, "view-changed", G_CALLBACK(count_signal), &told);
  for (guint i = 0; i < 3; i++) {
    told = 0;
    hv_heap_map_zoom(fixture->map, 1, 0);
    assert_true(told > 0);
  }
  map_settle(fixture->map);
  g_signal_handlers_disconnect_by_func(fixture->map, count_signal, &told);
}

/* Where rows stay where they are, too: who publishes what is in view must know of the new ones. */
static void test_another_height_is_told(void **state) {
  MapFixture *fixture = *state;
  GtkWidget *map = GTK_WIDGET(fixture->map);
  GtkAllocation place = {0, 0, gtk_widget_get_width(map), gtk_widget_get_height(map) - 8};
  gint64 deadline_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  guint told = 0;

  for (guint i = 0; i < 6; i++)
    hv_heap_map_zoom(fixture->map, 1, 0);
  map_settle(fixture->map);
  g_signal_connect(map, "view-changed", G_CALLBACK(count_signal), &told);
  gtk_widget_size_allocate(map, &place, -1);
  while (told == 0 && g_get_monotonic_time() < deadline_us)
    g_main_context_iteration(NULL, FALSE);
  assert_true(told > 0);
  g_signal_handlers_disconnect_by_func(map, count_signal, &told);
}

/* A listener that asks for another size while sizes are being given has GTK draw what has none; and
 * a whole heap that is to fit another height is told of. */
static void test_nothing_is_told_while_sizes_are_given(void **state) {
  static const char *const names[] = {"hover-changed", "view-changed", "lens-changed"};
  MapFixture *fixture = *state;
  GtkWidget *map = GTK_WIDGET(fixture->map);
  GtkAllocation place = {0, 0, gtk_widget_get_width(map), gtk_widget_get_height(map) / 4};
  guint told = 0;

  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    g_signal_connect(map, names[i], G_CALLBACK(count_signal), &told);
  gtk_widget_size_allocate(map, &place, -1);
  assert_int_equal(told, 0);
  while (told == 0)
    g_main_context_iteration(NULL, TRUE);
  g_signal_handlers_disconnect_by_func(map, count_signal, &told);
}

/* The row under the pointer is still under it after zooming in. */
static void test_zoom_keeps_the_row_under_the_pointer(void **state) {
  MapFixture *fixture = *state;
  guint64 before, after_begin, after_end;
  double y = 150;

  hv_heap_map_zoom(fixture->map, 3, 10);
  map_settle(fixture->map);
  hv_heap_map_scroll(fixture->map, 500);
  map_settle(fixture->map);
  before = map_address_below(fixture->map, &y);
  hv_heap_map_zoom(fixture->map, 1, y);
  map_settle(fixture->map);
  assert_true(hv_heap_map_address_at(fixture->map, COLUMN_PX, y, &after_begin));
  after_end = after_begin + (G_GUINT64_CONSTANT(1) << hv_heap_map_get_row_shift(fixture->map));
  /* The column shows another part of the row now: compare whole rows. */
  assert_true(before < after_end + (after_end - after_begin));
  assert_true(before + (after_end - after_begin) >= after_begin);
}

static GtkEventController *controller_of(HvHeapMap *map, GType type) {
  g_autoptr(GListModel) list = gtk_widget_observe_controllers(GTK_WIDGET(map));

  for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(list, i);

    if (G_TYPE_CHECK_INSTANCE_TYPE(controller, type))
      return controller;
  }
  fail_msg("the map has no %s", g_type_name(type));
  return NULL;
}

static void test_pointer_motion_draws_no_tile(void **state) {
  MapFixture *fixture = *state;
  GtkEventController *motion = controller_of(fixture->map, GTK_TYPE_EVENT_CONTROLLER_MOTION);
  guint64 tiles, frames;
  guint hovered = 0;

  ui_idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  for (int i = 0; i < 200; i++) {
    HvFocus focus;

    g_signal_emit_by_name(motion, "motion", 10.0 + 3 * i, 10.0 + i);
    hovered += hv_heap_map_get_hover(fixture->map, &focus);
    ui_idle(2);
  }
  assert_int_equal(hv_heap_map_get_tiles_drawn(fixture->map), tiles);
  assert_true(hovered > 50);
  assert_true(hv_heap_map_get_snapshots(fixture->map) > frames); /* outlines moved */
}

static void test_idle_draws_nothing(void **state) {
  MapFixture *fixture = *state;
  guint64 tiles, frames;

  ui_idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  ui_idle(1000);
  assert_int_equal(hv_heap_map_get_tiles_drawn(fixture->map), tiles);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), frames);
}

static void test_same_content_draws_nothing(void **state) {
  MapFixture *fixture = *state;
  guint64 tiles, frames;

  ui_idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  for (int i = 0; i < 20; i++) {
    hv_heap_map_set_heap(fixture->map, fixture->pyramid, 1);
    ui_idle(20);
  }
  assert_int_equal(hv_heap_map_get_tiles_drawn(fixture->map), tiles);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), frames);
}

/* Another frame that looks the same costs tiles, but no drawing. */
static void test_equal_tiles_are_not_drawn_again(void **state) {
  MapFixture *fixture = *state;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 7);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  guint64 tiles, frames;

  ui_idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  hv_heap_map_set_heap(fixture->map, pyramid, 2);
  map_settle(fixture->map);
  ui_idle(300);
  assert_true(hv_heap_map_get_tiles_drawn(fixture->map) > tiles);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), frames);
}

static void test_a_new_heap_is_shown(void **state) {
  MapFixture *fixture = *state;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 8);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvPyramid *shown = NULL;
  gint64 x, y;

  hv_heap_map_set_heap(fixture->map, pyramid, 2);
  map_settle(fixture->map);
  hv_heap_map_get_picture(fixture->map, &shown, &x, &y);
  assert_ptr_equal(shown, pyramid);
  map_assert_is_the_render_core_s(fixture->map);
}

static void test_scrolling_moves_the_view(void **state) {
  MapFixture *fixture = *state;
  GtkAdjustment *adjustment =
      gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(fixture->scroller));
  guint64 begin, end, later_begin, later_end;

  hv_heap_map_zoom(fixture->map, 6, 0);
  map_settle(fixture->map);
  gtk_adjustment_set_value(adjustment, 0);
  map_settle(fixture->map);
  assert_true(hv_heap_map_get_window(fixture->map, &begin, &end));
  gtk_adjustment_set_value(adjustment, 1000);
  map_settle(fixture->map);
  assert_true(hv_heap_map_get_window(fixture->map, &later_begin, &later_end));
  assert_true(later_begin > begin);
  assert_true(later_end > end);
  hv_heap_map_scroll(fixture->map, -1000);
  map_settle(fixture->map);
  assert_true(hv_heap_map_get_window(fixture->map, &later_begin, &later_end));
  assert_int_equal(later_begin, begin);
}

static void test_dragging_pans(void **state) {
  MapFixture *fixture = *state;
  GtkEventController *drag = controller_of(fixture->map, GTK_TYPE_GESTURE_DRAG);
  GtkAdjustment *adjustment =
      gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(fixture->scroller));

  hv_heap_map_zoom(fixture->map, 6, 0);
  map_settle(fixture->map);
  gtk_adjustment_set_value(adjustment, 600);
  g_signal_emit_by_name(drag, "drag-begin", 100.0, 300.0);
  g_signal_emit_by_name(drag, "drag-update", 0.0, -50.0);
  g_signal_emit_by_name(drag, "drag-update", 0.0, -120.0);
  g_signal_emit_by_name(drag, "drag-end", 0.0, -120.0);
  assert_float_equal(gtk_adjustment_get_value(adjustment), 720.0, 0.5);
  map_settle(fixture->map);
  map_assert_is_the_render_core_s(fixture->map);
}

static void test_a_click_selects_and_two_zoom(void **state) {
  MapFixture *fixture = *state;
  GtkEventController *click = controller_of(fixture->map, GTK_TYPE_GESTURE_CLICK);
  int shift = hv_heap_map_get_row_shift(fixture->map);
  HvFocus focus;
  guint64 address;
  double y = 30;

  assert_false(hv_heap_map_get_selection(fixture->map, &focus));
  address = map_address_below(fixture->map, &y);
  g_signal_emit_by_name(click, "released", 1, COLUMN_PX, y);
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_true(focus.begin <= address && address < focus.end);
  g_signal_emit_by_name(click, "released", 2, COLUMN_PX, y);
  map_settle(fixture->map);
  assert_true(hv_heap_map_get_row_shift(fixture->map) < shift);
  hv_heap_map_back(fixture->map);
  map_settle(fixture->map);
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), shift);
}

/* From anywhere, Enter twice at most shows a single block, and the arrows walk from block to block.
 */
static void test_zoom_down_to_one_block(void **state) {
  MapFixture *fixture = *state;
  HvFrame *frame = hv_pyramid_frame(fixture->pyramid);
  guint count, span = 0;
  const HvSpan *spans = hv_frame_spans(frame, &count);
  HvFocus focus, next;

  while (span < count && (spans[span].kind != ALLOC_SPAN_SMALL || spans[span].live < 3))
    span++;
  assert_true(span < count);
  hv_heap_map_select_address(fixture->map, hv_frame_span_address(frame, span));
  for (int i = 0; i < 3; i++) {
    hv_heap_map_zoom_to_focus(fixture->map);
    map_settle(fixture->map);
  }
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_int_equal(focus.level, HV_FOCUS_THING);
  assert_int_equal(focus.hit.kind, HV_HIT_BLOCK);
  assert_int_equal(focus.end - focus.begin, spans[span].block_bytes);
  hv_heap_map_move_cursor(fixture->map, 1, 0);
  assert_true(hv_heap_map_get_selection(fixture->map, &next));
  assert_int_equal(next.begin, focus.end);
  hv_heap_map_move_cursor(fixture->map, -1, 0);
  assert_true(hv_heap_map_get_selection(fixture->map, &next));
  assert_int_equal(next.begin, focus.begin);
}

static void test_dark_is_another_picture(void **state) {
  MapFixture *fixture = *state;
  cairo_surface_t *light = map_capture(fixture->map);
  cairo_surface_t *dark;

  hv_heap_map_set_theme(fixture->map, HV_THEME_DARK);
  map_settle(fixture->map);
  ui_idle(100);
  dark = map_capture(fixture->map);
  assert_int_equal(map_pixel(light, 2, 2), hv_palette_get(HV_THEME_LIGHT)->background);
  assert_int_equal(map_pixel(dark, 2, 2), hv_palette_get(HV_THEME_DARK)->background);
  cairo_surface_destroy(light);
  cairo_surface_destroy(dark);
}

static void test_an_empty_heap_is_no_problem(void **state) {
  MapFixture *fixture = *state;
  HvFocus focus;

  hv_heap_map_select_address(fixture->map,
                             hv_frame_span_address(hv_pyramid_frame(fixture->pyramid), 0));
  hv_heap_map_set_heap(fixture->map, NULL, 0);
  ui_idle(100);
  assert_false(hv_heap_map_get_selection(fixture->map, &focus));
  assert_false(hv_heap_map_get_can_zoom_in(fixture->map));
  hv_heap_map_zoom(fixture->map, 1, 10);
  hv_heap_map_move_cursor(fixture->map, 1, 1);
  hv_heap_map_step_span(fixture->map, 1);
  hv_heap_map_scroll(fixture->map, 10);
  hv_heap_map_set_heap(fixture->map, fixture->pyramid, 3);
  map_settle(fixture->map);
  map_assert_is_the_render_core_s(fixture->map);
}

static void test_the_map_has_a_name(void **state) {
  MapFixture *fixture = *state;

  gtk_test_accessible_assert_role(GTK_ACCESSIBLE(fixture->map), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property(GTK_ACCESSIBLE(fixture->map), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      "Heap map");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_pixels_are_the_render_core_s, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_pixels_after_zoom_and_scroll, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_keyboard_focus_is_seen, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_zoom_out_again_shows_the_whole, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_zoom_is_told, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_another_height_is_told, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_nothing_is_told_while_sizes_are_given, map_setup,
                                      map_teardown),
      cmocka_unit_test_setup_teardown(test_zoom_keeps_the_row_under_the_pointer, map_setup,
                                      map_teardown),
      cmocka_unit_test_setup_teardown(test_pointer_motion_draws_no_tile, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_idle_draws_nothing, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_same_content_draws_nothing, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_equal_tiles_are_not_drawn_again, map_setup,
                                      map_teardown),
      cmocka_unit_test_setup_teardown(test_a_new_heap_is_shown, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_scrolling_moves_the_view, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_dragging_pans, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_a_click_selects_and_two_zoom, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_zoom_down_to_one_block, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_dark_is_another_picture, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_an_empty_heap_is_no_problem, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_the_map_has_a_name, map_setup, map_teardown),
  };

  gtk_test_init(&argc, &argv);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
  return cmocka_run_group_tests_name("heap_map", tests, NULL, NULL);
}
