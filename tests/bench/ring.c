/* SPDX-License-Identifier: MIT */
/*
 * ring: memory handed round. Threads in a ring, of which one works at a time: it frees the 64 MiB
 * that the one before it left, and allocates as much for the next, in blocks of 16 to 512 bytes,
 * three times round. A program whose work wanders over a pool of threads. What each thread keeps
 * for itself adds up. Prints the peak of resident memory over live bytes.
 */
#include "tests/bench/work.h"

#include <semaphore.h>
#include <stdlib.h>

#define ROUNDS     3u
#define LIVE_BYTES ((size_t)64 << 20)

static sem_t *turns;
static struct work_block *blocks;

static void member(unsigned index, const struct work *work) {
  const size_t live_bytes = work_amount(work, LIVE_BYTES);
  struct random random = work_random(index);
  for (unsigned round = 0; round < ROUNDS; round++) {
    while (sem_wait(&turns[index]) != 0) {
    }
    while (blocks != NULL) {
      struct work_block *next = blocks->next;
      free(blocks);
      blocks = next;
    }
    for (size_t bytes = 0, total = 0; total < live_bytes; total += bytes) {
      bytes = 16 + random_below(&random, 497);
      struct work_block *block = work_malloc(bytes);
      work_touch(block, bytes);
      block->next = blocks;
      blocks = block;
    }
    sem_post(&turns[(index + 1) % work->threads]);
  }
  /* Nobody leaves before the last round is over. */
  while (sem_wait(&turns[index]) != 0) {
  }
  sem_post(&turns[(index + 1) % work->threads]);
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  turns = work_map(work.threads * sizeof *turns);
  for (unsigned i = 0; i < work.threads; i++)
    sem_init(&turns[i], 0, i == 0);
  work_threads_run(work.threads, member, &work);
  const size_t live_bytes = work_amount(&work, LIVE_BYTES);
  work_print("peak_rss_over_live", work_peak_rss_bytes() / (double)live_bytes);
  return 0;
}
