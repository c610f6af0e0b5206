/* SPDX-License-Identifier: MIT */
/*
 * The map on a page. As a vector drawing, cells of one colour that touch in a row become one
 * rectangle, and rectangles of one colour one path. Beyond RUNS_MAX rectangles an image is smaller.
 */
#include "viewer/render/report_map.h"

#include "viewer/render/cells.h"
#include "viewer/render/cue.h"
#include "viewer/render/text.h"

enum {
  RUNS_MAX = 20000,
  STRIP_PX = 64, /* lines of an image that are drawn at a time */
};

typedef struct {
  guint32 colour;
  gint64 x;
  gint64 y;
  gint64 width;
  gint64 height;
} Cell;

static gint compare_cells(gconstpointer a, gconstpointer b) {
  const Cell *left = a;
  const Cell *right = b;
  if (left->colour != right->colour)
    return left->colour < right->colour ? -1 : 1;
  if (left->y != right->y)
    return left->y < right->y ? -1 : 1;
  return left->x < right->x ? -1 : left->x > right->x;
}

/* Cuts a line of pixels into runs of one colour. Returns: FALSE when there are too many. */
static gboolean add_line(GArray *cells, const HvPalette *palette, const guint32 *line, int width,
                         gint64 y, gint64 height) {
  int x = 0;
  while (x < width) {
    int first = x;
    while (x < width && line[x] == line[first])
      x++;
    Cell cell = {line[first], first, y, x - first, height};
    if (cell.colour != palette->background)
      g_array_append_val(cells, cell);
  }
  return cells->len <= RUNS_MAX;
}

/* Returns: FALSE when there are too many. */
static gboolean collect(GArray *cells, const HvReportMap *map, gint64 height, HvGoOn go_on,
                        gpointer data) {
  guint count = 0;
  const HvBand *bands = hv_layout_bands(map->layout, &count);
  const HvLayoutParams *params = hv_layout_params(map->layout);
  gint64 pitch = hv_layout_row_pitch_px(map->layout);
  gint64 tick_px = params->row_px >= 3 * params->scale ? params->scale : 0;
  g_autofree guint32 *line = g_new(guint32, params->width_px);
  g_autofree guint32 *last_line = g_new(guint32, params->width_px);
  for (guint i = 0; i < count && bands[i].y < height; i++) {
    Cell header = {map->palette->panel, 0, bands[i].y, params->width_px,
                   MIN(hv_layout_header_px(map->layout), height - bands[i].y)};
    g_array_append_val(cells, header);
    for (guint64 row = 0; row < bands[i].rows; row++) {
      gint64 y = bands[i].rows_y + (gint64)row * pitch;
      gint64 row_px = MIN(params->row_px, height - y);
      if (row_px <= 0)
        break;
      if (go_on != NULL && !go_on((guint)y, (guint)height, data))
        return TRUE;
      hv_render_row(map->pyramid, map->layout, map->palette, map->lens, i, row, 0, params->width_px,
                    line, last_line);
      gint64 upper = MIN(row_px, params->row_px - tick_px);
      if (!add_line(cells, map->palette, line, params->width_px, y, upper) ||
          (row_px > upper &&
           !add_line(cells, map->palette, last_line, params->width_px, y + upper, row_px - upper)))
        return FALSE;
    }
  }
  return TRUE;
}

static void draw_cells(cairo_t *cr, GArray *cells) {
  g_array_sort(cells, compare_cells);
  cairo_save(cr);
  cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
  for (guint i = 0; i < cells->len; i++) {
    const Cell *cell = &g_array_index(cells, Cell, i);
    cairo_rectangle(cr, (double)cell->x, (double)cell->y, (double)cell->width,
                    (double)cell->height);
    if (i + 1 == cells->len || g_array_index(cells, Cell, i + 1).colour != cell->colour) {
      hv_set_colour(cr, cell->colour);
      cairo_fill(cr);
    }
  }
  cairo_restore(cr);
}

static void draw_image(cairo_t *cr, const HvReportMap *map, gint64 height, HvGoOn go_on,
                       gpointer data) {
  int width = hv_layout_params(map->layout)->width_px;
  cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, (int)height);
  if (cairo_surface_status(image) == CAIRO_STATUS_SUCCESS) {
    HvRect area = {0, 0, width, height};
    guint32 *pixels = (guint32 *)(gpointer)cairo_image_surface_get_data(image);
    gsize stride_bytes = (gsize)cairo_image_surface_get_stride(image);
    for (gint64 y = 0; y < height; y += STRIP_PX) {
      if (go_on != NULL && !go_on((guint)y, (guint)height, data))
        break;
      hv_render_cells(map->pyramid, map->layout, map->palette, map->lens, 0, y, width,
                      (int)MIN(STRIP_PX, height - y),
                      pixels + (gsize)y * (stride_bytes / sizeof *pixels), stride_bytes);
    }
    hv_cue_render(map->layout, map->palette, map->lens, &area, pixels, stride_bytes);
    cairo_surface_mark_dirty(image);
  }
  /* In error state this puts @cr into the same state, which the writer of the page reports. */
  cairo_save(cr);
  cairo_set_source_surface(cr, image, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_rectangle(cr, 0, 0, width, (double)height);
  cairo_fill(cr);
  cairo_restore(cr);
  cairo_surface_destroy(image);
}

void hv_report_draw_map(cairo_t *cr, const HvReportMap *map, gint64 height, gboolean vector,
                        HvGoOn go_on, gpointer data) {
  height = MIN(height, hv_layout_height(map->layout));
  if (height <= 0)
    return;
  g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(Cell));
  if (vector && collect(cells, map, height, go_on, data)) {
    draw_cells(cr, cells);
    hv_cue_draw(cr, map->layout, map->palette, map->lens, height);
  } else {
    draw_image(cr, map, height, go_on, data);
  }
  HvRect area = {0, 0, hv_layout_params(map->layout)->width_px, height};
  cairo_save(cr);
  cairo_rectangle(cr, 0, 0, (double)area.width, (double)height);
  cairo_clip(cr);
  hv_render_labels(cr, map->pyramid, map->layout, map->palette, map->lens, &area);
  cairo_restore(cr);
}
