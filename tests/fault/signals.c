/* SPDX-License-Identifier: MIT */
/*
 * Signals that interrupt the slow paths all the time: threads allocate at every size while timers
 * and other threads send signals, whose handlers ask about blocks and disturb errno.
 */
#include <pthread.h>
#include <sys/time.h>

#include "tests/fault/fault.h"

enum { THREADS = 4, BLOCKS = 200 };

static unsigned long signals;
static bool done;
static void *volatile known;

static void on_signal(int number) {
  int saved_errno = errno;

  (void)number;
  must(malloc_usable_size(known) >= 100);
  __atomic_fetch_add(&signals, 1, __ATOMIC_RELAXED);
  errno = saved_errno;
}

static void *work(void *seed) {
  struct random random = {(uintptr_t)seed};
  unsigned char *block[BLOCKS] = {NULL};
  size_t bytes[BLOCKS] = {0};

  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    unsigned i = random_below(&random, BLOCKS);
    must(!block[i] || fault_holds(block[i], bytes[i], i));
    errno = 5;
    free(block[i]);
    must(errno == 5);
    bytes[i] = random_below(&random, random_below(&random, 10) ? 5000 : FAULT_MIB);
    block[i] = malloc(size(bytes[i]));
    must(block[i] != NULL && errno == 5);
    fault_fill(block[i], bytes[i], i);
    if (random_below(&random, 1000) == 0)
      malloc_trim(0);
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(block[i]);
  return NULL;
}

int main(void) {
  const struct sigaction action = {.sa_handler = on_signal};
  const struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
  const double end_s = fault_now_s() + fault_seconds(2, 60);
  pthread_t thread[THREADS];

  fault_patience(120, 300);
  known = malloc(size(100));
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGPROF, &action, NULL);
  for (uintptr_t i = 0; i < THREADS; i++)
    must(pthread_create(&thread[i], NULL, work, (void *)(i + 1)) == 0);
  setitimer(ITIMER_PROF, &often, NULL);
  for (unsigned i = 0; fault_now_s() < end_s; i++) {
    pthread_kill(thread[i % THREADS], SIGUSR1);
    if (i % 8 == 0)
      fault_sleep_ms(1);
  }
  setitimer(ITIMER_PROF, &never, NULL);
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  report("%lu signals\n", signals);
  return signals > 100 ? 0 : 1;
}
