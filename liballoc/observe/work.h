/* SPDX-License-Identifier: MIT */
/*
 * work.h: a frame while it is being made, for the files that make one part of it each:
 *
 *     frame.c          order of the steps, room for the sections, totals
 *     frame_spans.c    arenas and spans with their bitmaps
 *     frame_blocks.c   which blocks are cached, which in transit
 *     frame_caches.c   thread caches
 *     frame_regions.c  mmapped regions
 *     frame_stacks.c   chunks of the stacks of <liballoc/stack.h>
 *     frame_profile.c  the sampled profile
 *
 * The heap changes meanwhile, so every part is copied with peeks and then made consistent in
 * itself; what came from elsewhere and does not fit the copy is left out and counted. Nothing that
 * lies in the published buffer is used as an index again, since it may be written by others.
 * All of it belongs to the publisher.
 */
#ifndef LIBALLOC_WORK_H
#define LIBALLOC_WORK_H

#include <liballoc/snapshot.h>

#include "heap/arena.h"
#include "heap/base.h"
#include "observe/bell.h"
#include "observe/table.h"

/*
 * What is remembered of span record number i. For a small span
 *     out = blocks that are not free;   cached + transit <= out;   live = out - cached - transit
 */
struct tally {
  uint32_t word; /* first word of plane A in the bitmaps; TALLY_NO_BITMAP */
  uint32_t owner;
  uint16_t slice, slices;
  uint16_t capacity; /* blocks */
  uint16_t out, cached, transit;
  uint16_t touched;    /* no block at or above it is out */
  uint16_t size_class; /* 0: a large span */
  uint64_t purged;     /* pages given back */
};
#define TALLY_NO_BITMAP UINT32_MAX

/* Words of each plane of its bitmap. */
static inline unsigned tally_words(const struct tally *tally) {
  return (tally->capacity + 63u) / 64;
}

/* What is remembered of a cache, by its number. */
struct owner {
  uint64_t cached_bytes, cached_blocks, transit_bytes; /* in this frame */
  uint64_t capacity_bytes;
  uint64_t named_ns; /* when the name was read */
  uint32_t named;    /* thread whose name it is; 0: nobody's */
  char name[16];
};

/* Records that fit into the buffer. */
struct room {
  size_t arenas, spans, caches, regions, stacks, words;
  size_t profiles, calls, frames, samples, objects, names;
  bool partial;   /* words is less than there are */
  bool truncated; /* so is spans */
};

struct work {
  struct room room;
  const struct wish *wish;
  uint64_t now_ns;

  /* private */
  struct table arenas;    /* uint64_t: addresses, ascending */
  struct table slices;    /* uint32_t[ARENA_SLICES] per arena, by its index: 1 + span record; 0 */
  struct table tallies;   /* struct tally per span record */
  struct table owners;    /* struct owner per cache number */
  struct table blocks;    /* void *: the blocks of one bin */
  unsigned arenas_known;  /* arena_count() when the addresses were listed */
  unsigned arenas_listed; /* fewer while one was just being made */
  uint32_t owner_count;   /* numbers below it are in the table */
  uint32_t named_last;    /* number of the last one whose name was read again */

  /* the frame */
  struct alloc_frame *frame;
  struct alloc_arena_record *arena;
  struct alloc_span_record *span;
  struct alloc_cache_record *cache;
  struct alloc_region_record *region;
  struct alloc_stack_record *stack;
  uint64_t *hits; /* by cache record */
  uint64_t *word;
  struct alloc_profile_record *profile;
  struct alloc_call_record *call;
  struct alloc_call_frame_record *call_frame;
  struct alloc_sample_record *sample;
  struct alloc_object_record *object;
  char *name;
  size_t arena_count, span_count, cache_count, region_count, stack_count, word_count;
  size_t profile_count, call_count, frame_count, sample_count, object_count, name_count;
  uint32_t skipped;
  bool too_small; /* some room did not suffice */
};

static inline struct tally *work_tally(struct work *work, size_t i) {
  return (struct tally *)work->tallies.at + i;
}

static inline struct owner *work_owner(struct work *work, uint32_t number) {
  return (struct owner *)work->owners.at + number;
}

static inline uint64_t work_arena_address(struct work *work, size_t i) {
  return ((uint64_t *)work->arenas.at)[i];
}

static inline struct arena *work_arena(struct work *work, size_t i) {
  uint64_t address = work_arena_address(work, i);
  return (struct arena *)(uintptr_t)address;
}

static inline uint32_t *work_slices(struct work *work, unsigned arena_index) {
  return (uint32_t *)work->slices.at + (size_t)arena_index * ARENA_SLICES;
}

/* Adds a tally to the totals of the frame. */
HIDDEN void work_add_small(struct work *work, const struct tally *tally);

/* ---- the parts, in this order; false: no memory ---- */

/* Lists the arenas by address. */
HIDDEN bool arenas_list(struct work *work);

/* Counts the spans and bitmap words that there are, by the tags of slices. A walk of its own: which
 * bitmaps a frame has, and where they begin, is settled before the first span is copied. */
HIDDEN void spans_count(struct work *work, size_t *spans, size_t *words);

/* Copies arenas, spans and bitmaps; all blocks that are not free count as live. */
HIDDEN bool spans_copy(struct work *work);

/* Clears the sums of all caches. */
HIDDEN bool owners_reset(struct work *work);

/* Finds the blocks in thread caches, outboxes and queues, and marks them. */
HIDDEN void blocks_mark(struct work *work);

HIDDEN void caches_write(struct work *work);
HIDDEN void regions_write(struct work *work);

/* Chunks that there are. */
HIDDEN size_t stacks_count(void);
HIDDEN void stacks_write(struct work *work);

/* Room that the profile takes, and the profile. */
HIDDEN void profile_count(struct room *room);
HIDDEN void profile_write(struct work *work);

#endif
