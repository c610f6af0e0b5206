/* SPDX-License-Identifier: MIT */
/*
 * The list on screen as it is to be copied or saved: all that it is made of, held as it was when it
 * was asked for, whatever the window shows meanwhile. Made on the main thread; writing it may take
 * seconds for a million rows, and any thread may do that.
 */
#pragma once

#include "viewer/ui/heap_tables.h"

G_BEGIN_DECLS

typedef enum {
  HV_LISTING_TEXT, /* the rows of the table, for people: cells separated by tabs */
  HV_LISTING_CSV,  /* all rows that match, for programs */
  HV_LISTING_JSON,
} HvListingForm;

typedef struct HvListing HvListing;

/**
 * hv_listing_new:
 * @order: that of the table; only text is sorted by it
 * @moment: must have a frame
 * @query: (nullable): which rows
 */
HvListing *hv_listing_new(HvListingForm form, HvListKind which, const HvTableOrder *order,
                          HvMoment *moment, HvQuery *query);

/** hv_listing_new_pins: The same for the blocks that keep most, as CSV or JSON. */
HvListing *hv_listing_new_pins(HvListingForm form, HvMoment *moment, HvQuery *query);

/** hv_listing_new_written: One so short that @text (consumed) is there already. */
HvListing *hv_listing_new_written(char *text);

void hv_listing_free(HvListing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvListing, hv_listing_free)

/** hv_listing_is_written: Whether nothing is left to do for hv_listing_write(). */
gboolean hv_listing_is_written(HvListing *self);

/**
 * hv_listing_write:
 * @go_on: (nullable): told how far it is, and may stop it
 *
 * Returns: (transfer full) (nullable): NULL when it was stopped
 */
char *hv_listing_write(HvListing *self, HvGoOn go_on, gpointer data);

G_END_DECLS
