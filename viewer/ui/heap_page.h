/* SPDX-License-Identifier: MIT */
/*
 * The page that shows a heap: ledger, map, details, lists, status line. It is given moments and
 * shows them; where they come from is the window's business. Main thread only.
 * Signals: "view-changed": other addresses are in view, or the zoom is another one; "found": the
 * query is another one, or matches something else; "scrub" (guint64): another moment is to be
 * shown, CLOCK_REALTIME; 0: the newest.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/feed.h"
#include "viewer/ui/heap_map.h"
#include "viewer/ui/heap_side.h"

G_BEGIN_DECLS

#define HV_TYPE_HEAP_PAGE (hv_heap_page_get_type())
G_DECLARE_FINAL_TYPE(HvHeapPage, hv_heap_page, HV, HEAP_PAGE, GtkWidget)

/** hv_heap_page_set_moment: @moment: (nullable): NULL, or one without a frame, empties the page. */
void hv_heap_page_set_moment(HvHeapPage *self, HvMoment *moment);

void hv_heap_page_set_theme(HvHeapPage *self, HvTheme theme);
HvTheme hv_heap_page_get_theme(HvHeapPage *self);

/** hv_heap_page_set_size: Of the window, in pixels: in a small one, the map gets the room. */
void hv_heap_page_set_size(HvHeapPage *self, int width, int height);

/** hv_heap_page_set_side: Shows or hides the panel beside the map. */
void hv_heap_page_set_side(HvHeapPage *self, gboolean visible);

/** hv_heap_page_show_list: @name: as hv_heap_side_show_list(). Returns FALSE for any other. */
gboolean hv_heap_page_show_list(HvHeapPage *self, const char *name);

/** hv_heap_page_set_search: Filters lists and turns the map to what the query @text matches. */
void hv_heap_page_set_search(HvHeapPage *self, const char *text);

/** hv_heap_page_get_reasons: Those listed now. Returns (transfer none) (nullable). */
HvReasons *hv_heap_page_get_reasons(HvHeapPage *self);

/** hv_heap_page_show_reason: @index: of the reasons, from 0: on the map, or by the list of mappings
 * what is not on it. Returns FALSE when there is no such reason. */
gboolean hv_heap_page_show_reason(HvHeapPage *self, guint index);

/** hv_heap_page_get_side: Returns (transfer none). */
HvHeapSide *hv_heap_page_get_side(HvHeapPage *self);

/** hv_heap_page_next_pane: Moves the keyboard to the next of map, panel, ledger, reasons. */
void hv_heap_page_next_pane(HvHeapPage *self);

/** hv_heap_page_set_lens: What the colours of the map say; the drop-down follows. */
void hv_heap_page_set_lens(HvHeapPage *self, HvLensKind kind);

/** hv_heap_page_set_mark: Mark A (@b FALSE) or B at the moment on screen; again there: takes it
 * back. */
void hv_heap_page_set_mark(HvHeapPage *self, gboolean b);

/** hv_heap_page_step: Chooses the kept frame @steps further on the timeline. */
void hv_heap_page_step(HvHeapPage *self, int steps);

/**
 * hv_heap_page_get_compared:
 * @before: (out) (nullable) (transfer none): at mark A
 * @after: (out) (nullable) (transfer none): at mark B; NULL: what is on screen
 *
 * Between what the lens of differences compares.
 */
void hv_heap_page_get_compared(HvHeapPage *self, HvPyramid **before, HvPyramid **after);

/** hv_heap_page_get_map: Returns (transfer none). */
HvHeapMap *hv_heap_page_get_map(HvHeapPage *self);

G_END_DECLS
