/* SPDX-License-Identifier: MIT */
/* See stack_lanes.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/stack_lanes.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/lanes.h"

enum { LANES_MOST = 12 }; /* the list under them has all */

struct _HvStackLanes {
  GtkWidget parent_instance;
  HvFrame *frame;
  const HvPalette *palette;
  guint lanes;
};

G_DEFINE_FINAL_TYPE(HvStackLanes, hv_stack_lanes, GTK_TYPE_WIDGET)

enum { CHUNK_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

static int lanes_height(HvStackLanes *self) {
  return hv_lanes_height(MIN(self->lanes, LANES_MOST));
}

static const struct alloc_stack_record *lanes_record_at(HvStackLanes *self, double x, double y) {
  int index = self->frame == NULL
                  ? -1
                  : hv_lanes_at(self->frame, gtk_widget_get_width(GTK_WIDGET(self)), x, y);

  return index < 0 ? NULL : &hv_frame_stacks(self->frame, NULL)[index];
}

static void lanes_pressed(GtkGestureClick *gesture, int presses, double x, double y,
                          HvStackLanes *self) {
  const struct alloc_stack_record *record = lanes_record_at(self, x, y);

  if (record != NULL)
    g_signal_emit(self, signals[CHUNK_CHOSEN], 0, record->address, record->address + record->bytes);
}

static gboolean lanes_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                              GtkTooltip *tooltip) {
  const struct alloc_stack_record *record =
      keyboard ? NULL : lanes_record_at(HV_STACK_LANES(widget), x, y);
  g_autofree char *used = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *text = NULL;

  if (record == NULL)
    return FALSE;
  used = hv_format_bytes((gint64)record->used_bytes);
  bytes = hv_format_bytes((gint64)record->bytes);
  text = g_strdup_printf(
      record->state == ALLOC_STACK_SPARE     ? _("%s of %s in use: kept for the next time")
      : record->state == ALLOC_STACK_COVERED ? _("%s of %s in use; a later chunk is open")
                                             : _("%s of %s in use"),
      used, bytes);
  gtk_tooltip_set_text(tooltip, text);
  return TRUE;
}

static void hv_stack_lanes_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvStackLanes *self = HV_STACK_LANES(widget);
  int width = gtk_widget_get_width(widget), height = lanes_height(self);
  cairo_t *cr;

  if (self->frame == NULL || self->lanes == 0)
    return;
  cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  hv_lanes_draw(cr, self->frame, self->palette, width);
  cairo_destroy(cr);
}

static void hv_stack_lanes_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                   int *minimum, int *natural, int *minimum_baseline,
                                   int *natural_baseline) {
  *minimum = orientation == GTK_ORIENTATION_VERTICAL ? lanes_height(HV_STACK_LANES(widget)) : 160;
  *natural = *minimum;
}

static void hv_stack_lanes_dispose(GObject *object) {
  g_clear_pointer(&HV_STACK_LANES(object)->frame, hv_frame_unref);
  G_OBJECT_CLASS(hv_stack_lanes_parent_class)->dispose(object);
}

static void hv_stack_lanes_class_init(HvStackLanesClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_stack_lanes_dispose;
  widget_class->snapshot = hv_stack_lanes_snapshot;
  widget_class->measure = hv_stack_lanes_measure;
  widget_class->query_tooltip = lanes_tooltip;
  signals[CHUNK_CHOSEN] =
      g_signal_new("chunk-chosen", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                   G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name(widget_class, "stacklanes");
}

static void hv_stack_lanes_init(HvStackLanes *self) {
  GtkGesture *click = gtk_gesture_click_new();

  self->palette = hv_palette_get(HV_THEME_LIGHT);
  g_signal_connect_object(click, "pressed", G_CALLBACK(lanes_pressed), self, G_CONNECT_DEFAULT);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Stacks of scopes, a lane for each thread"), -1);
}

GtkWidget *hv_stack_lanes_new(void) {
  return g_object_new(HV_TYPE_STACK_LANES, NULL);
}

void hv_stack_lanes_set_frame(HvStackLanes *self, HvFrame *frame) {
  guint lanes;

  g_return_if_fail(HV_IS_STACK_LANES(self));
  lanes = frame == NULL ? 0 : hv_lanes_count(frame);
  if (frame != NULL)
    hv_frame_ref(frame);
  g_clear_pointer(&self->frame, hv_frame_unref);
  self->frame = frame;
  if (lanes != self->lanes) {
    self->lanes = lanes;
    gtk_widget_queue_resize(GTK_WIDGET(self));
  }
  if (lanes > 0)
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void hv_stack_lanes_set_palette(HvStackLanes *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_STACK_LANES(self));
  self->palette = palette;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}
