/* SPDX-License-Identifier: MIT */
/*
 * What is told about one place of a heap: a block with its span and arena, a span, a region, or an
 * area. Lines of text, the same for the window and for alloc-inspect.
 *
 *   an area:  resident = sum of its resident states         exactly
 *             size = sum of its states + what is not mapped exactly
 */
#pragma once

#include "viewer/model/activity.h"
#include "viewer/model/hit.h"
#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

/*
 * HvDetail: one line.
 * @key: what it is about
 * @value: (nullable): NULL: the line is a heading
 * @state: whose colour stands beside it; HV_STATE_NONE: none
 * @is_command: the value is a line for a debugger
 */
typedef struct {
  char *key;
  char *value;
  HvState state;
  gboolean is_command;
} HvDetail;

/* What is resident of a place, as far as it was asked for: hv_residency_read_range(). */
typedef struct {
  gboolean is_known;
  HvMix thing; /* of the place itself */
  HvMix span;  /* of the whole span around it */
} HvPlaceResident;

/*
 * HvPlaceQuestion: what to describe.
 * @begin, @end: its addresses
 * @hit: (nullable): what lies there; NULL: an area
 * @only_span: not the single thing that was hit, but the span around it
 * @resident: (nullable): what of it is resident
 * @activity: (nullable): when spans changed
 * @activity_frame: the frame that @activity is of, maybe a later one
 */
typedef struct {
  HvPyramid *pyramid;
  guint64 begin;
  guint64 end;
  const HvHit *hit;
  gboolean only_span;
  const HvPlaceResident *resident;
  HvActivity *activity;
  HvFrame *activity_frame;
} HvPlaceQuestion;

/* Returns: (transfer full) (element-type HvDetail): the lines, in the locale's language. */
GPtrArray *hv_description_new(const HvPlaceQuestion *question);

/* The lines as text: "key: value", with an empty line before a heading. (transfer full) */
char *hv_description_text(GPtrArray *details);

/**
 * hv_place_read_resident:
 * @pid: the live process that the heap is of
 * @hit: (nullable): as in HvPlaceQuestion
 *
 * Looks at the pages of the place and of the span around it; in a worker, unless the place is
 * small.
 */
void hv_place_read_resident(HvPyramid *pyramid, guint pid, guint64 begin, guint64 end,
                            const HvHit *hit, HvPlaceResident *resident);

/* Resident bytes of all states. */
guint64 hv_mix_resident_bytes(const HvMix *mix);

G_END_DECLS
