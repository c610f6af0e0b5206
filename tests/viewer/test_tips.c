/* SPDX-License-Identifier: MIT */
/*
 * Tooltips of texts that change (run by with_display.sh): they say what is newest, nothing is told
 * to GTK when a frame comes, and no frame keeps them from showing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/tooltip.h"
#include "tests/viewer/ui_steps.h"
#include "viewer/render/ledger_segments.h"
#include "viewer/ui/frame_line.h"
#include "viewer/ui/ledger_bar.h"
#include "viewer/ui/ledger_strip.h"
#include "viewer/ui/reasons_box.h"
#include "viewer/ui/tip.h"

static HvApplication *application;

static void expect_tooltip(GtkWidget *widget, const char *wanted) {
  g_autofree char *text = tooltip_dup(widget);

  if (g_strcmp0(text, wanted) != 0)
    fail_msg("the tooltip is \"%s\", not \"%s\"", text, wanted);
}

static void expect_description(GtkWidget *widget, const char *wanted) {
  gtk_test_accessible_assert_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      wanted);
}

static void test_the_newest_is_told(void **state) {
  g_autoptr(GtkWidget) label = g_object_ref_sink(gtk_label_new("short"));
  guint changes = 0;

  expect_tooltip(label, NULL);
  hv_tip_set(label, "");
  expect_tooltip(label, NULL);
  hv_tip_set(label, "first & <last>");
  expect_tooltip(label, "first & <last>");
  expect_description(label, "first & <last>");
  tooltip_watch(label, &changes);
  hv_tip_set(label, "second");
  expect_tooltip(label, "second");
  expect_description(label, "second");
  hv_tip_set(label, NULL);
  expect_tooltip(label, NULL);
  assert_false(
      gtk_test_accessible_has_property(GTK_ACCESSIBLE(label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION));
  hv_tip_set(label, "third");
  expect_tooltip(label, "third");
  expect_description(label, "third");
  assert_int_equal(changes, 0);
}

/* Each row of the ledger is told of where its rectangle is, and what is not resident outside of the
 * bar; between the two is nothing. */
static void test_ledger_tells_what_is_where(void **state) {
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT,
                           .rss_bytes = 3 << 20,
                           .state = {[HV_STATE_LIVE] = 1 << 20, [HV_STATE_CACHED] = 2 << 20}};
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
  GtkWidget *window = gtk_window_new();
  GtkWidget *strip = hv_ledger_strip_new();
  int width;

  hv_ledger_strip_set(HV_LEDGER_STRIP(strip), ledger, palette);
  gtk_window_set_child(GTK_WINDOW(window), strip);
  gtk_window_set_default_size(GTK_WINDOW(window), 600, 40);
  gtk_window_present(GTK_WINDOW(window));
  ui_idle(100);
  width = gtk_widget_get_width(strip);
  g_autoptr(GArray) segments = hv_ledger_segments(ledger, width, 1);
  assert_true(segments->len >= 3);
  for (guint i = 0; i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);
    g_autofree char *text = tooltip_dup_at(strip, (segment->left + segment->right) / 2, 5);
    assert_true(g_str_has_prefix(text, segment->row->title));
    assert_true(g_str_has_suffix(text, segment->row->explanation));
    assert_int_equal(strstr(text, "not resident, and so no part of the sum") != NULL,
                     segment->is_outside);
    assert_int_equal(strstr(text, "shorter than it is") != NULL, segment->is_cut);
  }
  assert_true(g_array_index(segments, HvLedgerSegment, segments->len - 1).is_outside);
  assert_null(tooltip_dup_at(strip, hv_ledger_segments_end(segments, width, 1) + 2, 5));
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* Whether the legend has an entry of that title. */
static gboolean legend_has(GtkWidget *bar, const char *title) {
  GtkWidget *label = ui_find_text(bar, title);

  return label != NULL && gtk_widget_get_mapped(label);
}

/* What is in a ledger no more, as that of a saved frame has no stacks, has no entry any more. */
static void test_the_legend_is_that_of_the_ledger(void **state) {
  static const char *const residents[] = {"Stacks", "Swapped out", "Free memory in huge pages"};
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT,
                           .rss_bytes = 3 << 20,
                           .state = {[HV_STATE_LIVE] = 1 << 20, [HV_STATE_DIRTY] = 1 << 20},
                           .stack_bytes = 1 << 20,
                           .swap_bytes = 1 << 20,
                           .huge_bytes = 1 << 20};
  g_autoptr(HvLedger) live = hv_ledger_new(frame, &residency);
  g_autoptr(HvLedger) saved = hv_ledger_new(frame, NULL);
  GtkWidget *window = gtk_window_new();
  GtkWidget *bar = g_object_new(HV_TYPE_LEDGER_BAR, NULL);

  gtk_window_set_child(GTK_WINDOW(window), bar);
  gtk_window_present(GTK_WINDOW(window));
  for (guint round = 0; round < 2; round++)
    for (int is_live = 0; is_live < 2; is_live++) {
      hv_ledger_bar_set_ledger(HV_LEDGER_BAR(bar), is_live ? live : saved);
      ui_idle(100);
      assert_true(legend_has(bar, "Live, small blocks"));
      for (guint i = 0; i < G_N_ELEMENTS(residents); i++)
        if (legend_has(bar, residents[i]) != is_live)
          fail_msg("%s in the legend of a %s ledger", residents[i], is_live ? "live" : "saved");
    }
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* A window is told of one moment after the other; state FILE: all of it is shown at once. */
typedef struct {
  HvWindow *window;
  SyntheticHeap *heap;
  guint64 seq;
} Show;

static void show_next_frame(Show *show) {
  HvHeapPage *page = hv_window_get_heap_page(show->window);
  g_autoptr(HvMoment) moment = hv_moment_new(HV_SOURCE_FILE, "");

  synthetic_heap_churn(show->heap, 5000);
  show->seq++;
  moment->content = show->seq;
  moment->frame = synthetic_heap_frame(show->heap, show->seq, 0, 0);
  moment->pyramid = hv_pyramid_new(moment->frame);
  moment->classes = hv_class_sums_new(moment->frame);
  moment->ledger = hv_ledger_new(moment->frame, NULL);
  moment->reasons = hv_reasons_new(moment->frame, moment->ledger, moment->classes, NULL);
  hv_heap_page_set_moment(page, moment);
  ui_idle(100);
}

/* Each page of the panel, while something is searched for, marked, and under the pointer. */
static void test_frames_tell_gtk_nothing(void **state) {
  static const char *const lists[] = {"classes", "spans",   "caches",  "events",
                                      "release", "changes", "profile", "details"};
  Show show = {.heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3)};
  HvHeapPage *page;

  show.window = hv_window_new(application);
  page = hv_window_get_heap_page(show.window);
  gtk_window_present(GTK_WINDOW(show.window));
  ui_open_heap(show.window, SYNTHETIC_ALL_CLASSES); /* brings the page on screen */
  show_next_frame(&show);
  g_action_group_activate_action(G_ACTION_GROUP(show.window), "mark-a", NULL);
  hv_heap_page_set_search(page, "fill<90%");
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    guint changes = 0;

    assert_true(hv_heap_page_show_list(page, lists[i]));
    for (guint before = 0; before < 2; before++) /* what is told for the first time */
      show_next_frame(&show);
    tooltip_watch(GTK_WIDGET(show.window), &changes);
    for (guint after = 0; after < 3; after++)
      show_next_frame(&show);
    if (changes != 0)
      fail_msg("%s: GTK is told of tooltips %u times", lists[i], changes);
    tooltip_unwatch(GTK_WIDGET(show.window), &changes);
  }
  gtk_window_destroy(GTK_WINDOW(show.window));
  synthetic_heap_free(show.heap);
  ui_idle(50);
}

static void count_layout(GdkSurface *surface, int width, int height, guint *layouts) {
  (*layouts)++;
}

/* A tooltip shows when half a second has passed since the window was laid out, which GTK takes for
 * a motion of the pointer: numbers that change do not lay it out. */
static void test_frames_lay_nothing_out(void **state) {
  Show show = {.heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3)};
  GdkSurface *surface;
  guint layouts = 0;

  show.window = hv_window_new(application);
  gtk_window_present(GTK_WINDOW(show.window));
  ui_open_heap(show.window, SYNTHETIC_ALL_CLASSES);
  surface = gtk_native_get_surface(GTK_NATIVE(show.window));
  for (guint before = 0; before < 5; before++) /* texts that need more room than any before */
    show_next_frame(&show);
  ui_idle(500);
  g_signal_connect(surface, "layout", G_CALLBACK(count_layout), &layouts);
  for (guint after = 0; after < 5; after++)
    show_next_frame(&show);
  assert_int_equal(layouts, 0);
  gtk_window_destroy(GTK_WINDOW(show.window));
  synthetic_heap_free(show.heap);
  ui_idle(50);
}

/* The sentences of all reasons, each with a tooltip. */
static GPtrArray *find_sentences(GtkWidget *window) {
  GtkWidget *box = ui_find(window, HV_TYPE_REASONS_BOX);
  GPtrArray *sentences = g_ptr_array_new();

  for (GtkWidget *line = gtk_widget_get_parent(ui_find(box, GTK_TYPE_TOGGLE_BUTTON)); line != NULL;
       line = gtk_widget_get_next_sibling(line))
    g_ptr_array_add(sentences, gtk_widget_get_prev_sibling(ui_find(line, GTK_TYPE_TOGGLE_BUTTON)));
  return sentences;
}

/* What is told of the frame on screen, after the tooltip was asked for about the frame before. */
static void test_tooltips_follow_frames(void **state) {
  Show show = {.heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3)};
  g_autoptr(GPtrArray) sentences = NULL;
  GtkWidget *line;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  guint changed = 0;

  show.window = hv_window_new(application);
  gtk_window_present(GTK_WINDOW(show.window));
  show_next_frame(&show);
  line = ui_find(GTK_WIDGET(show.window), HV_TYPE_FRAME_LINE);
  sentences = find_sentences(GTK_WIDGET(show.window));
  first = tooltip_dup(line);
  assert_true(g_str_has_prefix(first, "Taken "));
  for (guint i = 0; i < sentences->len; i++) {
    GtkWidget *sentence = g_ptr_array_index(sentences, i);
    g_autofree char *before = tooltip_dup(sentence);

    show_next_frame(&show);
    expect_tooltip(sentence, gtk_inscription_get_text(GTK_INSCRIPTION(sentence)));
    expect_description(sentence, gtk_inscription_get_text(GTK_INSCRIPTION(sentence)));
    changed += !g_str_equal(before, gtk_inscription_get_text(GTK_INSCRIPTION(sentence)));
  }
  assert_true(changed > 0);
  second = tooltip_dup(line);
  assert_true(g_str_has_prefix(second, "Taken "));
  assert_string_not_equal(first, second);
  expect_description(line, second);
  gtk_window_destroy(GTK_WINDOW(show.window));
  synthetic_heap_free(show.heap);
  ui_idle(50);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_newest_is_told),
      cmocka_unit_test(test_ledger_tells_what_is_where),
      cmocka_unit_test(test_the_legend_is_that_of_the_ledger),
      cmocka_unit_test(test_frames_tell_gtk_nothing),
      cmocka_unit_test(test_frames_lay_nothing_out),
      cmocka_unit_test(test_tooltips_follow_frames),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("tips", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
