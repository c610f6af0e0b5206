/* SPDX-License-Identifier: MIT */
/*
 * random.h: numbers that an attacker cannot guess, for the hardened modes: splitmix64 (Steele, Lea,
 * Flood 2014) over a shared counter, from the 16 random bytes that the kernel gives every program.
 */
#ifndef LIBALLOC_RANDOM_H
#define LIBALLOC_RANDOM_H

#include "heap/base.h"

HIDDEN uint64_t random_number(void);

/* 0 .. below - 1, below > 0 */
static inline unsigned random_below(unsigned below) {
  return (unsigned)((random_number() >> 32) * below >> 32);
}

/* The process's secret; never 0. */
HIDDEN uint64_t random_secret(void);

#endif
