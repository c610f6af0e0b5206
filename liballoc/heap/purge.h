/* SPDX-License-Identifier: MIT */
/*
 * purge.h: when memory goes back to the kernel.
 *
 *   dirty <= bound = max (PURGE_FLOOR_BYTES, recent peak of used bytes / 64) + regret
 *   regret <= recent peak * 7 / 8
 *
 * and in huge pages that are partly in use min (recent peak / 2, PARTS_MOST_BYTES) more, unless
 * less than a 16th of the peak is left.
 *
 * Above the bound slices are purged at once by whoever freed the last of them, so an idle process
 * does not sit on its peak; below it by decay, on slow paths. Regret is four times the memory that
 * was purged and then wanted again, with a half-life of one second. A program that frees and
 * allocates the same memory over and over soon keeps it, one that frees a burst and rests does not.
 */
#ifndef LIBALLOC_PURGE_H
#define LIBALLOC_PURGE_H

#include "heap/base.h"

/* After slices were freed: keeps the bound. No lock may be held. */
HIDDEN void purge_check(void);

/* Now and then, on a slow path: lets the peak fade, and what has been dirty for a while decay. */
HIDDEN void purge_tick(uint64_t now_ns);

/* Gives everything free back, keep_bytes of free slices aside; bytes given back. */
HIDDEN size_t purge_all(size_t keep_bytes);

/* M_TRIM_THRESHOLD: dirty bytes to keep instead of the rule above; SIZE_MAX: never purge. */
HIDDEN void purge_set_bound(size_t bytes);

/* Of used slices and reusable regions, in bytes; fades to what is used now. */
HIDDEN size_t purge_recent_peak_bytes(void);

/* What may be dirty in any case: the bound without regret. */
HIDDEN size_t purge_least_bound_bytes(void);

/* Regret for free pages inside spans, which is another one than that of the bound: memory given
 * back in vain by partial.h. */
HIDDEN size_t purge_idle_regret_bytes(void);

/* Whether about as much is in use as never before, of late: the heap grows. */
HIDDEN bool purge_is_at_peak(void);

/* Highest sum of used slices and regions so far, bytes. */
HIDDEN size_t purge_peak_bytes(void);

/* After that sum has grown. */
HIDDEN void purge_note_peak(void);

#endif
