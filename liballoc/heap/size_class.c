/* SPDX-License-Identifier: MIT */
#include "heap/size_class.h"

/*
 * Spans have at least 8 blocks, so that one pinned block does not hold much more than its own
 * size times 8, and 64 KiB, so that one slice tag is enough for most.
 */
#define SLICES(b)   ((b) <= 8192 ? 1 : (b) <= 16384 ? 2 : 4)
#define CAPACITY(b) (SLICES(b) * 65536 / (b))
/* A cache holds at most 32 KiB of a class, but at least 4 blocks and at most 511. */
#define MOST(b) (32768 / (b) < 4 ? 4 : 32768 / (b) > 511 ? 511 : 32768 / (b))
#define ROW(b)                                                                                     \
  {                                                                                                \
    .block_bytes = (b), .inverse = (uint32_t)(((UINT64_C(1) << 31) + (b) / 16 - 1) / ((b) / 16)),  \
    .slices = SLICES(b), .capacity = CAPACITY(b), .words = (CAPACITY(b) + 63) / 64,                \
    .most_cached = MOST(b)                                                                         \
  }
#define ROWS_16(b)                                                                                 \
  ROW(b), ROW(b + 16), ROW(b + 32), ROW(b + 48), ROW(b + 64), ROW(b + 80), ROW(b + 96), ROW(b + 112)
#define ROWS_4(b) ROW((b) / 4 * 5), ROW((b) / 4 * 6), ROW((b) / 4 * 7), ROW((b)*2)

const struct size_class size_classes[CLASSES] = {
    {0},          ROWS_16(16),  ROWS_16(144), ROWS_16(272),  ROWS_16(400),
    ROWS_16(528), ROWS_16(656), ROWS_16(784), ROWS_16(912),  ROWS_4(1024),
    ROWS_4(2048), ROWS_4(4096), ROWS_4(8192), ROWS_4(16384),
};

unsigned size_class_aligned(size_t bytes, size_t alignment) {
  if (bytes > CLASS_MAX_BYTES || alignment > CLASS_MAX_BYTES)
    return 0;
  /* Block 0 of the span is at a slice boundary, so only multiples of the alignment will do. */
  size_t step = bytes < alignment ? alignment : bytes;
  for (unsigned c = size_class_of(step); c < CLASSES; c++)
    if ((size_classes[c].block_bytes & (alignment - 1)) == 0)
      return c;
  return 0;
}
