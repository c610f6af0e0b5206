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
#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/render/tile.h"
#include "viewer/ui/heap_map.h"

#define WIDTH_PX  700
#define HEIGHT_PX 400

typedef struct {
  GtkWidget *window;
  GtkWidget *scroller;
  HvHeapMap *map;
  HvPyramid *pyramid;
} Fixture;

/* Runs the main loop until @map shows a complete picture and GTK has drawn it. */
static void settle(HvHeapMap *map) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (!hv_heap_map_is_settled(map) && g_get_monotonic_time() < deadline_us)
    g_main_context_iteration(NULL, TRUE);
  assert_true(hv_heap_map_is_settled(map));
  gtk_test_widget_wait_for_draw(GTK_WIDGET(map));
}

/* Lets @ms pass with the main loop running. */
static void idle(guint ms) {
  gint64 deadline_us = g_get_monotonic_time() + (gint64)ms * 1000;

  while (g_get_monotonic_time() < deadline_us) {
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(2000);
  }
}

/* Address of the first row at or below @y, at a column that every row of the test's heap has. */
#define COLUMN_PX 60.0

static guint64 address_below(HvHeapMap *map, double *y) {
  guint64 address = 0;

  while (!hv_heap_map_address_at(map, COLUMN_PX, *y, &address)) {
    *y += 1;
    assert_true(*y < HEIGHT_PX);
  }
  return address;
}

static int setup(void **state) {
  Fixture *fixture = g_new0(Fixture, 1);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 7);

  fixture->pyramid = hv_pyramid_new(frame);
  fixture->map = HV_HEAP_MAP(hv_heap_map_new());
  fixture->scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(fixture->scroller), GTK_WIDGET(fixture->map));
  fixture->window = gtk_window_new();
  gtk_window_set_decorated(GTK_WINDOW(fixture->window), FALSE);
  gtk_window_set_default_size(GTK_WINDOW(fixture->window), WIDTH_PX, HEIGHT_PX);
  gtk_window_set_child(GTK_WINDOW(fixture->window), fixture->scroller);
  hv_heap_map_set_heap(fixture->map, fixture->pyramid, 1);
  gtk_window_present(GTK_WINDOW(fixture->window));
  settle(fixture->map);
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  Fixture *fixture = *state;

  gtk_window_destroy(GTK_WINDOW(fixture->window));
  hv_pyramid_unref(fixture->pyramid);
  g_free(fixture);
  return 0;
}

/* What GTK draws for the map, device pixels. */
static cairo_surface_t *capture(HvHeapMap *map) {
  GtkWidget *widget = GTK_WIDGET(map);
  int scale = gtk_widget_get_scale_factor(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(widget);
  GtkSnapshot *snapshot = gtk_snapshot_new();
  g_autoptr(GskRenderNode) node = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  GskRenderer *renderer = gtk_native_get_renderer(gtk_widget_get_native(widget));
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width * scale, height * scale);

  gtk_snapshot_scale(snapshot, (float)scale, (float)scale);
  gdk_paintable_snapshot(paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node(snapshot);
  texture = gsk_renderer_render_texture(
      renderer, node, &GRAPHENE_RECT_INIT(0, 0, (float)(width * scale), (float)(height * scale)));
  gdk_texture_download(texture, cairo_image_surface_get_data(surface),
                       (gsize)cairo_image_surface_get_stride(surface));
  cairo_surface_mark_dirty(surface);
  return surface;
}

static guint32 pixel(cairo_surface_t *surface, gint64 x, gint64 y) {
  const guchar *row =
      cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface);
  guint32 value;

  memcpy(&value, row + 4 * x, sizeof value);
  return value;
}

/* The whole map area equals one picture of the render core, so tiles are in place, without seams,
 * at one device pixel a pixel. */
static void assert_map_is_the_render_core_s(HvHeapMap *map) {
  cairo_surface_t *shown = capture(map);
  int height = cairo_image_surface_get_height(shown);
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  HvPyramid *pyramid = NULL;
  gint64 left = 0, top = 0;
  HvLayout *layout = hv_heap_map_get_picture(map, &pyramid, &left, &top);
  int width;
  cairo_surface_t *expected;
  gint64 seen = MIN((gint64)height, hv_layout_height(layout) + top);

  assert_non_null(layout);
  width = hv_layout_params(layout)->width_px;
  assert_true(left >= 0);
  expected = hv_render_tile(pyramid, layout, palette, NULL, 0, -top, width, height);
  for (gint64 y = 0; y < seen; y++) {
    for (gint64 x = 0; x < width; x++) {
      if (pixel(shown, left + x, y) != pixel(expected, x, y))
        fail_msg("pixel %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " is %08x, not %08x", x, y,
                 pixel(shown, left + x, y), pixel(expected, x, y));
    }
  }
  cairo_surface_destroy(expected);
  cairo_surface_destroy(shown);
}

static void test_pixels_are_the_render_core_s(void **state) {
  Fixture *fixture = *state;

  assert_true(hv_heap_map_get_fit(fixture->map));
  assert_map_is_the_render_core_s(fixture->map);
}

static void test_pixels_after_zoom_and_scroll(void **state) {
  Fixture *fixture = *state;

  hv_heap_map_zoom(fixture->map, 5, 100);
  settle(fixture->map);
  assert_map_is_the_render_core_s(fixture->map);
  hv_heap_map_scroll(fixture->map, 333);
  settle(fixture->map);
  assert_map_is_the_render_core_s(fixture->map);
  hv_heap_map_zoom(fixture->map, 40, -1);
  settle(fixture->map);
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), HV_LAYOUT_SHIFT_MIN);
  assert_map_is_the_render_core_s(fixture->map);
}

/* The chrome's style draws a ring around the map when keys have chosen it, and only then. */
static void test_keyboard_focus_is_seen(void **state) {
  Fixture *fixture = *state;
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
    shown = capture(fixture->map);
    edge = pixel(shown, 0, cairo_image_surface_get_height(shown) / 2);
    inside = pixel(shown, 5 * gtk_widget_get_scale_factor(GTK_WIDGET(fixture->map)),
                   cairo_image_surface_get_height(shown) / 2);
    cairo_surface_destroy(shown);
    assert_int_equal(edge, visible ? 0xff1a5fb4 : background);
    assert_int_equal(inside, background);
  }
  gtk_style_context_remove_provider_for_display(display, GTK_STYLE_PROVIDER(provider));
}

static void test_zoom_out_again_shows_the_whole(void **state) {
  Fixture *fixture = *state;
  int whole = hv_heap_map_get_row_shift(fixture->map);

  hv_heap_map_zoom(fixture->map, 6, 50);
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), whole - 6);
  assert_false(hv_heap_map_get_fit(fixture->map));
  for (int i = 0; i < 6; i++)
    hv_heap_map_zoom(fixture->map, -1, 50);
  assert_true(hv_heap_map_get_fit(fixture->map));
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), whole);
  settle(fixture->map);
  assert_map_is_the_render_core_s(fixture->map);
}

/* The row under the pointer is still under it after zooming in. */
static void test_zoom_keeps_the_row_under_the_pointer(void **state) {
  Fixture *fixture = *state;
  guint64 before, after_begin, after_end;
  double y = 150;

  hv_heap_map_zoom(fixture->map, 3, 10);
  settle(fixture->map);
  hv_heap_map_scroll(fixture->map, 500);
  settle(fixture->map);
  before = address_below(fixture->map, &y);
  hv_heap_map_zoom(fixture->map, 1, y);
  settle(fixture->map);
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
  Fixture *fixture = *state;
  GtkEventController *motion = controller_of(fixture->map, GTK_TYPE_EVENT_CONTROLLER_MOTION);
  guint64 tiles, frames;
  guint hovered = 0;

  idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  for (int i = 0; i < 200; i++) {
    HvFocus focus;

    g_signal_emit_by_name(motion, "motion", 10.0 + 3 * i, 10.0 + i);
    hovered += hv_heap_map_get_hover(fixture->map, &focus);
    idle(2);
  }
  assert_int_equal(hv_heap_map_get_tiles_drawn(fixture->map), tiles);
  assert_true(hovered > 50);
  assert_true(hv_heap_map_get_snapshots(fixture->map) > frames); /* outlines moved */
}

static void test_idle_draws_nothing(void **state) {
  Fixture *fixture = *state;
  guint64 tiles, frames;

  idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  idle(1000);
  assert_int_equal(hv_heap_map_get_tiles_drawn(fixture->map), tiles);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), frames);
}

static void test_same_content_draws_nothing(void **state) {
  Fixture *fixture = *state;
  guint64 tiles, frames;

  idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  for (int i = 0; i < 20; i++) {
    hv_heap_map_set_heap(fixture->map, fixture->pyramid, 1);
    idle(20);
  }
  assert_int_equal(hv_heap_map_get_tiles_drawn(fixture->map), tiles);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), frames);
}

/* Another frame that looks the same costs tiles, but no drawing. */
static void test_equal_tiles_are_not_drawn_again(void **state) {
  Fixture *fixture = *state;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 7);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  guint64 tiles, frames;

  idle(300);
  tiles = hv_heap_map_get_tiles_drawn(fixture->map);
  frames = hv_heap_map_get_snapshots(fixture->map);
  hv_heap_map_set_heap(fixture->map, pyramid, 2);
  settle(fixture->map);
  idle(300);
  assert_true(hv_heap_map_get_tiles_drawn(fixture->map) > tiles);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), frames);
}

static void test_a_new_heap_is_shown(void **state) {
  Fixture *fixture = *state;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 8);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvPyramid *shown = NULL;
  gint64 x, y;

  hv_heap_map_set_heap(fixture->map, pyramid, 2);
  settle(fixture->map);
  hv_heap_map_get_picture(fixture->map, &shown, &x, &y);
  assert_ptr_equal(shown, pyramid);
  assert_map_is_the_render_core_s(fixture->map);
}

static void test_scrolling_moves_the_view(void **state) {
  Fixture *fixture = *state;
  GtkAdjustment *adjustment =
      gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(fixture->scroller));
  guint64 begin, end, later_begin, later_end;

  hv_heap_map_zoom(fixture->map, 6, 0);
  settle(fixture->map);
  gtk_adjustment_set_value(adjustment, 0);
  settle(fixture->map);
  assert_true(hv_heap_map_get_window(fixture->map, &begin, &end));
  gtk_adjustment_set_value(adjustment, 1000);
  settle(fixture->map);
  assert_true(hv_heap_map_get_window(fixture->map, &later_begin, &later_end));
  assert_true(later_begin > begin);
  assert_true(later_end > end);
  hv_heap_map_scroll(fixture->map, -1000);
  settle(fixture->map);
  assert_true(hv_heap_map_get_window(fixture->map, &later_begin, &later_end));
  assert_int_equal(later_begin, begin);
}

static void test_dragging_pans(void **state) {
  Fixture *fixture = *state;
  GtkEventController *drag = controller_of(fixture->map, GTK_TYPE_GESTURE_DRAG);
  GtkAdjustment *adjustment =
      gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(fixture->scroller));

  hv_heap_map_zoom(fixture->map, 6, 0);
  settle(fixture->map);
  gtk_adjustment_set_value(adjustment, 600);
  g_signal_emit_by_name(drag, "drag-begin", 100.0, 300.0);
  g_signal_emit_by_name(drag, "drag-update", 0.0, -50.0);
  g_signal_emit_by_name(drag, "drag-update", 0.0, -120.0);
  g_signal_emit_by_name(drag, "drag-end", 0.0, -120.0);
  assert_float_equal(gtk_adjustment_get_value(adjustment), 720.0, 0.5);
  settle(fixture->map);
  assert_map_is_the_render_core_s(fixture->map);
}

static void test_a_click_selects_and_two_zoom(void **state) {
  Fixture *fixture = *state;
  GtkEventController *click = controller_of(fixture->map, GTK_TYPE_GESTURE_CLICK);
  int shift = hv_heap_map_get_row_shift(fixture->map);
  HvFocus focus;
  guint64 address;
  double y = 30;

  assert_false(hv_heap_map_get_selection(fixture->map, &focus));
  address = address_below(fixture->map, &y);
  g_signal_emit_by_name(click, "released", 1, COLUMN_PX, y);
  assert_true(hv_heap_map_get_selection(fixture->map, &focus));
  assert_true(focus.begin <= address && address < focus.end);
  g_signal_emit_by_name(click, "released", 2, COLUMN_PX, y);
  settle(fixture->map);
  assert_true(hv_heap_map_get_row_shift(fixture->map) < shift);
  hv_heap_map_back(fixture->map);
  settle(fixture->map);
  assert_int_equal(hv_heap_map_get_row_shift(fixture->map), shift);
}

/* From anywhere, Enter twice at most shows a single block, and the arrows walk from block to block.
 */
static void test_zoom_down_to_one_block(void **state) {
  Fixture *fixture = *state;
  HvFrame *frame = hv_pyramid_frame(fixture->pyramid);
  guint count, span = 0;
  const struct alloc_span_record *spans = hv_frame_spans(frame, &count);
  HvFocus focus, next;

  while (span < count && (spans[span].kind != ALLOC_SPAN_SMALL || spans[span].live < 3))
    span++;
  assert_true(span < count);
  hv_heap_map_select_address(fixture->map, hv_frame_span_address(frame, span));
  for (int i = 0; i < 3; i++) {
    hv_heap_map_zoom_to_focus(fixture->map);
    settle(fixture->map);
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

/* An area grows, shrinks and turns over by keys, and its ledger is that of its addresses. */
static void test_areas_are_chosen_by_keys(void **state) {
  Fixture *fixture = *state;
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
  Fixture *fixture = *state;
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
  settle(map);
  assert_true(cursor_is_in_view(map));
}

/* By class the neighbour is what is shown beside: the next span of the band, then the next band. */
static void test_keys_go_by_class(void **state) {
  Fixture *fixture = *state;
  HvHeapMap *map = fixture->map;
  HvFrame *frame = hv_pyramid_frame(fixture->pyramid);
  g_autoptr(HvOrder) order = hv_order_new(fixture->pyramid);
  guint count;
  const guint last = hv_order_bands(order, &count)->run_count - 1;
  const HvRun *runs = hv_order_runs(order, &count);
  HvFocus focus;

  hv_heap_map_set_by_class(map, TRUE);
  idle(300);
  settle(map);
  /* Spans are cells at this zoom, and blocks are not. */
  hv_heap_map_zoom_to(map, runs[0].address, runs[0].address + 8 * runs[0].bytes);
  settle(map);
  hv_heap_map_select_address(map, runs[0].address);
  for (guint i = 1; i <= last + 2; i++) {
    hv_heap_map_step_span(map, 1);
    settle(map);
    assert_true(hv_heap_map_get_selection(map, &focus));
    assert_int_equal(focus.hit.span_index, hv_frame_find_span(frame, runs[i].address));
    assert_true(cursor_is_in_view(map));
  }
  for (guint i = last + 2; i-- > 0;) {
    hv_heap_map_step_span(map, -1);
    settle(map);
    assert_true(hv_heap_map_get_selection(map, &focus));
    assert_int_equal(focus.hit.span_index, hv_frame_find_span(frame, runs[i].address));
  }
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
    settle(map);
    assert_true(cursor_is_in_view(map));
  }
  hv_heap_map_go_end(map, 1);
  settle(map);
  assert_true(cursor_is_in_view(map));
  assert_true(hv_heap_map_get_selection(map, &focus));
  hv_heap_map_move_cursor(map, 1, 0);
  assert_true(hv_heap_map_get_selection(map, &focus));
  hv_heap_map_go_end(map, -1);
  settle(map);
  assert_true(cursor_is_in_view(map));
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_true(focus.hit.begin <= runs[0].address && runs[0].address < focus.hit.end);
  hv_heap_map_set_by_class(map, FALSE);
  hv_heap_map_select_none(map);
}

static void test_dark_is_another_picture(void **state) {
  Fixture *fixture = *state;
  cairo_surface_t *light = capture(fixture->map);
  cairo_surface_t *dark;

  hv_heap_map_set_theme(fixture->map, HV_THEME_DARK);
  settle(fixture->map);
  idle(100);
  dark = capture(fixture->map);
  assert_int_equal(pixel(light, 2, 2), hv_palette_get(HV_THEME_LIGHT)->background);
  assert_int_equal(pixel(dark, 2, 2), hv_palette_get(HV_THEME_DARK)->background);
  cairo_surface_destroy(light);
  cairo_surface_destroy(dark);
}

static void test_an_empty_heap_is_no_problem(void **state) {
  Fixture *fixture = *state;
  HvFocus focus;

  hv_heap_map_select_address(fixture->map,
                             hv_frame_span_address(hv_pyramid_frame(fixture->pyramid), 0));
  hv_heap_map_set_heap(fixture->map, NULL, 0);
  idle(100);
  assert_false(hv_heap_map_get_selection(fixture->map, &focus));
  assert_false(hv_heap_map_get_can_zoom_in(fixture->map));
  hv_heap_map_zoom(fixture->map, 1, 10);
  hv_heap_map_move_cursor(fixture->map, 1, 1);
  hv_heap_map_step_span(fixture->map, 1);
  hv_heap_map_scroll(fixture->map, 10);
  hv_heap_map_set_heap(fixture->map, fixture->pyramid, 3);
  settle(fixture->map);
  assert_map_is_the_render_core_s(fixture->map);
}

static void set_animations(HvHeapMap *map, gboolean enabled) {
  g_object_set(gtk_widget_get_settings(GTK_WIDGET(map)), "gtk-enable-animations", enabled, NULL);
}

static void count_one(guint *count) {
  (*count)++;
}

/* The same heap as the fixture's after some blocks came and went. */
static HvPyramid *later_pyramid(guint changes) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 7);
  g_autoptr(HvFrame) frame = NULL;

  synthetic_heap_churn(heap, changes);
  frame = synthetic_heap_frame(heap, 2, 0, 0);
  synthetic_heap_free(heap);
  return hv_pyramid_new(frame);
}

static guint fading(HvHeapMap *map) {
  return hv_heap_map_get_fading(map, HV_CHANGE_BORN) + hv_heap_map_get_fading(map, HV_CHANGE_FREED);
}

/* Runs the main loop as long as something of @kind fades. Returns: for how long, in ms. */
static double wait_while_fading(HvHeapMap *map, HvChangeKind kind) {
  gint64 begin_us = g_get_monotonic_time();

  while (hv_heap_map_get_fading(map, kind) > 0 &&
         g_get_monotonic_time() - begin_us < 20 * G_USEC_PER_SEC)
    g_main_context_iteration(NULL, TRUE);
  assert_int_equal(hv_heap_map_get_fading(map, kind), 0);
  return (double)(g_get_monotonic_time() - begin_us) / 1000;
}

/* What came has a bright rim for a moment, what went another one for longer, and then nothing is
 * drawn any more. */
static void test_changes_fade(void **state) {
  Fixture *fixture = *state;
  g_autoptr(HvPyramid) later = later_pyramid(200);
  guint64 drawn;
  gint64 deadline_us;
  cairo_surface_t *lit;
  cairo_surface_t *settled;
  guint different = 0, white = 0, orange = 0;

  set_animations(fixture->map, TRUE);
  assert_int_equal(fading(fixture->map), 0);
  hv_heap_map_set_heap(fixture->map, later, 2);
  deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (fading(fixture->map) == 0 && g_get_monotonic_time() < deadline_us)
    g_main_context_iteration(NULL, TRUE);
  assert_true(fading(fixture->map) > 0);
  gtk_test_widget_wait_for_draw(GTK_WIDGET(fixture->map));
  lit = capture(fixture->map);
  assert_true(hv_heap_map_get_fading(fixture->map, HV_CHANGE_FREED) > 0);
  wait_while_fading(fixture->map, HV_CHANGE_BORN);
  assert_true(hv_heap_map_get_fading(fixture->map, HV_CHANGE_FREED) > 0);
  assert_true(wait_while_fading(fixture->map, HV_CHANGE_FREED) > 300);
  settle(fixture->map);
  assert_map_is_the_render_core_s(fixture->map);
  settled = capture(fixture->map);
  for (int y = 0; y < cairo_image_surface_get_height(lit); y++)
    for (int x = 0; x < cairo_image_surface_get_width(lit); x++) {
      guint32 was = pixel(settled, x, y), is = pixel(lit, x, y);

      different += is != was;
      /* White adds to blue, orange takes from it. */
      white += (is & 0xff) > (was & 0xff);
      orange += (is & 0xff) < (was & 0xff);
    }
  assert_true(different > 0);
  assert_true(white > 0 && orange > 0);
  cairo_surface_destroy(lit);
  cairo_surface_destroy(settled);
  idle(100);
  drawn = hv_heap_map_get_snapshots(fixture->map);
  idle(300);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), drawn);
  /* The same again is no change; another zoom, lens or palette is none of the heap. */
  hv_heap_map_zoom(fixture->map, 1, -1);
  settle(fixture->map);
  hv_heap_map_set_lens(fixture->map, HV_LENS_FILL);
  settle(fixture->map);
  hv_heap_map_set_theme(fixture->map, HV_THEME_DARK);
  settle(fixture->map);
  assert_int_equal(fading(fixture->map), 0);
  set_animations(fixture->map, FALSE);
}

/* Somebody who wants no animations gets none. */
static void test_no_fade_without_animations(void **state) {
  Fixture *fixture = *state;
  g_autoptr(HvPyramid) later = later_pyramid(200);

  set_animations(fixture->map, FALSE);
  hv_heap_map_set_heap(fixture->map, later, 2);
  settle(fixture->map);
  assert_int_equal(fading(fixture->map), 0);
  assert_map_is_the_render_core_s(fixture->map);
}

/* Whether those who hear the map hear what the selection is now. */
static gboolean tells_selection(HvHeapMap *map) {
  HvFocus focus;
  g_autofree char *text = NULL;
  g_autofree char *mismatch = NULL;

  assert_true(hv_heap_map_get_selection(map, &focus));
  text = hv_heap_map_describe(map, &focus);
  mismatch = gtk_test_accessible_check_property(GTK_ACCESSIBLE(map),
                                                GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
  return mismatch == NULL;
}

/* When the heap changes under a resting cursor, what is told of it does too, once a second at most;
 * and once only. */
static void test_what_is_told_follows_the_heap(void **state) {
  Fixture *fixture = *state;
  g_autoptr(HvPyramid) later = later_pyramid(20000);
  guint64 address = hv_frame_span_address(hv_pyramid_frame(fixture->pyramid), 0);
  guint hovers = 0;
  double y = 30;

  address_below(fixture->map, &y);
  hv_heap_map_set_pointer(fixture->map, COLUMN_PX, y);
  g_signal_connect_swapped(fixture->map, "hover-changed", G_CALLBACK(count_one), &hovers);
  hv_heap_map_select_range(fixture->map, address, address + (1 << 24));
  assert_true(tells_selection(fixture->map));
  idle(1100);
  hv_heap_map_set_heap(fixture->map, later, 2);
  settle(fixture->map);
  assert_true(tells_selection(fixture->map));
  assert_true(hovers > 0);
  hv_heap_map_set_heap(fixture->map, fixture->pyramid, 3);
  settle(fixture->map);
  assert_false(tells_selection(fixture->map));
  idle(1100);
  assert_true(tells_selection(fixture->map));
  hovers = 0;
  idle(1500);
  assert_int_equal(hovers, 0);
}

static void test_the_map_has_a_name(void **state) {
  Fixture *fixture = *state;

  gtk_test_accessible_assert_role(GTK_ACCESSIBLE(fixture->map), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property(GTK_ACCESSIBLE(fixture->map), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      "Heap map");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_pixels_are_the_render_core_s, setup, teardown),
      cmocka_unit_test_setup_teardown(test_pixels_after_zoom_and_scroll, setup, teardown),
      cmocka_unit_test_setup_teardown(test_keyboard_focus_is_seen, setup, teardown),
      cmocka_unit_test_setup_teardown(test_zoom_out_again_shows_the_whole, setup, teardown),
      cmocka_unit_test_setup_teardown(test_zoom_keeps_the_row_under_the_pointer, setup, teardown),
      cmocka_unit_test_setup_teardown(test_pointer_motion_draws_no_tile, setup, teardown),
      cmocka_unit_test_setup_teardown(test_idle_draws_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(test_same_content_draws_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(test_equal_tiles_are_not_drawn_again, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_new_heap_is_shown, setup, teardown),
      cmocka_unit_test_setup_teardown(test_scrolling_moves_the_view, setup, teardown),
      cmocka_unit_test_setup_teardown(test_dragging_pans, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_click_selects_and_two_zoom, setup, teardown),
      cmocka_unit_test_setup_teardown(test_zoom_down_to_one_block, setup, teardown),
      cmocka_unit_test_setup_teardown(test_areas_are_chosen_by_keys, setup, teardown),
      cmocka_unit_test_setup_teardown(test_spans_can_be_stepped_through, setup, teardown),
      cmocka_unit_test_setup_teardown(test_keys_go_by_class, setup, teardown),
      cmocka_unit_test_setup_teardown(test_dark_is_another_picture, setup, teardown),
      cmocka_unit_test_setup_teardown(test_an_empty_heap_is_no_problem, setup, teardown),
      cmocka_unit_test_setup_teardown(test_changes_fade, setup, teardown),
      cmocka_unit_test_setup_teardown(test_no_fade_without_animations, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_told_follows_the_heap, setup, teardown),
      cmocka_unit_test_setup_teardown(test_the_map_has_a_name, setup, teardown),
  };

  gtk_test_init(&argc, &argv);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
  return cmocka_run_group_tests_name("heap_map", tests, NULL, NULL);
}
