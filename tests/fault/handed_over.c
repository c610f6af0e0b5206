/* SPDX-License-Identifier: MIT */
/*
 * Producers allocate, consumers free: two of each, with a bounded amount on its way. Resident
 * memory must stay bounded however long it goes on.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

enum { PAIRS = 2, PLACES = 1024, BOUND_BYTES = 64 * FAULT_MIB };

static void *place[PAIRS][PLACES];
static bool done;
static unsigned long handed;

static void *produce(void *pair) {
  struct random random = {(uintptr_t)pair + 1};
  unsigned at = 0;

  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    void **to = &place[(uintptr_t)pair][at++ % PLACES];
    if (__atomic_load_n(to, __ATOMIC_RELAXED)) {
      sched_yield();
      at--;
      continue;
    }
    size_t bytes = 16 + random_below(&random, random_below(&random, 100) ? 1000 : 100000);
    char *block = malloc(size(bytes));
    must(block != NULL);
    block[0] = block[bytes - 1] = 1;
    __atomic_store_n(to, block, __ATOMIC_RELEASE);
  }
  return NULL;
}

static void *consume(void *pair) {
  unsigned at = 0;
  unsigned long count = 0;

  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    void *block = __atomic_exchange_n(&place[(uintptr_t)pair][at % PLACES], NULL, __ATOMIC_ACQUIRE);
    if (block) {
      free(block);
      at++;
      count++;
    } else {
      sched_yield();
    }
  }
  __atomic_fetch_add(&handed, count, __ATOMIC_RELAXED);
  return NULL;
}

int main(void) {
  pthread_t thread[2 * PAIRS];
  size_t most_bytes = 0, before_bytes = fault_resident_bytes();
  const double end_s = fault_now_s() + fault_seconds(2, 180);

  fault_patience(120, 400);
  for (uintptr_t i = 0; i < PAIRS; i++) {
    must(pthread_create(&thread[2 * i], NULL, produce, (void *)i) == 0);
    must(pthread_create(&thread[2 * i + 1], NULL, consume, (void *)i) == 0);
  }
  while (fault_now_s() < end_s) {
    size_t now_bytes = fault_resident_bytes();
    most_bytes = now_bytes > most_bytes ? now_bytes : most_bytes;
    fault_sleep_ms(20);
  }
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < 2 * PAIRS; i++)
    pthread_join(thread[i], NULL);
  report("%lu blocks handed over, resident %zu KiB at most, %zu KiB before\n", handed,
         most_bytes / 1024, before_bytes / 1024);
  must(handed > 1000);
  must(FAULT_SANITIZED || most_bytes < before_bytes + BOUND_BYTES);
  return 0;
}
