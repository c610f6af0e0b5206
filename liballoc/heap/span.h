/* SPDX-License-Identifier: MIT */
/*
 * span.h: slices that hold blocks of one size class, or one large block.
 *
 * The free blocks of a small span are the 1 bits of its bitmap: nothing is ever written into a
 * block. For a small span of class c
 *     free = number of 1 bits,   0 <= free <= capacity,   block i is free for all i >= touched
 * A block that is not free is live, in a thread cache, or in transit; the span does not know.
 *
 * Fields are written by the holder of the owner's lock, or by whoever has just taken the slices.
 * Everyone may peek.
 */
#ifndef LIBALLOC_SPAN_H
#define LIBALLOC_SPAN_H

#include "heap/base.h"
#include "heap/size_class.h"

enum {
  SPAN_INNER_WORDS = 8,  /* bitmap inside the descriptor: up to 512 blocks */
  SPAN_OUTER_WORDS = 16, /* bitmap beside the descriptors: up to 1024 for each slice */
};

enum span_kind { SPAN_NONE = 0, SPAN_SMALL = 1, SPAN_LARGE = 2 };

/* Whether a span is in its owner's list, and where (partial.h). */
enum span_listed { SPAN_UNLISTED = 0, SPAN_IN_FRONT = 1, SPAN_BEHIND = 2 };

struct span {
  uint8_t kind;       /* enum span_kind; of the first slice only */
  uint8_t size_class; /* small: its class */
  uint16_t back;      /* slices from the first slice of the span to this one */
  uint16_t slices;    /* of the span */
  uint16_t scan;      /* small: no free bit in words below this one */
  uint32_t owner;     /* number of the cache that owns it; large: of its maker's cache */
  uint32_t epoch;     /* counts changes */
  uint32_t free;      /* small: free blocks */
  uint32_t touched;   /* small: blocks at and above it were never handed out */
  uint64_t purged;    /* small: bit i: page i was given back since it was last used */
  size_t bytes;       /* large: usable bytes of the block */
  struct span *next;  /* small: in its owner's list of spans with free blocks */
  struct span *previous;
  uint16_t capacity; /* small: blocks; in each slice of the span, as back is */
  uint8_t listed;    /* small: enum span_listed */
  uint8_t zeroed;    /* memory from touched on reads as zero */
  union {
    uint32_t done; /* small: behind others: free blocks when its pages were given back */
    uint32_t turn; /* large: of that cache, see cache_in_turn() */
  };
  uint64_t bits[SPAN_INNER_WORDS];
};

_Static_assert(sizeof(struct span) == 128, "two cache lines, the second is the bitmap");

/* First address of the span. */
HIDDEN char *span_base(const struct span *span);

/* Its bitmap, a bit for each block. */
HIDDEN uint64_t *span_bits(struct span *span);

/* Makes a small span of freshly taken slices, all blocks free. Not yet tagged. */
HIDDEN struct span *span_create(void *first, unsigned slices, unsigned size_class, uint32_t owner,
                                bool zeroed);

/*
 * Takes up to want free blocks, lowest addresses first, and writes them downwards from end[-1]:
 * the lowest address ends up on top of a stack that is popped from the end. Returns how many.
 */
HIDDEN unsigned span_take(struct span *span, void **end, unsigned want);

/* A block that was never handed out, if it shares a page with one that was: memory that has just
 * been freed is then not handed out again at once. NULL: there is none. */
HIDDEN void *span_take_fresh(struct span *span);

/* Blocks are taken in no order from now on (debug/guard.h). */
HIDDEN void span_set_random(void);

/* Why span_put (arena.h) refused. */
enum span_fault { SPAN_OK, SPAN_INTERIOR, SPAN_DOUBLE_FREE };

/* What free says of it, unless SPAN_OK. */
static inline const char *span_fault_text(enum span_fault fault) {
  return fault == SPAN_DOUBLE_FREE ? "double free detected" : "invalid pointer, inside a block";
}

/* What span_put would say of the block. Any thread, without the lock: the bit of a block that is
 * in the program's hands does not change. */
HIDDEN enum span_fault span_fault_of(struct span *span, const void *block);

/* Gives back the pages that lie wholly in free blocks and are not purged yet; bytes. */
HIDDEN size_t span_purge(struct span *span);

/* The span is none any more; its slices can be given back once they have no tags. */
HIDDEN void span_end(struct span *span);

/* Bytes of pages of all spans that span_purge() gave back in vain, since the start: they were in
 * use again, or free a little later with all of their span. */
HIDDEN size_t span_retaken_bytes(void);

/* Bytes that purging the span would give back now: as above, or all of it when no block is in use.
 * Any thread, without the lock, which names class and capacity that it has seen: a guess while the
 * span changes. */
HIDDEN size_t span_purgeable(struct span *span, unsigned size_class, unsigned capacity);

/* Aborts with a message unless the equations at the head of this file hold. */
HIDDEN void span_check(struct span *span);

#endif
