/* SPDX-License-Identifier: MIT */
/*
 * sharing: counters of threads in one cache line. Each thread allocates 8 bytes, counts in them a
 * thousand times and frees them, again and again.
 *
 * active: nothing else happens; an allocator that hands neighbouring blocks to different threads
 * makes them fight for the line (Berger et al., "Hoard", 2000).
 *
 * passive: the first block of each thread comes from the main thread, which got them side by side.
 * An allocator that lets each thread reuse what it freed keeps the fight going to the end.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define COUNTS 1000u

static void **given;

static void count_in(volatile uint64_t *block) {
  for (unsigned i = 0; i < COUNTS; i++)
    *block += i;
}

static void use(unsigned index, const struct work *work) {
  if (given != NULL) {
    count_in(given[index]);
    free(given[index]);
  }
  for (size_t round = work_amount(work, 700000); round > 0; round--) {
    uint64_t *block = work_malloc(sizeof *block);
    *block = round;
    count_in(block);
    free(block);
  }
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, "active passive");
  if (work_mode_is(&work, "passive")) {
    given = work_map(work.threads * sizeof *given);
    for (unsigned i = 0; i < work.threads; i++) {
      uint64_t *block = given[i] = work_malloc(sizeof *block);
      *block = i;
    }
  }
  work_threads_run(work.threads, use, &work);
  return 0;
}
