/* SPDX-License-Identifier: MIT */
/* See legend.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/legend.h"

#include "viewer/render/legend.h"
#include "viewer/ui/tip.h"

struct _HvLegend {
  GtkWidget parent_instance;
  HvLens *lens; /* NULL: nothing is shown */
  const HvPalette *palette;
};

G_DEFINE_FINAL_TYPE(HvLegend, hv_legend, GTK_TYPE_WIDGET)

static gboolean legends_equal(HvLens *a, HvLens *b) {
  guint count[2];
  const HvLegendEntry *entries[2];

  if (a == NULL || b == NULL || hv_lens_kind(a) != hv_lens_kind(b))
    return a == b;
  entries[0] = hv_lens_legend(a, &count[0]);
  entries[1] = hv_lens_legend(b, &count[1]);
  if (count[0] != count[1] || g_strcmp0(hv_lens_note(a), hv_lens_note(b)) != 0 ||
      !g_str_equal(hv_lens_title(a), hv_lens_title(b)))
    return FALSE;
  for (guint i = 0; i < count[0]; i++) {
    if (entries[0][i].colour != entries[1][i].colour ||
        g_strcmp0(entries[0][i].text, entries[1][i].text) != 0)
      return FALSE;
  }
  return TRUE;
}

/* What is drawn, for those who hear it. */
static char *legend_text(HvLens *lens) {
  guint count;
  const HvLegendEntry *entries = hv_lens_legend(lens, &count);
  GString *text = g_string_new(hv_lens_title(lens));

  for (guint i = 0; i < count; i++) {
    if (*entries[i].text != '\0')
      g_string_append_printf(text, "%s %s", i == 0 ? ":" : ",", entries[i].text);
  }
  return g_string_free(text, FALSE);
}

void hv_legend_set_lens(HvLegend *self, HvLens *lens, const HvPalette *palette) {
  gboolean equal;

  g_return_if_fail(HV_IS_LEGEND(self));
  equal = palette == self->palette && legends_equal(lens, self->lens);
  if (lens != NULL)
    hv_lens_ref(lens);
  g_clear_pointer(&self->lens, hv_lens_unref);
  self->lens = lens;
  self->palette = palette;
  if (equal)
    return;
  gtk_widget_set_visible(GTK_WIDGET(self), lens != NULL);
  if (lens != NULL) {
    g_autofree char *text = legend_text(lens);

    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    hv_tip_set(GTK_WIDGET(self), hv_lens_explanation(hv_lens_kind(lens)));
  }
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void hv_legend_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline) {
  HvLegend *self = HV_LEGEND(widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = 160;
    *natural = 400;
    return;
  }
  *minimum = 0;
  if (self->lens != NULL)
    *minimum = hv_legend_draw(NULL, self->lens, self->palette, 0, 0,
                              for_size < 0 ? 400 : MAX(for_size, 160), 1);
  *natural = *minimum;
}

static void hv_legend_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvLegend *self = HV_LEGEND(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  cairo_t *cr;

  if (self->lens == NULL)
    return;
  cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  hv_legend_draw(cr, self->lens, self->palette, 0, 0, width, 1);
  cairo_destroy(cr);
}

static GtkSizeRequestMode hv_legend_get_request_mode(GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void hv_legend_dispose(GObject *object) {
  g_clear_pointer(&HV_LEGEND(object)->lens, hv_lens_unref);
  G_OBJECT_CLASS(hv_legend_parent_class)->dispose(object);
}

static void hv_legend_class_init(HvLegendClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_legend_dispose;
  widget_class->measure = hv_legend_measure;
  widget_class->snapshot = hv_legend_snapshot;
  widget_class->get_request_mode = hv_legend_get_request_mode;
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void hv_legend_init(HvLegend *self) {
  gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}
