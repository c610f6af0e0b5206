/* SPDX-License-Identifier: MIT */
/*
 * idle_threads: threads that allocated something and now sleep, as the pools of servers are full
 * of. Prints the resident bytes that each takes, its stack included.
 *
 * bare: they never allocated; what a thread costs without an allocator.
 * allocated: each allocated 64 blocks of 16 to 1,015 bytes, freed them, and sleeps.
 */
#include "tests/bench/work.h"

#include <pthread.h>
#include <stdlib.h>

#define BLOCKS      64u
#define STACK_BYTES ((size_t)64 << 10)

static int allocates;
static pthread_barrier_t asleep, awake;

static void *sleeper(void *argument) {
  struct random random = work_random((unsigned)(uintptr_t)argument);
  if (allocates) {
    void *blocks[BLOCKS];
    for (unsigned i = 0; i < BLOCKS; i++) {
      const size_t bytes = 16 + random_below(&random, 1000);
      blocks[i] = work_malloc(bytes);
      work_touch(blocks[i], bytes);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
      free(blocks[i]);
  }
  pthread_barrier_wait(&asleep);
  pthread_barrier_wait(&awake);
  return NULL;
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, "bare allocated");
  allocates = work_mode_is(&work, "allocated");
  pthread_barrier_init(&asleep, NULL, work.threads + 1);
  pthread_barrier_init(&awake, NULL, work.threads + 1);
  pthread_t *threads = work_map(work.threads * sizeof *threads);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  free(work_malloc(64));
  const double before = work_rss_bytes();
  for (unsigned i = 0; i < work.threads; i++)
    if (pthread_create(&threads[i], &attributes, sleeper, (void *)(uintptr_t)i) != 0)
      work_fail("A thread could not be created: raise the limit of processes (ulimit -u).");
  pthread_barrier_wait(&asleep);
  work_print("bytes_per_thread", (work_rss_bytes() - before) / work.threads);
  pthread_barrier_wait(&awake);
  for (unsigned i = 0; i < work.threads; i++)
    pthread_join(threads[i], NULL);
  return 0;
}
