/* SPDX-License-Identifier: MIT */
/*
 * The reasons under the ledger, the largest first: bytes, what it is and how it comes, a button
 * that turns the map to it ("win.search" with the reason's query, or without when it is shown
 * already) or, of what is not on the map, the panel to the list of mappings ("win.show-reason", and
 * back with "win.list"), and one that tells what would give it back and who holds it, with
 * "win.trim" and what it would give back where that helps, and "win.show-curve" where live blocks
 * pin free ones. Rows are kept and only change their text. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/reasons.h"

G_BEGIN_DECLS

#define HV_TYPE_REASONS_BOX (hv_reasons_box_get_type())
G_DECLARE_FINAL_TYPE(HvReasonsBox, hv_reasons_box, HV, REASONS_BOX, GtkWidget)

/**
 * hv_reasons_box_set_reasons:
 * @reasons: (nullable): NULL empties the box
 * @frame: (nullable): what they are reasons of
 *
 * References are taken.
 */
void hv_reasons_box_set_reasons(HvReasonsBox *self, HvReasons *reasons, HvFrame *frame);

/** hv_reasons_box_get_reasons: Returns (transfer none) (nullable). */
HvReasons *hv_reasons_box_get_reasons(HvReasonsBox *self);

/** hv_reasons_box_set_low: Whether there is little height: one reason is in view then, not four,
 * and the others are scrolled to. */
void hv_reasons_box_set_low(HvReasonsBox *self, gboolean low);

/** hv_reasons_box_set_search: The query in force, so that its reason's button looks pressed. */
void hv_reasons_box_set_search(HvReasonsBox *self, const char *text);

/** hv_reasons_box_set_list: Likewise @name: the list that is on screen in the panel. */
void hv_reasons_box_set_list(HvReasonsBox *self, const char *name);

G_END_DECLS
