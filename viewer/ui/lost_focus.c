/* SPDX-License-Identifier: MIT */
/* See lost_focus.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/lost_focus.h"

/* Of one window, which owns it. */
typedef struct {
  GtkWindow *window;
  GWeakRef last;   /* what had the focus in the window itself, not in a popover */
  GWeakRef before; /* what had it when the menu opened */
  guint idle_id;
} Watch;

static gboolean watch_return(gpointer data) {
  Watch *watch = data;
  GtkWidget *focus = gtk_window_get_focus(watch->window);
  g_autoptr(GtkWidget) last = g_weak_ref_get(&watch->last);

  watch->idle_id = 0;
  if (focus != NULL && !gtk_widget_get_mapped(focus))
    gtk_window_set_focus(watch->window, last != NULL && gtk_widget_get_mapped(last) ? last : NULL);
  return G_SOURCE_REMOVE;
}

static void focus_changed(GtkWindow *window, GParamSpec *property, Watch *watch) {
  GtkWidget *focus = gtk_window_get_focus(window);

  if (focus == NULL)
    return;
  if (gtk_widget_get_native(focus) == GTK_NATIVE(window))
    g_weak_ref_set(&watch->last, focus);
  else if (watch->idle_id == 0) /* in a popover, which may be on its way out */
    watch->idle_id = g_idle_add(watch_return, watch);
}

static void menu_shown(GtkWidget *menu, Watch *watch) {
  g_autoptr(GtkWidget) last = g_weak_ref_get(&watch->last);

  g_weak_ref_set(&watch->before, last);
}

/* GTK has given the focus to the button of the menu, whatever F10 was pressed in. */
static void menu_closed(GtkWidget *menu, Watch *watch) {
  GtkWidget *button = gtk_widget_get_parent(menu);
  GtkWidget *focus = gtk_window_get_focus(watch->window);
  g_autoptr(GtkWidget) before = g_weak_ref_get(&watch->before);

  if (focus != NULL && before != NULL && gtk_widget_is_ancestor(focus, button) &&
      gtk_widget_get_mapped(before))
    gtk_window_set_focus(watch->window, before);
}

static void watch_free(gpointer data) {
  Watch *watch = data;

  g_clear_handle_id(&watch->idle_id, g_source_remove);
  g_weak_ref_clear(&watch->last);
  g_weak_ref_clear(&watch->before);
  g_free(watch);
}

void hv_lost_focus_return(GtkWindow *window, GtkPopover *menu) {
  Watch *watch = g_new0(Watch, 1);

  watch->window = window;
  g_weak_ref_init(&watch->last, NULL);
  g_weak_ref_init(&watch->before, NULL);
  g_signal_connect(menu, "show", G_CALLBACK(menu_shown), watch);
  g_signal_connect(menu, "hide", G_CALLBACK(menu_closed), watch);
  g_signal_connect(window, "notify::focus-widget", G_CALLBACK(focus_changed), watch);
  g_object_set_data_full(G_OBJECT(window), "hv-lost-focus", watch, watch_free);
}
