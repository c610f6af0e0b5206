/* SPDX-License-Identifier: MIT */
/*
 * A process that closes every descriptor, as daemons do, or has none left: it allocates, it can
 * start and stop snapshots, and neither takes a descriptor that the program counts on for longer
 * than an instant.
 */
#include <pthread.h>
#include <sys/resource.h>

#include "tests/fault/fault.h"

static void allocate(void) {
  for (size_t i = 0; i < 100000; i += fault_step())
    free(malloc(size(i % 70000)));
  free(malloc(size(50 * FAULT_MIB)));
}

/* The lowest free number is the program's, but for the instant in which the thread that writes
 * snapshots has a file open: so at once, or very soon. */
static bool opens_as(int wanted) {
  for (unsigned tries = 0; tries < 500; tries++) {
    int file = open("/dev/null", O_RDWR);
    if (file == wanted)
      return true;
    close(file);
    fault_sleep_ms(10);
  }
  return false;
}

static void *thread_main(void *unused) {
  allocate();
  return unused;
}

int main(void) {
  const unsigned long rounds = fault_count(10, 500);
  int out = dup(STDOUT_FILENO);
  pthread_t thread;

  fault_patience(120, 600);
  must(out > 2);
  free(malloc(size(10)));
  for (unsigned long round = 0; round < rounds; round++) {
    for (int i = 0; i < 1024; i++)
      if (i != out)
        close(i);
    allocate();
    must(pthread_create(&thread, NULL, thread_main, NULL) == 0);
    pthread_join(thread, NULL);
    must(opens_as(0));
    alloc_snapshot_start(10);
    fault_sleep_ms(20);
    allocate();
    must(opens_as(1));
    alloc_snapshot_stop();
  }
  /* No more descriptors at all. */
  struct rlimit none = {0, 0}, before;
  must(getrlimit(RLIMIT_NOFILE, &before) == 0);
  none.rlim_max = before.rlim_max;
  must(setrlimit(RLIMIT_NOFILE, &none) == 0);
  alloc_snapshot_start(10);
  allocate();
  fault_sleep_ms(50);
  alloc_snapshot_stop();
  must(setrlimit(RLIMIT_NOFILE, &before) == 0);
  for (int i = 0; i < 1024; i++)
    if (i != out)
      must(fcntl(i, F_GETFD) == -1 || i <= 1);
  char text[80];
  int n = snprintf(text, sizeof text, "%lu times without a descriptor\n", rounds + 1);
  must(write(out, text, (size_t)n) == n);
  return 0;
}
