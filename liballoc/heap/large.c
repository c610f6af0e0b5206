/* SPDX-License-Identifier: MIT */
#include "heap/large.h"

#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/purge.h"

size_t large_most_bytes = LARGE_DEFAULT_MOST_BYTES;

static unsigned slices_for(size_t bytes) {
  return (unsigned)((bytes + SLICE_BYTES - 1) >> SLICE_SHIFT);
}

static struct span *span_of(const void *block) {
  return &arena_at(block)->span[arena_slice(block)];
}

static void tag_rest(void *block, unsigned from, unsigned to) {
  if (to > from)
    arena_tag((char *)block + (size_t)from * SLICE_BYTES, to - from, TAG_LARGE_REST);
}

void *large_alloc(size_t bytes, size_t alignment, bool *zeroed) {
  const struct cache *maker = cache_maker();
  unsigned slices = slices_for(bytes);
  if (alignment < SLICE_BYTES)
    alignment = SLICE_BYTES;
  void *run = arena_take(slices, alignment, zeroed);
  if (!run)
    return NULL;

  struct span *span = span_of(run);
  poke(&span->back, 0);
  poke(&span->slices, (uint16_t)slices);
  poke(&span->size_class, 0);
  poke(&span->owner, maker->number);
  poke(&span->turn, maker->turn);
  poke(&span->bytes, round_up(bytes, PAGE_BYTES));
  poke(&span->epoch, span->epoch + 1);
  store_release(&span->kind, SPAN_LARGE);
  tag_rest(run, 1, slices);
  arena_tag(run, 1, TAG_LARGE);
  return run;
}

bool large_free(void *block) {
  struct span *span = span_of(block);
  unsigned slices = span->slices;

  if ((uintptr_t)block % SLICE_BYTES != 0)
    return false;
  poke(&span->epoch, span->epoch + 1);
  store_release(&span->kind, SPAN_NONE);
  arena_tag(block, slices, TAG_NONE);
  arena_give(block, slices);
  purge_check();
  return true;
}

size_t large_usable(const void *block) {
  return span_of(block)->bytes;
}

bool large_resize(void *block, size_t bytes) {
  struct span *span = span_of(block);
  unsigned have = span->slices, want = slices_for(bytes);
  bool zeroed;

  if (want == 0 || want > ARENA_MAX_RUN)
    return false;
  if (want > have) {
    if (!arena_extend(block, have, want - have, &zeroed))
      return false;
    tag_rest(block, have, want);
  } else if (want < have) {
    char *end = (char *)block + (size_t)want * SLICE_BYTES;
    arena_tag(end, have - want, TAG_NONE);
    arena_give(end, have - want);
  }
  poke(&span->slices, (uint16_t)want);
  poke(&span->bytes, round_up(bytes, PAGE_BYTES));
  poke(&span->epoch, span->epoch + 1);
  if (want < have)
    purge_check();
  return true;
}
