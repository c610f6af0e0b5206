/* SPDX-License-Identifier: MIT */
/* What the heap map shows and tells of changes: rims that fade, and words that follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/viewer/map_fixture.h"
#include "tests/viewer/ui_steps.h"

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

/* Runs the main loop until nothing fades any more, and notes when each kind last did. */
static void wait_while_fading(HvHeapMap *map, gint64 last_us[HV_CHANGES]) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (fading(map) > 0 && g_get_monotonic_time() < deadline_us) {
    for (HvChangeKind kind = 0; kind < HV_CHANGES; kind++)
      if (hv_heap_map_get_fading(map, kind) > 0)
        last_us[kind] = g_get_monotonic_time();
    g_main_context_iteration(NULL, TRUE);
  }
  assert_int_equal(fading(map), 0);
}

/* What came has a bright rim for a moment, what went another one for longer, and then nothing is
 * drawn any more. */
static void test_changes_fade(void **state) {
  MapFixture *fixture = *state;
  g_autoptr(HvPyramid) later = later_pyramid(200);
  guint64 drawn;
  gint64 begin_us, deadline_us, last_us[HV_CHANGES] = {0};
  cairo_surface_t *lit;
  cairo_surface_t *settled;
  guint different = 0, white = 0, orange = 0;

  set_animations(fixture->map, TRUE);
  assert_int_equal(fading(fixture->map), 0);
  begin_us = g_get_monotonic_time();
  hv_heap_map_set_heap(fixture->map, later, 2);
  deadline_us = begin_us + 20 * G_USEC_PER_SEC;
  while (fading(fixture->map) == 0 && g_get_monotonic_time() < deadline_us)
    g_main_context_iteration(NULL, TRUE);
  assert_true(fading(fixture->map) > 0);
  gtk_test_widget_wait_for_draw(GTK_WIDGET(fixture->map));
  lit = map_capture(fixture->map);
  assert_true(hv_heap_map_get_fading(fixture->map, HV_CHANGE_FREED) > 0);
  wait_while_fading(fixture->map, last_us);
  assert_true(last_us[HV_CHANGE_BORN] <= last_us[HV_CHANGE_FREED]);
  assert_true(g_get_monotonic_time() - begin_us >= 1400000);
  map_settle(fixture->map);
  map_assert_is_the_render_core_s(fixture->map);
  settled = map_capture(fixture->map);
  for (int y = 0; y < cairo_image_surface_get_height(lit); y++)
    for (int x = 0; x < cairo_image_surface_get_width(lit); x++) {
      guint32 was = map_pixel(settled, x, y), is = map_pixel(lit, x, y);

      different += is != was;
      /* White adds to blue, orange takes from it. */
      white += (is & 0xff) > (was & 0xff);
      orange += (is & 0xff) < (was & 0xff);
    }
  assert_true(different > 0);
  assert_true(white > 0 && orange > 0);
  cairo_surface_destroy(lit);
  cairo_surface_destroy(settled);
  ui_idle(100);
  drawn = hv_heap_map_get_snapshots(fixture->map);
  ui_idle(300);
  assert_int_equal(hv_heap_map_get_snapshots(fixture->map), drawn);
  /* The same again is no change; another zoom, lens or palette is none of the heap. */
  hv_heap_map_zoom(fixture->map, 1, -1);
  map_settle(fixture->map);
  hv_heap_map_set_lens(fixture->map, HV_LENS_FILL);
  map_settle(fixture->map);
  hv_heap_map_set_theme(fixture->map, HV_THEME_DARK);
  map_settle(fixture->map);
  assert_int_equal(fading(fixture->map), 0);
  set_animations(fixture->map, FALSE);
}

/* Somebody who wants no animations gets none. */
static void test_no_fade_without_animations(void **state) {
  MapFixture *fixture = *state;
  g_autoptr(HvPyramid) later = later_pyramid(200);

  set_animations(fixture->map, FALSE);
  hv_heap_map_set_heap(fixture->map, later, 2);
  map_settle(fixture->map);
  assert_int_equal(fading(fixture->map), 0);
  map_assert_is_the_render_core_s(fixture->map);
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
  MapFixture *fixture = *state;
  g_autoptr(HvPyramid) later = later_pyramid(20000);
  guint64 address = hv_frame_span_address(hv_pyramid_frame(fixture->pyramid), 0);
  guint hovers = 0;
  gint64 told_us;
  double y = 30;

  map_address_below(fixture->map, &y);
  hv_heap_map_set_pointer(fixture->map, COLUMN_PX, y);
  g_signal_connect_swapped(fixture->map, "hover-changed", G_CALLBACK(count_one), &hovers);
  hv_heap_map_select_range(fixture->map, address, address + (1 << 24));
  assert_true(tells_selection(fixture->map));
  ui_idle(1100);
  told_us = g_get_monotonic_time();
  hv_heap_map_set_heap(fixture->map, later, 2);
  map_settle(fixture->map);
  assert_true(tells_selection(fixture->map));
  assert_true(hovers > 0);
  hv_heap_map_set_heap(fixture->map, fixture->pyramid, 3);
  map_settle(fixture->map);
  assert_true(!tells_selection(fixture->map) || g_get_monotonic_time() - told_us >= G_USEC_PER_SEC);
  ui_idle(1100);
  assert_true(tells_selection(fixture->map));
  hovers = 0;
  ui_idle(1500);
  assert_int_equal(hovers, 0);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_changes_fade, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_no_fade_without_animations, map_setup, map_teardown),
      cmocka_unit_test_setup_teardown(test_what_is_told_follows_the_heap, map_setup, map_teardown),
  };

  gtk_test_init(&argc, &argv);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
  return cmocka_run_group_tests_name("heap_map_changes", tests, NULL, NULL);
}
