/* SPDX-License-Identifier: MIT */
/* See timeline_key.h. Texts have the room they may need from the start, so that the timeline keeps
 * its width. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/timeline_key.h"

#include <glib/gi18n.h>

#define CHARS 17 /* "churn 1,023 KiB/s" */

struct _HvTimelineKey {
  GtkWidget parent_instance;
  GtkWidget *lines[2]; /* GtkInscription: bytes, churn */
  HvStripScale scale;
  const HvPalette *palette;
};

G_DEFINE_FINAL_TYPE(HvTimelineKey, hv_timeline_key, GTK_TYPE_WIDGET)

void hv_timeline_key_set(HvTimelineKey *self, const HvStripScale *scale, const HvPalette *palette) {
  g_autofree char *bytes = hv_strip_describe_bytes(scale);
  g_autofree char *churn = NULL;
  g_autofree char *line = NULL;

  g_return_if_fail(HV_IS_TIMELINE_KEY(self));
  if (palette == self->palette && scale->bytes == self->scale.bytes &&
      scale->churn_bytes == self->scale.churn_bytes)
    return;
  self->scale = *scale;
  self->palette = palette;
  churn = hv_strip_describe_churn(scale);
  line = g_markup_printf_escaped("<span foreground=\"#%06x\">━</span> %s",
                                 hv_strip_churn_colour(palette) & 0xffffff, churn);
  gtk_inscription_set_text(GTK_INSCRIPTION(self->lines[0]), bytes);
  gtk_inscription_set_markup(GTK_INSCRIPTION(self->lines[1]), line);
  gtk_widget_set_visible(self->lines[1], scale->churn_bytes >= 0);
}

static void hv_timeline_key_dispose(GObject *object) {
  HvTimelineKey *self = HV_TIMELINE_KEY(object);

  for (guint i = 0; i < G_N_ELEMENTS(self->lines); i++)
    g_clear_pointer(&self->lines[i], gtk_widget_unparent);
  G_OBJECT_CLASS(hv_timeline_key_parent_class)->dispose(object);
}

static void hv_timeline_key_class_init(HvTimelineKeyClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_timeline_key_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "timelinekey");
}

static void hv_timeline_key_init(HvTimelineKey *self) {
  GtkLayoutManager *layout = gtk_widget_get_layout_manager(GTK_WIDGET(self));

  gtk_orientable_set_orientation(GTK_ORIENTABLE(layout), GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_tooltip_text(
      GTK_WIDGET(self),
      _("What the height of the timeline stands for: the bytes of the ledger, and for "
        "the line the bytes of blocks that change a second.\n"
        "Shift and dragging on the timeline compares two moments."));
  for (guint i = 0; i < G_N_ELEMENTS(self->lines); i++) {
    self->lines[i] = gtk_inscription_new(NULL);
    gtk_inscription_set_min_chars(GTK_INSCRIPTION(self->lines[i]), CHARS);
    gtk_inscription_set_nat_chars(GTK_INSCRIPTION(self->lines[i]), CHARS);
    gtk_inscription_set_text_overflow(GTK_INSCRIPTION(self->lines[i]),
                                      GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
    gtk_widget_set_parent(self->lines[i], GTK_WIDGET(self));
  }
}
