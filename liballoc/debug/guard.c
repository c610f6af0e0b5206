/* SPDX-License-Identifier: MIT */
#include "debug/guard.h"

#include <errno.h>
#include <string.h>

#include "debug/record.h"
#include "front/slow.h"
#include "heap/arena.h"
#include "heap/large.h"
#include "heap/message.h"
#include "heap/meta.h"
#include "heap/os.h"
#include "heap/random.h"
#include "heap/region.h"
#include "heap/zero.h"

enum {
  WORD_BYTES = sizeof(uint64_t),
  CANARY_MOST_BYTES = 32,
  NEAR_BYTES = 64, /* of free neighbours, looked at when a block is freed */
  SMALL_MOST_BYTES = CLASS_MAX_BYTES - WORD_BYTES,
};

#define OVERFLOWN                                                                                  \
  "heap overflow detected, bytes behind the block, or in front of it, were overwritten"
#define WRITTEN_AFTER "write after free detected"

bool guard_on;

void guard_start(void) {
  random_secret();
  arena_set_guarded();
  meta_set_guarded();
  span_set_random();
  slow_set_bins(SLOW_GUARD, false);
  poke(&guard_on, true);
  record_set(RECORD_ORIGINS, true);
}

/* ---- the word of a block ---- */

static uint32_t hash(const void *block, uint64_t what) {
  uint64_t z = ((uintptr_t)block ^ random_secret()) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ what ^ z >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
  return (uint32_t)(z >> 32) | 1;
}

static uint64_t live_word(const void *block, size_t bytes) {
  return (uint64_t)bytes << 32 | hash(block, bytes);
}

static uint64_t freed_word(const void *block) {
  return UINT64_C(0xffffffff) << 32 | hash(block, ~UINT64_C(0));
}

static uint64_t *word_of(const void *block, size_t usable) {
  return (uint64_t *)((uintptr_t)block + usable - WORD_BYTES);
}

/* Asked bytes by the word, 0 if it is no live word. */
static size_t asked_by(const void *block, size_t usable) {
  uint64_t word = peek(word_of(block, usable));
  size_t bytes = word >> 32;
  return bytes && bytes <= usable - WORD_BYTES && word == live_word(block, bytes) ? bytes : 0;
}

static unsigned char canary_byte(const void *block) {
  return (unsigned char)(hash(block, 0) >> 8 | 1);
}

static size_t canary_bytes(size_t bytes, size_t usable) {
  size_t room = usable - WORD_BYTES - bytes;
  return room < CANARY_MOST_BYTES ? room : CANARY_MOST_BYTES;
}

static bool all_are(const unsigned char *at, size_t bytes, unsigned char value) {
  for (; bytes && (uintptr_t)at % WORD_BYTES != 0; at++, bytes--)
    if (*at != value)
      return false;
  uint64_t wide = value * UINT64_C(0x0101010101010101);
  for (; bytes >= WORD_BYTES; at += WORD_BYTES, bytes -= WORD_BYTES)
    if (peek((const uint64_t *)at) != wide)
      return false;
  for (; bytes; at++, bytes--)
    if (*at != value)
      return false;
  return true;
}

/* ---- checks ---- */

/* What is left of a live word, or of its block's canary. */
static void check_live(const char *function, const unsigned char *block, size_t usable) {
  uint64_t word = peek(word_of(block, usable));
  size_t bytes = asked_by(block, usable);

  if (word == freed_word(block))
    message_die(function, block, "double free detected");
  if (!bytes || !all_are(block + bytes, canary_bytes(bytes, usable), canary_byte(block)))
    message_die(function, block, OVERFLOWN);
}

/*
 * A block next to one that is freed: its word must be one of three, and if it is free what is near
 * must be zero. Its owner may be allocating it, so zero is looked for again.
 */
static void check_neighbour(const char *function, const unsigned char *block, struct span *span,
                            unsigned i, bool before) {
  size_t block_bytes = size_classes[span->size_class].block_bytes;
  const unsigned char *other = (unsigned char *)span_base(span) + i * block_bytes;
  size_t near = block_bytes < NEAR_BYTES ? block_bytes : NEAR_BYTES;
  const unsigned char *edge = before ? other + block_bytes - near : other;

  if (span_fault_of(span, other) == SPAN_DOUBLE_FREE) {
    if (!all_are(edge, near, 0) && span_fault_of(span, other) == SPAN_DOUBLE_FREE &&
        !all_are(edge, near, 0) && span_fault_of(span, other) == SPAN_DOUBLE_FREE)
      message_die(function, block, OVERFLOWN);
    return;
  }
  uint64_t word = peek(word_of(other, block_bytes));
  if (word && word != freed_word(other) && !asked_by(other, block_bytes) &&
      peek(word_of(other, block_bytes)) == word)
    message_die(function, block, OVERFLOWN);
}

static void check_neighbours(const char *function, const unsigned char *block) {
  struct span *span = arena_span(block);
  const struct size_class *c = &size_classes[span->size_class];
  unsigned i = size_class_index(c, (size_t)((const char *)block - span_base(span)));
  unsigned reach = (NEAR_BYTES + c->block_bytes - 1) / c->block_bytes;

  for (unsigned n = 1; n <= reach; n++) {
    if (i >= n)
      check_neighbour(function, block, span, i - n, true);
    if (i + n < span->capacity)
      check_neighbour(function, block, span, i + n, false);
  }
}

static void check_pages(const char *function, const unsigned char *block, size_t bytes,
                        const char *first) {
  size_t front = (size_t)((const char *)block - first);
  size_t behind = -((uintptr_t)block + bytes) % PAGE_BYTES;

  if (bytes == REGION_RETIRED)
    message_die(function, block, "double free detected");
  if (!all_are((const unsigned char *)first, front, canary_byte(block)) ||
      !all_are(block + bytes, behind, canary_byte(block)))
    message_die(function, block, OVERFLOWN);
}

/* ---- quarantine ---- */

/* Rings of freed blocks; a block takes a place at random, and what was there is freed. */
enum { SMALL_PLACES = 4096, MEDIUM_PLACES = 256, PAGES_PLACES = 64, MEDIUM_LEAST_BYTES = 1024 };

FILE_TABLE(void *quarantine_small[SMALL_PLACES]);
static void *quarantine_medium[MEDIUM_PLACES], *quarantine_pages[PAGES_PLACES];

static void check_quarantined(const unsigned char *block) {
  size_t usable = plain_usable(block);

  if (peek(word_of(block, usable)) != freed_word(block) || !all_are(block, usable - WORD_BYTES, 0))
    message_die("free", block, WRITTEN_AFTER);
}

static void leave(void *block) {
  check_quarantined(block);
  store_release(word_of(block, plain_usable(block)), 0);
  plain_free(block);
}

static void quarantine(void *block, size_t usable) {
  bool is_small = usable < MEDIUM_LEAST_BYTES;
  void **place = is_small ? &quarantine_small[random_below(SMALL_PLACES)]
                          : &quarantine_medium[random_below(MEDIUM_PLACES)];
  void *other = __atomic_exchange_n(place, block, __ATOMIC_ACQ_REL);

  if (other)
    leave(other);
}

static void places_empty(void **places, unsigned count, void (*to)(void *block)) {
  for (unsigned i = 0; i < count; i++) {
    void *block = peek(&places[i]) ? __atomic_exchange_n(&places[i], NULL, __ATOMIC_ACQ_REL) : NULL;
    if (block)
      to(block);
  }
}

/* When memory has run out: what waits here is memory, or address space. */
static COLD void quarantine_empty(void) {
  places_empty(quarantine_pages, PAGES_PLACES, region_bury);
  places_empty(quarantine_medium, MEDIUM_PLACES, leave);
  places_empty(quarantine_small, SMALL_PLACES, leave);
}

void guard_check_quarantine(void) {
  for (unsigned i = 0; i < SMALL_PLACES; i++)
    if (load_acquire(&quarantine_small[i]))
      check_quarantined(quarantine_small[i]);
  for (unsigned i = 0; i < MEDIUM_PLACES; i++)
    if (load_acquire(&quarantine_medium[i]))
      check_quarantined(quarantine_medium[i]);
}

/* ---- allocation ---- */

static void *with_word(unsigned char *block, size_t bytes, size_t usable) {
  if (!block)
    return NULL;
  memset(block + bytes, canary_byte(block), canary_bytes(bytes, usable));
  store_release(word_of(block, usable), live_word(block, bytes));
  return block;
}

/* Its gaps on both sides are canaries: in front because the block ends at the guard page. */
static void *with_pages(unsigned char *block, size_t bytes) {
  char *first;

  if (!block)
    return NULL;
  region_asked(block, &first);
  memset(first, canary_byte(block), (size_t)((char *)block - first));
  memset(block + bytes, canary_byte(block), -((uintptr_t)block + bytes) % PAGE_BYTES);
  return block;
}

/* One that has no pages of its own. */
static void *alloc_worded(size_t bytes, size_t alignment) {
  bool zeroed;
  unsigned char *block = plain_alloc(bytes + WORD_BYTES, alignment, &zeroed);
  size_t usable = plain_usable(block);

  /* A free block of a class is zero. A larger one was not accessible, or is fresh: to read all of
   * it would only make it resident. */
  if (block && arena_tag_at(block) >> TAG_OWNER_SHIFT) {
    if (!all_are(block, usable, 0))
      message_die("malloc", block, WRITTEN_AFTER);
  } else if (block && !zeroed) {
    memset(block, 0, usable);
  }
  return with_word(block, bytes, usable);
}

static void *alloc_once(size_t bytes, size_t alignment) {
  void *block = NULL;
  bool zeroed;

  if (bytes > SMALL_MOST_BYTES)
    block = with_pages(region_alloc_guarded(bytes, alignment), bytes);
  if (!block && bytes < UINT32_MAX - WORD_BYTES)
    block = alloc_worded(bytes, alignment);
  else if (!block) /* too large for a word, and for its own pages */
    block = plain_alloc(bytes, alignment, &zeroed);
  return block;
}

void *guard_alloc(size_t bytes, size_t alignment) {
  int saved_errno = errno;

  if (bytes > PTRDIFF_MAX - WORD_BYTES) {
    errno = ENOMEM;
    return NULL;
  }
  void *block = alloc_once(bytes, alignment);
  if (unlikely(!block) && bytes >> ADDRESS_BITS == 0) {
    quarantine_empty();
    errno = saved_errno;
    block = alloc_once(bytes, alignment);
  }
  return block;
}

/* ---- free ---- */

static void free_small(unsigned char *block) {
  enum span_fault fault = span_fault_of(arena_span(block), block);
  size_t usable = plain_usable(block);

  if (fault != SPAN_OK)
    message_die("free", block,
                fault == SPAN_DOUBLE_FREE ? "double free detected"
                                          : "invalid pointer, inside a block");
  check_live("free", block, usable);
  check_neighbours("free", block);
  memset(block, 0, usable - WORD_BYTES);
  store_release(word_of(block, usable), freed_word(block));
  quarantine(block, usable);
}

static void free_pages(unsigned char *block, size_t bytes, const char *first) {
  check_pages("free", block, bytes, first);
  if (!region_retire(block))
    message_die("free", block, "double free detected");
  void *other =
      __atomic_exchange_n(&quarantine_pages[random_below(PAGES_PLACES)], block, __ATOMIC_ACQ_REL);
  if (other)
    region_bury(other);
}

void guard_free(void *block) {
  slice_tag tag = arena_tag_at(block);
  int saved_errno = errno;
  char *first;
  size_t bytes;

  if (tag >> TAG_OWNER_SHIFT) {
    free_small(block);
  } else if (tag == TAG_LARGE && (uintptr_t)block % SLICE_BYTES == 0) {
    check_live("free", block, large_usable(block));
    if (!os_purge(block, large_usable(block)))
      memset(block, 0, large_usable(block));
    plain_free(block);
  } else if (tag == TAG_NONE && (bytes = region_asked(block, &first))) {
    free_pages(block, bytes, first);
  } else {
    plain_free(block);
  }
  errno = saved_errno;
}

/* ---- the rest ---- */

size_t guard_asked(const void *block) {
  slice_tag tag = arena_tag_at(block);
  char *first;

  if (tag >> TAG_OWNER_SHIFT || tag == TAG_LARGE)
    return asked_by(block, plain_usable(block));
  if (tag != TAG_NONE)
    return 0;
  size_t bytes = region_asked(block, &first);
  return bytes == REGION_RETIRED ? 0 : bytes;
}

void *guard_realloc(void *block, size_t bytes) {
  size_t have = guard_asked(block);

  if (!have && !zero_holds(block)) {
    /* Freed, overwritten, or not ours: what free says of it, in the name of realloc. */
    slice_tag tag = arena_tag_at(block);
    char *first;
    if (tag >> TAG_OWNER_SHIFT && span_fault_of(arena_span(block), block) == SPAN_OK)
      check_live("realloc", block, plain_usable(block));
    if (tag == TAG_NONE && region_asked(block, &first) == REGION_RETIRED)
      message_die("realloc", block, "double free detected");
    return plain_realloc(block, bytes);
  }
  if (bytes == have)
    return block;
  void *moved = guard_alloc(bytes, MIN_ALIGNMENT);
  if (!moved)
    return NULL;
  memcpy(moved, block, have < bytes ? have : bytes);
  guard_free(block);
  return moved;
}
