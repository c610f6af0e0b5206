/* SPDX-License-Identifier: MIT */
/* See scroller.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/scroller.h"

struct _HvScroller {
  GtkWidget parent_instance;
  GtkWidget *scrolled; /* GtkScrolledWindow, owned child */
  GtkWidget *child;
  int most_px;
};

G_DEFINE_FINAL_TYPE(HvScroller, hv_scroller, GTK_TYPE_WIDGET)

static void hv_scroller_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline) {
  HvScroller *self = HV_SCROLLER(widget);
  int whole;

  gtk_widget_measure(self->scrolled, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL || self->most_px < 0)
    return;
  gtk_widget_measure(self->child, orientation, for_size, NULL, &whole, NULL, NULL);
  *minimum = *natural = MIN(whole, self->most_px);
}

static void hv_scroller_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  HvScroller *self = HV_SCROLLER(widget);
  int least;

  /* A scrollbar has a height below which it does not go; what fits in less has none, and nothing is
   * drawn where the scrolled window reaches out of its place. */
  gtk_widget_measure(self->scrolled, GTK_ORIENTATION_VERTICAL, width, &least, NULL, NULL, NULL);
  gtk_widget_size_allocate(self->scrolled, &(GtkAllocation){0, 0, width, MAX(height, least)},
                           baseline);
}

/* A scrolled window stops the keyboard where nothing in it does, so that one can scroll; there is
 * no need for that where all is seen. */
static gboolean hv_scroller_focus(GtkWidget *widget, GtkDirectionType direction) {
  HvScroller *self = HV_SCROLLER(widget);
  GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW(self->scrolled);
  GtkAdjustment *down = gtk_scrolled_window_get_vadjustment(scrolled);

  if (gtk_adjustment_get_upper(down) > gtk_adjustment_get_page_size(down))
    return GTK_WIDGET_CLASS(hv_scroller_parent_class)->focus(widget, direction);
  return gtk_widget_child_focus(gtk_scrolled_window_get_child(scrolled), direction);
}

static GtkSizeRequestMode hv_scroller_get_request_mode(GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void hv_scroller_dispose(GObject *object) {
  HvScroller *self = HV_SCROLLER(object);

  self->child = NULL;
  g_clear_pointer(&self->scrolled, gtk_widget_unparent);
  G_OBJECT_CLASS(hv_scroller_parent_class)->dispose(object);
}

static void hv_scroller_class_init(HvScrollerClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_scroller_dispose;
  widget_class->measure = hv_scroller_measure;
  widget_class->size_allocate = hv_scroller_size_allocate;
  widget_class->get_request_mode = hv_scroller_get_request_mode;
  widget_class->focus = hv_scroller_focus;
}

static void hv_scroller_init(HvScroller *self) {
  self->most_px = -1;
  self->scrolled = gtk_scrolled_window_new();
  gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(self->scrolled), FALSE);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scrolled), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_parent(self->scrolled, GTK_WIDGET(self));
}

GtkWidget *hv_scroller_new(GtkWidget *child) {
  HvScroller *self = g_object_new(HV_TYPE_SCROLLER, NULL);

  self->child = child;
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scrolled), child);
  return GTK_WIDGET(self);
}

void hv_scroller_set_name(HvScroller *self, const char *name) {
  g_return_if_fail(HV_IS_SCROLLER(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->scrolled), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 name, -1);
}

void hv_scroller_set_most(HvScroller *self, int most_px) {
  g_return_if_fail(HV_IS_SCROLLER(self));
  if (most_px == self->most_px)
    return;
  self->most_px = most_px;
  gtk_widget_queue_resize(GTK_WIDGET(self));
}
