/* SPDX-License-Identifier: MIT */
/*
 * look.h: a place in an example where its heap is worth a look. Nothing happens there, unless LOOK
 * is in the environment: then the program says what there is to see and waits for a line of input,
 * so that alloc-viewer and alloc-inspect can be pointed at it.
 */
#ifndef EXAMPLES_LOOK_H
#define EXAMPLES_LOOK_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void look(const char *what, const void *where) {
  char byte = 0;

  if (!getenv("LOOK"))
    return;
  fprintf(stderr, "look: process %d at %p: %s; press Enter to go on\n", (int)getpid(), where, what);
  while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
    continue;
}

#endif
