/* SPDX-License-Identifier: MIT */
/* See lanes.h. Records ascend by owner, then by depth: a lane is a run of one owner. */
#include "viewer/render/lanes.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/text.h"

enum { LANE_PX = 22, BAR_PX = 14, LABEL_PX = 96, TEXT_PX = 11, TEXT_LEAST_PX = 60 };

/* One chunk in its lane. */
typedef struct {
  const struct alloc_stack_record *record;
  guint index;
  guint lane;
  guint64 before; /* bytes of the chunks left of it */
} Chunk;

/* The next chunk; FALSE at the end. Starts from all zeros. */
static gboolean next_chunk(HvFrame *frame, Chunk *chunk) {
  guint count = 0;
  const struct alloc_stack_record *records = hv_frame_stacks(frame, &count);
  guint index = chunk->record == NULL ? 0 : chunk->index + 1;
  if (index >= count)
    return FALSE;
  if (chunk->record != NULL && records[index].owner != chunk->record->owner) {
    chunk->lane++;
    chunk->before = 0;
  } else if (chunk->record != NULL) {
    chunk->before += chunk->record->bytes;
  }
  chunk->index = index;
  chunk->record = &records[index];
  return TRUE;
}

static guint64 longest_lane(HvFrame *frame) {
  guint64 most = 0;
  for (Chunk chunk = {0}; next_chunk(frame, &chunk);)
    most = MAX(most, chunk.before + chunk.record->bytes);
  return most;
}

guint hv_lanes_count(HvFrame *frame) {
  guint lanes = 0;
  for (Chunk chunk = {0}; next_chunk(frame, &chunk);)
    lanes = chunk.lane + 1;
  return lanes;
}

int hv_lanes_height(guint lanes) {
  return (int)lanes * LANE_PX;
}

static void place(const Chunk *chunk, guint64 longest, int width, double *x, double *wide) {
  double scale = (double)MAX(width - LABEL_PX, 1) / (double)MAX(longest, 1);
  *x = LABEL_PX + (double)chunk->before * scale;
  *wide = (double)chunk->record->bytes * scale;
}

static void draw_label(cairo_t *cr, HvFrame *frame, const HvPalette *palette, const Chunk *chunk) {
  const struct alloc_cache_record *cache = hv_frame_find_cache(frame, chunk->record->owner);
  HvTextStyle style = {.size_px = TEXT_PX, .colour = palette->text, .align = HV_TEXT_START};
  g_autofree char *name = cache == NULL || cache->name[0] == '\0' ? g_strdup(_("no thread"))
                                                                  : hv_format_name(cache->name);
  hv_text_draw(cr, name, &style, 0, (gint64)chunk->lane * LANE_PX, LABEL_PX - 6, LANE_PX);
}

static void draw_chunk(cairo_t *cr, const HvPalette *palette, const Chunk *chunk, double x,
                       double wide) {
  const struct alloc_stack_record *record = chunk->record;
  double y = (double)chunk->lane * LANE_PX + (LANE_PX - BAR_PX) / 2.0;
  double used =
      wide * (double)MIN(record->used_bytes, record->bytes) / (double)MAX(record->bytes, 1);
  double inner = MAX(wide - 1, 1);
  if (record->state != ALLOC_STACK_SPARE) {
    hv_set_colour(cr, palette->state[HV_STATE_UNTOUCHED]);
    cairo_rectangle(cr, x, y, inner, BAR_PX);
    cairo_fill(cr);
    hv_set_colour(cr, palette->state[HV_STATE_LIVE]);
    cairo_rectangle(cr, x, y, MIN(record->used_bytes == 0 ? 0 : MAX(used, 1), inner), BAR_PX);
    cairo_fill(cr);
  }
  hv_set_colour(cr, palette->border);
  cairo_set_line_width(cr, 1);
  cairo_rectangle(cr, x + 0.5, y + 0.5, MAX(inner - 1, 1), BAR_PX - 1);
  cairo_stroke(cr);
  if (used >= TEXT_LEAST_PX) {
    g_autofree char *bytes = hv_format_bytes((gint64)record->used_bytes);
    HvTextStyle style = {.size_px = TEXT_PX,
                         .colour = hv_palette_text_on(palette->state[HV_STATE_LIVE]),
                         .align = HV_TEXT_START};
    hv_text_draw(cr, bytes, &style, (gint64)x + 4, (gint64)y, (int)used - 8, BAR_PX);
  }
}

void hv_lanes_draw(cairo_t *cr, HvFrame *frame, const HvPalette *palette, int width) {
  guint64 longest = longest_lane(frame);
  for (Chunk chunk = {0}; next_chunk(frame, &chunk);) {
    double x, wide;
    place(&chunk, longest, width, &x, &wide);
    if (chunk.before == 0)
      draw_label(cr, frame, palette, &chunk);
    draw_chunk(cr, palette, &chunk, x, wide);
  }
}

int hv_lanes_at(HvFrame *frame, int width, double x, double y) {
  guint64 longest = longest_lane(frame);
  for (Chunk chunk = {0}; next_chunk(frame, &chunk);) {
    double left, wide, top = (double)chunk.lane * LANE_PX;
    place(&chunk, longest, width, &left, &wide);
    if (y >= top && y < top + LANE_PX && x >= left && x < left + wide)
      return (int)chunk.index;
  }
  return -1;
}
