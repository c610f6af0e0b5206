/* SPDX-License-Identifier: MIT */
/* See ui_steps.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/viewer/ui_steps.h"

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

HvApplication *ui_application(int *argc, char ***argv) {
  HvApplication *application;

  gtk_test_init(argc, argv);
  application = hv_application_new();
  g_application_set_flags(G_APPLICATION(application), G_APPLICATION_NON_UNIQUE);
  assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));
  return application;
}

void ui_idle(guint ms) {
  gint64 deadline_us = g_get_monotonic_time() + (gint64)ms * 1000;

  while (g_get_monotonic_time() < deadline_us) {
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(2000);
  }
}

static char *window_text(HvWindow *window, const char *action) {
  g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(window), action);

  return g_variant_dup_string(state, NULL);
}

const char *ui_said(HvWindow *window) {
  GtkWidget *label = ui_find(ui_find(GTK_WIDGET(window), GTK_TYPE_INFO_BAR), GTK_TYPE_LABEL);

  return gtk_label_get_text(GTK_LABEL(label));
}

char *ui_exported(HvWindow *window) {
  return window_text(window, "exported");
}

void ui_wait_for_status(HvWindow *window, const char *wanted) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  g_autofree char *status = NULL;

  do {
    ui_idle(20);
    g_free(status);
    status = window_text(window, "status");
  } while (g_strcmp0(status, wanted) != 0 && g_get_monotonic_time() < deadline_us);
  assert_string_equal(status, wanted);
}

GtkWidget *ui_find_if(GtkWidget *widget, UiMatch matches, gconstpointer wanted) {
  if (matches(widget, wanted))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = ui_find_if(child, matches, wanted);

    if (found != NULL)
      return found;
  }
  return NULL;
}

static gboolean has_type(GtkWidget *widget, gconstpointer wanted) {
  return G_TYPE_CHECK_INSTANCE_TYPE(widget, *(const GType *)wanted);
}

GtkWidget *ui_find(GtkWidget *widget, GType type) {
  return ui_find_if(widget, has_type, &type);
}

static gboolean has_text(GtkWidget *widget, gconstpointer wanted) {
  const char *own = GTK_IS_BUTTON(widget)  ? gtk_button_get_label(GTK_BUTTON(widget))
                    : GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget))
                                           : NULL;

  return g_strcmp0(own, wanted) == 0;
}

GtkWidget *ui_find_text(GtkWidget *widget, const char *text) {
  return ui_find_if(widget, has_text, text);
}

static gboolean is_table(GtkWidget *widget, gconstpointer wanted) {
  return HV_IS_TABLE(widget) && g_strcmp0(gtk_widget_get_name(widget), wanted) == 0;
}

HvTable *ui_find_table(GtkWidget *widget, const char *name) {
  return (HvTable *)ui_find_if(widget, is_table, name);
}

void ui_enter(GtkWidget *widget) {
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);

  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);

    if (GTK_IS_EVENT_CONTROLLER_MOTION(controller))
      g_signal_emit_by_name(controller, "enter", 1.0, 1.0);
  }
}

gboolean ui_press_alt(GtkWidget *widget, guint digit) {
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);
  GtkWidget *child;

  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    guint n = GTK_IS_SHORTCUT_CONTROLLER(controller)
                  ? g_list_model_get_n_items(G_LIST_MODEL(controller))
                  : 0;
    for (guint j = 0; j < n; j++) {
      g_autoptr(GtkShortcut) shortcut = g_list_model_get_item(G_LIST_MODEL(controller), j);
      GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger(shortcut);
      g_autofree char *name = gtk_shortcut_trigger_to_string(trigger);
      g_autofree char *wanted = g_strdup_printf("<Alt>%u", digit);
      if (strcmp(name, wanted) == 0)
        return gtk_shortcut_action_activate(gtk_shortcut_get_action(shortcut), 0, widget,
                                            gtk_shortcut_get_arguments(shortcut));
    }
  }
  for (child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    if (ui_press_alt(child, digit))
      return TRUE;
  return FALSE;
}

void ui_activate(HvWindow *window, const char *action, const char *text) {
  g_action_group_activate_action(G_ACTION_GROUP(window), action,
                                 text == NULL ? NULL : g_variant_new_string(text));
}

void ui_open_frame(HvWindow *window, HvFrame *frame) {
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), "hv-window-XXXXXX.heapsnap", NULL);
  int fd = g_mkstemp(path);

  assert_true(fd >= 0);
  assert_true(g_close(fd, NULL));
  assert_true(hv_frame_save(frame, path, NULL));
  hv_window_open(window, &(HvTarget){.path = path});
  ui_wait_for_status(window, "file");
  g_unlink(path);
}

void ui_open_heap(HvWindow *window, SyntheticKind kind) {
  g_autoptr(HvFrame) frame = synthetic_frame(kind, 5);

  ui_open_frame(window, frame);
}
