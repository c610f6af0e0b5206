/* SPDX-License-Identifier: MIT */
/*
 * The panel beside the map (run by with_display.sh): nothing is worked out for it while it is
 * hidden, and at once when it is shown; and a page that comes back shows nothing old. The linker's
 * option --wrap counts what is worked out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/model/reasons.h"
#include "viewer/model/release.h"
#include "viewer/model/units.h"
#include "viewer/render/lanes.h"
#include "viewer/ui/application.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/stack_lanes.h"

static HvApplication *application;
static HvWindow *window;
static HvHeapSide *side;
static gint worked;    /* atomic: how often */
static gint ready;     /* atomic: how much of that is done */
static gint forgotten; /* how much of it was before forget() */
static gint held;      /* atomic: nothing is ready before this is 0 */

HvRelease *__real_hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins);
HvRelease *__wrap_hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins);
HvList *__real_hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                                      HvQuery *query);
HvList *__wrap_hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                                      HvQuery *query);
HvCompare *__real_hv_compare_new(HvFrame *a, HvFrame *b, HvQuery *query);
HvCompare *__wrap_hv_compare_new(HvFrame *a, HvFrame *b, HvQuery *query);

HvCompare *__wrap_hv_compare_new(HvFrame *a, HvFrame *b, HvQuery *query) {
  g_atomic_int_inc(&worked);
  while (g_atomic_int_get(&held) != 0)
    g_usleep(1000);
  HvCompare *compare = __real_hv_compare_new(a, b, query);
  g_atomic_int_inc(&ready);
  return compare;
}

HvRelease *__wrap_hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins) {
  g_atomic_int_inc(&worked);
  while (g_atomic_int_get(&held) != 0)
    g_usleep(1000);
  HvRelease *release = __real_hv_release_new(frame, query, max_pins);
  g_atomic_int_inc(&ready);
  return release;
}

HvList *__wrap_hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                                      HvQuery *query) {
  g_atomic_int_inc(&worked);
  HvList *list = __real_hv_heap_table_work_out(which, order, moment, query);
  g_atomic_int_inc(&ready);
  return list;
}

static int setup(void **state) {
  window = hv_window_new(application);
  side = hv_heap_page_get_side(hv_window_get_heap_page(window));
  gtk_window_present(GTK_WINDOW(window));
  ui_open_heap(window, SYNTHETIC_ALL_CLASSES);
  ui_idle(200);
  return 0;
}

static int teardown(void **state) {
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
  return 0;
}

/* The heap as it is when more of its blocks have changed. */
static void show_another(SyntheticHeap *heap, guint64 seq) {
  g_autoptr(HvMoment) moment = hv_moment_new(HV_SOURCE_LIVE, "");

  synthetic_heap_churn(heap, 2000);
  moment->frame = synthetic_heap_frame(heap, seq, 0, 0);
  moment->pyramid = hv_pyramid_new(moment->frame);
  moment->classes = hv_class_sums_new(moment->frame);
  moment->ledger = hv_ledger_new(moment->frame, NULL);
  hv_heap_side_set_moment(side, moment, TRUE);
}

/* Until all that was asked for before is done, and no thread begins on anything more. */
static void settle(void) {
  gint before;

  do {
    before = g_atomic_int_get(&worked);
    ui_idle(500);
    while (g_main_context_iteration(NULL, FALSE))
      ; /* one redraw may take all of that time */
  } while (g_atomic_int_get(&worked) != before || g_atomic_int_get(&ready) != before);
}

static void forget(void) {
  forgotten = g_atomic_int_get(&worked);
}

static guint worked_since(void) {
  return (guint)(g_atomic_int_get(&worked) - forgotten);
}

static guint worked_while_shown(SyntheticHeap *heap, guint64 *seq) {
  forget();
  for (guint i = 0; i < 5; i++) {
    show_another(heap, ++*seq);
    ui_idle(50);
  }
  return worked_since();
}

static void test_nothing_is_worked_out_while_it_is_hidden(void **state) {
  static const char *const lists[] = {"release", "spans", "classes"};
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  guint64 seq = 1;

  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    assert_true(hv_heap_side_show_list(side, lists[i]));
    ui_idle(100);
    assert_true(worked_while_shown(heap, &seq) > 0);
    hv_heap_page_set_side(hv_window_get_heap_page(window), FALSE);
    settle();
    assert_int_equal(worked_while_shown(heap, &seq), 0);
    /* What it missed is there as soon as it is. */
    hv_heap_page_set_side(hv_window_get_heap_page(window), TRUE);
    while (worked_since() == 0)
      ui_idle(20);
  }
  synthetic_heap_free(heap);
}

/* Nor while the window shows the processes. */
static void test_nothing_is_worked_out_behind_another_page(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  guint64 seq = 1;

  assert_true(hv_heap_side_show_list(side, "release"));
  ui_idle(100);
  hv_window_show_processes(window);
  ui_idle(600); /* the pages cross-fade */
  settle();
  assert_int_equal(worked_while_shown(heap, &seq), 0);
  synthetic_heap_free(heap);
}

/* ---- what a page shows when it comes back ---- */

static gboolean has_rows(HvTable *table) {
  return gtk_widget_get_visible(GTK_WIDGET(table)) && hv_table_get_n_rows(table) > 0;
}

static void wait_for_rows(HvTable *table) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (!has_rows(table) && g_get_monotonic_time() < deadline_us)
    ui_idle(20);
  assert_true(has_rows(table));
}

/* Leaves the page for another one, or hides the panel, or comes back. */
static void leave(gboolean hide) {
  if (hide)
    hv_heap_page_set_side(hv_window_get_heap_page(window), FALSE);
  else
    assert_true(hv_heap_side_show_list(side, "details"));
  ui_idle(100);
}

static void come_back(const char *page, gboolean hidden) {
  if (hidden)
    hv_heap_page_set_side(hv_window_get_heap_page(window), TRUE);
  else
    assert_true(hv_heap_side_show_list(side, page));
}

/* Nothing of a heap of long ago, not even for a moment. */
static void test_a_page_comes_back_without_what_is_old(void **state) {
  static const char *const pages[] = {"release", "profile"};
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  guint64 seq = 1;

  for (guint i = 0; i < 2 * G_N_ELEMENTS(pages); i++) {
    const char *page = pages[i / 2];
    HvTable *table = ui_find_table(GTK_WIDGET(side), page);
    gboolean hide = i % 2 == 1;

    show_another(heap, ++seq);
    assert_true(hv_heap_side_show_list(side, page));
    wait_for_rows(table);
    /* While the heap is the same, nothing has to be worked out again. */
    leave(hide);
    assert_true(has_rows(table));
    show_another(heap, ++seq);
    ui_idle(50);
    come_back(page, hide);
    assert_false(has_rows(table));
    wait_for_rows(table);
  }
  synthetic_heap_free(heap);
}

/* Nor what a thread was still at work on when the page was left. */
static void test_what_comes_too_late_is_not_shown(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  HvTable *table = ui_find_table(GTK_WIDGET(side), "release");
  guint64 seq = 1;

  g_atomic_int_set(&held, 1);
  forget();
  assert_true(hv_heap_side_show_list(side, "release"));
  while (worked_since() == 0)
    ui_idle(10);
  show_another(heap, ++seq);
  leave(FALSE);
  show_another(heap, ++seq);
  come_back("release", FALSE);
  g_atomic_int_set(&held, 0);
  while (worked_since() < 2) {
    assert_false(has_rows(table));
    g_main_context_iteration(NULL, FALSE);
  }
  wait_for_rows(table);
  assert_int_equal(worked_since(), 2);
  synthetic_heap_free(heap);
}

/* ---- what stands under the rows ---- */

static gboolean is_label_ending(GtkWidget *widget, gconstpointer end) {
  return GTK_IS_LABEL(widget) && gtk_widget_get_visible(widget) &&
         g_str_has_suffix(gtk_label_get_text(GTK_LABEL(widget)), end);
}

/* The label of @table whose text ends with @end. Returns: (transfer none) (nullable). */
static GtkWidget *find_label(GtkWidget *table, const char *end) {
  return ui_find_if(table, is_label_ending, end);
}

static HvMoment *moment_of_kind(SyntheticKind kind) {
  HvMoment *moment = hv_moment_new(HV_SOURCE_LIVE, "");

  moment->frame = synthetic_frame(kind, 5);
  moment->ledger = hv_ledger_new(moment->frame, NULL);
  return moment;
}

/* The changes from an empty heap to one of @kind, in which all is new. */
static void show_as_new(SyntheticKind kind) {
  g_autoptr(HvMoment) nothing = moment_of_kind(SYNTHETIC_EMPTY);
  g_autoptr(HvMoment) all = moment_of_kind(kind);

  all->content = 1;
  assert_true(hv_heap_side_show_list(side, "changes"));
  hv_heap_side_set_comparison(side, nothing, all);
}

/* What is not in a list that has only the first of its rows is counted, in each of them. */
static void test_what_is_not_shown_is_counted(void **state) {
  HvTable *pins = ui_find_table(GTK_WIDGET(side), "release");
  HvTable *born = ui_find_table(GTK_WIDGET(side), "born");
  GtkWidget *of_pins, *of_born;

  assert_true(hv_heap_side_show_list(side, "release"));
  wait_for_rows(pins);
  of_pins = find_label(GTK_WIDGET(pins), " more not shown");
  assert_non_null(of_pins);
  show_as_new(SYNTHETIC_ALL_CLASSES);
  wait_for_rows(born);
  assert_int_equal(hv_table_get_n_rows(born), HV_COMPARE_BORN_MAX);
  of_born = find_label(GTK_WIDGET(born), " more not shown");
  assert_non_null(of_born);
  hv_heap_side_set_comparison(side, NULL, NULL);
  assert_null(find_label(GTK_WIDGET(born), " more not shown"));
}

/* Under the caches stands what those of idle threads keep, of those that match the filter. */
static void test_idle_caches_are_summed(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  guint64 now_ns = hv_frame_head(frame)->monotonic_ns;
  HvTable *table = ui_find_table(GTK_WIDGET(side), "caches");
  g_autofree char *bytes = NULL, *end = NULL;
  guint64 idle_bytes = 0;
  guint count = 0, idle = 0;
  const struct alloc_cache_record *caches = hv_frame_caches(frame, &count);

  for (guint i = 0; i < count; i++) {
    if (caches[i].cached_bytes == 0 || caches[i].active_ns == 0 ||
        caches[i].active_ns + HV_REASON_IDLE_NS >= now_ns)
      continue;
    idle++;
    idle_bytes += caches[i].cached_bytes;
  }
  assert_true(idle > 1 && idle < count);
  bytes = hv_format_bytes((gint64)idle_bytes);
  end = g_strdup_printf("%u threads idle for more than 2 s keep %s", idle, bytes);
  assert_true(hv_heap_side_show_list(side, "caches"));
  wait_for_rows(table);
  assert_non_null(find_label(GTK_WIDGET(table), end));
  hv_heap_side_set_search(side, "idle<1s");
  while (hv_table_get_n_rows(table) > 1)
    ui_idle(20);
  assert_null(find_label(GTK_WIDGET(table), bytes));
}

/* ---- changes ---- */

static void wait_for_changes(const char *beginning) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  g_autofree char *text = hv_heap_side_dup_comparison(side);

  while (!g_str_has_prefix(text, beginning) && g_get_monotonic_time() < deadline_us) {
    ui_idle(20);
    g_free(text);
    text = hv_heap_side_dup_comparison(side);
  }
  if (!g_str_has_prefix(text, beginning))
    fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

static void expect_changes(const char *beginning) {
  g_autofree char *text = hv_heap_side_dup_comparison(side);

  if (!g_str_has_prefix(text, beginning))
    fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

static HvMoment *moment_of(SyntheticHeap *heap, guint64 seq) {
  HvMoment *moment = hv_moment_new(HV_SOURCE_LIVE, "");

  synthetic_heap_churn(heap, 2000);
  moment->frame = synthetic_heap_frame(heap, seq, 0, 0);
  moment->ledger = hv_ledger_new(moment->frame, NULL);
  moment->content = seq;
  return moment;
}

/* Until a comparison is ready the page says what it waits for, and shows none with another mark. */
static void test_changes_say_that_they_compare(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvMoment) first = moment_of(heap, 2);
  g_autoptr(HvMoment) second = moment_of(heap, 3);
  g_autoptr(HvMoment) third = moment_of(heap, 4);
  HvTable *born = ui_find_table(GTK_WIDGET(side), "born");

  assert_true(hv_heap_side_show_list(side, "changes"));
  expect_changes("Set mark A");
  g_atomic_int_set(&held, 1);
  hv_heap_side_set_comparison(side, first, third);
  expect_changes("Comparing with A, ");
  ui_idle(100);
  expect_changes("Comparing with A, ");
  g_atomic_int_set(&held, 0);
  wait_for_changes("Since A, ");
  wait_for_rows(born);
  /* Another mark, and another one before that is ready. */
  g_atomic_int_set(&held, 1);
  hv_heap_side_set_comparison(side, second, third);
  expect_changes("Comparing with A, ");
  assert_false(has_rows(born));
  ui_idle(100);
  forget();
  hv_heap_side_set_comparison(side, first, third);
  g_atomic_int_set(&held, 0);
  while (worked_since() == 0) {
    expect_changes("Comparing with A, ");
    g_main_context_iteration(NULL, FALSE);
  }
  wait_for_changes("Since A, ");
  wait_for_rows(born);
  hv_heap_side_set_comparison(side, NULL, NULL);
  expect_changes("Set mark A");
  synthetic_heap_free(heap);
}

/* The new blocks listed are those in what matches; how many there are of all stays. */
static void test_changes_are_filtered(void **state) {
  HvTable *born = ui_find_table(GTK_WIDGET(side), "born");
  g_autofree char *before = NULL, *after = NULL;
  guint rows;

  show_as_new(SYNTHETIC_ALL_CLASSES);
  wait_for_rows(born);
  before = hv_heap_side_dup_comparison(side);
  hv_heap_side_set_search(side, "class:1024");
  while (hv_table_get_n_rows(born) == HV_TABLE_ROWS)
    ui_idle(20);
  rows = hv_table_get_n_rows(born);
  assert_true(rows > 0);
  for (guint i = 0; i < rows; i++)
    assert_int_equal(hv_row_get_value(hv_table_get_row(born, i), 1), 1024);
  after = hv_heap_side_dup_comparison(side);
  assert_string_equal(after, before);
  hv_heap_side_set_search(side, "size>1T");
  while (hv_table_get_n_rows(born) != 0)
    ui_idle(20);
  assert_non_null(find_label(GTK_WIDGET(born), "Nothing here matches the filter."));
  hv_heap_side_set_search(side, "");
  wait_for_rows(born);
  assert_int_equal(hv_table_get_n_rows(born), HV_TABLE_ROWS);
  hv_heap_side_set_comparison(side, NULL, NULL);
}

/* Of a heap of which no single block is known, that is said instead of a list. */
static void test_changes_without_places(void **state) {
  g_autoptr(HvMoment) nothing = moment_of_kind(SYNTHETIC_EMPTY);
  HvTable *born = ui_find_table(GTK_WIDGET(side), "born");

  show_as_new(SYNTHETIC_SPARSE);
  wait_for_rows(born); /* of large spans, which are known */
  hv_heap_side_set_search(side, "kind:span");
  while (hv_table_get_n_rows(born) != 0)
    ui_idle(20);
  assert_non_null(find_label(GTK_WIDGET(born), "No new block of a known place."));
  assert_null(find_label(GTK_WIDGET(born), " more not shown"));
  hv_heap_side_set_search(side, "size>1T");
  while (find_label(GTK_WIDGET(born), "Nothing here matches the filter.") == NULL)
    ui_idle(20);
  hv_heap_side_set_search(side, "");
  hv_heap_side_set_comparison(side, nothing, nothing);
  while (find_label(GTK_WIDGET(born), "No block is new.") == NULL)
    ui_idle(20);
  hv_heap_side_set_comparison(side, NULL, NULL);
}

/* ---- stacks ---- */

static int lanes_height(GtkWidget *lanes) {
  int least, natural;

  gtk_widget_measure(lanes, GTK_ORIENTATION_VERTICAL, -1, &least, &natural, NULL, NULL);
  return natural;
}

static void test_lanes_come_back_with_the_frame_on_screen(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  GtkWidget *lanes = ui_find(GTK_WIDGET(side), HV_TYPE_STACK_LANES);
  guint64 seq = 1;

  assert_true(hv_heap_side_show_list(side, "stacks"));
  show_another(heap, ++seq);
  assert_true(lanes_height(lanes) > hv_lanes_height(0));
  leave(FALSE);
  show_another(heap, ++seq);
  assert_int_equal(lanes_height(lanes), hv_lanes_height(0));
  come_back("stacks", FALSE);
  assert_true(lanes_height(lanes) > hv_lanes_height(0));
  synthetic_heap_free(heap);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_nothing_is_worked_out_while_it_is_hidden, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(test_nothing_is_worked_out_behind_another_page, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(test_a_page_comes_back_without_what_is_old, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_comes_too_late_is_not_shown, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_not_shown_is_counted, setup, teardown),
      cmocka_unit_test_setup_teardown(test_idle_caches_are_summed, setup, teardown),
      cmocka_unit_test_setup_teardown(test_changes_say_that_they_compare, setup, teardown),
      cmocka_unit_test_setup_teardown(test_changes_are_filtered, setup, teardown),
      cmocka_unit_test_setup_teardown(test_changes_without_places, setup, teardown),
      cmocka_unit_test_setup_teardown(test_lanes_come_back_with_the_frame_on_screen, setup,
                                      teardown),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("heap_side", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
