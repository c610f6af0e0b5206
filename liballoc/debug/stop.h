/* SPDX-License-Identifier: MIT */
/*
 * stop.h: stops all other threads of the process while a function looks at its memory.
 *
 * As LeakSanitizer does it: a thread cannot trace its own process, so a new process that shares
 * all of its memory attaches to every other thread, reads its registers, calls the function, and
 * lets them go. The calling thread waits meanwhile. Needs the permission to ptrace(2) the own
 * process, which the kernel gives for processes of the own user unless it is told otherwise
 * (seccomp, PR_SET_DUMPABLE); Yama's scope 1 is dealt with.
 */
#ifndef LIBALLOC_STOP_H
#define LIBALLOC_STOP_H

#include "heap/base.h"

enum { STOP_REGISTERS = 40 };

/* A thread that is stopped, or the calling one. */
struct stopped {
  uint32_t id;
  uintptr_t stack_pointer;
  uintptr_t thread_pointer;
  uintptr_t registers[STOP_REGISTERS];
};

struct stop {
  const struct stopped *thread; /* the first is the calling one */
  unsigned count;
  bool complete;        /* whether these are all threads; else the others go on */
  uintptr_t begin, end; /* stack of whoever looks, if that is not the calling thread's */
};

/*
 * Calls look(stop, data), with all other threads stopped if that is possible, or else with
 * stop->complete false. look must not allocate, take a lock or depend on its process number; it may
 * run in another process with this one's memory and descriptors. from: the lowest address of the
 * calling thread's stack that counts.
 */
HIDDEN bool stop_and_look(void (*look)(const struct stop *stop, void *data), void *data,
                          uintptr_t from); /* returns stop->complete */

#endif
