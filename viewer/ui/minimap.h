/* SPDX-License-Identifier: MIT */
/*
 * The whole heap beside the map, in the map's order and colours, with a frame around what the map
 * shows. Pressing or dragging moves the map there. Its picture is made by a thread, twice a second
 * at most, and only when the map's has changed. Main thread only.
 */
#pragma once

#include "viewer/ui/heap_map.h"

G_BEGIN_DECLS

#define HV_TYPE_MINIMAP (hv_minimap_get_type())
G_DECLARE_FINAL_TYPE(HvMinimap, hv_minimap, HV, MINIMAP, GtkWidget)

/** hv_minimap_set_map: Which map it is about; that one must live as long. */
void hv_minimap_set_map(HvMinimap *self, HvHeapMap *map);

/** hv_minimap_set_palette: Colours of what is drawn around the picture. */
void hv_minimap_set_palette(HvMinimap *self, const HvPalette *palette);

/** hv_minimap_go: Moves the map to what is at @x, @y, logical pixels of this widget. */
void hv_minimap_go(HvMinimap *self, double x, double y);

/** hv_minimap_get_frame: Top and height of the frame, logical pixels. Returns FALSE while there is
 * no picture. */
gboolean hv_minimap_get_frame(HvMinimap *self, double *y, double *height);

/** hv_minimap_is_current: Whether the picture is of what the map shows; for tests. */
gboolean hv_minimap_is_current(HvMinimap *self);

G_END_DECLS
