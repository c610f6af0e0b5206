/* SPDX-License-Identifier: MIT */
/*
 * Allocation and frees when a thread or the process is nearly gone: in destructors of
 * thread-specific data, in every round of them, in destructors of thread_local objects, in atexit
 * handlers, and in destructors of the program that run after the library's own.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

enum { KEYS = 40, BLOCKS = 20, ITERATIONS = 4 }; /* of destructors: POSIX's least */

/* What a compiler calls for a thread_local object with a destructor (Itanium C++ ABI). */
extern int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *dso);
extern void *__dso_handle;

static pthread_key_t keys[KEYS];
static unsigned long late;

struct kept {
  unsigned rounds; /* in which the destructor comes again */
  unsigned key;
  void *block[BLOCKS];
};

static struct kept *kept_make(unsigned rounds, unsigned key) {
  struct kept *kept = malloc(size(sizeof *kept));

  must(kept != NULL);
  kept->rounds = rounds;
  kept->key = key;
  for (unsigned i = 0; i < BLOCKS; i++) {
    kept->block[i] = malloc(size(1 + i * i * 50));
    must(kept->block[i] != NULL);
    memset(kept->block[i], (int)i, 1 + i * i * 50);
  }
  return kept;
}

static void kept_discard(struct kept *kept) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    must(fault_holds(kept->block[i], i * i * 50 > 4095 ? 1 : 1 + i * i * 50, i));
    free(kept->block[i]);
  }
  free(kept);
  __atomic_fetch_add(&late, 2 * (BLOCKS + 1), __ATOMIC_RELAXED);
}

static void on_key(void *argument) {
  struct kept *kept = argument;
  unsigned rounds = kept->rounds, key = kept->key;

  kept_discard(kept);
  if (rounds)
    pthread_setspecific(keys[key], kept_make(rounds - 1, key));
}

static void on_thread_local(void *argument) {
  kept_discard(argument);
  kept_discard(kept_make(0, 0));
  free(malloc(size(40 * FAULT_MIB)));
}

static void *thread_main(void *unused) {
  for (unsigned i = 0; i < KEYS; i++)
    pthread_setspecific(keys[i], kept_make(i % (ITERATIONS - 1), i));
  __cxa_thread_atexit_impl(on_thread_local, kept_make(0, 0), &__dso_handle);
  return unused;
}

/* A thread whose first call of the allocator is in a destructor. */
static void on_first(void *unused) {
  (void)unused;
  kept_discard(kept_make(0, 0));
}

static void *thread_without(void *key) {
  pthread_setspecific(*(pthread_key_t *)key, key);
  return NULL;
}

static struct kept *for_exit, *for_end;

static void at_exit(void) {
  kept_discard(for_exit);
  kept_discard(kept_make(0, 0));
}

/* Priorities of destructors run downwards: the library's has 101. */
__attribute__((destructor(200))) static void before_the_end(void) {
  kept_discard(kept_make(0, 0));
}

__attribute__((destructor(101))) static void at_the_end(void) {
  kept_discard(for_end);
  kept_discard(kept_make(0, 0));
  free(malloc(size(40 * FAULT_MIB)));
  report("%lu blocks allocated or freed late\n", late);
}

int main(void) {
  const unsigned long threads = fault_count(200, 20000);
  pthread_key_t first;

  fault_patience(120, 600);
  for_exit = kept_make(0, 0);
  for_end = kept_make(0, 0);
  must(atexit(at_exit) == 0);
  must(pthread_key_create(&first, on_first) == 0);
  for (unsigned i = 0; i < KEYS; i++)
    must(pthread_key_create(&keys[i], on_key) == 0);
  for (unsigned long i = 0; i < threads; i++) {
    pthread_t one, other;
    must(pthread_create(&one, NULL, thread_main, NULL) == 0);
    must(pthread_create(&other, NULL, thread_without, &first) == 0);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
  }
  return 0;
}
