/* SPDX-License-Identifier: MIT */
/*
 * Threads cancelled while they allocate. No function of the allocator is a cancellation point, so a
 * cancelled thread still finishes its call, and its cleanup handlers free what it had.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

enum { BLOCKS = 50 };

struct mine {
  void *block[BLOCKS];
  unsigned long calls;
};

static unsigned long cleaned;

static void clean_up(void *argument) {
  struct mine *mine = argument;

  for (unsigned i = 0; i < BLOCKS; i++)
    free(mine->block[i]);
  free(mine);
  __atomic_fetch_add(&cleaned, 1, __ATOMIC_RELAXED);
}

static void *work(void *seed) {
  struct random random = {(uintptr_t)seed};
  struct mine *mine = calloc(1, sizeof *mine);

  must(mine != NULL);
  pthread_cleanup_push(clean_up, mine);
  for (;;) {
    void **place = &mine->block[random_below(&random, BLOCKS)];
    free(*place);
    *place = malloc(size(random_below(&random, random_below(&random, 20) ? 3000 : 500000)));
    must(*place != NULL);
    pthread_testcancel();
  }
  pthread_cleanup_pop(1);
  return NULL;
}

/* With the request already there, every function must return all the same. */
static void *finish(void *reached) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  must(pthread_cancel(pthread_self()) == 0);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  for (size_t bytes = 1; bytes < 100 * FAULT_MIB; bytes *= 2) {
    void *block = malloc(size(bytes));
    block = realloc(block, size(bytes * 2));
    free(block);
    free(calloc(1, size(bytes)));
    free(memalign(65536, size(bytes)));
  }
  malloc_trim(0);
  *(bool *)reached = true;
  pthread_testcancel();
  must(false);
  return NULL;
}

int main(void) {
  const unsigned long threads = fault_count(1000, 100000);
  bool reached = false;
  pthread_t thread[4];
  void *result;

  fault_patience(120, 600);
  for (unsigned long i = 0; i < threads; i += 4) {
    for (uintptr_t t = 0; t < 4; t++)
      must(pthread_create(&thread[t], NULL, work, (void *)(i + t + 1)) == 0);
    for (unsigned t = 0; t < 4; t++)
      pthread_cancel(thread[t]);
    for (unsigned t = 0; t < 4; t++) {
      pthread_join(thread[t], &result);
      must(result == PTHREAD_CANCELED);
    }
  }
  must(pthread_create(&thread[0], NULL, finish, &reached) == 0);
  pthread_join(thread[0], &result);
  must(result == PTHREAD_CANCELED && reached);
  report("%lu threads cancelled, %lu cleaned up\n", threads + 1, cleaned);
  return 0;
}
