/* SPDX-License-Identifier: MIT */
/*
 * server: a server whose threads come and go while its objects stay (after Larson and Krishnan,
 * "Memory allocation for long-running server applications", 1998). Each lane owns 1,000 blocks of
 * 16 to 1,015 bytes and replaces them at random; every eighth goes to a board that all lanes share,
 * in exchange for what lies there, so that most blocks are at some time freed by another thread
 * than allocated them. After 50,000 steps a thread starts its successor, which inherits its blocks,
 * and ends.
 */
#include "tests/bench/work.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LIVE         1000u
#define BOARD        512u
#define THREAD_STEPS 50000u

struct lane {
  struct random random;
  size_t steps_left;
  void *live[LIVE];
};

static _Atomic(void *) board[BOARD];
static pthread_attr_t detached;
static sem_t lanes_done;

static void *lane_main(void *argument);

static void lane_start(struct lane *lane) {
  pthread_t thread;
  if (pthread_create(&thread, &detached, lane_main, lane) != 0)
    work_fail("A thread could not be created: raise the limit of processes (ulimit -u).");
}

static void *lane_main(void *argument) {
  struct lane *lane = argument;
  size_t steps = lane->steps_left < THREAD_STEPS ? lane->steps_left : THREAD_STEPS;
  lane->steps_left -= steps;
  for (; steps > 0; steps--) {
    void **slot = &lane->live[random_below(&lane->random, LIVE)];
    const size_t bytes = 16 + random_below(&lane->random, 1000);
    void *block = work_malloc(bytes);
    work_touch(block, bytes);
    if (steps % 8 == 0)
      block = atomic_exchange(&board[random_below(&lane->random, BOARD)], block);
    free(*slot);
    *slot = block;
  }
  if (lane->steps_left > 0) {
    lane_start(lane);
    return NULL;
  }
  for (unsigned i = 0; i < LIVE; i++)
    free(lane->live[i]);
  sem_post(&lanes_done);
  return NULL;
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sem_init(&lanes_done, 0, 0);
  struct lane *lanes = work_map(work.threads * sizeof *lanes);
  for (unsigned i = 0; i < work.threads; i++) {
    lanes[i].random = work_random(i);
    lanes[i].steps_left = work_amount(&work, 18000000);
    lane_start(&lanes[i]);
  }
  for (unsigned i = 0; i < work.threads; i++)
    while (sem_wait(&lanes_done) != 0) {
    }
  for (unsigned i = 0; i < BOARD; i++)
    free(board[i]);
  return 0;
}
