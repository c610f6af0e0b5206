/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand threads that have allocated and sleep: at most 24 KiB of resident memory for each,
 * its stack included.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

enum { BLOCKS = 64, EACH_MOST_BYTES = 24 * 1024 };

static pthread_barrier_t asleep, awake;

static void *sleep_on(void *seed) {
  struct random random = {(uintptr_t)seed};
  void *block[BLOCKS];

  for (unsigned i = 0; i < BLOCKS; i++) {
    size_t bytes = 16 + random_below(&random, 1000);
    block[i] = malloc(size(bytes));
    must(block[i] != NULL);
    memset(block[i], 1, bytes);
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(block[i]);
  pthread_barrier_wait(&asleep);
  pthread_barrier_wait(&awake);
  return NULL;
}

int main(void) {
  const unsigned long threads = fault_count(2000, 10000);
  pthread_attr_t attributes;

  fault_patience(120, 300);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer's threads have another size");
  fault_skip_if(hardened(), "the bar is one for the default mode");
  pthread_t *thread = calloc(threads, sizeof *thread);
  pthread_barrier_init(&asleep, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&awake, NULL, (unsigned)threads + 1);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  size_t before_bytes = fault_resident_bytes();
  for (unsigned long i = 0; i < threads; i++)
    if (pthread_create(&thread[i], &attributes, sleep_on, (void *)(i + 1)) != 0)
      fault_skip("so many threads are not allowed here (ulimit -u)");
  pthread_barrier_wait(&asleep);
  size_t each_bytes = (fault_resident_bytes() - before_bytes) / threads;
  pthread_barrier_wait(&awake);
  for (unsigned long i = 0; i < threads; i++)
    pthread_join(thread[i], NULL);
  report("%lu sleeping threads, %zu bytes each\n", threads, each_bytes);
  must(each_bytes <= EACH_MOST_BYTES);
  return 0;
}
