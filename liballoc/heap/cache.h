/* SPDX-License-Identifier: MIT */
/*
 * cache.h: the thread cache, and the spans that belong to it.
 *
 * For each size class a thread has a bin: a stack of pointers to free blocks of its own spans.
 *
 *      base[-1]  base[0]                    top            limit
 *        NULL   | oldest block | ... | newest |  room ...  |
 *
 * malloc pops top[-1] and free pushes at top; a NULL from malloc's pop (the bin is empty) and
 * top == limit in free (the bin is full) lead into the slow paths below, which move blocks
 * between bins and the bitmaps of spans, in batches. The fast paths touch no block and take no
 * lock.
 *
 * Three kinds of access, field by field below:
 *   thread   the thread that owns the cache, without a lock (and, on behalf of a thread that is
 *            gone, whoever has adopted the cache)
 *   lock     the holder of the lock: the owner on its slow paths, or a thread that collects for it
 *   any      anyone, atomically
 */
#ifndef LIBALLOC_CACHE_H
#define LIBALLOC_CACHE_H

#include "heap/arena.h"
#include "heap/base.h"
#include "heap/lock.h"
#include "heap/size_class.h"
#include "heap/span.h"

struct bin {
  void **top;
  void **limit;
};
_Static_assert(sizeof(struct bin) == 1 << CLASS_BIN_SHIFT, "class_bin has offsets of bins");
_Static_assert(TAG_BIN_SHIFT == CLASS_BIN_SHIFT, "a tag has the offset of a bin");

enum {
  BATCH_BLOCKS = 30,
  OUTBOXES = 8,
  CACHE_BYTES = 4096,
  CACHE_MAX = 1 << 20, /* numbers of caches: 20 bits of a tag */
  SLOTS_LEAST = 7,     /* with the NULL below them one cache line */
};

/* Freed blocks on their way to their owner. Lives in metadata, so that no block is touched. */
struct batch {
  struct batch *next;
  uint32_t count;
  uint32_t queued_bytes; /* of this batch and of those behind it when it was posted */
  void *block[BATCH_BLOCKS];
};
_Static_assert(sizeof(struct batch) == 256, "four cache lines");

struct thread_stack;

struct outbox {
  uint32_t owner;       /* 0: closed, no batch */
  uint32_t block_bytes; /* of the last block of the last full batch: to guess at the queue's size */
  struct batch *batch;
  uint32_t seen_count; /* of the batch, at the last look: what has not changed is posted */
};

struct cache {
  /* thread: what free compares the tags of blocks with, cache_tag() but while metered (meter.h),
   * when nothing is to match; as wide as an address, for clang's free */
  uint64_t tag;

  /* constant */
  uint32_t number; /* from 1; 0 is nobody */

  /* thread */
  struct bin bin[CLASSES];
  uint16_t capacity[CLASSES]; /* limit - base; 0: no slots yet */
  uint32_t capacity_bytes;    /* of blocks that all bins may hold */
  uint8_t calls[CLASSES];     /* slow paths before there were slots; stops at COLD_CALLS */
  uint32_t arrays_epoch;      /* odd while slots are being replaced */
  uint32_t spare_used;        /* bytes of the spare area given out as slots */
  uint32_t thread_id;         /* the kernel's; 0: orphaned */
  uint32_t turn;              /* threads that have had it so far */
  uint32_t ticks;             /* slow paths; every so many the clock is read */
  uint64_t active_ns;         /* when it last was, coarse */
  uint64_t rested_ns;         /* when idle bins were last emptied */
  uint64_t busy[2];           /* classes with a slow path since then, */
  uint64_t wanted[2];         /* and since the heap had last grown */
  uint64_t refills, flushes;
  uint64_t hits;          /* mallocs by fast paths that have shown, see bin_look() */
  uint16_t left[CLASSES]; /* blocks that its last slow path left in the bin */
  struct outbox outbox[OUTBOXES];
  uintptr_t stack_low, stack_high; /* mapping of the thread's stack; 0: not asked for yet */
  const void *outermost;           /* its outermost frame; NULL: not found yet */
  uint32_t inside;                 /* recording: what that allocates is not recorded */
  struct thread_stack *stack;      /* of <liballoc/stack.h>; made once; NULL: not needed yet */
  struct meter *meter;             /* NULL: not metered */
  size_t metered_bytes;            /* mean that it follows; 0: not metered */

  /* lock */
  ALIGNED_TO(CACHE_LINE_BYTES) struct lock lock;
  uint32_t spans;                /* owned */
  size_t span_bytes;             /* of them */
  size_t behind_bytes;           /* free in those of them that are behind: see partial.h */
  size_t fresh_bytes;            /* of spans of fresh memory, since it last counted as grown */
  size_t grown_bytes;            /* by spans and large blocks, since the last look at them all, */
  bool fragmented;               /* and what that found */
  uint32_t collections;          /* of the queue; counted before each */
  uint32_t others_collected;     /* 1: since a look at it while it slept others have collected */
  uint32_t class_spans[CLASSES]; /* owned, of each class */
  struct span *partial[CLASSES]; /* spans with free blocks: see partial.h */

  /* any */
  ALIGNED_TO(CACHE_LINE_BYTES) struct batch *queue;
  uint32_t state;       /* enum alloc_cache_state */
  uint32_t next_orphan; /* number of the cache below it on the stack of orphans */
  uint32_t lost;        /* 1: a thread that is not in this child was changing it */
};

enum { CACHE_SPARE_BYTES = CACHE_BYTES - sizeof(struct cache) };
_Static_assert(sizeof(struct cache) <= CACHE_BYTES - 512, "a cache and its first slots: one page");

/* Of blocks that all bins of a cache may hold, beyond the first slots of each. */
enum { CACHE_BUDGET_BYTES = 512 * 1024 };

/* The calling thread's cache, or cache_none: all bins empty and full, a tag that matches nothing.
 */
HIDDEN extern __thread struct cache *cache_self __attribute__((tls_model("initial-exec")));
HIDDEN extern const struct cache cache_none_storage;
#define cache_none ((struct cache *)&cache_none_storage)

/* The tag of the first slice of a cache's spans, without the class. */
static inline uint64_t cache_tag(const struct cache *cache) {
  return (uint64_t)cache->number << TAG_OWNER_SHIFT;
}

/* A block from a bin of the calling thread; NULL: the slow path has to find one. */
static inline void *bin_take(struct bin *bin) {
  void **top = peek(&bin->top);
  void *block = peek(&top[-1]);
  if (likely(block))
    poke(&bin->top, top - 1);
  return block;
}

/* Puts a block of one of the cache's own spans into its bin; false: the bin is full. */
static inline bool bin_put(struct bin *bin, void *block) {
  void **top = peek(&bin->top);
  if (unlikely(top == bin->limit))
    return false;
  poke(top, block);
  poke(&bin->top, top + 1);
  return true;
}

/* ---- slow paths (cache.c); the thread of the cache ---- */

/* A block of the class, after refilling its bin; NULL: no memory. */
HIDDEN void *cache_refill(struct cache *cache, unsigned size_class);

/* Pushes a block of one of the cache's own spans on its bin, making room first. */
HIDDEN void cache_push(struct cache *cache, unsigned size_class, void *block);

/* Returns the oldest blocks of a bin to their spans until at most keep are left. */
HIDDEN void cache_flush(struct cache *cache, unsigned size_class, unsigned keep);

/* Returns everything: bins, and outboxes to the queues of their owners. */
HIDDEN void cache_flush_all(struct cache *cache);

/* Turns all bins off or on again: without them every malloc and every free is a slow path, which
 * is how fills, traces and guards see each call. Other threads follow at their next slow path. */
HIDDEN void cache_set_bins(bool on);

/* Makes the calling thread follow at once. */
HIDDEN void cache_follow_bins(void);

/* ---- with the lock held (cache.c) ---- */

/* Marks blocks of the cache's spans free; a span that becomes empty may be released. */
HIDDEN void cache_put(struct cache *cache, void *const *blocks, unsigned count);

/* Purges free pages inside the cache's partly used spans, and releases empty ones, the first few of
 * each class; bytes. */
HIDDEN size_t cache_purge(struct cache *cache, unsigned spans_most);

/* ---- frees from other threads (remote.c) ---- */

/* Sends a block towards its owner through an outbox of the calling thread's cache. */
HIDDEN void remote_free(struct cache *cache, uint32_t owner, unsigned size_class, void *block);

/* Frees a block on behalf of a thread without a cache: takes the owner's lock. */
HIDDEN void remote_free_now(uint32_t owner, void *block);

/* Posts whatever the outboxes hold. The thread of the cache. */
HIDDEN void remote_post_all(struct cache *cache);

/* Posts what has waited in an outbox, to which nothing was added, since the last call. The thread
 * of the cache. */
HIDDEN void remote_post_rested(struct cache *cache);

/* Puts the queued blocks back into their spans. With the cache's lock held. */
HIDDEN void remote_collect(struct cache *cache);

/* ---- life of a cache (owner.c) ---- */

/* The calling thread's cache, made or adopted if need be; NULL: the thread is past its own end, or
 * there is no memory. */
HIDDEN struct cache *cache_attach(void);

/* The same, cache_none instead of NULL: for whoever makes memory that names its maker. */
HIDDEN const struct cache *cache_maker(void);

/* A cache for one operation of a thread that may not have one of its own; give it back at once. */
HIDDEN struct cache *cache_borrow(void);
HIDDEN void cache_return(struct cache *cache);

/* A cache that stays with the calling thread until its exit, past its own end too, when it is none
 * to allocate from. Before a cache is given back by a thread that exits, the hook is called. */
HIDDEN struct cache *cache_until_exit(void);
HIDDEN extern void (*cache_exit_hook)(struct cache *cache);

/* Cache with this number; NULL: never made. */
HIDDEN struct cache *cache_number(uint32_t number);
/* Numbers in use are 1 .. cache_count (). */
HIDDEN uint32_t cache_count(void);

/* The number, or 0 when another thread has had the cache since that turn: for memory that does not
 * go with the cache when it is adopted. */
HIDDEN uint32_t cache_in_turn(uint32_t number, uint32_t turn);

/* How many of them threads have now. */
HIDDEN uint32_t cache_owned_count(void);

/* Collects queues, and purges spans when asked, of every cache whose lock is free; bytes purged. */
HIDDEN size_t cache_collect_all(bool purge);

/* Collects the queues of a few threads that sleep, and purges what others have freed of them
 * meanwhile. Now and then, by a thread that is awake and holds no lock. */
HIDDEN void cache_help_sleepers(uint64_t now_ns);

/* Aborts with a message unless bins, lists, bitmaps and tags of the cache agree with one another.
 * The thread of the cache, or anyone while the heap is quiet (cache_check.c). */
HIDDEN void cache_check(struct cache *cache);

/* In the child of a fork: all other threads are gone. */
HIDDEN void cache_after_fork(void);

#endif
