/* SPDX-License-Identifier: MIT */
/*
 * bell.h: the doorbell, one page of requests per user that every process of the user maps at its
 * start. Watchers write requests into it; the processes they name answer (publisher.c).
 *
 * What it says is a wish of another process: each value is read once and checked.
 */
#ifndef LIBALLOC_BELL_H
#define LIBALLOC_BELL_H

#include "heap/base.h"

enum { WISH_WINDOWS = 8, RATE_LEAST_MHZ = 100, RATE_MOST_MHZ = 60000 };

/* All fresh requests for one process together. */
struct wish {
  uint32_t rate_mhz; /* the highest, clamped; 0: there is none */
  unsigned windows;
  struct {
    uint64_t begin, end;
  } window[WISH_WINDOWS];
};

/* Maps the doorbell in the directory of the user, making it if there is none: 0 or an errno value.
 * Once, while one thread runs. */
HIDDEN int bell_open(int directory, uint32_t process);

/* The ring count; NULL: there is no bell. */
HIDDEN const uint32_t *bell_rings(void);

/* What is wished from the process at now_ns, CLOCK_MONOTONIC. start_ticks 0: not known. */
HIDDEN void bell_read(uint32_t process, uint64_t start_ticks, uint64_t now_ns, struct wish *wish);

/* Whether a request names the process, fresh or not: says whether bell_read is worth a look. */
HIDDEN bool bell_names(uint32_t process);

/* Carries out the commands of fresh requests that are new. Takes locks of the heap. */
HIDDEN void bell_obey(uint32_t process, uint64_t start_ticks, uint64_t now_ns);

#endif
