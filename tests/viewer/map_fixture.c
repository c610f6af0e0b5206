/* SPDX-License-Identifier: MIT */
/* See map_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/viewer/map_fixture.h"

#include "viewer/render/tile.h"

#define WIDTH_PX 700

void map_settle(HvHeapMap *map) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (!hv_heap_map_is_settled(map) && g_get_monotonic_time() < deadline_us)
    g_main_context_iteration(NULL, TRUE);
  assert_true(hv_heap_map_is_settled(map));
  gtk_test_widget_wait_for_draw(GTK_WIDGET(map));
}

guint64 map_address_below(HvHeapMap *map, double *y) {
  guint64 address = 0;

  while (!hv_heap_map_address_at(map, COLUMN_PX, *y, &address)) {
    *y += 1;
    assert_true(*y < HEIGHT_PX);
  }
  return address;
}

int map_setup(void **state) {
  MapFixture *fixture = g_new0(MapFixture, 1);
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
  map_settle(fixture->map);
  *state = fixture;
  return 0;
}

int map_teardown(void **state) {
  MapFixture *fixture = *state;

  gtk_window_destroy(GTK_WINDOW(fixture->window));
  hv_pyramid_unref(fixture->pyramid);
  g_free(fixture);
  return 0;
}

cairo_surface_t *map_capture(HvHeapMap *map) {
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

guint32 map_pixel(cairo_surface_t *surface, gint64 x, gint64 y) {
  const guchar *row =
      cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface);
  guint32 value;

  memcpy(&value, row + 4 * x, sizeof value);
  return value;
}

void map_assert_is_the_render_core_s(HvHeapMap *map) {
  cairo_surface_t *shown = map_capture(map);
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
      if (map_pixel(shown, left + x, y) != map_pixel(expected, x, y))
        fail_msg("pixel %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " is %08x, not %08x", x, y,
                 map_pixel(shown, left + x, y), map_pixel(expected, x, y));
    }
  }
  cairo_surface_destroy(expected);
  cairo_surface_destroy(shown);
}
