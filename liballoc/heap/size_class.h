/* SPDX-License-Identifier: MIT */
/*
 * size_class.h: which block sizes exist.
 *
 *   class  1 ..  64   16, 32, 48, ... 1024               steps of 16: class = ceil(size / 16)
 *   class 65 ..  84   1280, 1536, 1792, 2048, 2560 ...   four a doubling, up to 32 KiB
 *
 * Class 0 does not exist: a request of 0 bytes finds its bin empty, and the slow path gives it
 * class 1. The fast path relies on the first line alone: (size + 15) & ~15 is then both the block
 * size and, bins being 16 bytes, the offset of the bin.
 *
 * A block starts at a multiple of its size from a 64 KiB boundary, so the largest power of two
 * that divides the block size (up to 64 KiB) is the alignment of every block of the class.
 */
#ifndef LIBALLOC_SIZE_CLASS_H
#define LIBALLOC_SIZE_CLASS_H

#include "heap/base.h"

enum {
  CLASSES = 85,
  CLASS_DIRECT_BYTES = 1024, /* up to here a class is a step of 16 bytes */
  CLASS_DIRECT = CLASS_DIRECT_BYTES / 16,
  CLASS_MAX_BYTES = 32 * 1024, /* beyond it blocks are large */
  MIN_ALIGNMENT = 16,
};

struct size_class {
  uint32_t block_bytes;
  uint32_t inverse;     /* ceil (2^31 / (block_bytes / 16)): see size_class_index */
  uint16_t slices;      /* per span */
  uint16_t capacity;    /* blocks per span */
  uint16_t words;       /* of a span's bitmap */
  uint16_t most_cached; /* blocks a thread cache may hold at most */
};

HIDDEN extern const struct size_class size_classes[CLASSES];

/* Class of a request of 1..CLASS_MAX_BYTES bytes. */
static inline unsigned size_class_of(size_t bytes) {
  if (likely(bytes <= CLASS_DIRECT_BYTES))
    return (unsigned)((bytes + 15) / 16);
  unsigned shift = 63u - (unsigned)__builtin_clzl(bytes - 1);
  return CLASS_DIRECT + (shift - 10) * 4 + (unsigned)((bytes - 1) >> (shift - 2)) - 3;
}

/* Smallest class whose blocks hold bytes at alignment (a power of two); 0: none does. */
HIDDEN unsigned size_class_aligned(size_t bytes, size_t alignment);

/* Index of the block that holds the byte at offset in a span of class c. */
static inline unsigned size_class_index(const struct size_class *c, size_t offset) {
  return (unsigned)(((uint64_t)(offset >> 4) * c->inverse) >> 31);
}

#endif
