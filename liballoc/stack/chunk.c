/* SPDX-License-Identifier: MIT */
#include "stack/chunk.h"

#include "heap/cache.h"
#include "heap/large.h"
#include "heap/meta.h"
#include "heap/region.h"

static void *memory_take(size_t bytes, bool private) {
  void *memory = NULL;
  bool zeroed;

  if (!private && bytes <= peek(&large_most_bytes))
    memory = large_alloc(bytes, SLICE_BYTES, &zeroed);
  return memory ? memory : region_alloc(bytes, PAGE_BYTES, &zeroed);
}

struct chunk *chunk_take(size_t bytes, size_t usual_bytes, bool private, const void *record) {
  struct chunk *chunk;
  size_t head = ((uintptr_t)record + PAGE_BYTES / 2) % PAGE_BYTES & ~(size_t)(CACHE_LINE_BYTES - 1);
  if (!head)
    head = CACHE_LINE_BYTES;
  size_t whole = round_up(bytes + head, SLICE_BYTES);

  if (bytes > PTRDIFF_MAX || !(chunk = meta_take_shared(sizeof *chunk)))
    return NULL;
  if (whole < usual_bytes)
    whole = usual_bytes;
  char *memory = memory_take(whole, private);
  if (!memory) {
    /* The heap is full: make room out of what is free but elsewhere. */
    cache_collect_all(true);
    memory = memory_take(whole, private);
  }
  if (!memory) {
    meta_give_shared(chunk, sizeof *chunk);
    return NULL;
  }
  poke(&chunk->below, NULL);
  poke(&chunk->address, memory);
  poke(&chunk->bytes, whole);
  poke(&chunk->base, memory + head);
  poke(&chunk->top, memory + head);
  poke(&chunk->private, private);
  return chunk;
}

void chunk_give(struct chunk *chunk) {
  if (arena_tag_at(chunk->address) == TAG_LARGE)
    large_free(chunk->address);
  else
    (chunk->private ? region_unmap : region_free)(chunk->address);
  meta_give_shared(chunk, sizeof *chunk);
}
