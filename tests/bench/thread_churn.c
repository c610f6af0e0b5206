/* SPDX-License-Identifier: MIT */
/*
 * thread_churn: a thread for each task. A program that starts a thread per connection or per job:
 * it allocates 200 blocks of 16 to 1,015 bytes, frees three quarters of them and ends; what it
 * leaves is its result, which the next but two reads and frees. Caches are made, emptied and
 * adopted.
 */
#include "tests/bench/work.h"

#include <pthread.h>
#include <stdlib.h>

#define BLOCKS 200u
#define LANES  3u

struct task {
  unsigned seed;
  struct work_block *input; /* what another thread left */
};

static void blocks_free(struct work_block *block) {
  while (block != NULL) {
    struct work_block *next = block->next;
    free(block);
    block = next;
  }
}

static void *task_main(void *argument) {
  struct task *task = argument;
  struct random random = work_random(task->seed);
  struct work_block *dropped = NULL, *kept = NULL;
  for (unsigned i = 0; i < BLOCKS; i++) {
    const size_t bytes = 16 + random_below(&random, 1000);
    struct work_block *block = work_malloc(bytes);
    work_touch(block, bytes);
    struct work_block **list = i % 4 == 0 ? &kept : &dropped;
    block->next = *list;
    *list = block;
  }
  blocks_free(dropped);
  blocks_free(task->input);
  return kept;
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  pthread_t threads[LANES];
  struct task tasks[LANES] = {0};
  const size_t all = work_amount(&work, 20000);
  for (size_t i = 0; i < all + LANES; i++) {
    const size_t lane = i % LANES;
    void *result = NULL;
    if (i >= LANES)
      pthread_join(threads[lane], &result);
    tasks[lane] = (struct task){(unsigned)i, result};
    if (i >= all)
      blocks_free(result);
    else if (pthread_create(&threads[lane], NULL, task_main, &tasks[lane]) != 0)
      work_fail("A thread could not be created: raise the limit of processes (ulimit -u).");
  }
  return 0;
}
