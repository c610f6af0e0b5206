/* SPDX-License-Identifier: MIT */
/* See fill_bar.h. Main thread only. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/fill_bar.h"

#include "viewer/ui/label.h"

#define BAR_HEIGHT_PX 6
#define BAR_WIDTH_PX  30
#define GAP_PX        6
#define TEXT_CHARS    5 /* "100 %" */

struct _HvFillBar {
  GtkWidget parent_instance;
  GtkWidget *text; /* GtkInscription, owned child: a label would have lists laid out again */
  guint permille;
};

G_DEFINE_FINAL_TYPE(HvFillBar, hv_fill_bar, GTK_TYPE_WIDGET)

static void hv_fill_bar_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline) {
  HvFillBar *self = HV_FILL_BAR(widget);

  gtk_widget_measure(self->text, orientation, -1, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum += BAR_WIDTH_PX / 2 + GAP_PX;
    *natural += BAR_WIDTH_PX + GAP_PX;
  } else {
    *minimum = MAX(*minimum, BAR_HEIGHT_PX);
    *natural = MAX(*natural, BAR_HEIGHT_PX);
  }
}

static int fill_bar_text_width(HvFillBar *self) {
  int natural;

  gtk_widget_measure(self->text, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static void hv_fill_bar_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  HvFillBar *self = HV_FILL_BAR(widget);
  int text = fill_bar_text_width(self);
  GtkAllocation box = {MAX(width - text, 0), 0, text, height};

  gtk_widget_size_allocate(self->text, &box, -1);
}

static void hv_fill_bar_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvFillBar *self = HV_FILL_BAR(widget);
  float width = (float)MAX(gtk_widget_get_width(widget) - fill_bar_text_width(self) - GAP_PX, 0);
  float y = (float)(gtk_widget_get_height(widget) - BAR_HEIGHT_PX) / 2.0f;
  float filled = width * (float)self->permille / 1000.0f;
  GdkRGBA color;

  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
  color.alpha *= 0.18f;
  gtk_snapshot_append_color(snapshot, &color, &GRAPHENE_RECT_INIT(0, y, width, BAR_HEIGHT_PX));
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
  color.alpha *= 0.72f;
  if (filled > 0)
    gtk_snapshot_append_color(snapshot, &color, &GRAPHENE_RECT_INIT(0, y, filled, BAR_HEIGHT_PX));
  gtk_widget_snapshot_child(widget, self->text, snapshot);
}

static void hv_fill_bar_dispose(GObject *object) {
  g_clear_pointer(&HV_FILL_BAR(object)->text, gtk_widget_unparent);
  G_OBJECT_CLASS(hv_fill_bar_parent_class)->dispose(object);
}

static void hv_fill_bar_class_init(HvFillBarClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_fill_bar_dispose;
  widget_class->measure = hv_fill_bar_measure;
  widget_class->size_allocate = hv_fill_bar_size_allocate;
  widget_class->snapshot = hv_fill_bar_snapshot;
  gtk_widget_class_set_css_name(widget_class, "fillbar");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_METER);
}

static void fill_bar_show(HvFillBar *self) {
  g_autofree char *text = NULL;

  /* Never round a nearly full one up to 100 %, nor a nearly empty one down to 0 %. */
  if (self->permille > 0 && self->permille < 10)
    text = g_strdup("<1 %");
  else
    text = g_strdup_printf("%u %%", self->permille / 10);
  hv_inscription_show(GTK_INSCRIPTION(self->text), text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 100.0,
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, self->permille / 10.0,
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void hv_fill_bar_init(HvFillBar *self) {
  self->text = hv_inscription_new(TEXT_CHARS, 1);
  gtk_widget_set_parent(self->text, GTK_WIDGET(self));
  fill_bar_show(self);
}

GtkWidget *hv_fill_bar_new(void) {
  return g_object_new(HV_TYPE_FILL_BAR, NULL);
}

void hv_fill_bar_set_permille(HvFillBar *self, guint permille) {
  g_return_if_fail(HV_IS_FILL_BAR(self));
  permille = MIN(permille, 1000);
  if (permille == self->permille)
    return;
  self->permille = permille;
  fill_bar_show(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

guint hv_fill_bar_get_permille(HvFillBar *self) {
  g_return_val_if_fail(HV_IS_FILL_BAR(self), 0);
  return self->permille;
}
