/* SPDX-License-Identifier: MIT */
/*
 * Everything fits on a screen of 800 by 600 pixels, whatever is shown and however long its names
 * are; where there is more than fits, a scrollbar says so; and no text is cut off that is told
 * nowhere else. In English and in German (run by small_window.sh and small_window_german.sh).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <locale.h>

#include "tests/viewer/tooltip.h"
#include "tests/viewer/ui_steps.h"
#include "viewer/ui/application.h"
#include "viewer/ui/compare_page.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/reasons_box.h"
#include "viewer/ui/release_view.h"
#include "viewer/ui/table.h"

enum { WIDTH_PX = 800, HEIGHT_PX = 600 };

static const char *const lists[] = {"details", "spans",   "classes", "caches",
                                    "regions", "arenas",  "stacks",  "events",
                                    "release", "changes", "profile", "mappings"};

static HvApplication *application;

static HvWindow *window_of(int width, int height) {
  HvWindow *window = hv_window_new(application);

  gtk_window_set_default_size(GTK_WINDOW(window), width, height);
  gtk_window_present(GTK_WINDOW(window));
  ui_wait_for_status(window, "processes");
  return window;
}

/* GTK makes a window larger than it is asked to be when its content asks for more. */
static void assert_fits(GtkWidget *widget, const char *what) {
  int width = 0, height = 0;

  gtk_widget_measure(widget, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  if (width > WIDTH_PX)
    fail_msg("%s: at least %d pixels wide", what, width);
  gtk_widget_measure(widget, GTK_ORIENTATION_VERTICAL, WIDTH_PX, &height, NULL, NULL, NULL);
  if (height > HEIGHT_PX)
    fail_msg("%s: at least %d pixels high", what, height);
}

static void search(HvWindow *window, const char *text) {
  g_action_group_change_action_state(G_ACTION_GROUP(window), "search", g_variant_new_string(text));
  ui_idle(50);
}

/* With a mark, a mistake in the filter and a long message, in every colour of the map. */
static void test_every_page_fits(void **state) {
  HvWindow *window = window_of(WIDTH_PX, HEIGHT_PX);
  HvHeapPage *page = hv_window_get_heap_page(window);
  g_autofree char *path = g_strnfill(250, 'x');
  g_autofree char *mistake = g_strdup_printf("fill<%s", path);

  assert_fits(GTK_WIDGET(window), "processes");
  ui_open_heap(window, SYNTHETIC_ALL_CLASSES);
  g_action_group_activate_action(G_ACTION_GROUP(window), "mark-a", NULL);
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    assert_true(hv_heap_page_show_list(page, lists[i]));
    ui_idle(150);
    assert_fits(GTK_WIDGET(window), lists[i]);
    search(window, mistake);
    assert_fits(GTK_WIDGET(window), lists[i]);
    search(window, "fill<90%");
    assert_fits(GTK_WIDGET(window), lists[i]);
    search(window, "");
  }
  for (guint lens = 0; lens < HV_LENSES; lens++) {
    hv_heap_page_set_lens(page, (HvLensKind)lens);
    ui_idle(50);
    assert_fits(GTK_WIDGET(window), hv_lens_key((HvLensKind)lens));
  }
  hv_window_say(window, GTK_MESSAGE_ERROR, path);
  ui_idle(400);
  assert_fits(GTK_WIDGET(window), "message");
  assert_int_equal(gdk_surface_get_width(gtk_native_get_surface(GTK_NATIVE(window))), WIDTH_PX);
  assert_int_equal(gdk_surface_get_height(gtk_native_get_surface(GTK_NATIVE(window))), HEIGHT_PX);
  gtk_window_destroy(GTK_WINDOW(window));
}

/* A path without a blank in it, where no line can be broken. */
static void test_long_names_fit(void **state) {
  HvWindow *window = window_of(WIDTH_PX, HEIGHT_PX);
  GString *path = g_string_new("/nowhere/");

  for (guint i = 0; i < 200; i++)
    g_string_append(path, "W");
  hv_window_open(window, &(HvTarget){.path = path->str});
  ui_wait_for_status(window, "failed");
  assert_fits(GTK_WIDGET(window), "failed");
  g_string_free(path, TRUE);
  gtk_window_destroy(GTK_WINDOW(window));
}

/* ---- what is over the window ---- */

static void assert_all_inside(GtkWidget *widget, GtkWidget *whole, const char *type,
                              guint *entries) {
  graphene_rect_t bounds;
  float height = gtk_widget_get_height(whole);

  if (!gtk_widget_get_mapped(widget))
    return;
  if (g_str_equal(G_OBJECT_TYPE_NAME(widget), type)) {
    (*entries)++;
    assert_true(gtk_widget_compute_bounds(widget, whole, &bounds));
    assert_true(bounds.origin.y >= 0);
    assert_true(bounds.origin.y + bounds.size.height <= height);
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    assert_all_inside(child, whole, type, entries);
}

/* All entries of the menu are in it at once, and it ends above the lower edge of the screen. */
static void test_the_menu_fits(void **state) {
  HvWindow *window = window_of(WIDTH_PX, HEIGHT_PX);
  GtkWidget *button = ui_find(gtk_window_get_titlebar(GTK_WINDOW(window)), GTK_TYPE_MENU_BUTTON);
  GtkWidget *menu;
  graphene_rect_t bounds;
  int height = 0;
  guint entries = 0;

  assert_non_null(button);
  gtk_menu_button_popup(GTK_MENU_BUTTON(button));
  ui_idle(500);
  menu = GTK_WIDGET(gtk_menu_button_get_popover(GTK_MENU_BUTTON(button)));
  assert_true(gtk_widget_get_mapped(menu));
  assert_all_inside(menu, menu, "GtkModelButton", &entries);
  gtk_widget_measure(menu, GTK_ORIENTATION_VERTICAL, -1, NULL, &height, NULL, NULL);
  assert_true(gtk_widget_get_height(menu) >= height);
  assert_true(gtk_widget_compute_bounds(button, GTK_WIDGET(window), &bounds));
  assert_true(bounds.origin.y + bounds.size.height + (float)height <= HEIGHT_PX);
  assert_int_equal(entries, 13);
  gtk_menu_button_popdown(GTK_MENU_BUTTON(button));
  ui_idle(300);
  gtk_window_destroy(GTK_WINDOW(window));
}

static void test_the_shortcuts_fit(void **state) {
  HvWindow *window = window_of(WIDTH_PX, HEIGHT_PX);
  GtkShortcutsWindow *shortcuts =
      gtk_application_window_get_help_overlay(GTK_APPLICATION_WINDOW(window));
  static const char *const sections[] = {"window", "heap", "map", "lists"};

  assert_non_null(shortcuts);
  gtk_window_present(GTK_WINDOW(shortcuts));
  for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
    g_object_set(shortcuts, "section-name", sections[i], NULL);
    ui_idle(300);
    assert_true(gtk_widget_get_mapped(GTK_WIDGET(shortcuts)));
    if (gtk_widget_get_width(GTK_WIDGET(shortcuts)) > WIDTH_PX ||
        gtk_widget_get_height(GTK_WIDGET(shortcuts)) > HEIGHT_PX)
      fail_msg("%s: %d by %d pixels", sections[i], gtk_widget_get_width(GTK_WIDGET(shortcuts)),
               gtk_widget_get_height(GTK_WIDGET(shortcuts)));
  }
  gtk_window_destroy(GTK_WINDOW(window));
}

/* ---- what is scrolled ---- */

/* Whether all of it can be seen along @adjustment, or else a @bar beside it. */
static gboolean shows_that_there_is_more(GtkScrolledWindow *scroller, GtkAdjustment *adjustment,
                                         GtkWidget *bar) {
  if (gtk_adjustment_get_upper(adjustment) <= gtk_adjustment_get_page_size(adjustment))
    return TRUE;
  return !gtk_scrolled_window_get_overlay_scrolling(scroller) && gtk_widget_get_mapped(bar) &&
         gtk_widget_get_child_visible(bar);
}

static void assert_scrollbars(GtkWidget *widget, const char *what, gboolean whole_columns) {
  if (!gtk_widget_get_mapped(widget))
    return;
  if (GTK_IS_SCROLLED_WINDOW(widget) && gtk_widget_get_ancestor(widget, GTK_TYPE_POPOVER) == NULL) {
    GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW(widget);
    GtkAdjustment *across = gtk_scrolled_window_get_hadjustment(scroller);
    GtkAdjustment *down = gtk_scrolled_window_get_vadjustment(scroller);

    if (!shows_that_there_is_more(scroller, across, gtk_scrolled_window_get_hscrollbar(scroller)))
      fail_msg("%s: a %s is wider than its place, and shows no scrollbar", what,
               G_OBJECT_TYPE_NAME(gtk_scrolled_window_get_child(scroller)));
    if (!shows_that_there_is_more(scroller, down, gtk_scrolled_window_get_vscrollbar(scroller)))
      fail_msg("%s: a %s is higher than its place, and shows no scrollbar", what,
               G_OBJECT_TYPE_NAME(gtk_scrolled_window_get_child(scroller)));
    /* GTK shades the edge of a list whose columns do not fill it, as if one pulled it too far. */
    if (gtk_adjustment_get_upper(across) < gtk_adjustment_get_page_size(across) ||
        (whole_columns && gtk_adjustment_get_upper(across) > gtk_adjustment_get_page_size(across)))
      fail_msg("%s: columns are %g pixels wide in a list of %g", what,
               gtk_adjustment_get_upper(across), gtk_adjustment_get_page_size(across));
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    assert_scrollbars(child, what, whole_columns);
}

/* In a small window, what does not fit is scrolled, and one sees that; in a window of the usual
 * size, lists show all of their columns. */
static void test_more_is_shown(void **state) {
  static const int sizes[][2] = {{WIDTH_PX, HEIGHT_PX}, {1200, 800}};

  for (guint size = 0; size < G_N_ELEMENTS(sizes); size++) {
    HvWindow *window = window_of(sizes[size][0], sizes[size][1]);
    HvHeapPage *page = hv_window_get_heap_page(window);

    ui_open_heap(window, SYNTHETIC_ALL_CLASSES);
    g_action_group_activate_action(G_ACTION_GROUP(window), "mark-a", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
      assert_true(hv_heap_page_show_list(page, lists[i]));
      ui_idle(300);
      assert_scrollbars(GTK_WIDGET(page), lists[i], size > 0);
    }
    gtk_window_destroy(GTK_WINDOW(window));
  }
}

/* Two whole reasons and a part of the next one, and three lines of the ledger's legend. */
static void test_reasons_have_room(void **state) {
  HvWindow *window = window_of(WIDTH_PX, HEIGHT_PX);
  GtkWidget *box;
  int width = 0, height = 0;

  ui_open_heap(window, SYNTHETIC_ALL_CLASSES);
  ui_idle(200);
  box = ui_find(GTK_WIDGET(window), HV_TYPE_REASONS_BOX);
  assert_true(hv_reasons_count(hv_reasons_box_get_reasons(HV_REASONS_BOX(box))) > 3);
  assert_true(gtk_widget_get_height(box) >= 60);
  gtk_window_get_default_size(GTK_WINDOW(window), &width, &height);
  assert_int_equal(height, HEIGHT_PX);
  gtk_window_destroy(GTK_WINDOW(window));
}

/* ---- what is written ---- */

/* Whether all of its text can be read where it is. */
static gboolean shows_all(GtkWidget *widget) {
  g_autoptr(PangoLayout) layout = NULL;
  int width, height;

  if (GTK_IS_LABEL(widget))
    return !pango_layout_is_ellipsized(gtk_label_get_layout(GTK_LABEL(widget)));
  layout =
      gtk_widget_create_pango_layout(widget, gtk_inscription_get_text(GTK_INSCRIPTION(widget)));
  pango_layout_set_width(layout, gtk_widget_get_width(widget) * PANGO_SCALE);
  pango_layout_set_wrap(layout, gtk_inscription_get_wrap_mode(GTK_INSCRIPTION(widget)));
  pango_layout_get_pixel_size(layout, &width, &height);
  return width <= gtk_widget_get_width(widget) && height <= gtk_widget_get_height(widget) + 1;
}

/* A tooltip says the text, and so does the description of the widget. */
static gboolean is_told(GtkWidget *widget, const char *text) {
  g_autofree char *tooltip = tooltip_dup(widget);
  g_autofree char *differs = NULL;

  if (g_strcmp0(tooltip, text) != 0)
    return FALSE;
  differs = gtk_test_accessible_check_property(GTK_ACCESSIBLE(widget),
                                               GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, NULL);
  return differs == NULL;
}

/* What is too long for its place is all told by a tooltip; a number or a heading is not to be too
 * long. */
static guint count_illegible(GtkWidget *widget, const char *what) {
  guint count = 0;

  /* Lists have rows at hand that are not shown yet. */
  if (!gtk_widget_get_mapped(widget) || gtk_widget_get_width(widget) == 0)
    return 0;
  if (GTK_IS_LABEL(widget) || GTK_IS_INSCRIPTION(widget)) {
    const char *text = GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget))
                                            : gtk_inscription_get_text(GTK_INSCRIPTION(widget));

    if (text == NULL || *text == '\0' || shows_all(widget) || is_told(widget, text))
      return 0;
    print_error("%s: not all of \"%s\" is seen\n", what, text);
    return 1;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    count += count_illegible(child, what);
  return count;
}

/* A heap with a bit of everything, and one of 100 GiB, whose numbers are long. */
static void test_all_is_legible(void **state) {
  static const int sizes[][2] = {{WIDTH_PX, HEIGHT_PX}, {1200, 800}};
  static const SyntheticKind kinds[] = {SYNTHETIC_ALL_CLASSES, SYNTHETIC_SPARSE};
  guint illegible = 0;

  for (guint size = 0; size < G_N_ELEMENTS(sizes); size++) {
    HvWindow *window = window_of(sizes[size][0], sizes[size][1]);

    for (guint kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
      ui_open_heap(window, kinds[kind]);
      g_action_group_activate_action(G_ACTION_GROUP(window), "mark-a", NULL);
      for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *what = g_strdup_printf("%s of %s, %d pixels wide", lists[i],
                                                synthetic_kind_name(kinds[kind]), sizes[size][0]);

        assert_true(hv_heap_page_show_list(hv_window_get_heap_page(window), lists[i]));
        ui_idle(kinds[kind] == SYNTHETIC_SPARSE ? 1500 : 300);
        illegible += count_illegible(GTK_WIDGET(window), what);
      }
    }
    gtk_window_destroy(GTK_WINDOW(window));
  }
  assert_int_equal(illegible, 0);
}

static HvMoment *moment_at(SyntheticHeap *heap, guint64 seq, guint64 realtime_ns) {
  HvMoment *moment = g_new0(HvMoment, 1);

  g_atomic_ref_count_init(&moment->references);
  moment->state = HV_SOURCE_LIVE;
  moment->content = seq;
  moment->frame = synthetic_heap_frame(heap, seq, realtime_ns, realtime_ns);
  moment->ledger = hv_ledger_new(moment->frame, NULL);
  return moment;
}

/* What changed from one day to the next, in a panel as narrow as it gets */
static void test_the_headline_is_legible(void **state) {
  const guint64 day_ns = G_GUINT64_CONSTANT(86400000000000);
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3);
  GtkWidget *window = gtk_window_new();
  GtkWidget *page = hv_compare_page_new();
  HvMoment *moments[2] = {NULL};

  gtk_window_set_child(GTK_WINDOW(window), page);
  gtk_window_set_default_size(GTK_WINDOW(window), 372, 240); /* so low that it scrolls */
  gtk_window_present(GTK_WINDOW(window));
  ui_idle(300);
  moments[0] = moment_at(heap, 1, 19000 * day_ns);
  synthetic_heap_churn(heap, 20000);
  moments[1] = moment_at(heap, 2, 19001 * day_ns);
  hv_compare_page_set(HV_COMPARE_PAGE(page), moments[0], moments[1], NULL);
  ui_idle(1500);
  assert_true(shows_all(ui_find(page, GTK_TYPE_INSCRIPTION)));
  assert_int_equal(count_illegible(page, "changes"), 0);
  gtk_window_set_child(GTK_WINDOW(window), NULL);
  gtk_window_destroy(GTK_WINDOW(window));
  for (guint i = 0; i < G_N_ELEMENTS(moments); i++)
    hv_moment_unref(moments[i]);
  synthetic_heap_free(heap);
  ui_idle(50);
}

/* A heap of 100 GiB tells of no single block: that is said right under the heading of the list. */
static void test_no_pins_are_said(void **state) {
  HvWindow *window = window_of(1200, 800);
  GtkWidget *view, *said;
  graphene_rect_t bounds;
  float height;

  ui_open_heap(window, SYNTHETIC_SPARSE);
  assert_true(hv_heap_page_show_list(hv_window_get_heap_page(window), "release"));
  ui_idle(3000);
  view = ui_find(GTK_WIDGET(window), HV_TYPE_RELEASE_VIEW);
  said = ui_find_text(view, _("No live block of a known place."));
  assert_non_null(said);
  assert_true(gtk_widget_get_mapped(said));
  assert_true(gtk_widget_compute_bounds(said, view, &bounds));
  height = gtk_widget_get_height(view);
  assert_true(bounds.origin.y + bounds.size.height <= height);
  gtk_window_destroy(GTK_WINDOW(window));
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_page_fits),  cmocka_unit_test(test_long_names_fit),
      cmocka_unit_test(test_the_menu_fits),    cmocka_unit_test(test_the_shortcuts_fit),
      cmocka_unit_test(test_more_is_shown),    cmocka_unit_test(test_reasons_have_room),
      cmocka_unit_test(test_all_is_legible),   cmocka_unit_test(test_the_headline_is_legible),
      cmocka_unit_test(test_no_pins_are_said),
  };
  const char *folder = g_getenv("TEXTDOMAINDIR");
  int failures;

  setlocale(LC_ALL, "");
  bindtextdomain(PACKAGE, folder != NULL ? folder : "/nowhere");
  bind_textdomain_codeset(PACKAGE, "UTF-8");
  textdomain(PACKAGE);
  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("small window", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
