/* SPDX-License-Identifier: MIT */
/*
 * size_class.h: which block sizes exist.
 *
 *   class  1 .. 16   16, 32, 48, ... 256              steps of 16
 *   class 17 .. 32   288, 320, ... 512, 576, ... 1024  eight a doubling
 *   class 33 .. 40   1280, 1536, 1792, 2048, ... 4096  four a doubling
 *   class 41 .. 48   4608, 5120, 5632, 6144, ... 8192  eight: many a block is a page and a header
 *   class 49 .. 56   10 KiB, 12, 14, 16, 20, ... 32    four
 *
 * Class 0 does not exist: a request of 0 bytes finds its bin empty, and the slow path gives it
 * class 1. The fast path takes the bin of a request out of a table, class_bin; others compute.
 *
 * A block starts at a multiple of its size from where its span begins, which is as aligned as the
 * largest power of two that divides the block size, and so is every block of the class. A step
 * between classes being a power of two, a request rounded up to its alignment finds a class with
 * blocks so aligned.
 */
#ifndef LIBALLOC_SIZE_CLASS_H
#define LIBALLOC_SIZE_CLASS_H

#include "heap/base.h"

enum {
  SLICE_SHIFT = 14, /* arenas are handed out by slices */
  SLICE_BYTES = 1 << SLICE_SHIFT,
  CLASSES = 57,
  CLASS_STEP_BYTES = 256,      /* up to here a class is a step of 16 bytes */
  CLASS_EIGHTHS_BYTES = 1024,  /* and up to here an eighth of a doubling */
  CLASS_TABLE_BYTES = 4096,    /* up to here a fourth; class_bin knows up to here */
  CLASS_PAGES_BYTES = 8192,    /* up to here an eighth, and beyond it a fourth */
  CLASS_MAX_BYTES = 32 * 1024, /* beyond it blocks are large */
  MIN_ALIGNMENT = 16,
};

struct size_class {
  uint32_t block_bytes;
  uint32_t inverse;      /* ceil (2^32 / block_bytes): see size_class_quotient */
  uint16_t least_slices; /* of the first spans of a cache */
  uint16_t slices;       /* of the others */
  uint16_t most_cached;  /* blocks a thread cache may hold at most */
};

HIDDEN extern const struct size_class size_classes[CLASSES];

/* Where the bin of a request of 16 i bytes is in a cache: its class times the size of a bin. */
HIDDEN extern const uint16_t class_bin[CLASS_TABLE_BYTES / MIN_ALIGNMENT + 1];

/* Bins lie 16 bytes apart, and so do the classes in tags (cache.h, arena.h). */
#define CLASS_BIN_SHIFT 4

/* Class of a request of 1..CLASS_MAX_BYTES bytes; an expression of constants for a constant. */
#define CLASS_LOG(bytes) (63u - (unsigned)__builtin_clzl((bytes)-1))
/* Of 2^per classes a doubling, the first of which is right above 2^low. */
#define CLASS_FROM(bytes, first, low, per)                                                         \
  ((first) + ((CLASS_LOG(bytes) - (low)) << (per)) +                                               \
   (unsigned)(((bytes)-1) >> (CLASS_LOG(bytes) - (per))) - (1u << (per)))
#define CLASS_OF(bytes)                                                                            \
  ((bytes) <= CLASS_STEP_BYTES      ? (unsigned)(((bytes) + 15) / 16)                              \
   : (bytes) <= CLASS_EIGHTHS_BYTES ? CLASS_FROM(bytes, 17, 8, 3)                                  \
   : (bytes) <= CLASS_TABLE_BYTES   ? CLASS_FROM(bytes, 33, 10, 2)                                 \
   : (bytes) <= CLASS_PAGES_BYTES   ? CLASS_FROM(bytes, 41, 12, 3)                                 \
                                    : CLASS_FROM(bytes, 49, 13, 2))

static inline unsigned size_class_of(size_t bytes) {
  if (likely(bytes <= CLASS_TABLE_BYTES))
    return class_bin[(bytes + MIN_ALIGNMENT - 1) / MIN_ALIGNMENT] >> CLASS_BIN_SHIFT;
  return CLASS_OF(bytes);
}

/* Smallest class whose blocks hold bytes at alignment (a power of two); 0: none does. */
HIDDEN unsigned size_class_aligned(size_t bytes, size_t alignment);

/*
 * offset / block_bytes of an offset in a span of class c, in units of 2^-32. Its fraction is below
 * the inverse exactly for multiples of block_bytes (D. Lemire, O. Kaser, N. Kurz, "Faster Remainder
 * by Direct Computation", 2019; test_size_class tries every offset of every class).
 */
static inline uint64_t size_class_quotient(const struct size_class *c, size_t offset) {
  return (uint64_t)offset * c->inverse;
}

/* Index of the block that holds the byte at offset in a span of class c. */
static inline unsigned size_class_index(const struct size_class *c, size_t offset) {
  return (unsigned)(size_class_quotient(c, offset) >> 32);
}

/* Whether offset is a multiple of block_bytes: a block of the span begins there, or what is left
 * over behind the last one. */
static inline bool size_class_divides(const struct size_class *c, size_t offset) {
  return (uint32_t)size_class_quotient(c, offset) < c->inverse;
}

#endif
