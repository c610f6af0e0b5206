/* SPDX-License-Identifier: MIT */
/* Inside of HvLens: lens.c sums, lens_colour.c knows what each lens shows. */
#pragma once

#include "viewer/model/lens.h"

G_BEGIN_DECLS

/* Ranges of one colour, ascending; the last entry ends the one before it. A colour of 0 is a hole,
 * which does not count. sums[k]: red, green, blue times bytes of all ranges before number 16 k. */
typedef struct {
  GArray *begin;  /* guint64 */
  GArray *colour; /* guint32 */
  HvLensSum *sums;
} HvSegments;

struct HvLens {
  gatomicrefcount references;
  HvLensKind kind;
  const HvPalette *palette;
  HvPyramid *pyramid;
  HvFrame *frame;
  HvOrder *order;         /* NULL: by address only */
  HvPages *pages;         /* residency */
  HvPyramid *before;      /* diff; NULL: nothing to compare with */
  HvPyramid *after;       /* diff; NULL: the heap itself */
  HvActivity *activity;   /* age, churn; NULL: unknown */
  HvSegments segments[2]; /* of arenas, of regions; the other lenses */
  HvLensSum *order_sums;  /* before every 16 runs */
  GArray *legend;         /* HvLegendEntry */
  const char *note;
};

/* Chooses colours for owners, fills in legend and note. To be called before the next two. */
typedef struct {
  guint32 owner[HV_FAMILIES]; /* those with the most bytes */
  guint owner_count;
} HvOwnerColours;
void hv_lens_describe(HvLens *lens, HvOwnerColours *owners);

/* Colour of a whole span, of a region: lenses with segments. */
guint32 hv_lens_span_colour(HvLens *lens, const HvOwnerColours *owners, guint span);
guint32 hv_lens_region_colour(HvLens *lens, const HvOwnerColours *owners, guint region);

G_END_DECLS
