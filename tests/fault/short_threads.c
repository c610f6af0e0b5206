/* SPDX-License-Identifier: MIT */
/*
 * Short threads, a million of them at full length: each frees what others left, leaves blocks of
 * its own for others to free, and ends. Memory must not grow with their number.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

enum { AT_ONCE = 8, LEFT = 1024, EACH = 24, GROWTH_MOST_BYTES = 32 * FAULT_MIB };

static unsigned char *left[LEFT];

static void *live_briefly(void *seed) {
  struct random random = {(uintptr_t)seed};

  for (unsigned i = 0; i < EACH; i++) {
    size_t bytes = 16 + random_below(&random, random_below(&random, 30) ? 600 : 40000);
    unsigned char *block = malloc(size(bytes));
    must(block != NULL);
    block[0] = block[bytes - 1] = (unsigned char)bytes;
    memcpy(block + 1, &bytes, sizeof bytes);
    block = __atomic_exchange_n(&left[random_below(&random, LEFT)], block, __ATOMIC_ACQ_REL);
    if (!block)
      continue;
    memcpy(&bytes, block + 1, sizeof bytes);
    must(block[0] == (unsigned char)bytes && block[bytes - 1] == (unsigned char)bytes);
    free(block);
  }
  return NULL;
}

int main(void) {
  const unsigned long threads = fault_count(20000, 1000000);
  pthread_t thread[AT_ONCE];
  pthread_attr_t attributes;
  size_t early_bytes = 0;

  fault_patience(120, 1800);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (unsigned long i = 0; i < threads; i += AT_ONCE) {
    for (uintptr_t t = 0; t < AT_ONCE; t++)
      must(pthread_create(&thread[t], &attributes, live_briefly, (void *)(i + t + 1)) == 0);
    for (unsigned t = 0; t < AT_ONCE; t++)
      pthread_join(thread[t], NULL);
    if (i <= threads / 10)
      early_bytes = fault_resident_bytes();
  }
  size_t late_bytes = fault_resident_bytes();
  for (unsigned i = 0; i < LEFT; i++)
    free(left[i]);
  report("%lu threads; resident %zu KiB after a tenth of them, %zu KiB after all\n", threads,
         early_bytes / 1024, late_bytes / 1024);
  must(FAULT_SANITIZED || late_bytes <= early_bytes + GROWTH_MOST_BYTES);
  return 0;
}
