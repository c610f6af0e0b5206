/* SPDX-License-Identifier: MIT */
/*
 * The window of shortcuts against the keys that are bound, in process (run by with_display.sh):
 * what it shows is bound, and what the application, its windows and the map bind is shown. Keys of
 * the keypad, = for +, and arrows in other directions go with those that are shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>
#include <string.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/ui/application.h"
#include "viewer/ui/heap_map.h"
#include "viewer/ui/table.h"

static HvApplication *application;

/* ---- names of keys ---- */

static guint plain_key(guint key) {
  static const guint same[][2] = {
      {GDK_KEY_KP_Page_Up, GDK_KEY_Page_Up}, {GDK_KEY_KP_Page_Down, GDK_KEY_Page_Down},
      {GDK_KEY_KP_Add, GDK_KEY_plus},        {GDK_KEY_equal, GDK_KEY_plus},
      {GDK_KEY_KP_Subtract, GDK_KEY_minus},  {GDK_KEY_KP_0, GDK_KEY_0},
      {GDK_KEY_KP_Enter, GDK_KEY_Return},    {GDK_KEY_KP_Left, GDK_KEY_Right},
      {GDK_KEY_KP_Right, GDK_KEY_Right},     {GDK_KEY_KP_Up, GDK_KEY_Right},
      {GDK_KEY_KP_Down, GDK_KEY_Right},      {GDK_KEY_Left, GDK_KEY_Right},
      {GDK_KEY_Up, GDK_KEY_Right},           {GDK_KEY_Down, GDK_KEY_Right},
  };

  for (guint i = 0; i < G_N_ELEMENTS(same); i++) {
    if (same[i][0] == key)
      return same[i][1];
  }
  return gdk_keyval_to_lower(key);
}

static void add_key(GHashTable *keys, guint key, GdkModifierType modifiers) {
  g_hash_table_add(keys, gtk_accelerator_name(plain_key(key), modifiers));
}

static GHashTable *keys_new(void) {
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* Fails naming all keys of @some that are not in @others. */
static void assert_all_in(GHashTable *some, GHashTable *others, const char *what) {
  g_autoptr(GString) missing = g_string_new(NULL);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init(&iter, some);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    if (!g_hash_table_contains(others, key))
      g_string_append_printf(missing, " %s", (const char *)key);
  }
  if (missing->len > 0)
    fail_msg("%s:%s", what, missing->str);
}

/* ---- what is shown ---- */

/* "1...8", "<alt>1...9", "a b" */
static void add_accelerators(GHashTable *keys, const char *text) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);

  for (guint i = 0; words[i] != NULL; i++) {
    char *dots = strstr(words[i], "...");
    guint first, last;
    GdkModifierType modifiers;

    if (dots == NULL) {
      assert_true(gtk_accelerator_parse(words[i], &first, &modifiers));
      add_key(keys, first, modifiers);
      continue;
    }
    *dots = '\0';
    assert_true(gtk_accelerator_parse(dots + 3, &last, &modifiers));
    assert_true(gtk_accelerator_parse(words[i], &first, &modifiers));
    for (; first <= last; first++)
      add_key(keys, first, modifiers);
  }
}

static void add_action(GHashTable *keys, const char *action) {
  g_auto(GStrv) accels =
      gtk_application_get_accels_for_action(GTK_APPLICATION(application), action);

  for (guint i = 0; accels[i] != NULL; i++)
    add_accelerators(keys, accels[i]);
}

static void add_shown(GtkWidget *widget, GHashTable *keys) {
  if (GTK_IS_SHORTCUTS_SHORTCUT(widget)) {
    g_autofree char *accelerator = NULL;
    g_autofree char *action = NULL;

    g_object_get(widget, "accelerator", &accelerator, "action-name", &action, NULL);
    assert_true(accelerator != NULL || action != NULL);
    if (action != NULL)
      add_action(keys, action);
    else
      add_accelerators(keys, accelerator);
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    add_shown(child, keys);
}

/* ---- what is bound ---- */

static void add_trigger(GtkShortcutTrigger *trigger, GHashTable *keys) {
  if (GTK_IS_KEYVAL_TRIGGER(trigger)) {
    GtkKeyvalTrigger *key = GTK_KEYVAL_TRIGGER(trigger);

    add_key(keys, gtk_keyval_trigger_get_keyval(key), gtk_keyval_trigger_get_modifiers(key));
  } else if (GTK_IS_ALTERNATIVE_TRIGGER(trigger)) {
    add_trigger(gtk_alternative_trigger_get_first(GTK_ALTERNATIVE_TRIGGER(trigger)), keys);
    add_trigger(gtk_alternative_trigger_get_second(GTK_ALTERNATIVE_TRIGGER(trigger)), keys);
  }
}

static gboolean is_action_of_ours(GtkShortcutAction *action) {
  const char *name =
      GTK_IS_NAMED_ACTION(action) ? gtk_named_action_get_action_name(GTK_NAMED_ACTION(action)) : "";

  return g_str_has_prefix(name, "win.") || g_str_has_prefix(name, "app.");
}

/* Keys of the shortcuts of @widget; @ours: only those for actions of windows and application. */
static void add_bound(GtkWidget *widget, gboolean ours, GHashTable *keys) {
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);

  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);

    if (!GTK_IS_SHORTCUT_CONTROLLER(controller))
      continue;
    for (guint j = 0; j < g_list_model_get_n_items(G_LIST_MODEL(controller)); j++) {
      g_autoptr(GtkShortcut) shortcut = g_list_model_get_item(G_LIST_MODEL(controller), j);

      if (!ours || is_action_of_ours(gtk_shortcut_get_action(shortcut)))
        add_trigger(gtk_shortcut_get_trigger(shortcut), keys);
    }
  }
}

static void add_bound_below(GtkWidget *widget, GHashTable *keys) {
  add_bound(widget, FALSE, keys);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    add_bound_below(child, keys);
}

static void add_application(GHashTable *keys) {
  g_auto(GStrv) actions = gtk_application_list_action_descriptions(GTK_APPLICATION(application));

  for (guint i = 0; actions[i] != NULL; i++)
    add_action(keys, actions[i]);
}

static void test_shown_is_bound(void **state) {
  HvWindow *window = hv_window_new(application);
  GtkShortcutsWindow *overlay =
      gtk_application_window_get_help_overlay(GTK_APPLICATION_WINDOW(window));
  HvHeapMap *map = hv_heap_page_get_map(hv_window_get_heap_page(window));
  g_autoptr(GHashTable) shown = keys_new();
  g_autoptr(GHashTable) anything = keys_new();
  g_autoptr(GHashTable) ours = keys_new();

  assert_non_null(overlay);
  add_shown(GTK_WIDGET(overlay), shown);
  assert_true(g_hash_table_size(shown) > 40);
  add_application(anything);
  add_bound_below(GTK_WIDGET(window), anything);
  g_hash_table_remove(shown, "F10"); /* GTK's own, of the button that has the menu */
  assert_all_in(shown, anything, "shown, but not bound");

  g_hash_table_add(shown, g_strdup("F10"));
  add_application(ours);
  add_bound(GTK_WIDGET(window), TRUE, ours);
  add_bound(GTK_WIDGET(map), FALSE, ours);
  assert_true(g_hash_table_size(ours) > 40);
  assert_all_in(ours, shown, "bound, but not shown");
  gtk_window_destroy(GTK_WINDOW(window));
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_shown_is_bound)};
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("shortcuts", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
