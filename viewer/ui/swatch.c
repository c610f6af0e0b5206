/* SPDX-License-Identifier: MIT */
/* See swatch.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/swatch.h"

#include "viewer/render/cue.h"

#define SIDE_PX 11

struct _HvSwatch {
  GtkWidget parent_instance;
  const HvPalette *palette; /* NULL: not set yet */
  HvState state;
  gboolean hollow;
};

G_DEFINE_FINAL_TYPE(HvSwatch, hv_swatch, GTK_TYPE_WIDGET)

GdkRGBA hv_palette_rgba(guint32 color) {
  return (GdkRGBA){(float)(color >> 16 & 0xff) / 255.0f, (float)(color >> 8 & 0xff) / 255.0f,
                   (float)(color & 0xff) / 255.0f, 1.0f};
}

static void hv_swatch_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline) {
  *minimum = *natural = SIDE_PX;
}

static void hv_swatch_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvSwatch *self = HV_SWATCH(widget);
  float x = (float)((gtk_widget_get_width(widget) - SIDE_PX) / 2);
  float y = (float)((gtk_widget_get_height(widget) - SIDE_PX) / 2);
  GskRoundedRect outline;
  GdkRGBA rim;

  if (self->palette == NULL)
    return;
  rim = hv_palette_rgba(self->palette->text);
  rim.alpha = self->hollow ? 0.6f : 0.25f;

  gsk_rounded_rect_init_from_rect(&outline, &GRAPHENE_RECT_INIT(x, y, SIDE_PX, SIDE_PX), 2);
  gtk_snapshot_push_rounded_clip(snapshot, &outline);
  if (!self->hollow) {
    cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &outline.bounds);

    hv_cue_draw_swatch(cr, self->palette, self->state, (int)x, (int)y, SIDE_PX, 1);
    cairo_destroy(cr);
  }
  gtk_snapshot_append_border(snapshot, &outline, (float[4]){1, 1, 1, 1},
                             (GdkRGBA[4]){rim, rim, rim, rim});
  gtk_snapshot_pop(snapshot);
}

static void hv_swatch_class_init(HvSwatchClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  widget_class->measure = hv_swatch_measure;
  widget_class->snapshot = hv_swatch_snapshot;
  gtk_widget_class_set_css_name(widget_class, "swatch");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void hv_swatch_init(HvSwatch *self) {
}

GtkWidget *hv_swatch_new(void) {
  return g_object_new(HV_TYPE_SWATCH, NULL);
}

void hv_swatch_set(HvSwatch *self, const HvPalette *palette, HvState state, gboolean hollow) {
  g_return_if_fail(HV_IS_SWATCH(self));
  if (hollow == self->hollow && palette == self->palette && state == self->state)
    return;
  self->palette = palette;
  self->state = state;
  self->hollow = hollow;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}
