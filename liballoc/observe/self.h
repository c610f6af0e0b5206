/* SPDX-License-Identifier: MIT */
/*
 * self.h: what /proc says about the calling process. Raw reads into the caller's memory, since
 * this runs inside programs at any time. Without /proc everything is zero or empty.
 */
#ifndef LIBALLOC_SELF_H
#define LIBALLOC_SELF_H

#include "heap/base.h"

struct self {
  uint64_t start_ticks; /* clock ticks since boot; 0: unknown */
  unsigned threads;     /* that the kernel still knows, an exited main thread included */
  char state;           /* of the main thread: 'R', 'S', 'Z', ... */
  char command[16];     /* name of the main thread */
};

HIDDEN void self_read(struct self *self);

/* Target of /proc/self/exe into path, cut to bytes - 1 characters. */
HIDDEN void self_program(char *path, size_t bytes);

/* Name of a thread into name; empty when there is no such thread. */
HIDDEN void self_thread_name(uint32_t thread, char name[16]);

#endif
