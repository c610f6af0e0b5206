/* SPDX-License-Identifier: MIT */
/* See minimap.h. A layout that is higher than the widget, as one by class may be, is drawn lower.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/minimap.h"

#include <glib/gi18n.h>

#include "viewer/render/dim.h"
#include "viewer/render/tile.h"
#include "viewer/ui/swatch.h"

#define WIDTH_PX         64 /* logical, of the picture */
#define EDGE_PX          4  /* logical, left and right of it */
#define FRAME_MIN_PX     6  /* logical: a frame that one can see and hold */
#define PICTURE_MAX_PX   8192
#define HEIGHT_MIN_PX    16 /* lower, it is being laid out */
#define MAKE_INTERVAL_US (G_USEC_PER_SEC / 2)

/* A picture: made by a thread, then shown. */
typedef struct {
  HvPyramid *pyramid;
  HvLens *lens;           /* NULL: states */
  HvOrder *order;         /* NULL: by address; kept by the map's layout until here */
  HvHighlight *highlight; /* NULL: nothing */
  HvFolds *folds;
  HvLayout *of; /* the map's layout, which keeps order, highlight and folds */
  const HvPalette *palette;
  int scale;
  int height_px;
  HvLayout *layout; /* made */
  cairo_surface_t *surface;
} Picture;

struct _HvMinimap {
  GtkWidget parent_instance;
  HvHeapMap *map; /* unowned */
  const HvPalette *palette;
  Picture *picture; /* on screen, or NULL */
  gboolean making;
  guint later_id; /* timer of a picture that is due */
  gint64 made_us;
};

G_DEFINE_FINAL_TYPE(HvMinimap, hv_minimap, GTK_TYPE_WIDGET)

static void picture_free(gpointer data) {
  Picture *picture = data;

  g_clear_pointer(&picture->surface, cairo_surface_destroy);
  g_clear_pointer(&picture->layout, hv_layout_unref);
  g_clear_pointer(&picture->lens, hv_lens_unref);
  g_clear_pointer(&picture->of, hv_layout_unref);
  hv_pyramid_unref(picture->pyramid);
  g_free(picture);
}

/* ---- making ---- */

static void picture_make(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Picture *picture = data;
  HvLayoutParams params = {.scale = picture->scale,
                           .order = picture->order,
                           .highlight = picture->highlight,
                           .folds = picture->folds};
  int width = WIDTH_PX * picture->scale;
  int height;

  hv_layout_fit(hv_pyramid_frame(picture->pyramid), width, picture->height_px, &params);
  picture->layout = hv_layout_new(hv_pyramid_frame(picture->pyramid), &params);
  height = (int)CLAMP(hv_layout_height(picture->layout), 1, PICTURE_MAX_PX);
  picture->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
  if (cairo_surface_status(picture->surface) == CAIRO_STATUS_SUCCESS) {
    guint32 *pixels = (guint32 *)(gpointer)cairo_image_surface_get_data(picture->surface);
    gsize stride = (gsize)cairo_image_surface_get_stride(picture->surface);
    HvRect area = {0, 0, width, height};

    hv_render_cells(picture->pyramid, picture->layout, picture->palette, picture->lens, 0, 0, width,
                    height, pixels, stride);
    hv_render_dim(picture->layout, picture->palette, &area, pixels, stride);
    cairo_surface_mark_dirty(picture->surface);
  }
  g_task_return_boolean(task, TRUE);
}

static void minimap_update(HvMinimap *self);

static void picture_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvMinimap *self = HV_MINIMAP(source);
  Picture *picture = data;

  self->making = FALSE;
  if (self->map == NULL) {
    picture_free(picture);
    return;
  }
  g_clear_pointer(&self->picture, picture_free);
  self->picture = picture;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  minimap_update(self);
}

static int minimap_height_px(HvMinimap *self) {
  return gtk_widget_get_height(GTK_WIDGET(self)) * gtk_widget_get_scale_factor(GTK_WIDGET(self));
}

/* Whether the picture shows what the map shows. */
static gboolean minimap_is_outdated(HvMinimap *self) {
  HvPyramid *pyramid = NULL;
  gint64 x, y;
  HvLayout *layout = hv_heap_map_get_picture(self->map, &pyramid, &x, &y);
  const HvLayoutParams *params;

  if (layout == NULL)
    return self->picture != NULL;
  if (self->picture == NULL)
    return TRUE;
  params = hv_layout_params(layout);
  return pyramid != self->picture->pyramid || params->order != self->picture->order ||
         params->highlight != self->picture->highlight || params->folds != self->picture->folds ||
         hv_heap_map_get_lens(self->map) != self->picture->lens ||
         self->palette != self->picture->palette ||
         minimap_height_px(self) != self->picture->height_px;
}

static gboolean minimap_later(gpointer data) {
  HvMinimap *self = data;

  self->later_id = 0;
  minimap_update(self);
  return G_SOURCE_REMOVE;
}

/* Makes another picture when it is due. */
static void minimap_update(HvMinimap *self) {
  gint64 now_us = g_get_monotonic_time();
  HvPyramid *pyramid = NULL;
  HvLayout *layout;
  HvLens *lens;
  Picture *picture;
  g_autoptr(GTask) task = NULL;
  gint64 x, y;

  if (self->map == NULL || self->palette == NULL || self->making || self->later_id != 0 ||
      !gtk_widget_get_mapped(GTK_WIDGET(self)) || minimap_height_px(self) < HEIGHT_MIN_PX ||
      !minimap_is_outdated(self))
    return;
  layout = hv_heap_map_get_picture(self->map, &pyramid, &x, &y);
  if (layout == NULL) {
    g_clear_pointer(&self->picture, picture_free);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    return;
  }
  if (self->picture != NULL && now_us - self->made_us < MAKE_INTERVAL_US) {
    self->later_id = g_timeout_add((guint)((self->made_us + MAKE_INTERVAL_US - now_us) / 1000 + 1),
                                   minimap_later, self);
    return;
  }
  lens = hv_heap_map_get_lens(self->map);
  picture = g_new0(Picture, 1);
  picture->pyramid = hv_pyramid_ref(pyramid);
  picture->lens = lens == NULL ? NULL : hv_lens_ref(lens);
  picture->of = hv_layout_ref(layout);
  picture->order = hv_layout_params(layout)->order;
  picture->highlight = hv_layout_params(layout)->highlight;
  picture->folds = hv_layout_params(layout)->folds;
  picture->palette = self->palette;
  picture->scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));
  picture->height_px = minimap_height_px(self);
  self->making = TRUE;
  self->made_us = now_us;
  task = g_task_new(self, NULL, picture_done, picture);
  g_task_set_task_data(task, picture, NULL);
  g_task_run_in_thread(task, picture_make);
}

/* ---- places ---- */

/* Logical pixels of the widget a device pixel of the picture. */
static double picture_step(HvMinimap *self) {
  double scale = self->picture->scale;
  double height = cairo_image_surface_get_height(self->picture->surface);

  return height > self->picture->height_px ? self->picture->height_px / height / scale : 1 / scale;
}

/* The first address that the map shows from @y on in steps of @step, of @count. */
static gboolean map_address_from(HvLayout *layout, gint64 y, gint64 step, gint64 count,
                                 guint64 *address) {
  HvPlace place;

  for (gint64 i = 0; i < count; i++) {
    if (hv_layout_place(layout, 0, y + i * step, &place)) {
      *address = place.begin;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean hv_minimap_get_frame(HvMinimap *self, double *y, double *height) {
  HvPyramid *pyramid = NULL;
  gint64 left, top, x, first_y, last_y, step, count;
  guint64 first, last;
  HvLayout *layout;
  double unit, end;

  g_return_val_if_fail(HV_IS_MINIMAP(self), FALSE);
  if (self->map == NULL || self->picture == NULL)
    return FALSE;
  layout = hv_heap_map_get_picture(self->map, &pyramid, &left, &top);
  if (layout == NULL)
    return FALSE;
  step = MAX(hv_layout_row_pitch_px(layout) / 2, 1);
  count = (gint64)gtk_widget_get_height(GTK_WIDGET(self->map)) *
              gtk_widget_get_scale_factor(GTK_WIDGET(self->map)) / step +
          1;
  if (!map_address_from(layout, -top, step, count, &first) ||
      !map_address_from(layout, -top + (count - 1) * step, -step, count, &last) ||
      !hv_layout_locate(self->picture->layout, first, &x, &first_y) ||
      !hv_layout_locate(self->picture->layout, last, &x, &last_y))
    return FALSE;
  unit = picture_step(self);
  *y = (double)first_y * unit;
  end = (double)(last_y + hv_layout_params(self->picture->layout)->row_px) * unit;
  *height = MAX(end - *y, FRAME_MIN_PX);
  *y = MIN(*y, MAX(gtk_widget_get_height(GTK_WIDGET(self)) - *height, 0));
  return TRUE;
}

void hv_minimap_go(HvMinimap *self, double x, double y) {
  HvPlace place;
  gint64 row, column, pitch;

  g_return_if_fail(HV_IS_MINIMAP(self));
  if (self->map == NULL || self->picture == NULL)
    return;
  row = (gint64)(y / picture_step(self));
  row = CLAMP(row, 0, hv_layout_height(self->picture->layout) - 1);
  column = CLAMP((gint64)(x - EDGE_PX) * self->picture->scale, 0,
                 hv_layout_params(self->picture->layout)->width_px - 1);
  pitch = hv_layout_row_pitch_px(self->picture->layout);
  /* Headers and gaps belong to what is under them, or at the end, over them. */
  for (gint64 i = 0; i < hv_layout_height(self->picture->layout); i += pitch) {
    if (hv_layout_place(self->picture->layout, column, row + i, &place) ||
        hv_layout_place(self->picture->layout, 0, row + i, &place) ||
        hv_layout_place(self->picture->layout, 0, row - i, &place)) {
      hv_heap_map_centre_on(self->map, place.begin);
      return;
    }
  }
}

gboolean hv_minimap_is_current(HvMinimap *self) {
  g_return_val_if_fail(HV_IS_MINIMAP(self), FALSE);
  return !self->making && self->map != NULL && !minimap_is_outdated(self);
}

/* ---- widget ---- */

static void hv_minimap_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvMinimap *self = HV_MINIMAP(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  double y, frame_height, unit;
  GdkRGBA colour;
  GskRoundedRect outline;
  cairo_t *cr;

  if (self->palette == NULL)
    return;
  colour = hv_palette_rgba(self->palette->background);
  gtk_snapshot_append_color(snapshot, &colour, &bounds);
  if (self->picture == NULL)
    return;
  unit = picture_step(self);
  cr = gtk_snapshot_append_cairo(snapshot, &bounds);
  cairo_translate(cr, EDGE_PX, 0);
  cairo_scale(cr, 1.0 / self->picture->scale, unit);
  cairo_set_source_surface(cr, self->picture->surface, 0, 0);
  if (unit * self->picture->scale > 0.99)
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_paint(cr);
  cairo_destroy(cr);
  if (!hv_minimap_get_frame(self, &y, &frame_height))
    return;
  /* What the map does not show is veiled. */
  colour.alpha = 0.45f;
  gtk_snapshot_append_color(snapshot, &colour, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)y));
  gtk_snapshot_append_color(snapshot, &colour,
                            &GRAPHENE_RECT_INIT(0, (float)(y + frame_height), (float)width,
                                                (float)MAX(height - y - frame_height, 0)));
  colour = hv_palette_rgba(self->palette->accent);
  gsk_rounded_rect_init_from_rect(
      &outline, &GRAPHENE_RECT_INIT(1, (float)y, (float)width - 2, (float)frame_height), 2);
  gtk_snapshot_append_border(snapshot, &outline, (float[4]){1.5f, 1.5f, 1.5f, 1.5f},
                             (GdkRGBA[4]){colour, colour, colour, colour});
}

static void hv_minimap_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                               int *minimum, int *natural, int *minimum_baseline,
                               int *natural_baseline) {
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH_PX + 2 * EDGE_PX : 1;
  *natural = *minimum;
}

static void hv_minimap_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  minimap_update(HV_MINIMAP(widget));
}

static void hv_minimap_map(GtkWidget *widget) {
  GTK_WIDGET_CLASS(hv_minimap_parent_class)->map(widget);
  minimap_update(HV_MINIMAP(widget));
}

static void minimap_drag_begin(GtkGestureDrag *gesture, double x, double y, HvMinimap *self) {
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  hv_minimap_go(self, x, y);
}

static void minimap_drag_update(GtkGestureDrag *gesture, double dx, double dy, HvMinimap *self) {
  double x, y;

  if (gtk_gesture_drag_get_start_point(gesture, &x, &y))
    hv_minimap_go(self, x + dx, y + dy);
}

static void minimap_view_changed(HvMinimap *self) {
  gtk_widget_queue_draw(GTK_WIDGET(self));
  minimap_update(self);
}

void hv_minimap_set_map(HvMinimap *self, HvHeapMap *map) {
  g_return_if_fail(HV_IS_MINIMAP(self));
  g_return_if_fail(self->map == NULL);
  self->map = map;
  g_signal_connect_object(map, "view-changed", G_CALLBACK(minimap_view_changed), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(map, "lens-changed", G_CALLBACK(minimap_update), self, G_CONNECT_SWAPPED);
  minimap_update(self);
}

void hv_minimap_set_palette(HvMinimap *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_MINIMAP(self));
  self->palette = palette;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  minimap_update(self);
}

static void hv_minimap_dispose(GObject *object) {
  HvMinimap *self = HV_MINIMAP(object);

  g_clear_handle_id(&self->later_id, g_source_remove);
  self->map = NULL;
  g_clear_pointer(&self->picture, picture_free);
  G_OBJECT_CLASS(hv_minimap_parent_class)->dispose(object);
}

static void hv_minimap_class_init(HvMinimapClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_minimap_dispose;
  widget_class->snapshot = hv_minimap_snapshot;
  widget_class->measure = hv_minimap_measure;
  widget_class->size_allocate = hv_minimap_size_allocate;
  widget_class->map = hv_minimap_map;
  gtk_widget_class_set_css_name(widget_class, "minimap");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void hv_minimap_init(HvMinimap *self) {
  GtkGesture *drag = gtk_gesture_drag_new();

  g_signal_connect(drag, "drag-begin", G_CALLBACK(minimap_drag_begin), self);
  g_signal_connect(drag, "drag-update", G_CALLBACK(minimap_drag_update), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_tooltip_text(GTK_WIDGET(self), _("The whole heap: press or drag to go there"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("The whole heap, and what the map shows of it"), -1);
}
