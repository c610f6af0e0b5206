/* SPDX-License-Identifier: MIT */
/*
 * Lists and map are linked in both directions (run by with_display.sh): a row that is chosen is
 * selected on the map, which turns to it, or outlined there where it stands for many places; what
 * is chosen on the map has its row chosen. Rows of events stand for moments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <string.h>

#include "tests/viewer/synthetic.h"
#include "tests/viewer/ui_steps.h"
#include "viewer/ui/application.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/heap_tables.h"
#include "viewer/ui/window.h"

#define PATIENCE_US (20 * G_USEC_PER_SEC)

static HvApplication *application;

/* ---- a window with a list ---- */

typedef struct {
  HvWindow *window;
  HvHeapSide *side;
  HvHeapMap *map;
} View;

static View view_new(void) {
  HvWindow *window = hv_window_new(application);
  HvHeapPage *page = hv_window_get_heap_page(window);

  gtk_window_present(GTK_WINDOW(window));
  return (View){window, hv_heap_page_get_side(page), hv_heap_page_get_map(page)};
}

static void view_close(View *view) {
  gtk_window_destroy(GTK_WINDOW(view->window));
  ui_idle(50);
}

static void settle(HvHeapMap *map) {
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;

  do
    ui_idle(20);
  while (!hv_heap_map_is_settled(map) && g_get_monotonic_time() < deadline_us);
  assert_true(hv_heap_map_is_settled(map));
}

static void wait_for_rows(HvTable *table, guint least) {
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;

  while (hv_table_get_n_rows(table) < least && g_get_monotonic_time() < deadline_us)
    ui_idle(20);
  assert_true(hv_table_get_n_rows(table) >= least);
}

/* Brings the list on screen, with two rows at least. */
static HvTable *show_list(View *view, HvListKind which) {
  const char *name = hv_heap_table_name(which);
  HvTable *table = ui_find_table(GTK_WIDGET(view->side), name);

  assert_non_null(table);
  assert_true(hv_heap_side_show_list(view->side, name));
  wait_for_rows(table, 2);
  ui_idle(100);
  return table;
}

/* As a click or an arrow key does. */
static HvRow *choose_row(HvTable *table, guint position) {
  GtkWidget *list = ui_find(GTK_WIDGET(table), GTK_TYPE_COLUMN_VIEW);

  gtk_selection_model_select_item(gtk_column_view_get_model(GTK_COLUMN_VIEW(list)), position, TRUE);
  assert_ptr_equal(hv_table_get_selected(table), hv_table_get_row(table, position));
  return hv_table_get_row(table, position);
}

static void expect_selected(HvTable *table, guint64 key) {
  HvRow *row;

  ui_idle(100);
  row = hv_table_get_selected(table);
  assert_non_null(row);
  assert_true(hv_row_get_key(row) == key);
}

/* ---- rows that stand for many places ---- */

/* Until what the row stands for is outlined on the map, and nothing else is. */
static void expect_outlined(View *view, HvFrame *frame, HvListKind which, HvRow *row) {
  g_autofree char *text = hv_heap_table_query(which, row);
  g_autoptr(HvQuery) query = hv_query_parse(text, NULL, NULL);
  g_autoptr(HvHighlight) wanted = hv_highlight_new(frame, query);
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;

  assert_true(hv_highlight_things(wanted) > 0);
  while (!hv_highlight_equal(hv_heap_map_get_marks(view->map), wanted) &&
         g_get_monotonic_time() < deadline_us)
    ui_idle(20);
  assert_true(hv_highlight_equal(hv_heap_map_get_marks(view->map), wanted));
}

static guint64 key_of_span(const HvSpan *span, HvListKind which) {
  if (which == HV_LIST_THREADS)
    return span->owner;
  return span->kind == ALLOC_SPAN_SMALL ? span->size_class : G_MAXUINT64;
}

/* The first span that belongs to another row than @key. */
static guint span_of_another(HvFrame *frame, HvListKind which, guint64 key) {
  guint count = 0;
  const HvSpan *spans = hv_frame_spans(frame, &count);

  for (guint i = 0; i < count; i++) {
    guint64 other = key_of_span(&spans[i], which);

    if (other != key && other != 0 && other != G_MAXUINT64)
      return i;
  }
  fail_msg("all spans belong to one row");
  return 0;
}

static void test_classes_and_caches(void **state) {
  static const HvListKind lists[] = {HV_LIST_CLASSES, HV_LIST_THREADS};
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  View view = view_new();

  ui_open_frame(view.window, frame);
  settle(view.map);
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    HvTable *table = show_list(&view, lists[i]);
    HvRow *row = NULL;
    g_autofree char *query = NULL;
    guint span;
    guint64 key;

    assert_null(hv_heap_map_get_marks(view.map));
    for (guint position = 0; position < 2; position++) {
      row = choose_row(table, position);
      expect_outlined(&view, frame, lists[i], row);
    }
    /* A block chosen on the map chooses the row that it belongs to, which is outlined. */
    span = span_of_another(frame, lists[i], hv_row_get_key(row));
    key = key_of_span(&hv_frame_spans(frame, NULL)[span], lists[i]);
    hv_heap_map_select_address(view.map, hv_frame_span_address(frame, span));
    expect_selected(table, key);
    row = hv_table_get_selected(table);
    expect_outlined(&view, frame, lists[i], row);
    /* Enter makes it what is searched for, and the row stays in the list. */
    query = hv_heap_table_query(lists[i], row);
    g_signal_emit_by_name(table, "row-activated", row);
    assert_string_equal(hv_heap_side_get_search(view.side), query);
    ui_idle(500);
    assert_non_null(hv_heap_map_get_highlight(view.map));
    assert_true(hv_highlight_touches(hv_heap_map_get_highlight(view.map),
                                     hv_frame_span_address(frame, span),
                                     hv_frame_span_address(frame, span) + 1));
    wait_for_rows(table, 1);
    expect_selected(table, key);
    hv_heap_side_set_search(view.side, "");
    wait_for_rows(table, 2);
    /* Another list outlines nothing until one of its rows is chosen. */
    assert_true(hv_heap_side_show_list(view.side, "details"));
    ui_idle(50);
    assert_null(hv_heap_map_get_marks(view.map));
    hv_heap_map_select_none(view.map);
  }
  view_close(&view);
}

/* ---- rows that stand for one place ---- */

static void expect_in_view(HvHeapMap *map, guint64 address) {
  guint64 begin = 0, end = 0;

  settle(map);
  assert_true(hv_heap_map_get_window(map, &begin, &end));
  assert_true(address >= begin && address < end);
}

static void test_places(void **state) {
  static const HvListKind lists[] = {HV_LIST_SPANS, HV_LIST_REGIONS, HV_LIST_ARENAS,
                                     HV_LIST_STACKS};
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  View view = view_new();

  ui_open_frame(view.window, frame);
  settle(view.map);
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    HvTable *table = show_list(&view, lists[i]);
    HvRow *last = hv_table_get_row(table, hv_table_get_n_rows(table) - 1);
    guint64 begin = 0, end = 0, last_begin = 0, last_end = 0;
    HvRow *row;
    HvFocus focus;

    assert_true(hv_heap_table_place(lists[i], last, &last_begin, &last_end));
    hv_heap_map_zoom_to(view.map, last_begin, last_begin + 4096);
    settle(view.map);
    /* A row chosen is what is selected on the map, which turns to it; and it stays chosen. */
    row = choose_row(table, 0);
    assert_true(hv_heap_table_place(lists[i], row, &begin, &end));
    assert_true(hv_heap_map_get_selection(view.map, &focus));
    assert_true(focus.begin == begin && focus.end == end);
    expect_in_view(view.map, begin);
    expect_selected(table, hv_row_get_key(row));
    assert_null(hv_heap_map_get_marks(view.map));
    /* What is chosen on the map has its row chosen. */
    hv_heap_map_select_address(view.map, last_begin);
    expect_selected(table, hv_row_get_key(last));
    /* Enter zooms to it. */
    g_signal_emit_by_name(table, "row-activated", row);
    expect_in_view(view.map, begin);
    hv_heap_map_zoom_fit(view.map);
    hv_heap_map_select_none(view.map);
    settle(view.map);
  }
  view_close(&view);
}

/* ---- lists that are opened afterwards ---- */

/* Whether the row at @position is on screen: all are of one height. */
static gboolean is_scrolled_to(HvTable *table, guint position) {
  GtkWidget *list = ui_find(GTK_WIDGET(table), GTK_TYPE_COLUMN_VIEW);
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(list));
  double height = gtk_adjustment_get_upper(adjustment) / hv_table_get_n_rows(table);
  double top = gtk_adjustment_get_value(adjustment) - height / 2;
  double end = top + gtk_adjustment_get_page_size(adjustment) + height;

  if (height < 1.0 || gtk_adjustment_get_page_size(adjustment) < 1.0) /* not laid out yet */
    return FALSE;
  return position * height >= top && (position + 1) * height <= end;
}

static void expect_opened_at(HvTable *table, guint64 key) {
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;
  guint position = 0;

  while ((hv_table_get_selected(table) == NULL ||
          hv_row_get_key(hv_table_get_selected(table)) != key) &&
         g_get_monotonic_time() < deadline_us)
    ui_idle(20);
  expect_selected(table, key);
  while (hv_row_get_key(hv_table_get_row(table, position)) != key)
    position++;
  while (!is_scrolled_to(table, position) && g_get_monotonic_time() < deadline_us)
    ui_idle(20);
  assert_true(is_scrolled_to(table, position));
}

/* What was chosen on the map before a list is opened, or while the panel is hidden, has its row
 * chosen there, and on screen. */
static void test_opened_lists(void **state) {
  static const HvListKind lists[] = {HV_LIST_SPANS, HV_LIST_CLASSES, HV_LIST_THREADS};
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  View view = view_new();
  HvHeapPage *page = hv_window_get_heap_page(view.window);

  ui_open_frame(view.window, frame);
  settle(view.map);
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    HvTable *table = show_list(&view, lists[i]);
    guint last = hv_table_get_n_rows(table) - 1;
    guint64 first_key = hv_row_get_key(hv_table_get_row(table, 0));
    guint64 key, address;
    guint span = 0;

    if (lists[i] == HV_LIST_SPANS) {
      address = key = hv_row_get_key(hv_table_get_row(table, last));
      for (guint tries = 0; !is_scrolled_to(table, 0) && tries < 500; tries++)
        ui_idle(20);
      assert_true(is_scrolled_to(table, 0));
      assert_false(is_scrolled_to(table, last));
    } else {
      span = span_of_another(frame, lists[i], first_key);
      address = hv_frame_span_address(frame, span);
      key = key_of_span(&hv_frame_spans(frame, NULL)[span], lists[i]);
    }
    assert_true(hv_heap_side_show_list(view.side, "details"));
    ui_idle(50);
    hv_heap_map_select_address(view.map, address);
    assert_true(hv_heap_side_show_list(view.side, hv_heap_table_name(lists[i])));
    expect_opened_at(table, key);
    if (lists[i] != HV_LIST_SPANS)
      expect_outlined(&view, frame, lists[i], hv_table_get_selected(table));
    /* A row chosen then stays chosen when the panel is hidden and shown, where the map says again
     * what is chosen there. */
    key = hv_row_get_key(choose_row(table, 0));
    hv_heap_page_set_side(page, FALSE);
    ui_idle(50);
    hv_heap_page_set_side(page, TRUE);
    ui_idle(200);
    expect_selected(table, key);
    /* But not when something is chosen on the map meanwhile. */
    hv_heap_page_set_side(page, FALSE);
    ui_idle(50);
    hv_heap_map_select_none(view.map);
    hv_heap_map_select_address(view.map, address);
    hv_heap_page_set_side(page, TRUE);
    key = lists[i] == HV_LIST_SPANS ? address
                                    : key_of_span(&hv_frame_spans(frame, NULL)[span], lists[i]);
    expect_opened_at(table, key);
    hv_heap_map_select_none(view.map);
  }
  view_close(&view);
}

/* ---- rows that stand for a moment ---- */

#define SECOND_NS G_GUINT64_CONSTANT(1000000000)

/* Five frames a second apart, the last two with other spans, and marks at the second and the fourth
 * of them, as a recording.
 * @marked_ns: (out): time of the first mark */
static char *make_recording(guint64 *marked_ns) {
  g_autoptr(HvHistory) history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), "hv-links-XXXXXX.heaprec", NULL);
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 5);
  SyntheticHeap *other = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 6);
  HvEvent mark = {HV_EVENT_MARK, 0, 0};
  int fd = g_mkstemp(path);

  assert_true(fd >= 0);
  assert_true(g_close(fd, NULL));
  assert_int_equal(g_unlink(path), 0);
  for (guint i = 1; i <= 5; i++) {
    g_autoptr(HvFrame) frame = synthetic_heap_frame(i < 4 ? heap : other, i, (1000 + i) * SECOND_NS,
                                                    (1000 + i) * SECOND_NS);

    hv_history_add(history, frame, NULL, HV_CHURN_UNKNOWN, FALSE);
    if (i % 2 == 0) {
      mark.time_ns = hv_frame_head(frame)->realtime_ns;
      mark.count = i / 2 - 1;
      hv_history_mark(history, &mark);
      if (i == 2)
        *marked_ns = mark.time_ns;
    }
    synthetic_heap_churn(heap, 50);
  }
  synthetic_heap_free(other);
  synthetic_heap_free(heap);
  assert_true(hv_history_save(history, path, NULL));
  return g_steal_pointer(&path);
}

static char *moment_of(View *view) {
  g_autoptr(GVariant) state =
      g_action_group_get_action_state(G_ACTION_GROUP(view->window), "moment");

  return g_variant_dup_string(state, NULL);
}

static void expect_moment(View *view, const char *wanted) {
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;
  g_autofree char *moment = NULL;

  do {
    ui_idle(20);
    g_free(moment);
    moment = moment_of(view);
  } while (g_strcmp0(moment, wanted) != 0 && g_get_monotonic_time() < deadline_us);
  assert_string_equal(moment, wanted);
}

static void test_events(void **state) {
  guint64 marked_ns = 0;
  g_autofree char *path = make_recording(&marked_ns);
  g_autofree char *wanted = g_strdup_printf("%" G_GUINT64_FORMAT " 2", marked_ns);
  View view = view_new();
  HvTable *table;
  HvRow *row = NULL;

  hv_window_open(view.window, &(HvTarget){.path = path});
  ui_wait_for_status(view.window, "file");
  g_unlink(path);
  expect_moment(&view, "newest 5");
  table = show_list(&view, HV_LIST_EVENTS);
  for (guint i = 0; i < hv_table_get_n_rows(table); i++) {
    row = choose_row(table, i);
    if (hv_heap_table_time(HV_LIST_EVENTS, row) == marked_ns)
      break;
  }
  assert_true(hv_heap_table_time(HV_LIST_EVENTS, row) == marked_ns);
  /* An event is in no place: choosing it neither selects nor outlines, and the map does not take
   * the choice away. */
  assert_null(hv_heap_map_get_marks(view.map));
  hv_heap_map_select_address(
      view.map,
      hv_frame_span_address(hv_feed_get_moment(hv_window_get_feed(view.window))->frame, 0));
  expect_selected(table, hv_row_get_key(row));
  expect_moment(&view, "newest 5");
  /* Enter goes to its time. */
  g_signal_emit_by_name(table, "row-activated", row);
  expect_moment(&view, wanted);
  view_close(&view);
}

/* A row that stays chosen is outlined where its things are at the moment on screen. */
static void test_outlines_follow(void **state) {
  guint64 marked_ns = 0;
  g_autofree char *path = make_recording(&marked_ns);
  g_autoptr(HvHighlight) before = NULL;
  View view = view_new();
  HvTable *table;
  HvRow *row;

  hv_window_open(view.window, &(HvTarget){.path = path});
  ui_wait_for_status(view.window, "file");
  g_unlink(path);
  expect_moment(&view, "newest 5");
  table = show_list(&view, HV_LIST_CLASSES);
  /* By size, which no moment changes: sorting anew would choose the row anew. */
  assert_true(ui_press_alt(GTK_WIDGET(table), 1));
  ui_idle(300);
  row = choose_row(table, 0);
  expect_outlined(&view, hv_feed_get_moment(hv_window_get_feed(view.window))->frame,
                  HV_LIST_CLASSES, row);
  before = hv_highlight_ref(hv_heap_map_get_marks(view.map));
  g_action_group_activate_action(G_ACTION_GROUP(view.window), "step", g_variant_new_int32(-1000));
  expect_moment(&view, "1001000000000 1");
  expect_outlined(&view, hv_feed_get_moment(hv_window_get_feed(view.window))->frame,
                  HV_LIST_CLASSES, row);
  assert_false(hv_highlight_equal(hv_heap_map_get_marks(view.map), before));
  view_close(&view);
}

/* ---- rows that stand for one block ---- */

/* The pointer on a row of @table outlines its block; elsewhere nothing is outlined. */
static void expect_hovered(View *view, HvTable *table, HvRow *row, guint64 begin, guint64 end) {
  g_autoptr(HvHighlight) wanted = hv_highlight_new_range(begin, end);

  g_signal_emit_by_name(table, "row-hovered", row);
  assert_true(hv_highlight_equal(hv_heap_map_get_marks(view->map), wanted));
  g_signal_emit_by_name(table, "row-hovered", NULL);
  assert_null(hv_heap_map_get_marks(view->map));
}

/* Chosen on the map, where single blocks are told apart, a block has its row chosen, also in a list
 * that is opened afterwards; an activated row is zoomed to. */
static void expect_block_linked(View *view, HvTable *table, const char *list, HvRow *row,
                                guint64 begin, guint64 end) {
  guint64 key = hv_row_get_key(row);

  hv_heap_map_select_none(view->map);
  g_signal_emit_by_name(table, "row-activated", row);
  expect_in_view(view->map, begin);
  hv_heap_map_zoom_to(view->map, begin, end);
  settle(view->map);
  hv_heap_map_select_address(view->map, begin);
  expect_selected(table, key);
  assert_true(hv_heap_side_show_list(view->side, "details"));
  hv_heap_map_select_none(view->map);
  hv_heap_map_select_address(view->map, begin);
  ui_idle(100);
  assert_true(hv_heap_side_show_list(view->side, list));
  wait_for_rows(table, 2);
  expect_selected(table, key);
  hv_heap_map_zoom_fit(view->map);
  settle(view->map);
}

static void test_pins(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  View view = view_new();
  HvTable *pins = ui_find_table(GTK_WIDGET(view.side), "release");

  ui_open_frame(view.window, frame);
  settle(view.map);
  assert_true(hv_heap_side_show_list(view.side, "release"));
  wait_for_rows(pins, 2);
  for (guint i = 0; i < 2; i++) {
    HvRow *row = hv_table_get_row(pins, i);
    guint64 begin = hv_row_get_value(row, 0);
    guint64 end = hv_row_get_value(row, 1);

    expect_hovered(&view, pins, row, begin, end);
    expect_block_linked(&view, pins, "release", row, begin, end);
  }
  view_close(&view);
}

/* ---- what changed ---- */

/* A class under the pointer is outlined, a selected one stays so, and Enter filters by it. */
static void expect_class_linked(View *view, HvFrame *frame) {
  HvTable *classes = ui_find_table(GTK_WIDGET(view->side), "changes");
  HvTable *born = ui_find_table(GTK_WIDGET(view->side), "born");
  g_autofree char *text = NULL;
  g_autoptr(HvQuery) query = NULL;
  g_autoptr(HvHighlight) wanted = NULL;
  guint count = 0;
  const struct alloc_class_record *records = hv_frame_classes(frame, &count);
  HvRow *row = NULL;

  for (guint i = 0; row == NULL || hv_row_get_key(row) == 0 || hv_row_get_key(row) >= count; i++) {
    row = hv_table_get_row(classes, i);
    assert_non_null(row);
  }
  text = g_strdup_printf("class:%" G_GUINT64_FORMAT,
                         (guint64)records[hv_row_get_key(row)].block_bytes);
  query = hv_query_parse(text, NULL, NULL);
  wanted = hv_highlight_new(frame, query);
  g_signal_emit_by_name(classes, "row-hovered", row);
  while (!hv_highlight_equal(hv_heap_map_get_marks(view->map), wanted))
    ui_idle(20);
  g_signal_emit_by_name(classes, "row-hovered", NULL);
  assert_null(hv_heap_map_get_marks(view->map));
  g_signal_emit_by_name(classes, "row-selected", row);
  while (!hv_highlight_equal(hv_heap_map_get_marks(view->map), wanted))
    ui_idle(20);
  g_signal_emit_by_name(born, "row-hovered", NULL);
  g_signal_emit_by_name(classes, "row-activated", row);
  assert_string_equal(hv_heap_side_get_search(view->side), text);
  hv_heap_side_set_search(view->side, "");
}

/* A new block that is chosen is selected on the map; and all lists that are shown can be copied. */
static void test_changes(void **state) {
  guint64 marked_ns = 0;
  g_autofree char *path = make_recording(&marked_ns);
  View view = view_new();
  GActionGroup *actions = G_ACTION_GROUP(view.window);
  g_autoptr(HvListing) listing = NULL;
  g_autofree char *text = NULL;
  HvPyramid *pyramid = NULL;
  HvTable *born;
  HvRow *row;
  HvFocus focus;
  gint64 x, y;

  hv_window_open(view.window, &(HvTarget){.path = path});
  ui_wait_for_status(view.window, "file");
  g_unlink(path);
  g_action_group_activate_action(actions, "step", g_variant_new_int32(-1000));
  expect_moment(&view, "1001000000000 1");
  g_action_group_activate_action(actions, "mark-a", NULL);
  g_action_group_activate_action(actions, "newest", NULL);
  expect_moment(&view, "newest 5");
  assert_true(hv_heap_side_show_list(view.side, "changes"));
  born = ui_find_table(GTK_WIDGET(view.side), "born");
  wait_for_rows(born, 2);
  settle(view.map);
  row = choose_row(born, 0);
  assert_true(hv_heap_map_get_selection(view.map, &focus));
  assert_true(focus.begin == hv_row_get_key(row));
  listing = hv_heap_side_list(view.side, HV_LISTING_TEXT);
  text = hv_listing_write(listing, NULL, NULL);
  assert_true(g_str_has_prefix(text, "Since A, "));
  assert_non_null(strstr(text, "  Heap by address space\n"));
  assert_non_null(strstr(text, "\nBlocks of\tNew\tGone\n"));
  assert_non_null(strstr(text, "\nNew block\tSize\tThread\n0x"));
  for (guint i = 0; i < 2; i++) {
    guint64 begin, end;

    row = hv_table_get_row(born, i);
    begin = hv_row_get_value(row, 0);
    end = begin + hv_row_get_value(row, 1);
    expect_hovered(&view, born, row, begin, end);
    expect_block_linked(&view, born, "changes", row, begin, end);
  }
  assert_true(hv_heap_map_get_picture(view.map, &pyramid, &x, &y) != NULL);
  expect_class_linked(&view, hv_pyramid_frame(pyramid));
  view_close(&view);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_classes_and_caches),
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_opened_lists),
      cmocka_unit_test(test_events),
      cmocka_unit_test(test_outlines_follow),
      cmocka_unit_test(test_pins),
      cmocka_unit_test(test_changes),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("links", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
