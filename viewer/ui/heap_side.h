/* SPDX-License-Identifier: MIT */
/*
 * The panel beside the map: an entry for a query, a choice of lists, and the list chosen: details
 * of the selection, spans, size classes, thread caches, regions, arenas, release curve and pins,
 * changes, profile, mappings outside the heap.
 * The query filters the list on screen; the page turns the map to it.
 *
 * Main thread only. Signals:
 *   "search-changed": the text of the query is another one
 *   "place-selected", "place-activated" (guint64 begin, guint64 end): a row that is in one place
 *   "outlined" (string or NULL): a query that shows the row under the pointer, or else the selected
 *     row when it is about many places
 *   "marked" (HvHighlight or NULL): blocks of what is chosen in the profile
 *   "told": what hv_heap_side_dup_comparison(), .._dup_sites() and .._dup_selection() say is new
 *   "list-changed": another list is on screen
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/data_files.h"
#include "viewer/model/palette.h"
#include "viewer/ui/feed.h"
#include "viewer/ui/heap_map.h"
#include "viewer/ui/listing.h"

G_BEGIN_DECLS

#define HV_TYPE_HEAP_SIDE (hv_heap_side_get_type())
G_DECLARE_FINAL_TYPE(HvHeapSide, hv_heap_side, HV, HEAP_SIDE, GtkWidget)

/**
 * hv_heap_side_set_moment:
 * @moment: (nullable): NULL, or one without a frame, leaves what is
 * @moved: lists go along at once, for instance since no later moment may come. Otherwise they are
 *   filled once a second at most
 *
 * Only the list on screen is filled, and none while the panel is hidden.
 */
void hv_heap_side_set_moment(HvHeapSide *self, HvMoment *moment, gboolean moved);

/** hv_heap_side_set_comparison: @a, @b: (nullable): what the list of changes compares. */
void hv_heap_side_set_comparison(HvHeapSide *self, HvMoment *a, HvMoment *b);

/** hv_heap_side_dup_comparison: What it says. Returns: (transfer full). */
char *hv_heap_side_dup_comparison(HvHeapSide *self);

/** hv_heap_side_dup_selection: hv_details_dup_selection(). Returns: (transfer full). */
char *hv_heap_side_dup_selection(HvHeapSide *self);

/** hv_heap_side_dup_sites: hv_profile_page_dup_summary(). Returns: (transfer full). */
char *hv_heap_side_dup_sites(HvHeapSide *self);

/** hv_heap_side_set_narrow: Whether the window is narrow: the panel takes less of it then. */
void hv_heap_side_set_narrow(HvHeapSide *self, gboolean narrow);

void hv_heap_side_set_palette(HvHeapSide *self, const HvPalette *palette);

/**
 * hv_heap_side_show_selection:
 * @pyramid, @focus: (nullable): what is chosen on the map; its row is chosen in the list on screen
 * as well, and in another one when that is opened
 */
void hv_heap_side_show_selection(HvHeapSide *self, HvPyramid *pyramid, const HvFocus *focus);

/** hv_heap_side_show_list: @name: "details", "spans", "classes", "caches", "regions", "arenas",
 * "stacks", "events", "release", "changes", "profile" or "mappings". Returns FALSE for any other.
 */
gboolean hv_heap_side_show_list(HvHeapSide *self, const char *name);

/** hv_heap_side_get_list: Name of the list on screen. */
const char *hv_heap_side_get_list(HvHeapSide *self);

/** hv_heap_side_set_search: @text: of the query; what cannot be parsed is told under the entry. */
void hv_heap_side_set_search(HvHeapSide *self, const char *text);

const char *hv_heap_side_get_search(HvHeapSide *self);

/** hv_heap_side_get_query: Returns (transfer none) (nullable): NULL while there is none, or a
 * mistake in it. */
HvQuery *hv_heap_side_get_query(HvHeapSide *self);

/** hv_heap_side_get_problem: Returns (transfer none): what is wrong with the query, or "". */
const char *hv_heap_side_get_problem(HvHeapSide *self);

/** hv_heap_side_show_found: @highlight: (nullable): what of the heap the query matches. */
void hv_heap_side_show_found(HvHeapSide *self, HvHighlight *highlight);

/** hv_heap_side_focus_search: Gives the entry the keyboard. */
void hv_heap_side_focus_search(HvHeapSide *self);

/** hv_heap_side_set_changes_list: Which of the lists of what changed is saved; at first the new
 * blocks. */
void hv_heap_side_set_changes_list(HvHeapSide *self, HvChangesList which);

/** hv_heap_side_list: The list on screen, to be written. Returns (transfer full) (nullable): NULL
 * without a heap, or when what is on screen is no list and data is asked for. */
HvListing *hv_heap_side_list(HvHeapSide *self, HvListingForm form);

/** hv_heap_side_get_why_no_list: Returns (transfer none): what to say when there is none. */
const char *hv_heap_side_get_why_no_list(HvHeapSide *self);

G_END_DECLS
