/* SPDX-License-Identifier: MIT */
/*
 * What came and went between two heaps, as light on the map: rims around what has more live bytes
 * than before, and around what has less. A rim goes around a block where blocks are drawn, around a
 * span or the pixels that show it where they are not, and is as bright as its share that changed.
 * Any thread.
 */
#pragma once

#include <cairo.h>

#include "viewer/model/layout.h"
#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

typedef enum {
  HV_CHANGE_BORN,  /* live, and was not */
  HV_CHANGE_FREED, /* was live, and is not */
  HV_CHANGES,
} HvChangeKind;

/* Masks, A8, of the size of a tile; NULL: none of it. */
typedef struct {
  cairo_surface_t *mask[HV_CHANGES];
} HvChange;

/* Forgets the masks. */
void hv_change_clear(HvChange *change);

/**
 * hv_change_render:
 * @layout: of @after's frame
 * @x, @y: where the tile is on the map, device pixels
 * @old, @now: the tile of each heap, ARGB32 of one size: only where they differ is anything looked
 *   up
 * @change: (out): cleared by the caller
 */
void hv_change_render(HvLayout *layout, HvPyramid *before, HvPyramid *after, gint64 x, gint64 y,
                      cairo_surface_t *old, cairo_surface_t *now, HvChange *change);

G_END_DECLS
