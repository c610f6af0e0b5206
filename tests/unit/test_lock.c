/* SPDX-License-Identifier: MIT */
/*
 * The lock of slow paths: held by one at a time, whether the process has one thread, which takes it
 * by a store, or more, which exchange; and held still when the second thread is made meanwhile.
 */
#include "heap_test.h"

#include <pthread.h>

#include "heap/lock.h"

static struct lock lock;

static void held_by_one(void) {
  assert_true(lock_try(&lock));
  assert_false(lock_try(&lock));
  lock_drop(&lock);
  lock_take(&lock);
  assert_false(lock_try(&lock));
  lock_drop(&lock);
}

static void *try_once(void *got) {
  *(bool *)got = lock_try(&lock);
  return NULL;
}

static bool got_by_another(void) {
  pthread_t thread;
  bool got;

  assert_int_equal(pthread_create(&thread, NULL, try_once, &got), 0);
  pthread_join(thread, NULL);
  return got;
}

/* The first of the tests: there has been one thread only. */
static void what_one_thread_holds_others_do_not_get(void **state) {
  (void)state;
#if defined __GLIBC__ && !defined __SANITIZE_THREAD__ /* which has a thread of its own */
  assert_int_equal(lock_is_alone(), __GLIBC_PREREQ(2, 32));
#endif
  held_by_one();
  lock_take(&lock);
  assert_false(got_by_another());
  lock_drop(&lock);
}

static void what_another_holds_one_does_not_get(void **state) {
  (void)state;
  assert_true(got_by_another());
  assert_false(lock_try(&lock));
  lock_drop(&lock);
  held_by_one();
}

enum { THREADS = 4, ROUNDS = 100000 };

static unsigned long count;

static void *count_up(void *nothing) {
  for (unsigned i = 0; i < ROUNDS; i++) {
    lock_take(&lock);
    count++;
    lock_drop(&lock);
  }
  return nothing;
}

static void threads_exclude_each_other(void **state) {
  pthread_t thread[THREADS];

  (void)state;
  for (unsigned i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, count_up, NULL), 0);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  assert_int_equal(count, (unsigned long)THREADS * ROUNDS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_one_thread_holds_others_do_not_get),
      cmocka_unit_test(what_another_holds_one_does_not_get),
      cmocka_unit_test(threads_exclude_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
