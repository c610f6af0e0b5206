/* SPDX-License-Identifier: MIT */
/*
 * profile.h: the sampled profile: who allocated what is live, what ever was allocated, and what was
 * live when most was. heap/meter.h chooses the blocks; here each has its call stack noted until it
 * is freed. A sampled block stands for 1 / p of its size, so that sums are estimates without bias:
 * of n blocks at a call site that hold B bytes, sum and truth differ by one standard error of at
 * most B sqrt (mean / B), whatever the size of the blocks.
 *
 * While it runs, metered caches send every free to a slow path, where a filter tells at once that
 * most blocks are not sampled. One lock guards everything here; only samples take it.
 */
#ifndef LIBALLOC_PROFILE_H
#define LIBALLOC_PROFILE_H

#include "debug/backtrace.h"
#include "heap/base.h"
#include "heap/lock.h"

/* One object file that a frame lies in, as it was loaded then. */
struct profile_object {
  struct profile_object *next; /* younger */
  const void *begin;
  uintptr_t bias;
  uint32_t number; /* from 1 */
  uint32_t name_bytes;
  char name[]; /* empty: the program itself; no NUL */
};

/* Sums of what sampled blocks stand for. */
struct profile_sums {
  uint64_t samples;
  uint64_t blocks_1024; /* in 1024ths */
  uint64_t bytes;
};

/* One call stack, made once and never changed but for its sums. */
struct profile_call {
  struct profile_call *chained; /* in its chain */
  struct profile_call *next;    /* of all */
  struct profile_sums live, allocated;
  struct profile_sums peak; /* when most was live, if round is the profile's; else it is `live` */
  uint64_t round;
  uint32_t index; /* while it is being published */
  uint32_t count;
  struct {
    const void *address;
    uint32_t object; /* number; 0: none */
  } frame[];
};

/* One block in the program's hands. */
struct profile_sample {
  struct profile_sample *next;
  uintptr_t address;
  size_t bytes; /* usable */
  struct profile_call *call;
};

enum { PROFILE_CHAINS = 1 << 16, PROFILE_FRAMES = 48 };

/* All of it; with the lock held, but for running and ended_ns, which stopping sets without. */
struct profile {
  struct lock lock;
  bool running;
  bool at_peak;                         /* what is live now is the most that ever was */
  size_t mean_bytes;                    /* 0: there never was a profile */
  uint64_t began_ns, ended_ns, peak_ns; /* CLOCK_REALTIME; ended 0: it runs */
  uint64_t round;                       /* of the peak */
  uint64_t lost;                        /* samples that there was no memory for */
  struct profile_sums live, allocated, peak;
  struct profile_object *objects;
  struct profile_call *calls;
  uint32_t object_count, call_count, frame_count, name_bytes;
  struct profile_sample *chain[PROFILE_CHAINS];
};
HIDDEN extern struct profile profile;

/* Of a call when most was live. */
static inline const struct profile_sums *profile_peak_of(const struct profile_call *call) {
  return call->round == profile.round ? &call->peak : &call->live;
}

/* Starts anew with a sample about every mean_bytes, which is clamped. 0; EBUSY: one is running, or
 * its lock is not to be had. Async-signal-safe. */
HIDDEN int profile_start(size_t mean_bytes);

/* Stops: what was seen stays as it is until the next one starts. Async-signal-safe. */
HIDDEN void profile_stop(void);

HIDDEN bool profile_is_running(void);

/* Other samples than chance has it, the same in each run; 0: chance. Before it starts. */
HIDDEN void profile_set_seed(uint64_t seed);

/* ---- for record.c ---- */

/* A slow path begins: forgets what an earlier one has left undone. */
HIDDEN void profile_expect(void);

/* A block was allocated: notes it if it is sampled. block may be NULL. Keeps errno. */
HIDDEN void profile_allocated(void *block, const struct site *site);

/* A block is about to be freed. */
HIDDEN void profile_freed(const void *block);

/* Around a realloc: takes the block out, if it is sampled, and puts it back where it stays. */
HIDDEN bool profile_take(const void *block, struct profile_sample *was);
HIDDEN void profile_put_back(const struct profile_sample *was);

/* After profile_take: it was freed. */
HIDDEN void profile_gone(const struct profile_sample *was);

/* In the child of a fork. */
HIDDEN void profile_after_fork(void);

#endif
