/* SPDX-License-Identifier: MIT */
/*
 * Inside of HvPyramid: running sums along the arenas, for the map that walks them in axis order.
 * A position is (arena, offset); its sum counts all arena bytes below it, of this and of all
 * lower arenas. Differences of two sums are a mix.
 */
#pragma once

#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

typedef struct {
  guint64 bytes[HV_STATE_MAP_COUNT];
} HvSum;

void hv_pyramid_arena_sum(HvPyramid *pyramid, guint arena, guint64 offset, HvSum *sum);

/* The same, where @sum is that of @from of the same arena: cheap for steps to the right. */
void hv_pyramid_arena_sum_on(HvPyramid *pyramid, guint arena, guint64 from, guint64 offset,
                             HvSum *sum);

/* Highest waste of any used span that (@first, @first_offset) .. (@last, @last_offset) touches,
 * @last_offset excluded. */
guint hv_pyramid_worst_waste(HvPyramid *pyramid, guint first, guint64 first_offset, guint last,
                             guint64 last_offset);

G_END_DECLS
