/* SPDX-License-Identifier: MIT */
/*
 * burst_freed: what a process keeps that was large once. 2 GiB of blocks of 16 to 512 bytes are
 * allocated, all freed, and then no call is made any more. Prints resident memory at 0, 1 and 5
 * seconds as a share of the peak. A server after its busiest minute, asleep.
 *
 * same: freed by the thread that allocated them, which lives on.
 * other: freed by another thread, which lives on too.
 */
#include "tests/bench/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static struct work_block *blocks;
static pthread_barrier_t freed, over;

static void blocks_free(void) {
  while (blocks != NULL) {
    struct work_block *next = blocks->next;
    free(blocks);
    blocks = next;
  }
}

static void *other_main(void *argument) {
  blocks_free();
  pthread_barrier_wait(&freed);
  pthread_barrier_wait(&over);
  return argument;
}

static void sleep_until(uint64_t moment_ns) {
  const struct timespec moment = {(time_t)(moment_ns / 1000000000u),
                                  (long)(moment_ns % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL) != 0) {
  }
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, "same other");
  const size_t live_bytes = work_amount(&work, (size_t)2 << 30);
  struct random random = work_random(1);
  struct work_block **last = &blocks;
  for (size_t bytes = 0, total = 0; total < live_bytes; total += bytes) {
    bytes = 16 + random_below(&random, 497);
    *last = work_malloc(bytes);
    work_touch(*last, bytes);
    last = &(*last)->next;
  }
  *last = NULL;
  const double peak = work_rss_bytes();
  pthread_t other;
  if (work_mode_is(&work, "same")) {
    blocks_free();
  } else {
    pthread_barrier_init(&freed, NULL, 2);
    pthread_barrier_init(&over, NULL, 2);
    if (pthread_create(&other, NULL, other_main, NULL) != 0)
      work_fail("A thread could not be created: raise the limit of processes (ulimit -u).");
    pthread_barrier_wait(&freed);
  }
  const uint64_t end_ns = work_now_ns();
  const double after_0 = work_rss_bytes();
  sleep_until(end_ns + UINT64_C(1000000000));
  const double after_1 = work_rss_bytes();
  sleep_until(end_ns + UINT64_C(5000000000));
  const double after_5 = work_rss_bytes();
  if (work_mode_is(&work, "other")) {
    pthread_barrier_wait(&over);
    pthread_join(other, NULL);
  }
  work_print("percent_at_0_s", 100.0 * after_0 / peak);
  work_print("percent_at_1_s", 100.0 * after_1 / peak);
  work_print("percent_at_5_s", 100.0 * after_5 / peak);
  return 0;
}
