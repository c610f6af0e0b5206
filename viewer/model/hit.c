/* SPDX-License-Identifier: MIT */
/* Finds what lies at an address, and says it in words. */
#include "viewer/model/hit.h"

#include <glib/gi18n.h>

#include "viewer/model/frame_private.h"
#include "viewer/model/units.h"

static void hit_span(HvFrame *frame, guint index, HvHit *hit) {
  const HvSpan *span = &frame->spans[index];
  guint64 begin = hv_frame_span_address(frame, index);
  guint64 end = begin + hv_frame_span_bytes(frame, index);
  hit->span = span;
  hit->span_index = (int)index;
  hit->owner = hv_frame_find_cache(frame, span->owner);
  if (span->kind == ALLOC_SPAN_LARGE) {
    hit->kind = HV_HIT_BLOCK;
    hit->state = HV_STATE_LARGE;
    hit->begin = begin;
    hit->end = end;
    hit->block_bytes = span->block_bytes;
    return;
  }
  guint64 block = (hit->address - begin) / span->block_bytes;
  if (block >= span->capacity) {
    hit->kind = HV_HIT_TAIL;
    hit->state = HV_STATE_TAIL;
    hit->begin = begin + span->capacity * span->block_bytes;
    hit->end = end;
    return;
  }
  hit->kind = HV_HIT_BLOCK;
  hit->block_index = (guint)block;
  hit->state = hv_frame_block_state(frame, index, hit->block_index);
  hit->begin = begin + block * span->block_bytes;
  hit->end = hit->begin + span->block_bytes;
  hit->block_bytes = span->block_bytes;
}

/* Slices that are neither header nor span: free, or of records that a truncated frame lacks. */
static void hit_slices(HvFrame *frame, HvHit *hit) {
  const struct alloc_arena_record *arena = hit->arena;
  guint64 slice_bytes = frame->header.slice_bytes;
  guint slice = (guint)((hit->address - arena->address) / slice_bytes);
  gboolean is_free = hv_map_bit(arena->free_map, slice);
  gboolean is_dirty = hv_map_bit(arena->dirty_map, slice);
  guint first = slice;
  guint last = slice + 1;
  if (is_free) {
    while (first > arena->header_slices && hv_map_bit(arena->free_map, first - 1) &&
           hv_map_bit(arena->dirty_map, first - 1) == is_dirty)
      first--;
    while (last < arena->slices && hv_map_bit(arena->free_map, last) &&
           hv_map_bit(arena->dirty_map, last) == is_dirty)
      last++;
  }
  hit->kind = is_free ? HV_HIT_FREE_SLICES : HV_HIT_NOTHING;
  hit->state = !is_free ? HV_STATE_NONE : is_dirty ? HV_STATE_DIRTY : HV_STATE_CLEAN;
  hit->begin = arena->address + first * slice_bytes;
  hit->end = arena->address + last * slice_bytes;
}

gboolean hv_hit_test(HvFrame *frame, guint64 address, HvHit *hit) {
  *hit = (HvHit){
      .kind = HV_HIT_NOTHING,
      .state = HV_STATE_NONE,
      .address = address,
      .begin = address,
      .end = address,
      .arena_index = -1,
      .span_index = -1,
      .region_index = -1,
  };
  hit->arena_index = hv_frame_find_arena(frame, address);
  if (hit->arena_index >= 0) {
    hit->arena = &frame->arenas[hit->arena_index];
    guint64 header_bytes = (guint64)hit->arena->header_slices * frame->header.slice_bytes;
    int span = hv_frame_find_span(frame, address);
    if (address - hit->arena->address < header_bytes) {
      hit->kind = HV_HIT_ARENA_HEADER;
      hit->state = HV_STATE_METADATA;
      hit->begin = hit->arena->address;
      hit->end = hit->arena->address + header_bytes;
    } else if (span >= 0) {
      hit_span(frame, (guint)span, hit);
    } else {
      hit_slices(frame, hit);
    }
    return hit->kind != HV_HIT_NOTHING;
  }
  hit->region_index = hv_frame_find_region(frame, address);
  if (hit->region_index < 0)
    return FALSE;
  hit->region = &frame->regions[hit->region_index];
  hit->kind = HV_HIT_REGION;
  hit->state = hv_region_is_spare(hit->region) ? HV_STATE_DIRTY : HV_STATE_REGION;
  hit->begin = hit->region->address;
  hit->end = hit->region->address + hit->region->mapped_bytes;
  hit->block_bytes = hit->region->usable_bytes;
  hit->owner = hv_frame_find_cache(frame, hit->region->owner);
  return TRUE;
}

char *hv_cache_describe(const struct alloc_cache_record *cache) {
  if (cache->state == ALLOC_CACHE_ORPHANED)
    return g_strdup_printf(_("orphaned cache %u"), cache->owner);
  g_autofree char *name = hv_format_name(cache->name);
  return g_strdup_printf("%s (%u)", *name == '\0' ? _("thread") : name, cache->thread);
}

/* (transfer full) (nullable): who made or owns what was hit. */
static char *owner_name(const HvHit *hit, guint32 owner) {
  if (hit->owner != NULL)
    return hv_cache_describe(hit->owner);
  return owner == 0 ? NULL : g_strdup_printf("%u", owner);
}

static void append_maker(GString *text, const HvHit *hit, guint32 owner) {
  g_autofree char *maker = owner_name(hit, owner);
  if (maker != NULL)
    g_string_append_printf(text, _(" · made by %s"), maker);
}

char *hv_hit_describe(const HvHit *hit) {
  GString *text = g_string_new(NULL);
  g_autofree char *address = hv_format_address(hit->address);
  g_autofree char *size = hv_format_bytes((gint64)(hit->end - hit->begin));
  g_autofree char *owner = NULL;
  g_string_append(text, address);
  switch (hit->kind) {
  case HV_HIT_NOTHING:
    g_string_append(text, _(" · not part of the heap"));
    break;
  case HV_HIT_ARENA_HEADER:
    g_string_append_printf(text, _(" · header of arena %d · %s"), hit->arena_index, size);
    break;
  case HV_HIT_FREE_SLICES:
    g_string_append_printf(text, _(" · %s · %s in arena %d"), hv_state_name(hit->state), size,
                           hit->arena_index);
    break;
  case HV_HIT_TAIL:
    g_string_append_printf(text, _(" · end of a span, too short for a block · %s"), size);
    break;
  case HV_HIT_REGION:
    if (hv_region_is_spare(hit->region)) {
      g_string_append_printf(text, _(" · spare memory of freed regions · %s"), size);
      break;
    }
    g_string_append_printf(text, _(" · mmapped region %d · %s"), hit->region_index, size);
    append_maker(text, hit, hit->region->owner);
    break;
  case HV_HIT_BLOCK:
    if (hit->span->kind == ALLOC_SPAN_LARGE) {
      g_autofree char *usable = hv_format_bytes((gint64)hit->block_bytes);
      g_string_append_printf(text, _(" · large block · %s usable of %s"), usable, size);
      append_maker(text, hit, hit->span->owner);
      break;
    }
    g_autofree char *index = hv_format_count(hit->block_index + 1);
    g_autofree char *capacity = hv_format_count(hit->span->capacity);
    g_autofree char *fill = hv_format_percent(hit->span->live, hit->span->capacity);
    g_string_append_printf(
        text, _(" · block %s of %s · %s · %s · class %u, span %s live"), index, capacity, size,
        hit->state == HV_STATE_NONE ? _("state not published") : hv_state_name(hit->state),
        hit->span->size_class, fill);
    owner = owner_name(hit, hit->span->owner);
    if (owner != NULL)
      g_string_append_printf(text, _(" · thread %s"), owner);
    break;
  }
  return g_string_free(text, FALSE);
}
