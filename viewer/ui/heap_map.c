/* SPDX-License-Identifier: MIT */
/* The heap map as a widget: properties, drawing, life. See heap_map.h and heap_map_private.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

#include <glib/gi18n.h>

#include "viewer/ui/heap_map_input.h"
#include "viewer/ui/swatch.h"

#define MARKS_MAX 300 /* outlines of rows pointed at */

enum { PROP_0, PROP_HADJUSTMENT, PROP_VADJUSTMENT, PROP_HSCROLL_POLICY, PROP_VSCROLL_POLICY };
static guint signals[HV_MAP_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE(HvHeapMap, hv_heap_map, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

static gboolean map_emit_held(gpointer data) {
  g_autoptr(HvHeapMap) self = g_object_ref(data);
  guint held = self->held;

  self->held = 0;
  self->held_id = 0;
  for (guint i = 0; i < HV_MAP_SIGNALS; i++)
    if ((held >> i & 1) != 0)
      g_signal_emit(self, signals[i], 0);
  return G_SOURCE_REMOVE;
}

/* Who hears that the map has changed may ask for another size, for which it is too late while sizes
 * are being given: GTK would then draw what has no place yet. */
void hv_map_emit(HvHeapMap *self, HvMapSignal signal) {
  if (!self->allocating) {
    g_signal_emit(self, signals[signal], 0);
    return;
  }
  self->held |= 1u << signal;
  if (self->held_id == 0)
    self->held_id = g_idle_add_full(G_PRIORITY_HIGH_IDLE, map_emit_held, self, NULL);
}

/* ---- geometry ---- */

int hv_map_scale(HvHeapMap *self) {
  return MAX(gtk_widget_get_scale_factor(GTK_WIDGET(self)), 1);
}

gint64 hv_map_width_px(HvHeapMap *self) {
  return (gint64)gtk_widget_get_width(GTK_WIDGET(self)) * hv_map_scale(self);
}

gint64 hv_map_height_px(HvHeapMap *self) {
  return (gint64)gtk_widget_get_height(GTK_WIDGET(self)) * hv_map_scale(self);
}

void hv_map_configure_adjustments(HvHeapMap *self) {
  HvTileSet *set = hv_map_newest(self);
  double scale = hv_map_scale(self);
  double page = gtk_widget_get_height(GTK_WIDGET(self));
  double width = gtk_widget_get_width(GTK_WIDGET(self));
  gint64 height_px = set == NULL ? 0 : hv_layout_height(set->layout);
  double height = (double)height_px / scale;

  self->configuring = TRUE;
  if (self->vadjustment != NULL)
    gtk_adjustment_configure(self->vadjustment, (double)self->y_px / scale, 0.0, MAX(height, page),
                             24.0, MAX(page * 0.9, 1.0), page);
  if (self->hadjustment != NULL)
    gtk_adjustment_configure(self->hadjustment, 0.0, 0.0, width, 1.0, width, width);
  self->configuring = FALSE;
}

static void map_adjustment_changed(HvHeapMap *self) {
  if (!self->configuring)
    hv_map_set_y(self,
                 (gint64)(gtk_adjustment_get_value(self->vadjustment) * hv_map_scale(self) + 0.5));
}

/* ---- drawing ---- */

static void snapshot_tiles(HvHeapMap *self, GtkSnapshot *snapshot) {
  HvTileSet *set = self->front;
  int scale = hv_map_scale(self);
  gint64 left_px = hv_map_left_px(self, set);
  gint64 first, last;

  hv_map_visible_rows(self, self->front_y_px, &first, &last);
  for (gint64 row = first; row <= last; row++) {
    for (gint64 column = 0; column < hv_tile_set_columns(set); column++) {
      GskRenderNode *node = hv_tile_set_node(set, column, row);

      if (node == NULL)
        continue;
      gtk_snapshot_save(snapshot);
      gtk_snapshot_translate(
          snapshot,
          &GRAPHENE_POINT_INIT((float)(left_px + column * HV_TILE_PX) / (float)scale,
                               (float)(row * HV_TILE_PX - self->front_y_px) / (float)scale));
      gtk_snapshot_append_node(snapshot, node);
      gtk_snapshot_restore(snapshot);
    }
  }
}

/* An outline around @begin..@end: @width logical pixels of the accent, on a rim of the background
 * so that it shows on any colour. */
static void snapshot_outline(HvHeapMap *self, GtkSnapshot *snapshot, guint64 begin, guint64 end,
                             float width) {
  HvTileSet *set = self->front;
  int scale = hv_map_scale(self);
  gint64 left_px = hv_map_left_px(self, set);
  HvRect clip = {0, self->front_y_px - HV_TILE_PX, hv_layout_params(set->layout)->width_px,
                 hv_map_height_px(self) + 2 * HV_TILE_PX};
  g_autoptr(GArray) rects = hv_layout_range_rects(set->layout, begin, end, &clip);
  GdkRGBA accent = hv_palette_rgba(self->palette->accent);
  GdkRGBA rim = hv_palette_rgba(self->palette->background);

  rim.alpha = 0.8f;
  for (guint i = 0; i < rects->len; i++) {
    HvRect *rect = &g_array_index(rects, HvRect, i);
    float x = (float)(rect->x + left_px) / (float)scale;
    float y = (float)(rect->y - self->front_y_px) / (float)scale;
    float w = MAX((float)rect->width / (float)scale, 1.0f);
    float h = MAX((float)rect->height / (float)scale, 1.0f);
    GskRoundedRect outline;

    gsk_rounded_rect_init_from_rect(
        &outline,
        &GRAPHENE_RECT_INIT(x - width - 1, y - width - 1, w + 2 * width + 2, h + 2 * width + 2), 2);
    gtk_snapshot_append_border(snapshot, &outline,
                               (float[4]){width + 1, width + 1, width + 1, width + 1},
                               (GdkRGBA[4]){rim, rim, rim, rim});
    gsk_rounded_rect_init_from_rect(
        &outline, &GRAPHENE_RECT_INIT(x - width, y - width, w + 2 * width, h + 2 * width), 2);
    gtk_snapshot_append_border(snapshot, &outline, (float[4]){width, width, width, width},
                               (GdkRGBA[4]){accent, accent, accent, accent});
  }
}

/* Outlines the marks that are in view, as many as one can tell apart. */
static void snapshot_marks(HvHeapMap *self, GtkSnapshot *snapshot) {
  guint count, drawn = 0;
  const HvRange *ranges = hv_highlight_ranges(self->marks, &count);
  guint64 begin, end;

  if (!hv_heap_map_get_window(self, &begin, &end)) {
    begin = 0;
    end = G_MAXUINT64;
  }
  for (guint i = 0; i < count && drawn < MARKS_MAX; i++) {
    if (ranges[i].end <= begin || ranges[i].begin >= end)
      continue;
    snapshot_outline(self, snapshot, ranges[i].begin, ranges[i].end, 1);
    drawn++;
  }
}

static void hv_heap_map_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvHeapMap *self = HV_HEAP_MAP(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  GdkRGBA background = hv_palette_rgba(self->palette->background);
  HvFocus selection;

  self->snapshots++;
  gtk_snapshot_push_clip(snapshot, &bounds);
  gtk_snapshot_append_color(snapshot, &background, &bounds);
  if (self->front != NULL) {
    snapshot_tiles(self, snapshot);
    hv_map_fade_snapshot(self, snapshot);
    if (self->hover.level != HV_FOCUS_NOTHING)
      snapshot_outline(self, snapshot, self->hover.begin, self->hover.end, 1);
    if (self->marks != NULL)
      snapshot_marks(self, snapshot);
    if (hv_heap_map_get_selection(self, &selection))
      snapshot_outline(self, snapshot, selection.begin, selection.end, 2);
  }
  gtk_snapshot_pop(snapshot);
}

/* ---- widget ---- */

static gboolean hv_heap_map_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                                          GtkTooltip *tooltip) {
  HvHeapMap *self = HV_HEAP_MAP(widget);
  g_autofree char *text = NULL;
  g_auto(GStrv) parts = NULL;
  g_autofree char *lines = NULL;

  if (keyboard)
    return FALSE;
  text = self->hover.level == HV_FOCUS_NOTHING ? hv_map_describe_fold(self, x, y)
                                               : hv_heap_map_describe(self, &self->hover);
  if (text == NULL)
    return FALSE;
  parts = g_strsplit(text, " · ", -1);
  lines = g_strjoinv("\n", parts);
  gtk_tooltip_set_text(tooltip, lines);
  return TRUE;
}

static void hv_heap_map_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  HvHeapMap *self = HV_HEAP_MAP(widget);

  self->allocating = TRUE;
  hv_map_relayout(self);
  hv_map_configure_adjustments(self);
  /* More or less is in view, also where rows stay where they are. */
  if (height != self->told_height)
    hv_map_emit(self, HV_MAP_VIEW_CHANGED);
  self->told_height = height;
  self->allocating = FALSE;
}

static void hv_heap_map_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline) {
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 64 + 2 * HV_MAP_MARGIN_PX : 64;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 400;
}

static void map_drop_pictures(HvHeapMap *self) {
  hv_map_fade_forget(self);
  hv_map_fade_stop(self);
  g_clear_pointer(&self->back, hv_tile_set_free);
  g_clear_pointer(&self->front, hv_tile_set_free);
  self->hover = (HvFocus){HV_FOCUS_NOTHING};
  self->stale = TRUE;
}

static void hv_heap_map_unrealize(GtkWidget *widget) {
  map_drop_pictures(HV_HEAP_MAP(widget));
  GTK_WIDGET_CLASS(hv_heap_map_parent_class)->unrealize(widget);
}

static void map_scale_changed(HvHeapMap *self) {
  map_drop_pictures(self);
  hv_map_relayout(self);
}

static void map_take_adjustment(HvHeapMap *self, GtkAdjustment **field, GtkAdjustment *adjustment) {
  if (*field != NULL)
    g_signal_handlers_disconnect_by_data(*field, self);
  g_set_object(field, adjustment);
  if (adjustment != NULL && field == &self->vadjustment)
    g_signal_connect_swapped(adjustment, "value-changed", G_CALLBACK(map_adjustment_changed), self);
  hv_map_configure_adjustments(self);
}

static void hv_heap_map_set_property(GObject *object, guint id, const GValue *value,
                                     GParamSpec *pspec) {
  HvHeapMap *self = HV_HEAP_MAP(object);

  switch (id) {
  case PROP_HADJUSTMENT:
    map_take_adjustment(self, &self->hadjustment, g_value_get_object(value));
    break;
  case PROP_VADJUSTMENT:
    map_take_adjustment(self, &self->vadjustment, g_value_get_object(value));
    break;
  case PROP_HSCROLL_POLICY:
    self->hscroll_policy = (guint)g_value_get_enum(value) & 1;
    break;
  case PROP_VSCROLL_POLICY:
    self->vscroll_policy = (guint)g_value_get_enum(value) & 1;
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void hv_heap_map_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  HvHeapMap *self = HV_HEAP_MAP(object);

  switch (id) {
  case PROP_HADJUSTMENT:
    g_value_set_object(value, self->hadjustment);
    break;
  case PROP_VADJUSTMENT:
    g_value_set_object(value, self->vadjustment);
    break;
  case PROP_HSCROLL_POLICY:
    g_value_set_enum(value, (int)self->hscroll_policy);
    break;
  case PROP_VSCROLL_POLICY:
    g_value_set_enum(value, (int)self->vscroll_policy);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void hv_heap_map_dispose(GObject *object) {
  HvHeapMap *self = HV_HEAP_MAP(object);

  g_clear_pointer(&self->worker, hv_tile_worker_free);
  g_clear_handle_id(&self->held_id, g_source_remove);
  hv_map_stop_telling(self);
  map_drop_pictures(self);
  hv_map_drop_scene(self);
  g_clear_pointer(&self->highlight, hv_highlight_unref);
  g_clear_pointer(&self->marks, hv_highlight_unref);
  g_clear_pointer(&self->folds, hv_folds_unref);
  if (self->vadjustment != NULL)
    g_signal_handlers_disconnect_by_data(self->vadjustment, self);
  g_clear_object(&self->vadjustment);
  g_clear_object(&self->hadjustment);
  g_clear_pointer(&self->bookmarks, g_array_unref);
  G_OBJECT_CLASS(hv_heap_map_parent_class)->dispose(object);
}

static void hv_heap_map_class_init(HvHeapMapClass *klass) {
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  static const char *const names[HV_MAP_SIGNALS] = {"hover-changed", "selection-changed",
                                                    "view-changed", "lens-changed", "measured"};

  object_class->set_property = hv_heap_map_set_property;
  object_class->get_property = hv_heap_map_get_property;
  object_class->dispose = hv_heap_map_dispose;
  widget_class->snapshot = hv_heap_map_snapshot;
  widget_class->measure = hv_heap_map_measure;
  widget_class->size_allocate = hv_heap_map_size_allocate;
  widget_class->query_tooltip = hv_heap_map_query_tooltip;
  widget_class->unrealize = hv_heap_map_unrealize;
  g_object_class_override_property(object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property(object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property(object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property(object_class, PROP_VSCROLL_POLICY, "vscroll-policy");
  for (guint i = 0; i < HV_MAP_SIGNALS; i++)
    signals[i] = g_signal_new(names[i], G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                              NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name(widget_class, "heapmap");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  hv_heap_map_class_add_bindings(widget_class);
}

static void hv_heap_map_init(HvHeapMap *self) {
  self->worker = hv_tile_worker_new(hv_map_tile_done, self);
  self->theme = HV_THEME_LIGHT;
  self->palette = hv_palette_get(self->theme);
  self->folds = hv_folds_new();
  self->fit = TRUE;
  self->pointer_x = -1;
  self->pointer_y = -1;
  self->bookmarks = g_array_new(FALSE, FALSE, sizeof(HvMapBookmark));
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Heap map"),
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _("nothing selected"), -1);
  g_signal_connect(self, "notify::scale-factor", G_CALLBACK(map_scale_changed), NULL);
  hv_heap_map_add_input(self);
}

GtkWidget *hv_heap_map_new(void) {
  return g_object_new(HV_TYPE_HEAP_MAP, NULL);
}

HvLens *hv_heap_map_get_lens(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), NULL);
  return self->front == NULL ? NULL : self->front->lens;
}

/* ---- for tests ---- */

gboolean hv_heap_map_is_settled(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return self->back == NULL && !self->stale && !self->preparing && self->front != NULL &&
         hv_map_is_complete(self, self->front);
}

gboolean hv_heap_map_is_view_drawn(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return self->settled;
}

guint64 hv_heap_map_get_tiles_drawn(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), 0);
  return hv_tile_worker_get_drawn(self->worker);
}

guint64 hv_heap_map_get_snapshots(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), 0);
  return self->snapshots;
}

HvLayout *hv_heap_map_get_picture(HvHeapMap *self, HvPyramid **pyramid, gint64 *x, gint64 *y) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), NULL);
  if (self->front == NULL)
    return NULL;
  *pyramid = self->front->pyramid;
  *x = hv_map_left_px(self, self->front);
  *y = -self->front_y_px;
  return self->front->layout;
}
