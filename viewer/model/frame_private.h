/* SPDX-License-Identifier: MIT */
/* Inside of HvFrame, for the files that make one: frame.c and frame_*.c. */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

struct HvFrame {
  gatomicrefcount references;
  struct alloc_snapshot_header header;
  GBytes *bytes; /* keeps the records alive; as frame_pack.c says */
  const struct alloc_frame *head;
  const struct alloc_arena_record *arenas;
  const HvSpan *spans;
  const HvPurged *purged;
  const struct alloc_cache_record *caches; /* as published */
  const struct alloc_region_record *regions;
  const struct alloc_class_record *classes;
  const struct alloc_stack_record *stacks;
  const struct alloc_profile_record *profile; /* NULL: there never was one */
  const struct alloc_call_record *calls;
  const struct alloc_call_frame_record *call_frames;
  const struct alloc_sample_record *samples;
  const struct alloc_object_record *objects;
  const char *names;
  const guint64 *hits; /* by cache; NULL: not published */
  const guint64 *words;
  guint arena_count;
  guint span_count;
  guint purged_count;
  guint cache_count;
  guint region_count;
  guint class_count;
  guint stack_count;
  guint profile_count;
  guint call_count;
  guint call_frame_count;
  guint sample_count;
  guint object_count;
  guint name_bytes;
  guint hits_count;
  guint64 word_count;
  guint *cache_order; /* indices of caches by ascending owner */
  /* Blocks of each span never handed out, counted by hv_frame_check(). NULL: all from `touched` on,
   * which is so unless spans changed while they were copied. */
  guint32 *untouched;
};

/* As hv_frame_new() with @data of g_malloc(), which is consumed in any case. */
HvFrame *hv_frame_new_take(const struct alloc_snapshot_header *header, guint8 *data, gsize size,
                           GError **error);

/* Another frame of the same header and bytes as one that there was. */
HvFrame *hv_frame_new_packed(const struct alloc_snapshot_header *header, GBytes *bytes,
                             GError **error);

/* Packs the spans of @data where they are, a frame as published whose sections lie in its bounds
 * and that is in order. Returns: the bytes that are left. */
gsize hv_frame_pack(guint8 *data, gsize size);

/* The frame as published. (transfer full) */
GBytes *hv_frame_publish(HvFrame *frame);

/* Sections located and in bounds, records in ascending order: frame.c has seen to it before. Checks
 * everything else. */
gboolean hv_frame_check(HvFrame *frame, GError **error);

/* Blocks of a span by state. */
typedef struct {
  guint live;
  guint cached;
  guint transit;
  guint free;
  guint untouched;
} HvBlockCounts;

/* Counts of the blocks below index @end of a span with bitmaps. */
void hv_frame_count_blocks(HvFrame *frame, const HvSpan *span, guint end, HvBlockCounts *counts);

/* Blocks of a whole span that were never handed out, and of it all. */
guint hv_frame_span_untouched(HvFrame *frame, guint span);
void hv_frame_span_counts(HvFrame *frame, guint span, HvBlockCounts *counts);

static inline gboolean hv_map_bit(const guint64 *map, guint bit) {
  return (map[bit / 64] >> (bit % 64) & 1) != 0;
}

G_END_DECLS
