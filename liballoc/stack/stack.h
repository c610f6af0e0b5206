/* SPDX-License-Identifier: MIT */
/*
 * stack.h: the stack-based allocator of <liballoc/stack.h>, from inside.
 *
 * A thread's stack is a chain of chunks, newest first; the newest is open, and the public part of
 * the record says how far it is filled. A record belongs to a thread cache and changes threads with
 * it: it is made once, never destroyed, and empty whenever no thread uses it.
 *
 *     open.top, open.limit, open.base    of the open chunk when there is no checking
 *     limit == top, base == CHECKED      when there is: every call is a slow one (checked.c)
 *
 * All fields are written by the thread of the stack. An observer reads open.top, chunk and spare
 * and what they lead to by peeks, and believes it only while departures stays the same.
 */
#ifndef LIBALLOC_STACK_INSIDE_H
#define LIBALLOC_STACK_INSIDE_H

#include <liballoc/stack.h>

#include "heap/base.h"
#include "stack/chunk.h"

/* A mark made while checking: marks that can still be released, newest first. */
struct stack_mark {
  struct stack_mark *below;
  size_t serial; /* of all marks of the process; descending along the list */
  char *top;
};

struct thread_stack {
  struct alloc_stack open;
  struct chunk *chunk;     /* the open one; NULL: nothing was taken yet */
  struct chunk *spare;     /* an empty one for the next time the open one is full */
  uint32_t departures;     /* chunks that have left the chain; counted before each */
  bool checked;            /* no simple case */
  bool fresh;              /* checked: the next block begins a page of its own */
  struct stack_mark *mark; /* checked: the newest */
};
_Static_assert(offsetof(struct thread_stack, open) == 0, "what alloc_stack_self points to");

/* Turns the checking of marks and of released memory on, from now on for the calling thread and for
 * every stack that begins; or off, for stacks that begin. */
HIDDEN void stack_set_checking(bool on);

/* ---- between stack.c and checked.c ---- */

/* Lowest address that no mark can have. */
#define STACK_CHECKED_BASE ((char *)UINTPTR_MAX)

/* Opens a chunk with room for bytes on top of the others; false: no memory. */
HIDDEN bool stack_push(struct thread_stack *stack, size_t bytes);

/* Releases everything above top, which is in a chunk of the stack, or all of it for NULL. False,
 * and nothing is done: no chunk holds such a block. */
HIDDEN bool stack_pop_to(struct thread_stack *stack, char *top);

HIDDEN void checked_begin(struct thread_stack *stack);
HIDDEN void checked_end(struct thread_stack *stack);
HIDDEN struct alloc_stack_mark checked_mark(struct thread_stack *stack);
HIDDEN void *checked_alloc(struct thread_stack *stack, size_t alignment, size_t bytes);
HIDDEN void checked_release(struct thread_stack *stack, struct alloc_stack_mark mark);

#endif
