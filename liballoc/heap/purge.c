/* SPDX-License-Identifier: MIT */
#include "heap/purge.h"

#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/os.h"
#include "heap/region.h"
#include "heap/spare.h"

enum {
  PURGE_FLOOR_BYTES = 8 * 1024 * 1024,
  PEAK_SHARE = 64,
  REGRET_HALF_NS = 1000 * 1000 * 1000,
  REGRET_WEIGHT = 4, /* of a byte: the larger, the fewer go in vain until enough is kept */
  DECAY_NS = 500 * 1000 * 1000,
  PARTS_MOST_BYTES = 32 * 1024 * 1024,
};

static size_t recent_peak_bytes; /* of what is dirty once it is freed; fades */
static size_t peak_bytes;        /* of used slices and regions; never fades */
static size_t fixed_bound_bytes; /* 0: the rule */

/* Memory that was given back and then wanted again: fades. */
struct regret {
  size_t sum_bytes, seen_bytes;
  uint64_t ns; /* when the sum was last brought up to date */
};
static struct regret dirty_regret, idle_regret; /* of slices and spares; of pages inside spans */

static uint64_t decayed_ns;

/* What may be resident and is nobody's. */
static size_t dirty_bytes(void) {
  return arena_dirty_bytes() + spare_bytes();
}

/* Memory that is dirty once it is freed. */
static size_t used_bytes(void) {
  return arena_used_bytes() + region_reusable_bytes();
}

/* Purges until at most keep bytes are dirty: spares first, as they are quick to purge; parts of
 * huge pages only if wanted. */
static size_t purge_to(size_t keep_bytes, bool parts) {
  size_t slices = arena_dirty_bytes();
  size_t purged = spare_purge(keep_bytes > slices ? keep_bytes - slices : 0);
  size_t spares = spare_bytes();

  return purged + arena_purge(keep_bytes > spares ? keep_bytes - spares : 0, parts);
}

size_t purge_least_bound_bytes(void) {
  size_t fixed = peek(&fixed_bound_bytes);
  if (fixed)
    return fixed;
  size_t share = peek(&recent_peak_bytes) / PEAK_SHARE;
  return share > PURGE_FLOOR_BYTES ? share : PURGE_FLOOR_BYTES;
}

/* Brings a regret up to date with all that was wanted again since the start. Threads that race here
 * lose a little of what they add: it is an estimate. */
static size_t regret_bytes(struct regret *r, size_t retaken, uint64_t now_ns) {
  size_t most = peek(&recent_peak_bytes) / 8 * 7, regret = peek(&r->sum_bytes);
  uint64_t age = now_ns - peek(&r->ns);

  for (; age >= REGRET_HALF_NS && regret; age -= REGRET_HALF_NS)
    regret /= 2;
  regret -= (size_t)((double)regret / 2 * (double)age / REGRET_HALF_NS);
  regret += retaken - __atomic_exchange_n(&r->seen_bytes, retaken, __ATOMIC_RELAXED);
  regret = regret < most ? regret : most;
  poke(&r->sum_bytes, regret);
  poke(&r->ns, now_ns);
  return regret;
}

/* With regret up to the recent peak of what was in use, and not beyond: what is kept is at most
 * what was needed. */
static size_t bound_bytes(void) {
  size_t least = purge_least_bound_bytes();
  if (peek(&fixed_bound_bytes))
    return least;
  size_t retaken = arena_retaken_bytes() + spare_retaken_bytes();
  size_t regret = regret_bytes(&dirty_regret, REGRET_WEIGHT * retaken, os_now_coarse_ns());
  size_t peak = peek(&recent_peak_bytes), used = used_bytes();
  size_t unused = peak > used ? peak - used : 0;
  return least + (regret < unused ? regret : unused);
}

/*
 * What may be dirty beyond the bound in huge pages that are partly in use. While a heap shrinks,
 * most of them soon are free as a whole; when next to nothing is left of it, those that are not
 * stay so.
 */
static size_t parts_bytes(void) {
  size_t peak = peek(&recent_peak_bytes);

  if (peek(&fixed_bound_bytes) || used_bytes() < peak / 16)
    return 0;
  return peak / 2 < PARTS_MOST_BYTES ? peak / 2 : PARTS_MOST_BYTES;
}

void purge_check(void) {
  size_t dirty = dirty_bytes();

  if (likely(dirty <= purge_least_bound_bytes()))
    return;
  size_t bound = bound_bytes(), parts = parts_bytes();
  if (dirty <= bound)
    return;
  /* Go a little below, so that the next free does not purge again. */
  size_t keep = bound - purge_least_bound_bytes() / 4;
  purge_to(keep, parts == 0);
  if (parts && dirty_bytes() > bound + parts)
    purge_to(keep + parts, true);
}

void purge_tick(uint64_t now_ns) {
  size_t used = used_bytes();

  raise_to(&recent_peak_bytes, used);
  uint64_t last = peek(&decayed_ns);
  if (now_ns - last < DECAY_NS || !__atomic_compare_exchange_n(&decayed_ns, &last, now_ns, false,
                                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    return;
  size_t peak = peek(&recent_peak_bytes);
  poke(&recent_peak_bytes, peak - (peak - used) / 8 < used ? used : peak - (peak - used) / 8);
  /* What was dirty throughout a period was not needed in it: half of it goes. */
  size_t dirty = dirty_bytes(), idle = arena_dirty_least_restart() + spare_least_restart();
  idle = idle < dirty ? idle : dirty;
  if (idle && peek(&fixed_bound_bytes) == 0)
    purge_to(dirty - idle / 2, true);
}

size_t purge_all(size_t keep_bytes) {
  size_t purged = cache_collect_all(true);

  return purged + purge_to(keep_bytes, true);
}

void purge_set_bound(size_t bytes) {
  poke(&fixed_bound_bytes, bytes ? bytes : 1);
}

void purge_note_peak(void) {
  raise_to(&recent_peak_bytes, used_bytes());
  raise_to(&peak_bytes, arena_used_bytes() + region_bytes());
}

size_t purge_recent_peak_bytes(void) {
  return peek(&recent_peak_bytes);
}

size_t purge_idle_regret_bytes(void) {
  if (peek(&fixed_bound_bytes))
    return 0;
  return regret_bytes(&idle_regret, span_retaken_bytes(), os_now_coarse_ns());
}

bool purge_is_at_peak(void) {
  size_t peak = peek(&recent_peak_bytes);
  return used_bytes() >= peak - peak / PEAK_SHARE;
}

size_t purge_peak_bytes(void) {
  return peek(&peak_bytes);
}
