/* SPDX-License-Identifier: MIT */
/*
 * Tables and the bars in them, in process (run by with_display.sh): rows keep their identity, and
 * are sorted as they change and by keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/ui/fill_bar.h"
#include "viewer/ui/heap_tables.h"
#include "viewer/ui/row_slices.h"
#include "viewer/ui/table.h"

static const HvColumn columns[] = {
    {.title = "Name", .kind = HV_CELL_NAME},
    {.title = "Bytes", .kind = HV_CELL_BYTES, .value = 0, .descending = TRUE},
};

static HvTable *table_new(void) {
  return HV_TABLE(
      g_object_ref_sink(hv_table_new("Test", columns, G_N_ELEMENTS(columns), 1, "none")));
}

static void table_fill(HvTable *table, const guint64 *keys, const guint64 *values, guint count) {
  hv_table_begin(table);
  for (guint i = 0; i < count; i++) {
    g_autofree char *name = g_strdup_printf("row %" G_GUINT64_FORMAT, keys[i]);

    hv_table_put(table, keys[i], name, NULL, &values[i], 1);
  }
  hv_table_end(table);
}

/* What is unexplained may be less than nothing; what is sorted downwards has it at its end. */
static void test_negative_bytes_come_last(void **state) {
  g_autoptr(HvTable) table = table_new();

  table_fill(table, (guint64[]){1, 2, 3, 4}, (guint64[]){0, (guint64)-1, 8192, (guint64)-4096}, 4);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 0)), 3);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 1)), 1);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 2)), 2);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 3)), 4);
  hv_table_set_order(table, "Bytes:asc");
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 0)), 4);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 3)), 3);
}

/* What a frame does not tell of regions is a dash; an age from its first frame on is a least one.
 */
static void test_regions_that_are_not_known(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_REGIONS, 3);
  g_autoptr(HvFrame) first = synthetic_heap_frame(heap, 1, 0, G_GUINT64_CONSTANT(5000000000));
  g_autoptr(HvFrame) frame = synthetic_heap_frame(heap, 2, 0, G_GUINT64_CONSTANT(7500000001));
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  g_autoptr(HvActivity) nothing = hv_tracker_add(tracker, first);
  g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frame);
  g_autoptr(HvList) unknown = hv_list_new_regions(frame, NULL, nothing, NULL, 1, FALSE, 0);
  g_autoptr(HvList) aged = hv_list_new_regions(frame, NULL, activity, NULL, 1, FALSE, 0);
  g_autofree char *text = hv_heap_table_dup_text(HV_LIST_REGIONS, unknown);
  g_autofree char *aged_text = hv_heap_table_dup_text(HV_LIST_REGIONS, aged);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_auto(GStrv) aged_lines = g_strsplit(aged_text, "\n", -1);

  assert_string_equal(lines[0], "Address\tMapped\tResident\tHuge\tAge");
  assert_true(g_strv_length(lines) > 2 && g_strv_length(aged_lines) > 2);
  for (guint i = 1; *lines[i] != '\0'; i++) {
    assert_true(g_str_has_suffix(lines[i], "\t–\t–\t–"));
    assert_true(g_str_has_suffix(aged_lines[i], "\t–\t–\t≥ 2.5 s"));
  }
  synthetic_heap_free(heap);
}

static void test_rows_keep_their_identity(void **state) {
  g_autoptr(HvTable) table = table_new();
  HvRow *row;

  table_fill(table, (guint64[]){7, 8, 9}, (guint64[]){30, 20, 10}, 3);
  assert_int_equal(hv_table_get_n_rows(table), 3);
  row = hv_table_get_row(table, 1);
  assert_int_equal(hv_row_get_key(row), 8);
  hv_table_select_key(table, 8);
  /* 7 goes, 10 comes, 8 grows. */
  table_fill(table, (guint64[]){8, 9, 10}, (guint64[]){99, 10, 50}, 3);
  assert_int_equal(hv_table_get_n_rows(table), 3);
  assert_ptr_equal(hv_table_get_row(table, 0), row);
  assert_int_equal(hv_row_get_value(row, 0), 99);
  assert_ptr_equal(hv_table_get_selected(table), row);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 1)), 10);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 2)), 9);
  table_fill(table, NULL, NULL, 0);
  assert_int_equal(hv_table_get_n_rows(table), 0);
  assert_null(hv_table_get_selected(table));
}

/* A thread may call itself what it likes; as text, columns are cut by tabs and rows by lines. */
static void test_names_stay_on_a_line(void **state) {
  g_autoptr(HvTable) table = table_new();
  g_autofree char *text = NULL;
  const guint64 value = 0;

  hv_table_begin(table);
  hv_table_put(table, 1, "a\nb\tc", NULL, &value, 1);
  hv_table_end(table);
  text = hv_table_dup_text(table);
  assert_string_equal(text, "Name\tBytes\na b c\t0 B\n");
}

static void count_change(HvRow *row, guint *changes) {
  (*changes)++;
}

/* Rows that change, come and go at once, hundreds of times: GTK's sorting must never see an order
 * that changes by itself (it says so, and warnings are fatal here). */
static void test_changing_rows_sort(void **state) {
  g_autoptr(HvTable) table = table_new();
  g_autoptr(GRand) random = g_rand_new_with_seed(5);
  guint64 keys[300];
  guint64 values[300];

  for (int round = 0; round < 200; round++) {
    guint count = (guint)g_rand_int_range(random, 100, 300);

    for (guint i = 0; i < count; i++) {
      keys[i] = (guint64)round / 3 * 20 + i;
      values[i] = (guint64)g_rand_int_range(random, 0, 1000);
    }
    table_fill(table, keys, values, count);
    assert_int_equal(hv_table_get_n_rows(table), count);
    for (guint i = 1; i < count; i++)
      assert_true(hv_row_get_value(hv_table_get_row(table, i - 1), 0) >=
                  hv_row_get_value(hv_table_get_row(table, i), 0));
  }
}

/* Where no line stays, rows become the new lines, in their order, even below the pointer; who was
 * selected is gone, and each is found by its new key from then on. */
static void test_rows_become_others(void **state) {
  g_autoptr(HvTable) table = table_new();
  const guint64 keys[] = {11, 12, 13, 14}, values[] = {5, 40, 30, 20}, order[] = {12, 13, 14, 11};
  HvRow *rows[3];

  table_fill(table, (guint64[]){1, 2, 3}, (guint64[]){3, 2, 1}, 3);
  for (guint i = 0; i < 3; i++)
    rows[i] = hv_table_get_row(table, i);
  hv_table_select_key(table, 2);
  ui_enter(GTK_WIDGET(table));
  table_fill(table, keys, values, 4);
  assert_int_equal(hv_table_get_n_rows(table), 4);
  assert_null(hv_table_get_selected(table));
  for (guint i = 0; i < 4; i++)
    assert_int_equal(hv_row_get_key(hv_table_get_row(table, i)), order[i]);
  for (guint i = 0; i < 3; i++) {
    gboolean kept = FALSE;

    for (guint j = 0; j < 4; j++)
      kept |= hv_table_get_row(table, j) == rows[i];
    assert_true(kept);
  }
  hv_table_select_key(table, 13);
  table_fill(table, keys, values, 3);
  assert_int_equal(hv_table_get_n_rows(table), 3);
  assert_int_equal(hv_row_get_key(hv_table_get_selected(table)), 13);
  assert_string_equal(hv_row_get_name(hv_table_get_selected(table)), "row 13");
  table_fill(table, (guint64[]){21}, (guint64[]){1}, 1);
  assert_int_equal(hv_table_get_n_rows(table), 1);
  assert_int_equal(hv_row_get_key(hv_table_get_row(table, 0)), 21);
}

static void test_equal_rows_stay_silent(void **state) {
  g_autoptr(HvTable) table = table_new();
  guint changes = 0;

  table_fill(table, (guint64[]){1}, (guint64[]){5}, 1);
  g_signal_connect(hv_table_get_row(table, 0), "changed", G_CALLBACK(count_change), &changes);
  table_fill(table, (guint64[]){1}, (guint64[]){5}, 1);
  assert_int_equal(changes, 0);
  table_fill(table, (guint64[]){1}, (guint64[]){6}, 1);
  assert_int_equal(changes, 1);
}

static void test_tables_are_capped(void **state) {
  g_autoptr(HvTable) table = table_new();

  hv_table_begin(table);
  for (guint64 i = 0; i < HV_TABLE_ROWS + 17; i++)
    hv_table_put(table, i, NULL, NULL, &i, 1);
  hv_table_end(table);
  assert_int_equal(hv_table_get_n_rows(table), HV_TABLE_ROWS);
}

static void test_keys_sort_tables(void **state) {
  g_autoptr(HvTable) table = table_new();
  GtkWidget *widget = GTK_WIDGET(table);
  const guint64 keys[] = {1, 2, 3}, values[] = {20, 30, 10};
  const struct {
    guint digit;
    guint64 first;
  } steps[] = {{1, 20}, {1, 10}, {1, 20}, {2, 30}, {2, 10}, {1, 20}};

  table_fill(table, keys, values, 3);
  for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
    assert_true(ui_press_alt(widget, steps[i].digit));
    assert_int_equal(hv_row_get_value(hv_table_get_row(table, 0), 0), steps[i].first);
  }
  assert_false(ui_press_alt(widget, 3)); /* there is no third column */
}

static GPtrArray *slice_rows(guint count) {
  GPtrArray *rows = g_ptr_array_new_with_free_func(g_object_unref);

  for (guint i = 0; i < count; i++)
    g_ptr_array_add(rows, hv_row_new(i));
  return rows;
}

static guint stored(GListStore *store) {
  return g_list_model_get_n_items(G_LIST_MODEL(store));
}

/* Many rows come a few at a time and in their order; until then others can take their place, and
 * who cannot wait has them at once. */
static void test_rows_come_in_slices(void **state) {
  g_autoptr(GListStore) store = g_list_store_new(HV_TYPE_ROW);
  g_autoptr(GPtrArray) many = slice_rows(5 * HV_ROW_SLICE + 3);
  g_autoptr(GPtrArray) few = slice_rows(HV_ROW_SLICE);
  HvRowSlices slices = {.store = store};

  hv_row_slices_exchange(&slices, many);
  assert_int_equal(stored(store), HV_ROW_SLICE);
  ui_idle(100);
  assert_int_equal(stored(store), many->len);
  for (guint i = 0; i < many->len; i++) {
    g_autoptr(HvRow) row = g_list_model_get_item(G_LIST_MODEL(store), i);

    assert_ptr_equal(row, g_ptr_array_index(many, i));
  }
  hv_row_slices_exchange(&slices, many);
  hv_row_slices_exchange(&slices, few);
  ui_idle(50);
  assert_int_equal(stored(store), few->len);
  hv_row_slices_exchange(&slices, many);
  hv_row_slices_finish(&slices);
  assert_int_equal(stored(store), many->len);
  hv_row_slices_exchange(&slices, many);
  hv_row_slices_clear(&slices);
  ui_idle(50);
  assert_int_equal(stored(store), HV_ROW_SLICE);
}

static void test_fill_bar_is_a_meter(void **state) {
  g_autoptr(GtkWidget) bar = g_object_ref_sink(hv_fill_bar_new());

  hv_fill_bar_set_permille(HV_FILL_BAR(bar), 375);
  gtk_test_accessible_assert_role(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_ROLE_METER);
  gtk_test_accessible_assert_property(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 37.5);
  /* By name: GTK's macro makes a format of what stands here. */
  const char *text = "37 %";
  gtk_test_accessible_assert_property(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                      text);
  hv_fill_bar_set_permille(HV_FILL_BAR(bar), 5000);
  assert_int_equal(hv_fill_bar_get_permille(HV_FILL_BAR(bar)), 1000);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_keep_their_identity),
      cmocka_unit_test(test_negative_bytes_come_last),
      cmocka_unit_test(test_regions_that_are_not_known),
      cmocka_unit_test(test_changing_rows_sort),
      cmocka_unit_test(test_rows_become_others),
      cmocka_unit_test(test_equal_rows_stay_silent),
      cmocka_unit_test(test_tables_are_capped),
      cmocka_unit_test(test_keys_sort_tables),
      cmocka_unit_test(test_fill_bar_is_a_meter),
      cmocka_unit_test(test_names_stay_on_a_line),
      cmocka_unit_test(test_rows_come_in_slices),
  };

  gtk_test_init(&argc, &argv);
  return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
