/* SPDX-License-Identifier: MIT */
/*
 * Idle after a burst of small blocks: within a second after all of them were freed, by the thread
 * that allocated them or by another, and without any further call, resident memory must be under 5
 * % of the peak.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

struct link {
  struct link *next;
};

static struct link *links;
static pthread_barrier_t freed, over;

static void free_all(void) {
  while (links) {
    struct link *next = links->next;
    free(links);
    links = next;
  }
}

static void *free_and_sleep(void *unused) {
  free_all();
  pthread_barrier_wait(&freed);
  pthread_barrier_wait(&over);
  return unused;
}

static double percent_left(size_t burst_bytes, bool by_other) {
  struct random random = {5};
  pthread_t other;

  for (size_t bytes = 0, total = 0; total < burst_bytes; total += bytes) {
    bytes = 16 + random_below(&random, 497);
    struct link *link = malloc(size(bytes));
    must(link != NULL);
    memset(link, 1, bytes);
    link->next = links;
    links = link;
  }
  size_t peak_bytes = fault_resident_bytes();
  pthread_barrier_init(&freed, NULL, 2);
  pthread_barrier_init(&over, NULL, 2);
  if (by_other) {
    must(pthread_create(&other, NULL, free_and_sleep, NULL) == 0);
    pthread_barrier_wait(&freed);
  } else {
    free_all();
  }
  fault_sleep_ms(1000);
  size_t left_bytes = fault_resident_bytes();
  if (by_other) {
    pthread_barrier_wait(&over);
    pthread_join(other, NULL);
  }
  return 100.0 * (double)left_bytes / (double)peak_bytes;
}

int main(void) {
  fault_patience(120, 300);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer's resident memory says nothing");
  fault_skip_if(hardened(), "the bar is one for the default mode");
  size_t burst_bytes = fault_count(384, 2048) * FAULT_MIB;
  double percent = percent_left(burst_bytes, FREED_ELSEWHERE);
  report("%.1f %% of a burst of %zu MiB left a second after %s freed it\n", percent,
         burst_bytes / FAULT_MIB, FREED_ELSEWHERE ? "another thread" : "its thread");
  must(percent < 5);
  return 0;
}
