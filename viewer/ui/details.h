/* SPDX-License-Identifier: MIT */
/*
 * What is known about the selected place: the block or region, its span, its arena; or, for an
 * area, its bytes by state. Everything on the map can be read here as text. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/palette.h"
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

/** hv_details_dup_text: What is shown, as lines of text. Returns: (transfer full). */
char *hv_details_dup_text(HvDetails *self);

G_END_DECLS
