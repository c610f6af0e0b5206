/* SPDX-License-Identifier: MIT */
/*
 * pipeline: producers allocate, consumers free. A reader parses messages of 32 to 544 bytes and
 * hands them to the thread that acts on them, through a ring of 1,024 for each pair; nothing is
 * ever freed by the thread that allocated it. Threads are rounded up to pairs.
 */
#include "tests/bench/work.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RING 1024u

struct pair {
  _Alignas(128) _Atomic(size_t) made;  /* written by the producer */
  _Alignas(128) _Atomic(size_t) taken; /* written by the consumer */
  _Alignas(128) void *message[RING];
};

static struct pair *pairs;

static void produce(struct pair *pair, size_t messages, struct random random) {
  for (size_t made = 0; made < messages; made++) {
    while (made - atomic_load_explicit(&pair->taken, memory_order_acquire) == RING)
      sched_yield();
    const size_t bytes = 32 + random_below(&random, 513);
    void *message = work_malloc(bytes);
    work_touch(message, bytes);
    pair->message[made % RING] = message;
    atomic_store_explicit(&pair->made, made + 1, memory_order_release);
  }
}

static void consume(struct pair *pair, size_t messages) {
  for (size_t taken = 0; taken < messages; taken++) {
    while (atomic_load_explicit(&pair->made, memory_order_acquire) == taken)
      sched_yield();
    volatile char *message = pair->message[taken % RING];
    message[0]++;
    free((void *)message);
    atomic_store_explicit(&pair->taken, taken + 1, memory_order_release);
  }
}

static void part(unsigned index, const struct work *work) {
  const size_t messages = work_amount(work, 8000000);
  if (index % 2 == 0)
    produce(&pairs[index / 2], messages, work_random(index));
  else
    consume(&pairs[index / 2], messages);
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  const unsigned pair_count = (work.threads + 1) / 2;
  pairs = work_map(pair_count * sizeof *pairs);
  work_threads_run(pair_count * 2, part, &work);
  return 0;
}
