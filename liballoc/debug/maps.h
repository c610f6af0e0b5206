/* SPDX-License-Identifier: MIT */
/*
 * maps.h: reads /proc/self/maps without stdio, a line at a time. A mapping may be of any age: other
 * threads map and unmap meanwhile.
 */
#ifndef LIBALLOC_MAPS_H
#define LIBALLOC_MAPS_H

#include "heap/base.h"

struct mapping {
  uintptr_t begin, end;
  bool readable, writable, shared;
  bool anonymous; /* backed by no file; the stack of the main thread and brk's heap are too */
  char name[256]; /* of the file or "[stack]"; cut to fit */
};

struct maps {
  int file; /* < 0: it could not be opened */
  size_t used, filled;
  char buffer[4096];
};

HIDDEN bool maps_open(struct maps *maps);

/* The next mapping, in order of address; false: that was the last. */
HIDDEN bool maps_next(struct maps *maps, struct mapping *mapping);

HIDDEN void maps_close(struct maps *maps);

/* The mapping that holds address; false: none does. */
HIDDEN bool maps_find(uintptr_t address, struct mapping *mapping);

#endif
