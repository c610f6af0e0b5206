/* SPDX-License-Identifier: MIT */
/*
 * chunk.h: the memory of stacks, in pieces from the heap.
 *
 *     address      base                       top             limit
 *        | unused    | blocks ...              | room ...      |
 *
 * Something is unused, so that no pointer of a program is ever that of the heap's own block, and
 * free() finds out; and so much, that blocks begin half a page away, modulo pages, from the record
 * of the stack: a load from an address that equals that of a recent store in its low 12 bits is
 * held up by many processors. Records are metadata, never unmapped. Fields are written by the
 * thread of the stack; an observer peeks.
 */
#ifndef LIBALLOC_CHUNK_H
#define LIBALLOC_CHUNK_H

#include "heap/base.h"

struct chunk {
  struct chunk *below; /* the one that was open before; NULL: none */
  char *address;
  char *base;
  size_t bytes;
  char *top;    /* end of its blocks, once another chunk is open above it */
  bool private; /* a mapping of its own, so that access to it can be forbidden */
};
_Static_assert(sizeof(struct chunk) <= CACHE_LINE_BYTES, "one piece of metadata");

enum { CHUNK_LEAST_BYTES = 256 * 1024, CHUNK_MOST_BYTES = 1024 * 1024 };

/* A chunk with room for bytes at least, and of usual_bytes; private: see above. record is that of
 * the stack. NULL: no memory. */
HIDDEN struct chunk *chunk_take(size_t bytes, size_t usual_bytes, bool private, const void *record);
HIDDEN void chunk_give(struct chunk *chunk);

static inline char *chunk_limit(const struct chunk *chunk) {
  return chunk->address + chunk->bytes;
}

#endif
