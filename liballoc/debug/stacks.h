/* SPDX-License-Identifier: MIT */
/*
 * stacks.h: every call stack that was recorded, once. A stack is never changed and never freed, so
 * what points to one may do so for ever.
 */
#ifndef LIBALLOC_STACKS_H
#define LIBALLOC_STACKS_H

#include "debug/place.h"
#include "heap/base.h"

struct stack {
  struct stack *next; /* in its chain */
  uint32_t number;    /* from 1, in the order in which they were first seen */
  uint32_t written;   /* number of the last trace that has its definition */
  uint32_t mark;      /* for whoever makes a report */
  uint32_t count;     /* of the frames, innermost first */
  const struct place *place[];
};

/* The stack of these return addresses, 1 <= count <= BACKTRACE_MOST; NULL: no memory.
 * Any thread; no lock, no malloc. */
HIDDEN struct stack *stack_of(const void *const *frames, unsigned count);

#endif
