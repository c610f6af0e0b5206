/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/mutate.h"

#include <string.h>

size_t LLVMFuzzerMutate(guint8 *data, size_t size, size_t most);

enum { WINDOW_BYTES = 64 };

/* The numbers of a place are changed where they are; one change in eight moves what follows. */
size_t mutate_records(guint8 *data, size_t size, size_t most, guint seed) {
  guint8 window[WINDOW_BYTES];
  guint length = 1u << seed / 8 % 7;
  if (seed % 8 == 0 || size < 2 * WINDOW_BYTES)
    return LLVMFuzzerMutate(data, size, most);
  size_t at = seed / 64 % ((size - length) / 4 + 1) * 4;
  memcpy(window, data + at, length);
  size_t made = LLVMFuzzerMutate(window, length, length);
  memcpy(data + at, window, made);
  return size;
}
