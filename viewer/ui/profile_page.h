/* SPDX-License-Identifier: MIT */
/*
 * The panel of the sampled profile: a button that starts and stops it ("win.profile"), a flame
 * graph of who allocates, and the call sites as a list. With a query, the list is of those that
 * hold the places it matches. Names are looked up by a thread, and only while the panel is on
 * screen.
 *
 * Main thread only. Signals:
 *   "marked" (HvHighlight or NULL): the sampled blocks of what is chosen, for the map
 *   "told": the summary is another one
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/highlight.h"
#include "viewer/model/palette.h"
#include "viewer/ui/table.h"

G_BEGIN_DECLS

#define HV_TYPE_PROFILE_PAGE (hv_profile_page_get_type())
G_DECLARE_FINAL_TYPE(HvProfilePage, hv_profile_page, HV, PROFILE_PAGE, GtkWidget)

GtkWidget *hv_profile_page_new(void);

/**
 * hv_profile_page_set:
 * @frame: (nullable): NULL empties the panel
 * @query: (nullable): which places
 * @is_live: whether a profile can be started
 */
void hv_profile_page_set(HvProfilePage *self, HvFrame *frame, HvQuery *query, gboolean is_live);

/** hv_profile_page_hide_other: Nothing is to be seen of another frame than @frame until what is
 * wanted then is worked out; for when it is not on screen. */
void hv_profile_page_hide_other(HvProfilePage *self, HvFrame *frame);

void hv_profile_page_set_palette(HvProfilePage *self, const HvPalette *palette);

/** hv_profile_page_select_block: Chooses the call site of the block at @begin, if it was sampled.
 */
void hv_profile_page_select_block(HvProfilePage *self, guint64 begin, guint64 end);

/** hv_profile_page_get_sites: The list. Returns (transfer none). */
HvTable *hv_profile_page_get_sites(HvProfilePage *self);

/** hv_profile_page_dup_data: The call sites, with whole stacks, as CSV or JSON. Returns (transfer
 * full) (nullable): NULL when there are none. */
char *hv_profile_page_dup_data(HvProfilePage *self, gboolean as_json);

/** hv_profile_page_dup_summary: "SITES BYTES FUNCTION" of the first one, or "". Returns (transfer
 * full). */
char *hv_profile_page_dup_summary(HvProfilePage *self);

G_END_DECLS
