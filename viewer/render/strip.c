/* SPDX-License-Identifier: MIT */
/* Each state's part of all columns is one path, and columns that are alike are one rectangle of it:
 * a vector drawing stays small, and a heap at rest costs next to nothing each time it is drawn. */
#include "viewer/render/strip.h"

#include <glib/gi18n.h>
#include <math.h>

#include "viewer/model/units.h"
#include "viewer/render/text.h"

#define CHURN_STOP 8 /* of the ramp of churn: dark on light, light on dark */

/* From the bottom up: what the program holds, what the allocator holds, what is not heap. */
static const HvState stack[] = {
    HV_STATE_LIVE,     HV_STATE_LARGE,     HV_STATE_REGION, HV_STATE_CACHED, HV_STATE_TRANSIT,
    HV_STATE_FREE,     HV_STATE_UNTOUCHED, HV_STATE_TAIL,   HV_STATE_DIRTY,  HV_STATE_CLEAN,
    HV_STATE_METADATA, HV_STATE_STACK,     HV_STATE_FILE,   HV_STATE_WATCH,  HV_STATE_ANONYMOUS,
};

gboolean hv_strip_span(HvHistory *history, guint64 *begin_ns, guint64 *end_ns) {
  guint64 first = 0, last = 0;
  *begin_ns = *end_ns = 0;
  if (history == NULL || !hv_history_span(history, &first, &last))
    return FALSE;
  *end_ns = last;
  *begin_ns = last - first < HV_STRIP_MIN_NS ? last - HV_STRIP_MIN_NS : first;
  return TRUE;
}

static HvStripScale scale_of(const HvSample *columns, guint count) {
  HvStripScale scale = {.bytes = 1, .churn_bytes = HV_CHURN_UNKNOWN};
  for (guint i = 0; i < count; i++) {
    scale.bytes =
        MAX(scale.bytes, MAX(columns[i].high[HV_SAMPLE_TOTAL], columns[i].last[HV_SAMPLE_TOTAL]));
    scale.churn_bytes = MAX(scale.churn_bytes, columns[i].high[HV_SAMPLE_CHURN]);
  }
  return scale;
}

HvStripScale hv_strip_scale(HvHistory *history, guint64 begin_ns, guint64 end_ns) {
  HvSample all;
  hv_history_columns(history, begin_ns, end_ns, 1, &all);
  return scale_of(&all, 1);
}

static gint64 state_bytes(const HvSample *sample, HvState state) {
  return MAX(sample->last[state], 0);
}

static void draw_stack(cairo_t *cr, const HvSample *samples, guint columns,
                       const HvPalette *palette, gint64 highest, double step, double height) {
  g_autofree gint64 *below = g_new0(gint64, columns);
  for (guint i = 0; i < G_N_ELEMENTS(stack); i++) {
    for (guint column = 0; column < columns;) {
      guint begin = column;
      gint64 from = below[column];
      gint64 bytes = state_bytes(&samples[column], stack[i]);
      for (; column < columns && below[column] == from &&
             state_bytes(&samples[column], stack[i]) == bytes;
           column++)
        below[column] += bytes;
      double bottom = height - height * (double)from / (double)highest;
      double top = height - height * (double)(from + bytes) / (double)highest;
      if (bottom - top >= 0.01)
        cairo_rectangle(cr, step * begin, top, step * (column - begin), bottom - top);
    }
    hv_set_colour(cr, palette->state[stack[i]]);
    cairo_fill(cr);
  }
}

static void draw_totals(cairo_t *cr, const HvSample *samples, guint columns,
                        const HvPalette *palette, gint64 highest, double step, double height) {
  for (guint column = 0; column < columns; column++) {
    double high = height * (double)samples[column].high[HV_SAMPLE_TOTAL] / (double)highest;
    double low = height * (double)samples[column].low[HV_SAMPLE_TOTAL] / (double)highest;
    if (samples[column].begin_ns != 0 && high > low)
      cairo_rectangle(cr, step * column, height - high, step, MAX(high - low, 1));
  }
  hv_set_colour(cr, palette->text);
  cairo_fill(cr);
}

/* ---- churn ---- */

/* How far down the line goes in a column: from the highest to the lowest, whole units. */
typedef struct {
  double top;
  double bottom; /* below @top: nothing is known */
} Reach;

static Reach reach_of(const HvSample *sample, gint64 highest, double height, double line) {
  const double room = height - line;
  const double full = (double)MAX(highest, 1);
  if (sample->high[HV_SAMPLE_CHURN] < 0)
    return (Reach){1, 0};
  return (Reach){floor(room - room * (double)sample->high[HV_SAMPLE_CHURN] / full),
                 floor(room - room * (double)sample->low[HV_SAMPLE_CHURN] / full) + line};
}

static gboolean reaches(const Reach *reach) {
  return reach->bottom > reach->top;
}

/* The line goes on from one column to the next: each reaches to where the one before is. */
static void join(Reach *reach, guint columns, double line) {
  Reach before = {1, 0};
  for (guint i = 0; i < columns; i++) {
    const Reach own = reach[i];
    if (reaches(&before) && reaches(&own)) {
      reach[i].bottom = MAX(own.bottom, before.top + line);
      reach[i].top = MIN(own.top, before.bottom - line);
    }
    before = own;
  }
}

/* One rectangle for columns that are alike, @rim wider on each side; none is thinner than @line. */
static void add_line(cairo_t *cr, const Reach *reach, guint columns, double step, double line,
                     double rim) {
  for (guint i = 0; i < columns;) {
    const guint begin = i;
    while (i < columns && !(reach[i].top < reach[begin].top) &&
           !(reach[i].top > reach[begin].top) && !(reach[i].bottom < reach[begin].bottom) &&
           !(reach[i].bottom > reach[begin].bottom))
      i++;
    if (reaches(&reach[begin]))
      cairo_rectangle(cr, step * begin - rim, reach[begin].top - rim,
                      step * (i - 1 - begin) + MAX(step, line) + 2 * rim,
                      reach[begin].bottom - reach[begin].top + 2 * rim);
  }
  cairo_fill(cr);
}

static void draw_churn(cairo_t *cr, const HvSample *samples, guint columns,
                       const HvPalette *palette, gint64 highest, double step, double height,
                       double line) {
  g_autofree Reach *reach = g_new(Reach, columns);
  for (guint i = 0; i < columns; i++)
    reach[i] = reach_of(&samples[i], highest, height, line);
  join(reach, columns, line);
  cairo_save(cr);
  cairo_rectangle(cr, 0, 0, step * columns, height);
  cairo_clip(cr);
  hv_set_colour(cr, palette->background);
  add_line(cr, reach, columns, step, line, line);
  hv_set_colour(cr, hv_strip_churn_colour(palette));
  add_line(cr, reach, columns, step, line, 0);
  cairo_restore(cr);
}

HvStripScale hv_strip_draw(cairo_t *cr, HvHistory *history, const HvPalette *palette,
                           guint64 begin_ns, guint64 end_ns, guint columns, double width,
                           double height, double line) {
  g_autofree HvSample *samples = g_new0(HvSample, columns);
  hv_history_columns(history, begin_ns, end_ns, columns, samples);
  const HvStripScale scale = scale_of(samples, columns);
  const double step = width / columns;
  draw_stack(cr, samples, columns, palette, scale.bytes, step, height);
  draw_totals(cr, samples, columns, palette, scale.bytes, step, height);
  draw_churn(cr, samples, columns, palette, scale.churn_bytes, step, height, line);
  return scale;
}

char *hv_strip_describe_bytes(const HvStripScale *scale) {
  g_autofree char *bytes = hv_format_bytes(scale->bytes);
  return g_strdup_printf(_("up to %s"), bytes);
}

char *hv_strip_describe_churn(const HvStripScale *scale) {
  g_autofree char *bytes = hv_format_bytes(MAX(scale->churn_bytes, 0));
  return scale->churn_bytes < 0 ? g_strdup("") : g_strdup_printf(_("churn %s/s"), bytes);
}

guint32 hv_strip_churn_colour(const HvPalette *palette) {
  return palette->churn[CHURN_STOP];
}

guint32 hv_strip_event_colour(const HvPalette *palette, HvEventKind kind) {
  static const HvState states[HV_EVENTS] = {
      [HV_EVENT_ARENA] = HV_STATE_METADATA,   [HV_EVENT_THREAD] = HV_STATE_LIVE,
      [HV_EVENT_ORPHANED] = HV_STATE_TRANSIT, [HV_EVENT_REGION] = HV_STATE_REGION,
      [HV_EVENT_PURGE] = HV_STATE_DIRTY,      [HV_EVENT_TRIM] = HV_STATE_UNEXPLAINED,
      [HV_EVENT_UNMAPPED] = HV_STATE_REGION,  [HV_EVENT_ARENA_GONE] = HV_STATE_METADATA,
      [HV_EVENT_MARK] = HV_STATE_UNEXPLAINED, [HV_EVENT_BEGIN] = HV_STATE_LIVE,
      [HV_EVENT_END] = HV_STATE_UNEXPLAINED,  [HV_EVENT_FAILED] = HV_STATE_UNEXPLAINED,
  };
  return palette->state[states[kind]];
}
