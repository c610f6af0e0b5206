/* SPDX-License-Identifier: MIT */
#include "heap/meter.h"

#include "heap/meta.h"
#include "heap/random.h"

size_t meter_mean_bytes;

static uint64_t seed, big_random;

_Static_assert(sizeof(struct meter) <= 512, "one piece of metadata");

/* ---- chance, without libm ---- */

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next(uint64_t *state) {
  uint64_t z = __atomic_add_fetch(state, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* -ln u of a u in (0, 1]: u = m / 2^e with 1 <= m < 2, ln m = 2 artanh ((m - 1) / (m + 1)). */
static double exponential(uint64_t random) {
  enum { BITS = 53 };
  uint64_t n = (random >> (64 - BITS)) + 1;
  int log2 = 63 - __builtin_clzl(n);
  double m = (double)n / (double)(UINT64_C(1) << log2);
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;

  for (int i = 21; i >= 1; i -= 2)
    sum = sum * square + 1.0 / i;
  return (BITS - log2) * 0.69314718055994530942 - 2 * s * sum;
}

double meter_chance(size_t bytes, size_t mean_bytes) {
  double x = (double)bytes / (double)mean_bytes;
  unsigned halvings = 0;

  if (x > 40)
    return 1;
  for (; x > 1.0 / 16; halvings++)
    x /= 2;
  /* 1 - exp (-x) by its series, which loses nothing for small x. */
  double p = x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6 * (1 - x / 7))))));
  for (; halvings; halvings--)
    p = p * (2 - p);
  return p;
}

bool meter_hits(size_t bytes, size_t mean_bytes) {
  return exponential(next(&big_random)) * (double)mean_bytes < (double)bytes;
}

/* Blocks until the one with the next sample point: geometric, since exponential. */
static uint32_t draw(struct meter *meter, unsigned k, size_t mean_bytes) {
  return (uint32_t)(exponential(next(&meter->random)) * (double)mean_bytes /
                    size_classes[k].block_bytes);
}

_Static_assert(METER_MOST_BYTES * 37 / MIN_ALIGNMENT < UINT32_MAX, "-ln 2^-53 < 37");

/* ---- on and off ---- */

void meter_set(size_t mean_bytes, uint64_t wanted_seed) {
  poke(&seed, wanted_seed ? wanted_seed : random_secret());
  poke(&big_random, peek(&seed) ^ UINT64_C(0x6c62272e07bb0142));
  store_release(&meter_mean_bytes, mean_bytes);
}

static void meter_begin(struct cache *cache, struct meter *meter, size_t mean_bytes) {
  poke(&meter->due, 0);
  meter->random = peek(&seed) + cache->number * UINT64_C(0xd6e8feb86659fd93);
  for (unsigned k = 1; k < CLASSES; k++) {
    uint32_t left = draw(meter, k, mean_bytes);
    if (cache->capacity[k]) {
      cache_flush(cache, k, left < cache->capacity[k] ? left : cache->capacity[k]);
      left -= (uint32_t)(cache->bin[k].top - (cache->bin[k].limit - cache->capacity[k]));
    }
    meter->left[k] = left;
  }
}

void meter_change(struct cache *cache) {
  size_t mean_bytes = load_acquire(&meter_mean_bytes);
  struct meter *meter = cache->meter;

  cache->meter = NULL; /* what is flushed now is not counted */
  if (mean_bytes && !meter)
    meter = meta_take(sizeof *meter);
  if (mean_bytes && meter) {
    meter_begin(cache, meter, mean_bytes);
    cache->tag = cache_none->tag;
    cache->meter = meter;
    cache->metered_bytes = mean_bytes;
    return;
  }
  cache->tag = cache_tag(cache);
  cache->metered_bytes = mean_bytes;
  if (meter)
    meta_give(meter, sizeof *meter);
}

unsigned meter_allow(struct meter *meter, unsigned k, unsigned want) {
  if (meter->left[k]) {
    meter->left[k]--;
  } else {
    meter->due = 1;
    meter->left[k] = draw(meter, k, peek(&meter_mean_bytes));
  }
  unsigned more = want - 1 < meter->left[k] ? want - 1 : meter->left[k];
  meter->left[k] -= more;
  return more + 1;
}
