/* SPDX-License-Identifier: MIT */
/*
 * HvPyramid. Sums are kept at every CHUNK_BYTES of every arena, so a sum at any offset is
 * a stored one plus at most that many spans. Maxima of waste are kept by chunk, then by 16, 256,
 * 4096, ... chunks.
 *
 *   bytes by state of all arenas below chunk c = base_sum[c >> base_shift] + chunk_sum[c]
 *                                                      c = arena * chunks + chunk
 *   waste[k][i] = max over chunks [i << 4k, (i + 1) << 4k)
 *
 * Chunks of one base are 4 GiB at most, so that the second sum has 32 bits: there are as many of
 * them as a heap has MiB.
 */
#include "viewer/model/pyramid_private.h"

#include <string.h>

#include "viewer/model/bulk.h"
#include "viewer/model/frame_private.h"

enum {
  CHUNK_BYTES = 1 << 20,
  LEVEL_SHIFT = 4,
  LEVELS = 8,
};

/* Sums of less than BASE_BYTES. */
typedef struct {
  guint32 bytes[HV_STATE_MAP_COUNT];
} SmallSum;

#define BASE_BYTES (G_GUINT64_CONSTANT(1) << 32)

/* Slices may be of any size: a frame says which. */
static guint chunk_slices(HvFrame *frame) {
  return MAX(CHUNK_BYTES / frame->header.slice_bytes, 1);
}

struct HvPyramid {
  gatomicrefcount references;
  HvFrame *frame;
  guint chunks; /* per arena */
  guint base_shift;
  HvSum *base_sum;
  SmallSum *chunk_sum;
  guint8 *span_waste;
  guint8 *waste[LEVELS];
  guint64 waste_count[LEVELS];
  /* Mapped bytes of the regions below that are in use, and that are spares; one more than there
   * are regions. */
  guint64 *region_sum, *spare_sum;
};

/* Chunks of all arenas, and the end of the last. */
static guint64 sum_count(const HvPyramid *pyramid) {
  return (guint64)pyramid->frame->arena_count * pyramid->chunks + 1;
}

static guint64 chunk_bytes(const HvPyramid *pyramid) {
  return (guint64)chunk_slices(pyramid->frame) * pyramid->frame->header.slice_bytes;
}

static guint8 span_waste(HvFrame *frame, guint span) {
  guint64 bytes[HV_STATE_MAP_COUNT];
  if (frame->spans[span].kind == ALLOC_SPAN_LARGE)
    return 0;
  hv_frame_span_mix(frame, span, bytes);
  return (guint8)((bytes[HV_STATE_FREE] + bytes[HV_STATE_UNTOUCHED] + bytes[HV_STATE_TAIL]) * 255 /
                  hv_frame_span_bytes(frame, span));
}

/* Adds the bytes of one block's part. */
static void add_block(HvFrame *frame, guint span, guint block, guint64 bytes, HvSum *sum) {
  if (bytes != 0)
    sum->bytes[hv_frame_block_state(frame, span, block)] += bytes;
}

/* @part * @offset / @whole, rounded down; @part and @offset are at most @whole. */
static guint64 share_of(guint64 part, guint64 offset, guint64 whole) {
  if (offset == whole)
    return part;
  if (whole <= G_MAXUINT32)
    return part * offset / whole;
  return (guint64)((unsigned __int128)part * offset / whole);
}

/* Adds the first @offset bytes of a span. Additive: differences are exact. */
static void add_span(HvFrame *frame, guint index, guint64 offset, HvSum *sum) {
  const HvSpan *span = &frame->spans[index];
  guint64 size = hv_frame_span_bytes(frame, index);
  if (offset == 0)
    return;
  if (span->kind == ALLOC_SPAN_LARGE) {
    sum->bytes[HV_STATE_LARGE] += offset;
    return;
  }
  if (offset == size || span->bitmap_word == HV_NO_BITMAP) {
    guint64 mix[HV_STATE_MAP_COUNT];
    guint64 below = 0;
    guint64 spread = 0;
    hv_frame_span_mix(frame, index, mix);
    /* Shares of a part are differences of rounded-down running sums, so they add up to it. */
    for (guint state = 0; state < HV_STATE_MAP_COUNT; state++) {
      below += mix[state];
      guint64 until = share_of(below, offset, size);
      sum->bytes[state] += until - spread;
      spread = until;
    }
    return;
  }
  guint64 blocks_bytes = span->capacity * span->block_bytes;
  guint64 blocks = MIN(offset, blocks_bytes) / span->block_bytes;
  HvBlockCounts counts;
  hv_frame_count_blocks(frame, span, (guint)blocks, &counts);
  sum->bytes[HV_STATE_LIVE] += counts.live * span->block_bytes;
  sum->bytes[HV_STATE_CACHED] += counts.cached * span->block_bytes;
  sum->bytes[HV_STATE_TRANSIT] += counts.transit * span->block_bytes;
  sum->bytes[HV_STATE_FREE] += counts.free * span->block_bytes;
  sum->bytes[HV_STATE_UNTOUCHED] += counts.untouched * span->block_bytes;
  if (offset > blocks_bytes)
    sum->bytes[HV_STATE_TAIL] += offset - blocks_bytes;
  else
    add_block(frame, index, (guint)blocks, offset - blocks * span->block_bytes, sum);
}

/* Index of the first span of the arena that ends behind @slice. */
static guint first_span_from(HvFrame *frame, const struct alloc_arena_record *arena, guint slice) {
  guint low = arena->first_span;
  guint high = arena->first_span + arena->span_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if ((guint)frame->spans[middle].slice + frame->spans[middle].slices <= slice)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Adds what lies between two offsets of an arena, walking its spans. */
static void add_arena(HvFrame *frame, guint index, guint64 begin, guint64 end, HvSum *sum) {
  const struct alloc_arena_record *arena = &frame->arenas[index];
  guint64 slice_bytes = frame->header.slice_bytes;
  guint64 header_bytes = arena->header_slices * slice_bytes;
  if (begin < header_bytes) {
    guint64 until = MIN(end, header_bytes);
    sum->bytes[HV_STATE_METADATA] += until - begin;
    begin = until;
  }
  guint span = first_span_from(frame, arena, (guint)(begin / slice_bytes));
  guint span_end = arena->first_span + arena->span_count;
  while (begin < end) {
    guint64 span_at = span < span_end ? frame->spans[span].slice * slice_bytes
                                      : hv_frame_arena_bytes(frame, index);
    if (begin >= span_at && span < span_end) {
      guint64 size = hv_frame_span_bytes(frame, span);
      guint64 until = MIN(end, span_at + size);
      HvSum low = {0};
      add_span(frame, span, begin - span_at, &low);
      add_span(frame, span, until - span_at, sum);
      for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
        sum->bytes[state] -= low.bytes[state];
      begin = until;
      span++;
      continue;
    }
    guint slice = (guint)(begin / slice_bytes);
    guint64 until = MIN(end, (slice + 1) * slice_bytes);
    HvState state = !hv_map_bit(arena->free_map, slice)   ? HV_STATE_NONE
                    : hv_map_bit(arena->dirty_map, slice) ? HV_STATE_DIRTY
                                                          : HV_STATE_CLEAN;
    sum->bytes[state] += until - begin;
    begin = until;
  }
}

/* Notes the sum below chunk @index; those of the chunks before it are there. */
static void set_sum(HvPyramid *pyramid, guint64 index, const HvSum *sum) {
  HvSum *base = &pyramid->base_sum[index >> pyramid->base_shift];
  if (index % (G_GUINT64_CONSTANT(1) << pyramid->base_shift) == 0)
    *base = *sum;
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    pyramid->chunk_sum[index].bytes[state] = (guint32)(sum->bytes[state] - base->bytes[state]);
}

static void get_sum(const HvPyramid *pyramid, guint64 index, HvSum *sum) {
  *sum = pyramid->base_sum[index >> pyramid->base_shift];
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    sum->bytes[state] += pyramid->chunk_sum[index].bytes[state];
}

static void build_sums(HvPyramid *pyramid) {
  HvFrame *frame = pyramid->frame;
  guint64 step = chunk_bytes(pyramid);
  guint64 index = 0;
  HvSum sum = {0};
  while (step << (pyramid->base_shift + 1) <= BASE_BYTES)
    pyramid->base_shift++;
  pyramid->base_sum = g_new0(HvSum, ((sum_count(pyramid) - 1) >> pyramid->base_shift) + 1);
  pyramid->chunk_sum = hv_bulk_new(sum_count(pyramid) * sizeof(SmallSum));
  for (guint arena = 0; arena < frame->arena_count; arena++) {
    guint64 size = hv_frame_arena_bytes(frame, arena);
    for (guint chunk = 0; chunk < pyramid->chunks; chunk++) {
      set_sum(pyramid, index++, &sum);
      guint64 begin = MIN(chunk * step, size);
      add_arena(frame, arena, begin, MIN(begin + step, size), &sum);
    }
  }
  set_sum(pyramid, index, &sum);
}

static void build_waste(HvPyramid *pyramid) {
  HvFrame *frame = pyramid->frame;
  guint step = chunk_slices(frame);
  pyramid->span_waste = hv_bulk_new(frame->span_count);
  pyramid->waste_count[0] = (guint64)frame->arena_count * pyramid->chunks;
  for (int level = 0; level < LEVELS; level++) {
    if (level > 0)
      pyramid->waste_count[level] =
          (pyramid->waste_count[level - 1] + (1 << LEVEL_SHIFT) - 1) >> LEVEL_SHIFT;
    pyramid->waste[level] = g_new0(guint8, pyramid->waste_count[level] + 1);
  }
  for (guint arena = 0; arena < frame->arena_count; arena++) {
    const struct alloc_arena_record *record = &frame->arenas[arena];
    for (guint i = 0; i < record->span_count; i++) {
      const HvSpan *span = &frame->spans[record->first_span + i];
      guint8 waste = span_waste(frame, record->first_span + i);
      pyramid->span_waste[record->first_span + i] = waste;
      guint last = ((guint)span->slice + span->slices - 1) / step;
      for (guint chunk = span->slice / step; chunk <= last; chunk++) {
        guint8 *cell = &pyramid->waste[0][(guint64)arena * pyramid->chunks + chunk];
        *cell = MAX(*cell, waste);
      }
    }
  }
  for (int level = 1; level < LEVELS; level++)
    for (guint64 i = 0; i < pyramid->waste_count[level - 1]; i++) {
      guint8 *cell = &pyramid->waste[level][i >> LEVEL_SHIFT];
      *cell = MAX(*cell, pyramid->waste[level - 1][i]);
    }
}

HvPyramid *hv_pyramid_new(HvFrame *frame) {
  HvPyramid *pyramid = g_new0(HvPyramid, 1);
  g_atomic_ref_count_init(&pyramid->references);
  pyramid->frame = hv_frame_ref(frame);
  guint slices = (guint)(frame->header.arena_bytes / frame->header.slice_bytes);
  pyramid->chunks = (slices + chunk_slices(frame) - 1) / chunk_slices(frame);
  build_sums(pyramid);
  build_waste(pyramid);
  pyramid->region_sum = g_new0(guint64, frame->region_count + 1u);
  pyramid->spare_sum = g_new0(guint64, frame->region_count + 1u);
  for (guint i = 0; i < frame->region_count; i++) {
    const struct alloc_region_record *region = &frame->regions[i];
    gboolean spare = hv_region_is_spare(region);
    pyramid->region_sum[i + 1] = pyramid->region_sum[i] + (spare ? 0 : region->mapped_bytes);
    pyramid->spare_sum[i + 1] = pyramid->spare_sum[i] + (spare ? region->mapped_bytes : 0);
  }
  return pyramid;
}

HvPyramid *hv_pyramid_ref(HvPyramid *pyramid) {
  g_atomic_ref_count_inc(&pyramid->references);
  return pyramid;
}

void hv_pyramid_unref(HvPyramid *pyramid) {
  if (!g_atomic_ref_count_dec(&pyramid->references))
    return;
  hv_bulk_free(pyramid->chunk_sum, sum_count(pyramid) * sizeof(SmallSum));
  g_free(pyramid->base_sum);
  hv_bulk_free(pyramid->span_waste, pyramid->frame->span_count);
  hv_frame_unref(pyramid->frame);
  for (int level = 0; level < LEVELS; level++)
    g_free(pyramid->waste[level]);
  g_free(pyramid->region_sum);
  g_free(pyramid->spare_sum);
  g_free(pyramid);
}

HvFrame *hv_pyramid_frame(HvPyramid *pyramid) {
  return pyramid->frame;
}

/* ---- questions ---- */

void hv_pyramid_arena_sum(HvPyramid *pyramid, guint arena, guint64 offset, HvSum *sum) {
  guint64 step = chunk_bytes(pyramid);
  guint64 size =
      arena < pyramid->frame->arena_count ? hv_frame_arena_bytes(pyramid->frame, arena) : 0;
  offset = MIN(offset, size);
  guint64 chunk = offset / step;
  get_sum(pyramid, (guint64)arena * pyramid->chunks + chunk, sum);
  if (chunk * step < offset)
    add_arena(pyramid->frame, arena, chunk * step, offset, sum);
}

void hv_pyramid_arena_sum_on(HvPyramid *pyramid, guint arena, guint64 from, guint64 offset,
                             HvSum *sum) {
  if (from <= offset && offset - from < chunk_bytes(pyramid) &&
      offset <= hv_frame_arena_bytes(pyramid->frame, arena))
    add_arena(pyramid->frame, arena, from, offset, sum);
  else
    hv_pyramid_arena_sum(pyramid, arena, offset, sum);
}

/* Highest waste of the chunks [begin, end). */
static guint chunks_waste(HvPyramid *pyramid, guint64 begin, guint64 end) {
  guint worst = 0;
  int level = 0;
  while (begin < end && level < LEVELS - 1) {
    const guint64 mask = (1 << LEVEL_SHIFT) - 1;
    for (; begin < end && (begin & mask) != 0; begin++)
      worst = MAX(worst, pyramid->waste[level][begin]);
    for (; end > begin && (end & mask) != 0; end--)
      worst = MAX(worst, pyramid->waste[level][end - 1]);
    begin >>= LEVEL_SHIFT;
    end >>= LEVEL_SHIFT;
    level++;
  }
  for (; begin < end; begin++)
    worst = MAX(worst, pyramid->waste[level][begin]);
  return worst;
}

/* Highest waste of the spans of one arena that touch [begin, end). */
static guint spans_waste(HvPyramid *pyramid, guint arena, guint64 begin, guint64 end) {
  HvFrame *frame = pyramid->frame;
  const struct alloc_arena_record *record = &frame->arenas[arena];
  guint64 slice_bytes = frame->header.slice_bytes;
  guint worst = 0;
  guint span = first_span_from(frame, record, (guint)(begin / slice_bytes));
  for (; span < record->first_span + record->span_count &&
         frame->spans[span].slice * slice_bytes < end;
       span++)
    worst = MAX(worst, pyramid->span_waste[span]);
  return worst;
}

guint hv_pyramid_worst_waste(HvPyramid *pyramid, guint first, guint64 first_offset, guint last,
                             guint64 last_offset) {
  guint64 step = chunk_bytes(pyramid);
  guint worst = 0;
  if (first == last && first_offset == last_offset)
    return 0;
  if (last_offset == 0) {
    last--;
    last_offset = hv_frame_arena_bytes(pyramid->frame, last);
  }
  if (first == last && last_offset - first_offset < 2 * step)
    return spans_waste(pyramid, first, first_offset, last_offset);
  /* Ragged ends by span, whole chunks between them by level. */
  guint64 begin_chunk = (first_offset + step - 1) / step;
  guint64 end_chunk = last_offset / step;
  if (begin_chunk * step > first_offset)
    worst = spans_waste(pyramid, first, first_offset, begin_chunk * step);
  if (end_chunk * step < last_offset)
    worst = MAX(worst, spans_waste(pyramid, last, end_chunk * step, last_offset));
  guint64 begin = (guint64)first * pyramid->chunks + begin_chunk;
  guint64 end = (guint64)last * pyramid->chunks + end_chunk;
  return MAX(worst, chunks_waste(pyramid, begin, end));
}

/* Position of @address along the arenas: the arena that holds it, else the next one at 0. */
static void arena_position(HvFrame *frame, guint64 address, guint *arena, guint64 *offset) {
  guint low = 0;
  guint high = frame->arena_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (frame->arenas[middle].address + hv_frame_arena_bytes(frame, middle) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  *arena = low;
  *offset = low < frame->arena_count && address > frame->arenas[low].address
                ? address - frame->arenas[low].address
                : 0;
}

/* Bytes in regions, and in spares, below an address. */
static void region_sums(HvPyramid *pyramid, guint64 address, guint64 *region, guint64 *spare) {
  HvFrame *frame = pyramid->frame;
  guint low = 0;
  guint high = frame->region_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (frame->regions[middle].address + frame->regions[middle].mapped_bytes <= address)
      low = middle + 1;
    else
      high = middle;
  }
  *region = pyramid->region_sum[low];
  *spare = pyramid->spare_sum[low];
  if (low < frame->region_count && address > frame->regions[low].address)
    *(hv_region_is_spare(&frame->regions[low]) ? spare : region) +=
        address - frame->regions[low].address;
}

void hv_pyramid_mix(HvPyramid *pyramid, guint64 begin, guint64 end, HvMix *mix) {
  g_return_if_fail(begin <= end);
  HvSum low;
  HvSum high;
  guint first = 0;
  guint last = 0;
  guint64 first_offset = 0;
  guint64 last_offset = 0;
  arena_position(pyramid->frame, begin, &first, &first_offset);
  arena_position(pyramid->frame, end, &last, &last_offset);
  hv_pyramid_arena_sum(pyramid, first, first_offset, &low);
  hv_pyramid_arena_sum(pyramid, last, last_offset, &high);
  guint64 known = 0;
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++) {
    mix->bytes[state] = high.bytes[state] - low.bytes[state];
    known += state == HV_STATE_NONE ? 0 : mix->bytes[state];
  }
  guint64 regions_below, spares_below, regions, spares;
  region_sums(pyramid, begin, &regions_below, &spares_below);
  region_sums(pyramid, end, &regions, &spares);
  mix->bytes[HV_STATE_REGION] = regions - regions_below;
  mix->bytes[HV_STATE_DIRTY] += spares - spares_below;
  known += regions - regions_below + spares - spares_below;
  mix->bytes[HV_STATE_NONE] = end - begin - known;
  mix->worst_waste = hv_pyramid_worst_waste(pyramid, first, first_offset, last, last_offset);
}
