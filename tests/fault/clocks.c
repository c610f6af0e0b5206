/* SPDX-License-Identifier: MIT */
/*
 * Time goes backwards, jumps ahead and stands still: the linker puts a clock of this program's
 * between the allocator and libc. Allocation goes on, and memory is still given back.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

#include "front/libc.h"

enum { BLOCKS = 20000, LEFT_MOST_BYTES = 24 * FAULT_MIB };

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

static unsigned long asked;
static struct random dice = {21};

int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
  (void)clock;
  asked++;
  time->tv_sec = (time_t)(random_next(&dice) >> (8 + random_below(&dice, 55)));
  time->tv_nsec = random_below(&dice, 1000000000);
  return 0;
}

int main(void) {
  const unsigned long rounds = fault_count(30, 2000);
  struct random random = {4};
  static void *block[BLOCKS];

  fault_patience(120, 600);
  for (unsigned long round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < BLOCKS; i++) {
      size_t bytes = random_below(&random, random_below(&random, 100) ? 3000 : 70000);
      block[i] = alloc_malloc(bytes);
      must(block[i] != NULL);
      memset(block[i], 1, bytes);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
      alloc_free(block[i]);
  }
  size_t left_bytes = fault_resident_bytes();
  report("%lu times asked for the time; %zu KiB left\n", asked, left_bytes / 1024);
  must(asked > 100);
  must(FAULT_SANITIZED || left_bytes < LEFT_MOST_BYTES);
  return 0;
}
