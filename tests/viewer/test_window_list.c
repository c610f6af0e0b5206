/* SPDX-License-Identifier: MIT */
/*
 * Copying and saving a long list (run by with_display.sh): the main loop turns meanwhile, the
 * message bar tells how far it is, and it can be stopped. Takes seconds, as the list must.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <gtk/gtk.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/ui/application.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/window.h"

enum { SPANS = 200000, WAIT_US = 120 * G_USEC_PER_SEC };

static HvApplication *application;
static HvWindow *window;
static char *folder;

static gint held; /* atomic: the rows are not in order before this is 0 */

HvList *__real_hv_list_new(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                           guint sort, gboolean ascending, guint limit);
HvList *__wrap_hv_list_new(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                           guint sort, gboolean ascending, guint limit);

HvList *__wrap_hv_list_new(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                           guint sort, gboolean ascending, guint limit) {
  while (g_atomic_int_get(&held) != 0)
    g_usleep(1000);
  return __real_hv_list_new(kind, frame, activity, query, sort, ascending, limit);
}

static gint half_held; /* atomic: half of the rows are written and no more before this is 0 */

struct whole {
  HvGoOn go_on;
  gpointer data;
};

static gboolean go_on_by_halves(guint done, guint count, gpointer data) {
  const struct whole *whole = data;

  while (done >= count / 2 && g_atomic_int_get(&half_held) != 0) {
    if (!whole->go_on(done, count, whole->data))
      return FALSE;
    g_usleep(1000);
  }
  return whole->go_on(done, count, whole->data);
}

char *__real_hv_list_dup_data_while(const HvListColumn *columns, guint n_columns,
                                    const HvListRow *rows, guint count, gboolean as_json,
                                    HvGoOn go_on, gpointer data);
char *__wrap_hv_list_dup_data_while(const HvListColumn *columns, guint n_columns,
                                    const HvListRow *rows, guint count, gboolean as_json,
                                    HvGoOn go_on, gpointer data);

char *__wrap_hv_list_dup_data_while(const HvListColumn *columns, guint n_columns,
                                    const HvListRow *rows, guint count, gboolean as_json,
                                    HvGoOn go_on, gpointer data) {
  struct whole whole = {go_on, data};

  return __real_hv_list_dup_data_while(columns, n_columns, rows, count, as_json,
                                       go_on == NULL ? NULL : go_on_by_halves, &whole);
}

static int setup(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame_of_spans(SPANS);
  HvHeapPage *page;

  folder = g_dir_make_tmp("hv-list-XXXXXX", NULL);
  window = hv_window_new(application);
  page = hv_window_get_heap_page(window);
  gtk_window_present(GTK_WINDOW(window));
  ui_open_frame(window, frame);
  assert_true(hv_heap_page_show_list(page, "spans"));
  while (!hv_heap_map_is_settled(hv_heap_page_get_map(page)))
    ui_idle(20);
  ui_idle(500);
  return 0;
}

static int teardown(void **state) {
  if (window != NULL)
    gtk_window_destroy(GTK_WINDOW(window));
  assert_int_equal(g_rmdir(folder), 0); /* nothing half written is left */
  g_free(folder);
  return 0;
}

static gboolean is_being_exported(void) {
  g_autofree char *told = ui_exported(window);

  return *told == '\0';
}

/* Runs the main loop until a file is told of. Returns: the longest that it was kept from turning.
 */
static gint64 wait_for_file(void) {
  gint64 begin_us = g_get_monotonic_time();
  gint64 last_us = begin_us, longest_us = 0;

  for (;;) {
    g_autofree char *told = ui_exported(window);
    gint64 now_us = g_get_monotonic_time();

    longest_us = MAX(longest_us, now_us - last_us);
    last_us = now_us;
    if (*told != '\0')
      return longest_us;
    assert_true(now_us - begin_us < WAIT_US);
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(1000);
  }
}

/* Until it has lasted so long that it can be stopped; half of it or its rows are held. */
static void wait_for_stop(void) {
  gint64 begin_us = g_get_monotonic_time();

  while (!g_action_group_get_action_enabled(G_ACTION_GROUP(window), "stop-saving")) {
    assert_true(is_being_exported());
    assert_true(g_get_monotonic_time() - begin_us < WAIT_US);
    ui_idle(10);
  }
}

static guint count_lines(const char *text) {
  guint lines = 0;

  for (; *text != '\0'; text++)
    lines += *text == '\n';
  return lines;
}

static void test_saving_leaves_the_main_loop_alone(void **state) {
  g_autofree char *path = g_build_filename(folder, "spans.csv", NULL);
  gint64 begin_us = g_get_monotonic_time();
  gint64 longest_us, began_us;
  g_autofree char *at_first = NULL;
  g_autofree char *at_last = NULL;
  g_autofree char *csv = NULL;

  ui_activate(window, "save-list-to", path);
  began_us = g_get_monotonic_time();
  at_first = ui_exported(window);
  assert_string_equal(at_first, "");
  longest_us = wait_for_file();
  at_last = ui_exported(window);
  assert_string_equal(at_last, path);
  /* Most of it was somebody else's time, whatever else this machine does. */
  assert_true(2 * (began_us - begin_us) < g_get_monotonic_time() - begin_us);
  assert_true(2 * longest_us < g_get_monotonic_time() - begin_us);
  assert_true(g_file_get_contents(path, &csv, NULL, NULL));
  g_unlink(path);
  assert_int_equal(count_lines(csv), SPANS + 1);
}

static void copied(GObject *clipboard, GAsyncResult *result, gpointer data) {
  *(char **)data = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
}

static char *clipboard_text(void) {
  char *text = NULL;

  gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(window)), NULL, copied, &text);
  while (text == NULL)
    g_main_context_iteration(NULL, TRUE);
  return text;
}

/* What is copied is what the table says. */
static void test_copying_leaves_the_main_loop_alone(void **state) {
  GdkClipboard *clipboard = gtk_widget_get_clipboard(GTK_WIDGET(window));
  GtkWidget *side = GTK_WIDGET(hv_heap_page_get_side(hv_window_get_heap_page(window)));
  GtkStack *lists =
      GTK_STACK(gtk_widget_get_ancestor(ui_find(side, HV_TYPE_TABLE), GTK_TYPE_STACK));
  gint64 deadline_us = g_get_monotonic_time() + WAIT_US;
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;

  gdk_clipboard_set_text(clipboard, "before");
  ui_activate(window, "copy-list", NULL);
  text = clipboard_text();
  while (g_str_equal(text, "before") && g_get_monotonic_time() < deadline_us) {
    ui_idle(20);
    g_free(text);
    text = clipboard_text();
  }
  shown = hv_table_dup_text(HV_TABLE(gtk_stack_get_visible_child(lists)));
  assert_int_equal(count_lines(text), HV_TABLE_ROWS + 1);
  assert_string_equal(text, shown);
}

static void test_saving_can_be_stopped(void **state) {
  g_autofree char *path = g_build_filename(folder, "spans.json", NULL);
  gint64 begin_us = g_get_monotonic_time();
  g_autofree char *told = NULL;

  assert_false(g_action_group_get_action_enabled(G_ACTION_GROUP(window), "stop-saving"));
  g_atomic_int_set(&half_held, 1);
  ui_activate(window, "save-list-to", path);
  wait_for_stop();
  assert_true(g_get_monotonic_time() - begin_us >= G_USEC_PER_SEC);
  assert_true(g_str_has_prefix(ui_said(window), "Saving "));
  while (g_str_has_suffix(ui_said(window), "…"))
    ui_idle(10);
  assert_true(g_str_has_suffix(ui_said(window), " %"));
  ui_activate(window, "stop-saving", NULL);
  wait_for_file();
  g_atomic_int_set(&half_held, 0);
  told = ui_exported(window);
  assert_true(g_str_has_prefix(told, "!Stopped: "));
  assert_string_equal(ui_said(window), told + 1);
  assert_false(g_action_group_get_action_enabled(G_ACTION_GROUP(window), "stop-saving"));
  ui_idle(500);
  assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Sorting takes its time, too, and nobody can tell how far it is. */
static void test_sorting_is_told_of(void **state) {
  g_autofree char *path = g_build_filename(folder, "spans.json", NULL);
  gint64 begin_us;

  g_atomic_int_set(&held, 1);
  ui_activate(window, "save-list-to", path);
  wait_for_stop();
  assert_true(g_str_has_prefix(ui_said(window), "Saving "));
  assert_true(g_str_has_suffix(ui_said(window), ": sorting the rows…"));
  g_atomic_int_set(&half_held, 1);
  g_atomic_int_set(&held, 0);
  begin_us = g_get_monotonic_time();
  while (!g_str_has_suffix(ui_said(window), " %") && is_being_exported()) {
    assert_true(g_get_monotonic_time() - begin_us < WAIT_US);
    ui_idle(10);
  }
  assert_true(g_str_has_suffix(ui_said(window), " %"));
  /* It can be stopped meanwhile. */
  ui_activate(window, "stop-saving", NULL);
  wait_for_file();
  g_atomic_int_set(&half_held, 0);
  g_atomic_int_set(&held, 1);
  ui_activate(window, "save-list-to", path);
  wait_for_stop();
  ui_activate(window, "stop-saving", NULL);
  wait_for_file();
  assert_true(g_str_has_prefix(ui_said(window), "Stopped: "));
  g_atomic_int_set(&held, 0);
  ui_idle(500);
  assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Closing the bar is not answered by opening it again. */
static void test_progress_stays_closed(void **state) {
  g_autofree char *path = g_build_filename(folder, "spans.json", NULL);
  GtkInfoBar *bar = GTK_INFO_BAR(ui_find(GTK_WIDGET(window), GTK_TYPE_INFO_BAR));

  g_atomic_int_set(&half_held, 1);
  ui_activate(window, "save-list-to", path);
  wait_for_stop();
  gtk_info_bar_set_revealed(bar, FALSE);
  /* Until the end, which is told of in the bar. */
  for (guint i = 0; i < 30 && is_being_exported(); i++) {
    assert_false(gtk_info_bar_get_revealed(bar));
    ui_idle(20);
  }
  ui_activate(window, "stop-saving", NULL);
  wait_for_file();
  g_atomic_int_set(&half_held, 0);
  g_unlink(path);
}

static void test_closing_the_window_writes_to_the_end(void **state) {
  g_autofree char *path = g_build_filename(folder, "spans.csv", NULL);
  gint64 deadline_us = g_get_monotonic_time() + WAIT_US;
  g_autofree char *csv = NULL;

  ui_activate(window, "save-list-to", path);
  gtk_window_destroy(GTK_WINDOW(g_steal_pointer(&window)));
  while (!g_file_test(path, G_FILE_TEST_EXISTS) && g_get_monotonic_time() < deadline_us)
    ui_idle(50);
  ui_idle(100);
  assert_true(g_file_get_contents(path, &csv, NULL, NULL));
  g_unlink(path);
  assert_int_equal(count_lines(csv), SPANS + 1);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_saving_leaves_the_main_loop_alone),
      cmocka_unit_test(test_copying_leaves_the_main_loop_alone),
      cmocka_unit_test(test_saving_can_be_stopped),
      cmocka_unit_test(test_sorting_is_told_of),
      cmocka_unit_test(test_progress_stays_closed),
      cmocka_unit_test(test_closing_the_window_writes_to_the_end), /* the last */
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("window_list", tests, setup, teardown);
  g_object_unref(application);
  return failures;
}
