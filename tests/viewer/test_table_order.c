/* SPDX-License-Identifier: MIT */
/*
 * What tables are sorted by, in process (run by with_display.sh): it is told from the sorter alone,
 * and of a list that is longer than its table, the first rows by that order are shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/ui/application.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/list_filler.h"
#include "viewer/ui/list_orders.h"
#include "viewer/ui/table_order.h"

static HvApplication *application;

#define SPANS 3000

static const HvColumn columns[] = {
    {.title = "Name", .kind = HV_CELL_NAME},
    {.title = "Size", .kind = HV_CELL_BYTES, .value = 3, .descending = TRUE},
    {.title = "Of", .kind = HV_CELL_DETAIL},
    {.title = "Age", .kind = HV_CELL_AGE, .value = 0},
};

#define COLUMNS G_N_ELEMENTS(columns)

static int compare_turned(gconstpointer a, gconstpointer b, gpointer sorter) {
  return gtk_sorter_compare(sorter, (gpointer)b, (gpointer)a);
}

/* Each order of up to two columns, as GTK's own sorter puts them together. */
static void test_order_is_read(void **state) {
  for (guint way = 0; way < 4 * COLUMNS * COLUMNS; way++) {
    guint by[] = {way / 4 % COLUMNS, way / 4 / COLUMNS};
    g_autoptr(GtkMultiSorter) sorter = gtk_multi_sorter_new();
    HvTableOrder order;
    guint levels = by[0] == by[1] ? 1 : 2;

    for (guint i = 0; i < levels; i++) {
      GtkSorter *of_column = hv_table_order_sorter_new(&columns[by[i]]);

      if ((way >> i & 1) == 0)
        gtk_multi_sorter_append(sorter, of_column);
      else
        gtk_multi_sorter_append(
            sorter, GTK_SORTER(gtk_custom_sorter_new(compare_turned, of_column, g_object_unref)));
    }
    hv_table_order_read(GTK_SORTER(sorter), columns, COLUMNS, &order);
    assert_int_equal(order.count, levels);
    for (guint i = 0; i < levels; i++) {
      assert_int_equal(order.by[i].column, by[i]);
      assert_int_equal(order.by[i].ascending, (way >> i & 1) == 0);
    }
  }
}

static void count_sort(HvTable *table, guint *sorts) {
  (*sorts)++;
}

static void table_fill(HvTable *table, const guint64 *sizes, guint count) {
  hv_table_begin(table);
  for (guint i = 0; i < count; i++)
    hv_table_put(table, i, NULL, NULL, (guint64[]){0, 0, 0, sizes[i]}, 4);
  hv_table_end(table);
}

static void fill_again(HvTable *table, gpointer sizes) {
  table_fill(table, sizes, 3);
}

/* Only the user's choice is told of, and once; then rows move even below the pointer. */
static void test_table_tells_of_its_order(void **state) {
  g_autoptr(HvTable) table =
      HV_TABLE(g_object_ref_sink(hv_table_new("Test", columns, COLUMNS, 1, "none")));
  guint64 later[] = {3, 1, 2};
  guint sorts = 0;

  g_signal_connect(table, "sort-changed", G_CALLBACK(count_sort), &sorts);
  assert_int_equal(hv_table_get_order(table)->count, 1);
  assert_int_equal(hv_table_get_order(table)->by[0].column, 1);
  assert_false(hv_table_get_order(table)->by[0].ascending);
  table_fill(table, (guint64[]){1, 2, 3}, 3);
  table_fill(table, (guint64[]){5, 7, 6}, 3);
  assert_int_equal(sorts, 0);
  g_signal_connect(table, "sort-changed", G_CALLBACK(fill_again), later);
  ui_enter(GTK_WIDGET(table));
  assert_true(ui_press_alt(GTK_WIDGET(table), 2)); /* as it is */
  assert_int_equal(sorts, 0);
  assert_true(ui_press_alt(GTK_WIDGET(table), 2));
  assert_int_equal(sorts, 1);
  assert_true(hv_table_get_order(table)->by[0].ascending);
  for (guint i = 0; i < 3; i++)
    assert_int_equal(hv_row_get_value(hv_table_get_row(table, i), 3), i + 1);
}

static int compare_values(gconstpointer a, gconstpointer b) {
  const guint64 *left = a, *right = b;

  return *left < *right ? -1 : *left > *right;
}

/* What the table's column @column shows of each span, the least first. */
static GArray *sorted_spans(HvFrame *frame, guint column) {
  GArray *values = g_array_new(FALSE, FALSE, sizeof(guint64));
  guint count;

  hv_frame_spans(frame, &count);
  for (guint i = 0; i < count; i++) {
    HvFacts facts;
    guint64 value;

    hv_facts_of_span(frame, i, &facts);
    value = column == 0   ? facts.begin
            : column == 1 ? facts.value[HV_FIELD_CLASS]
            : column == 2 ? facts.value[HV_FIELD_FILL] / 1000
                          : facts.value[HV_FIELD_WASTE];
    g_array_append_val(values, value);
  }
  g_array_sort(values, compare_values);
  return values;
}

/* Whether the rows of @table are the first of all, in the order of @column. */
static gboolean has_first_rows(HvTable *table, GArray *all, guint column, gboolean ascending) {
  static const guint values[] = {0, 2, 3, 4};

  if (hv_table_get_n_rows(table) != HV_TABLE_ROWS)
    return FALSE;
  for (guint i = 0; i < HV_TABLE_ROWS; i++) {
    guint64 wanted = g_array_index(all, guint64, ascending ? i : all->len - 1 - i);

    if (hv_row_get_value(hv_table_get_row(table, i), values[column]) != wanted)
      return FALSE;
  }
  return TRUE;
}

/* The rows of @table come to be the first of all that @frame has, in the order of its @column. */
static void assert_first_rows(HvTable *table, HvFrame *frame, guint column, gboolean ascending) {
  g_autoptr(GArray) all = sorted_spans(frame, column);
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (!has_first_rows(table, all, column, ascending)) {
    assert_true(g_get_monotonic_time() < deadline_us);
    ui_idle(5);
  }
}

/* Of many spans, the rows on screen are the first in the order on screen, both ways by each column;
 * a row that stays is the same and stays selected; so does the order when the frame is another. */
static void test_long_list_by_each_column(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame_of_spans(SPANS);
  g_autoptr(HvFrame) next = synthetic_frame_of_spans(SPANS + 500);
  HvMoment moment = {.frame = frame, .content = 1, .state = HV_SOURCE_FILE};
  HvMoment moment_next = {.frame = next, .content = 2, .state = HV_SOURCE_FILE};
  GtkWidget *window = gtk_window_new();
  HvHeapSide *side = g_object_new(HV_TYPE_HEAP_SIDE, NULL);
  GtkWidget *stack;
  HvTable *table;
  HvRow *row;

  g_atomic_ref_count_init(&moment.references);
  g_atomic_ref_count_init(&moment_next.references);
  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(side));
  gtk_window_present(GTK_WINDOW(window));
  hv_heap_side_set_moment(side, &moment, TRUE);
  assert_true(hv_heap_side_show_list(side, "spans"));
  stack = gtk_widget_get_ancestor(ui_find(GTK_WIDGET(side), HV_TYPE_TABLE), GTK_TYPE_STACK);
  table = HV_TABLE(gtk_stack_get_visible_child(GTK_STACK(stack)));
  ui_idle(100);
  assert_first_rows(table, frame, 3, FALSE);
  for (guint column = 0; column < 4; column++) {
    gboolean down_first = column == 3;

    for (guint press = 0; press < 3; press++) {
      assert_true(ui_press_alt(GTK_WIDGET(table), column + 1));
      assert_first_rows(table, frame, column, (press % 2 == 0) != down_first);
      ui_idle(20);
    }
  }
  /* The most waste is the least fill, as all blocks are of one size. */
  row = hv_table_get_row(table, 0);
  hv_table_select_key(table, hv_row_get_key(row));
  assert_true(ui_press_alt(GTK_WIDGET(table), 3));
  assert_first_rows(table, frame, 2, TRUE);
  assert_ptr_equal(hv_table_get_selected(table), row);
  assert_true(ui_press_alt(GTK_WIDGET(table), 3));
  assert_first_rows(table, frame, 2, FALSE);
  assert_null(hv_table_get_selected(table));
  hv_heap_side_set_moment(side, &moment_next, TRUE);
  assert_first_rows(table, next, 2, FALSE);
  hv_heap_side_set_moment(side, NULL, TRUE);
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* Rows that come in slices leave the list at its top, whichever way they are sorted. */
static void test_rows_come_below_those_in_view(void **state) {
  GtkWidget *window = gtk_window_new();
  HvTable *table = HV_TABLE(hv_table_new("Test", columns, COLUMNS, 1, "none"));
  g_autofree guint64 *sizes = g_new(guint64, HV_TABLE_ROWS);
  GtkAdjustment *adjustment;

  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(table));
  gtk_window_set_default_size(GTK_WINDOW(window), 400, 300);
  gtk_window_present(GTK_WINDOW(window));
  adjustment =
      gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(ui_find(window, GTK_TYPE_COLUMN_VIEW)));
  for (guint way = 0; way < 2; way++) {
    hv_table_set_order(table, way == 0 ? "Size:asc" : "Size:desc");
    table_fill(table, NULL, 0);
    ui_idle(100);
    for (guint i = 0; i < HV_TABLE_ROWS; i++)
      sizes[i] = way == 0 ? HV_TABLE_ROWS - i : i + 1;
    table_fill(table, sizes, HV_TABLE_ROWS);
    while (gtk_adjustment_get_upper(adjustment) < HV_TABLE_ROWS * 8)
      ui_idle(20); /* all of them have joined */
    ui_idle(100);
    assert_true(gtk_adjustment_get_value(adjustment) < 1.0);
    assert_int_equal(hv_row_get_value(hv_table_get_row(table, 0), 3), way == 0 ? 1 : HV_TABLE_ROWS);
  }
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* A list that shows its top goes on showing it when a row comes that is before all others, but not
 * under the pointer, where rows stay. */
static void test_the_top_stays_in_view(void **state) {
  GtkWidget *window = gtk_window_new();
  HvTable *table = HV_TABLE(hv_table_new("Test", columns, COLUMNS, 1, "none"));
  guint64 sizes[60];
  GtkAdjustment *adjustment;

  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(table));
  gtk_window_set_default_size(GTK_WINDOW(window), 400, 300);
  gtk_window_present(GTK_WINDOW(window));
  adjustment =
      gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(ui_find(window, GTK_TYPE_COLUMN_VIEW)));
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
    sizes[i] = i + 1;
  table_fill(table, sizes, 50);
  ui_idle(200);
  for (guint count = 51; count < 55; count++) {
    table_fill(table, sizes, count);
    ui_idle(200);
    assert_int_equal(hv_row_get_value(hv_table_get_row(table, 0), 3), count);
    assert_true(gtk_adjustment_get_value(adjustment) < 1.0);
  }
  ui_enter(GTK_WIDGET(table));
  table_fill(table, sizes, 55);
  ui_idle(200);
  assert_true(gtk_adjustment_get_value(adjustment) >= 1.0);
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* ---- kept ---- */

/* Each list begins with what somebody who looks for memory wants to see first. */
static void test_lists_begin_with_the_most(void **state) {
  static const struct {
    const char *list;
    const char *column;
    gboolean ascending;
  } wanted[] = {
      {"spans", "Waste", FALSE},    {"classes", "Waste", FALSE},     {"caches", "Cached", FALSE},
      {"regions", "Mapped", FALSE}, {"arenas", "Nr", TRUE},          {"events", "Time", FALSE},
      {"release", "Pins", FALSE},   {"changes", "New", FALSE},       {"born", "Size", FALSE},
      {"profile", "Bytes", FALSE},  {"mappings", "Resident", FALSE},
  };
  g_autoptr(GtkWidget) side = g_object_ref_sink(g_object_new(HV_TYPE_HEAP_SIDE, NULL));

  for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
    HvTable *table = ui_find_table(side, wanted[i].list);
    g_autofree char *turned =
        g_strdup_printf("%s:%s", wanted[i].column, wanted[i].ascending ? "desc" : "asc");
    g_autofree char *same =
        g_strdup_printf("%s:%s", wanted[i].column, wanted[i].ascending ? "asc" : "desc");
    g_autofree char *order = NULL;

    assert_non_null(table);
    hv_table_set_order(table, turned);
    order = hv_table_dup_order(table);
    assert_non_null(order); /* it is another one than at the start */
    assert_string_equal(order, turned);
    hv_table_set_order(table, same);
    g_free(order);
    order = hv_table_dup_order(table);
    if (order != NULL)
      fail_msg("%s does not begin with %s", wanted[i].list, same);
  }
}

/* What a user has sorted by in one panel, another panel sorts by; of the rest nothing is kept. */
static void test_orders_are_kept(void **state) {
  static const char *const names[] = {"spans",   "classes", "caches",  "regions",
                                      "arenas",  "stacks",  "events",  "release",
                                      "changes", "born",    "profile", "mappings"};
  g_autoptr(GtkWidget) side = g_object_ref_sink(g_object_new(HV_TYPE_HEAP_SIDE, NULL));
  g_autoptr(GtkWidget) other = g_object_ref_sink(g_object_new(HV_TYPE_HEAP_SIDE, NULL));
  g_autoptr(GVariant) none = g_variant_ref_sink(hv_list_orders_get(side));
  g_autoptr(GVariant) orders = NULL, again = NULL, wrong = NULL;
  const char *order;

  assert_int_equal(g_variant_n_children(none), 0);
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    HvTable *table = ui_find_table(side, names[i]);

    assert_non_null(table);
    assert_true(ui_press_alt(GTK_WIDGET(table), 1));
    assert_true(ui_press_alt(GTK_WIDGET(table), 1)); /* not the order of the start */
  }
  orders = g_variant_ref_sink(hv_list_orders_get(side));
  assert_true(g_variant_lookup(orders, "spans", "&s", &order));
  assert_string_equal(order, "Address:desc");
  assert_int_equal(g_variant_n_children(orders), G_N_ELEMENTS(names));
  hv_list_orders_set(other, orders);
  again = g_variant_ref_sink(hv_list_orders_get(other));
  assert_true(g_variant_equal(orders, again));
  /* What nobody can sort by changes nothing. */
  wrong = g_variant_ref_sink(g_variant_new_parsed(
      "{'spans': 'Colour:asc', 'classes': 'Size', 'caches': '', 'none': 'Address:asc'}"));
  hv_list_orders_set(other, wrong);
  g_clear_pointer(&again, g_variant_unref);
  again = g_variant_ref_sink(hv_list_orders_get(other));
  assert_true(g_variant_equal(orders, again));
}

static GVariant *window_orders(HvWindow *window) {
  return g_variant_ref_sink(hv_list_orders_get(GTK_WIDGET(window)));
}

static void assert_state(HvWindow *window, const char *action, const char *wanted) {
  g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(window), action);
  g_autofree char *text = g_variant_print(state, FALSE);

  assert_string_equal(text, wanted);
}

/* A window begins as the last one was left: list, order of the map, and of each list. */
static void test_windows_begin_as_left(void **state) {
  HvWindow *window = hv_window_new(application);
  g_autoptr(GVariant) left = NULL, begun = NULL;

  assert_state(window, "list", "'details'");
  assert_true(ui_press_alt(GTK_WIDGET(ui_find_table(GTK_WIDGET(window), "processes")), 2));
  assert_true(ui_press_alt(GTK_WIDGET(ui_find_table(GTK_WIDGET(window), "caches")), 2));
  g_action_group_change_action_state(G_ACTION_GROUP(window), "list",
                                     g_variant_new_string("caches"));
  g_action_group_change_action_state(G_ACTION_GROUP(window), "by-class",
                                     g_variant_new_boolean(TRUE));
  left = window_orders(window);
  assert_int_equal(g_variant_n_children(left), 2);
  gtk_window_destroy(GTK_WINDOW(window));
  window = hv_window_new(application);
  begun = window_orders(window);
  assert_true(g_variant_equal(left, begun));
  assert_state(window, "list", "'caches'");
  assert_state(window, "by-class", "true");
  assert_true(hv_heap_map_get_by_class(hv_heap_page_get_map(hv_window_get_heap_page(window))));
  gtk_window_destroy(GTK_WINDOW(window));
}

/* ---- by a thread ---- */

/* Spans of the first heap that a table shows, at any moment until it shows those of the second. */
static void test_no_rows_of_another_scene(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame_of_spans(SPANS);
  g_autoptr(HvFrame) next = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvMoment moment = {.frame = frame, .content = 1, .state = HV_SOURCE_FILE};
  HvMoment moment_next = {.frame = next, .content = 2, .state = HV_SOURCE_FILE};
  g_autoptr(HvListFiller) filler = hv_list_filler_new();
  g_autoptr(HvTable) table = HV_TABLE(g_object_ref_sink(hv_heap_table_new(HV_LIST_SPANS)));
  g_autoptr(HvQuery) query = hv_query_parse("kind:span", NULL, NULL);
  guint spans = 0;

  g_atomic_ref_count_init(&moment.references);
  g_atomic_ref_count_init(&moment_next.references);
  hv_frame_spans(next, &spans);
  hv_list_filler_ask(filler, HV_LIST_SPANS, table, &moment, NULL);
  assert_int_equal(hv_table_get_n_rows(table), 0); /* a thread is at it */
  while (hv_table_get_n_rows(table) == 0)
    ui_idle(5);
  assert_int_equal(hv_table_get_n_rows(table), HV_TABLE_ROWS);
  /* The old rows stay until the new ones come, and what came to late is not shown. */
  hv_list_filler_ask(filler, HV_LIST_SPANS, table, &moment_next, NULL);
  assert_int_equal(hv_table_get_n_rows(table), HV_TABLE_ROWS);
  hv_list_filler_begin_scene(filler);
  ui_idle(300);
  assert_int_equal(hv_table_get_n_rows(table), HV_TABLE_ROWS);
  hv_list_filler_ask(filler, HV_LIST_SPANS, table, &moment_next, NULL);
  while (hv_table_get_n_rows(table) == HV_TABLE_ROWS)
    ui_idle(5);
  assert_int_equal(hv_table_get_n_rows(table), spans);
  /* Of several wishes the last counts, with its own query. */
  hv_list_filler_ask(filler, HV_LIST_SPANS, table, &moment, NULL);
  hv_list_filler_ask(filler, HV_LIST_SPANS, table, &moment, query);
  hv_list_filler_ask(filler, HV_LIST_SPANS, table, &moment_next, query);
  for (guint i = 0; i < 60; i++) {
    ui_idle(5);
    assert_true(hv_table_get_n_rows(table) <= spans);
  }
  assert_true(hv_table_get_n_rows(table) < spans); /* without the large ones */
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order_is_read),
      cmocka_unit_test(test_table_tells_of_its_order),
      cmocka_unit_test(test_long_list_by_each_column),
      cmocka_unit_test(test_rows_come_below_those_in_view),
      cmocka_unit_test(test_the_top_stays_in_view),
      cmocka_unit_test(test_no_rows_of_another_scene),
      cmocka_unit_test(test_lists_begin_with_the_most),
      cmocka_unit_test(test_orders_are_kept),
      cmocka_unit_test(test_windows_begin_as_left),
  };

  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("table order", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
