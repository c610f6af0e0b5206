/* SPDX-License-Identifier: MIT */
/*
 * meter.h: which allocations a sampled profile sees. Each byte that is handed out is a sample point
 * with the same small chance, 1 / mean, so a block of b bytes has one with
 *
 *     p (b) = 1 - exp (-b / mean)
 *
 * (a Poisson process). The fast paths count nothing. What they may do until the next sample point
 * is limited instead: `left` of a class is the number of blocks, drawn at random, that may be
 * handed out beyond those in the bin before the one that is sampled, so that one always comes by a
 * slow path:
 *
 *     blocks of the class until the next sampled one = left + blocks in the bin
 *
 * A refill takes no more than that. And since a free must not put more into the bin either, a
 * metered cache has a tag that matches no block: its frees are slow, its mallocs are not. Classes
 * have sample points of their own; the sum of Poisson processes is one.
 */
#ifndef LIBALLOC_METER_H
#define LIBALLOC_METER_H

#include "heap/cache.h"

struct meter {
  uint32_t due; /* the block that the last refill has returned is sampled */
  uint32_t left[CLASSES];
  uint64_t random;
};

/* The most that a mean may be: the blocks until a sample fit into 32 bits. */
#define METER_MOST_BYTES ((size_t)1 << 30)

/* Mean bytes between sample points; 0: nothing is metered. */
HIDDEN extern size_t meter_mean_bytes;

/* Meters from now on, 1 <= mean_bytes <= METER_MOST_BYTES, or stops with 0. Threads follow at their
 * next slow path. seed 0: other samples in each process. Async-signal-safe. */
HIDDEN void meter_set(size_t mean_bytes, uint64_t seed);

/* Makes the cache of the calling thread follow. */
HIDDEN COLD void meter_change(struct cache *cache);

static inline void meter_follow(struct cache *cache) {
  if (unlikely(cache->metered_bytes != peek(&meter_mean_bytes)))
    meter_change(cache);
}

/* A refill of up to want blocks, one of them for the caller; returns how many are allowed, at least
 * 1, and takes note of them. */
HIDDEN unsigned meter_allow(struct meter *meter, unsigned size_class, unsigned want);

/* Whether a block that comes by a slow path of its own, of no class, has a sample point. */
HIDDEN bool meter_hits(size_t bytes, size_t mean_bytes);

/* p (bytes), in 0 .. 1. */
HIDDEN double meter_chance(size_t bytes, size_t mean_bytes);

#endif
