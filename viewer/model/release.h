/* SPDX-License-Identifier: MIT */
/*
 * What would give back the memory of used spans: which few blocks keep most of it.
 *
 * The release curve: spans by ascending live bytes; after the first n of them,
 *   x = live blocks that would have to go for it
 *   y = bytes that may be resident in them, which would go back
 * A curve that jumps up at once is pinning; a straight line is plain use.
 *
 * The pin list: the blocks that keep most bytes each. A block of a span with n live blocks pins
 * an n-th of what the span holds.
 * Immutable, any thread.
 */
#pragma once

#include "viewer/model/list.h"

G_BEGIN_DECLS

#define HV_RELEASE_POINTS  256 /* of the curve at most, beside its beginning */
#define HV_RELEASE_DECILES 10

typedef struct HvRelease HvRelease;

typedef struct {
  guint64 blocks;
  guint64 bytes;
} HvReleasePoint;

/*
 * HvDecile: small spans whose fill is in one tenth; full spans are in the last.
 * @held_bytes: what they may keep resident, the live bytes included
 */
typedef struct {
  guint64 spans;
  guint64 live_bytes;
  guint64 held_bytes;
} HvDecile;

/**
 * hv_release_new:
 * @frame: a reference is taken
 * @query: (nullable): which spans; their pins and the curve are of these only
 * @max_pins: blocks in the pin list at most
 *
 * O(spans log spans). Returns: (transfer full)
 */
HvRelease *hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins);
void hv_release_free(HvRelease *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvRelease, hv_release_free)

/* From (0, bytes of spans without a live block) up to (all blocks, all bytes), ascending. */
const HvReleasePoint *hv_release_points(HvRelease *release, guint *count);

guint64 hv_release_blocks(HvRelease *release);
guint64 hv_release_bytes(HvRelease *release);

/* Of the bytes, those of live blocks. */
guint64 hv_release_live_bytes(HvRelease *release);

/**
 * hv_release_knee:
 * @blocks, @bytes: (out): the point where the curve is farthest above the straight line from its
 *   beginning to its end: what the fewest blocks give most for
 *
 * Returns: FALSE when there is none: the blocks are spread evenly
 */
gboolean hv_release_knee(HvRelease *release, guint64 *blocks, guint64 *bytes);

/* HV_RELEASE_DECILES of them. */
const HvDecile *hv_release_deciles(HvRelease *release);

/*
 * HvDecileClass: the part of one size class in a decile; all parts add up to it.
 * @block_bytes: of the class
 */
typedef struct {
  guint64 block_bytes;
  guint64 live_bytes;
  guint64 held_bytes;
} HvDecileClass;

/* Parts of decile @index, those that hold most first. */
const HvDecileClass *hv_release_decile_classes(HvRelease *release, guint index, guint *count);

/* The pin list: facts of single blocks with HV_FIELD_PINS, the most first. */
const HvListRow *hv_release_pins(HvRelease *release, guint *count);

/* Columns of the pin list. */
const HvListColumn *hv_release_pin_columns(guint *count);

G_END_DECLS
