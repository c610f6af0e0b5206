/* SPDX-License-Identifier: MIT */
#include "heap/spare.h"

#include "heap/os.h"

/*
 * at: 0 empty, CLAIMED while somebody changes the slot, else the address of the mapping. Who sets
 * CLAIMED may use bytes, and ends with a store of another value.
 */
struct spare {
  uintptr_t at;
  size_t bytes;
};

enum {
  CLAIMED = 1,
  TAKE_TRIES = 4,
  PART_LEAST_BYTES = 64 * 1024, /* what is left of a spare and is less than this goes along */
  PART_SHARE = 16,              /* ... or less than this share of what is wanted */
};

static struct spare spares[SPARES];
static size_t total_bytes, least_bytes;
static size_t purged_bytes, retaken_bytes; /* purged and not wanted again yet; wanted again */

static bool claim(struct spare *spare, uintptr_t at) {
  return __atomic_compare_exchange_n(&spare->at, &at, CLAIMED, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED);
}

static void settle(struct spare *spare, uintptr_t at, size_t bytes) {
  poke(&spare->bytes, bytes);
  store_release(&spare->at, at);
}

static void left(size_t bytes) {
  size_t now = __atomic_sub_fetch(&total_bytes, bytes, __ATOMIC_RELAXED);
  if (now < peek(&least_bytes))
    poke(&least_bytes, now);
}

/* The smallest spare of at least that many bytes, else the largest of all. */
static struct spare *best(size_t bytes, uintptr_t *at) {
  struct spare *found = NULL;
  size_t found_bytes = 0;

  for (struct spare *spare = spares; spare < spares + SPARES; spare++) {
    uintptr_t here = load_acquire(&spare->at);
    size_t have = peek(&spare->bytes);
    if (here <= CLAIMED)
      continue;
    if (!found || (have >= bytes ? found_bytes < bytes || have < found_bytes
                                 : found_bytes < bytes && have > found_bytes)) {
      found = spare;
      found_bytes = have;
      *at = here;
    }
  }
  return found;
}

/* Takes bytes off the start of a claimed spare, where its huge pages begin, or all when little
 * would be left; how many were taken. */
static size_t cut(struct spare *spare, uintptr_t at, size_t bytes) {
  size_t have = spare->bytes, part = have - bytes;

  if (part < PART_LEAST_BYTES || part < bytes / PART_SHARE)
    part = 0;
  settle(spare, part ? at + bytes : 0, part);
  left(have - part);
  return have - part;
}

void *spare_take(size_t bytes, size_t *mapped_bytes) {
  uintptr_t at = 0;

  for (unsigned tries = 0; peek(&total_bytes) && tries < TAKE_TRIES; tries++) {
    struct spare *spare = best(bytes, &at);
    if (!spare)
      return NULL;
    if (!claim(spare, at))
      continue;
    if (spare->bytes < bytes) {
      settle(spare, at, spare->bytes);
      return NULL;
    }
    *mapped_bytes = cut(spare, at, bytes);
    return (void *)at;
  }
  return NULL;
}

/* Takes the spares right before and behind a mapping, which it is then longer by. The slot of one
 * of them stays claimed, for the whole; NULL: there was none. */
static struct spare *join(uintptr_t *at, size_t *bytes) {
  struct spare *slot = NULL;

  for (struct spare *spare = spares; spare < spares + SPARES; spare++) {
    uintptr_t here = load_acquire(&spare->at);
    size_t have = peek(&spare->bytes);
    if (here <= CLAIMED || (here + have != *at && *at + *bytes != here) || !claim(spare, here))
      continue;
    have = spare->bytes; /* another may have come to the same start since */
    if (here + have == *at) {
      *at = here;
    } else if (*at + *bytes != here) {
      settle(spare, here, have);
      continue;
    }
    *bytes += have;
    if (slot)
      settle(spare, 0, 0);
    else
      slot = spare;
  }
  return slot;
}

bool spare_put(void *mapping, size_t bytes) {
  if (bytes > SPARE_MOST_BYTES)
    return false;
  uintptr_t at = (uintptr_t)mapping;
  size_t joined = bytes;
  struct spare *slot = join(&at, &joined);
  for (struct spare *spare = spares; !slot && spare < spares + SPARES; spare++)
    if (peek(&spare->at) == 0 && claim(spare, 0))
      slot = spare;
  if (!slot)
    return false;
  __atomic_fetch_add(&total_bytes, bytes, __ATOMIC_RELAXED);
  settle(slot, at, joined);
  return true;
}

void spare_keep(void *mapping, size_t bytes) {
  if (!spare_put(mapping, bytes))
    os_let_go(mapping, bytes);
}

void *spare_take_huge(size_t bytes, size_t *taken_bytes) {
  uintptr_t at = 0;
  struct spare *spare = peek(&total_bytes) >= HUGE_BYTES ? best(SIZE_MAX, &at) : NULL;

  if (!spare || !claim(spare, at))
    return NULL;
  uintptr_t from = round_up(at, HUGE_BYTES), behind = at + spare->bytes;
  uintptr_t to = behind / HUGE_BYTES * HUGE_BYTES;
  if (to <= from) {
    settle(spare, at, spare->bytes);
    return NULL;
  }
  to = to - from > bytes ? from + bytes : to;
  settle(spare, from > at ? at : 0, from - at);
  left(behind - from);
  if (behind > to)
    spare_keep((void *)to, behind - to);
  *taken_bytes = to - from;
  return (void *)from;
}

size_t spare_purge(size_t keep_bytes) {
  size_t purged = 0, total;
  uintptr_t at = 0;

  while ((total = peek(&total_bytes)) > keep_bytes) {
    struct spare *spare = best(SIZE_MAX, &at);
    if (!spare)
      break;
    if (!claim(spare, at))
      continue;
    size_t have = spare->bytes, out = round_up(total - keep_bytes, PAGE_BYTES);
    if (out > have)
      out = have;
    /* No huge page is split: what is left of it would only be had again in small pages. */
    uintptr_t start = (at + have - out) / HUGE_BYTES * HUGE_BYTES;
    out = at + have - (start > at ? start : at);
    /* Where the kernel has no room for another mapping, the pages can still go. */
    char *from = (char *)at + (have - out);
    if (!os_unmap(from, out)) {
      os_purge(from, out);
      settle(spare, at, have);
      break;
    }
    settle(spare, have > out ? at : 0, have - out);
    left(out);
    purged += out;
  }
  __atomic_fetch_add(&purged_bytes, purged, __ATOMIC_RELAXED);
  return purged;
}

/* Threads that race here count a little too much or too little: it is an estimate. */
void spare_note_fresh(size_t bytes) {
  size_t purged = peek(&purged_bytes);
  size_t again = bytes < purged ? bytes : purged;

  poke(&purged_bytes, purged - again);
  __atomic_fetch_add(&retaken_bytes, again, __ATOMIC_RELAXED);
}

size_t spare_bytes(void) {
  return peek(&total_bytes);
}

size_t spare_least_restart(void) {
  size_t least = peek(&least_bytes);
  poke(&least_bytes, peek(&total_bytes));
  return least;
}

size_t spare_retaken_bytes(void) {
  return peek(&retaken_bytes);
}

bool spare_peek(unsigned slot, uintptr_t *address, size_t *bytes) {
  *address = load_acquire(&spares[slot].at);
  *bytes = peek(&spares[slot].bytes);
  return *address > CLAIMED && *bytes != 0 && peek(&spares[slot].at) == *address;
}

void spare_after_fork(void) {
  size_t bytes = 0;

  for (struct spare *spare = spares; spare < spares + SPARES; spare++) {
    if (peek(&spare->at) == CLAIMED)
      settle(spare, 0, 0);
    bytes += spare->bytes;
  }
  /* What was claimed, or about to be counted, is lost: else it would count as dirty for ever. */
  poke(&total_bytes, bytes);
}
