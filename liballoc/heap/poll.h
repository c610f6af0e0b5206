/* SPDX-License-Identifier: MIT */
/*
 * poll.h: how a slow path learns that somebody wants something: one relaxed load and a compare.
 *
 * The word is the ring count of the doorbell once observe/ has mapped it, and a constant before.
 */
#ifndef LIBALLOC_POLL_H
#define LIBALLOC_POLL_H

#include "heap/base.h"

HIDDEN extern const uint32_t *poll_word;
HIDDEN extern uint32_t poll_seen; /* value of the word that has been answered */

/* Called with the new value; may allocate; no lock is held. Set once, before poll_word changes. */
HIDDEN extern void (*poll_handler)(uint32_t value);

HIDDEN COLD void poll_answer(void);

/* On slow paths of malloc (never of free, which libc calls with its own locks held). */
static inline void poll(void) {
  if (unlikely(peek(load_acquire(&poll_word)) != peek(&poll_seen)))
    poll_answer();
}

#endif
