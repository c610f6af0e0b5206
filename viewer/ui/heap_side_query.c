/* SPDX-License-Identifier: MIT */
/* The filter of the panel: see heap_side.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include <glib/gi18n.h>

#include "viewer/model/highlight.h"
#include "viewer/model/units.h"
#include "viewer/ui/heap_side_private.h"
#include "viewer/ui/tip.h"

#define VERDICT_CHARS 44 /* in a line of the panel at its narrowest */
#define VERDICT_LINES 6

HvQuery *hv_side_list_query(HvHeapSide *self, HvListKind kind) {
  if (self->query == NULL || (hv_query_fields(self->query) & ~hv_list_fields(kind)) != 0)
    return NULL;
  return self->query;
}

static void side_tell(HvHeapSide *self, const char *text, gboolean wrong) {
  guint lines = MIN(1 + (guint)g_utf8_strlen(text, -1) / VERDICT_CHARS, VERDICT_LINES);

  gtk_inscription_set_text(self->verdict, text);
  gtk_inscription_set_min_lines(self->verdict, lines);
  gtk_inscription_set_nat_lines(self->verdict, lines);
  hv_tip_set(GTK_WIDGET(self->verdict), text);
  gtk_widget_set_visible(GTK_WIDGET(self->verdict), *text != '\0');
  if (wrong) {
    gtk_widget_add_css_class(GTK_WIDGET(self->verdict), "error");
    gtk_widget_add_css_class(GTK_WIDGET(self->entry), "error");
  } else {
    gtk_widget_remove_css_class(GTK_WIDGET(self->verdict), "error");
    gtk_widget_remove_css_class(GTK_WIDGET(self->entry), "error");
  }
  gtk_accessible_update_state(GTK_ACCESSIBLE(self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                              wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                              -1);
}

void hv_heap_side_search_changed(HvHeapSide *self) {
  const char *text = gtk_editable_get_text(self->entry);
  g_autoptr(GError) error = NULL;
  guint position = 0;

  g_clear_pointer(&self->query, hv_query_unref);
  g_clear_pointer(&self->problem, g_free);
  self->query = hv_query_parse(text, &position, &error);
  if (self->query == NULL) {
    self->problem = g_strdup_printf(_("At character %u: %s."), position + 1, error->message);
    side_tell(self, self->problem, TRUE);
  } else {
    if (hv_query_is_empty(self->query))
      g_clear_pointer(&self->query, hv_query_unref);
    side_tell(self, "", FALSE);
  }
  hv_side_fill(self);
  g_signal_emit_by_name(self, "search-changed");
}

void hv_heap_side_search_stopped(HvHeapSide *self) {
  gtk_editable_set_text(self->entry, "");
}

void hv_heap_side_set_search(HvHeapSide *self, const char *text) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  if (g_strcmp0(gtk_editable_get_text(self->entry), text) == 0)
    return;
  gtk_editable_set_text(self->entry, text);
  gtk_editable_set_position(self->entry, -1);
}

const char *hv_heap_side_get_search(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  return gtk_editable_get_text(self->entry);
}

HvQuery *hv_heap_side_get_query(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return self->query;
}

const char *hv_heap_side_get_problem(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  return self->problem != NULL ? self->problem : "";
}

void hv_heap_side_show_found(HvHeapSide *self, HvHighlight *highlight) {
  g_autofree char *count = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *text = NULL;
  guint page = hv_side_page(self);
  guint32 missing = 0;

  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  if (self->problem != NULL || self->query == NULL || highlight == NULL)
    return;
  if (page >= HV_SIDE_LISTS && page < HV_SIDE_RELEASE)
    missing = hv_query_fields(self->query) & ~hv_list_fields((HvListKind)(page - HV_SIDE_LISTS));
  else if (page == HV_SIDE_MAPPINGS)
    missing = G_MAXUINT32; /* it is of no heap */
  count = hv_format_count(hv_highlight_things(highlight));
  bytes = hv_format_bytes((gint64)hv_highlight_bytes(highlight));
  text = g_strdup_printf(
      missing != 0 ? _("%s on the map, %s. This list lacks what is asked for: all is shown.")
                   : _("%s on the map, %s"),
      count, bytes);
  side_tell(self, text, FALSE);
}

void hv_heap_side_focus_search(HvHeapSide *self) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  gtk_widget_grab_focus(GTK_WIDGET(self->entry));
  gtk_editable_select_region(self->entry, 0, -1);
}
