/* SPDX-License-Identifier: MIT */
#include "observe/frame.h"

#include <string.h>

#include "front/slow.h"
#include "heap/cache.h"
#include "heap/lock.h"
#include "heap/meta.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "heap/region.h"
#include "observe/clock.h"
#include "observe/segment.h"
#include "observe/work.h"

size_t frame_bitmap_budget_bytes = 64 * 1024 * 1024;
size_t frame_most_bytes = SEGMENT_FRAME_MOST_BYTES;

static struct work work;
static struct lock frame_lock;

bool frame_claim(void) {
  lock_look(); /* the memory of frames is not mapped in a child */
  return lock_try(&frame_lock);
}

void frame_leave(void) {
  lock_drop(&frame_lock);
}

/* ---- room ---- */

/* Room for the profile, if there is one: it grows while frames are made. */
static void room_for_profile(struct room *room, size_t growth) {
  profile_count(room);
  if (!room->profiles)
    return;
  room->calls += room->calls / growth + 16;
  room->frames += room->frames / growth + 256;
  room->samples += room->samples / growth + 256;
  room->objects += 8;
  room->names += 1024;
}

/* Bytes of a frame in front of its spans, and with everything. */
static size_t bytes_before_spans(const struct room *room) {
  return sizeof(struct alloc_frame) + CLASSES * sizeof(struct alloc_class_record) +
         room->arenas * sizeof(struct alloc_arena_record) +
         room->caches * (sizeof(struct alloc_cache_record) + sizeof(uint64_t)) +
         room->regions * sizeof(struct alloc_region_record) +
         room->stacks * sizeof(struct alloc_stack_record) +
         room->profiles * sizeof(struct alloc_profile_record) +
         room->calls * sizeof(struct alloc_call_record) +
         room->frames * sizeof(struct alloc_call_frame_record) +
         room->samples * sizeof(struct alloc_sample_record) +
         room->objects * sizeof(struct alloc_object_record) +
         round_up(room->names, sizeof(uint64_t));
}

static size_t bytes_of(const struct room *room) {
  return bytes_before_spans(room) + room->spans * sizeof(struct alloc_span_record) +
         room->words * sizeof(uint64_t);
}

size_t frame_plan(unsigned attempt) {
  struct room *room = &work.room;
  size_t spans, words, budget = frame_bitmap_budget_bytes / sizeof(uint64_t);

  if (!arenas_list(&work))
    return 0;
  spans_count(&work, &spans, &words);
  /* One eighth more than there is, then half, then twice as much. */
  size_t growth = attempt == 0 ? 8 : attempt == 1 ? 2 : 1;
  room->arenas = work.arenas_listed;
  room->caches = cache_count() + cache_count() / growth + 8;
  room->regions = region_count() + region_count() / growth + 16;
  room->stacks = stacks_count();
  room->stacks += room->stacks / growth + 16;
  room_for_profile(room, growth);
  room->spans = spans + spans / growth + 64;
  room->words = words + words / growth + 2 * SPAN_OUTER_WORDS;
  room->partial = words > budget;
  if (room->words > budget)
    room->words = budget;
  room->truncated = bytes_of(room) > frame_most_bytes;
  if (room->truncated) {
    size_t before = bytes_before_spans(room) + room->words * sizeof(uint64_t);
    room->spans = (frame_most_bytes - before) / sizeof(struct alloc_span_record);
  }
  return bytes_of(room);
}

/* ---- totals ---- */

/* Bytes of purged pages that hold blocks, not the tail behind the last one. */
static uint64_t purged_bytes(const struct tally *tally, const struct size_class *c) {
  uint64_t end = (uint64_t)tally->capacity * c->block_bytes;
  unsigned whole = (unsigned)(end >> PAGE_SHIFT);
  uint64_t mask = whole >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << whole) - 1;
  uint64_t bytes = (uint64_t)__builtin_popcountl(tally->purged & mask) << PAGE_SHIFT;

  if (whole < 64 && tally->purged >> whole & 1)
    bytes += end % PAGE_BYTES;
  return bytes;
}

void work_add_small(struct work *w, const struct tally *tally) {
  const struct size_class *c = &size_classes[tally->size_class];
  struct alloc_frame *frame = w->frame;
  uint64_t block_bytes = c->block_bytes;
  uint64_t live = (uint64_t)tally->out - tally->cached - tally->transit;
  uint64_t idle_bytes = ((uint64_t)tally->capacity - tally->out) * block_bytes;
  uint64_t purged = purged_bytes(tally, c);

  frame->total_live_bytes += live * block_bytes;
  frame->total_cached_bytes += tally->cached * block_bytes;
  frame->total_transit_bytes += tally->transit * block_bytes;
  frame->total_free_bytes += (uint64_t)(tally->touched - tally->out) * block_bytes;
  frame->total_untouched_bytes += (uint64_t)(tally->capacity - tally->touched) * block_bytes;
  frame->total_tail_bytes += (uint64_t)tally->slices * SLICE_BYTES - tally->capacity * block_bytes;
  /* A block of a purged page may have been taken after the page was looked at. */
  frame->total_purged_bytes += purged < idle_bytes ? purged : idle_bytes;
}

static void spans_finish(void) {
  for (size_t i = 0; i < work.span_count; i++) {
    const struct tally *tally = work_tally(&work, i);
    if (!tally->size_class)
      continue;
    work.span[i].live = (uint32_t)tally->out - tally->cached - tally->transit;
    work.span[i].cached = tally->cached;
    work.span[i].transit = tally->transit;
    work_add_small(&work, tally);
  }
}

static size_t table_bytes(void) {
  return work.arenas.bytes + work.slices.bytes + work.tallies.bytes + work.owners.bytes +
         work.blocks.bytes;
}

static void totals_finish(struct alloc_frame *frame) {
  uint64_t in_use = frame->total_live_bytes + frame->total_large_bytes + frame->total_region_bytes;
  uint64_t peak = purge_peak_bytes();

  frame->total_metadata_bytes = meta_mapped_bytes() + table_bytes();
  frame->peak_live_bytes = peak > in_use ? peak : in_use;
  frame->failures = slow_failures();
}

/* ---- layout ---- */

static void classes_write(struct alloc_class_record *record) {
  record[0] = (struct alloc_class_record){0};
  for (unsigned k = 1; k < CLASSES; k++)
    record[k] = (struct alloc_class_record){size_classes[k].block_bytes, size_classes[k].slices,
                                            size_classes[k].slices * SLICE_BYTES /
                                                size_classes[k].block_bytes};
}

/* Where a section begins, and the byte behind the last one it has room for. */
static void *section_place(enum alloc_section section, char **at, size_t room,
                           size_t record_bytes) {
  char *place = *at;

  /* Only names are no multiple of it. */
  room = round_up(room * record_bytes, sizeof(uint64_t)) / record_bytes;

  work.frame->section[section].offset = (uint64_t)(place - (char *)work.frame);
  work.frame->section[section].record_bytes = (uint32_t)record_bytes;
  *at = place + room * record_bytes;
  return place;
}

static void sections_begin(void) {
  const struct room *room = &work.room;
  char *at = (char *)(work.frame + 1);

  classes_write(
      section_place(ALLOC_SECTION_CLASSES, &at, CLASSES, sizeof(struct alloc_class_record)));
  work.arena = section_place(ALLOC_SECTION_ARENAS, &at, room->arenas, sizeof *work.arena);
  work.cache = section_place(ALLOC_SECTION_CACHES, &at, room->caches, sizeof *work.cache);
  work.hits = section_place(ALLOC_SECTION_HITS, &at, room->caches, sizeof *work.hits);
  work.region = section_place(ALLOC_SECTION_REGIONS, &at, room->regions, sizeof *work.region);
  work.stack = section_place(ALLOC_SECTION_STACKS, &at, room->stacks, sizeof *work.stack);
  work.profile = section_place(ALLOC_SECTION_PROFILE, &at, room->profiles, sizeof *work.profile);
  work.call = section_place(ALLOC_SECTION_CALLS, &at, room->calls, sizeof *work.call);
  work.call_frame =
      section_place(ALLOC_SECTION_CALL_FRAMES, &at, room->frames, sizeof *work.call_frame);
  work.sample = section_place(ALLOC_SECTION_SAMPLES, &at, room->samples, sizeof *work.sample);
  work.object = section_place(ALLOC_SECTION_OBJECTS, &at, room->objects, sizeof *work.object);
  work.name = section_place(ALLOC_SECTION_NAMES, &at, room->names, sizeof *work.name);
  work.span = section_place(ALLOC_SECTION_SPANS, &at, room->spans, sizeof *work.span);
  work.word = section_place(ALLOC_SECTION_BITMAPS, &at, room->words, sizeof *work.word);
  work.arena_count = work.cache_count = work.region_count = work.stack_count = 0;
  work.span_count = work.word_count = 0;
  work.profile_count = work.call_count = work.frame_count = 0;
  work.sample_count = work.object_count = work.name_count = 0;
}

static void sections_end(void) {
  struct alloc_section_table *section = work.frame->section;

  section[ALLOC_SECTION_CLASSES].count = CLASSES;
  section[ALLOC_SECTION_ARENAS].count = work.arena_count;
  section[ALLOC_SECTION_CACHES].count = work.cache_count;
  section[ALLOC_SECTION_HITS].count = work.cache_count;
  section[ALLOC_SECTION_REGIONS].count = work.region_count;
  section[ALLOC_SECTION_STACKS].count = work.stack_count;
  section[ALLOC_SECTION_PROFILE].count = work.profile_count;
  section[ALLOC_SECTION_CALLS].count = work.call_count;
  section[ALLOC_SECTION_CALL_FRAMES].count = work.frame_count;
  section[ALLOC_SECTION_SAMPLES].count = work.sample_count;
  section[ALLOC_SECTION_OBJECTS].count = work.object_count;
  section[ALLOC_SECTION_NAMES].count = work.name_count;
  section[ALLOC_SECTION_SPANS].count = work.span_count;
  section[ALLOC_SECTION_BITMAPS].count = work.word_count;
  work.frame->bytes = (uint64_t)((char *)(work.word + work.word_count) - (char *)work.frame);
}

enum frame_result frame_write(struct alloc_frame *frame, const struct wish *wish,
                              uint64_t cost_ns) {
  memset(frame, 0, sizeof *frame);
  work.frame = frame;
  work.wish = wish;
  work.skipped = 0;
  work.too_small = false;
  work.now_ns = os_now_ns();
  frame->monotonic_ns = work.now_ns;
  frame->realtime_ns = clock_realtime_ns();
  frame->cost_ns = cost_ns;
  frame->sections = ALLOC_SECTIONS;
  sections_begin();
  /* Owners last: a cache that was made meanwhile may own spans of the copy. */
  if (!spans_copy(&work) || !owners_reset(&work))
    return FRAME_NO_MEMORY;
  blocks_mark(&work);
  spans_finish();
  caches_write(&work);
  regions_write(&work);
  stacks_write(&work);
  profile_write(&work);
  totals_finish(frame);
  sections_end();
  frame->skipped = work.skipped;
  frame->flags = (work.room.partial ? ALLOC_FRAME_PARTIAL_BITMAPS : 0) |
                 (work.room.truncated ? ALLOC_FRAME_TRUNCATED : 0);
  return work.too_small ? FRAME_TOO_SMALL : FRAME_DONE;
}

/* ---- life ---- */

void frame_release(void) {
  table_release(&work.arenas);
  table_release(&work.slices);
  table_release(&work.tallies);
  table_release(&work.owners);
  table_release(&work.blocks);
  memset(&work, 0, sizeof work);
}

void frame_after_fork(void) {
  memset(&work, 0, sizeof work);
  lock_drop(&frame_lock);
}
