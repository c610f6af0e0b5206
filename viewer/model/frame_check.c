/* SPDX-License-Identifier: MIT */
/*
 * The validation of a frame, record by record. Bounded: linear in the bytes of the frame.
 * Arithmetic cannot overflow once a record has passed the checks in front of it.
 */
#include "viewer/model/frame_private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/error.h"

/* Addresses of user space on every 64-bit system of today, with room to spare. */
#define ADDRESS_END (G_GUINT64_CONSTANT(1) << 57)

/* What the records add up to. */
typedef struct {
  guint64 arena;
  guint64 header;
  guint64 live;
  guint64 cached;
  guint64 transit;
  guint64 free;
  guint64 untouched;
  guint64 tail;
  guint64 large;
  guint64 dirty;
  guint64 clean;
  guint64 region;
  guint64 spare;
  guint64 words;
} Sums;

G_GNUC_PRINTF(2, 3)
static gboolean corrupt(GError **error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, HV_ERROR, HV_ERROR_CORRUPT, _("the snapshot is damaged: %s"), what);
  return FALSE;
}

static gboolean check_classes(HvFrame *frame, GError **error) {
  if (frame->class_count > G_MAXUINT16 + 1u)
    return corrupt(error, _("it has %u size classes"), frame->class_count);
  for (guint i = 0; i < frame->class_count; i++) {
    const struct alloc_class_record *class = &frame->classes[i];
    guint64 room = (guint64) class->span_slices * frame->header.slice_bytes;
    if (i == 0) {
      if (class->block_bytes != 0 || class->span_slices != 0 || class->span_capacity != 0)
        return corrupt(error, _("size class 0 is not empty"));
    } else if (class->block_bytes < 8 || class->span_slices == 0 ||
               class->span_slices > ALLOC_MAP_WORDS * 64 || class->span_capacity == 0 ||
               class->block_bytes > room / class->span_capacity) {
      return corrupt(error, _("size class %u cannot be"), i);
    }
  }
  return TRUE;
}

static gboolean check_caches(HvFrame *frame, GError **error) {
  if (frame->hits_count != 0 && frame->hits_count != frame->cache_count)
    return corrupt(error, _("it counts the hits of other thread caches than it has"));
  for (guint i = 0; i < frame->cache_count; i++) {
    const struct alloc_cache_record *cache = &frame->caches[i];
    if (cache->owner == 0 || cache->state < ALLOC_CACHE_OWNED ||
        cache->state > ALLOC_CACHE_ORPHANED)
      return corrupt(error, _("thread cache %u cannot be"), i);
    if (memchr(cache->name, 0, sizeof cache->name) == NULL)
      return corrupt(error, _("the name of thread cache %u has no end"), i);
    if (cache->cached_bytes > ADDRESS_END || cache->transit_bytes > ADDRESS_END ||
        cache->cached_blocks > cache->cached_bytes)
      return corrupt(error, _("thread cache %u holds more than there can be"), i);
    if (frame->hits != NULL && frame->hits[i] > G_MAXUINT64 - cache->refills)
      return corrupt(error, _("the hits of thread cache %u cannot be"), i);
  }
  return TRUE;
}

/* Notes the blocks of a span that were never handed out, with a table once one of them is not what
 * its record makes of it. */
static void set_untouched(HvFrame *frame, guint index, guint count) {
  if (frame->untouched == NULL) {
    if (count == hv_frame_span_untouched(frame, index))
      return;
    guint32 *table = g_new(guint32, frame->span_count);
    for (guint i = 0; i < frame->span_count; i++)
      table[i] = hv_frame_span_untouched(frame, i);
    frame->untouched = table;
  }
  frame->untouched[index] = count;
}

static gboolean check_span(HvFrame *frame, const struct alloc_arena_record *arena, guint index,
                           guint next_slice, Sums *sums, GError **error) {
  const HvSpan *span = &frame->spans[index];
  if (span->slices == 0 || span->slice < next_slice ||
      (guint)span->slice + span->slices > arena->slices)
    return corrupt(error, _("span %u lies outside of its arena or over another"), index);
  for (guint slice = span->slice; slice < (guint)span->slice + span->slices; slice++)
    if (hv_map_bit(arena->free_map, slice))
      return corrupt(error, _("span %u lies over free slices"), index);

  guint64 room = (guint64)span->slices * frame->header.slice_bytes;
  if (span->kind == ALLOC_SPAN_LARGE) {
    if (span->capacity != 1 || span->live != 1 || span->cached != 0 || span->transit != 0 ||
        span->size_class != 0 || span->bitmap_word != HV_NO_BITMAP || span->block_bytes == 0 ||
        span->block_bytes > room)
      return corrupt(error, _("the large span %u cannot be"), index);
    sums->large += room;
    return TRUE;
  }
  if (span->kind != ALLOC_SPAN_SMALL)
    return corrupt(error, _("span %u is of an unknown kind"), index);
  if (span->size_class == 0 || span->size_class >= frame->class_count ||
      span->block_bytes != frame->classes[span->size_class].block_bytes)
    return corrupt(error, _("span %u has no valid size class"), index);
  if (span->capacity == 0 || span->block_bytes > room / span->capacity)
    return corrupt(error, _("the blocks of span %u do not fit into it"), index);
  guint64 busy = (guint64)span->live + span->cached + span->transit;
  if (busy > span->capacity || span->touched > span->capacity)
    return corrupt(error, _("span %u counts more blocks than it has"), index);
  if (span->bitmap_word == HV_NO_BITMAP) {
    if (busy > span->touched)
      return corrupt(error, _("span %u has blocks in use that were never handed out"), index);
  } else {
    guint64 words = ((guint64)span->capacity + 63) / 64;
    if (span->bitmap_word > frame->word_count || 2 * words > frame->word_count - span->bitmap_word)
      return corrupt(error, _("the bitmaps of span %u lie outside of their section"), index);
    /* Spans that share words would make this loop longer than the file is. */
    sums->words += 2 * words;
    if (sums->words > frame->word_count)
      return corrupt(error, _("the bitmaps of spans overlap"));
    const guint64 *last = frame->words + span->bitmap_word + words - 1;
    guint used = (guint)(span->capacity - (words - 1) * 64);
    if (used < 64 && ((last[0] | last[words]) >> used) != 0)
      return corrupt(error, _("span %u has bits behind its last block"), index);
  }
  if (span->bitmap_word == HV_NO_BITMAP) {
    set_untouched(frame, index, span->capacity - span->touched);
  } else {
    HvBlockCounts found;
    hv_frame_count_blocks(frame, span, span->capacity, &found);
    if (found.live != span->live || found.cached != span->cached || found.transit != span->transit)
      return corrupt(error, _("the bitmaps of span %u do not match its counts"), index);
    set_untouched(frame, index, found.untouched);
  }
  HvBlockCounts counts;
  hv_frame_span_counts(frame, index, &counts);
  sums->live += counts.live * span->block_bytes;
  sums->cached += counts.cached * span->block_bytes;
  sums->transit += counts.transit * span->block_bytes;
  sums->free += counts.free * span->block_bytes;
  sums->untouched += counts.untouched * span->block_bytes;
  sums->tail += room - span->capacity * span->block_bytes;
  return TRUE;
}

static gboolean check_arena(HvFrame *frame, guint index, Sums *sums, GError **error) {
  const struct alloc_arena_record *arena = &frame->arenas[index];
  guint64 slice_bytes = frame->header.slice_bytes;
  if (arena->address == 0 || arena->address % frame->header.arena_bytes != 0 ||
      arena->address >= ADDRESS_END)
    return corrupt(error, _("the address of arena %u cannot be"), index);
  if (arena->slices == 0 || arena->slices > frame->header.arena_bytes / slice_bytes ||
      arena->header_slices > arena->slices)
    return corrupt(error, _("arena %u has slices that cannot be"), index);
  /* Bases are multiples of arena_bytes, so different bases never overlap. */
  if (index > 0 && arena->address == frame->arenas[index - 1].address)
    return corrupt(error, _("two arenas have the same address"));

  guint free_slices = 0;
  guint dirty_slices = 0;
  for (guint slice = 0; slice < arena->slices; slice++) {
    gboolean is_free = hv_map_bit(arena->free_map, slice);
    gboolean is_dirty = hv_map_bit(arena->dirty_map, slice);
    if ((is_dirty && !is_free) || (is_free && slice < arena->header_slices))
      return corrupt(error, _("the maps of arena %u contradict each other"), index);
    free_slices += is_free;
    dirty_slices += is_dirty;
  }
  guint next_slice = arena->header_slices;
  guint span_slices = 0;
  for (guint i = 0; i < arena->span_count; i++) {
    guint span = arena->first_span + i;
    if (!check_span(frame, arena, span, next_slice, sums, error))
      return FALSE;
    next_slice = (guint)frame->spans[span].slice + frame->spans[span].slices;
    span_slices += frame->spans[span].slices;
  }
  if ((frame->head->flags & ALLOC_FRAME_TRUNCATED) == 0 &&
      arena->header_slices + span_slices + free_slices != arena->slices)
    return corrupt(error, _("arena %u has slices that are neither used nor free"), index);

  sums->arena += arena->slices * slice_bytes;
  sums->header += arena->header_slices * slice_bytes;
  sums->dirty += dirty_slices * slice_bytes;
  sums->clean += (free_slices - dirty_slices) * slice_bytes;
  return TRUE;
}

static gboolean check_regions(HvFrame *frame, Sums *sums, GError **error) {
  guint64 page_bytes = frame->header.page_bytes;
  guint64 end = 0;
  guint arena = 0;
  for (guint i = 0; i < frame->region_count; i++) {
    const struct alloc_region_record *region = &frame->regions[i];
    if (region->address == 0 || region->address % page_bytes != 0 || region->mapped_bytes == 0 ||
        region->mapped_bytes % page_bytes != 0 || region->address >= ADDRESS_END ||
        region->mapped_bytes > ADDRESS_END - region->address)
      return corrupt(error, _("the mapping of region %u cannot be"), i);
    if (region->block < region->address || region->block - region->address > region->mapped_bytes ||
        region->usable_bytes > region->mapped_bytes - (region->block - region->address))
      return corrupt(error, _("the block of region %u lies outside of its mapping"), i);
    if (region->address < end)
      return corrupt(error, _("region %u lies over another"), i);
    end = region->address + region->mapped_bytes;
    while (arena < frame->arena_count &&
           frame->arenas[arena].address + hv_frame_arena_bytes(frame, arena) <= region->address)
      arena++;
    if (arena < frame->arena_count && frame->arenas[arena].address < end)
      return corrupt(error, _("region %u lies over an arena"), i);
    if (hv_region_is_spare(region))
      sums->spare += region->mapped_bytes;
    else
      sums->region += region->mapped_bytes;
  }
  return TRUE;
}

static gboolean check_stacks(HvFrame *frame, GError **error) {
  guint64 page_bytes = frame->header.page_bytes;
  for (guint i = 0; i < frame->stack_count; i++) {
    const struct alloc_stack_record *stack = &frame->stacks[i];
    const struct alloc_stack_record *below = i == 0 ? NULL : stack - 1;
    if (stack->address == 0 || stack->address % page_bytes != 0 || stack->bytes == 0 ||
        stack->bytes % page_bytes != 0 || stack->address >= ADDRESS_END ||
        stack->bytes > ADDRESS_END - stack->address)
      return corrupt(error, _("chunk %u of the stacks cannot be"), i);
    if (stack->base < stack->address || stack->base - stack->address > stack->bytes ||
        stack->used_bytes > stack->bytes - (stack->base - stack->address))
      return corrupt(error, _("the blocks of stack chunk %u lie outside of it"), i);
    if (stack->state < ALLOC_STACK_OPEN || stack->state > ALLOC_STACK_SPARE ||
        (stack->state == ALLOC_STACK_SPARE && stack->used_bytes != 0))
      return corrupt(error, _("the state of stack chunk %u cannot be"), i);
    if (stack->owner == 0 || (below != NULL && stack->owner < below->owner) ||
        stack->depth != (below == NULL || below->owner != stack->owner ? 0 : below->depth + 1))
      return corrupt(error, _("stack chunk %u is out of order"), i);
    if (stack->depth > 0 &&
        below->state !=
            (stack->state == ALLOC_STACK_SPARE ? ALLOC_STACK_OPEN : ALLOC_STACK_COVERED))
      return corrupt(error, _("stack chunk %u is out of order"), i);
  }
  return TRUE;
}

/* Sums larger than any address space would overflow when they are added. */
static gboolean are_sums(const struct alloc_profile_sums *sums) {
  return sums->samples <= sums->bytes && sums->blocks <= sums->bytes &&
         sums->bytes <= G_MAXINT64 / 2;
}

static gboolean have_sums(const struct alloc_profile_sums *live,
                          const struct alloc_profile_sums *allocated,
                          const struct alloc_profile_sums *peak) {
  return are_sums(live) && are_sums(allocated) && are_sums(peak) &&
         live->bytes <= allocated->bytes && live->samples <= allocated->samples &&
         peak->bytes <= allocated->bytes && peak->samples <= allocated->samples;
}

static gboolean check_calls(HvFrame *frame, GError **error) {
  guint64 next = 0;
  guint64 allocated = 0;
  for (guint i = 0; i < frame->call_count; i++) {
    const struct alloc_call_record *call = &frame->calls[i];
    if (call->frames == 0 || call->first_frame != next ||
        call->frames > frame->call_frame_count - next)
      return corrupt(error, _("call stack %u of the profile has no frames"), i);
    next += call->frames;
    if (!have_sums(&call->live, &call->allocated, &call->peak))
      return corrupt(error, _("the sums of call stack %u cannot be"), i);
    allocated += call->allocated.bytes;
    if (allocated > frame->profile->allocated.bytes)
      return corrupt(error, _("the call stacks have allocated more than the profile"));
  }
  return TRUE;
}

static gboolean check_profile(HvFrame *frame, GError **error) {
  const struct alloc_profile_record *profile = frame->profile;
  if (profile == NULL && (frame->call_count != 0 || frame->sample_count != 0))
    return corrupt(error, _("it has call stacks of no profile"));
  if (profile != NULL && (frame->profile_count != 1 || profile->mean_bytes == 0 ||
                          profile->mean_bytes > G_MAXINT64 / 2 ||
                          !have_sums(&profile->live, &profile->allocated, &profile->peak)))
    return corrupt(error, _("its profile cannot be"));
  for (guint i = 0; i < frame->object_count; i++) {
    const struct alloc_object_record *object = &frame->objects[i];
    if (object->name_offset > frame->name_bytes ||
        object->name_bytes > frame->name_bytes - object->name_offset)
      return corrupt(error, _("the name of object %u lies outside of the names"), i);
  }
  for (guint i = 0; i < frame->call_frame_count; i++)
    if (frame->call_frames[i].object > frame->object_count)
      return corrupt(error, _("frame %u of the profile lies in no object"), i);
  for (guint i = 0; i < frame->sample_count; i++) {
    const struct alloc_sample_record *sample = &frame->samples[i];
    if (sample->call >= frame->call_count || sample->address == 0 || sample->bytes == 0 ||
        sample->address >= ADDRESS_END || sample->bytes > ADDRESS_END - sample->address)
      return corrupt(error, _("sample %u cannot be"), i);
  }
  return check_calls(frame, error);
}

static gboolean check_totals(HvFrame *frame, const Sums *sums, GError **error) {
  const struct alloc_frame *head = frame->head;
  const struct {
    const char *name;
    guint64 total;
    guint64 sum;
  } rows[] = {
      {"arena", head->total_arena_bytes, sums->arena},
      {"header", head->total_header_bytes, sums->header},
      {"live", head->total_live_bytes, sums->live},
      {"cached", head->total_cached_bytes, sums->cached},
      {"in-transit", head->total_transit_bytes, sums->transit},
      {"free", head->total_free_bytes, sums->free},
      {"untouched", head->total_untouched_bytes, sums->untouched},
      {"tail", head->total_tail_bytes, sums->tail},
      {"large", head->total_large_bytes, sums->large},
      {"dirty", head->total_dirty_bytes, sums->dirty},
      {"clean", head->total_clean_bytes, sums->clean},
      {"region", head->total_region_bytes, sums->region},
      {"spare", head->total_spare_bytes, sums->spare},
  };
  gboolean truncated = (head->flags & ALLOC_FRAME_TRUNCATED) != 0;
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (truncated ? rows[i].total < rows[i].sum || rows[i].total > ADDRESS_END
                  : rows[i].total != rows[i].sum)
      return corrupt(error, _("its total of %s bytes is %llu and its records add up to %llu"),
                     rows[i].name, (unsigned long long)rows[i].total,
                     (unsigned long long)rows[i].sum);
  if (head->total_metadata_bytes > ADDRESS_END || head->peak_live_bytes > ADDRESS_END)
    return corrupt(error, _("its totals are larger than any address space"));
  if (head->total_purged_bytes > head->total_free_bytes + head->total_untouched_bytes)
    return corrupt(error, _("it counts more purged bytes than free ones"));
  return TRUE;
}

gboolean hv_frame_check(HvFrame *frame, GError **error) {
  Sums sums = {0};
  if (!check_classes(frame, error) || !check_caches(frame, error))
    return FALSE;
  for (guint i = 0; i < frame->arena_count; i++)
    if (!check_arena(frame, i, &sums, error))
      return FALSE;
  return check_regions(frame, &sums, error) && check_stacks(frame, error) &&
         check_profile(frame, error) && check_totals(frame, &sums, error);
}
