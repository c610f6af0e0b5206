/* SPDX-License-Identifier: MIT */
/*
 * backtrace.h: who called.
 *
 * An entry of the allocator that is reached by a jump (front/fast.c) or called directly knows its
 * caller by its own return address, and the frames above it by its frame address. It notes both
 * in a site at once, because further in the return address is one of ours.
 *
 *     frame[0]  frame address of the caller, if the caller keeps one
 *     frame[1]  == caller
 */
#ifndef LIBALLOC_BACKTRACE_H
#define LIBALLOC_BACKTRACE_H

#include "heap/base.h"

struct site {
  const void *caller;       /* return address */
  const void *const *frame; /* frame address */
};
#define SITE_HERE                                                                                  \
  { __builtin_return_address(0), __builtin_frame_address(0) }

enum { BACKTRACE_MOST = 64 };

/*
 * Return addresses from site->caller outwards into frames[0 .. most), most <= BACKTRACE_MOST;
 * returns how many, at least 1. With most > 1 the rest comes from the unwinder of libgcc_s (DWARF,
 * right for all code) when the process has it, or else from the chain of frame pointers (right for
 * code built with them, cut short or with gaps for other code), every link of which must lie in
 * the mapping of the calling thread's stack. Takes no lock and does not allocate.
 */
HIDDEN unsigned backtrace_take(const struct site *site, const void **frames, unsigned most);

/*
 * The same for a sample, and faster where it can be: by frame pointers if they lead to the
 * outermost frame of the thread, as the unwinder has found it once. A chain that code without frame
 * pointers has cut short ends elsewhere.
 */
HIDDEN unsigned backtrace_sample(const struct site *site, const void **frames, unsigned most);

/* Makes the unwinder of libgcc_s available, loading the library if need be. Not inside malloc: by
 * the constructor, when more than one frame is wanted. */
HIDDEN void backtrace_prepare(void);

#endif
