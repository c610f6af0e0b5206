/* SPDX-License-Identifier: MIT */
/*
 * HvLayout: bands, and the whole-number arithmetic between pixels and addresses.
 *
 *   column x of a row  =  bytes [ (x << shift) / width, ((x + 1) << shift) / width ) of the row
 *
 * shift <= 46 and width < 2^15, so nothing overflows.
 */
#include "viewer/model/layout_private.h"

#include <string.h>

struct HvLayout {
  gatomicrefcount references;
  HvFrame *frame;
  HvLayoutParams params;
  int gap_px;
  int header_px;
  int collapsed_px;
  int spacing_px; /* between bands */
  gint64 height;
  GArray *bands;     /* HvBand */
  GArray *own_runs;  /* HvRun; empty by class */
  const HvRun *runs; /* of all bands */
  guint run_count;
  guint *band_runs; /* first run of each band, one more than there are bands */
};

int hv_layout_fit_width(int width_px) {
  return CLAMP(width_px / 64 * 64, 64, 32704);
}

int hv_layout_default_row_px(int row_shift, int width_px, int scale) {
  double bytes_per_px = (double)(G_GUINT64_CONSTANT(1) << row_shift) / width_px;
  int row_px = bytes_per_px >= 65536  ? 3
               : bytes_per_px >= 2048 ? 4
               : bytes_per_px >= 128  ? 6
               : bytes_per_px >= 16   ? 9
               : bytes_per_px >= 4    ? 14
                                      : 20;
  return row_px * scale;
}

/* ---- building ---- */

static HvLayoutParams clamp_params(const HvLayoutParams *params) {
  HvLayoutParams own = *params;
  own.width_px = hv_layout_fit_width(params->width_px);
  own.row_shift = CLAMP(params->row_shift, HV_LAYOUT_SHIFT_MIN, HV_LAYOUT_SHIFT_MAX);
  own.scale = CLAMP(params->scale, 1, 4);
  own.row_px = params->row_px <= 0
                   ? hv_layout_default_row_px(own.row_shift, own.width_px, own.scale)
                   : MIN(params->row_px, 256);
  if (own.order != NULL)
    own.range_end = 0;
  if (own.range_end == 0)
    own.range_begin = 0;
  else
    own.folds = NULL;
  return own;
}

/* Adds the part of [address, address + bytes) that is in range to the last band. */
static void add_run(HvLayout *layout, HvBand *band, guint64 address, guint64 bytes, guint index) {
  guint64 begin = address;
  guint64 end = address + bytes;
  if (layout->params.range_end != 0) {
    begin = MAX(begin, layout->params.range_begin);
    end = MIN(end, layout->params.range_end);
  }
  if (begin >= end)
    return;
  HvRun run = {.address = begin, .bytes = end - begin, .offset = band->bytes};
  g_array_append_val(layout->own_runs, run);
  if (band->count == 0)
    band->index = index;
  band->count++;
  band->bytes += run.bytes;
}

guint64 hv_layout_rows_of(guint64 bytes, int row_shift) {
  return (bytes + (G_GUINT64_CONSTANT(1) << row_shift) - 1) >> row_shift;
}

/* How much longer the rows of regions are, so that they take a quarter of the map at most: regions
 * are often the larger part of a heap, and never its interesting one. */
static int region_shift(HvLayout *layout, guint64 bytes) {
  guint64 arena_rows = 0;
  int shift = 0;
  for (guint i = 0; i < layout->bands->len; i++)
    arena_rows += g_array_index(layout->bands, HvBand, i).rows;
  if (arena_rows == 0)
    return 0;
  while (layout->params.row_shift + shift < HV_LAYOUT_SHIFT_MAX &&
         hv_layout_rows_of(bytes, layout->params.row_shift + shift) > MAX(arena_rows / 3, 4))
    shift++;
  return shift;
}

static guint64 band_key(HvLayout *layout, const HvBand *band) {
  if (band->kind != HV_BAND_ARENA)
    return hv_folds_key(band->kind, band->kind == HV_BAND_CLASS ? band->index : 0, 0);
  return hv_folds_key(band->kind, 0, hv_frame_arenas(layout->frame, NULL)[band->index].address);
}

/* Puts the band below what is there. */
static void stack_band(HvLayout *layout, HvBand *band) {
  if (layout->bands->len != 0)
    layout->height += layout->spacing_px;
  if (band->gap_bytes != 0)
    layout->height += layout->collapsed_px;
  band->row_shift = layout->params.row_shift;
  if (band->kind == HV_BAND_REGIONS)
    band->row_shift += region_shift(layout, band->bytes);
  band->is_folded = hv_folds_get(layout->params.folds, band_key(layout, band)) == HV_FOLD_ROWS;
  band->rows = band->is_folded ? 0 : hv_layout_rows_of(band->bytes, band->row_shift);
  band->y = layout->height;
  band->rows_y = band->y + layout->header_px;
  band->end_y = band->rows_y + (gint64)band->rows * (layout->params.row_px + layout->gap_px);
  layout->height = band->end_y + hv_layout_tail_px(layout, band);
  g_array_append_val(layout->bands, *band);
}

/* Ends a band of runs that were added one by one, if it has anything in it. */
static void close_band(HvLayout *layout, HvBand *band, guint first_run, guint64 *previous_end) {
  if (band->bytes == 0)
    return;
  const HvRun *first = &g_array_index(layout->own_runs, HvRun, first_run);
  const HvRun *last = &g_array_index(layout->own_runs, HvRun, layout->own_runs->len - 1);
  band->gap_bytes = 0;
  if (band->kind == HV_BAND_ARENA && *previous_end != 0)
    band->gap_bytes = first->address - *previous_end;
  *previous_end = last->address + last->bytes + band->tail_bytes;
  stack_band(layout, band);
}

/* Bytes at the end of an arena that are not worth their rows. */
static guint64 tail_bytes(HvLayout *layout, guint arena) {
  guint64 bytes = hv_frame_arena_bytes(layout->frame, arena);
  guint64 key = hv_folds_key(HV_BAND_ARENA, 0, hv_frame_arenas(layout->frame, NULL)[arena].address);
  int shift = layout->params.row_shift;
  if (layout->params.range_end != 0 || hv_folds_get(layout->params.folds, key) != HV_FOLD_TAIL)
    return 0;
  guint64 shown = hv_folds_arena_bytes(layout->frame, arena);
  guint64 left_out = hv_layout_rows_of(bytes, shift) - hv_layout_rows_of(shown, shift);
  return left_out >= HV_FOLD_ROWS_MIN ? bytes - shown : 0;
}

static gboolean arenas_share_band(HvFrame *frame, int row_shift) {
  return G_GUINT64_CONSTANT(1) << row_shift >= hv_frame_header(frame)->arena_bytes;
}

static void build_by_class(HvLayout *layout) {
  guint count = 0;
  const HvOrderBand *bands = hv_order_bands(layout->params.order, &count);
  for (guint i = 0; i < count; i++) {
    HvBand band = {
        .kind = bands[i].kind,
        .index = bands[i].size_class,
        .count = bands[i].run_count,
        .bytes = bands[i].bytes,
    };
    stack_band(layout, &band);
  }
  layout->runs = hv_order_runs(layout->params.order, &layout->run_count);
}

static void build_by_address(HvLayout *layout) {
  HvFrame *frame = layout->frame;
  guint arenas = 0;
  guint regions = 0;
  const struct alloc_arena_record *arena = hv_frame_arenas(frame, &arenas);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);
  gboolean shared = arenas_share_band(frame, layout->params.row_shift);
  guint64 previous_end = 0;
  guint first_run = 0;
  HvBand band = {.kind = HV_BAND_ARENAS};
  for (guint i = 0; i < arenas; i++) {
    if (!shared) {
      band = (HvBand){.kind = HV_BAND_ARENA};
      first_run = layout->own_runs->len;
    }
    if (!shared)
      band.tail_bytes = tail_bytes(layout, i);
    add_run(layout, &band, arena[i].address, hv_frame_arena_bytes(frame, i) - band.tail_bytes, i);
    if (!shared)
      close_band(layout, &band, first_run, &previous_end);
  }
  if (shared)
    close_band(layout, &band, first_run, &previous_end);
  band = (HvBand){.kind = HV_BAND_REGIONS};
  first_run = layout->own_runs->len;
  for (guint i = 0; i < regions; i++)
    add_run(layout, &band, region[i].address, region[i].mapped_bytes, i);
  close_band(layout, &band, first_run, &previous_end);
  layout->runs = (const HvRun *)(gpointer)layout->own_runs->data;
  layout->run_count = layout->own_runs->len;
}

static void build(HvLayout *layout) {
  if (layout->params.order != NULL)
    build_by_class(layout);
  else
    build_by_address(layout);
  layout->band_runs = g_new(guint, layout->bands->len + 1);
  guint run = 0;
  for (guint i = 0; i < layout->bands->len; i++) {
    layout->band_runs[i] = run;
    run += g_array_index(layout->bands, HvBand, i).count;
  }
  layout->band_runs[layout->bands->len] = run;
}

HvLayout *hv_layout_new(HvFrame *frame, const HvLayoutParams *params) {
  g_return_val_if_fail(frame != NULL && params != NULL, NULL);
  HvLayout *layout = g_new0(HvLayout, 1);
  g_atomic_ref_count_init(&layout->references);
  layout->frame = hv_frame_ref(frame);
  layout->params = clamp_params(params);
  if (layout->params.order != NULL)
    hv_order_ref(layout->params.order);
  if (params->highlight != NULL)
    hv_highlight_ref(params->highlight);
  if (layout->params.folds != NULL)
    hv_folds_ref(layout->params.folds);
  int scale = layout->params.scale;
  layout->gap_px = layout->params.row_px >= 6 * scale ? scale : 0;
  layout->header_px = 20 * scale;
  layout->collapsed_px = 18 * scale;
  layout->spacing_px = 6 * scale;
  layout->bands = g_array_new(FALSE, FALSE, sizeof(HvBand));
  layout->own_runs = g_array_new(FALSE, FALSE, sizeof(HvRun));
  build(layout);
  return layout;
}

HvLayout *hv_layout_ref(HvLayout *layout) {
  g_atomic_ref_count_inc(&layout->references);
  return layout;
}

void hv_layout_unref(HvLayout *layout) {
  if (!g_atomic_ref_count_dec(&layout->references))
    return;
  hv_frame_unref(layout->frame);
  g_clear_pointer(&layout->params.highlight, hv_highlight_unref);
  g_clear_pointer(&layout->params.folds, hv_folds_unref);
  g_array_unref(layout->bands);
  g_array_unref(layout->own_runs);
  g_clear_pointer(&layout->params.order, hv_order_unref);
  g_free(layout->band_runs);
  g_free(layout);
}

/* ---- what it is ---- */

const HvLayoutParams *hv_layout_params(HvLayout *layout) {
  return &layout->params;
}

HvFrame *hv_layout_frame(HvLayout *layout) {
  return layout->frame;
}

gint64 hv_layout_height(HvLayout *layout) {
  return layout->height;
}

int hv_layout_row_pitch_px(HvLayout *layout) {
  return layout->params.row_px + layout->gap_px;
}

int hv_layout_header_px(HvLayout *layout) {
  return layout->header_px;
}

int hv_layout_collapsed_px(HvLayout *layout) {
  return layout->collapsed_px;
}

int hv_layout_tail_px(HvLayout *layout, const HvBand *band) {
  return band->tail_bytes != 0 ? layout->collapsed_px : 0;
}

guint64 hv_layout_band_key(HvLayout *layout, guint band) {
  return band_key(layout, &g_array_index(layout->bands, HvBand, band));
}

double hv_layout_bytes_per_px(HvLayout *layout) {
  return (double)(G_GUINT64_CONSTANT(1) << layout->params.row_shift) / layout->params.width_px;
}

const HvBand *hv_layout_bands(HvLayout *layout, guint *count) {
  if (count != NULL)
    *count = layout->bands->len;
  return (const HvBand *)(gpointer)layout->bands->data;
}

const HvRun *hv_layout_band_runs(HvLayout *layout, guint band, guint *count) {
  if (count != NULL)
    *count = layout->band_runs[band + 1] - layout->band_runs[band];
  return layout->runs + layout->band_runs[band];
}

/* ---- columns ---- */

guint64 hv_layout_column_begin(HvLayout *layout, const HvBand *band, gint64 x) {
  return ((guint64)x << band->row_shift) / (guint64)layout->params.width_px;
}

guint64 hv_layout_column_end(HvLayout *layout, const HvBand *band, gint64 x) {
  return MAX(hv_layout_column_begin(layout, band, x + 1),
             hv_layout_column_begin(layout, band, x) + 1);
}

gint64 hv_layout_offset_column(HvLayout *layout, const HvBand *band, guint64 offset) {
  guint64 width = (guint64)layout->params.width_px;
  guint64 row_bytes = G_GUINT64_CONSTANT(1) << band->row_shift;
  /* The column that holds the byte; where a byte has several columns, the first of them. */
  if (row_bytes >= width)
    return (gint64)(((offset + 1) * width + row_bytes - 1) / row_bytes) - 1;
  return (gint64)((offset * width + row_bytes - 1) / row_bytes);
}

/* ---- pixels to addresses ---- */

int hv_layout_band_at(HvLayout *layout, gint64 y) {
  guint low = 0;
  guint high = layout->bands->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    const HvBand *band = &g_array_index(layout->bands, HvBand, middle);
    if (band->end_y + hv_layout_tail_px(layout, band) <= y)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == layout->bands->len)
    return -1;
  const HvBand *band = &g_array_index(layout->bands, HvBand, low);
  gint64 top = band->gap_bytes != 0 ? band->y - layout->collapsed_px : band->y;
  return y >= top ? (int)low : -1;
}

guint hv_layout_run_at(HvLayout *layout, guint band, guint64 offset) {
  guint low = layout->band_runs[band];
  guint high = layout->band_runs[band + 1];
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (layout->runs[middle].offset <= offset)
      low = middle;
    else
      high = middle;
  }
  return low - layout->band_runs[band];
}

gboolean hv_layout_place(HvLayout *layout, gint64 x, gint64 y, HvPlace *place) {
  memset(place, 0, sizeof *place);
  place->band = x < 0 || x >= layout->params.width_px ? -1 : hv_layout_band_at(layout, y);
  if (place->band < 0)
    return FALSE;
  const HvBand *band = &g_array_index(layout->bands, HvBand, place->band);
  place->in_gap = y < band->y;
  place->in_header = !place->in_gap && y < band->rows_y;
  place->in_tail = y >= band->end_y;
  if (place->in_gap || place->in_header || place->in_tail)
    return FALSE;
  guint64 row = (guint64)((y - band->rows_y) / hv_layout_row_pitch_px(layout));
  guint64 offset = (row << band->row_shift) + hv_layout_column_begin(layout, band, x);
  if (offset >= band->bytes)
    return FALSE;
  guint64 end = MIN((row << band->row_shift) + hv_layout_column_end(layout, band, x), band->bytes);
  guint index = hv_layout_run_at(layout, (guint)place->band, offset);
  const HvRun *run = hv_layout_band_runs(layout, (guint)place->band, NULL) + index;
  place->begin = run->address + (offset - run->offset);
  place->end = run->address + MIN(end - run->offset, run->bytes);
  place->in_rows = TRUE;
  return TRUE;
}

/* ---- addresses to pixels ---- */

/* Band of run number @run. */
static guint band_of_run(HvLayout *layout, guint run) {
  guint first = 0;
  guint last = layout->bands->len;
  while (last - first > 1) {
    guint between = first + (last - first) / 2;
    if (layout->band_runs[between] <= run)
      first = between;
    else
      last = between;
  }
  return first;
}

/* The run that holds @address, whether its band is folded or not. */
static gboolean find_run(HvLayout *layout, guint64 address, guint *band, guint64 *offset) {
  if (layout->params.order != NULL) {
    guint run = 0;
    if (!hv_order_find(layout->params.order, address, &run))
      return FALSE;
    *band = band_of_run(layout, run);
    *offset = layout->runs[run].offset + (address - layout->runs[run].address);
    return TRUE;
  }
  /* Arena runs ascend across their bands, then region runs ascend: two sorted halves. */
  guint total = layout->run_count;
  guint split = total;
  guint bands = layout->bands->len;
  if (bands != 0 && g_array_index(layout->bands, HvBand, bands - 1).kind == HV_BAND_REGIONS)
    split = layout->band_runs[bands - 1];
  const guint halves[3] = {0, split, total};
  for (int half = 0; half < 2; half++) {
    guint low = halves[half];
    guint high = halves[half + 1];
    while (low < high) {
      guint middle = low + (high - low) / 2;
      const HvRun *run = &layout->runs[middle];
      if (address < run->address) {
        high = middle;
      } else if (address - run->address >= run->bytes) {
        low = middle + 1;
      } else {
        *band = band_of_run(layout, middle);
        *offset = run->offset + (address - run->address);
        return TRUE;
      }
    }
  }
  return FALSE;
}

gboolean hv_layout_find_run(HvLayout *layout, guint64 address, guint *band, guint64 *offset) {
  return find_run(layout, address, band, offset) &&
         !g_array_index(layout->bands, HvBand, *band).is_folded;
}

int hv_layout_band_of(HvLayout *layout, guint64 address) {
  guint band = 0;
  guint64 offset = 0;
  if (find_run(layout, address, &band, &offset))
    return (int)band;
  int arena = layout->params.order != NULL ? -1 : hv_frame_find_arena(layout->frame, address);
  for (guint i = 0; arena >= 0 && i < layout->bands->len; i++) {
    const HvBand *record = &g_array_index(layout->bands, HvBand, i);
    if (record->kind == HV_BAND_ARENA && record->index == (guint)arena)
      return (int)i;
  }
  return -1;
}

void hv_layout_locate_offset(HvLayout *layout, const HvBand *band, guint64 offset, gint64 *x,
                             gint64 *y) {
  guint64 row = offset >> band->row_shift;
  guint64 row_bytes = G_GUINT64_CONSTANT(1) << band->row_shift;
  *x = hv_layout_offset_column(layout, band, offset & (row_bytes - 1));
  *y = band->rows_y + (gint64)row * hv_layout_row_pitch_px(layout);
}

gboolean hv_layout_locate(HvLayout *layout, guint64 address, gint64 *x, gint64 *y) {
  guint band = 0;
  guint64 offset = 0;
  if (!hv_layout_find_run(layout, address, &band, &offset))
    return FALSE;
  hv_layout_locate_offset(layout, &g_array_index(layout->bands, HvBand, band), offset, x, y);
  return TRUE;
}
