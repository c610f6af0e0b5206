/* SPDX-License-Identifier: MIT */
/* random.h: numbers that are the same in every run (xorshift64*, Vigna 2016). */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdint.h>

struct random {
  uint64_t state; /* not 0 */
};

static inline uint64_t random_next(struct random *random) {
  random->state ^= random->state >> 12;
  random->state ^= random->state << 25;
  random->state ^= random->state >> 27;
  return random->state * UINT64_C(2685821657736338717);
}

/* 0 .. below - 1 */
static inline unsigned random_below(struct random *random, unsigned below) {
  return (unsigned)((random_next(random) >> 33) % below);
}

#endif
