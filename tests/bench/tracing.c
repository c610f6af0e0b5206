/* SPDX-License-Identifier: MIT */
/*
 * What a traced call costs, against one that is not: ns for each malloc or free of 64 bytes, in one
 * thread and in four, as
 *
 *     1 frames, 4 threads: off NS, on NS
 *
 * The first argument is the file to trace to, for which the file system matters; by default one in
 * /dev/shm.
 */
#include <liballoc/alloc.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "debug/record.h"

enum { CALLS_OFF = 20000000, CALLS_ON = 400000, LIVE = 64 };

static uint64_t now_ns(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *call(void *argument) {
  size_t calls = *(const size_t *)argument;
  void *live[LIVE] = {NULL};

  for (size_t i = 0; i < calls / 2; i++) {
    alloc_free(live[i % LIVE]);
    live[i % LIVE] = alloc_malloc(64);
  }
  for (unsigned i = 0; i < LIVE; i++)
    alloc_free(live[i]);
  return NULL;
}

/* Ns for each call of each thread. */
static double measure(unsigned threads, size_t calls) {
  pthread_t thread[4];
  uint64_t begin = now_ns();

  for (unsigned i = 0; i < threads; i++)
    pthread_create(&thread[i], NULL, call, &calls);
  for (unsigned i = 0; i < threads; i++)
    pthread_join(thread[i], NULL);
  return (double)(now_ns() - begin) / (double)calls;
}

int main(int count, char **arguments) {
  char file[] = "/dev/shm/tracing.XXXXXX";
  const char *path = count > 1 ? arguments[1] : mktemp(file);

  for (unsigned threads = 1; threads <= 4; threads *= 4) {
    double off = measure(threads, CALLS_OFF);
    for (unsigned frames = 1; frames <= 8; frames *= 8) {
      record_set_frames(frames);
      if (alloc_trace_start(path) != 0)
        return 1;
      double on = measure(threads, CALLS_ON);
      alloc_trace_stop();
      printf("%u frames, %u threads: off %.1f ns, on %.0f ns\n", frames, threads, off, on);
    }
  }
  unlink(path);
  return 0;
}
