/* SPDX-License-Identifier: MIT */
/* Patterns are squares of PERIOD logical pixels, a byte for each line, its highest bit on the left.
 */
#include "viewer/render/cue.h"

#include "viewer/render/cells.h"
#include "viewer/render/text.h"
#include "viewer/render/walk.h"

enum {
  PERIOD = 8,
};

typedef struct {
  guint8 lines[PERIOD];
  guint8 frames;    /* one inside the other, with a line between */
  gboolean is_open; /* the background shows inside the frame */
} Cue;

static const Cue cues[HV_STATE_COUNT] = {
    [HV_STATE_LARGE] = {.frames = 1},
    [HV_STATE_REGION] = {.frames = 2},
    [HV_STATE_CACHED] = {.lines = {0x00, 0x60, 0x60, 0x00, 0x00, 0x06, 0x06, 0x00}},
    [HV_STATE_TRANSIT] = {.lines = {0x88, 0x00, 0x22, 0x00, 0x88, 0x00, 0x22, 0x00}},
    [HV_STATE_FREE] = {.lines = {0x88, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88}},
    [HV_STATE_UNTOUCHED] = {.lines = {0x88, 0x88, 0x00, 0x00, 0x22, 0x22, 0x00, 0x00}},
    [HV_STATE_TAIL] = {.lines = {0x88, 0x44, 0x22, 0x11, 0x88, 0x44, 0x22, 0x11}},
    [HV_STATE_DIRTY] = {.lines = {0x03, 0x06, 0x0c, 0x18, 0x30, 0x60, 0xc0, 0x81}},
    [HV_STATE_CLEAN] = {.frames = 1, .is_open = TRUE},
    [HV_STATE_METADATA] = {.lines = {0xcc, 0xcc, 0x33, 0x33, 0xcc, 0xcc, 0x33, 0x33}},
};

/* A cell of the map that gets a cue: its place, and whether the thing goes on beside it. */
typedef struct {
  HvState state;
  HvRect rect;
  gboolean begins;
  gboolean ends;
} Cell;

static gboolean has_lines(const Cue *cue) {
  guint8 any = 0;

  for (guint i = 0; i < PERIOD; i++)
    any |= cue->lines[i];
  return any != 0;
}

gboolean hv_cue_is_plain(HvState state) {
  return cues[state].frames == 0 && !has_lines(&cues[state]);
}

static guint32 ink_of(const HvPalette *palette, HvState state) {
  guint32 fill = palette->state[state];
  return cues[state].is_open ? fill : hv_render_darken(fill, hv_palette_text_on(fill));
}

/* Whether @x, @y, logical pixels of the map, is on one of the lines. */
static gboolean is_inked(const Cue *cue, gint64 x, gint64 y) {
  return cue->lines[y % PERIOD] >> (PERIOD - 1 - x % PERIOD) & 1;
}

/* ---- which cells ---- */

typedef void (*CellDone)(const Cell *cell, gpointer data);

static void row_cells(HvLayout *layout, guint band, guint64 row, gint64 y, const HvRect *area,
                      CellDone done, gpointer data) {
  const HvLayoutParams *params = hv_layout_params(layout);
  HvRowWalk walk;
  HvRowThing thing;
  hv_row_walk_begin(&walk, layout, band, row, area, HV_CUE_LEAST_PX * params->scale);
  while (hv_row_walk_next(&walk, &thing)) {
    /* The end of a thing is its border already. */
    gint64 right = thing.ends ? thing.right - 1 : thing.right;
    Cell cell = {thing.hit.state,
                 {thing.left, y, right - thing.left, params->row_px},
                 thing.begins,
                 thing.ends};
    if (!hv_cue_is_plain(cell.state))
      done(&cell, data);
  }
}

/* Calls @done for each cell that touches @area and has a cue. */
static void each_cell(HvLayout *layout, const HvRect *area, CellDone done, gpointer data) {
  guint count = 0;
  const HvBand *bands = hv_layout_bands(layout, &count);
  const HvLayoutParams *params = hv_layout_params(layout);
  gint64 pitch = hv_layout_row_pitch_px(layout);
  gint64 bottom = area->y + area->height;
  if (params->row_px < HV_CUE_LEAST_PX * params->scale || area->x >= params->width_px)
    return;
  for (guint i = hv_render_first_band(layout, area->y); i < count && bands[i].rows_y < bottom;
       i++) {
    gint64 from = MAX(area->y - bands[i].rows_y, 0) / pitch;
    gint64 last = MIN(bottom, bands[i].end_y) - 1 - bands[i].rows_y;
    for (gint64 row = from; row * pitch <= last; row++)
      row_cells(layout, i, (guint64)row, bands[i].rows_y + row * pitch, area, done, data);
  }
}

/* ---- pixels ---- */

typedef struct {
  const HvPalette *palette;
  const HvRect *area;
  int scale;
  guint32 *pixels;
  gsize stride; /* in pixels */
} Canvas;

/* Whether a pixel of @cell is on a frame. */
static gboolean is_framed(const Cue *cue, const Cell *cell, gint64 x, gint64 y, int scale) {
  gint64 depth = MIN(y - cell->rect.y, cell->rect.y + cell->rect.height - 1 - y);
  if (cell->begins)
    depth = MIN(depth, x - cell->rect.x);
  if (cell->ends)
    depth = MIN(depth, cell->rect.x + cell->rect.width - 1 - x);
  return depth / scale % 2 == 0 && depth / scale / 2 < cue->frames;
}

static void mark_pixels(const Cell *cell, gpointer data) {
  const Canvas *canvas = data;
  const Cue *cue = &cues[cell->state];
  const HvRect *area = canvas->area;
  guint32 ink = ink_of(canvas->palette, cell->state);
  gint64 from_x = MAX(cell->rect.x, area->x);
  gint64 to_x = MIN(cell->rect.x + cell->rect.width, area->x + area->width);
  gint64 to_y = MIN(cell->rect.y + cell->rect.height, area->y + area->height);
  for (gint64 y = MAX(cell->rect.y, area->y); y < to_y; y++) {
    guint32 *line = canvas->pixels + (gsize)(y - area->y) * canvas->stride;
    for (gint64 x = from_x; x < to_x; x++) {
      if (is_inked(cue, x / canvas->scale, y / canvas->scale) ||
          is_framed(cue, cell, x, y, canvas->scale))
        line[x - area->x] = ink;
      else if (cue->is_open)
        line[x - area->x] = canvas->palette->background;
    }
  }
}

void hv_cue_render(HvLayout *layout, const HvPalette *palette, HvLens *lens, const HvRect *area,
                   guint32 *pixels, gsize stride_bytes) {
  Canvas canvas = {palette, area, hv_layout_params(layout)->scale, pixels, stride_bytes / 4};
  if (lens == NULL)
    each_cell(layout, area, mark_pixels, &canvas);
}

/* ---- paths ---- */

/* The lines of @cue in a rectangle of logical pixels, as a path. */
static void add_lines(cairo_t *cr, const Cue *cue, int x, int y, int side, int scale) {
  for (int row = 0; row < side; row++)
    for (int column = 0; column < side; column++)
      if (is_inked(cue, column, row))
        cairo_rectangle(cr, x + column * scale, y + row * scale, scale, scale);
}

static void add_rect(cairo_t *cr, gint64 x, gint64 y, gint64 width, gint64 height) {
  if (width > 0 && height > 0)
    cairo_rectangle(cr, (double)x, (double)y, (double)width, (double)height);
}

/* The frames of @cell, as a path of four sides each that do not overlap. */
static void add_frames(cairo_t *cr, const Cue *cue, const Cell *cell, int scale) {
  for (int i = 0; i < cue->frames; i++) {
    gint64 inset = 2 * i * scale;
    gint64 left = cell->rect.x + (cell->begins ? inset : 0);
    gint64 right = cell->rect.x + cell->rect.width - (cell->ends ? inset : 0);
    gint64 top = cell->rect.y + inset;
    gint64 bottom = cell->rect.y + cell->rect.height - inset;
    add_rect(cr, left, top, right - left, scale);
    add_rect(cr, left, bottom - scale, right - left, scale);
    if (cell->begins)
      add_rect(cr, left, top + scale, scale, bottom - top - 2 * scale);
    if (cell->ends)
      add_rect(cr, right - scale, top + scale, scale, bottom - top - 2 * scale);
  }
}

static void collect_cell(const Cell *cell, gpointer data) {
  g_array_append_vals(((GArray **)data)[cell->state], cell, 1);
}

/* A square of lines that repeats. It is an image: of one that is recorded, cairo 1.16 loses memory
 * each time it writes SVG. */
static cairo_pattern_t *lines_pattern(const Cue *cue, guint32 ink, int scale) {
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, PERIOD * scale, PERIOD * scale);
  cairo_t *cr = cairo_create(surface);
  cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
  hv_set_colour(cr, ink);
  add_lines(cr, cue, 0, 0, PERIOD, scale);
  cairo_fill(cr);
  cairo_destroy(cr);
  cairo_pattern_t *pattern = cairo_pattern_create_for_surface(surface);
  cairo_surface_destroy(surface);
  cairo_pattern_set_extend(pattern, CAIRO_EXTEND_REPEAT);
  cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
  return pattern;
}

static void fill_cells(cairo_t *cr, GArray *cells) {
  for (guint i = 0; i < cells->len; i++) {
    const HvRect *rect = &g_array_index(cells, Cell, i).rect;
    add_rect(cr, rect->x, rect->y, rect->width, rect->height);
  }
  cairo_fill(cr);
}

static void draw_state(cairo_t *cr, const HvPalette *palette, HvState state, GArray *cells,
                       int scale) {
  const Cue *cue = &cues[state];
  guint32 ink = ink_of(palette, state);
  if (has_lines(cue)) {
    cairo_pattern_t *pattern = lines_pattern(cue, ink, scale);
    cairo_set_source(cr, pattern);
    cairo_pattern_destroy(pattern);
    fill_cells(cr, cells);
    return;
  }
  if (cue->is_open) {
    hv_set_colour(cr, palette->background);
    fill_cells(cr, cells);
  }
  hv_set_colour(cr, ink);
  for (guint i = 0; i < cells->len; i++)
    add_frames(cr, cue, &g_array_index(cells, Cell, i), scale);
  cairo_fill(cr);
}

void hv_cue_draw(cairo_t *cr, HvLayout *layout, const HvPalette *palette, HvLens *lens,
                 gint64 height) {
  HvRect area = {0, 0, hv_layout_params(layout)->width_px, height};
  GArray *cells[HV_STATE_COUNT];
  if (lens != NULL)
    return;
  for (guint state = 0; state < HV_STATE_COUNT; state++)
    cells[state] = g_array_new(FALSE, FALSE, sizeof(Cell));
  each_cell(layout, &area, collect_cell, cells);
  cairo_save(cr);
  cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
  cairo_rectangle(cr, 0, 0, (double)area.width, (double)area.height);
  cairo_clip(cr);
  for (guint state = 0; state < HV_STATE_COUNT; state++) {
    if (cells[state]->len > 0)
      draw_state(cr, palette, (HvState)state, cells[state], hv_layout_params(layout)->scale);
    g_array_unref(cells[state]);
  }
  cairo_restore(cr);
}

void hv_cue_draw_swatch(cairo_t *cr, const HvPalette *palette, HvState state, int x, int y,
                        int side, int scale) {
  const Cue *cue = &cues[state];
  Cell cell = {state, {x, y, side, side}, TRUE, TRUE};
  hv_set_colour(cr, cue->is_open ? palette->background : palette->state[state]);
  cairo_rectangle(cr, x, y, side, side);
  cairo_fill(cr);
  hv_set_colour(cr, ink_of(palette, state));
  add_lines(cr, cue, x, y, side / scale, scale);
  add_frames(cr, cue, &cell, scale);
  cairo_fill(cr);
}
