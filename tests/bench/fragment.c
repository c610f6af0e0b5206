/* SPDX-License-Identifier: MIT */
/*
 * fragment: an adversary of memory use. 96 MiB of blocks of one size; then all but one in 32,
 * spread evenly, are freed and their memory is asked for again in blocks of nearly twice the size,
 * twelve times. A program that moves from phase to phase while something of each phase stays: a
 * browser with tabs, a cache whose entries change shape. Prints the peak of resident memory over
 * that of live bytes.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define PHASES 12u
#define KEEP   32u

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  const size_t live_most = work_amount(&work, (size_t)96 << 20);
  size_t live_bytes = 0, live_peak = 0;
  struct work_block *survivors = NULL;
  size_t bytes = 24;
  for (unsigned phase = 0; phase < PHASES; phase++) {
    struct work_block *blocks = NULL;
    while (live_bytes + bytes <= live_most) {
      struct work_block *block = work_malloc(bytes);
      work_touch(block, bytes);
      block->next = blocks;
      blocks = block;
      live_bytes += bytes;
    }
    if (live_bytes > live_peak)
      live_peak = live_bytes;
    for (size_t i = 0; blocks != NULL; i++) {
      struct work_block *next = blocks->next;
      if (i % KEEP == 0) {
        blocks->next = survivors;
        survivors = blocks;
      } else {
        free(blocks);
        live_bytes -= bytes;
      }
      blocks = next;
    }
    bytes = bytes * 2 - 8;
  }
  while (survivors != NULL) {
    struct work_block *next = survivors->next;
    free(survivors);
    survivors = next;
  }
  work_print("peak_rss_over_live", work_peak_rss_bytes() / (double)live_peak);
  return 0;
}
