/* SPDX-License-Identifier: MIT */
/*
 * blocks.h: the blocks that were allocated while recording and are live, with the size that was
 * asked for and the stack that asked: a hash table beside the heap.
 *
 * A shard's lock guards its chains. A block is forgotten before it is freed and noted after it was
 * allocated, so its address is never in the table twice.
 */
#ifndef LIBALLOC_BLOCKS_H
#define LIBALLOC_BLOCKS_H

#include "debug/stacks.h"
#include "heap/base.h"
#include "heap/lock.h"

/* How a leak report sees a block; enum block_state is in order of a block's way downwards. */
enum block_state { BLOCK_UNSEEN, BLOCK_REACHABLE, BLOCK_LOST, BLOCK_INDIRECT };

struct block {
  struct block *next; /* in its chain, or in the list of unused ones */
  uintptr_t address;
  size_t bytes;        /* asked for */
  struct stack *stack; /* NULL: there was no memory for it */
  uint32_t trace;      /* number of the trace that has it; 0: none */
  uint16_t generation; /* forks between the first process and the one that allocated it */
  uint16_t state;      /* enum block_state */
  struct block *gray;  /* of the report that is being made: next to be looked at */
};

/* Notes a live block; without memory for that it stays unknown. Any thread. */
HIDDEN void blocks_note(const void *block, size_t bytes, struct stack *stack, uint32_t trace);

/* Removes the block; false: it is unknown. *was is a copy. Any thread. */
HIDDEN bool blocks_forget(const void *block, struct block *was);

/* Forgets all. Any thread. */
HIDDEN void blocks_forget_all(void);

/* Keeps everybody else from changing anything until blocks_unlock_all(). False: not to be had,
 * which is when exit() was called by a signal handler that has interrupted a change. */
HIDDEN bool blocks_lock_all(void);
HIDDEN void blocks_unlock_all(void);

/* With all locked: the record of a block, or NULL; and all records, in no order. */
HIDDEN struct block *blocks_find(uintptr_t address);
HIDDEN void blocks_each(void (*visit)(struct block *block, void *data), void *data);

/* Adds the memory of the table that is no metadata. */
struct ranges;
HIDDEN void blocks_add_ranges(struct ranges *ranges);

/* How many processes of a line of forks came before this one. */
HIDDEN uint16_t blocks_generation(void);

/* In the child of a fork: what a vanished thread was about to change is dropped. */
HIDDEN void blocks_after_fork(void);

#endif
