/* SPDX-License-Identifier: MIT */
/* clock.h: the clocks of the publisher, beside os_now_ns(). */
#ifndef LIBALLOC_CLOCK_H
#define LIBALLOC_CLOCK_H

#include "heap/base.h"

#include <time.h>

static inline uint64_t clock_read_ns(clockid_t clock) {
  struct timespec t = {0};

  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_realtime_ns(void) {
  return clock_read_ns(CLOCK_REALTIME);
}

/* CPU time of the calling thread. */
static inline uint64_t clock_thread_ns(void) {
  return clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Sleeps until a moment of CLOCK_MONOTONIC; a signal may wake it earlier. */
static inline void clock_sleep_until(uint64_t monotonic_ns) {
  struct timespec t = {.tv_sec = (time_t)(monotonic_ns / 1000000000u),
                       .tv_nsec = (long)(monotonic_ns % 1000000000u)};

  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

#endif
