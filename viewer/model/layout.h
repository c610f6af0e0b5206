/* SPDX-License-Identifier: MIT */
/*
 * Where each address of the heap is on the map, and back.
 *
 * By address (by class is the same with the bands of an HvOrder, see there):
 *
 * The map is a column of bands: one per arena, or all arenas in one band where a row is longer
 * than an arena; and one for the mmapped regions. What is not mapped is left out. A band is a
 * header and rows of 2^row_shift bytes, so that slices and pages line up in columns; what of it is
 * folded away (folds.h) has no place on the map:
 *
 *   | header: "arena 3 · 0x7f12a4000000 · 32 MiB · 71 % live"   | header_px
 *   |##########################################################| row_px   } pitch = row_px +
 *   |                                                          | gap_px   }         gap_px
 *   |############################                              |
 *   |~~~~~~~~~ 24 MiB free, given back or never used ~~~~~~~~~~~| collapsed_px
 *   |~~~~~~~~~~~~~~~~~ 1.2 TiB not mapped ~~~~~~~~~~~~~~~~~~~~~| collapsed_px
 *
 * Zooming changes row_shift by one: rows reflow like text, and the row of an address stays put if
 * the caller keeps its y. Pixel column x of a row shows bytes [x << row_shift) / width_px up to
 * the same of x + 1, whole bytes, so the pixels of a row partition its bytes. Widths are
 * multiples of 64, which makes each 64th of a row end on a pixel edge.
 *
 * All lengths are device pixels. Immutable, any thread.
 */
#pragma once

#include "viewer/model/folds.h"
#include "viewer/model/highlight.h"
#include "viewer/model/hit.h"
#include "viewer/model/order.h"

G_BEGIN_DECLS

typedef struct HvLayout HvLayout;

#define HV_LAYOUT_SHIFT_MIN 8  /* rows of 256 bytes: a 16-byte block is tens of pixels */
#define HV_LAYOUT_SHIFT_MAX 46 /* rows of 64 TiB */

/*
 * HvLayoutParams:
 * @width_px: of the rows, a multiple of 64, 64..32768; see hv_layout_fit_width()
 * @row_shift: log2 of the bytes in a row, HV_LAYOUT_SHIFT_MIN..HV_LAYOUT_SHIFT_MAX
 * @row_px: height of a row, 1..256; 0 chooses by @row_shift
 * @scale: device pixels per logical pixel, 1..4: scales headers and text
 * @range_begin, @range_end: show only these addresses; @range_end 0: the whole heap
 * @order: (nullable): the heap by size class; NULL: by address. A range does not go with it
 * @highlight: (nullable): what to bring out; the layout takes a reference
 * @folds: (nullable): what is folded away, of the whole heap; the layout takes a reference
 */
typedef struct {
  int width_px;
  int row_shift;
  int row_px;
  int scale;
  guint64 range_begin;
  guint64 range_end;
  HvOrder *order;
  HvHighlight *highlight;
  HvFolds *folds;
} HvLayoutParams;

typedef struct {
  gint64 x;
  gint64 y;
  gint64 width;
  gint64 height;
} HvRect;

/*
 * HvBand:
 * @index: of the first arena (region) in it, or the size class; @count: runs: arenas (regions), by
 *   class spans and whatever else the band is made of
 * @bytes: in its rows
 * @is_folded: it has no rows; its bytes have no place on the map
 * @tail_bytes: at its end that have none either, 0 where nothing is left out; the strip that tells
 *   of them lies right under @end_y
 * @row_shift: log2 of the bytes in its rows: that of the layout, but for mmapped regions that would
 *   outgrow the arenas. They are plain areas, so they are drawn as many times smaller as needed
 * @y: of its header; @rows_y: of its first row; @end_y: behind its last row
 * @rows: number of rows
 * @gap_bytes: not mapped between the band before and this one, 0 where nothing is drawn; the
 *   strip lies right above @y
 */
typedef struct {
  HvBandKind kind;
  guint index;
  guint count;
  guint64 bytes;
  gboolean is_folded;
  guint64 tail_bytes;
  int row_shift;
  gint64 y;
  gint64 rows_y;
  gint64 end_y;
  guint64 rows;
  guint64 gap_bytes;
} HvBand;

/**
 * hv_layout_new:
 * @frame: a frame; a reference is taken
 * @params: out-of-range values are clamped
 *
 * O(arenas + regions). Returns: (transfer full): the layout
 */
HvLayout *hv_layout_new(HvFrame *frame, const HvLayoutParams *params);
HvLayout *hv_layout_ref(HvLayout *layout);
void hv_layout_unref(HvLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvLayout, hv_layout_unref)

/**
 * hv_layout_fit:
 * @width_px, @height_px: room for the map
 * @params: (inout): scale and range are read; width, shift and row height are set so that the
 *   map fits, at the largest zoom that does (or at the smallest zoom if none does). By class, many
 *   bands may leave no room: each then gets two rows or so, and the map is higher
 */
void hv_layout_fit(HvFrame *frame, int width_px, int height_px, HvLayoutParams *params);

/* Largest row width that fits into @width_px: a multiple of 64, at least 64. */
int hv_layout_fit_width(int width_px);

/* Height of a row that suits this zoom, device pixels. */
int hv_layout_default_row_px(int row_shift, int width_px, int scale);

/* The parameters in force, after clamping and defaults. (transfer none) */
const HvLayoutParams *hv_layout_params(HvLayout *layout);
HvFrame *hv_layout_frame(HvLayout *layout);

/* Height of the strip under the rows of a band, 0 where there is none. */
int hv_layout_tail_px(HvLayout *layout, const HvBand *band);

/* Size of the whole map; the width equals params.width_px. Height is 0 for an empty heap. */
gint64 hv_layout_height(HvLayout *layout);
int hv_layout_row_pitch_px(HvLayout *layout);
int hv_layout_header_px(HvLayout *layout);
int hv_layout_collapsed_px(HvLayout *layout);
double hv_layout_bytes_per_px(HvLayout *layout);

const HvBand *hv_layout_bands(HvLayout *layout, guint *count);

/* Index of the band whose gap strip, header, rows or strip under them hold @y; -1 outside of the
 * map. O(log n). */
int hv_layout_band_at(HvLayout *layout, gint64 y);

/* Index of the band that holds @address, also where it is folded away; -1: none. O(bands). */
int hv_layout_band_of(HvLayout *layout, guint64 address);

/* Key of band @band in HvFolds. */
guint64 hv_layout_band_key(HvLayout *layout, guint band);

/*
 * HvPlace: what is under a pixel.
 * @band: index of the band, -1: outside
 * @in_header, @in_gap, @in_tail: the pixel is in the band's header, in the strip above it, in the
 *   one under its rows
 * @in_rows: the pixel shows memory, and @begin..@end is what; also set on the gap between two
 *   rows, which counts as the row above
 * @begin, @end: addresses. A pixel that spans several arenas or regions gives the part in the
 *   first; where a pixel is narrower than a byte, the byte it lies in
 */
typedef struct {
  int band;
  gboolean in_header;
  gboolean in_gap;
  gboolean in_tail;
  gboolean in_rows;
  guint64 begin;
  guint64 end;
} HvPlace;

/**
 * hv_layout_place:
 * @x, @y: device pixels from the top left of the map
 * @place: (out): what is there
 *
 * Returns: TRUE if the pixel shows memory (place.in_rows).
 */
gboolean hv_layout_place(HvLayout *layout, gint64 x, gint64 y, HvPlace *place);

/**
 * hv_layout_locate:
 * @address: an address
 * @x, @y: (out): pixel column and top of the row that show the byte at @address. For every pixel
 *   with a place, locating place.begin gives that pixel (the first of the pixels that share a
 *   byte)
 *
 * Returns: FALSE if the address is not on the map.
 */
gboolean hv_layout_locate(HvLayout *layout, guint64 address, gint64 *x, gint64 *y);

/**
 * hv_layout_move:
 * @address: (inout): on the map
 * @bytes: how far along the rows as they are shown, back if negative. What lies in another band
 * ends at the first byte of the next one, or the last of the one before
 *
 * Bands that are folded are passed over. From an end of an arena that is left out it goes on from
 * the last byte before that.
 *
 * Returns: FALSE, leaving @address, at either end of the map, and for what is not on it.
 */
gboolean hv_layout_move(HvLayout *layout, guint64 *address, gint64 bytes);

/* What @pixels show in the rows that @address lies in, at least 1; 0: it is not on the map. */
guint64 hv_layout_pixels_bytes(HvLayout *layout, guint64 address, gint64 pixels);

/**
 * hv_layout_nearest:
 * @x, @y: device pixels from the top left of the map; clamped to it
 * @down: 1: looks downwards for a row, from @y on; -1: upwards
 * @address: (out): what is shown there, or at the end of a row that ends before @x
 *
 * Returns: FALSE if there is no row any more.
 */
gboolean hv_layout_nearest(HvLayout *layout, gint64 x, gint64 y, int down, guint64 *address);

/**
 * hv_layout_range_rects:
 * @begin, @end: addresses
 * @clip: (nullable): only rectangles that touch this area
 *
 * For highlights: at most three rectangles per band (first row, middle, last row); by class, the
 * same for each span, some thousands at most.
 *
 * Returns: (transfer full) (element-type HvRect): free with g_array_unref().
 */
GArray *hv_layout_range_rects(HvLayout *layout, guint64 begin, guint64 end, const HvRect *clip);

/**
 * hv_layout_window:
 * @y, @height: the visible part of the map
 * @begin, @end: (out): lowest and highest address in view, for hv_source_set_window()
 *
 * Returns: FALSE if no memory is in view, or if its addresses are anywhere: by class.
 */
gboolean hv_layout_window(HvLayout *layout, gint64 y, gint64 height, guint64 *begin, guint64 *end);

/* Runs of band @band, ascending offset, without holes. (transfer none) */
const HvRun *hv_layout_band_runs(HvLayout *layout, guint band, guint *count);

G_END_DECLS
