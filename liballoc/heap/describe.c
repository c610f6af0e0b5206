/* SPDX-License-Identifier: MIT */
#include "heap/describe.h"

#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/region.h"
#include "heap/zero.h"

void (*describe_calls)(struct line *line, const void *pointer, const void *block);

static void describe_offset(struct line *line, size_t offset) {
  if (offset) {
    line_text(line, " + ");
    line_decimal(line, offset);
    line_text(line, " bytes");
  }
}

/* 0: a cache whose thread is gone. */
static void describe_owner(struct line *line, uint32_t owner) {
  const struct cache *cache = owner <= cache_count() ? cache_number(owner) : NULL;
  uint32_t thread = cache ? peek(&cache->thread_id) : 0;

  if (thread) {
    line_text(line, ", owner thread ");
    line_decimal(line, thread);
  } else {
    line_text(line, ", owner thread has exited");
  }
}

/* Of a block that its maker's cache does not own; 0: its maker had no cache. */
static void describe_maker(struct line *line, uint32_t owner, uint32_t turn) {
  if (owner)
    describe_owner(line, cache_in_turn(owner, turn));
}

/* Each describes what holds the pointer, and returns the block that it is or lies in. */

static const void *describe_small(struct line *line, const void *pointer, slice_tag tag) {
  const struct span *span = arena_span(pointer);
  const struct size_class *c = &size_classes[(tag >> TAG_BIN_SHIFT) & 0xff];
  size_t offset = (size_t)((const char *)pointer - span_base(span));

  line_text(line, " (size class ");
  line_decimal(line, c->block_bytes);
  line_text(line, ", block ");
  line_decimal(line, size_class_index(c, offset));
  line_text(line, " of its span");
  describe_offset(line, offset % c->block_bytes);
  describe_owner(line, tag >> TAG_OWNER_SHIFT);
  line_text(line, ")");
  return (const char *)pointer - offset % c->block_bytes;
}

static const void *describe_large(struct line *line, const void *pointer) {
  const struct span *span = arena_span(pointer);
  const char *block = span_base(span);

  line_text(line, " (a large block of ");
  line_decimal(line, peek(&span->bytes));
  line_text(line, " bytes");
  describe_offset(line, (size_t)((const char *)pointer - block));
  describe_maker(line, peek(&span->owner), peek(&span->turn));
  line_text(line, ")");
  return block;
}

/* Of the block that was there last, if it was a large one that began there. */
static void describe_free(struct line *line, const void *pointer) {
  const struct span *span = &arena_at(pointer)->span[arena_slice(pointer)];

  line_text(line, " (free memory of the heap");
  if ((uintptr_t)pointer % SLICE_BYTES == 0 && peek(&span->bytes) && peek(&span->size_class) == 0) {
    line_text(line, ", where a large block of ");
    line_decimal(line, peek(&span->bytes));
    line_text(line, " bytes was");
    describe_maker(line, peek(&span->owner), peek(&span->turn));
  }
  line_text(line, ")");
}

static const void *describe_region(struct line *line, const void *pointer,
                                   const struct region *region) {
  const char *block = region->block, *at = pointer;

  line_text(line, at < block ? " (in front of an mmapped region of " : " (an mmapped region of ");
  line_decimal(line, region->asked_bytes && region->asked_bytes != REGION_RETIRED
                         ? region->asked_bytes
                         : region->usable_bytes);
  line_text(line, " bytes");
  describe_offset(line, at > block ? (size_t)(at - block) : 0);
  describe_maker(line, region->owner, region->turn);
  line_text(line, ")");
  return block;
}

/* NULL: no block is there. */
static const void *describe_memory(struct line *line, const void *pointer) {
  slice_tag tag = arena_tag_at(pointer);
  struct region region;

  if (zero_holds(pointer))
    line_text(line, " (a block of no bytes)");
  else if (tag == TAG_NONE && region_holding(pointer, &region))
    return describe_region(line, pointer, &region);
  else if (!arena_of(pointer))
    line_text(line, " (not on this heap)");
  else if (tag >> TAG_OWNER_SHIFT)
    return describe_small(line, pointer, tag);
  else if (tag == TAG_LARGE || tag == TAG_LARGE_REST)
    return describe_large(line, pointer);
  else if (arena_slice(pointer) < ARENA_HEADER_SLICES)
    line_text(line, " (in an arena header)");
  else
    describe_free(line, pointer);
  return NULL;
}

void describe_pointer(struct line *line, const void *pointer) {
  const void *block = describe_memory(line, pointer);
  void (*calls)(struct line *, const void *, const void *) = load_acquire(&describe_calls);

  if (calls)
    calls(line, pointer, block);
}
