/* SPDX-License-Identifier: MIT */
/*
 * fence.h: the fenced blocks of check.h and their registry: a hash table whose chains change by
 * single stores, so that the child of a fork finds them whole.
 *
 * Fields of a fence are written under the lock of its chain, by whoever has just made it, or by the
 * one thread that has changed its state to FENCE_QUARANTINED and will remove it.
 */
#ifndef LIBALLOC_FENCE_H
#define LIBALLOC_FENCE_H

#include <mcheck.h>

#include "heap/base.h"

enum fence_state { FENCE_LIVE = 1, FENCE_QUARANTINED = 2 };

struct fence {
  struct fence *next; /* in its chain */
  char *block;        /* what the program has */
  char *base;         /* of the heap's block */
  size_t bytes;       /* asked for */
  size_t room;        /* from block to the end of the heap's block */
  uint32_t alignment; /* asked for; UINT32_MAX: larger */
  uint8_t state;      /* enum fence_state */
  uint8_t filled;     /* in quarantine: with this value */
  struct fence *younger;
};
_Static_assert(sizeof(struct fence) <= CACHE_LINE_BYTES, "one piece of metadata");

enum {
  FENCE_TAIL_LEAST = 16, /* bytes behind a block that are fenced at least */
  FENCE_TAIL_MOST = 64,
  FENCE_CHAINS = 1 << 18,
};

/* Bytes in front of a block of that alignment; 0: none are fenced, it would cost too much. */
static inline size_t fence_head_bytes(size_t alignment) {
  return alignment <= 16 ? 16 : alignment <= PAGE_BYTES ? alignment : 0;
}

/* Writes the pattern around the block; again behind it when its size has changed. */
HIDDEN void fence_write(const struct fence *fence);
HIDDEN void fence_write_tail(const struct fence *fence);

/* MCHECK_OK, _HEAD, _TAIL; of one in quarantine MCHECK_FREE when it was written to. */
HIDDEN enum mcheck_status fence_look(const struct fence *fence);

/* ---- the registry; any thread ---- */

HIDDEN void fence_add(struct fence *fence);
HIDDEN void fence_remove(struct fence *fence);

/* The fence of a block, with the lock of its chain held; NULL: there is none, and no lock is. */
HIDDEN struct fence *fence_lock(const void *block);
HIDDEN void fence_unlock(const struct fence *fence);

/* Whether the pointer is inside of a fenced block of the heap, or begins one, and is not the
 * program's. A heap pointer is what plain_free would take. */
HIDDEN bool fence_begins_at(const void *base);

/* Collects up to most damaged blocks of one chain; how many there were. */
struct damage {
  const void *block;
  enum mcheck_status status;
};
HIDDEN unsigned fence_damages(unsigned chain, struct damage *damage, unsigned most);

HIDDEN void fence_after_fork(void);

#endif
