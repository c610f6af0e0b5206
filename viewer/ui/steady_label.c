/* SPDX-License-Identifier: MIT */
/* See steady_label.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/steady_label.h"

struct _HvSteadyLabel {
  GtkWidget parent_instance;
  GtkWidget *text; /* GtkInscription, owned child: it asks for no size of its own */
  int width;       /* the most that a text has needed, in pixels */
};

G_DEFINE_FINAL_TYPE(HvSteadyLabel, hv_steady_label, GTK_TYPE_WIDGET)

/* As wide as its digits may get: in some fonts, they differ. */
static int text_width(HvSteadyLabel *self, const char *text) {
  g_autofree char *widest = g_strdup(text);
  g_autoptr(PangoLayout) layout = NULL;
  int width;

  for (char *at = widest; *at != '\0'; at++) {
    if (g_ascii_isdigit(*at))
      *at = '0';
  }
  layout = gtk_widget_create_pango_layout(self->text, widest);
  pango_layout_get_pixel_size(layout, &width, NULL);
  return width;
}

static void hv_steady_label_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                    int *minimum, int *natural, int *minimum_baseline,
                                    int *natural_baseline) {
  HvSteadyLabel *self = HV_STEADY_LABEL(widget);

  if (orientation == GTK_ORIENTATION_VERTICAL) {
    gtk_widget_measure(self->text, orientation, -1, minimum, natural, minimum_baseline,
                       natural_baseline);
    return;
  }
  /* Once more, as the font may be another one. */
  self->width = MAX(self->width, text_width(self, hv_steady_label_get_text(self)));
  *minimum = *natural = self->width;
}

static void hv_steady_label_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  gtk_widget_size_allocate(HV_STEADY_LABEL(widget)->text, &(GtkAllocation){0, 0, width, height},
                           baseline);
}

static void hv_steady_label_dispose(GObject *object) {
  g_clear_pointer(&HV_STEADY_LABEL(object)->text, gtk_widget_unparent);
  G_OBJECT_CLASS(hv_steady_label_parent_class)->dispose(object);
}

static void hv_steady_label_class_init(HvSteadyLabelClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_steady_label_dispose;
  widget_class->measure = hv_steady_label_measure;
  widget_class->size_allocate = hv_steady_label_size_allocate;
  gtk_widget_class_set_css_name(widget_class, "steadylabel");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void hv_steady_label_init(HvSteadyLabel *self) {
  self->text = gtk_inscription_new(NULL);
  gtk_widget_set_parent(self->text, GTK_WIDGET(self));
}

GtkWidget *hv_steady_label_new(void) {
  return g_object_new(HV_TYPE_STEADY_LABEL, NULL);
}

void hv_steady_label_show(HvSteadyLabel *self, const char *text) {
  int width;

  g_return_if_fail(HV_IS_STEADY_LABEL(self));
  if (g_str_equal(hv_steady_label_get_text(self), text))
    return;
  gtk_inscription_set_text(GTK_INSCRIPTION(self->text), text);
  width = text_width(self, text);
  if (width <= self->width)
    return;
  self->width = width;
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

const char *hv_steady_label_get_text(HvSteadyLabel *self) {
  const char *text;

  g_return_val_if_fail(HV_IS_STEADY_LABEL(self), "");
  text = gtk_inscription_get_text(GTK_INSCRIPTION(self->text));
  return text != NULL ? text : "";
}
