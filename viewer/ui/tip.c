/* SPDX-License-Identifier: MIT */
/* See tip.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/tip.h"

static GQuark tip_quark(void) {
  return g_quark_from_static_string("hv-tip");
}

static gboolean tip_query(GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip,
                          gpointer data) {
  const char *text = g_object_get_qdata(G_OBJECT(widget), tip_quark());

  gtk_tooltip_set_text(tooltip, text);
  return text != NULL;
}

void hv_tip_set(GtkWidget *widget, const char *text) {
  const char *before;

  g_return_if_fail(GTK_IS_WIDGET(widget));
  before = g_object_get_qdata(G_OBJECT(widget), tip_quark());
  if (text != NULL && *text == '\0')
    text = NULL;
  if (g_strcmp0(before, text) == 0)
    return;
  /* For good: that there is nothing to say is an answer, too. */
  if (!gtk_widget_get_has_tooltip(widget)) {
    gtk_widget_set_has_tooltip(widget, TRUE);
    g_signal_connect(widget, "query-tooltip", G_CALLBACK(tip_query), NULL);
  }
  g_object_set_qdata_full(G_OBJECT(widget), tip_quark(), g_strdup(text), g_free);
  if (text != NULL)
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   text, -1);
  else
    gtk_accessible_reset_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}
