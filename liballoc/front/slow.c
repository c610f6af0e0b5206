/* SPDX-License-Identifier: MIT */
#include "front/slow.h"

#include <errno.h>
#include <string.h>

#include "debug/check.h"
#include "debug/guard.h"
#include "debug/record.h"
#include "debug/sampled.h"
#include "front/foreign.h"
#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/large.h"
#include "heap/message.h"
#include "heap/os.h"
#include "heap/partial.h"
#include "heap/poll.h"
#include "heap/purge.h"
#include "heap/region.h"
#include "heap/zero.h"

/* Takes the rest of liballoc.a into a static link, see static_libc.c. */
HIDDEN extern const void *const static_parts[];
__attribute__((used)) static const void *const *const parts = static_parts;

/* 0, or 0x100 | value: every block is filled, so no bin may hold any and every call is slow. */
static uint32_t perturb;

/* Set of enum slow_reason: why bins are off, and who else looks at slow calls. */
static uint32_t slow_reasons;

/* ---- allocation ---- */

static void *class_alloc_borrowed(unsigned k) {
  struct cache *cache = cache_borrow();
  if (!cache)
    return NULL;
  void *block = cache_refill(cache, k);
  cache_return(cache);
  return block;
}

static void *class_alloc_once(unsigned k) {
  struct cache *cache = cache_self;

  if (unlikely(cache == cache_none) && !(cache = cache_attach()))
    return class_alloc_borrowed(k);
  void *block = bin_take(&cache->bin[k]);
  return likely(block) ? block : cache_refill(cache, k);
}

/* The heap is full: make room out of what is free but elsewhere, in arenas too for a region of so
 * many bytes and its alignment. True: worth another try. */
static COLD bool make_room(size_t bytes, size_t alignment) {
  if (cache_self != cache_none)
    cache_flush_all(cache_self);
  purge_all(0);
  if (bytes)
    arena_shorten(bytes + alignment + HUGE_BYTES); /* for both of which a mapping may be cut */
  return true;
}

static void *class_alloc(unsigned k) {
  void *block = class_alloc_once(k);
  if (unlikely(!block) && make_room(0, 0))
    block = class_alloc_once(k);
  return block;
}

/* A block too large, or aligned too much, for a class. */
static void *big_alloc(size_t bytes, size_t alignment, bool *zeroed) {
  void *block = NULL;

  if (bytes > PTRDIFF_MAX)
    return NULL;
  if (bytes <= peek(&large_most_bytes) && alignment <= ARENA_BYTES / 4)
    block = large_alloc(bytes, alignment, zeroed);
  if (!block)
    block = region_alloc(bytes, alignment, zeroed);
  /* No mapping more is to be had, but slices may be. */
  if (unlikely(!block) && bytes > peek(&large_most_bytes) && alignment <= ARENA_BYTES / 4 &&
      bytes <= (size_t)ARENA_MAX_RUN * SLICE_BYTES)
    block = large_alloc(bytes, alignment, zeroed);
  if (likely(block))
    partial_give_back_for(bytes);
  return block;
}

static uint64_t failures;

static COLD void no_memory(void) {
  __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
  errno = ENOMEM;
}

uint64_t slow_failures(void) {
  return peek(&failures);
}

void *plain_alloc(size_t bytes, size_t alignment, bool *zeroed) {
  unsigned k = bytes <= CLASS_MAX_BYTES && alignment <= MIN_ALIGNMENT
                   ? size_class_of(bytes)
                   : size_class_aligned(bytes, alignment);
  void *block;

  poll();
  *zeroed = false;
  if (k) {
    block = class_alloc(k);
  } else {
    block = big_alloc(bytes, alignment, zeroed);
    if (unlikely(!block) && bytes <= PTRDIFF_MAX && make_room(bytes, alignment))
      block = big_alloc(bytes, alignment, zeroed);
  }
  if (unlikely(!block))
    no_memory();
  return block;
}

static void *any_alloc(size_t bytes, size_t alignment, bool *zeroed) {
  if (unlikely(bytes == 0)) {
    void *none = alignment <= MIN_ALIGNMENT ? zero_alloc() : NULL;
    *zeroed = true;
    if (none)
      return none;
    bytes = 1;
  }
  if (guarding()) {
    *zeroed = true;
    return guard_alloc(bytes, alignment);
  }
  if (unlikely(peek(&sampled_every)) && alignment <= MIN_ALIGNMENT) {
    void *sampled = sampled_alloc(bytes);
    *zeroed = true;
    if (sampled)
      return sampled;
  }
  return plain_alloc(bytes, alignment, zeroed);
}

static void *perturbed(void *block) {
  uint32_t p = peek(&perturb);
  if (unlikely(p) && block)
    memset(block, (int)(p & 0xff) ^ 0xff, slow_usable(block));
  return block;
}

uint32_t slow_perturb(void) {
  return peek(&perturb);
}

void *bare_malloc(size_t bytes) {
  bool zeroed;
  if (unlikely(checking()))
    return check_alloc(bytes, MIN_ALIGNMENT, false);
  return perturbed(any_alloc(bytes, MIN_ALIGNMENT, &zeroed));
}

void *bare_aligned(size_t bytes, size_t alignment) {
  bool zeroed;
  if (unlikely(checking()))
    return check_alloc(bytes, alignment, false);
  return perturbed(any_alloc(bytes, alignment, &zeroed));
}

void *bare_calloc(size_t bytes) {
  bool zeroed;
  if (unlikely(checking()))
    return check_alloc(bytes, MIN_ALIGNMENT, true);
  void *block = any_alloc(bytes, MIN_ALIGNMENT, &zeroed);
  if (block && !zeroed)
    memset(block, 0, bytes);
  return block;
}

/* ---- the block behind a pointer ---- */

size_t slow_usable(const void *block) {
  if (unlikely(checking()))
    return check_usable(block);
  size_t asked = guarding() && block ? guard_asked(block) : 0;
  return asked ? asked : plain_usable(block);
}

size_t plain_usable(const void *block) {
  slice_tag tag = arena_tag_at(block);

  if (tag >> TAG_OWNER_SHIFT)
    return size_classes[tag >> TAG_BIN_SHIFT & 0xff].block_bytes;
  if (tag == TAG_LARGE)
    return large_usable(block);
  if (!block || zero_holds(block))
    return 0;
  if (sampled_holds(block))
    return sampled_usable(block);
  size_t bytes = region_usable(block);
  return bytes ? bytes : foreign_usable(block);
}

static enum plain_fault as_plain(enum span_fault fault) {
  return fault == SPAN_OK ? PLAIN_OK : fault == SPAN_INTERIOR ? PLAIN_INSIDE : PLAIN_FREE;
}

enum plain_fault plain_fault_of(const void *block) {
  slice_tag tag = arena_tag_at(block);

  if (tag >> TAG_OWNER_SHIFT)
    return as_plain(span_fault_of(arena_span(block), block));
  if (tag == TAG_LARGE && (uintptr_t)block % SLICE_BYTES == 0)
    return PLAIN_OK;
  if (zero_holds(block))
    return as_plain(zero_fault_of(block));
  if (tag == TAG_NONE && region_usable(block))
    return PLAIN_OK;
  if (arena_of(block))
    return tag == TAG_NONE && arena_slice(block) >= ARENA_HEADER_SLICES ? PLAIN_FREE : PLAIN_INSIDE;
  return PLAIN_FOREIGN;
}

/* ---- free ---- */

static void small_free(slice_tag tag, void *block) {
  uint32_t owner = tag >> TAG_OWNER_SHIFT;
  unsigned k = tag >> TAG_BIN_SHIFT & 0xff;
  struct cache *cache = cache_self;

  if (unlikely(cache == cache_none)) {
    int saved_errno = errno;
    cache = cache_attach();
    errno = saved_errno;
    if (!cache) {
      remote_free_now(owner, block);
      return;
    }
  }
  if (cache->number == owner)
    cache_push(cache, k, block);
  else
    remote_free(cache, owner, k, block);
}

/* A sampled block, one of no bytes, or none of ours. */
static COLD void odd_free(void *block) {
  if (sampled_holds(block)) {
    sampled_free(block);
    return;
  }
  enum span_fault fault = zero_holds(block) ? zero_put(block) : SPAN_OK;

  if (fault != SPAN_OK)
    message_die("free", block, span_fault_text(fault));
  if (!zero_holds(block))
    foreign_free(block);
}

void plain_free(void *block) {
  slice_tag tag = arena_tag_at(block);

  if (tag >> TAG_OWNER_SHIFT)
    small_free(tag, block);
  else if (tag == TAG_LARGE ? !large_free(block) : !region_free(block))
    odd_free(block);
}

void bare_free(void *block) {
  if (!block)
    return;
  if (guarding()) {
    guard_free(block);
    return;
  }
  if (unlikely(checking())) {
    check_free(block);
    return;
  }
  slice_tag tag = arena_tag_at(block);
  uint32_t p = peek(&perturb);
  if (unlikely(p) && (tag >> TAG_OWNER_SHIFT || tag == TAG_LARGE))
    memset(block, (int)(p & 0xff), slow_usable(block));
  plain_free(block);
}

/* ---- realloc ---- */

static void *realloc_moving(void *block, size_t old_bytes, size_t bytes) {
  void *moved = bare_malloc(bytes);
  if (!moved)
    return NULL;
  memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
  bare_free(block);
  return moved;
}

static COLD void realloc_die(enum span_fault fault, const void *block) {
  message_die("realloc", block,
              fault == SPAN_DOUBLE_FREE ? "invalid pointer, the block is free"
                                        : "invalid pointer, inside a block");
}

/* Whether a block of have usable bytes may stay where it is for want bytes. */
static bool fits_well(size_t have, size_t want) {
  return want <= have && (want >= have / 2 || have <= 64);
}

/* From a block of no bytes. */
static COLD void *realloc_zero(void *block, size_t bytes) {
  if (zero_fault_of(block) != SPAN_OK)
    realloc_die(zero_fault_of(block), block);
  return realloc_moving(block, 0, bytes);
}

/* What to ask for when a block of have bytes grows to want bytes. One that grows by little is
 * likely to grow again: with at most a fifth more than wanted it will not move every time. */
static inline size_t with_room(size_t have, size_t want) {
  return want > have && want - have <= have / 4 ? want + want / 5 : want;
}

/* A small block into another class: from bin to bin, when both will do. */
static __attribute__((noinline)) void *small_move(slice_tag tag, void *block, size_t bytes) {
  unsigned k = tag >> TAG_BIN_SHIFT & 0xff;
  size_t have = size_classes[k].block_bytes, room = with_room(have, bytes);
  struct cache *cache = cache_self;
  void *moved;

  if (unlikely(room > CLASS_MAX_BYTES) || !(moved = bin_take(&cache->bin[size_class_of(room)])))
    return realloc_moving(block, have, room);
  memcpy(moved, block, have < bytes ? have : bytes);
  if (unlikely((tag ^ cache->tag) >> TAG_OWNER_SHIFT) || unlikely(!bin_put(&cache->bin[k], block)))
    bare_free(block);
  return moved;
}

/* Most that programs realloc are small blocks that grow, and most of these fit where they are. */
static inline void *small_realloc(slice_tag tag, void *block, size_t bytes) {
  unsigned k = tag >> TAG_BIN_SHIFT & 0xff;
  enum span_fault fault = arena_fault_of(k, block);

  if (unlikely(fault != SPAN_OK))
    realloc_die(fault, block);
  return fits_well(size_classes[k].block_bytes, bytes) ? block : small_move(tag, block, bytes);
}

void *bare_realloc(void *block, size_t bytes) {
  if (!block)
    return bare_malloc(bytes);
  if (bytes == 0) {
    bare_free(block);
    return NULL;
  }
  if (bytes > PTRDIFF_MAX) {
    errno = ENOMEM;
    return NULL;
  }
  if (unlikely(zero_holds(block)))
    return realloc_zero(block, bytes);
  if (unlikely(checking()))
    return check_realloc(block, bytes);
  return guarding() ? guard_realloc(block, bytes) : plain_realloc(block, bytes);
}

void *plain_realloc(void *block, size_t bytes) {
  slice_tag tag = arena_tag_at(block);
  if (likely(tag >> TAG_OWNER_SHIFT))
    return small_realloc(tag, block, bytes);
  size_t have = plain_usable(block);
  uint32_t p = peek(&perturb);

  if (!have || (tag == TAG_LARGE && (uintptr_t)block % SLICE_BYTES != 0))
    foreign_die("realloc", block);
  if (tag == TAG_LARGE) {
    if (bytes > CLASS_MAX_BYTES && bytes <= peek(&large_most_bytes) && large_resize(block, bytes)) {
      if (unlikely(p) && slow_usable(block) > have)
        memset((char *)block + have, (int)(p & 0xff) ^ 0xff, slow_usable(block) - have);
      return block;
    }
  } else if (bytes > peek(&large_most_bytes) / 2 || round_up(bytes, PAGE_BYTES) == have) {
    void *moved = region_resize(block, bytes);
    if (moved && unlikely(p) && slow_usable(moved) > have)
      memset((char *)moved + have, (int)(p & 0xff) ^ 0xff, slow_usable(moved) - have);
    if (moved || bytes <= have)
      return moved ? moved : block;
    /* The kernel may refuse to resize, in a sandbox or with too many mappings, and still map. */
  }
  return realloc_moving(block, have, bytes);
}

/* ---- options ---- */

void slow_set_perturb(unsigned value) {
  poke(&perturb, value ? 0x100 | (value & 0xff) : 0);
  slow_set_bins(SLOW_PERTURB, value == 0);
}

void slow_set_bins(enum slow_reason reason, bool on) {
  uint32_t reasons = on ? __atomic_and_fetch(&slow_reasons, ~(uint32_t)reason, __ATOMIC_RELAXED)
                        : __atomic_or_fetch(&slow_reasons, reason, __ATOMIC_RELAXED);
  cache_set_bins((reasons & ~(uint32_t)SLOW_METER) == 0);
}

/* ---- the entries: what is recorded goes by way of debug/record.c ---- */

/* Each is a jump, so that who is jumped to sees the program as its caller. */

void *slow_malloc(size_t bytes) {
  /* Classes that the fast path leaves to this one; while calls are recorded, bins are empty. */
  if (likely(bytes - 1 < CLASS_MAX_BYTES)) {
    void *block = bin_take(&cache_self->bin[size_class_of(bytes)]);
    if (likely(block))
      return block;
  }
  return unlikely(recording()) ? record_malloc(bytes) : bare_malloc(bytes);
}

void *slow_aligned(size_t bytes, size_t alignment) {
  return unlikely(recording()) ? record_aligned(bytes, alignment) : bare_aligned(bytes, alignment);
}

void *slow_calloc(size_t bytes) {
  return unlikely(recording()) ? record_calloc(bytes) : bare_calloc(bytes);
}

void *slow_realloc(void *block, size_t bytes) {
  /* Without a reason nothing records, checks or guards. */
  if (likely(peek(&slow_reasons) == 0) && likely(bytes - 1 < PTRDIFF_MAX)) {
    slice_tag tag = arena_tag_at(block);
    if (likely(tag >> TAG_OWNER_SHIFT))
      return small_realloc(tag, block, bytes);
  }
  return unlikely(recording()) ? record_realloc(block, bytes) : bare_realloc(block, bytes);
}

void slow_free(void *block) {
  /* Most often of another thread, or there is no room in the bin; without a reason nobody looks. */
  if (likely(peek(&slow_reasons) == 0)) {
    slice_tag tag = arena_tag_at(block);
    if (likely(tag >> TAG_OWNER_SHIFT)) {
      small_free(tag, block);
      return;
    }
  }
  if (unlikely(recording()))
    record_free(block);
  else
    bare_free(block);
}

/* Ends in a message unless the block was asked for with so many bytes. */
void slow_check_size(const char *function, void *block, size_t alignment, size_t bytes) {
  if (checking()) {
    check_told_size(function, block, alignment, bytes);
    return;
  }
  size_t asked = guarding() && block ? guard_asked(block) : 0;
  struct line words = {0};
  /* Who asks for nothing, and cannot have a block of no bytes, is given one byte. */
  if (!asked || asked == (bytes ? bytes : 1))
    return;
  line_text(&words, "the block was allocated with ");
  line_decimal(&words, asked);
  line_text(&words, " bytes and is freed with ");
  line_decimal(&words, bytes);
  message_die(function, block, words.text);
}

void slow_free_sized(void *block, size_t bytes) {
  if (unlikely(checking()) || guarding())
    slow_check_size("operator delete", block, 0, bytes);
  slow_free(block);
}

void slow_free_aligned_sized(void *block, size_t bytes, size_t alignment) {
  if (unlikely(checking()) || guarding())
    slow_check_size("operator delete", block, alignment, bytes);
  slow_free(block);
}
