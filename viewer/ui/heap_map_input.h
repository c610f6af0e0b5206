/* SPDX-License-Identifier: MIT */
/*
 * Mouse, touch and keys of the heap map, in terms of its public functions:
 *   wheel: scroll (by the scrolled window around it) · Ctrl + wheel, pinch: zoom at the pointer
 *   drag: pan · Shift + drag: choose a range · click: choose · double click: zoom to it
 */
#pragma once

#include "viewer/ui/heap_map.h"

G_BEGIN_DECLS

/** hv_heap_map_class_add_bindings: The keys; from class_init. */
void hv_heap_map_class_add_bindings(GtkWidgetClass *widget_class);

/** hv_heap_map_add_input: The controllers; from init. */
void hv_heap_map_add_input(HvHeapMap *self);

G_END_DECLS
