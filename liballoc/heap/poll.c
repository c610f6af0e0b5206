/* SPDX-License-Identifier: MIT */
#include "heap/poll.h"

static const uint32_t never;
const uint32_t *poll_word = &never;
uint32_t poll_seen;
void (*poll_handler)(uint32_t value);

void poll_answer(void) {
  uint32_t value = peek(load_acquire(&poll_word));
  uint32_t seen = peek(&poll_seen);

  /* One thread answers; the others go on. */
  if (value != seen && __atomic_compare_exchange_n(&poll_seen, &seen, value, false,
                                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    poll_handler(value);
}
