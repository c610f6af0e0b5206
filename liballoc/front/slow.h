/* SPDX-License-Identifier: MIT */
/*
 * slow.h: everything behind the two fast paths, by what is asked rather than by libc's names.
 * Failures set errno to ENOMEM and return NULL; successes and frees leave errno alone.
 */
#ifndef LIBALLOC_SLOW_H
#define LIBALLOC_SLOW_H

#include "heap/base.h"

/* Any size, 0 included. */
HIDDEN void *slow_malloc(size_t bytes);

/* Any alignment that is a power of two. */
HIDDEN void *slow_aligned(size_t bytes, size_t alignment);

HIDDEN void *slow_calloc(size_t bytes);
HIDDEN void *slow_realloc(void *block, size_t bytes);

/* Any pointer at all: NULL returns, one that is not a block ends in a message and abort(). */
HIDDEN void slow_free(void *block);

/* The same by who tells what was asked for, which is looked at while blocks are checked or guarded.
 */
HIDDEN COLD void slow_check_size(const char *function, void *block, size_t alignment, size_t bytes);
HIDDEN void slow_free_sized(void *block, size_t bytes);
HIDDEN void slow_free_aligned_sized(void *block, size_t bytes, size_t alignment);

/* The same, unrecorded: what the entries above do when nothing is traced (debug/record.h). */
HIDDEN void *bare_malloc(size_t bytes);
HIDDEN void *bare_aligned(size_t bytes, size_t alignment);
HIDDEN void *bare_calloc(size_t bytes);
HIDDEN void *bare_realloc(void *block, size_t bytes);
HIDDEN void bare_free(void *block);

/* And unguarded too, whatever else is on (debug/guard.h): any pointer, bytes > 0. */
HIDDEN void *plain_alloc(size_t bytes, size_t alignment, bool *zeroed);
HIDDEN void *plain_realloc(void *block, size_t bytes);
HIDDEN void plain_free(void *block);
HIDDEN size_t plain_usable(const void *block);

/* What plain_free would say of the pointer. */
enum plain_fault { PLAIN_OK, PLAIN_FREE, PLAIN_INSIDE, PLAIN_FOREIGN };
HIDDEN enum plain_fault plain_fault_of(const void *block);

/* Allocations so far that found no memory. */
HIDDEN uint64_t slow_failures(void);

/* Usable bytes of a block; 0 for NULL. */
HIDDEN size_t slow_usable(const void *block);

/* M_PERTURB: fill bytes for new and freed blocks; 0: off. */
HIDDEN void slow_set_perturb(unsigned value);

/* 0, or 0x100 | the value that was set. */
HIDDEN uint32_t slow_perturb(void);

/* Who wants to see calls: all of them, and bins are on while nobody does; or, for SLOW_METER, those
 * that are slow with bins. */
enum slow_reason {
  SLOW_PERTURB = 1,
  SLOW_RECORD = 2,
  SLOW_GUARD = 4,
  SLOW_CHECK = 8,
  SLOW_METER = 16
};
HIDDEN void slow_set_bins(enum slow_reason reason, bool on);

#endif
