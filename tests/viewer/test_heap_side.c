/* SPDX-License-Identifier: MIT */
/*
 * The panel beside the map (run by with_display.sh): nothing is worked out for it while it is
 * hidden, and at once when it is shown. The linker's option --wrap counts what is worked out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/model/release.h"
#include "viewer/ui/application.h"
#include "viewer/ui/heap_side.h"

static HvApplication *application;
static HvWindow *window;
static HvHeapSide *side;
static gint worked; /* atomic: how often */

HvRelease *__real_hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins);
HvRelease *__wrap_hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins);
HvList *__real_hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                                      HvQuery *query);
HvList *__wrap_hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                                      HvQuery *query);

HvRelease *__wrap_hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins) {
  g_atomic_int_inc(&worked);
  return __real_hv_release_new(frame, query, max_pins);
}

HvList *__wrap_hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                                      HvQuery *query) {
  g_atomic_int_inc(&worked);
  return __real_hv_heap_table_work_out(which, order, moment, query);
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

  synthetic_heap_churn(heap, 100);
  moment->frame = synthetic_heap_frame(heap, seq, 0, 0);
  moment->pyramid = hv_pyramid_new(moment->frame);
  moment->classes = hv_class_sums_new(moment->frame);
  moment->ledger = hv_ledger_new(moment->frame, NULL);
  hv_heap_side_set_moment(side, moment, TRUE);
}

static guint worked_while_shown(SyntheticHeap *heap, guint64 *seq) {
  g_atomic_int_set(&worked, 0);
  for (guint i = 0; i < 5; i++) {
    show_another(heap, ++*seq);
    ui_idle(50);
  }
  return (guint)g_atomic_int_get(&worked);
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
    ui_idle(100);
    assert_int_equal(worked_while_shown(heap, &seq), 0);
    /* What it missed is there as soon as it is. */
    hv_heap_page_set_side(hv_window_get_heap_page(window), TRUE);
    ui_idle(100);
    assert_true(g_atomic_int_get(&worked) > 0);
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
  assert_int_equal(worked_while_shown(heap, &seq), 0);
  synthetic_heap_free(heap);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_nothing_is_worked_out_while_it_is_hidden, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(test_nothing_is_worked_out_behind_another_page, setup,
                                      teardown),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("heap_side", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
