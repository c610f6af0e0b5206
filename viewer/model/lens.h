/* SPDX-License-Identifier: MIT */
/*
 * A lens: what the colours of the map say. The state lens is the palette's own; the others give
 * every byte of the heap a value, and any range the mean of its bytes, from sums along the heap.
 *
 *   colour (range) depends on  sum (range) = sum over its bytes, and on the number of bytes
 *   sum (a, c) = sum (a, b) + sum (b, c)
 *
 * so that what a pixel shows does not depend on how the heap is cut into pixels. Immutable, any
 * thread.
 */
#pragma once

#include "viewer/model/activity.h"
#include "viewer/model/order.h"
#include "viewer/model/pages.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

typedef enum {
  HV_LENS_STATE,     /* what each byte is */
  HV_LENS_FILL,      /* live blocks of each span */
  HV_LENS_CLASS,     /* size class of each span */
  HV_LENS_OWNER,     /* thread that owns each span */
  HV_LENS_AGE,       /* time since each span changed */
  HV_LENS_CHURN,     /* bytes of each span that change a second */
  HV_LENS_RESIDENCY, /* pages in memory */
  HV_LENS_DIFF,      /* live bytes more or less than at another moment */
  HV_LENSES,
} HvLensKind;

/* "size class", "class" and a sentence. (transfer none) */
const char *hv_lens_name(HvLensKind kind);
const char *hv_lens_key(HvLensKind kind);
const char *hv_lens_explanation(HvLensKind kind);

/* Finds a lens by its key. Returns: FALSE with HV_ERROR_ARGUMENT, naming all keys. */
gboolean hv_lens_parse(const char *key, HvLensKind *kind, GError **error);

/*
 * HvLensInput: what lenses are made from; all borrowed.
 * @pyramid: of the frame
 * @order: (nullable): of the frame, when the map is by class
 * @theme: colours
 * @activity: (nullable): of the frame; without it age and churn are unknown
 * @pages: (nullable): of the frame; without it the allocator's account is taken
 * @before: (nullable): what the diff lens compares with
 * @after: (nullable): what it compares with @before; NULL: @pyramid
 */
typedef struct {
  HvPyramid *pyramid;
  HvOrder *order;
  HvTheme theme;
  HvActivity *activity;
  HvPages *pages;
  HvPyramid *before;
  HvPyramid *after;
} HvLensInput;

typedef struct HvLens HvLens;

/**
 * hv_lens_new:
 *
 * Linear in the spans. Returns: (transfer full) (nullable): the lens; NULL for HV_LENS_STATE, which
 * needs none
 */
HvLens *hv_lens_new(HvLensKind kind, const HvLensInput *input);
HvLens *hv_lens_ref(HvLens *lens);
void hv_lens_unref(HvLens *lens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvLens, hv_lens_unref)

HvLensKind hv_lens_kind(HvLens *lens);
HvFrame *hv_lens_frame(HvLens *lens);

/* Opaque sums over bytes. */
typedef struct {
  guint64 part[3];
} HvLensSum;

/**
 * hv_lens_sum:
 * @regions: sum over mmapped regions, else over arenas
 * @begin, @end: addresses; what is not mapped between them does not count
 * @sum: (out): the sum. O(log n)
 */
void hv_lens_sum(HvLens *lens, gboolean regions, guint64 begin, guint64 end, HvLensSum *sum);

/**
 * hv_lens_order_sum:
 * @run, @offset: a place in the order of the lens, as for hv_order_sum()
 * @sum: (out): over all bytes before it
 */
void hv_lens_order_sum(HvLens *lens, guint run, guint64 offset, HvLensSum *sum);

/* Colour of @bytes bytes that have this sum. */
guint32 hv_lens_colour(HvLens *lens, const HvLensSum *sum, guint64 bytes);

/* Colour of a range of one arena (region). */
guint32 hv_lens_range_colour(HvLens *lens, gboolean regions, guint64 begin, guint64 end);

typedef struct {
  guint32 colour;
  char *text;
} HvLegendEntry;

/* Its name; of a difference also between which moments: "Difference, A → B". (transfer none) */
const char *hv_lens_title(HvLens *lens);

/* What its colours mean; never empty. (transfer none) */
const HvLegendEntry *hv_lens_legend(HvLens *lens, guint *count);

/* What stands in for missing input, a sentence; NULL when nothing is missing. (transfer none) */
const char *hv_lens_note(HvLens *lens);

G_END_DECLS
