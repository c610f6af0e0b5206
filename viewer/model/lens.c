/* SPDX-License-Identifier: MIT */
/*
 * The sums of a lens. Residency counts pages, diff takes live bytes from two pyramids; the others
 * have a colour for each span, whose sums are kept along the heap.
 */
#include "viewer/model/lens_private.h"

#include <math.h>
#include <string.h>

#include "viewer/model/frame_private.h"

enum {
  CHUNK = 16,
};

/* ---- segments ---- */

static void add_segment(HvSegments *segments, guint64 begin, guint64 end, guint32 colour) {
  GArray *begins = segments->begin;
  guint last = begins->len == 0 ? 0 : begins->len - 1;
  if (begins->len != 0 && g_array_index(begins, guint64, last) == begin) {
    /* The end of the one before: this one begins there, or goes on. */
    if (last > 0 && g_array_index(segments->colour, guint32, last - 1) == colour) {
      g_array_index(begins, guint64, last) = end;
      return;
    }
    g_array_index(segments->colour, guint32, last) = colour;
  } else {
    g_array_append_val(begins, begin);
    g_array_append_val(segments->colour, colour);
  }
  guint32 hole = 0;
  g_array_append_val(begins, end);
  g_array_append_val(segments->colour, hole);
}

static void add_colour(HvLensSum *sum, guint32 colour, guint64 bytes) {
  sum->part[0] += (colour >> 16 & 0xff) * bytes;
  sum->part[1] += (colour >> 8 & 0xff) * bytes;
  sum->part[2] += (colour & 0xff) * bytes;
}

static void sum_segments(HvSegments *segments) {
  guint count = segments->begin->len;
  HvLensSum sum = {{0}};
  segments->sums = g_new(HvLensSum, count / CHUNK + 1u);
  for (guint i = 0; i < count; i++) {
    if (i % CHUNK == 0)
      segments->sums[i / CHUNK] = sum;
    if (i + 1 < count)
      add_colour(&sum, g_array_index(segments->colour, guint32, i),
                 g_array_index(segments->begin, guint64, i + 1) -
                     g_array_index(segments->begin, guint64, i));
  }
}

/* Sum of everything below @address. */
static void sum_below(const HvSegments *segments, guint64 address, HvLensSum *sum) {
  const guint64 *begin = (const guint64 *)(gpointer)segments->begin->data;
  const guint32 *colour = (const guint32 *)(gpointer)segments->colour->data;
  guint low = 0;
  guint high = segments->begin->len;
  *sum = (HvLensSum){{0}};
  if (high == 0 || address <= begin[0])
    return;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (begin[middle] <= address)
      low = middle;
    else
      high = middle;
  }
  *sum = segments->sums[low / CHUNK];
  for (guint i = low / CHUNK * CHUNK; i < low; i++)
    add_colour(sum, colour[i], begin[i + 1] - begin[i]);
  add_colour(sum, colour[low], address - begin[low]);
}

static void add_arena(HvLens *lens, const HvOwnerColours *owners, guint index) {
  HvFrame *frame = lens->frame;
  const struct alloc_arena_record *arena = &frame->arenas[index];
  HvSegments *segments = &lens->segments[0];
  guint64 at = arena->address;
  for (guint i = arena->first_span; i < arena->first_span + arena->span_count; i++) {
    guint64 begin = arena->address + frame->spans[i].slice * (guint64)frame->header.slice_bytes;
    guint64 end = begin + hv_frame_span_bytes(frame, i);
    if (begin > at)
      add_segment(segments, at, begin, lens->palette->quiet);
    add_segment(segments, begin, end, hv_lens_span_colour(lens, owners, i));
    at = end;
  }
  guint64 end = arena->address + hv_frame_arena_bytes(frame, index);
  if (end > at)
    add_segment(segments, at, end, lens->palette->quiet);
}

static void build_segments(HvLens *lens, const HvOwnerColours *owners) {
  HvFrame *frame = lens->frame;
  for (int i = 0; i < 2; i++) {
    lens->segments[i].begin = g_array_new(FALSE, FALSE, sizeof(guint64));
    lens->segments[i].colour = g_array_new(FALSE, FALSE, sizeof(guint32));
  }
  for (guint i = 0; i < frame->arena_count; i++)
    add_arena(lens, owners, i);
  for (guint i = 0; i < frame->region_count; i++)
    add_segment(&lens->segments[1], frame->regions[i].address,
                frame->regions[i].address + frame->regions[i].mapped_bytes,
                hv_lens_region_colour(lens, owners, i));
  sum_segments(&lens->segments[0]);
  sum_segments(&lens->segments[1]);
}

/* ---- making ---- */

static gboolean is_region_run(HvLens *lens, guint run) {
  guint count = 0;
  const HvOrderBand *bands = hv_order_bands(lens->order, &count);
  return count != 0 && bands[count - 1].kind == HV_BAND_REGIONS &&
         run >= bands[count - 1].first_run;
}

static void add_run(HvLens *lens, guint run, guint64 bytes, HvLensSum *sum) {
  const HvRun *record = &hv_order_runs(lens->order, NULL)[run];
  HvLensSum part;
  hv_lens_sum(lens, is_region_run(lens, run), record->address, record->address + bytes, &part);
  for (int i = 0; i < 3; i++)
    sum->part[i] += part.part[i];
}

static void build_order_sums(HvLens *lens) {
  guint count = 0;
  HvLensSum sum = {{0}};
  const HvRun *runs = hv_order_runs(lens->order, &count);
  lens->order_sums = g_new(HvLensSum, count / CHUNK + 1u);
  for (guint run = 0; run <= count; run++) {
    if (run % CHUNK == 0)
      lens->order_sums[run / CHUNK] = sum;
    if (run < count)
      add_run(lens, run, runs[run].bytes, &sum);
  }
}

static void clear_entry(gpointer data) {
  g_free(((HvLegendEntry *)data)->text);
}

HvLens *hv_lens_new(HvLensKind kind, const HvLensInput *input) {
  if (kind == HV_LENS_STATE)
    return NULL;
  HvLens *lens = g_new0(HvLens, 1);
  HvOwnerColours owners = {0};
  g_atomic_ref_count_init(&lens->references);
  lens->kind = kind;
  lens->palette = hv_palette_get(input->theme);
  lens->pyramid = hv_pyramid_ref(input->pyramid);
  lens->frame = hv_pyramid_frame(input->pyramid);
  lens->order = input->order == NULL ? NULL : hv_order_ref(input->order);
  if (kind == HV_LENS_RESIDENCY)
    lens->pages =
        input->pages != NULL ? hv_pages_ref(input->pages) : hv_pages_from_frame(lens->frame);
  if (kind == HV_LENS_DIFF && input->before != NULL)
    lens->before = hv_pyramid_ref(input->before);
  if (kind == HV_LENS_DIFF && input->after != NULL)
    lens->after = hv_pyramid_ref(input->after);
  if (input->activity != NULL && hv_activity_span_count(input->activity) == lens->frame->span_count)
    lens->activity = hv_activity_ref(input->activity);
  lens->legend = g_array_new(FALSE, FALSE, sizeof(HvLegendEntry));
  g_array_set_clear_func(lens->legend, clear_entry);
  hv_lens_describe(lens, &owners);
  if (kind != HV_LENS_RESIDENCY && kind != HV_LENS_DIFF)
    build_segments(lens, &owners);
  if (lens->order != NULL)
    build_order_sums(lens);
  return lens;
}

HvLens *hv_lens_ref(HvLens *lens) {
  g_atomic_ref_count_inc(&lens->references);
  return lens;
}

void hv_lens_unref(HvLens *lens) {
  if (!g_atomic_ref_count_dec(&lens->references))
    return;
  for (int i = 0; i < 2; i++) {
    g_clear_pointer(&lens->segments[i].begin, g_array_unref);
    g_clear_pointer(&lens->segments[i].colour, g_array_unref);
    g_free(lens->segments[i].sums);
  }
  hv_pyramid_unref(lens->pyramid);
  g_clear_pointer(&lens->order, hv_order_unref);
  g_clear_pointer(&lens->pages, hv_pages_unref);
  g_clear_pointer(&lens->before, hv_pyramid_unref);
  g_clear_pointer(&lens->after, hv_pyramid_unref);
  g_clear_pointer(&lens->activity, hv_activity_unref);
  g_free(lens->order_sums);
  g_array_unref(lens->legend);
  g_free(lens);
}

/* ---- questions ---- */

HvLensKind hv_lens_kind(HvLens *lens) {
  return lens->kind;
}

HvFrame *hv_lens_frame(HvLens *lens) {
  return lens->frame;
}

static guint64 live_bytes(HvPyramid *pyramid, gboolean regions, guint64 begin, guint64 end) {
  HvMix mix;
  hv_pyramid_mix(pyramid, begin, end, &mix);
  return regions ? mix.bytes[HV_STATE_REGION]
                 : mix.bytes[HV_STATE_LIVE] + mix.bytes[HV_STATE_LARGE];
}

void hv_lens_sum(HvLens *lens, gboolean regions, guint64 begin, guint64 end, HvLensSum *sum) {
  *sum = (HvLensSum){{0}};
  if (lens->kind == HV_LENS_RESIDENCY) {
    hv_pages_count(lens->pages, regions, begin, end, &sum->part[0], &sum->part[1]);
  } else if (lens->kind == HV_LENS_DIFF) {
    if (lens->before == NULL)
      return;
    sum->part[0] =
        live_bytes(lens->after != NULL ? lens->after : lens->pyramid, regions, begin, end);
    sum->part[1] = live_bytes(lens->before, regions, begin, end);
  } else {
    HvLensSum low;
    sum_below(&lens->segments[regions], begin, &low);
    sum_below(&lens->segments[regions], end, sum);
    for (int i = 0; i < 3; i++)
      sum->part[i] -= low.part[i];
  }
}

void hv_lens_order_sum(HvLens *lens, guint run, guint64 offset, HvLensSum *sum) {
  const HvRun *runs = hv_order_runs(lens->order, NULL);
  guint chunk = run / CHUNK;
  *sum = lens->order_sums[chunk];
  for (guint i = chunk * CHUNK; i < run; i++)
    add_run(lens, i, runs[i].bytes, sum);
  if (offset != 0)
    add_run(lens, run, offset, sum);
}

/* Mean of three colours that @sum has the bytes of: resident, swapped, neither. */
static guint32 residency_colour(HvLens *lens, const HvLensSum *sum, guint64 bytes) {
  HvLensSum mixed = {{0}};
  add_colour(&mixed, lens->palette->state[HV_STATE_LIVE], sum->part[0]);
  add_colour(&mixed, lens->palette->state[HV_STATE_CACHED], sum->part[1]);
  add_colour(&mixed, lens->palette->quiet, bytes - MIN(sum->part[0] + sum->part[1], bytes));
  guint64 half = bytes / 2;
  return 0xff000000u | (guint32)((mixed.part[0] + half) / bytes) << 16 |
         (guint32)((mixed.part[1] + half) / bytes) << 8 | (guint32)((mixed.part[2] + half) / bytes);
}

/* The root makes a block in a span visible that has a thousand. */
static guint32 diff_colour(HvLens *lens, const HvLensSum *sum, guint64 bytes) {
  if (lens->before == NULL || (sum->part[0] == 0 && sum->part[1] == 0))
    return lens->palette->quiet;
  double share = ((double)sum->part[0] - (double)sum->part[1]) / (double)bytes;
  double root = share < 0 ? -sqrt(-share) : sqrt(share);
  return hv_palette_ramp(lens->palette->diff, (guint64)lround((root + 1) * 50000), 100000);
}

guint32 hv_lens_colour(HvLens *lens, const HvLensSum *sum, guint64 bytes) {
  if (bytes == 0)
    return lens->palette->quiet;
  if (lens->kind == HV_LENS_RESIDENCY)
    return residency_colour(lens, sum, bytes);
  if (lens->kind == HV_LENS_DIFF)
    return diff_colour(lens, sum, bytes);
  guint64 half = bytes / 2;
  return 0xff000000u | (guint32)((sum->part[0] + half) / bytes) << 16 |
         (guint32)((sum->part[1] + half) / bytes) << 8 | (guint32)((sum->part[2] + half) / bytes);
}

guint32 hv_lens_range_colour(HvLens *lens, gboolean regions, guint64 begin, guint64 end) {
  HvLensSum sum;
  hv_lens_sum(lens, regions, begin, end, &sum);
  return hv_lens_colour(lens, &sum, end - begin);
}

const HvLegendEntry *hv_lens_legend(HvLens *lens, guint *count) {
  *count = lens->legend->len;
  return (const HvLegendEntry *)(gpointer)lens->legend->data;
}

const char *hv_lens_note(HvLens *lens) {
  return lens->note;
}
