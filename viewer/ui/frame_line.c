/* SPDX-License-Identifier: MIT */
/* See frame_line.h. Texts change often: inscriptions, unlike labels, do not ask for another size.
 * A timer tells the age while no frame comes. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/frame_line.h"

#include <glib/gi18n.h>
#include <time.h>

#include "viewer/model/cost.h"
#include "viewer/model/units.h"
#include "viewer/ui/label.h"
#include "viewer/ui/tip.h"

#define TICK_S 1

/* Room for "104 ms old · 12 dropped · program 0.4 %, viewer 18 %", or for a time. */
enum {
  LIVE_CHARS = 44,
  TIME_CHARS = 19,
};

struct _HvFrameLine {
  GtkWidget parent_instance;
  GtkInscription *watch;
  GtkInscription *number;
  HvMoment *moment; /* NULL: none */
  HvCost cost;
  gint64 told_us; /* monotonic time when the texts were last made */
  guint tick_id;
};

G_DEFINE_FINAL_TYPE(HvFrameLine, hv_frame_line, GTK_TYPE_WIDGET)

static guint64 clock_ns(clockid_t clock) {
  struct timespec now = {0};

  clock_gettime(clock, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

static gboolean is_live(HvFrameLine *self) {
  return self->moment != NULL && self->moment->state == HV_SOURCE_LIVE && self->moment->at_ns == 0;
}

/* "104 ms old · 0 dropped · program 0.4 %, viewer 3 %" */
static char *watch_text(HvFrameLine *self) {
  const struct alloc_frame *head = hv_frame_head(self->moment->frame);
  const HvSourceStats *stats = &self->moment->stats;
  guint64 now_ns = clock_ns(CLOCK_MONOTONIC);
  g_autofree char *age = hv_format_duration(now_ns - MIN(head->monotonic_ns, now_ns));
  g_autofree char *dropped = hv_format_count(stats->torn + stats->invalid + stats->skipped);
  g_autofree char *target = hv_format_percent(self->cost.target, 1000000);
  g_autofree char *own = hv_format_percent(self->cost.own, 1000000);

  if (!self->cost.is_known)
    return g_strdup_printf(_("%s old · %s dropped"), age, dropped);
  return g_strdup_printf(_("%s old · %s dropped · program %s, viewer %s"), age, dropped, target,
                         own);
}

static void G_GNUC_PRINTF(2, 3) append_line(GString *text, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_string_append_c(text, '\n');
  g_string_append_vprintf(text, format, arguments);
  va_end(arguments);
}

static char *frame_tip(HvFrameLine *self) {
  const struct alloc_frame *head = hv_frame_head(self->moment->frame);
  const HvSourceStats *stats = &self->moment->stats;
  unsigned long long skipped = stats->skipped;
  unsigned long long torn = stats->torn;
  unsigned long long invalid = stats->invalid;
  g_autofree char *cost = hv_format_duration(head->cost_ns);
  g_autofree char *time = hv_format_time(head->realtime_ns);
  GString *tip = g_string_new(NULL);

  g_string_printf(tip, _("Taken %s\nThe program spent %s on its frame before"), time, cost);
  if (self->cost.is_known && is_live(self))
    append_line(tip, _("Watching costs the program and the viewer these shares of one core; the "
                       "viewer's is that of all its windows"));
  if (head->flags & ALLOC_FRAME_PARTIAL_BITMAPS)
    append_line(tip, _("Too many blocks for one frame: some spans show their share only"));
  if (head->flags & ALLOC_FRAME_TRUNCATED)
    append_line(tip, _("Records are missing: the program could not enlarge its snapshot file"));
  if (skipped > 0)
    append_line(tip,
                ngettext("%llu frame was not read: a newer one came first",
                         "%llu frames were not read: newer ones came first", skipped),
                skipped);
  if (torn > 0)
    append_line(tip,
                ngettext("%llu frames were overwritten while read",
                         "%llu frames were overwritten while read", torn),
                torn);
  if (invalid > 0)
    append_line(tip,
                ngettext("%llu frames were refused: their sums are off",
                         "%llu frames were refused: their sums are off", invalid),
                invalid);
  return g_string_free(tip, FALSE);
}

static void frame_line_tell(HvFrameLine *self) {
  const struct alloc_frame *head = hv_frame_head(self->moment->frame);
  g_autofree char *count = hv_format_count(head->seq);
  g_autofree char *number = g_strdup_printf(_("frame %s"), count);
  g_autofree char *watch = is_live(self) ? watch_text(self) : hv_format_time(head->realtime_ns);
  g_autofree char *tip = frame_tip(self);

  self->told_us = g_get_monotonic_time();
  hv_inscription_show(self->number, number);
  hv_inscription_show(self->watch, watch);
  gtk_inscription_set_min_chars(self->watch, is_live(self) ? LIVE_CHARS : TIME_CHARS);
  hv_tip_set(GTK_WIDGET(self), tip);
}

static gboolean frame_line_tick(gpointer data) {
  HvFrameLine *self = data;

  if (!is_live(self)) {
    self->tick_id = 0;
    return G_SOURCE_REMOVE;
  }
  if (g_get_monotonic_time() - self->told_us >= TICK_S * G_USEC_PER_SEC)
    frame_line_tell(self);
  return G_SOURCE_CONTINUE;
}

void hv_frame_line_set_moment(HvFrameLine *self, HvMoment *moment) {
  g_return_if_fail(HV_IS_FRAME_LINE(self));
  if (moment != NULL && moment->frame == NULL)
    moment = NULL;
  if (moment != NULL)
    hv_moment_ref(moment);
  g_clear_pointer(&self->moment, hv_moment_unref);
  self->moment = moment;
  if (moment == NULL) {
    hv_inscription_show(self->number, NULL);
    hv_inscription_show(self->watch, NULL);
    hv_tip_set(GTK_WIDGET(self), NULL);
    return;
  }
  if (is_live(self)) {
    hv_cost_add(&self->cost, hv_frame_head(moment->frame), clock_ns(CLOCK_PROCESS_CPUTIME_ID));
    if (self->tick_id == 0)
      self->tick_id = g_timeout_add_seconds(TICK_S, frame_line_tick, self);
  } else {
    self->cost = (HvCost){0};
  }
  frame_line_tell(self);
}

void hv_frame_line_set_narrow(HvFrameLine *self, gboolean narrow) {
  g_return_if_fail(HV_IS_FRAME_LINE(self));
  gtk_widget_set_visible(GTK_WIDGET(self->watch), !narrow);
}

const char *hv_frame_line_get_text(HvFrameLine *self) {
  const char *text;

  g_return_val_if_fail(HV_IS_FRAME_LINE(self), "");
  text = gtk_inscription_get_text(self->watch);
  return text == NULL ? "" : text;
}

static void hv_frame_line_dispose(GObject *object) {
  HvFrameLine *self = HV_FRAME_LINE(object);

  g_clear_handle_id(&self->tick_id, g_source_remove);
  g_clear_pointer(&self->moment, hv_moment_unref);
  if (self->watch != NULL)
    gtk_widget_unparent(GTK_WIDGET(self->watch));
  self->watch = NULL;
  if (self->number != NULL)
    gtk_widget_unparent(GTK_WIDGET(self->number));
  self->number = NULL;
  G_OBJECT_CLASS(hv_frame_line_parent_class)->dispose(object);
}

static void hv_frame_line_class_init(HvFrameLineClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_frame_line_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "frameline");
}

static GtkInscription *add_inscription(HvFrameLine *self, guint chars) {
  GtkInscription *inscription = GTK_INSCRIPTION(gtk_inscription_new(NULL));

  gtk_inscription_set_min_chars(inscription, chars);
  gtk_inscription_set_xalign(inscription, 1);
  gtk_inscription_set_text_overflow(inscription, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_add_css_class(GTK_WIDGET(inscription), "dim-label");
  gtk_widget_set_parent(GTK_WIDGET(inscription), GTK_WIDGET(self));
  return inscription;
}

static void hv_frame_line_init(HvFrameLine *self) {
  self->watch = add_inscription(self, TIME_CHARS);
  self->number = add_inscription(self, 14);
}
