/* SPDX-License-Identifier: MIT */
/* The blocks of a frame's spans: their states one by one, counts and bytes. */
#include <string.h>

#include "viewer/model/frame_private.h"

gboolean hv_frame_span_is_exact(HvFrame *frame, guint span) {
  return frame->spans[span].kind == ALLOC_SPAN_LARGE ||
         frame->spans[span].bitmap_word != HV_NO_BITMAP;
}

const guint64 *hv_frame_span_planes(HvFrame *frame, guint span, const guint64 **b) {
  const HvSpan *record = &frame->spans[span];
  if (record->kind != ALLOC_SPAN_SMALL || record->bitmap_word == HV_NO_BITMAP) {
    *b = NULL;
    return NULL;
  }
  const guint64 *a = frame->words + record->bitmap_word;
  *b = a + (record->capacity + 63) / 64;
  return a;
}

HvState hv_frame_block_state(HvFrame *frame, guint span, guint block) {
  const HvSpan *record = &frame->spans[span];
  if (record->kind == ALLOC_SPAN_LARGE)
    return HV_STATE_LARGE;
  const guint64 *b = NULL;
  const guint64 *a = hv_frame_span_planes(frame, span, &b);
  if (a == NULL || block >= record->capacity)
    return HV_STATE_NONE;
  if (hv_map_bit(a, block))
    return hv_map_bit(b, block) ? HV_STATE_TRANSIT : HV_STATE_LIVE;
  if (hv_map_bit(b, block))
    return HV_STATE_CACHED;
  return block < record->touched ? HV_STATE_FREE : HV_STATE_UNTOUCHED;
}

void hv_frame_count_blocks(HvFrame *frame, const HvSpan *span, guint end, HvBlockCounts *counts) {
  const guint64 *a = frame->words + span->bitmap_word;
  const guint64 *b = a + (span->capacity + 63) / 64;
  guint live = 0;
  guint cached = 0;
  guint transit = 0;
  guint busy_untouched = 0; /* of the blocks from `touched` on, those that are not free */
  for (guint word = 0; word * 64 < end; word++) {
    guint64 mask = end - word * 64 >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << end % 64) - 1;
    guint64 plane_a = a[word] & mask;
    guint64 plane_b = b[word] & mask;
    live += (guint)__builtin_popcountll(plane_a & ~plane_b);
    cached += (guint)__builtin_popcountll(plane_b & ~plane_a);
    transit += (guint)__builtin_popcountll(plane_a & plane_b);
    if ((word + 1) * 64 > span->touched) {
      guint64 above = span->touched <= word * 64
                          ? G_MAXUINT64
                          : ~((G_GUINT64_CONSTANT(1) << span->touched % 64) - 1);
      busy_untouched += (guint)__builtin_popcountll((plane_a | plane_b) & above);
    }
  }
  counts->live = live;
  counts->cached = cached;
  counts->transit = transit;
  counts->untouched = end > span->touched ? end - span->touched - busy_untouched : 0;
  counts->free = end - live - cached - transit - counts->untouched;
}

guint hv_frame_span_untouched(HvFrame *frame, guint span) {
  const HvSpan *record = &frame->spans[span];
  if (frame->untouched != NULL)
    return frame->untouched[span];
  return record->kind == ALLOC_SPAN_SMALL ? record->capacity - record->touched : 0;
}

void hv_frame_span_counts(HvFrame *frame, guint span, HvBlockCounts *counts) {
  const HvSpan *record = &frame->spans[span];
  counts->live = record->live;
  counts->cached = record->cached;
  counts->transit = record->transit;
  counts->untouched = hv_frame_span_untouched(frame, span);
  counts->free =
      record->capacity - record->live - record->cached - record->transit - counts->untouched;
}

void hv_frame_span_mix(HvFrame *frame, guint span, guint64 *bytes) {
  const HvSpan *record = &frame->spans[span];
  memset(bytes, 0, HV_STATE_MAP_COUNT * sizeof *bytes);
  if (record->kind == ALLOC_SPAN_LARGE) {
    bytes[HV_STATE_LARGE] = hv_frame_span_bytes(frame, span);
    return;
  }
  HvBlockCounts counts;
  hv_frame_span_counts(frame, span, &counts);
  bytes[HV_STATE_LIVE] = counts.live * record->block_bytes;
  bytes[HV_STATE_CACHED] = counts.cached * record->block_bytes;
  bytes[HV_STATE_TRANSIT] = counts.transit * record->block_bytes;
  bytes[HV_STATE_FREE] = counts.free * record->block_bytes;
  bytes[HV_STATE_UNTOUCHED] = counts.untouched * record->block_bytes;
  bytes[HV_STATE_TAIL] =
      hv_frame_span_bytes(frame, span) - (guint64)record->capacity * record->block_bytes;
}
