/* SPDX-License-Identifier: MIT */
#include "heap/describe.h"

#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/region.h"
#include "heap/zero.h"

static void describe_small(struct line *line, const void *pointer, slice_tag tag) {
  const struct span *span = arena_span(pointer);
  const struct size_class *c = &size_classes[(tag >> TAG_BIN_SHIFT) & 0xff];
  uint32_t owner = tag >> TAG_OWNER_SHIFT;
  const struct cache *cache = owner <= cache_count() ? cache_number(owner) : NULL;
  size_t offset = (size_t)((const char *)pointer - span_base(span));

  line_text(line, " (size class ");
  line_decimal(line, c->block_bytes);
  line_text(line, ", block ");
  line_decimal(line, size_class_index(c, offset));
  line_text(line, " of its span");
  if (offset % c->block_bytes) {
    line_text(line, " + ");
    line_decimal(line, offset % c->block_bytes);
    line_text(line, " bytes");
  }
  uint32_t thread = cache ? peek(&cache->thread_id) : 0;
  if (thread) {
    line_text(line, ", owner thread ");
    line_decimal(line, thread);
  } else {
    line_text(line, ", owner thread has exited");
  }
  line_text(line, ")");
}

void describe_pointer(struct line *line, const void *pointer) {
  if (zero_holds(pointer)) {
    line_text(line, " (a block of no bytes)");
    return;
  }
  slice_tag tag = arena_tag_at(pointer);
  if (tag == TAG_NONE && region_usable(pointer))
    line_text(line, " (an mmapped region)");
  else if (!arena_of(pointer))
    line_text(line, " (not on this heap)");
  else if (tag >> TAG_OWNER_SHIFT)
    describe_small(line, pointer, tag);
  else if (tag == TAG_LARGE || tag == TAG_LARGE_REST)
    line_text(line, " (in a large block)");
  else if (arena_slice(pointer) < ARENA_HEADER_SLICES)
    line_text(line, " (in an arena header)");
  else
    line_text(line, " (free memory of the heap)");
}
