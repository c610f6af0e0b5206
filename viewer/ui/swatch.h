/* SPDX-License-Identifier: MIT */
/*
 * A small square in the colour of a state, with its second cue: the key of legends and details.
 * Filled for resident memory, hollow for memory that is only reserved. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/palette.h"

G_BEGIN_DECLS

#define HV_TYPE_SWATCH (hv_swatch_get_type())
G_DECLARE_FINAL_TYPE(HvSwatch, hv_swatch, HV, SWATCH, GtkWidget)

GtkWidget *hv_swatch_new(void);

/** hv_swatch_set: Shows @state in the colours of @palette. */
void hv_swatch_set(HvSwatch *self, const HvPalette *palette, HvState state, gboolean hollow);

/** hv_palette_rgba: A colour of a palette for GTK. */
GdkRGBA hv_palette_rgba(guint32 color);

G_END_DECLS
