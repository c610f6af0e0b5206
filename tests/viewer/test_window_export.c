/* SPDX-License-Identifier: MIT */
/*
 * Pictures, reports and recordings that take long (run by window_list.sh): the message bar tells
 * how far they are, and what is stopped leaves nothing behind. The linker's option --wrap has the
 * parts of each take their time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <string.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/model/file.h"
#include "viewer/render/cells.h"
#include "viewer/ui/window_export.h"

#define SECOND_NS G_GUINT64_CONSTANT(1000000000)

enum { FRAMES = 40, PART_US = 500000, WAIT_US = 60 * G_USEC_PER_SEC };

static HvApplication *application;
static HvWindow *window;
static char *folder;
static gint slow; /* atomic: each part takes PART_US */
static gint held; /* atomic: no picture takes its place before this is 0 */

void __real_hv_render_cells(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                            HvLens *lens, gint64 x, gint64 y, int width, int height,
                            guint32 *pixels, gsize stride_bytes);
void __wrap_hv_render_cells(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                            HvLens *lens, gint64 x, gint64 y, int width, int height,
                            guint32 *pixels, gsize stride_bytes);
void __real_hv_render_row(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                          HvLens *lens, guint band, guint64 row, int x, int width, guint32 *pixels,
                          guint32 *last_pixels);
void __wrap_hv_render_row(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                          HvLens *lens, guint band, guint64 row, int x, int width, guint32 *pixels,
                          guint32 *last_pixels);
gboolean __real_hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                                gint64 churn_bytes, GError **error);
gboolean __wrap_hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                                gint64 churn_bytes, GError **error);
gboolean __real_hv_file_replace(const char *path, gconstpointer data, gsize size, GError **error);
gboolean __wrap_hv_file_replace(const char *path, gconstpointer data, gsize size, GError **error);

static void take_time(void) {
  if (g_atomic_int_get(&slow) != 0)
    g_usleep(PART_US);
}

void __wrap_hv_render_cells(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                            HvLens *lens, gint64 x, gint64 y, int width, int height,
                            guint32 *pixels, gsize stride_bytes) {
  take_time();
  __real_hv_render_cells(pyramid, layout, palette, lens, x, y, width, height, pixels, stride_bytes);
}

void __wrap_hv_render_row(HvPyramid *pyramid, HvLayout *layout, const HvPalette *palette,
                          HvLens *lens, guint band, guint64 row, int x, int width, guint32 *pixels,
                          guint32 *last_pixels) {
  take_time();
  __real_hv_render_row(pyramid, layout, palette, lens, band, row, x, width, pixels, last_pixels);
}

gboolean __wrap_hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                                gint64 churn_bytes, GError **error) {
  take_time();
  return __real_hv_recorder_add(recorder, frame, residency, churn_bytes, error);
}

gboolean __wrap_hv_file_replace(const char *path, gconstpointer data, gsize size, GError **error) {
  while (g_atomic_int_get(&held) != 0)
    g_usleep(1000);
  return __real_hv_file_replace(path, data, size, error);
}

/* ---- a window on a recording ---- */

static char *make_recording(void) {
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  char *path = g_build_filename(folder, "made.heaprec", NULL);

  for (guint i = 1; i <= FRAMES; i++) {
    g_autoptr(HvFrame) frame =
        synthetic_heap_frame(heap, i, (1000 + i) * SECOND_NS, (1000 + i) * SECOND_NS);

    hv_history_add(history, frame, NULL, HV_CHURN_UNKNOWN, FALSE);
    synthetic_heap_churn(heap, 50);
  }
  synthetic_heap_free(heap);
  assert_true(hv_history_save(history, path, NULL));
  return path;
}

static int setup(void **state) {
  g_autofree char *path = NULL;

  folder = g_dir_make_tmp("hv-export-XXXXXX", NULL);
  path = make_recording();
  window = hv_window_new(application);
  gtk_window_present(GTK_WINDOW(window));
  hv_window_open(window, &(HvTarget){.path = path});
  ui_wait_for_status(window, "file");
  g_unlink(path);
  while (!hv_heap_map_is_settled(hv_heap_page_get_map(hv_window_get_heap_page(window))))
    ui_idle(20);
  ui_idle(300);
  return 0;
}

static int teardown(void **state) {
  g_atomic_int_set(&slow, 0);
  gtk_window_destroy(GTK_WINDOW(window));
  assert_int_equal(g_rmdir(folder), 0); /* nothing half written is left */
  g_free(folder);
  return 0;
}

static gboolean can_be_stopped(void) {
  return g_action_group_get_action_enabled(G_ACTION_GROUP(window), "stop-saving");
}

/* Runs the main loop until @condition; fails after a minute. */
#define WAIT_UNTIL(condition)                                                                      \
  for (gint64 begin_us = g_get_monotonic_time(); !(condition); ui_idle(10))                        \
  assert_true(g_get_monotonic_time() - begin_us < WAIT_US)

static gboolean has_told(const char *prefix) {
  g_autofree char *told = ui_exported(window);

  return g_str_has_prefix(told, prefix);
}

static gboolean has_told_of(const char *path) {
  g_autofree char *told = ui_exported(window);

  return strstr(told, path) != NULL;
}

/* ---- the tests ---- */

static const struct {
  const char *action;
  const char *name;
} files[] = {
    {"export-to", "map.png"},    {"export-to", "map.svg"},         {"export-to", "map.pdf"},
    {"report-to", "report.png"}, {"record-to", "watched.heaprec"},
};

/* Each tells how far it is, goes on telling, and can be stopped: what was there before stays. */
static void test_what_takes_long_can_be_stopped(void **state) {
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
    g_autofree char *first = NULL;
    g_autofree char *old = NULL;

    assert_true(g_file_set_contents(path, "old", -1, NULL));
    assert_false(can_be_stopped());
    g_atomic_int_set(&slow, 1);
    ui_activate(window, files[i].action, path);
    WAIT_UNTIL(can_be_stopped());
    assert_true(g_str_has_prefix(ui_said(window), "Saving "));
    WAIT_UNTIL(g_str_has_suffix(ui_said(window), " %"));
    first = g_strdup(ui_said(window));
    WAIT_UNTIL(strcmp(ui_said(window), first) != 0);
    assert_true(g_str_has_suffix(ui_said(window), " %"));
    ui_activate(window, "stop-saving", NULL);
    WAIT_UNTIL(has_told("!Stopped: "));
    assert_true(g_str_has_prefix(ui_said(window), "Stopped: "));
    assert_false(can_be_stopped());
    g_atomic_int_set(&slow, 0);
    ui_idle(500);
    assert_true(g_file_get_contents(path, &old, NULL, NULL));
    assert_string_equal(old, "old");
    g_unlink(path);
  }
}

/* What nobody stops is written, and says so. */
static void test_what_is_not_stopped_is_saved(void **state) {
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(folder, files[i].name, NULL);

    ui_activate(window, files[i].action, path);
    WAIT_UNTIL(has_told(path));
    assert_true(g_str_has_prefix(ui_said(window), "Saved "));
    assert_int_equal(g_unlink(path), 0);
  }
}

/* When the file is about to take its place it is too late, and nobody says that it was stopped. */
static void test_too_late_to_stop(void **state) {
  g_autofree char *path = g_build_filename(folder, "map.png", NULL);

  g_atomic_int_set(&held, 1);
  ui_activate(window, "export-to", path);
  WAIT_UNTIL(can_be_stopped());
  ui_idle(300);
  ui_activate(window, "stop-saving", NULL);
  ui_idle(300);
  assert_false(has_told("!"));
  g_atomic_int_set(&held, 0);
  WAIT_UNTIL(has_told(path));
  assert_int_equal(g_unlink(path), 0);
}

/* Every kind of file: nothing takes the place of what is no file, and the reason is told. */
static void test_what_is_no_file_stays(void **state) {
  static const struct {
    const char *action;
    const char *name;
  } kinds[] = {{"export-to", "a.png"},        {"report-to", "a.pdf"},
               {"record-to", "a.heaprec"},    {"save-list-to", "a.csv"},
               {"save-ledger-to", "b.csv"},   {"save-reasons-to", "a.json"},
               {"save-curve-to", "curve.csv"}};

  g_autofree char *nowhere = g_build_filename(folder, "nowhere", NULL);

  ui_activate(window, "list", "spans");
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *path = g_build_filename(folder, kinds[i].name, NULL);
    g_autofree char *lost = g_build_filename(nowhere, kinds[i].name, NULL);
    g_autofree char *wanted = g_strdup_printf("!cannot write %s: ", lost);
    g_autofree char *said = NULL;

    /* Whatever its name is meanwhile. */
    ui_activate(window, kinds[i].action, lost);
    WAIT_UNTIL(has_told(wanted));
    assert_int_equal(g_mkdir(path, 0700), 0);
    ui_activate(window, kinds[i].action, path);
    WAIT_UNTIL(has_told_of(path));
    said = ui_exported(window);
    assert_true(g_str_has_prefix(said, "!cannot write "));
    assert_true(g_str_has_suffix(said, ": Is a directory"));
    assert_true(g_file_test(path, G_FILE_TEST_IS_DIR));
    assert_int_equal(g_rmdir(path), 0);
  }
}

/* Names of files are bytes: what cannot be shown of one is replaced in what is said of it. */
static void test_names_that_are_no_text(void **state) {
  g_autofree char *path = g_build_filename(folder, "nowhere", "b\303\266se\377.png", NULL);
  HvWindow *other = hv_window_new(application);
  g_autoptr(GError) error = NULL;

  assert_false(hv_file_replace(path, "", 0, &error));
  hv_window_tell_written(window, path, error);
  assert_true(has_told_of("nowhere/b\303\266se\357\277\275.png"));
  assert_non_null(strstr(ui_said(window), "b\303\266se\357\277\275.png"));
  gtk_window_present(GTK_WINDOW(other));
  hv_window_open(other, &(HvTarget){.path = path});
  ui_wait_for_status(other, "failed");
  ui_idle(100);
  gtk_window_destroy(GTK_WINDOW(other));
}

static void test_header_tells_what_it_is(void **state) {
  HvWindow *other = hv_window_new(application);

  assert_non_null(ui_find_text(GTK_WIDGET(window), "Recording"));
  assert_null(ui_find_text(GTK_WIDGET(window), "Saved Snapshot"));
  gtk_window_present(GTK_WINDOW(other));
  ui_open_heap(other, SYNTHETIC_ALL_CLASSES);
  assert_non_null(ui_find_text(GTK_WIDGET(other), "Saved Snapshot"));
  gtk_window_destroy(GTK_WINDOW(other));
}

/* The way back is offered when there is one. */
static void test_newest_is_offered_in_the_past(void **state) {
  GtkWidget *newest = ui_find_text(GTK_WIDGET(window), "Newest");

  assert_non_null(newest);
  assert_false(gtk_widget_is_sensitive(newest));
  g_action_group_activate_action(G_ACTION_GROUP(window), "step", g_variant_new_int32(-3));
  WAIT_UNTIL(gtk_widget_is_sensitive(newest));
  g_signal_emit_by_name(newest, "clicked");
  WAIT_UNTIL(!gtk_widget_is_sensitive(newest));
}

/* What a recording lacks is told in the window, as alloc-inspect does. */
static void test_torn_recording_is_told(void **state) {
  g_autofree char *path = make_recording();
  g_autofree char *whole = NULL;
  gsize bytes;

  assert_true(g_file_get_contents(path, &whole, &bytes, NULL));
  assert_true(g_file_set_contents(path, whole, (gssize)(bytes * 2 / 3), NULL));
  hv_window_open(window, &(HvTarget){.path = path});
  ui_wait_for_status(window, "file");
  WAIT_UNTIL(strstr(ui_said(window), "damaged or missing") != NULL);
  assert_true(hv_window_is_saying(window, ui_said(window)));
  g_unlink(path);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_takes_long_can_be_stopped),
      cmocka_unit_test(test_what_is_not_stopped_is_saved),
      cmocka_unit_test(test_too_late_to_stop),
      cmocka_unit_test(test_what_is_no_file_stays),
      cmocka_unit_test(test_names_that_are_no_text),
      cmocka_unit_test(test_header_tells_what_it_is),
      cmocka_unit_test(test_newest_is_offered_in_the_past),
      cmocka_unit_test(test_torn_recording_is_told),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("window_export", tests, setup, teardown);
  g_object_unref(application);
  return failures;
}
