/* SPDX-License-Identifier: MIT */
/*
 * What is known about the selected place: the block or region, its span, its arena; or, for an
 * area, its bytes by state (description.h). Everything on the map can be read here as text. Which
 * pages of it are resident is asked by a thread, of this place only.
 *
 * Main thread only. Signal "told": another place is told, or what of it is resident.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/palette.h"
#include "viewer/ui/feed.h"
#include "viewer/ui/heap_map.h"

G_BEGIN_DECLS

#define HV_TYPE_DETAILS (hv_details_get_type())
G_DECLARE_FINAL_TYPE(HvDetails, hv_details, HV, DETAILS, GtkWidget)

GtkWidget *hv_details_new(void);

/**
 * hv_details_show:
 * @pyramid: of the frame that @focus is in
 * @focus: (nullable): NULL: nothing is selected
 */
void hv_details_show(HvDetails *self, HvPyramid *pyramid, const HvFocus *focus,
                     const HvPalette *palette);

/**
 * hv_details_set_moment:
 * @moment: (nullable): what is on screen: says whose pages to look at, and when spans changed
 *
 * Shows next time: see hv_details_refresh().
 */
void hv_details_set_moment(HvDetails *self, HvMoment *moment);

/** hv_details_refresh: Tells again what changes with time. */
void hv_details_refresh(HvDetails *self);

/** hv_details_dup_selection: "0xBEGIN-0xEND BYTES" of what is selected, without the resident bytes
 * while they are not known; "": nothing is. Returns: (transfer full). */
char *hv_details_dup_selection(HvDetails *self);

/** hv_details_dup_text: What is shown, as lines of text. Returns: (transfer full). */
char *hv_details_dup_text(HvDetails *self);

G_END_DECLS
