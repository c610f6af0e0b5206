/* SPDX-License-Identifier: MIT */
/*
 * The map of a heap: a scrollable widget that shows rows of memory at one zoom (log2 of the bytes
 * in a row) and one vertical place. A worker draws its tiles; this thread only puts them in place
 * and draws outlines over them.
 *
 * A new picture (frame, zoom, width, theme) is prepared behind the one on screen and swapped in
 * when all of its visible tiles are there, so nothing flickers. What came then has a bright rim for
 * a moment, and what went another one for longer. Nothing is drawn, by the worker or by GTK, while
 * nothing changes; a moving pointer costs two outlines and no tile.
 *
 * Coordinates named x and y are logical pixels of the widget. Main thread only. Signals:
 *   "hover-changed", "selection-changed": what is under the pointer, or chosen, is another thing
 *   "lens-changed": another lens is on screen, or its legend is another one
 *   "measured": the user has chosen an area, by hv_heap_map_choose_area() or keys
 *   "view-changed": other addresses are in view, or the zoom is another one; and once more when
 *      the picture of that view is complete
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/hit.h"
#include "viewer/model/layout.h"
#include "viewer/model/lens.h"
#include "viewer/model/pyramid.h"
#include "viewer/render/change.h"

G_BEGIN_DECLS

/* How fine a thing on the map is: what is smaller than some pixels is not told apart. */
typedef enum {
  HV_FOCUS_NOTHING,
  HV_FOCUS_AREA,  /* the bytes behind one pixel, or a range that was dragged */
  HV_FOCUS_SPAN,  /* a span */
  HV_FOCUS_THING, /* a block, region, arena header or run of free slices */
} HvFocusLevel;

/*
 * HvFocus: what the pointer is on, or what is chosen.
 * @begin, @end: its addresses
 * @hit: what is at @begin (at the place that was clicked, for a block); valid as long as the frame
 */
typedef struct {
  HvFocusLevel level;
  guint64 begin;
  guint64 end;
  HvHit hit;
} HvFocus;

#define HV_TYPE_HEAP_MAP (hv_heap_map_get_type())
G_DECLARE_FINAL_TYPE(HvHeapMap, hv_heap_map, HV, HEAP_MAP, GtkWidget)

GtkWidget *hv_heap_map_new(void);

/**
 * hv_heap_map_set_heap:
 * @pyramid: (nullable): of the frame to show; NULL: nothing
 * @content: changes exactly when the pixels may change; the same value again costs nothing
 */
void hv_heap_map_set_heap(HvHeapMap *self, HvPyramid *pyramid, guint64 content);

/**
 * hv_heap_map_set_highlight:
 * @highlight: (nullable): what to bring out, while all else is dimmed; NULL: nothing is
 */
void hv_heap_map_set_highlight(HvHeapMap *self, HvHighlight *highlight);

/** hv_heap_map_get_highlight: Returns (transfer none) (nullable). */
HvHighlight *hv_heap_map_get_highlight(HvHeapMap *self);

/**
 * hv_heap_map_set_marks:
 * @marks: (nullable): what to outline, as if the pointer were on it; the first some hundred in view
 */
void hv_heap_map_set_marks(HvHeapMap *self, HvHighlight *marks);

/** hv_heap_map_get_marks: Returns (transfer none) (nullable). */
HvHighlight *hv_heap_map_get_marks(HvHeapMap *self);

/** hv_heap_map_set_theme: Chooses the palette. */
void hv_heap_map_set_theme(HvHeapMap *self, HvTheme theme);

/**
 * hv_heap_map_set_context:
 * @pid: process that the next heap is of and that can be asked for its pages; 0: none
 * @activity: (nullable): of the next heap
 * @before: (nullable): what the lens of differences compares with
 * @after: (nullable): what it compares with @before; NULL: the next heap
 *
 * What lenses need beside the heap; call it before hv_heap_map_set_heap().
 */
void hv_heap_map_set_context(HvHeapMap *self, guint pid, HvActivity *activity, HvPyramid *before,
                             HvPyramid *after);

/** hv_heap_map_set_lens: What the colours say. */
void hv_heap_map_set_lens(HvHeapMap *self, HvLensKind kind);
HvLensKind hv_heap_map_get_lens_kind(HvHeapMap *self);

/** hv_heap_map_get_lens: The lens on screen. Returns: (transfer none) (nullable): NULL: states. */
HvLens *hv_heap_map_get_lens(HvHeapMap *self);

/** hv_heap_map_set_by_class: In the order of size classes, or of addresses. */
void hv_heap_map_set_by_class(HvHeapMap *self, gboolean by_class);
gboolean hv_heap_map_get_by_class(HvHeapMap *self);

/* ---- view ---- */

/**
 * hv_heap_map_zoom:
 * @steps: doublings; positive zooms in
 * @y: row that stays in place; negative: the selection if it is in view, else the middle
 */
void hv_heap_map_zoom(HvHeapMap *self, int steps, double y);

/** hv_heap_map_zoom_at_pointer: Like hv_heap_map_zoom; the row under the pointer stays. */
void hv_heap_map_zoom_at_pointer(HvHeapMap *self, int steps);

/** hv_heap_map_zoom_fit: Shows the whole heap, and goes on doing so while it grows. */
void hv_heap_map_zoom_fit(HvHeapMap *self);

/** hv_heap_map_zoom_to: Shows @begin to @end as large as fits, and remembers the view before. */
void hv_heap_map_zoom_to(HvHeapMap *self, guint64 begin, guint64 end);

/** hv_heap_map_zoom_to_focus: Zooms to the span of the selection, or to its block when the span
 * fills the view already. */
void hv_heap_map_zoom_to_focus(HvHeapMap *self);

/** hv_heap_map_back: Returns to the view before the last hv_heap_map_zoom_to, or zooms out. */
void hv_heap_map_back(HvHeapMap *self);

/** hv_heap_map_scroll: Moves down by @dy logical pixels. */
void hv_heap_map_scroll(HvHeapMap *self, double dy);

/** hv_heap_map_scroll_to: Makes the row of @address visible, also where it is folded away. */
void hv_heap_map_scroll_to(HvHeapMap *self, guint64 address);

/** hv_heap_map_scroll_to_highlight: Makes the first of what is brought out visible, unless some of
 * it is already. */
void hv_heap_map_scroll_to_highlight(HvHeapMap *self);

/** hv_heap_map_centre_on: Moves the row of @address to the middle, as far as that goes. */
void hv_heap_map_centre_on(HvHeapMap *self, guint64 address);

/** hv_heap_map_get_row_shift: log2 of the bytes in a row. */
int hv_heap_map_get_row_shift(HvHeapMap *self);

gboolean hv_heap_map_get_fit(HvHeapMap *self);

/** hv_heap_map_get_can_zoom_in, ..out: Whether a step changes anything. */
gboolean hv_heap_map_get_can_zoom_in(HvHeapMap *self);
gboolean hv_heap_map_get_can_zoom_out(HvHeapMap *self);

/** hv_heap_map_get_window: Addresses in view. Returns FALSE when there are none. */
gboolean hv_heap_map_get_window(HvHeapMap *self, guint64 *begin, guint64 *end);

/* ---- what is folded away ---- */

/** hv_heap_map_fold_at: Folds the band whose header is at @x, @y, or shows it again; or shows what
 * is left out at that place. Returns FALSE where there is neither. */
gboolean hv_heap_map_fold_at(HvHeapMap *self, double x, double y);

/** hv_heap_map_fold: Folds the band of the selection, else the first one in view, or shows it
 * again.
 */
void hv_heap_map_fold(HvHeapMap *self);

/* ---- pointer and selection ---- */

/** hv_heap_map_set_pointer: The pointer is at @x, @y; negative: outside. */
void hv_heap_map_set_pointer(HvHeapMap *self, double x, double y);

/** hv_heap_map_address_at: The first address shown at @x, @y. Returns FALSE where there is none. */
gboolean hv_heap_map_address_at(HvHeapMap *self, double x, double y, guint64 *address);

void hv_heap_map_select_address(HvHeapMap *self, guint64 address);
void hv_heap_map_select_range(HvHeapMap *self, guint64 begin, guint64 end);

/** hv_heap_map_choose_area: Selects a range as an area to be looked at. */
void hv_heap_map_choose_area(HvHeapMap *self, guint64 begin, guint64 end);

void hv_heap_map_select_none(HvHeapMap *self);

/** hv_heap_map_move_cursor: Moves the selection by things to the right and rows down, as they are
 * shown; behind the last thing of a band comes the first of the next. */
void hv_heap_map_move_cursor(HvHeapMap *self, int right, int down);

/** hv_heap_map_page: Moves the view by @pages of its height, and the cursor with it. */
void hv_heap_map_page(HvHeapMap *self, int pages);

/** hv_heap_map_go_end: To the top (-1) or the bottom (1), and the cursor with it. */
void hv_heap_map_go_end(HvHeapMap *self, int direction);

/** hv_heap_map_extend: Selects an area from what is selected on, or moves the end of it that was
 * moved last: by some pixels to the right and rows down. By class, where neighbours on the map are
 * none in memory, the cursor moves without one. */
void hv_heap_map_extend(HvHeapMap *self, int right, int down);

/** hv_heap_map_step_span: Selects the next (@direction 1) or previous (-1) span, as they are shown.
 */
void hv_heap_map_step_span(HvHeapMap *self, int direction);

/** hv_heap_map_get_hover, hv_heap_map_get_selection: Return FALSE when there is none. */
gboolean hv_heap_map_get_hover(HvHeapMap *self, HvFocus *focus);
gboolean hv_heap_map_get_selection(HvHeapMap *self, HvFocus *focus);

/** hv_heap_map_describe: One line about @focus. Returns: (transfer full). */
char *hv_heap_map_describe(HvHeapMap *self, const HvFocus *focus);

/* ---- for tests and the status line ---- */

/** hv_heap_map_is_settled: Whether what is on screen is complete and the newest. */
gboolean hv_heap_map_is_settled(HvHeapMap *self);

/** hv_heap_map_is_view_drawn: Whether a complete picture of this view has been on screen; newer
 * heaps may be in the making. */
gboolean hv_heap_map_is_view_drawn(HvHeapMap *self);

/** hv_heap_map_get_tiles_drawn: Tiles drawn by the worker since the start. */
guint64 hv_heap_map_get_tiles_drawn(HvHeapMap *self);

/** hv_heap_map_get_fading: Tiles in which something came, or went, and is still fading. */
guint hv_heap_map_get_fading(HvHeapMap *self, HvChangeKind kind);

/** hv_heap_map_get_snapshots: Times GTK asked this widget to draw. */
guint64 hv_heap_map_get_snapshots(HvHeapMap *self);

/** hv_heap_map_get_picture: The picture on screen. @x, @y: (out): device pixels of the widget where
 * the top left of its layout lies. Returns: (transfer none) (nullable). */
HvLayout *hv_heap_map_get_picture(HvHeapMap *self, HvPyramid **pyramid, gint64 *x, gint64 *y);

G_END_DECLS
