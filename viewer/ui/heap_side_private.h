/* SPDX-License-Identifier: MIT */
/* HvHeapSide inside: heap_side.c makes the panel and shows a moment in it, heap_side_links.c links
 * its rows with the map, heap_side_query.c has its filter, heap_side_list.c what can be copied and
 * saved of it. Main thread only. */
#pragma once

#include "viewer/ui/compare_page.h"
#include "viewer/ui/details.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/list_filler.h"
#include "viewer/ui/mappings_view.h"
#include "viewer/ui/profile_page.h"
#include "viewer/ui/release_view.h"
#include "viewer/ui/side_pages.h"
#include "viewer/ui/stack_lanes.h"

G_BEGIN_DECLS

struct _HvHeapSide {
  GtkWidget parent_instance;

  GtkWidget *box; /* template child, the only direct one */
  GtkEditable *entry;
  GtkInscription *verdict; /* a label that wraps would have the window ask for height by width */
  GtkDropDown *chooser;
  GtkStack *lists;
  HvDetails *details;
  HvTable *tables[HV_LISTS];
  HvListFiller *filler;
  HvStackLanes *lanes; /* over the list of stacks */
  HvReleaseView *release;
  HvComparePage *changes;
  HvChangesList changes_list; /* the one that is saved of them */
  HvProfilePage *profile;
  HvMappingsView *mappings;

  const HvPalette *palette;
  HvMoment *moment;
  HvMoment *a; /* to be compared; NULL: nothing */
  HvMoment *b;
  HvQuery *query;
  char *problem;
  gint64 list_us;            /* monotonic time when the list on screen was filled */
  guint64 chosen_begin;      /* what is chosen on the map */
  guint64 chosen_end;        /* 0: nothing */
  guint64 keys[HV_LISTS];    /* its rows; G_MAXUINT64: none */
  gboolean behind[HV_LISTS]; /* the row is to be chosen as soon as the list is on screen */
};

/* The page on screen: HV_SIDE_DETAILS and so on. */
guint hv_side_page(HvHeapSide *self);

/* Ties the rows of a list, or of the pins, to their places on the map: what is chosen in one is
 * chosen in the other, and what the pointer is on is outlined. */
void hv_side_link_list(HvHeapSide *self, HvTable *table);
void hv_side_link_pins(HvHeapSide *self, HvTable *pins);

/* What is chosen on the map is chosen in a list as soon as @filler has filled it. */
void hv_side_link_filler(HvHeapSide *self, HvListFiller *filler);

/* Fills the list on screen, unless it is hidden. */
void hv_side_fill(HvHeapSide *self);

/* The query, as far as the list has what it asks for. Returns: (transfer none) (nullable) */
HvQuery *hv_side_list_query(HvHeapSide *self, HvListKind kind);

/* Of the template. */
void hv_heap_side_search_changed(HvHeapSide *self);
void hv_heap_side_search_stopped(HvHeapSide *self);

G_END_DECLS
