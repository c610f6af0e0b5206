/* SPDX-License-Identifier: MIT */
/* See wrap_layout.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/wrap_layout.h"

struct _HvWrapLayout {
  GtkLayoutManager parent_instance;
  int gap_px;
  int line_gap_px;
};

G_DEFINE_FINAL_TYPE(HvWrapLayout, hv_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

/* Width a child gets: its natural one, unless a line is shorter than that. */
static int child_width(GtkWidget *child, int line_width) {
  int minimum, natural;

  gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  return MAX(MIN(natural, line_width), minimum);
}

/* Height of the line that starts at @child, and the child after it. */
static int line_measure(HvWrapLayout *self, GtkWidget *child, int width, GtkWidget **next) {
  int height = 0;
  int x = 0;

  for (; child != NULL; child = gtk_widget_get_next_sibling(child)) {
    int wide, high;

    if (!gtk_widget_should_layout(child))
      continue;
    wide = child_width(child, width);
    if (x > 0 && x + wide > width)
      break;
    gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, wide, NULL, &high, NULL, NULL);
    height = MAX(height, high);
    x += wide + self->gap_px;
  }
  *next = child;
  return height;
}

static int lines_height(HvWrapLayout *self, GtkWidget *widget, int width) {
  GtkWidget *child = gtk_widget_get_first_child(widget);
  int height = 0;

  while (child != NULL) {
    int line = line_measure(self, child, width, &child);

    if (line > 0)
      height += line + (height > 0 ? self->line_gap_px : 0);
  }
  return height;
}

static void hv_wrap_layout_measure(GtkLayoutManager *manager, GtkWidget *widget,
                                   GtkOrientation orientation, int for_size, int *minimum,
                                   int *natural, int *minimum_baseline, int *natural_baseline) {
  HvWrapLayout *self = HV_WRAP_LAYOUT(manager);
  int widest = 0;
  int sum = 0;

  *minimum_baseline = *natural_baseline = -1;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    int least, wished;

    if (!gtk_widget_should_layout(child))
      continue;
    gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &least, &wished, NULL, NULL);
    widest = MAX(widest, least);
    sum += wished + (sum > 0 ? self->gap_px : 0);
  }
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = widest;
    *natural = MAX(sum, widest);
  } else {
    *minimum = *natural = lines_height(self, widget, for_size < 0 ? MAX(sum, 1) : for_size);
  }
}

static void hv_wrap_layout_allocate(GtkLayoutManager *manager, GtkWidget *widget, int width,
                                    int height, int baseline) {
  HvWrapLayout *self = HV_WRAP_LAYOUT(manager);
  gboolean mirrored = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;
  GtkWidget *line = gtk_widget_get_first_child(widget);
  int y = 0;

  while (line != NULL) {
    GtkWidget *next = NULL;
    int high = line_measure(self, line, width, &next);
    int x = 0;

    for (GtkWidget *child = line; child != next; child = gtk_widget_get_next_sibling(child)) {
      GtkAllocation box = {x, y, 0, high};

      if (!gtk_widget_should_layout(child))
        continue;
      box.width = child_width(child, width);
      x += box.width + self->gap_px;
      if (mirrored)
        box.x = width - box.x - box.width;
      gtk_widget_size_allocate(child, &box, -1);
    }
    y += high + (high > 0 ? self->line_gap_px : 0);
    line = next;
  }
}

static GtkSizeRequestMode hv_wrap_layout_get_request_mode(GtkLayoutManager *manager,
                                                          GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void hv_wrap_layout_class_init(HvWrapLayoutClass *klass) {
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS(klass);

  manager_class->measure = hv_wrap_layout_measure;
  manager_class->allocate = hv_wrap_layout_allocate;
  manager_class->get_request_mode = hv_wrap_layout_get_request_mode;
}

static void hv_wrap_layout_init(HvWrapLayout *self) {
}

GtkLayoutManager *hv_wrap_layout_new(int gap_px, int line_gap_px) {
  HvWrapLayout *self = g_object_new(HV_TYPE_WRAP_LAYOUT, NULL);

  self->gap_px = gap_px;
  self->line_gap_px = line_gap_px;
  return GTK_LAYOUT_MANAGER(self);
}
