/* SPDX-License-Identifier: MIT */
/* See heap_map_input.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_input.h"

#include <math.h>

/* What a drag needs to remember; attached to its gesture. */
typedef struct {
  gboolean choosing; /* a range, instead of panning */
  guint64 address;   /* where a range starts */
  gboolean has_address;
  gboolean moved; /* beyond the threshold: no click any more */
  double panned;  /* how far the view has followed */
} Drag;

/* ---- wheel and pinch ---- */

static gboolean input_scroll(GtkEventControllerScroll *controller, double dx, double dy,
                             HvHeapMap *map) {
  GtkEventController *base = GTK_EVENT_CONTROLLER(controller);
  GdkModifierType state = gtk_event_controller_get_current_event_state(base);
  double *rest = g_object_get_data(G_OBJECT(controller), "rest");
  int steps;

  if (!(state & GDK_CONTROL_MASK))
    return GDK_EVENT_PROPAGATE; /* the scrolled window pans */
  if (gtk_event_controller_scroll_get_unit(controller) == GDK_SCROLL_UNIT_SURFACE)
    dy /= 40.0;
  *rest += dy;
  steps = (int)*rest; /* towards zero */
  *rest -= steps;
  if (steps != 0)
    hv_heap_map_zoom_at_pointer(map, -steps);
  return GDK_EVENT_STOP;
}

static void input_pinch_begin(GtkGesture *gesture, GdkEventSequence *sequence, double *zoomed) {
  *zoomed = 0;
}

static void input_pinch(GtkGestureZoom *gesture, double scale, HvHeapMap *map) {
  double *zoomed = g_object_get_data(G_OBJECT(gesture), "zoomed");
  double wanted = round(log2(MAX(scale, 1e-3)));
  double x, y;

  if (fabs(wanted - *zoomed) < 0.5)
    return;
  if (!gtk_gesture_get_bounding_box_center(GTK_GESTURE(gesture), &x, &y))
    y = -1;
  hv_heap_map_zoom(map, (int)(wanted - *zoomed), y);
  *zoomed = wanted;
}

/* ---- pointer ---- */

static void input_motion(GtkEventControllerMotion *controller, double x, double y, HvHeapMap *map) {
  hv_heap_map_set_pointer(map, x, y);
}

static void input_leave(GtkEventControllerMotion *controller, HvHeapMap *map) {
  hv_heap_map_set_pointer(map, -1, -1);
}

static void input_drag_begin(GtkGestureDrag *gesture, double x, double y, HvHeapMap *map) {
  Drag *drag = g_object_get_data(G_OBJECT(gesture), "drag");
  GtkEventController *controller = GTK_EVENT_CONTROLLER(gesture);

  *drag = (Drag){0};
  drag->choosing =
      (gtk_event_controller_get_current_event_state(controller) & GDK_SHIFT_MASK) &&
      gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture)) == GDK_BUTTON_PRIMARY;
  drag->has_address = hv_heap_map_address_at(map, x, y, &drag->address);
  gtk_widget_grab_focus(GTK_WIDGET(map));
}

static void input_drag_choose(GtkGestureDrag *gesture, Drag *drag, double dx, double dy,
                              HvHeapMap *map) {
  double x = 0, y = 0;
  guint64 address;

  gtk_gesture_drag_get_start_point(gesture, &x, &y);
  if (!drag->has_address || !hv_heap_map_address_at(map, x + dx, y + dy, &address) ||
      address == drag->address)
    return;
  /* By class, neighbours on the map are none in memory. */
  if (hv_heap_map_get_by_class(map))
    hv_heap_map_select_address(map, address);
  else
    hv_heap_map_choose_area(map, MIN(address, drag->address), MAX(address, drag->address));
}

static void input_drag_update(GtkGestureDrag *gesture, double dx, double dy, HvHeapMap *map) {
  Drag *drag = g_object_get_data(G_OBJECT(gesture), "drag");
  double step = dy - drag->panned;

  if (!drag->moved && !gtk_drag_check_threshold(GTK_WIDGET(map), 0, 0, (int)dx, (int)dy))
    return;
  drag->moved = TRUE;
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (drag->choosing) {
    input_drag_choose(gesture, drag, dx, dy, map);
    return;
  }
  gtk_widget_set_cursor_from_name(GTK_WIDGET(map), "grabbing");
  hv_heap_map_scroll(map, -trunc(step));
  drag->panned += trunc(step);
}

static void input_drag_end(GtkGestureDrag *gesture, double dx, double dy, HvHeapMap *map) {
  gtk_widget_set_cursor(GTK_WIDGET(map), NULL);
}

static void input_released(GtkGestureClick *gesture, int n_press, double x, double y,
                           HvHeapMap *map) {
  guint64 address;

  gtk_widget_grab_focus(GTK_WIDGET(map));
  if (!hv_heap_map_address_at(map, x, y, &address)) {
    if (!hv_heap_map_fold_at(map, x, y))
      hv_heap_map_select_none(map);
    return;
  }
  if (n_press == 1) {
    hv_heap_map_select_address(map, address);
  } else if (n_press == 2) {
    hv_heap_map_zoom_to_focus(map);
    hv_heap_map_set_pointer(map, x, y);
  }
}

/* ---- keys ---- */

static gboolean key_move(GtkWidget *widget, GVariant *by, gpointer data) {
  int right, down;

  g_variant_get(by, "(ii)", &right, &down);
  hv_heap_map_move_cursor(HV_HEAP_MAP(widget), right, down);
  return GDK_EVENT_STOP;
}

static gboolean key_extend(GtkWidget *widget, GVariant *by, gpointer data) {
  int right, down;

  g_variant_get(by, "(ii)", &right, &down);
  hv_heap_map_extend(HV_HEAP_MAP(widget), right, down);
  return GDK_EVENT_STOP;
}

static gboolean key_page(GtkWidget *widget, GVariant *pages, gpointer data) {
  hv_heap_map_page(HV_HEAP_MAP(widget), g_variant_get_int32(pages));
  return GDK_EVENT_STOP;
}

static gboolean key_end(GtkWidget *widget, GVariant *direction, gpointer data) {
  hv_heap_map_go_end(HV_HEAP_MAP(widget), g_variant_get_int32(direction));
  return GDK_EVENT_STOP;
}

static gboolean key_zoom(GtkWidget *widget, GVariant *steps, gpointer data) {
  hv_heap_map_zoom(HV_HEAP_MAP(widget), g_variant_get_int32(steps), -1);
  return GDK_EVENT_STOP;
}

static gboolean key_fit(GtkWidget *widget, GVariant *args, gpointer data) {
  hv_heap_map_zoom_fit(HV_HEAP_MAP(widget));
  return GDK_EVENT_STOP;
}

static gboolean key_enter(GtkWidget *widget, GVariant *args, gpointer data) {
  hv_heap_map_zoom_to_focus(HV_HEAP_MAP(widget));
  return GDK_EVENT_STOP;
}

static gboolean key_back(GtkWidget *widget, GVariant *args, gpointer data) {
  hv_heap_map_back(HV_HEAP_MAP(widget));
  return GDK_EVENT_STOP;
}

static gboolean key_escape(GtkWidget *widget, GVariant *args, gpointer data) {
  hv_heap_map_select_none(HV_HEAP_MAP(widget));
  return GDK_EVENT_STOP;
}

static gboolean key_span(GtkWidget *widget, GVariant *direction, gpointer data) {
  hv_heap_map_step_span(HV_HEAP_MAP(widget), g_variant_get_int32(direction));
  return GDK_EVENT_STOP;
}

static const struct {
  guint key;
  GtkShortcutFunc run;
  int argument;
} bindings[] = {
    {GDK_KEY_Page_Up, key_page, -1},     {GDK_KEY_KP_Page_Up, key_page, -1},
    {GDK_KEY_Page_Down, key_page, 1},    {GDK_KEY_KP_Page_Down, key_page, 1},
    {GDK_KEY_Home, key_end, -1},         {GDK_KEY_End, key_end, 1},
    {GDK_KEY_plus, key_zoom, 1},         {GDK_KEY_equal, key_zoom, 1},
    {GDK_KEY_KP_Add, key_zoom, 1},       {GDK_KEY_minus, key_zoom, -1},
    {GDK_KEY_KP_Subtract, key_zoom, -1}, {GDK_KEY_0, key_fit, 0},
    {GDK_KEY_KP_0, key_fit, 0},          {GDK_KEY_Return, key_enter, 0},
    {GDK_KEY_KP_Enter, key_enter, 0},    {GDK_KEY_BackSpace, key_back, 0},
    {GDK_KEY_Escape, key_escape, 0},     {GDK_KEY_bracketleft, key_span, -1},
    {GDK_KEY_bracketright, key_span, 1},
};

static const struct {
  guint key;
  int right;
  int down;
} arrows[] = {
    {GDK_KEY_Left, -1, 0},  {GDK_KEY_Right, 1, 0},    {GDK_KEY_Up, 0, -1},
    {GDK_KEY_Down, 0, 1},   {GDK_KEY_KP_Left, -1, 0}, {GDK_KEY_KP_Right, 1, 0},
    {GDK_KEY_KP_Up, 0, -1}, {GDK_KEY_KP_Down, 0, 1},
};

void hv_heap_map_class_add_bindings(GtkWidgetClass *widget_class) {
  for (guint i = 0; i < G_N_ELEMENTS(bindings); i++)
    gtk_widget_class_add_binding(widget_class, bindings[i].key, 0, bindings[i].run, "i",
                                 bindings[i].argument);
  for (guint i = 0; i < G_N_ELEMENTS(arrows); i++) {
    gtk_widget_class_add_binding(widget_class, arrows[i].key, 0, key_move, "(ii)", arrows[i].right,
                                 arrows[i].down);
    gtk_widget_class_add_binding(widget_class, arrows[i].key, GDK_SHIFT_MASK, key_extend, "(ii)",
                                 arrows[i].right, arrows[i].down);
  }
}

static void input_add_drag(HvHeapMap *self, guint button) {
  GtkGesture *gesture = gtk_gesture_drag_new();

  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(gesture), button);
  g_object_set_data_full(G_OBJECT(gesture), "drag", g_new0(Drag, 1), g_free);
  g_signal_connect(gesture, "drag-begin", G_CALLBACK(input_drag_begin), self);
  g_signal_connect(gesture, "drag-update", G_CALLBACK(input_drag_update), self);
  g_signal_connect(gesture, "drag-end", G_CALLBACK(input_drag_end), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(gesture));
}

void hv_heap_map_add_input(HvHeapMap *self) {
  GtkWidget *widget = GTK_WIDGET(self);
  GtkEventController *controller;
  GtkGesture *gesture;

  controller = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_object_set_data_full(G_OBJECT(controller), "rest", g_new0(double, 1), g_free);
  g_signal_connect(controller, "scroll", G_CALLBACK(input_scroll), self);
  gtk_widget_add_controller(widget, controller);

  controller = gtk_event_controller_motion_new();
  g_signal_connect(controller, "enter", G_CALLBACK(input_motion), self);
  g_signal_connect(controller, "motion", G_CALLBACK(input_motion), self);
  g_signal_connect(controller, "leave", G_CALLBACK(input_leave), self);
  gtk_widget_add_controller(widget, controller);

  gesture = gtk_gesture_zoom_new();
  g_object_set_data_full(G_OBJECT(gesture), "zoomed", g_new0(double, 1), g_free);
  g_signal_connect(gesture, "begin", G_CALLBACK(input_pinch_begin),
                   g_object_get_data(G_OBJECT(gesture), "zoomed"));
  g_signal_connect(gesture, "scale-changed", G_CALLBACK(input_pinch), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(gesture));

  gesture = gtk_gesture_click_new();
  g_signal_connect(gesture, "released", G_CALLBACK(input_released), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(gesture));
  input_add_drag(self, GDK_BUTTON_PRIMARY);
  input_add_drag(self, GDK_BUTTON_MIDDLE);
}
