/* SPDX-License-Identifier: MIT */
/* See flame_area.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/flame_area.h"

#include <glib/gi18n.h>

#include "viewer/render/flame.h"

#define ROW_PX     18 /* logical */
#define FONT_PX    12
#define MINIMUM_PX 120

struct _HvFlameArea {
  GtkWidget parent_instance;
  HvFlame *flame;
  const HvFlameNode *focus; /* never NULL while there is a flame */
  const HvFlameNode *selected;
  HvTheme theme;
};

G_DEFINE_FINAL_TYPE(HvFlameArea, hv_flame_area, GTK_TYPE_WIDGET)

enum { NODE_SELECTED, N_SIGNALS };
static guint signals[N_SIGNALS];

static HvFlameView area_view(HvFlameArea *self) {
  HvFlameView view = {.flame = self->flame,
                      .focus = self->focus,
                      .selected = self->selected,
                      .theme = self->theme,
                      .width_px = gtk_widget_get_width(GTK_WIDGET(self)),
                      .row_px = ROW_PX,
                      .font_px = FONT_PX};

  return view;
}

/* ---- choosing ---- */

static void area_describe(HvFlameArea *self) {
  g_autofree char *text = hv_flame_area_dup_chosen(self);

  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 text != NULL ? text : _("Nothing chosen"), -1);
}

static void area_select(HvFlameArea *self, const HvFlameNode *node) {
  if (node == self->selected)
    return;
  self->selected = node;
  area_describe(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  g_signal_emit(self, signals[NODE_SELECTED], 0);
}

static void area_zoom(HvFlameArea *self, const HvFlameNode *node) {
  self->focus = node;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* The node @step places right of it under the same caller; itself at the ends. */
static const HvFlameNode *neighbour(const HvFlameNode *node, int step) {
  guint index = 0;

  if (node->parent == NULL)
    return node;
  while (g_ptr_array_index(node->parent->children, index) != node)
    index++;
  if (step < 0 ? index == 0 : index + 1 == node->parent->children->len)
    return node;
  return g_ptr_array_index(node->parent->children, step < 0 ? index - 1 : index + 1);
}

static gboolean area_key(GtkEventControllerKey *controller, guint key, guint code,
                         GdkModifierType modifiers, HvFlameArea *self) {
  const HvFlameNode *node = self->selected;

  if (self->flame == NULL || (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  if (node == NULL)
    node = self->focus;
  switch (key) {
  case GDK_KEY_Up:
    area_select(self, node->parent != NULL ? node->parent : node);
    return GDK_EVENT_STOP;
  case GDK_KEY_Down:
    area_select(self, node->children->len > 0 ? g_ptr_array_index(node->children, 0) : node);
    return GDK_EVENT_STOP;
  case GDK_KEY_Left:
  case GDK_KEY_Right:
    area_select(self, neighbour(node, key == GDK_KEY_Left ? -1 : 1));
    return GDK_EVENT_STOP;
  case GDK_KEY_Return:
  case GDK_KEY_KP_Enter:
    area_zoom(self, node);
    return GDK_EVENT_STOP;
  case GDK_KEY_Escape:
    if (self->focus->parent == NULL)
      return GDK_EVENT_PROPAGATE;
    area_zoom(self, hv_flame_root(self->flame));
    return GDK_EVENT_STOP;
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

static void area_pressed(GtkGestureClick *gesture, int presses, double x, double y,
                         HvFlameArea *self) {
  HvFlameView view = area_view(self);
  const HvFlameNode *node = self->flame == NULL ? NULL : hv_flame_view_at(&view, x, y);

  gtk_widget_grab_focus(GTK_WIDGET(self));
  area_select(self, node);
  if (node != NULL)
    area_zoom(self, node);
}

static gboolean area_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                             GtkTooltip *tooltip) {
  HvFlameArea *self = HV_FLAME_AREA(widget);
  HvFlameView view = area_view(self);
  const HvFlameNode *node = NULL;
  g_autofree char *text = NULL;
  double left, width;

  if (self->flame != NULL)
    node = keyboard ? self->selected : hv_flame_view_at(&view, x, y);
  if (node == NULL || !hv_flame_view_box(&view, node, &left, &width))
    return FALSE;
  text = hv_flame_node_text(self->flame, node);
  gtk_tooltip_set_text(tooltip, text);
  gtk_tooltip_set_tip_area(
      tooltip, &(GdkRectangle){(int)left, (int)node->depth * ROW_PX, (int)width + 1, ROW_PX});
  return TRUE;
}

/* ---- widget ---- */

static void hv_flame_area_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvFlameArea *self = HV_FLAME_AREA(widget);
  HvFlameView view = area_view(self);
  cairo_t *cr;

  if (self->flame == NULL)
    return;
  cr = gtk_snapshot_append_cairo(
      snapshot,
      &GRAPHENE_RECT_INIT(0, 0, (float)view.width_px,
                          (float)MIN(hv_flame_view_height(&view), gtk_widget_get_height(widget))));
  hv_flame_view_draw(&view, cr);
  cairo_destroy(cr);
}

static void hv_flame_area_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                  int *minimum, int *natural, int *minimum_baseline,
                                  int *natural_baseline) {
  HvFlameArea *self = HV_FLAME_AREA(widget);

  *minimum = MINIMUM_PX;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = self->flame == NULL ? 0 : (int)hv_flame_depth(self->flame) * ROW_PX;
  *natural = *minimum;
}

static void hv_flame_area_dispose(GObject *object) {
  HvFlameArea *self = HV_FLAME_AREA(object);

  self->focus = self->selected = NULL;
  g_clear_pointer(&self->flame, hv_flame_free);
  G_OBJECT_CLASS(hv_flame_area_parent_class)->dispose(object);
}

static void hv_flame_area_class_init(HvFlameAreaClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_flame_area_dispose;
  widget_class->snapshot = hv_flame_area_snapshot;
  widget_class->measure = hv_flame_area_measure;
  widget_class->query_tooltip = area_tooltip;
  signals[NODE_SELECTED] = g_signal_new("node-selected", G_TYPE_FROM_CLASS(klass),
                                        G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name(widget_class, "flamegraph");
}

static void hv_flame_area_init(HvFlameArea *self) {
  GtkEventController *keys = gtk_event_controller_key_new();
  GtkGesture *click = gtk_gesture_click_new();

  self->theme = HV_THEME_LIGHT;
  g_signal_connect_object(keys, "key-pressed", G_CALLBACK(area_key), self, G_CONNECT_DEFAULT);
  g_signal_connect_object(click, "pressed", G_CALLBACK(area_pressed), self, G_CONNECT_DEFAULT);
  gtk_widget_add_controller(GTK_WIDGET(self), keys);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Flame graph: who allocates, callers on top"), -1);
}

GtkWidget *hv_flame_area_new(void) {
  return g_object_new(HV_TYPE_FLAME_AREA, NULL);
}

void hv_flame_area_set_flame(HvFlameArea *self, HvFlame *flame) {
  const HvFlameNode *selected = NULL;
  gboolean resize;

  g_return_if_fail(HV_IS_FLAME_AREA(self));
  resize = (self->flame == NULL ? 0 : hv_flame_depth(self->flame)) !=
           (flame == NULL ? 0 : hv_flame_depth(flame));
  if (flame != NULL && self->selected != NULL) {
    selected = hv_flame_find_same(flame, self->selected);
    if (selected->depth != self->selected->depth)
      selected = NULL;
  }
  if (flame == NULL)
    self->focus = NULL;
  else
    self->focus =
        self->focus == NULL ? hv_flame_root(flame) : hv_flame_find_same(flame, self->focus);
  self->selected = selected;
  g_clear_pointer(&self->flame, hv_flame_free);
  self->flame = flame;
  area_describe(self);
  if (resize)
    gtk_widget_queue_resize(GTK_WIDGET(self));
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void hv_flame_area_set_theme(HvFlameArea *self, HvTheme theme) {
  g_return_if_fail(HV_IS_FLAME_AREA(self));
  self->theme = theme;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

const HvFlameNode *hv_flame_area_get_selected(HvFlameArea *self) {
  g_return_val_if_fail(HV_IS_FLAME_AREA(self), NULL);
  return self->selected;
}

char *hv_flame_area_dup_chosen(HvFlameArea *self) {
  g_return_val_if_fail(HV_IS_FLAME_AREA(self), NULL);
  return self->selected == NULL ? NULL : hv_flame_node_text(self->flame, self->selected);
}

void hv_flame_area_select_call(HvFlameArea *self, guint call) {
  g_return_if_fail(HV_IS_FLAME_AREA(self));
  if (self->flame == NULL)
    return;
  self->selected = hv_flame_find_call(self->flame, call);
  area_describe(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}
