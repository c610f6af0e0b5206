/* SPDX-License-Identifier: MIT */
/*
 * What the files of the heap map share: heap_map.c (the widget and its drawing), heap_map_picture.c
 * (the pictures in the making and on screen), heap_map_scene.c (order and lens of a heap),
 * heap_map_fade.c (what changed lately), heap_map_view.c (zoom and place),
 * heap_map_folds.c (what is folded away), heap_map_focus.c (pointer and selection).
 *
 * `front` is the picture on screen; `back`, while there is one, is the picture that will replace
 * it. `y_px` is the top of the view in the newest of the two, `front_y_px` in `front`; scrolling
 * moves both. All lengths in px are device pixels. Main thread only.
 */
#pragma once

#include "viewer/model/palette.h"
#include "viewer/ui/heap_map.h"
#include "viewer/ui/tile_set.h"

G_BEGIN_DECLS

#define HV_MAP_MARGIN_PX 8 /* logical, left and right */

/* A view to come back to. */
typedef struct {
  int row_shift;
  gboolean fit;
  guint64 top_address;
} HvMapBookmark;

struct _HvHeapMap {
  GtkWidget parent_instance;

  GtkAdjustment *hadjustment;
  GtkAdjustment *vadjustment;
  guint hscroll_policy : 1;
  guint vscroll_policy : 1;

  HvTileWorker *worker;
  guint64 generation; /* of the newest tile set */
  HvTileSet *front;
  HvTileSet *back;
  gboolean back_differs; /* from front, in what is visible */

  /* The newest heap, and what is to be shown of it. */
  HvPyramid *heap;
  guint64 content;
  guint pid;
  HvActivity *activity;
  HvPyramid *before;
  HvPyramid *after;
  HvLensKind lens_kind;
  gboolean by_class;
  guint target_serial; /* of the process or file that is shown */
  gint64 prepared_us;  /* when a thread was last sent off */
  gboolean preparing;  /* a thread makes order and lens */
  gboolean outdated;   /* what it makes is no longer the newest */

  HvPyramid *pyramid; /* newest heap that can be drawn, shown or not */
  HvOrder *order;     /* of it, NULL: by address */
  HvLens *lens;       /* of it, NULL: states */
  gboolean stale;     /* the newest set is older than pyramid, palette or size */
  HvTheme theme;
  const HvPalette *palette; /* of the theme */

  GPtrArray *fades;      /* what changed and is still told; see heap_map_fade.c */
  GPtrArray *back_fades; /* of the picture in the making */
  guint fade_tick;       /* callback of the frame clock; 0: none */
  gint64 faded_us;       /* frame time when they were last drawn */

  HvHighlight *highlight; /* brought out; NULL: nothing */
  HvHighlight *marks;     /* outlined; NULL: nothing */

  HvFolds *folds; /* what is folded away by hand */
  int row_shift;
  gboolean fit;
  gint64 y_px;
  gint64 front_y_px;
  gboolean settled;     /* told that the picture of this view is complete */
  gboolean configuring; /* the adjustment changes by our own hand */
  GArray *bookmarks;

  double pointer_x;
  double pointer_y; /* negative: outside */
  HvFocus hover;
  gboolean has_selection;
  guint64 selected_begin;
  guint64 selected_end; /* 0: the thing at selected_begin, at the level of the zoom */
  char *told;           /* the accessible description; NULL: nothing selected */
  gint64 told_us;       /* monotonic time when it was last brought up to date */
  guint tell_id;        /* that will do it again; 0: nothing to do */
  guint64 area_anchor;  /* of an area chosen by keys: where it began, and the end that moves */
  guint64 area_tip;

  gboolean allocating; /* signals are held back */
  guint held;          /* those that were, a bit each */
  guint held_id;       /* of the source that emits them; 0: none are held */
  int told_height;     /* of the widget, when the view was told of */

  guint64 snapshots;
};

/* A row that a new layout keeps where it is: its address, and where its top is in the view. */
typedef struct {
  gboolean is_set;
  guint64 address;
  gint64 dy_px; /* of the row's top, or of its middle, from the top of the view */
  gboolean middle;
} HvMapAnchor;

typedef enum {
  HV_MAP_HOVER_CHANGED,
  HV_MAP_SELECTION_CHANGED,
  HV_MAP_VIEW_CHANGED,
  HV_MAP_LENS_CHANGED,
  HV_MAP_MEASURED,
  HV_MAP_SIGNALS,
} HvMapSignal;

/* ---- heap_map.c ---- */

/* At once, or, while sizes are being allocated, after that. */
void hv_map_emit(HvHeapMap *self, HvMapSignal signal);

/* Device pixels a logical one, at least 1; size of the widget. */
int hv_map_scale(HvHeapMap *self);
gint64 hv_map_width_px(HvHeapMap *self);
gint64 hv_map_height_px(HvHeapMap *self);

/* Tells the adjustments where the view is. */
void hv_map_configure_adjustments(HvHeapMap *self);

/* ---- heap_map_picture.c ---- */

/* The picture that the next tiles are for; NULL: none. */
HvTileSet *hv_map_newest(HvHeapMap *self);

/* Left edge of a picture's rows in the widget, a whole logical pixel. */
gint64 hv_map_left_px(HvHeapMap *self, HvTileSet *set);

/* First and last tile row in view when the view's top is at @y_px. */
void hv_map_visible_rows(HvHeapMap *self, gint64 y_px, gint64 *first, gint64 *last);

/* Whether every tile in view is there. */
gboolean hv_map_is_complete(HvHeapMap *self, HvTileSet *set);

/* Takes a tile from the worker: an HvTileDone. */
void hv_map_tile_done(guint64 generation, gint64 column, gint64 row, cairo_surface_t *surface,
                      const HvChange *change, gpointer data);

/* Whether a picture can be made: the widget has a renderer and a size. */
gboolean hv_map_can_show(HvHeapMap *self);

/* The first row at or below @view_y_px in the view, to be kept in place by its top or its middle.
 */
HvMapAnchor hv_map_anchor(HvHeapMap *self, gint64 view_y_px, gboolean middle);

/* Begins the picture of the present heap, zoom, size and palette; @anchor stays in place. */
void hv_map_make_back(HvHeapMap *self, const HvMapAnchor *anchor);

/* Brings heap, size or palette up to date, with the top row staying where it is. */
void hv_map_relayout(HvHeapMap *self);

/* Moves the view to @y_px of the newest picture, as far as that goes. */
void hv_map_set_y(HvHeapMap *self, gint64 y_px);

/* A newer heap, or another wish what to show of it, is to be on screen. */
void hv_map_show_newest(HvHeapMap *self);

/* ---- heap_map_scene.c ---- */

/* Makes order and lens of the newest heap, if it takes any, and then takes it for drawing. */
void hv_map_prepare(HvHeapMap *self);

/* The same heap again: brings a lens up to date whose colours change by themselves. */
void hv_map_refresh_lens(HvHeapMap *self);

/* Forgets heap, order and lens. */
void hv_map_drop_scene(HvHeapMap *self);

/* ---- heap_map_fade.c ---- */

/* Whether the colours stand for the heap alone, so that other pixels mean another heap. */
gboolean hv_map_fades(HvHeapMap *self, HvTileSet *back);

/* What came and went in a tile of the picture in the making. */
void hv_map_fade_note(HvHeapMap *self, gint64 column, gint64 row, const HvChange *change);

/* It is on screen now: what was noted begins to fade; or another picture is in the making. */
void hv_map_fade_begin(HvHeapMap *self);
void hv_map_fade_forget(HvHeapMap *self);

/* Nothing fades any more. */
void hv_map_fade_stop(HvHeapMap *self);

void hv_map_fade_snapshot(HvHeapMap *self, GtkSnapshot *snapshot);

/* ---- heap_map_folds.c ---- */

/* Shows the rows of @address, where they are folded away. */
void hv_map_unfold(HvHeapMap *self, guint64 address);

/* What a press at that place would do to rows. (transfer full) (nullable): nothing */
char *hv_map_describe_fold(HvHeapMap *self, double x, double y);

/* ---- heap_map_focus.c ---- */

/* Looks again at what is under the pointer, and tells when it is something else. */
void hv_map_update_hover(HvHeapMap *self);

/* What lies under pointer and selection may be another thing: brings what is told of them up to
 * date, once a second at most. */
void hv_map_tell_again(HvHeapMap *self);

/* Nobody is told any more. */
void hv_map_stop_telling(HvHeapMap *self);

G_END_DECLS
