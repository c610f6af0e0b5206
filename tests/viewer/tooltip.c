/* SPDX-License-Identifier: MIT */
/* See tooltip.h. */
#include "tests/viewer/tooltip.h"

void __real_gtk_tooltip_set_text(GtkTooltip *tooltip, const char *text);
void __wrap_gtk_tooltip_set_text(GtkTooltip *tooltip, const char *text);

static char *told; /* the last text of any tooltip */

void __wrap_gtk_tooltip_set_text(GtkTooltip *tooltip, const char *text) {
  g_free(told);
  told = g_strdup(text);
  __real_gtk_tooltip_set_text(tooltip, text);
}

char *tooltip_dup(GtkWidget *widget) {
  return tooltip_dup_at(widget, gtk_widget_get_width(widget) / 2,
                        gtk_widget_get_height(widget) / 2);
}

char *tooltip_dup_at(GtkWidget *widget, int x, int y) {
  g_autoptr(GtkTooltip) tooltip = NULL;
  gboolean has_one = FALSE;

  if (!gtk_widget_get_has_tooltip(widget))
    return NULL;
  tooltip = g_object_new(GTK_TYPE_TOOLTIP, NULL);
  g_clear_pointer(&told, g_free);
  g_signal_emit_by_name(widget, "query-tooltip", x, y, FALSE, tooltip, &has_one);
  if (!has_one)
    return NULL;
  /* GTK itself answers for a widget whose text never changes. */
  return told != NULL ? g_steal_pointer(&told) : g_strdup(gtk_widget_get_tooltip_text(widget));
}

static void note_change(GtkWidget *widget, GParamSpec *property, guint *changes) {
  (*changes)++;
  g_printerr("%s of a %s\n", property->name, G_OBJECT_TYPE_NAME(widget));
}

void tooltip_watch(GtkWidget *widget, guint *changes) {
  static const char *const signals[] = {"notify::tooltip-text", "notify::tooltip-markup",
                                        "notify::has-tooltip"};

  for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
    g_signal_connect(widget, signals[i], G_CALLBACK(note_change), changes);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    tooltip_watch(child, changes);
}

void tooltip_unwatch(GtkWidget *widget, guint *changes) {
  g_signal_handlers_disconnect_by_func(widget, note_change, changes);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    tooltip_unwatch(child, changes);
}
