/* SPDX-License-Identifier: MIT */
/* See label.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/label.h"

#include "viewer/ui/tip.h"

gboolean hv_label_show(GtkLabel *label, const char *text) {
  if (g_strcmp0(gtk_label_get_text(label), text) == 0)
    return FALSE;
  gtk_label_set_text(label, text);
  return TRUE;
}

void hv_label_show_or_tip(GtkLabel *label, const char *text) {
  if (hv_label_show(label, text))
    hv_tip_set(GTK_WIDGET(label), text);
}

GtkWidget *hv_inscription_new(guint chars, float xalign) {
  GtkWidget *inscription = gtk_inscription_new(NULL);

  gtk_inscription_set_min_chars(GTK_INSCRIPTION(inscription), chars);
  gtk_inscription_set_nat_chars(GTK_INSCRIPTION(inscription), chars);
  gtk_inscription_set_xalign(GTK_INSCRIPTION(inscription), xalign);
  gtk_inscription_set_text_overflow(GTK_INSCRIPTION(inscription),
                                    GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_set_valign(inscription, GTK_ALIGN_CENTER); /* no room for a part of a second line */
  return inscription;
}

gboolean hv_inscription_show(GtkInscription *inscription, const char *text) {
  if (g_strcmp0(gtk_inscription_get_text(inscription), text) == 0)
    return FALSE;
  gtk_inscription_set_text(inscription, text);
  return TRUE;
}

GtkWidget *hv_label_new_sentences(int chars) {
  GtkWidget *label = gtk_label_new(NULL);

  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(label), chars);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_selectable(GTK_LABEL(label), TRUE);
  return label;
}
