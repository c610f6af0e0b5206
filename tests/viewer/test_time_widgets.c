/* SPDX-License-Identifier: MIT */
/* What tells of time (run by with_display.sh): the timeline, the end of the status line, and the
 * state beside the title. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/viewer/live_target.h"
#include "tests/viewer/synthetic.h"
#include "tests/viewer/ui_steps.h"
#include "viewer/ui/frame_line.h"
#include "viewer/ui/timeline.h"
#include "viewer/ui/window.h"

static HvApplication *application;

/* Adds @heap as it is @time_ns after 2023-11-14. */
static void add_moment(HvHistory *history, SyntheticHeap *heap, guint64 seq, guint64 time_ns) {
  g_autoptr(HvFrame) frame = synthetic_heap_frame(
      heap, seq, G_GUINT64_CONSTANT(1700000000000000000) + time_ns, time_ns + 1);

  hv_history_add(history, frame, NULL, 0, FALSE);
}

static void count_draw(guint *draws) {
  ++*draws;
}

/* Ten minutes along, ten frames a second of a heap at rest are less than a pixel each. */
static void test_timeline_rests_with_the_heap(void **state) {
  const guint64 tenth_ns = 100000000;
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_SMALL, 3);
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  GtkWidget *window = gtk_window_new();
  HvTimeline *timeline = g_object_new(HV_TYPE_TIMELINE, NULL);
  g_autoptr(GdkPaintable) drawn = gtk_widget_paintable_new(GTK_WIDGET(timeline));
  HvEvent mark = {HV_EVENT_MARK, G_GUINT64_CONSTANT(1700000000000000000), 0};
  guint draws = 0;
  guint64 seq = 1;

  add_moment(history, heap, seq++, 0);
  add_moment(history, heap, seq++, 6000 * tenth_ns);
  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(timeline));
  gtk_window_set_default_size(GTK_WINDOW(window), 600, 56);
  hv_timeline_set_palette(timeline, hv_palette_get(HV_THEME_LIGHT));
  hv_timeline_set(timeline, history, 0, 0, 0);
  gtk_window_present(GTK_WINDOW(window));
  ui_idle(300);
  g_signal_connect_swapped(drawn, "invalidate-contents", G_CALLBACK(count_draw), &draws);
  /* A pixel is a second: two of them pass. */
  for (guint64 i = 1; i <= 20; i++) {
    add_moment(history, heap, seq++, (6000 + i) * tenth_ns);
    hv_timeline_set(timeline, history, 0, 0, 0);
    ui_idle(30);
  }
  assert_in_range(draws, 1, 3);
  /* What can be seen is drawn at once: an event, another heap, the handle. */
  draws = 0;
  hv_history_mark(history, &mark);
  hv_timeline_set(timeline, history, 0, 0, 0);
  ui_idle(100);
  assert_int_equal(draws, 1);
  synthetic_heap_churn(heap, 50);
  add_moment(history, heap, seq++, 6021 * tenth_ns);
  hv_timeline_set(timeline, history, 0, 0, 0);
  ui_idle(100);
  assert_int_equal(draws, 2);
  hv_timeline_set(timeline, history, mark.time_ns, 0, 0);
  ui_idle(100);
  assert_int_equal(draws, 3);
  gtk_window_destroy(GTK_WINDOW(window));
  synthetic_heap_free(heap);
  ui_idle(50);
}

static void note_scrub(HvTimeline *timeline, guint64 time_ns, guint64 *last_ns) {
  *last_ns = time_ns;
}

/* Steps that come before the moment of the one before is there go on from that one. */
static void test_steps_add_up(void **state) {
  enum { MOMENTS = 6 };
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_SMALL, 3);
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  HvTimeline *timeline = g_object_ref_sink(g_object_new(HV_TYPE_TIMELINE, NULL));
  guint64 at_ns[MOMENTS], scrubbed_ns = 0;

  for (guint i = 0; i < MOMENTS; i++) {
    synthetic_heap_churn(heap, 5);
    add_moment(history, heap, i + 1, i * G_GUINT64_CONSTANT(1000000000));
    at_ns[i] = hv_history_time(history, i);
  }
  g_signal_connect(timeline, "scrub", G_CALLBACK(note_scrub), &scrubbed_ns);
  hv_timeline_set(timeline, history, 0, 0, 0);
  hv_timeline_step(timeline, -1);
  assert_true(scrubbed_ns == at_ns[4]);
  hv_timeline_step(timeline, -1);
  assert_true(scrubbed_ns == at_ns[3]);
  /* The first of them is there. */
  hv_timeline_set(timeline, history, at_ns[4], 0, 0);
  hv_timeline_step(timeline, -2);
  assert_true(scrubbed_ns == at_ns[1]);
  hv_timeline_set(timeline, history, at_ns[1], 0, 0);
  hv_timeline_step(timeline, 3);
  hv_timeline_step(timeline, 1);
  assert_true(scrubbed_ns == at_ns[5]);
  hv_timeline_step(timeline, 1);
  assert_true(scrubbed_ns == 0);
  hv_timeline_step(timeline, -5);
  assert_true(scrubbed_ns == at_ns[0]);
  /* Somebody else went elsewhere since. */
  hv_timeline_set(timeline, history, at_ns[0], 0, 0);
  hv_timeline_set(timeline, history, at_ns[4], 0, 0);
  hv_timeline_step(timeline, -1);
  assert_true(scrubbed_ns == at_ns[3]);
  g_object_unref(timeline);
  synthetic_heap_free(heap);
}

/* A moment of a process that is watched. */
static HvMoment *live_moment(SyntheticHeap *heap, guint64 seq, guint64 at_ns, guint64 skipped) {
  HvMoment *moment = g_new0(HvMoment, 1);

  g_atomic_ref_count_init(&moment->references);
  moment->state = HV_SOURCE_LIVE;
  moment->frame = synthetic_heap_frame(heap, seq, G_GUINT64_CONSTANT(1700000000000000000), at_ns);
  moment->stats.skipped = skipped;
  moment->stats.torn = 1;
  return moment;
}

/* The end of the status line: age and dropped frames at once, what it costs after a second. */
static void test_frame_line(void **state) {
  const guint64 now_ns = (guint64)g_get_monotonic_time() * 1000;
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_SMALL, 3);
  HvFrameLine *line = g_object_ref_sink(g_object_new(HV_TYPE_FRAME_LINE, NULL));
  HvMoment *moments[2] = {live_moment(heap, 1, now_ns - 7000000000, 2),
                          live_moment(heap, 11, now_ns - 4000000000, 1300)};
  const char *text;

  assert_string_equal(hv_frame_line_get_text(line), "");
  hv_frame_line_set_moment(line, moments[0]);
  text = hv_frame_line_get_text(line);
  assert_true(g_str_has_prefix(text, "7.") && strstr(text, " s old · 3 dropped") != NULL);
  assert_null(strstr(text, "viewer"));
  hv_frame_line_set_moment(line, moments[1]);
  text = hv_frame_line_get_text(line);
  assert_true(g_str_has_prefix(text, "4."));
  assert_non_null(strstr(text, " s old · 1,301 dropped · program "));
  assert_non_null(strstr(text, ", viewer "));
  /* No frame comes: it gets older by itself. */
  ui_idle(2500);
  assert_false(g_str_has_prefix(hv_frame_line_get_text(line), "4."));
  /* Of an earlier moment there is the time of it. */
  moments[1]->at_ns = 1;
  hv_frame_line_set_moment(line, moments[1]);
  assert_null(strstr(hv_frame_line_get_text(line), "old"));
  assert_true(g_str_has_prefix(hv_frame_line_get_text(line), "2023-11-1"));
  hv_frame_line_set_moment(line, NULL);
  assert_string_equal(hv_frame_line_get_text(line), "");
  for (guint i = 0; i < G_N_ELEMENTS(moments); i++)
    hv_moment_unref(moments[i]);
  g_object_unref(line);
  synthetic_heap_free(heap);
}

/* ---- the state beside the title ---- */

static GtkWidget *find_state(GtkWidget *widget) {
  if (GTK_IS_LABEL(widget) && gtk_widget_has_css_class(widget, "state"))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find_state(child);

    if (found != NULL)
      return found;
  }
  return NULL;
}

/* Until the label says @text, and @css gives it its colour. */
static void expect_state(HvWindow *window, const char *text, const char *css) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  GtkWidget *state = find_state(GTK_WIDGET(window));

  assert_non_null(state);
  while (!g_str_equal(gtk_label_get_text(GTK_LABEL(state)), text) &&
         g_get_monotonic_time() < deadline_us)
    ui_idle(20);
  assert_string_equal(gtk_label_get_text(GTK_LABEL(state)), text);
  assert_true(gtk_widget_has_css_class(state, css));
}

/* What is looked at of the past of a live process is not live. */
static void test_the_past_is_not_live(void **state) {
  HvWindow *window = hv_window_new(application);
  GActionGroup *actions = G_ACTION_GROUP(window);
  int input = -1;
  GPid pid = live_target_start("small", "3", &input);

  gtk_window_present(GTK_WINDOW(window));
  hv_window_open(window, &(HvTarget){.pid = (guint)pid});
  ui_wait_for_status(window, "live");
  expect_state(window, "● Live", "live");
  /* Time for an earlier frame than the newest. */
  for (guint tries = 0; tries < 100 && hv_feed_get_moment(hv_window_get_feed(window))->at_ns == 0;
       tries++) {
    g_action_group_activate_action(actions, "step", g_variant_new_int32(-1000));
    ui_idle(200);
  }
  expect_state(window, "Past", "past");
  /* The process is still watched. */
  ui_wait_for_status(window, "live");
  g_action_group_activate_action(actions, "newest", NULL);
  expect_state(window, "● Live", "live");
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
  kill(pid, SIGTERM);
  close(input);
  waitpid(pid, NULL, 0);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_timeline_rests_with_the_heap),
      cmocka_unit_test(test_steps_add_up),
      cmocka_unit_test(test_frame_line),
      cmocka_unit_test(test_the_past_is_not_live),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("time widgets", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
