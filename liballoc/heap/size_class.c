/* SPDX-License-Identifier: MIT */
#include "heap/size_class.h"

/*
 * Spans have at least 8 blocks, so that one pinned block does not hold much more than its own
 * size times 8. The first ones of a cache are short, for threads that need a little of each class;
 * those of a heap that has grown are 64 KiB or more, so that there are not too many of them.
 */
#define LEAST_SLICES(b) ((b) <= 2048 ? 1 : (b) <= 4096 ? 2 : SLICES(b))
#define SLICES(b)       ((b) <= 8192 ? 4 : (b) <= 16384 ? 8 : 16)
/* A cache holds at most 32 KiB of a class, but at least 4 blocks and at most 511. */
#define MOST(b) (32768 / (b) < 4 ? 4 : 32768 / (b) > 511 ? 511 : 32768 / (b))
#define ROW(b)                                                                                     \
  {                                                                                                \
    .block_bytes = (b), .inverse = (uint32_t)(((UINT64_C(1) << 32) + (b)-1) / (b)),                \
    .least_slices = LEAST_SLICES(b), .slices = SLICES(b), .most_cached = MOST(b)                   \
  }
#define ROWS_4(b) ROW((b) / 4 * 5), ROW((b) / 4 * 6), ROW((b) / 4 * 7), ROW((b)*2)
#define ROWS_8(b)                                                                                  \
  ROW((b) / 8 * 9), ROW((b) / 8 * 10), ROW((b) / 8 * 11), ROW((b) / 8 * 12), ROW((b) / 8 * 13),    \
      ROW((b) / 8 * 14), ROW((b) / 8 * 15), ROW((b)*2)
#define ROWS_16(b)                                                                                 \
  ROW(b), ROW((b)*2), ROW((b)*3), ROW((b)*4), ROW((b)*5), ROW((b)*6), ROW((b)*7), ROW((b)*8)

const struct size_class size_classes[CLASSES] = {
    {0},          ROWS_16(16),  ROWS_8(128),  ROWS_8(256),  ROWS_8(512),
    ROWS_4(1024), ROWS_4(2048), ROWS_8(4096), ROWS_4(8192), ROWS_4(16384),
};

#define BIN(i)     (uint16_t)(CLASS_OF((i) * (size_t)MIN_ALIGNMENT) << CLASS_BIN_SHIFT)
#define BINS_4(i)  BIN((i) + 1), BIN((i) + 2), BIN((i) + 3), BIN((i) + 4)
#define BINS_16(i) BINS_4(i), BINS_4((i) + 4), BINS_4((i) + 8), BINS_4((i) + 12)
#define BINS_64(i) BINS_16(i), BINS_16((i) + 16), BINS_16((i) + 32), BINS_16((i) + 48)

const uint16_t class_bin[CLASS_TABLE_BYTES / MIN_ALIGNMENT + 1] = {
    0, BINS_64(0), BINS_64(64), BINS_64(128), BINS_64(192),
};

unsigned size_class_aligned(size_t bytes, size_t alignment) {
  if (bytes > CLASS_MAX_BYTES || alignment > CLASS_MAX_BYTES)
    return 0;
  /* Block 0 of the span is at a slice boundary, so only multiples of the alignment will do. */
  return size_class_of(round_up(bytes, alignment));
}
