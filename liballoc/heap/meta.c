/* SPDX-License-Identifier: MIT */
#include "heap/meta.h"

#include "heap/os.h"

enum {
  CHUNK_BYTES = 256 * 1024,
  PIECE_SHIFT_MIN = 6,
  PIECE_SHIFT_MAX = 16,
  PIECE_SIZES = PIECE_SHIFT_MAX - PIECE_SHIFT_MIN + 1,
};

_Static_assert(1 << PIECE_SHIFT_MAX == META_MAX_BYTES, "largest piece");

/*
 * A Treiber stack of free pieces. The head packs the address (a multiple of 64 below 2^48) above
 * a count of changes, so that a head that went A, B, A is not taken for unchanged.
 *     head = (address >> 6) << 22 | changes
 */
struct piece {
  struct piece *next;
};

enum { CHANGES_BITS = 22 };
#define CHANGES_MASK ((UINT64_C(1) << CHANGES_BITS) - 1)

enum { PRIVATE, SHARED, KINDS };
static uint64_t heads[KINDS][PIECE_SIZES];

/* Bump allocation: the chunk in use, and how much of it has been given out. */
struct chunk {
  uint64_t used;          /* grows past CHUNK_BYTES when threads race for the end */
  struct chunk *previous; /* that was in use before it */
};
static struct chunk *current_chunk;
static size_t mapped_bytes;

static inline struct piece *head_piece(uint64_t head) {
  return (struct piece *)(uintptr_t)((head >> CHANGES_BITS) << PIECE_SHIFT_MIN);
}

static inline uint64_t head_pack(const void *piece, uint64_t previous) {
  return ((uint64_t)(uintptr_t)piece >> PIECE_SHIFT_MIN) << CHANGES_BITS |
         ((previous + 1) & CHANGES_MASK);
}

static inline unsigned piece_shift(size_t bytes) {
  return bytes <= 64 ? PIECE_SHIFT_MIN : 64u - (unsigned)__builtin_clzl(bytes - 1);
}

static bool guarded;

void meta_set_guarded(void) {
  guarded = true;
}

/* In a sandbox there may be no protecting. */
static struct chunk *map_chunk(void) {
  char *mapping = guarded ? os_reserve(NULL, CHUNK_BYTES + 2 * PAGE_BYTES) : NULL;

  if (mapping && os_protect(mapping + PAGE_BYTES, CHUNK_BYTES, true))
    return (struct chunk *)(mapping + PAGE_BYTES);
  if (mapping)
    os_unmap(mapping, CHUNK_BYTES + 2 * PAGE_BYTES);
  return os_map(NULL, CHUNK_BYTES);
}

static void *chunk_take(size_t bytes) {
  for (;;) {
    struct chunk *chunk = load_acquire(&current_chunk);
    if (chunk) {
      uint64_t at = __atomic_fetch_add(&chunk->used, bytes, __ATOMIC_RELAXED);
      if (at + bytes <= CHUNK_BYTES)
        return (char *)chunk + at;
    }
    struct chunk *fresh = map_chunk();
    if (!fresh)
      return NULL;
    fresh->used = CACHE_LINE_BYTES;
    fresh->previous = chunk;
    if (__atomic_compare_exchange_n(&current_chunk, &chunk, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
      __atomic_fetch_add(&mapped_bytes, CHUNK_BYTES, __ATOMIC_RELAXED);
    else
      os_unmap(fresh, CHUNK_BYTES); /* without the guards that it may have */
  }
}

static void *piece_take(uint64_t *kind_heads, size_t bytes) {
  unsigned shift = piece_shift(bytes);
  uint64_t *head = &kind_heads[shift - PIECE_SHIFT_MIN];
  uint64_t seen = load_acquire(head);

  while (head_piece(seen)) {
    struct piece *piece = head_piece(seen);
    uint64_t next = head_pack(peek(&piece->next), seen);
    if (__atomic_compare_exchange_n(head, &seen, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      return piece;
  }
  return chunk_take((size_t)1 << shift);
}

static void piece_give(uint64_t *kind_heads, struct piece *piece, size_t bytes) {
  uint64_t *head = &kind_heads[piece_shift(bytes) - PIECE_SHIFT_MIN];
  uint64_t seen = peek(head);

  do
    poke(&piece->next, head_piece(seen));
  while (!__atomic_compare_exchange_n(head, &seen, head_pack(piece, seen), false, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED));
}

void *meta_take(size_t bytes) {
  return piece_take(heads[PRIVATE], bytes);
}

void meta_give(void *piece, size_t bytes) {
  piece_give(heads[PRIVATE], piece, bytes);
}

void *meta_take_shared(size_t bytes) {
  return piece_take(heads[SHARED], bytes);
}

void meta_give_shared(void *piece, size_t bytes) {
  piece_give(heads[SHARED], piece, bytes);
}

void *meta_chunk(void *chunk, size_t *bytes) {
  *bytes = CHUNK_BYTES;
  return chunk ? ((struct chunk *)chunk)->previous : load_acquire(&current_chunk);
}

size_t meta_mapped_bytes(void) {
  return peek(&mapped_bytes);
}
