/* SPDX-License-Identifier: MIT */
/*
 * HvOrder. Spans are sorted by one number: class, live blocks, index. Sums are kept at every
 * CHUNK_RUNS runs; a sum between is a stored one plus the mixes of fewer runs than that.
 */
#include "viewer/model/order.h"

#include <string.h>

#include "viewer/model/frame_private.h"

enum {
  CHUNK_RUNS = 16,
  LIVE_BITS = 20,
  INDEX_BITS = 28, /* a frame of HV_FRAME_MAX_BYTES has 2^23 spans */
};

typedef struct {
  guint64 bytes[HV_STATE_MAP_COUNT];
} Sum;

struct HvOrder {
  gatomicrefcount references;
  HvPyramid *pyramid;
  HvFrame *frame;
  GArray *bands;        /* HvOrderBand */
  GArray *runs;         /* HvRun */
  guint *run_of_span;   /* inverse of the permutation */
  guint *run_of_header; /* by arena; G_MAXUINT: it has none */
  Sum *sums;            /* before every CHUNK_RUNS runs, and at the end */
};

/* ---- building ---- */

static void begin_band(HvOrder *order, HvBandKind kind, guint size_class) {
  HvOrderBand band = {.kind = kind, .size_class = size_class, .first_run = order->runs->len};
  g_array_append_val(order->bands, band);
}

static void add_run(HvOrder *order, guint64 address, guint64 bytes) {
  HvOrderBand *band = &g_array_index(order->bands, HvOrderBand, order->bands->len - 1);
  HvRun run = {.address = address, .bytes = bytes, .offset = band->bytes};
  g_array_append_val(order->runs, run);
  band->bytes += bytes;
  band->run_count++;
}

/* Forgets the last band if nothing went into it. */
static void end_band(HvOrder *order) {
  if (g_array_index(order->bands, HvOrderBand, order->bands->len - 1).run_count == 0)
    g_array_set_size(order->bands, order->bands->len - 1);
}

/* Least significant digit first; digits that are the same in all keys cost one pass over them. */
static void sort_keys(guint64 *keys, guint count) {
  g_autofree guint64 *other = g_new(guint64, count);
  guint64 *from = keys;
  guint64 *to = other;
  for (guint shift = 0; shift < 64; shift += 8) {
    guint starts[257] = {0};
    for (guint i = 0; i < count; i++)
      starts[(from[i] >> shift & 0xff) + 1]++;
    if (count == 0 || starts[(from[0] >> shift & 0xff) + 1] == count)
      continue;
    for (guint digit = 0; digit < 256; digit++)
      starts[digit + 1] += starts[digit];
    for (guint i = 0; i < count; i++)
      to[starts[from[i] >> shift & 0xff]++] = from[i];
    guint64 *swap = from;
    from = to;
    to = swap;
  }
  if (from != keys)
    memcpy(keys, from, count * sizeof *keys);
}

static void add_spans(HvOrder *order) {
  HvFrame *frame = order->frame;
  g_autofree guint64 *keys = g_new(guint64, frame->span_count + 1u);
  const guint64 live_max = (G_GUINT64_CONSTANT(1) << LIVE_BITS) - 1;
  for (guint i = 0; i < frame->span_count; i++) {
    const HvSpan *span = &frame->spans[i];
    gboolean large = span->kind == ALLOC_SPAN_LARGE;
    /* Large spans behind all classes, by address. */
    guint64 class = large ? 0xffff : span->size_class;
    guint64 live = large ? 0 : MIN(span->live, live_max);
    keys[i] = class << (LIVE_BITS + INDEX_BITS) | live << INDEX_BITS | i;
  }
  sort_keys(keys, frame->span_count);
  guint64 last = G_MAXUINT64;
  for (guint i = 0; i < frame->span_count; i++) {
    guint span = (guint)(keys[i] & ((1u << INDEX_BITS) - 1));
    guint64 class = keys[i] >> (LIVE_BITS + INDEX_BITS);
    if (class != last)
      begin_band(order, class == 0xffff ? HV_BAND_LARGE : HV_BAND_CLASS,
                 class == 0xffff ? 0 : (guint) class);
    last = class;
    order->run_of_span[span] = order->runs->len;
    add_run(order, hv_frame_span_address(frame, span), hv_frame_span_bytes(frame, span));
  }
}

static void add_free_slices(HvOrder *order, gboolean dirty) {
  HvFrame *frame = order->frame;
  guint64 slice_bytes = frame->header.slice_bytes;
  begin_band(order, dirty ? HV_BAND_DIRTY : HV_BAND_CLEAN, 0);
  for (guint i = 0; i < frame->arena_count; i++) {
    const struct alloc_arena_record *arena = &frame->arenas[i];
    guint slice = 0;
    while (slice < arena->slices) {
      guint first = slice;
      while (slice < arena->slices && hv_map_bit(arena->free_map, slice) &&
             hv_map_bit(arena->dirty_map, slice) == dirty)
        slice++;
      if (slice > first)
        add_run(order, arena->address + first * slice_bytes, (slice - first) * slice_bytes);
      else
        slice++;
    }
  }
  end_band(order);
}

static void build(HvOrder *order) {
  HvFrame *frame = order->frame;
  add_spans(order);
  add_free_slices(order, TRUE);
  add_free_slices(order, FALSE);
  begin_band(order, HV_BAND_HEADERS, 0);
  for (guint i = 0; i < frame->arena_count; i++) {
    guint64 bytes = frame->arenas[i].header_slices * (guint64)frame->header.slice_bytes;
    order->run_of_header[i] = bytes == 0 ? G_MAXUINT : order->runs->len;
    if (bytes != 0)
      add_run(order, frame->arenas[i].address, bytes);
  }
  end_band(order);
  begin_band(order, HV_BAND_REGIONS, 0);
  for (guint i = 0; i < frame->region_count; i++)
    add_run(order, frame->regions[i].address, frame->regions[i].mapped_bytes);
  end_band(order);
}

/* Bytes by state of a whole run, added to @bytes. */
static void add_mix(HvOrder *order, HvBandKind kind, const HvRun *run, guint64 *bytes) {
  guint64 mix[HV_STATE_MAP_COUNT];
  switch (kind) {
  case HV_BAND_DIRTY:
    bytes[HV_STATE_DIRTY] += run->bytes;
    break;
  case HV_BAND_CLEAN:
    bytes[HV_STATE_CLEAN] += run->bytes;
    break;
  case HV_BAND_HEADERS:
    bytes[HV_STATE_METADATA] += run->bytes;
    break;
  case HV_BAND_REGIONS:
    bytes[hv_frame_region_state(order->frame, run->address)] += run->bytes;
    break;
  default:
    hv_frame_span_mix(order->frame, (guint)hv_frame_find_span(order->frame, run->address), mix);
    for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
      bytes[state] += mix[state];
  }
}

static const HvOrderBand *band_of(HvOrder *order, guint run) {
  guint low = 0;
  guint high = order->bands->len;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (g_array_index(order->bands, HvOrderBand, middle).first_run <= run)
      low = middle;
    else
      high = middle;
  }
  return &g_array_index(order->bands, HvOrderBand, low);
}

static void build_sums(HvOrder *order) {
  guint run = 0;
  Sum sum = {{0}};
  order->sums = g_new(Sum, order->runs->len / CHUNK_RUNS + 1u);
  order->sums[0] = sum;
  for (guint i = 0; i < order->bands->len; i++) {
    const HvOrderBand *band = &g_array_index(order->bands, HvOrderBand, i);
    for (guint k = 0; k < band->run_count; k++) {
      add_mix(order, band->kind, &g_array_index(order->runs, HvRun, run), sum.bytes);
      run++;
      if (run % CHUNK_RUNS == 0)
        order->sums[run / CHUNK_RUNS] = sum;
    }
  }
}

HvOrder *hv_order_new(HvPyramid *pyramid) {
  HvOrder *order = g_new0(HvOrder, 1);
  g_atomic_ref_count_init(&order->references);
  order->pyramid = hv_pyramid_ref(pyramid);
  order->frame = hv_pyramid_frame(pyramid);
  order->bands = g_array_new(FALSE, FALSE, sizeof(HvOrderBand));
  order->runs = g_array_sized_new(FALSE, FALSE, sizeof(HvRun), order->frame->span_count + 64u);
  order->run_of_span = g_new(guint, order->frame->span_count + 1u);
  order->run_of_header = g_new(guint, order->frame->arena_count + 1u);
  build(order);
  build_sums(order);
  return order;
}

HvOrder *hv_order_ref(HvOrder *order) {
  g_atomic_ref_count_inc(&order->references);
  return order;
}

void hv_order_unref(HvOrder *order) {
  if (!g_atomic_ref_count_dec(&order->references))
    return;
  hv_pyramid_unref(order->pyramid);
  g_array_unref(order->bands);
  g_array_unref(order->runs);
  g_free(order->run_of_span);
  g_free(order->run_of_header);
  g_free(order->sums);
  g_free(order);
}

/* ---- questions ---- */

HvFrame *hv_order_frame(HvOrder *order) {
  return order->frame;
}

const HvOrderBand *hv_order_bands(HvOrder *order, guint *count) {
  *count = order->bands->len;
  return (const HvOrderBand *)(gpointer)order->bands->data;
}

const HvRun *hv_order_runs(HvOrder *order, guint *count) {
  if (count != NULL)
    *count = order->runs->len;
  return (const HvRun *)(gpointer)order->runs->data;
}

guint hv_order_span_run(HvOrder *order, guint span) {
  return order->run_of_span[span];
}

/* Bands other than those of classes ascend by address. */
static gboolean find_in_band(HvOrder *order, HvBandKind kind, guint64 address, guint *run) {
  for (guint i = order->bands->len; i-- > 0;) {
    const HvOrderBand *band = &g_array_index(order->bands, HvOrderBand, i);
    if (band->kind != kind)
      continue;
    guint low = band->first_run;
    guint high = band->first_run + band->run_count;
    while (low < high) {
      guint middle = low + (high - low) / 2;
      const HvRun *candidate = &g_array_index(order->runs, HvRun, middle);
      if (address < candidate->address) {
        high = middle;
      } else if (address - candidate->address >= candidate->bytes) {
        low = middle + 1;
      } else {
        *run = middle;
        return TRUE;
      }
    }
    return FALSE;
  }
  return FALSE;
}

gboolean hv_order_find(HvOrder *order, guint64 address, guint *run) {
  HvFrame *frame = order->frame;
  int arena = hv_frame_find_arena(frame, address);
  if (arena < 0)
    return find_in_band(order, HV_BAND_REGIONS, address, run);
  int span = hv_frame_find_span(frame, address);
  if (span >= 0) {
    *run = order->run_of_span[span];
    return TRUE;
  }
  guint64 offset = address - frame->arenas[arena].address;
  if (offset < frame->arenas[arena].header_slices * (guint64)frame->header.slice_bytes) {
    *run = order->run_of_header[arena];
    return TRUE;
  }
  return find_in_band(order, HV_BAND_DIRTY, address, run) ||
         find_in_band(order, HV_BAND_CLEAN, address, run);
}

void hv_order_sum(HvOrder *order, guint run, guint64 offset, guint64 *bytes) {
  guint chunk = run / CHUNK_RUNS;
  memcpy(bytes, order->sums[chunk].bytes, sizeof order->sums[chunk].bytes);
  for (guint i = chunk * CHUNK_RUNS; i < run; i++)
    add_mix(order, band_of(order, i)->kind, &g_array_index(order->runs, HvRun, i), bytes);
  if (offset == 0)
    return;
  const HvRun *last = &g_array_index(order->runs, HvRun, run);
  if (offset == last->bytes) {
    add_mix(order, band_of(order, run)->kind, last, bytes);
    return;
  }
  HvMix mix;
  hv_pyramid_mix(order->pyramid, last->address, last->address + offset, &mix);
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    bytes[state] += mix.bytes[state];
}
