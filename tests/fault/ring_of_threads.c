/* SPDX-License-Identifier: MIT */
/*
 * Memory handed round a ring of threads: each in turn frees what the one before it left and
 * allocates as much again. What every thread keeps must not add up: peak of resident memory over
 * live bytes at most 1.15.
 */
#include <pthread.h>
#include <semaphore.h>

#include "tests/fault/fault.h"

enum { THREADS = 16, LIVE_BYTES = 64 * FAULT_MIB };

struct link {
  struct link *next;
};

static sem_t turn[THREADS];
static struct link *links;
static size_t peak_bytes;
static unsigned long rounds;

static void *take_turns(void *argument) {
  unsigned index = (unsigned)(uintptr_t)argument;
  struct random random = {index + 1};

  for (unsigned long round = 0; round < rounds; round++) {
    sem_wait(&turn[index]);
    while (links) {
      struct link *next = links->next;
      free(links);
      links = next;
    }
    for (size_t bytes = 0, total = 0; total < LIVE_BYTES; total += bytes) {
      bytes = 16 + random_below(&random, 497);
      struct link *link = malloc(size(bytes));
      must(link != NULL);
      memset(link, 1, bytes);
      link->next = links;
      links = link;
    }
    size_t now_bytes = fault_resident_bytes();
    peak_bytes = now_bytes > peak_bytes ? now_bytes : peak_bytes;
    sem_post(&turn[(index + 1) % THREADS]);
  }
  return NULL;
}

int main(void) {
  pthread_t thread[THREADS];

  fault_patience(120, 600);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer's resident memory says nothing");
  fault_skip_if(hardened(), "the bar is one for the default mode");
  rounds = fault_count(2, 40);
  for (unsigned i = 0; i < THREADS; i++)
    sem_init(&turn[i], 0, i == 0);
  for (uintptr_t i = 0; i < THREADS; i++)
    must(pthread_create(&thread[i], NULL, take_turns, (void *)i) == 0);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  double ratio = (double)peak_bytes / (double)LIVE_BYTES;
  report("peak / live %.3f with %d MiB round %d threads\n", ratio, LIVE_BYTES / FAULT_MIB, THREADS);
  must(ratio <= 1.15);
  return 0;
}
