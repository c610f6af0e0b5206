/* SPDX-License-Identifier: MIT */
/*
 * The reasons in process (run by with_display.sh): what their buttons turn to, and what helps
 * against each.
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
#include "viewer/model/holders.h"
#include "viewer/model/trim.h"
#include "viewer/ui/holders_label.h"
#include "viewer/ui/reasons_box.h"
#include "viewer/ui/window.h"

static HvApplication *application;

/* The HvHoldersLabel in @widget, opened by the menu button in the same line, says @wanted of a
 * question that takes a thread. */
static void expect_holders(GtkMenuButton *button, const char *wanted) {
  GtkWidget *popover = GTK_WIDGET(gtk_menu_button_get_popover(button));
  HvHoldersLabel *label = HV_HOLDERS_LABEL(ui_find(popover, HV_TYPE_HOLDERS_LABEL));
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  gtk_menu_button_popup(button);
  while (g_strcmp0(hv_holders_label_get_text(label), wanted) != 0) {
    if (g_get_monotonic_time() > deadline_us)
      fail_msg("it says \"%s\", not \"%s\"", hv_holders_label_get_text(label), wanted);
    ui_idle(20);
  }
  assert_int_equal(gtk_widget_get_visible(GTK_WIDGET(label)), *wanted != '\0');
  gtk_menu_button_popdown(button);
}

/* Show turns the map to a reason that is on it, and to the list of mappings for the others, whose
 * buttons are pressed while it is on screen. */
static void test_reasons_show(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT,
                           .rss_bytes = 9 << 20,
                           .file_bytes = 1 << 20,
                           .state[HV_STATE_LIVE] = 4 << 20,
                           .state[HV_STATE_CACHED] = 2 << 20};
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
  g_autoptr(GArray) classes = hv_class_sums_new(frame);
  g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, NULL);
  GtkWidget *window = gtk_window_new();
  GtkWidget *box = g_object_new(HV_TYPE_REASONS_BOX, NULL);
  guint shown = 0, elsewhere = 0, i = 0;
  GtkWidget *line;

  gtk_window_set_child(GTK_WINDOW(window), box);
  hv_reasons_box_set_reasons(HV_REASONS_BOX(box), reasons, frame);
  gtk_window_present(GTK_WINDOW(window));
  ui_idle(100);
  line = gtk_widget_get_parent(ui_find(box, GTK_TYPE_TOGGLE_BUTTON));
  for (; i < hv_reasons_count(reasons); i++, line = gtk_widget_get_next_sibling(line)) {
    GtkWidget *show = ui_find(line, GTK_TYPE_TOGGLE_BUTTON);
    gboolean can_show = hv_reasons_get(reasons, i)->query != NULL;
    g_autofree char *tooltip = tooltip_dup(show);

    assert_true(gtk_widget_get_sensitive(show));
    assert_true(gtk_widget_get_opacity(show) > 0.99);
    assert_int_equal(g_str_has_prefix(tooltip, "It is not on the map"), !can_show);
    assert_false(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(show)));
    hv_reasons_box_set_list(HV_REASONS_BOX(box), "mappings");
    assert_int_equal(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(show)), !can_show);
    hv_reasons_box_set_list(HV_REASONS_BOX(box), "spans");
    shown += can_show;
    elsewhere += !can_show;
  }
  assert_true(shown >= 2);
  assert_int_equal(elsewhere, 2); /* not heap, unexplained */
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* What helps against a reason says who holds it, as far as its places have sampled blocks. */
static void test_reasons_name_holders(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
  HvWindow *window = hv_window_new(application);
  GtkWidget *box = ui_find(GTK_WIDGET(window), HV_TYPE_REASONS_BOX);
  HvReasons *reasons;
  GtkWidget *line;
  guint held = 0, i = 0;

  gtk_window_present(GTK_WINDOW(window));
  ui_open_frame(window, frame);
  reasons = hv_reasons_box_get_reasons(HV_REASONS_BOX(box));
  line = gtk_widget_get_parent(gtk_widget_get_parent(ui_find(box, GTK_TYPE_TOGGLE_BUTTON)));
  for (line = gtk_widget_get_first_child(line); i < hv_reasons_count(reasons); i++) {
    const char *query = hv_reasons_get(reasons, i)->query;
    g_autofree char *told = hv_holders_tell(profile, query);
    g_autofree char *wanted = told == NULL ? g_strdup("No block of it was sampled.")
                                           : g_strconcat("Who holds it\n", told, NULL);

    expect_holders(GTK_MENU_BUTTON(gtk_widget_get_last_child(line)), query == NULL ? "" : wanted);
    held += told != NULL;
    line = gtk_widget_get_next_sibling(line);
  }
  assert_true(held > 0 && held < i);
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

/* Whether a label in @widget says @text. */
static gboolean is_said(GtkWidget *widget, const char *text) {
  if (GTK_IS_LABEL(widget) && g_str_equal(gtk_label_get_text(GTK_LABEL(widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    if (is_said(child, text))
      return TRUE;
  return FALSE;
}

/* Where a trim helps, it is told what it would give back, once the popover is open. */
static void test_trims_are_weighed(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT,
                           .rss_bytes = 9 << 20,
                           .state[HV_STATE_DIRTY] = 4 << 20,
                           .state[HV_STATE_FREE] = 2 << 20};
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
  g_autoptr(GArray) classes = hv_class_sums_new(frame);
  g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, NULL);
  gboolean exact = FALSE;
  guint64 bytes = hv_trim_bytes(frame, reasons, &exact);
  g_autofree char *wanted = hv_trim_describe(bytes, exact);
  GtkWidget *window = gtk_window_new();
  GtkWidget *box = g_object_new(HV_TYPE_REASONS_BOX, NULL);
  guint weighed = 0;
  GtkWidget *line;

  assert_true(exact && strstr(wanted, "MiB") != NULL);
  gtk_window_set_child(GTK_WINDOW(window), box);
  hv_reasons_box_set_reasons(HV_REASONS_BOX(box), reasons, frame);
  gtk_window_present(GTK_WINDOW(window));
  ui_idle(100);
  line = gtk_widget_get_parent(ui_find(box, GTK_TYPE_TOGGLE_BUTTON));
  for (guint i = 0; i < hv_reasons_count(reasons); i++, line = gtk_widget_get_next_sibling(line)) {
    GtkMenuButton *help = GTK_MENU_BUTTON(gtk_widget_get_last_child(line));
    GtkWidget *popover = GTK_WIDGET(gtk_menu_button_get_popover(help));
    gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

    if (!hv_reasons_get(reasons, i)->can_trim)
      continue;
    gtk_menu_button_popup(help);
    while (!is_said(popover, wanted)) {
      assert_true(g_get_monotonic_time() < deadline_us);
      ui_idle(20);
    }
    gtk_menu_button_popdown(help);
    weighed++;
  }
  assert_true(weighed >= 2);
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(50);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reasons_show),
      cmocka_unit_test(test_reasons_name_holders),
      cmocka_unit_test(test_trims_are_weighed),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("reasons_box", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
