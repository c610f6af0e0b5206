/* SPDX-License-Identifier: MIT */
/* See facts.h. What of a span may be resident follows from the allocator's own records: pages
 * below the highest block ever handed out, but for those that were purged since. */
#include "viewer/model/facts.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/frame_private.h"

guint64 hv_millionths(guint64 part, guint64 whole) {
  return whole == 0 ? 0 : (guint64)((unsigned __int128)part * 1000000 / whole);
}

static void set_owner(HvFrame *frame, HvFacts *facts, guint32 owner) {
  const struct alloc_cache_record *cache = hv_frame_find_cache(frame, owner);
  if (cache == NULL)
    return;
  hv_facts_set(facts, HV_FIELD_THREAD, cache->thread);
  facts->name = cache->name;
}

static guint64 held_bytes(HvFrame *frame, guint index, guint64 bytes) {
  const HvSpan *span = &hv_frame_spans(frame, NULL)[index];
  guint64 page = hv_frame_header(frame)->page_bytes;
  guint64 reached = ((guint64)span->touched * span->block_bytes + page - 1) / page;
  reached = MIN(reached, bytes / page);
  guint64 mask = reached >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << reached) - 1;
  guint64 purged = (guint64)__builtin_popcountll(hv_frame_span_purged(frame, index) & mask);
  return (reached - MIN(purged, reached)) * page;
}

void hv_facts_of_span(HvFrame *frame, guint index, HvFacts *facts) {
  const HvSpan *span = &hv_frame_spans(frame, NULL)[index];
  guint arena = hv_frame_span_arena(frame, index);
  guint64 bytes = hv_frame_span_bytes(frame, index);
  memset(facts, 0, sizeof *facts);
  facts->name = "";
  facts->begin = hv_frame_arenas(frame, NULL)[arena].address +
                 (guint64)span->slice * hv_frame_header(frame)->slice_bytes;
  facts->end = facts->begin + bytes;
  hv_facts_set(facts, HV_FIELD_SIZE, bytes);
  hv_facts_set(facts, HV_FIELD_ARENA, arena);
  hv_facts_set(facts, HV_FIELD_SPANS, 1);
  hv_facts_set(facts, HV_FIELD_CLASS, span->block_bytes);
  if (span->kind == ALLOC_SPAN_LARGE) {
    facts->kind = "large";
    hv_facts_set(facts, HV_FIELD_HELD, bytes);
    hv_facts_set(facts, HV_FIELD_LIVE, bytes);
    hv_facts_set(facts, HV_FIELD_WASTE, 0);
    hv_facts_set(facts, HV_FIELD_BLOCKS, 1);
    hv_facts_set(facts, HV_FIELD_CAPACITY, 1);
    hv_facts_set(facts, HV_FIELD_FILL, 1000000);
    set_owner(frame, facts, span->owner);
    return;
  }
  guint64 out = ((guint64)span->live + span->cached + span->transit) * span->block_bytes;
  guint64 held = MAX(held_bytes(frame, index, bytes), out);
  facts->kind = "span";
  hv_facts_set(facts, HV_FIELD_HELD, held);
  hv_facts_set(facts, HV_FIELD_LIVE, span->live * span->block_bytes);
  hv_facts_set(facts, HV_FIELD_CACHED, span->cached * span->block_bytes);
  hv_facts_set(facts, HV_FIELD_TRANSIT, span->transit * span->block_bytes);
  hv_facts_set(facts, HV_FIELD_WASTE, held - out);
  hv_facts_set(facts, HV_FIELD_PURGED,
               (guint64)__builtin_popcountll(hv_frame_span_purged(frame, index)) *
                   hv_frame_header(frame)->page_bytes);
  hv_facts_set(facts, HV_FIELD_BLOCKS, span->live);
  hv_facts_set(facts, HV_FIELD_CAPACITY, span->capacity);
  hv_facts_set(facts, HV_FIELD_FILL, hv_millionths(span->live, span->capacity));
  set_owner(frame, facts, span->owner);
}

void hv_facts_of_region(HvFrame *frame, guint index, HvFacts *facts) {
  const struct alloc_region_record *region = &hv_frame_regions(frame, NULL)[index];
  memset(facts, 0, sizeof *facts);
  facts->kind = "region";
  facts->name = "";
  facts->begin = region->address;
  facts->end = region->address + region->mapped_bytes;
  hv_facts_set(facts, HV_FIELD_SIZE, region->mapped_bytes);
  hv_facts_set(facts, HV_FIELD_HELD, region->mapped_bytes);
  hv_facts_set(facts, HV_FIELD_LIVE, MIN(region->usable_bytes, region->mapped_bytes));
  hv_facts_set(facts, HV_FIELD_WASTE,
               region->mapped_bytes - MIN(region->usable_bytes, region->mapped_bytes));
  hv_facts_set(facts, HV_FIELD_BLOCKS, 1);
  set_owner(frame, facts, region->owner);
}

void hv_facts_of_cache(HvFrame *frame, guint index, HvFacts *facts) {
  const struct alloc_cache_record *cache = &hv_frame_caches(frame, NULL)[index];
  guint64 now_ns = hv_frame_head(frame)->monotonic_ns;
  static const char ended[] = N_("(ended)");
  guint64 hits = 0;
  memset(facts, 0, sizeof *facts);
  facts->kind = "thread";
  facts->name = cache->name;
  if (cache->state == ALLOC_CACHE_ORPHANED) {
    facts->name = _(ended);
    facts->plain = ended;
  }
  hv_facts_set(facts, HV_FIELD_THREAD, cache->thread);
  hv_facts_set(facts, HV_FIELD_CACHED, cache->cached_bytes);
  hv_facts_set(facts, HV_FIELD_TRANSIT, cache->transit_bytes);
  hv_facts_set(facts, HV_FIELD_LIMIT, cache->capacity_bytes);
  hv_facts_set(facts, HV_FIELD_SPANS, cache->spans);
  hv_facts_set(facts, HV_FIELD_REFILLS, cache->refills);
  hv_facts_set(facts, HV_FIELD_FLUSHES, cache->flushes);
  if (hv_frame_cache_hits(frame, index, &hits) && hits + cache->refills != 0)
    hv_facts_set(facts, HV_FIELD_HITS, hv_millionths(hits, hits + cache->refills));
  if (cache->active_ns != 0)
    hv_facts_set(facts, HV_FIELD_IDLE, now_ns - MIN(cache->active_ns, now_ns));
}

void hv_facts_of_stack(HvFrame *frame, guint index, HvFacts *facts) {
  const struct alloc_stack_record *stack = &hv_frame_stacks(frame, NULL)[index];
  guint64 used = MIN(stack->used_bytes, stack->bytes);
  memset(facts, 0, sizeof *facts);
  facts->kind = "stack";
  facts->name = "";
  facts->begin = stack->address;
  facts->end = stack->address + stack->bytes;
  hv_facts_set(facts, HV_FIELD_SIZE, stack->bytes);
  hv_facts_set(facts, HV_FIELD_LIVE, used);
  hv_facts_set(facts, HV_FIELD_WASTE, stack->bytes - used);
  hv_facts_set(facts, HV_FIELD_FILL, hv_millionths(used, stack->bytes));
  hv_facts_set(facts, HV_FIELD_DEPTH, stack->depth);
  set_owner(frame, facts, stack->owner);
}

static guint64 slices_of(const guint64 *map) {
  guint64 slices = 0;
  for (guint i = 0; i < ALLOC_MAP_WORDS; i++)
    slices += (guint64)__builtin_popcountll(map[i]);
  return slices;
}

void hv_facts_of_arena(HvFrame *frame, guint index, HvFacts *facts) {
  const struct alloc_arena_record *arena = &hv_frame_arenas(frame, NULL)[index];
  guint64 slice_bytes = hv_frame_header(frame)->slice_bytes;
  guint64 dirty = slices_of(arena->dirty_map) * slice_bytes;
  memset(facts, 0, sizeof *facts);
  facts->kind = "arena";
  facts->name = "";
  facts->begin = arena->address;
  facts->end = arena->address + hv_frame_arena_bytes(frame, index);
  hv_facts_set(facts, HV_FIELD_ARENA, index);
  hv_facts_set(facts, HV_FIELD_SIZE, hv_frame_arena_bytes(frame, index));
  hv_facts_set(facts, HV_FIELD_HELD, dirty);
  hv_facts_set(facts, HV_FIELD_LIVE, 0);
  hv_facts_set(facts, HV_FIELD_WASTE, dirty);
  hv_facts_set(facts, HV_FIELD_CACHED, 0);
  hv_facts_set(facts, HV_FIELD_TRANSIT, 0);
  hv_facts_set(facts, HV_FIELD_PURGED, slices_of(arena->free_map) * slice_bytes - dirty);
  hv_facts_set(facts, HV_FIELD_BLOCKS, 0);
  hv_facts_set(facts, HV_FIELD_SPANS, 0);
  /* Fill of an arena is by bytes, as its spans have blocks of many sizes. */
  hv_facts_set(facts, HV_FIELD_FILL, 0);
}

void hv_facts_add_span(HvFacts *sum, const HvFacts *span) {
  const HvField adds[] = {HV_FIELD_SIZE,     HV_FIELD_HELD,    HV_FIELD_LIVE,   HV_FIELD_WASTE,
                          HV_FIELD_CACHED,   HV_FIELD_TRANSIT, HV_FIELD_PURGED, HV_FIELD_BLOCKS,
                          HV_FIELD_CAPACITY, HV_FIELD_SPANS};
  for (guint i = 0; i < G_N_ELEMENTS(adds); i++) {
    /* The size of an arena is its own. */
    if (adds[i] != HV_FIELD_SIZE || sum->end == 0)
      sum->value[adds[i]] += span->value[adds[i]];
  }
}

void hv_facts_finish(HvFacts *sum) {
  if (sum->end != 0)
    sum->value[HV_FIELD_FILL] = hv_millionths(sum->value[HV_FIELD_LIVE], sum->value[HV_FIELD_SIZE]);
  else
    sum->value[HV_FIELD_FILL] =
        hv_millionths(sum->value[HV_FIELD_BLOCKS], sum->value[HV_FIELD_CAPACITY]);
}

/* ---- every place ---- */

static void tell_slices(HvFrame *frame, guint arena, guint first, guint end, const char *kind,
                        gboolean dirty, HvFactsFunc func, gpointer data) {
  guint64 slice_bytes = hv_frame_header(frame)->slice_bytes;
  guint64 bytes = (end - first) * slice_bytes;
  gboolean is_header = strcmp(kind, "header") == 0;
  HvFacts facts = {.kind = kind, .name = ""};
  facts.begin = hv_frame_arenas(frame, NULL)[arena].address + first * slice_bytes;
  facts.end = facts.begin + bytes;
  hv_facts_set(&facts, HV_FIELD_ARENA, arena);
  hv_facts_set(&facts, HV_FIELD_SIZE, bytes);
  hv_facts_set(&facts, HV_FIELD_LIVE, 0);
  hv_facts_set(&facts, HV_FIELD_HELD, dirty || is_header ? bytes : 0);
  hv_facts_set(&facts, HV_FIELD_WASTE, dirty ? bytes : 0);
  if (!is_header && !dirty)
    hv_facts_set(&facts, HV_FIELD_PURGED, bytes);
  func(&facts, data);
}

static void tell_free_runs(HvFrame *frame, guint index, HvFactsFunc func, gpointer data) {
  const struct alloc_arena_record *arena = &hv_frame_arenas(frame, NULL)[index];
  guint slice = arena->header_slices;
  while (slice < arena->slices) {
    guint first = slice;
    gboolean dirty = hv_map_bit(arena->dirty_map, first);
    if (!hv_map_bit(arena->free_map, first)) {
      slice++;
      continue;
    }
    while (slice < arena->slices && hv_map_bit(arena->free_map, slice) &&
           hv_map_bit(arena->dirty_map, slice) == dirty)
      slice++;
    tell_slices(frame, index, first, slice, "free", dirty, func, data);
  }
}

void hv_facts_each_place(HvFrame *frame, HvFactsFunc func, gpointer data) {
  guint arenas = 0;
  guint spans = 0;
  guint regions = 0;
  HvFacts facts;
  const struct alloc_arena_record *arena = hv_frame_arenas(frame, &arenas);
  hv_frame_spans(frame, &spans);
  hv_frame_regions(frame, &regions);
  for (guint i = 0; i < arenas; i++) {
    if (arena[i].header_slices > 0)
      tell_slices(frame, i, 0, arena[i].header_slices, "header", FALSE, func, data);
    tell_free_runs(frame, i, func, data);
  }
  for (guint i = 0; i < spans; i++) {
    hv_facts_of_span(frame, i, &facts);
    func(&facts, data);
  }
  for (guint i = 0; i < regions; i++) {
    hv_facts_of_region(frame, i, &facts);
    func(&facts, data);
  }
}
