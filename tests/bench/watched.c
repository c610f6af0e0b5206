/* SPDX-License-Identifier: MIT */
/*
 * watched: what being watched costs. A heap of 1 GiB in four million blocks of 16 to 512 bytes
 * (PERCENT scales it: 1600 is 16 GiB), in THREADS threads that then replace blocks at random. It
 * prints "ready", and for each line on its standard input the seconds that one and the same amount
 * of work took, so that the runner can compare its own with and without a watcher.
 */
#include "tests/bench/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCKS 4194304u
#define STEPS  12000000u

static void **live;
static size_t per_thread;
static struct random *randoms;
static pthread_barrier_t begin, end;

static void replace(void **slot, struct random *random) {
  const size_t bytes = 16 + random_below(random, 481);
  free(*slot);
  *slot = work_malloc(bytes);
  work_touch(*slot, bytes);
}

static void *worker_main(void *argument) {
  const size_t index = (uintptr_t)argument;
  void **mine = live + index * per_thread;
  struct random *random = &randoms[index];
  for (size_t i = 0; i < per_thread; i++)
    replace(&mine[i], random);
  for (;;) {
    pthread_barrier_wait(&end);
    pthread_barrier_wait(&begin);
    for (size_t step = 0; step < STEPS; step++)
      replace(&mine[random_below(random, (unsigned)per_thread)], random);
  }
  return NULL;
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  per_thread = work_amount(&work, BLOCKS) / work.threads + 1;
  live = work_map(per_thread * work.threads * sizeof *live);
  randoms = work_map(work.threads * sizeof *randoms);
  pthread_barrier_init(&begin, NULL, work.threads + 1);
  pthread_barrier_init(&end, NULL, work.threads + 1);
  for (unsigned i = 0; i < work.threads; i++) {
    pthread_t thread;
    randoms[i] = work_random(i);
    if (pthread_create(&thread, NULL, worker_main, (void *)(uintptr_t)i) != 0)
      work_fail("A thread could not be created: raise the limit of processes (ulimit -u).");
  }
  pthread_barrier_wait(&end);
  work_print("ready", 1);
  char letter;
  while (read(0, &letter, 1) == 1) {
    if (letter != '\n')
      continue;
    const uint64_t began_ns = work_now_ns();
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
    work_print("seconds", (double)(work_now_ns() - began_ns) / 1e9);
  }
  return 0;
}
