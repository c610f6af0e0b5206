/* SPDX-License-Identifier: MIT */
#include "heap/lock.h"

#include "heap/os.h"

static inline void relax(void) {
#if defined __x86_64__
  __builtin_ia32_pause();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

void lock_wait(struct lock *lock) {
  /* Holders do a bounded amount of work, a few microseconds: spin first, then let them run. */
  for (unsigned spins = 0;; spins++) {
    if (peek(&lock->held) == 0 && lock_try(lock))
      return;
    if (spins < 64)
      relax();
    else
      os_yield();
  }
}
