/* SPDX-License-Identifier: MIT */
/* See timeline.h. The picture of the ledgers is kept until history, size or colours change, so that
 * a moving handle draws two lines. A heap at rest adds ledgers like the last one: the picture, the
 * times it shows and what is said of them stay until it would differ, by a pixel of time at the
 * latest. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/timeline.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/units.h"
#include "viewer/render/strip.h"
#include "viewer/render/text.h"

#define HEIGHT_PX     56
#define EVENTS_PX     (HV_STRIP_EVENT_PX + 1)
#define EVENT_NEAR_PX 4
#define CHOICE_MIN_PX 3 /* less is no drag */

struct _HvTimeline {
  GtkWidget parent_instance;
  HvHistory *history; /* NULL: nothing is shown */
  const HvPalette *palette;
  guint64 at_ns;
  guint64 a_ns;
  guint64 b_ns;

  gboolean wants; /* the moment that was chosen last is still being looked up */
  guint64 wanted_ns;

  gboolean choosing; /* a drag with Shift: what lies between is to be compared */
  guint64 from_ns;
  guint64 to_ns;

  guint64 begin_ns; /* what the width shows */
  guint64 end_ns;
  gint64 newest[HV_SAMPLE_ROWS]; /* the ledger at end_ns */
  HvStripScale scale;
  GArray *events; /* HvEvent; NULL: not asked for yet */

  cairo_surface_t *picture; /* NULL: to be drawn */
  guint64 version;
};

G_DEFINE_FINAL_TYPE(HvTimeline, hv_timeline, GTK_TYPE_WIDGET)

enum { SCRUB, COMPARE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- time and place ---- */

guint64 hv_timeline_time_at(HvTimeline *self, double x) {
  double width = MAX(gtk_widget_get_width(GTK_WIDGET(self)), 1);
  double share = CLAMP(x / width, 0, 1);

  g_return_val_if_fail(HV_IS_TIMELINE(self), 0);
  return self->begin_ns + (guint64)((double)(self->end_ns - self->begin_ns) * share);
}

double hv_timeline_x_of(HvTimeline *self, guint64 time_ns) {
  double width = gtk_widget_get_width(GTK_WIDGET(self));

  g_return_val_if_fail(HV_IS_TIMELINE(self), 0);
  if (self->end_ns <= self->begin_ns)
    return width;
  return ((double)time_ns - (double)self->begin_ns) / (double)(self->end_ns - self->begin_ns) *
         width;
}

/* ---- drawing ---- */

static cairo_surface_t *timeline_draw(HvTimeline *self, int width, int height, int scale) {
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, width * scale, height * scale);
  cairo_t *cr = cairo_create(surface);
  int top = EVENTS_PX * scale;

  hv_set_colour(cr, self->palette->background);
  cairo_paint(cr);
  cairo_translate(cr, 0, top);
  hv_strip_draw(cr, self->history, self->palette, self->begin_ns, self->end_ns,
                (guint)(width * scale), width * scale, height * scale - top, scale);
  cairo_destroy(cr);
  return surface;
}

static void draw_events(HvTimeline *self, cairo_t *cr) {
  for (guint i = 0; i < self->events->len; i++) {
    const HvEvent *event = &g_array_index(self->events, HvEvent, i);
    double x = hv_timeline_x_of(self, event->time_ns);

    if (x < 0)
      continue;
    hv_set_colour(cr, hv_strip_event_colour(self->palette, event->kind));
    cairo_rectangle(cr, x - 1, 0, 3, EVENTS_PX - 1);
    cairo_fill(cr);
  }
}

static void draw_mark(HvTimeline *self, cairo_t *cr, guint64 time_ns, const char *letter) {
  HvTextStyle style = {
      .size_px = 11, .bold = TRUE, .colour = self->palette->background, .align = HV_TEXT_CENTRE};
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  double x = hv_timeline_x_of(self, time_ns);
  gint64 flag = (gint64)CLAMP(x - 7, 0, MAX(width - 15, 0));

  if (time_ns == 0)
    return;
  hv_set_colour(cr, self->palette->text);
  cairo_rectangle(cr, CLAMP(x, 0, width - 1), 0, 1, HEIGHT_PX);
  cairo_rectangle(cr, (double)flag, EVENTS_PX, 15, 15);
  cairo_fill(cr);
  hv_text_draw(cr, letter, &style, flag, EVENTS_PX, 15, 15);
}

static void draw_handle(HvTimeline *self, cairo_t *cr) {
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  double x = self->at_ns == 0 ? width - 2 : hv_timeline_x_of(self, self->at_ns);

  x = CLAMP(x, 1, MAX(width - 2, 1));
  hv_set_colour(cr, self->palette->background);
  cairo_rectangle(cr, x - 2, 0, 5, HEIGHT_PX);
  cairo_fill(cr);
  hv_set_colour(cr, self->palette->accent);
  cairo_rectangle(cr, x - 1, 0, 3, HEIGHT_PX);
  cairo_fill(cr);
}

/* What a drag with Shift has covered until now. */
static void draw_choice(HvTimeline *self, cairo_t *cr) {
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  double a = CLAMP(hv_timeline_x_of(self, MIN(self->from_ns, self->to_ns)), 0, width);
  double b = CLAMP(hv_timeline_x_of(self, MAX(self->from_ns, self->to_ns)), 0, width);

  hv_set_colour(cr, (self->palette->accent & 0xffffff) | 0x50000000);
  cairo_rectangle(cr, a, 0, b - a, HEIGHT_PX);
  cairo_fill(cr);
  hv_set_colour(cr, self->palette->accent);
  cairo_rectangle(cr, CLAMP(a, 0, width - 1), 0, 1, HEIGHT_PX);
  cairo_rectangle(cr, CLAMP(b, 0, width - 1), 0, 1, HEIGHT_PX);
  cairo_fill(cr);
}

static void hv_timeline_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvTimeline *self = HV_TIMELINE(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  int scale = MAX(gtk_widget_get_scale_factor(widget), 1);
  cairo_t *cr;

  if (self->history == NULL || self->palette == NULL || self->end_ns == 0 || width < 1)
    return;
  if (self->picture != NULL && (cairo_image_surface_get_width(self->picture) != width * scale ||
                                cairo_image_surface_get_height(self->picture) != height * scale))
    g_clear_pointer(&self->picture, cairo_surface_destroy);
  if (self->picture == NULL)
    self->picture = timeline_draw(self, width, height, scale);
  if (self->events == NULL)
    self->events = hv_history_events(self->history);
  cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  cairo_save(cr);
  cairo_scale(cr, 1.0 / scale, 1.0 / scale);
  cairo_set_source_surface(cr, self->picture, 0, 0);
  cairo_paint(cr);
  cairo_restore(cr);
  draw_events(self, cr);
  draw_mark(self, cr, self->a_ns, "A");
  draw_mark(self, cr, self->b_ns, "B");
  draw_handle(self, cr);
  if (self->choosing)
    draw_choice(self, cr);
  cairo_destroy(cr);
}

static void hv_timeline_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline) {
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : HEIGHT_PX;
  *natural = *minimum;
}

/* ---- what is said ---- */

/* " · churn 1.50 MiB/s", or " · churn 1 KiB/s to 3 MiB/s" in one pixel, or nothing. */
static void append_churn(HvTimeline *self, guint64 time_ns, GString *text) {
  guint width = (guint)MAX(gtk_widget_get_width(GTK_WIDGET(self)), 1);
  HvSample pixel;
  g_autofree char *low = NULL;
  g_autofree char *high = NULL;

  hv_history_columns(self->history, time_ns, time_ns + 1 + (self->end_ns - self->begin_ns) / width,
                     1, &pixel);
  if (pixel.high[HV_SAMPLE_CHURN] < 0)
    return;
  low = hv_format_bytes(pixel.low[HV_SAMPLE_CHURN]);
  high = hv_format_bytes(pixel.high[HV_SAMPLE_CHURN]);
  g_string_append(text, " · ");
  if (g_str_equal(low, high))
    g_string_append_printf(text, _("churn %s/s"), high);
  else
    g_string_append_printf(text, _("churn %s/s to %s/s"), low, high);
}

static char *timeline_text(HvTimeline *self, guint64 time_ns) {
  HvSample column;
  g_autofree char *time = hv_format_time(time_ns);
  g_autofree char *total = NULL;
  GString *text = g_string_new(time);

  hv_history_columns(self->history, self->begin_ns, MAX(time_ns, self->begin_ns + 1), 1, &column);
  total = hv_format_bytes(column.last[HV_SAMPLE_TOTAL]);
  g_string_append_printf(text, " · %s", total);
  append_churn(self, time_ns, text);
  return g_string_free(text, FALSE);
}

static gboolean hv_timeline_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                                          GtkTooltip *tooltip) {
  HvTimeline *self = HV_TIMELINE(widget);
  g_autoptr(GString) text = NULL;
  g_autofree char *said = NULL;
  guint told = 0;

  if (keyboard || self->history == NULL || self->end_ns == 0)
    return FALSE;
  text = g_string_new(NULL);
  said = timeline_text(self, hv_timeline_time_at(self, x));
  g_string_append(text, said);
  for (guint i = 0; self->events != NULL && i < self->events->len && told < 6; i++) {
    const HvEvent *event = &g_array_index(self->events, HvEvent, i);
    double distance = hv_timeline_x_of(self, event->time_ns) - x;

    if (distance >= -EVENT_NEAR_PX && distance <= EVENT_NEAR_PX) {
      g_autofree char *what = hv_event_describe(event);

      g_string_append_printf(text, "\n%s", what);
      told++;
    }
  }
  gtk_tooltip_set_text(tooltip, text->str);
  return TRUE;
}

static void timeline_update_accessible(HvTimeline *self) {
  g_autofree char *text = NULL;
  g_autofree char *told = NULL;
  guint64 at_ns = self->at_ns == 0 ? self->end_ns : self->at_ns;

  if (self->history == NULL || self->end_ns == 0)
    return;
  told = timeline_text(self, at_ns);
  text = self->at_ns == 0 ? g_strdup_printf(_("newest, %s"), told) : g_strdup(told);
  gtk_accessible_update_property(
      GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
      GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double)(self->end_ns - self->begin_ns) / 1e9,
      GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double)(at_ns - MIN(self->begin_ns, at_ns)) / 1e9,
      GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

/* ---- input ---- */

static void timeline_scrub(HvTimeline *self, guint64 time_ns) {
  self->wanted_ns = time_ns;
  if (time_ns != 0 && hv_history_count(self->history) > 0)
    self->wanted_ns = hv_history_time(self->history, hv_history_find(self->history, time_ns));
  self->wants = self->wanted_ns != self->at_ns;
  g_signal_emit(self, signals[SCRUB], 0, time_ns);
}

static void timeline_scrub_x(HvTimeline *self, double x) {
  if (self->history == NULL || self->end_ns == 0)
    return;
  /* The right edge is the newest, whatever comes. */
  if (x >= gtk_widget_get_width(GTK_WIDGET(self)) - 3)
    timeline_scrub(self, 0);
  else
    timeline_scrub(self, hv_timeline_time_at(self, x));
}

static void timeline_drag_begin(GtkGestureDrag *gesture, double x, double y, HvTimeline *self) {
  GtkEventController *controller = GTK_EVENT_CONTROLLER(gesture);

  gtk_widget_grab_focus(GTK_WIDGET(self));
  self->choosing =
      (gtk_event_controller_get_current_event_state(controller) & GDK_SHIFT_MASK) != 0 &&
      self->history != NULL && self->end_ns != 0;
  if (self->choosing)
    self->from_ns = self->to_ns = hv_timeline_time_at(self, x);
  else
    timeline_scrub_x(self, x);
}

static void timeline_drag_update(GtkGestureDrag *gesture, double dx, double dy, HvTimeline *self) {
  double x = 0, y = 0;

  gtk_gesture_drag_get_start_point(gesture, &x, &y);
  if (!self->choosing) {
    timeline_scrub_x(self, x + dx);
    return;
  }
  self->to_ns = hv_timeline_time_at(self, x + dx);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void timeline_drag_end(GtkGestureDrag *gesture, double dx, double dy, HvTimeline *self) {
  if (!self->choosing)
    return;
  self->choosing = FALSE;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  if (dx <= -CHOICE_MIN_PX || dx >= CHOICE_MIN_PX)
    g_signal_emit(self, signals[COMPARE], 0, MIN(self->from_ns, self->to_ns),
                  MAX(self->from_ns, self->to_ns));
}

static void timeline_drag_cancel(HvTimeline *self) {
  self->choosing = FALSE;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void hv_timeline_step(HvTimeline *self, int steps) {
  guint count, index;
  guint64 from_ns;

  g_return_if_fail(HV_IS_TIMELINE(self));
  if (self->history == NULL)
    return;
  count = hv_history_count(self->history);
  if (count == 0)
    return;
  /* Steps that come faster than moments are looked up add up. */
  from_ns = self->wants ? self->wanted_ns : self->at_ns;
  index = from_ns == 0 ? count - 1 : hv_history_find(self->history, from_ns);
  if (steps > 0 && index + (guint)steps >= count) {
    timeline_scrub(self, 0);
    return;
  }
  index = steps < 0 && (guint)-steps > index ? 0 : (guint)((int)index + steps);
  timeline_scrub(self, hv_history_time(self->history, index));
}

static gboolean key_step(GtkWidget *widget, GVariant *steps, gpointer data) {
  hv_timeline_step(HV_TIMELINE(widget), g_variant_get_int32(steps));
  return GDK_EVENT_STOP;
}

/* ---- what is shown ---- */

static void timeline_take_span(HvTimeline *self) {
  HvSample sample = {0};

  hv_strip_span(self->history, &self->begin_ns, &self->end_ns);
  if (self->history != NULL && self->end_ns != 0) {
    hv_history_columns(self->history, self->end_ns, self->end_ns + 1, 1, &sample);
    self->scale = hv_strip_scale(self->history, self->begin_ns, self->end_ns);
  }
  memcpy(self->newest, sample.last, sizeof self->newest);
}

/* Whether what came to the history since the picture was drawn cannot be seen: the same ledger, no
 * event, and less time than a device pixel. */
static gboolean timeline_looks_the_same(HvTimeline *self) {
  g_autoptr(GArray) events = NULL;
  guint64 begin_ns, end_ns;
  double moved_ns;
  HvSample since;

  if (self->picture == NULL || self->events == NULL ||
      !hv_strip_span(self->history, &begin_ns, &end_ns) || begin_ns < self->begin_ns ||
      end_ns < self->end_ns)
    return FALSE;
  moved_ns = (double)(begin_ns - self->begin_ns) + (double)(end_ns - self->end_ns);
  if (moved_ns * cairo_image_surface_get_width(self->picture) >=
      (double)(self->end_ns - self->begin_ns))
    return FALSE;
  hv_history_columns(self->history, self->end_ns, end_ns + 1, 1, &since);
  if (memcmp(since.low, self->newest, sizeof since.low) != 0 ||
      memcmp(since.high, self->newest, sizeof since.high) != 0)
    return FALSE;
  events = hv_history_events(self->history);
  return events->len == self->events->len;
}

void hv_timeline_set(HvTimeline *self, HvHistory *history, guint64 at_ns, guint64 a_ns,
                     guint64 b_ns) {
  guint64 version;

  g_return_if_fail(HV_IS_TIMELINE(self));
  version = history == NULL ? 0 : hv_history_version(history);
  if (history == self->history && version == self->version && at_ns == self->at_ns &&
      a_ns == self->a_ns && b_ns == self->b_ns)
    return;
  if (history == self->history && version != self->version && timeline_looks_the_same(self)) {
    self->version = version;
    if (at_ns == self->at_ns && a_ns == self->a_ns && b_ns == self->b_ns)
      return;
  }
  if (history != self->history || version != self->version) {
    if (history != NULL)
      hv_history_ref(history);
    g_clear_pointer(&self->history, hv_history_unref);
    g_clear_pointer(&self->picture, cairo_surface_destroy);
    g_clear_pointer(&self->events, g_array_unref);
    self->wants &= history == self->history;
    self->history = history;
    self->version = version;
    timeline_take_span(self);
  }
  self->wants &= at_ns != self->wanted_ns;
  self->at_ns = at_ns;
  self->a_ns = a_ns;
  self->b_ns = b_ns;
  timeline_update_accessible(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

const HvStripScale *hv_timeline_get_scale(HvTimeline *self) {
  g_return_val_if_fail(HV_IS_TIMELINE(self), NULL);
  return &self->scale;
}

void hv_timeline_set_palette(HvTimeline *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_TIMELINE(self));
  self->palette = palette;
  g_clear_pointer(&self->picture, cairo_surface_destroy);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* ---- making ---- */

static void hv_timeline_dispose(GObject *object) {
  HvTimeline *self = HV_TIMELINE(object);

  g_clear_pointer(&self->history, hv_history_unref);
  g_clear_pointer(&self->picture, cairo_surface_destroy);
  g_clear_pointer(&self->events, g_array_unref);
  G_OBJECT_CLASS(hv_timeline_parent_class)->dispose(object);
}

static void hv_timeline_class_init(HvTimelineClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  static const struct {
    guint key;
    int steps;
  } keys[] = {{GDK_KEY_Left, -1},      {GDK_KEY_Right, 1},      {GDK_KEY_Page_Up, -10},
              {GDK_KEY_Page_Down, 10}, {GDK_KEY_Home, -100000}, {GDK_KEY_End, 100000}};

  G_OBJECT_CLASS(klass)->dispose = hv_timeline_dispose;
  widget_class->snapshot = hv_timeline_snapshot;
  widget_class->measure = hv_timeline_measure;
  widget_class->query_tooltip = hv_timeline_query_tooltip;
  signals[SCRUB] = g_signal_new("scrub", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  signals[COMPARE] = g_signal_new("compare", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
    gtk_widget_class_add_binding(widget_class, keys[i].key, 0, key_step, "i", keys[i].steps);
  gtk_widget_class_set_css_name(widget_class, "timeline");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void hv_timeline_init(HvTimeline *self) {
  GtkGesture *gesture = gtk_gesture_drag_new();

  g_signal_connect(gesture, "drag-begin", G_CALLBACK(timeline_drag_begin), self);
  g_signal_connect(gesture, "drag-update", G_CALLBACK(timeline_drag_update), self);
  g_signal_connect(gesture, "drag-end", G_CALLBACK(timeline_drag_end), self);
  g_signal_connect_swapped(gesture, "cancel", G_CALLBACK(timeline_drag_cancel), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(gesture));
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Timeline"),
                                 -1);
}
