/* SPDX-License-Identifier: MIT */
/* The legend of a lens as a widget: as wide as there is room, and as high as that takes. */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/lens.h"

G_BEGIN_DECLS

#define HV_TYPE_LEGEND (hv_legend_get_type())
G_DECLARE_FINAL_TYPE(HvLegend, hv_legend, HV, LEGEND, GtkWidget)

/** hv_legend_set_lens: @lens: (nullable): NULL shows nothing. */
void hv_legend_set_lens(HvLegend *self, HvLens *lens, const HvPalette *palette);

G_END_DECLS
