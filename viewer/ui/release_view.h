/* SPDX-License-Identifier: MIT */
/*
 * The panel that tells how few blocks keep how much: a sentence, the release curve, the spans by
 * fill, and the pin list. It works its figures out on a thread, and only while it is on screen.
 * Main thread only. Signals of its table are the table's: see hv_release_view_get_pins().
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/palette.h"
#include "viewer/model/release.h"
#include "viewer/ui/table.h"

G_BEGIN_DECLS

#define HV_TYPE_RELEASE_VIEW (hv_release_view_get_type())
G_DECLARE_FINAL_TYPE(HvReleaseView, hv_release_view, HV, RELEASE_VIEW, GtkWidget)

GtkWidget *hv_release_view_new(void);

/**
 * hv_release_view_set:
 * @frame: (nullable): NULL empties the panel
 * @query: (nullable): which spans
 */
void hv_release_view_set(HvReleaseView *self, HvFrame *frame, HvQuery *query);

/** hv_release_view_drop_other: Leaves nothing to be seen of another frame than @frame (nullable);
 * for when it is not on screen, so that it shows nothing old when it comes back. */
void hv_release_view_drop_other(HvReleaseView *self, HvFrame *frame);

void hv_release_view_set_palette(HvReleaseView *self, const HvPalette *palette);

/** hv_release_view_get_pins: The pin list; rows have begin and end of a block as values 0 and 1.
 * Returns (transfer none). */
HvTable *hv_release_view_get_pins(HvReleaseView *self);

/** hv_release_view_select_block: Chooses the row of the block at @address, now or when it comes;
 * without a row, or G_MAXUINT64: none. */
void hv_release_view_select_block(HvReleaseView *self, guint64 address);

G_END_DECLS
