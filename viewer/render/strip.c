/* SPDX-License-Identifier: MIT */
/* Each state's part of all columns is one path, and columns that are alike are one rectangle of it:
 * a vector drawing stays small, and a heap at rest costs next to nothing each time it is drawn. */
#include "viewer/render/strip.h"

#include "viewer/render/text.h"

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

static gint64 highest_total(const HvSample *columns, guint count) {
  gint64 highest = 1;
  for (guint i = 0; i < count; i++)
    highest = MAX(highest, MAX(columns[i].high[HV_SAMPLE_TOTAL], columns[i].last[HV_SAMPLE_TOTAL]));
  return highest;
}

static gint64 state_bytes(const HvSample *sample, HvState state) {
  return MAX(sample->last[state], 0);
}

gint64 hv_strip_draw(cairo_t *cr, HvHistory *history, const HvPalette *palette, guint64 begin_ns,
                     guint64 end_ns, guint columns, double width, double height) {
  g_autofree HvSample *samples = g_new0(HvSample, columns);
  g_autofree gint64 *below = g_new0(gint64, columns);
  hv_history_columns(history, begin_ns, end_ns, columns, samples);
  gint64 highest = highest_total(samples, columns);
  double step = width / columns;
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
  for (guint column = 0; column < columns; column++) {
    double high = height * (double)samples[column].high[HV_SAMPLE_TOTAL] / (double)highest;
    double low = height * (double)samples[column].low[HV_SAMPLE_TOTAL] / (double)highest;
    if (samples[column].begin_ns != 0 && high > low)
      cairo_rectangle(cr, step * column, height - high, step, MAX(high - low, 1));
  }
  hv_set_colour(cr, palette->text);
  cairo_fill(cr);
  return highest;
}

guint32 hv_strip_event_colour(const HvPalette *palette, HvEventKind kind) {
  static const HvState states[HV_EVENTS] = {
      [HV_EVENT_ARENA] = HV_STATE_METADATA,   [HV_EVENT_THREAD] = HV_STATE_LIVE,
      [HV_EVENT_ORPHANED] = HV_STATE_TRANSIT, [HV_EVENT_REGION] = HV_STATE_REGION,
      [HV_EVENT_PURGE] = HV_STATE_DIRTY,      [HV_EVENT_TRIM] = HV_STATE_UNEXPLAINED,
      [HV_EVENT_UNMAPPED] = HV_STATE_REGION,  [HV_EVENT_ARENA_GONE] = HV_STATE_METADATA,
      [HV_EVENT_MARK] = HV_STATE_UNEXPLAINED, [HV_EVENT_BEGIN] = HV_STATE_LIVE,
      [HV_EVENT_END] = HV_STATE_UNEXPLAINED,
  };
  return palette->state[states[kind]];
}
