/* SPDX-License-Identifier: MIT */
/*
 * meta.h: memory for the allocator's own records (thread caches, slot arrays, batches, region
 * records). Pieces are powers of two of at least a cache line, carved from chunks that are never
 * unmapped, and recycled through lock-free stacks, one a size and kind.
 *
 *   private   read by others under a lock, or while it is certainly in use, if at all
 *   shared    read by others at any time, even after it was given back: such stale readers always
 *             read mapped memory of the same kind, and check what they read; all of it is written
 *             with poke()
 *
 * Freed pieces keep their first word for the stack's link; that word may be read by a thread that
 * loses a race, so a user of a piece of either kind writes it with poke().
 */
#ifndef LIBALLOC_META_H
#define LIBALLOC_META_H

#include "heap/base.h"

/* Zeroed only where fresh; bytes in 1..META_MAX_BYTES; NULL: no memory. Any thread. */
enum { META_MAX_BYTES = 64 * 1024 };
HIDDEN void *meta_take(size_t bytes);
HIDDEN void *meta_take_shared(size_t bytes);

/* From now on chunks lie between inaccessible pages. */
HIDDEN void meta_set_guarded(void);

/* Gives back what the one above of the same kind returned for so many bytes. */
HIDDEN void meta_give(void *piece, size_t bytes);
HIDDEN void meta_give_shared(void *piece, size_t bytes);

/* All mappings of metadata, youngest first: the one before chunk, the first for NULL; NULL: that
 * was the last. */
HIDDEN void *meta_chunk(void *chunk, size_t *bytes);

/* Bytes mapped for metadata so far. */
HIDDEN size_t meta_mapped_bytes(void);

#endif
