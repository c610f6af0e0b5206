/* SPDX-License-Identifier: MIT */
/*
 * record.h: sees every call while a trace is written (trace.h) or leaks are to be found (leaks.h),
 * and whose calls they are while blocks are checked or guarded (origin.h).
 *
 * The flags are looked at by the slow paths only. While one is set, bins are off (cache.h), so that
 * every call is a slow one: what is not recorded costs nothing. A profile (profile.h) needs only
 * the slow calls that there are. They start as RECORD_UNBORN, so that the very first call of a
 * process comes here and reads the environment, long before any constructor has run.
 *
 * A block is logged as freed before it is, and as allocated after it was; so its address cannot
 * appear twice however many threads there are.
 */
#ifndef LIBALLOC_RECORD_H
#define LIBALLOC_RECORD_H

#include "debug/backtrace.h"
#include "heap/base.h"

enum {
  RECORD_UNBORN = 1,
  RECORD_TRACE = 2,
  RECORD_LEAKS = 4,
  RECORD_PROFILE = 8,
  RECORD_ORIGINS = 16,
};
HIDDEN extern uint32_t record_flags;

static inline bool recording(void) {
  return peek(&record_flags) != 0;
}

/* The entries of slow.h, recorded. To be jumped to: the return address is whose call it is. */
HIDDEN void *record_malloc(size_t bytes);
HIDDEN void *record_aligned(size_t bytes, size_t alignment);
HIDDEN void *record_calloc(size_t bytes);
HIDDEN void *record_realloc(void *block, size_t bytes);
HIDDEN void record_free(void *block);

/* For entries that do something else after it; any alignment that is a power of two. */
HIDDEN void *record_aligned_at(size_t bytes, size_t alignment, const struct site *site);

/* Frames that are recorded of each call, 1 to BACKTRACE_MOST; 0: as many as the purpose needs. */
HIDDEN void record_set_frames(unsigned frames);

/* Sets or clears one of the flags. */
HIDDEN void record_set(uint32_t flag, bool on);

/* Before a recording starts that the constructor did not know of; not inside malloc. */
HIDDEN void record_prepare(void);

/* Reads the environment if no call has come yet. By the constructor, before options. */
HIDDEN void record_birth(void);

/* By the constructor; in the child of a fork; by the destructor. */
HIDDEN void record_start(void);
HIDDEN void record_after_fork(void);
HIDDEN void record_end(void);

#endif
