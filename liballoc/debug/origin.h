/* SPDX-License-Identifier: MIT */
/*
 * origin.h: who allocated and who freed a block, for the line of a diagnosis.
 *
 * Noted are the return addresses of calls that are slow anyway: while blocks are checked (check.h),
 * guarded (guard.h), traced or recorded for leaks (record.h). A table of fixed size has the
 * youngest; a block takes the place of another with the same hash, and is unknown then.
 *
 *     check == mix (not_block, allocated, freed)      in each entry that is whole
 *
 * Entries are written without a lock. One that two threads have written at once fails the equation
 * and is no entry.
 */
#ifndef LIBALLOC_ORIGIN_H
#define LIBALLOC_ORIGIN_H

#include "heap/base.h"

struct origin {
  uintptr_t not_block; /* its address, inverted: for a search for leaks it is no pointer to it */
  const void *allocated;
  const void *freed; /* NULL: it is live */
  uint64_t check;
};

/* From now on diagnoses say what is known. */
HIDDEN void origin_start(void);

/* A block was allocated, which may be NULL; is about to be freed. A second free changes nothing.
 * Any thread. */
HIDDEN void origin_allocated(const void *block, const void *caller);
HIDDEN void origin_freed(const void *block, const void *caller);

/* What is known of the block that begins there; false: nothing. */
HIDDEN bool origin_of(const void *block, struct origin *origin);

#endif
