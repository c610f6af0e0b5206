/* SPDX-License-Identifier: MIT */
/*
 * Ledger, details and window in process (run by with_display.sh): numbers are told as text, every
 * control has a name, a saved snapshot opens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>

#include "tests/viewer/synthetic.h"
#include "tests/viewer/tooltip.h"
#include "tests/viewer/ui_steps.h"
#include "viewer/ui/application.h"
#include "viewer/ui/details.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/ledger_bar.h"
#include "viewer/ui/minimap.h"
#include "viewer/ui/reasons_box.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/table.h"
#include "viewer/ui/window.h"

static HvApplication *application;

/* ---- details ---- */

/* Every block of the heap can be read as text, with its exact size. */
static void test_details_tell_every_block(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  g_autoptr(GtkWidget) details = g_object_ref_sink(hv_details_new());
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  guint count, told = 0;

  hv_frame_spans(frame, &count);
  for (guint i = 0; i < count; i++) {
    HvFocus focus = {.level = HV_FOCUS_THING};
    g_autofree char *text = NULL;
    g_autofree char *size = NULL;

    assert_true(hv_hit_test(frame, hv_frame_span_address(frame, i), &focus.hit));
    focus.begin = focus.hit.begin;
    focus.end = focus.hit.end;
    hv_details_show(HV_DETAILS(details), pyramid, &focus, palette);
    text = hv_details_dup_text(HV_DETAILS(details));
    size = g_strdup_printf("Address: 0x%" G_GINT64_MODIFIER "x\n", focus.begin);
    assert_non_null(strstr(text, size));
    assert_non_null(strstr(text, "Span\n"));
    assert_non_null(strstr(text, "Arena "));
    assert_non_null(strstr(text, hv_state_name(focus.hit.state)));
    told++;
  }
  assert_true(told > 10);
  hv_details_show(HV_DETAILS(details), NULL, NULL, palette);
  {
    g_autofree char *text = hv_details_dup_text(HV_DETAILS(details));

    assert_string_equal(text, "");
  }
}

/* ---- window ---- */

/* Text that a screen reader would say for @widget. */
static gboolean widget_has_name(GtkWidget *widget) {
  if (gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL) ||
      gtk_test_accessible_has_relation(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    if (GTK_IS_LABEL(child) ? *gtk_label_get_text(GTK_LABEL(child)) != '\0'
                            : widget_has_name(child))
      return TRUE;
  }
  return FALSE;
}

static void assert_controls_have_names(GtkWidget *widget, guint *controls) {
  /* Parts of GTK's own widgets are GTK's business. */
  if (!gtk_widget_get_visible(widget) || GTK_IS_WINDOW_CONTROLS(widget) ||
      GTK_IS_INFO_BAR(widget) || GTK_IS_COLUMN_VIEW(widget))
    return;
  if (GTK_IS_BUTTON(widget) || GTK_IS_MENU_BUTTON(widget) || GTK_IS_EDITABLE(widget)) {
    (*controls)++;
    if (!widget_has_name(widget)) {
      g_autofree char *tooltip = tooltip_dup(widget);

      fail_msg("a %s has no name (tooltip: %s)", G_OBJECT_TYPE_NAME(widget), tooltip);
    }
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    assert_controls_have_names(child, controls);
}

/* Whether it is around what is all seen: there is nothing to do for the keyboard. */
static gboolean need_not_scroll(GtkWidget *widget) {
  GtkAdjustment *down;

  if (!GTK_IS_SCROLLED_WINDOW(widget) || !HV_IS_SCROLLER(gtk_widget_get_parent(widget)))
    return FALSE;
  down = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(widget));
  return gtk_adjustment_get_upper(down) <= gtk_adjustment_get_page_size(down);
}

/* Adds the widgets of @widget that can have the focus to @controls. The arrow keys walk in a list,
 * so that Tab need not stop at each of its rows. */
static void collect_focusable(GtkWidget *widget, GHashTable *controls) {
  if (!gtk_widget_get_mapped(widget) || !gtk_widget_is_sensitive(widget) ||
      !gtk_widget_get_can_focus(widget) || GTK_IS_LIST_VIEW(widget) || GTK_IS_LIST_BOX_ROW(widget))
    return;
  if (gtk_widget_get_focusable(widget) && !need_not_scroll(widget))
    g_hash_table_add(controls, widget);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    collect_focusable(child, controls);
}

/* Tab goes round, and stops at every control, and nowhere else. */
static void assert_tab_reaches_all(GtkWidget *window) {
  g_autoptr(GHashTable) missed = g_hash_table_new(NULL, NULL);
  GtkWidget *first = NULL, *focus = NULL;
  GHashTableIter iter;
  gpointer control;

  collect_focusable(window, missed);
  assert_true(g_hash_table_size(missed) > 5);
  for (guint stops = 0; stops < 2 || focus != first; stops++) {
    assert_true(stops < 500);
    assert_true(gtk_widget_child_focus(window, GTK_DIR_TAB_FORWARD));
    focus = gtk_root_get_focus(GTK_ROOT(window));
    assert_false(need_not_scroll(focus));
    if (stops == 0)
      first = focus;
    /* What the focus lies in, such as a scrolled list, has been reached, too. */
    for (GtkWidget *widget = focus; widget != NULL; widget = gtk_widget_get_parent(widget))
      g_hash_table_remove(missed, widget);
  }
  g_hash_table_iter_init(&iter, missed);
  while (g_hash_table_iter_next(&iter, &control, NULL))
    fail_msg("Tab does not reach a %s in a %s", G_OBJECT_TYPE_NAME(control),
             G_OBJECT_TYPE_NAME(gtk_widget_get_parent(control)));
}

static void wait_for_sites(HvWindow *window) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  for (;;) {
    g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(window), "sites");

    if (*g_variant_get_string(state, NULL) != '\0')
      return;
    assert_true(g_get_monotonic_time() < deadline_us);
    ui_idle(20);
  }
}

static void copied(GObject *clipboard, GAsyncResult *result, gpointer data) {
  *(char **)data = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
}

/* The list on screen goes to the clipboard, with a name that is in it. */
static void assert_copies(HvWindow *window, const char *name) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  GdkClipboard *clipboard = gtk_widget_get_clipboard(GTK_WIDGET(window));
  g_autofree char *text = NULL;

  gdk_clipboard_set_text(clipboard, "");
  g_action_group_activate_action(G_ACTION_GROUP(window), "copy-list", NULL);
  /* A thread works it out. */
  do {
    g_clear_pointer(&text, g_free);
    gdk_clipboard_read_text_async(clipboard, NULL, copied, &text);
    while (text == NULL && g_get_monotonic_time() < deadline_us)
      ui_idle(20);
    assert_non_null(text);
  } while (*text == '\0' && g_get_monotonic_time() < deadline_us);
  assert_non_null(strstr(text, name));
  assert_non_null(strchr(text, '\t'));
}

static void test_a_snapshot_opens(void **state) {
  HvWindow *window = hv_window_new(application);
  guint controls = 0;

  gtk_window_present(GTK_WINDOW(window));
  ui_wait_for_status(window, "processes");
  assert_controls_have_names(GTK_WIDGET(window), &controls);
  ui_open_heap(window, SYNTHETIC_ALL_CLASSES);
  ui_idle(500);
  assert_true(hv_window_get_shows_heap(window));
  g_action_group_activate_action(G_ACTION_GROUP(window), "mark-a", NULL);
  for (guint i = 0; i < 12; i++) {
    static const char *const lists[] = {"arenas",  "classes", "caches",   "regions",
                                        "release", "spans",   "stacks",   "events",
                                        "changes", "profile", "mappings", "details"};

    assert_true(hv_heap_page_show_list(hv_window_get_heap_page(window), lists[i]));
    ui_idle(150);
    assert_controls_have_names(GTK_WIDGET(window), &controls);
    assert_tab_reaches_all(GTK_WIDGET(window));
  }
  assert_true(controls > 40);
  assert_true(hv_heap_page_show_list(hv_window_get_heap_page(window), "caches"));
  assert_copies(window, "worker-1");
  assert_false(hv_heap_page_show_list(hv_window_get_heap_page(window), "none"));
  /* A thread looks up who allocates; no later frame of a file tells of it. */
  assert_true(hv_heap_page_show_list(hv_window_get_heap_page(window), "profile"));
  wait_for_sites(window);
  hv_window_open(window, &(HvTarget){.path = (char *)"/nowhere/none.heapsnap"});
  ui_wait_for_status(window, "failed");
  assert_false(hv_window_get_shows_heap(window));
  gtk_window_destroy(GTK_WINDOW(window));
}

/* Frames of every shape pass through a window, wide and narrow, light and dark. */
static void test_every_shape_of_heap(void **state) {
  HvWindow *window = hv_window_new(application);
  HvHeapPage *page = hv_window_get_heap_page(window);

  gtk_window_set_default_size(GTK_WINDOW(window), 800, 600);
  gtk_window_present(GTK_WINDOW(window));
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame((SyntheticKind)kind, 11);
    HvMoment moment = {.frame = frame, .content = kind + 1, .state = HV_SOURCE_FILE};

    g_atomic_ref_count_init(&moment.references);
    moment.pyramid = hv_pyramid_new(frame);
    moment.ledger = hv_ledger_new(frame, NULL);
    moment.classes = hv_class_sums_new(frame);
    moment.reasons = hv_reasons_new(frame, moment.ledger, moment.classes, NULL);
    moment.sentence = (char *)"";
    hv_heap_page_set_theme(page, (HvTheme)(kind % HV_THEMES));
    hv_heap_page_set_moment(page, &moment);
    ui_idle(100);
    hv_heap_map_zoom(hv_heap_page_get_map(page), 3, 10);
    ui_idle(100);
    hv_heap_page_set_moment(page, NULL);
    assert_int_equal(g_atomic_int_get(&moment.references), 1);
    hv_pyramid_unref(moment.pyramid);
    hv_ledger_unref(moment.ledger);
    g_array_unref(moment.classes);
    hv_reasons_unref(moment.reasons);
  }
  gtk_window_destroy(GTK_WINDOW(window));
}

/* ---- reasons, query and lists ---- */

static void wait_for_found(HvWindow *window, const char *prefix) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  for (;;) {
    g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(window), "found");

    if (g_str_has_prefix(g_variant_get_string(state, NULL), prefix) &&
        (*prefix != '\0' || *g_variant_get_string(state, NULL) == '\0'))
      return;
    if (g_get_monotonic_time() > deadline_us)
      fail_msg("found is %s, not %s", g_variant_get_string(state, NULL), prefix);
    ui_idle(20);
  }
}

/* The shown list is what the query says, and selecting goes both ways between map and list. */
static void test_query_filters_and_links(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvWindow *window = hv_window_new(application);
  HvHeapPage *page = hv_window_get_heap_page(window);
  HvHeapSide *side = hv_heap_page_get_side(page);
  HvHeapMap *map = hv_heap_page_get_map(page);
  g_autoptr(HvQuery) query = hv_query_parse("kind:span fill<50%", NULL, NULL);
  g_autoptr(HvHighlight) wanted = hv_highlight_new(frame, query);
  g_autoptr(HvListing) listing = NULL;
  g_autofree char *csv = NULL;
  g_autofree char *found = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                                           hv_highlight_things(wanted), hv_highlight_bytes(wanted));
  HvFocus focus;
  GtkWidget *shown;
  HvTable *table;
  HvRow *row;
  guint64 address;

  gtk_window_present(GTK_WINDOW(window));
  ui_open_frame(window, frame);
  g_action_group_change_action_state(G_ACTION_GROUP(window), "search",
                                     g_variant_new_string("kind:span fill<50%"));
  wait_for_found(window, found);
  assert_true(hv_highlight_equal(hv_heap_map_get_highlight(map), wanted));
  assert_true(hv_heap_side_show_list(side, "spans"));
  ui_idle(200);
  listing = hv_heap_side_list(side, HV_LISTING_CSV);
  csv = hv_listing_write(listing, NULL, NULL);
  {
    g_auto(GStrv) lines = g_strsplit(csv, "\r\n", -1);

    assert_int_equal(g_strv_length(lines), hv_highlight_things(wanted) + 2);
  }
  /* The second row of the list, by way of the map. */
  shown = gtk_stack_get_visible_child(
      GTK_STACK(gtk_widget_get_ancestor(ui_find(GTK_WIDGET(side), HV_TYPE_TABLE), GTK_TYPE_STACK)));
  table = HV_TABLE(shown);
  assert_int_equal(hv_table_get_n_rows(table), hv_highlight_things(wanted));
  row = hv_table_get_row(table, 1);
  address = hv_row_get_key(row);
  hv_heap_map_select_address(map, address);
  ui_idle(50);
  assert_ptr_equal(hv_table_get_selected(table), row);
  /* And a row selected is selected on the map. */
  row = hv_table_get_row(table, 0);
  g_signal_emit_by_name(table, "row-selected", row);
  assert_true(hv_heap_map_get_selection(map, &focus));
  assert_true(focus.begin == hv_row_get_key(row));
  /* What cannot be parsed is told, and changes nothing else. */
  g_action_group_change_action_state(G_ACTION_GROUP(window), "search",
                                     g_variant_new_string("kind:span fill<"));
  wait_for_found(window, "!At character 11: ");
  assert_null(hv_heap_side_get_query(side));
  g_action_group_change_action_state(G_ACTION_GROUP(window), "search", g_variant_new_string(""));
  wait_for_found(window, "");
  assert_null(hv_heap_map_get_highlight(map));
  /* Each reason that is on the map can be shown. */
  {
    HvReasons *reasons =
        hv_reasons_box_get_reasons(HV_REASONS_BOX(ui_find(GTK_WIDGET(page), HV_TYPE_REASONS_BOX)));

    assert_non_null(reasons);
    assert_true(hv_reasons_count(reasons) > 3);
    for (guint i = 0; i < hv_reasons_count(reasons); i++) {
      gboolean shows = hv_heap_page_show_reason(page, i);

      assert_int_equal(shows, hv_reasons_get(reasons, i)->query != NULL);
      if (shows)
        assert_string_equal(hv_heap_side_get_search(side), hv_reasons_get(reasons, i)->query);
    }
    assert_false(hv_heap_page_show_reason(page, hv_reasons_count(reasons)));
  }
  gtk_window_destroy(GTK_WINDOW(window));
}

static void settle(HvHeapMap *map) {
  for (int i = 0; i < 500 && !hv_heap_map_is_settled(map); i++)
    ui_idle(20);
  assert_true(hv_heap_map_is_settled(map));
}

/* A map that is zoomed in turns to what a search finds, and stays where some of it is in view. */
static void test_search_turns_the_map(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvWindow *window = hv_window_new(application);
  HvHeapMap *map = hv_heap_page_get_map(hv_window_get_heap_page(window));
  guint count;
  const struct alloc_arena_record *arenas = hv_frame_arenas(frame, &count);
  guint64 first = arenas[0].address, last = arenas[0].address;
  g_autofree char *query = NULL;
  guint64 begin = 0, end = 0;

  for (guint i = 0; i < count; i++) {
    first = MIN(first, arenas[i].address);
    last = MAX(last, arenas[i].address);
  }
  gtk_window_present(GTK_WINDOW(window));
  ui_open_frame(window, frame);
  settle(map);
  for (guint i = 0; i < 2; i++) {
    guint64 wanted = i == 0 ? last : first, other = i == 0 ? first : last;

    hv_heap_map_zoom_to(map, other, other + 65536);
    settle(map);
    assert_true(hv_heap_map_get_window(map, &begin, &end));
    assert_true(wanted < begin || wanted >= end);
    g_free(query);
    query = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", wanted + 0x100000);
    g_action_group_change_action_state(G_ACTION_GROUP(window), "search",
                                       g_variant_new_string(query));
    wait_for_found(window, "1 ");
    settle(map);
    assert_true(hv_heap_map_get_window(map, &begin, &end));
    assert_true(hv_highlight_touches(hv_heap_map_get_highlight(map), begin, end));
  }
  g_action_group_change_action_state(G_ACTION_GROUP(window), "search",
                                     g_variant_new_string("kind:span"));
  ui_idle(300);
  {
    guint64 begin_after, end_after;

    assert_true(hv_heap_map_get_window(map, &begin_after, &end_after));
    assert_true(begin_after == begin && end_after == end);
  }
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* What holds without an installed schema is what the schema says; and every key can be set. */
static void test_settings(void **state) {
  GSettingsSchemaSource *source = g_settings_schema_source_get_default();
  g_autoptr(GSettingsSchema) schema =
      g_settings_schema_source_lookup(source, HV_SETTINGS_SCHEMA, TRUE);
  g_auto(GStrv) in_schema = NULL;
  g_autoptr(HvSettings) settings = hv_settings_new();

  assert_non_null(schema);
  assert_true(hv_settings_are_kept(settings));
  in_schema = g_settings_schema_list_keys(schema);
  assert_int_equal(g_strv_length(in_schema), g_strv_length((char **)hv_settings_keys()));
  for (guint i = 0; in_schema[i] != NULL; i++) {
    g_autoptr(GSettingsSchemaKey) key = g_settings_schema_get_key(schema, in_schema[i]);
    g_autoptr(GVariant) expected = g_settings_schema_key_get_default_value(key);
    g_autoptr(GVariant) value =
        g_variant_parse(NULL, hv_settings_default(in_schema[i]), NULL, NULL, NULL);

    assert_true(g_variant_equal(value, expected));
    hv_settings_set(settings, in_schema[i], g_variant_ref(value));
  }
  hv_settings_set(settings, "history-mebibytes", g_variant_new_uint32(16));
  assert_int_equal(hv_settings_get_count(settings, "history-mebibytes"), 16);
}

/* The page has the map in small, with a frame around what the map shows; pressing goes there. */
static void test_minimap(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  GtkWidget *window = gtk_window_new();
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *scroller = gtk_scrolled_window_new();
  HvHeapMap *map = HV_HEAP_MAP(hv_heap_map_new());
  HvMinimap *minimap = g_object_new(HV_TYPE_MINIMAP, NULL);
  double y = -1, height = 0, low = -1;
  guint64 begin = 0, end = 0;

  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), GTK_WIDGET(map));
  gtk_widget_set_hexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(box), scroller);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(minimap));
  gtk_window_set_child(GTK_WINDOW(window), box);
  gtk_window_set_default_size(GTK_WINDOW(window), 700, 500);
  hv_minimap_set_palette(minimap, hv_palette_get(HV_THEME_LIGHT));
  hv_minimap_set_map(minimap, map);
  assert_false(hv_minimap_get_frame(minimap, &y, &height));
  hv_heap_map_set_heap(map, pyramid, 1);
  gtk_window_present(GTK_WINDOW(window));
  for (int i = 0; i < 500 && !(hv_heap_map_is_settled(map) && hv_minimap_is_current(minimap)); i++)
    ui_idle(10);
  assert_true(hv_minimap_is_current(minimap));
  /* All is in view: the frame is around all. */
  assert_true(hv_minimap_get_frame(minimap, &y, &height));
  assert_true(y < 40 && height > 300);
  hv_heap_map_zoom(map, 5, 0);
  /* With the next frame of the window, which a slow machine draws late. */
  for (int i = 0; i < 500 && height >= 120; i++) {
    ui_idle(10);
    assert_true(hv_minimap_get_frame(minimap, &y, &height));
  }
  assert_true(height < 120);
  /* Further down in it is further down in the heap; the frame follows. */
  for (int part = 1; part <= 3; part++) {
    guint64 before = begin;

    hv_minimap_go(minimap, 30, 100 * part);
    ui_idle(50);
    assert_true(hv_heap_map_get_window(map, &begin, &end));
    assert_true(begin > before);
    assert_true(hv_minimap_get_frame(minimap, &y, &height));
    assert_true(y > low);
    low = y;
  }
  /* Beyond either end is the end. */
  hv_minimap_go(minimap, -50, -50);
  hv_minimap_go(minimap, 5000, 5000);
  assert_true(hv_minimap_get_frame(minimap, &y, &height));
  assert_true(y + height <= gtk_widget_get_height(GTK_WIDGET(minimap)) + 1);
  hv_heap_map_set_heap(map, NULL, 0);
  ui_idle(50);
  assert_false(hv_minimap_get_frame(minimap, &y, &height));
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_details_tell_every_block),
      cmocka_unit_test(test_a_snapshot_opens),
      cmocka_unit_test(test_every_shape_of_heap),
      cmocka_unit_test(test_query_filters_and_links),
      cmocka_unit_test(test_search_turns_the_map),
      cmocka_unit_test(test_settings),
      cmocka_unit_test(test_minimap),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("widgets", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
