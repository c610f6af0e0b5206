/* SPDX-License-Identifier: MIT */
/*
 * Bytes by state of any range of a frame, in time that does not grow with the range: prefix sums
 * over spans, free slices and regions answer whole slices, bitmaps only the ragged ends.
 *
 * Invariant: for any a <= b <= c, mix (a, c) = mix (a, b) + mix (b, c), and the sum of a mix
 * over the states (HV_STATE_NONE included) is c - a: exact bytes. Immutable, any thread.
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef struct HvPyramid HvPyramid;

/*
 * HvMix:
 * @bytes: bytes in each state; HV_STATE_NONE counts addresses outside the heap
 * @worst_waste: highest share of free, untouched and tail bytes of any one used span that the
 *   range touches, 0..255
 */
typedef struct {
  guint64 bytes[HV_STATE_MAP_COUNT];
  guint worst_waste;
} HvMix;

/* Builds in O(spans + arenas x slices + regions). Takes a reference on @frame. (transfer full) */
HvPyramid *hv_pyramid_new(HvFrame *frame);
HvPyramid *hv_pyramid_ref(HvPyramid *pyramid);
void hv_pyramid_unref(HvPyramid *pyramid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvPyramid, hv_pyramid_unref)

HvFrame *hv_pyramid_frame(HvPyramid *pyramid);

/**
 * hv_pyramid_mix:
 * @begin, @end: addresses, @begin <= @end
 * @mix: (out): bytes by state. A part of a span without bitmaps gets its share of the span's mix
 */
void hv_pyramid_mix(HvPyramid *pyramid, guint64 begin, guint64 end, HvMix *mix);

G_END_DECLS
