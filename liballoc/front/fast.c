/* SPDX-License-Identifier: MIT */
/*
 * The two fast paths. Only the common case is here: a small block from or to a bin of the calling
 * thread, at most 16 instructions for malloc and 22 for free (tests/unit/test_fast_path.sh counts
 * them). Everything else finds its bin empty or full, its size too large or its tag not matching,
 * and leaves by a tail call into slow.c.
 */
#include <liballoc/alloc.h>

#include "front/cxx.h"
#include "front/names.h"
#include "front/slow.h"
#include "heap/cache.h"

/* The compiler is kept from computing the address ahead: as part of each access it costs nothing.
 */
static inline struct bin *bin_at(struct cache *cache, size_t offset) {
  __asm__("" : "+r"(offset));
  return (struct bin *)((char *)cache->bin + offset);
}

/* A block from a bin of the calling thread; NULL: the slow path has to find one. */
static inline void *bin_pop(size_t bytes) {
  if (unlikely(bytes > CLASS_TABLE_BYTES))
    return NULL;
  size_t offset = class_bin[(bytes + MIN_ALIGNMENT - 1) / MIN_ALIGNMENT];
  return bin_take((struct bin *)((char *)cache_self->bin + offset));
}

void *alloc_malloc(size_t bytes) {
  void *block = bin_pop(bytes);
  return likely(block) ? block : slow_malloc(bytes);
}

/* Puts a block into a bin of the calling thread; false: the slow path has to free it. */
static inline bool bin_push(void *block) {
  uintptr_t slice = (uintptr_t)block >> SLICE_SHIFT;
  uintptr_t tags = peek(&arena_map[slice >> (ARENA_SHIFT - SLICE_SHIFT) & (ARENA_MAP_ENTRIES - 1)]);
  if (unlikely(!tags))
    return false;
  struct cache *cache = cache_self;
  /* Mine, and the offset of this class's bin, in one compare; no other tag is below CLASSES. */
  uint64_t offset = arena_tag_by(tags, slice) ^ cache->tag;
  if (unlikely(offset >= CLASSES << TAG_BIN_SHIFT))
    return false;
  void **top = peek(&bin_at(cache, offset)->top);
  if (unlikely(top == bin_at(cache, offset)->limit))
    return false;
  poke(top, block);
  poke(&bin_at(cache, offset)->top, top + 1);
  return true;
}

void alloc_free(void *block) {
  if (unlikely(!bin_push(block)))
    slow_free(block);
}

#ifndef ALLOC_NO_INTERPOSE

PUBLIC void *malloc(size_t) SAME_AS(alloc_malloc);
PUBLIC void *__libc_malloc(size_t) SAME_AS(alloc_malloc);
PUBLIC void free(void *) SAME_AS(alloc_free);
PUBLIC void cfree(void *) SAME_AS(alloc_free);
PUBLIC void __libc_free(void *) SAME_AS(alloc_free);

/* C++: new (size) and new (size, nothrow_t const &), of one and of arrays. */
PUBLIC void *_Znwm(size_t bytes);
PUBLIC void *_ZnwmRKSt9nothrow_t(size_t bytes);

void *_Znwm(size_t bytes) {
  void *block = bin_pop(bytes);
  return likely(block) ? block : cxx_new(bytes);
}

void *_ZnwmRKSt9nothrow_t(size_t bytes) {
  void *block = bin_pop(bytes);
  return likely(block) ? block : cxx_new_nothrow(bytes);
}

PUBLIC void *_Znam(size_t) SAME_AS(_Znwm);
PUBLIC void *_ZnamRKSt9nothrow_t(size_t) SAME_AS(_ZnwmRKSt9nothrow_t);

/* Every delete is free; what some are told of size and alignment only a slow path looks at. */
PUBLIC void _ZdlPv(void *) SAME_AS(alloc_free);
PUBLIC void _ZdaPv(void *) SAME_AS(alloc_free);
PUBLIC void _ZdlPvRKSt9nothrow_t(void *) SAME_AS(alloc_free);
PUBLIC void _ZdaPvRKSt9nothrow_t(void *) SAME_AS(alloc_free);
PUBLIC void _ZdlPvSt11align_val_t(void *) SAME_AS(alloc_free);
PUBLIC void _ZdaPvSt11align_val_t(void *) SAME_AS(alloc_free);
PUBLIC void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *) SAME_AS(alloc_free);
PUBLIC void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *) SAME_AS(alloc_free);

PUBLIC void _ZdlPvm(void *block, size_t bytes);
PUBLIC void _ZdlPvmSt11align_val_t(void *block, size_t bytes, size_t alignment);

void _ZdlPvm(void *block, size_t bytes) {
  if (unlikely(!bin_push(block)))
    slow_free_sized(block, bytes);
}

void _ZdlPvmSt11align_val_t(void *block, size_t bytes, size_t alignment) {
  if (unlikely(!bin_push(block)))
    slow_free_aligned_sized(block, bytes, alignment);
}

PUBLIC void _ZdaPvm(void *, size_t) SAME_AS(_ZdlPvm);
PUBLIC void _ZdaPvmSt11align_val_t(void *, size_t, size_t) SAME_AS(_ZdlPvmSt11align_val_t);

#endif
