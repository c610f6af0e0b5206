/* SPDX-License-Identifier: MIT */
#include "heap/lock.h"

#include "heap/os.h"

enum {
  SPINS = 64,        /* turns before others are let run, */
  LOOK_TURNS = 1024, /* and before the holder is doubted */
};

static inline void relax(void) {
#if defined __x86_64__
  __builtin_ia32_pause();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

static uint32_t process; /* 0: not known yet */
static void (*forget_others)(void);

void lock_begin(void (*forget)(void)) {
  forget_others = forget;
  poke(&process, os_process_id());
}

/* In the child of a vfork the process is another as well, but the holder is there and goes on. */
void lock_look(void) {
  uint32_t known = peek(&process), own = os_process_id();

  if (known == 0 || known == own || !os_memory_is_own())
    return;
  forget_others();
}

void lock_yield(unsigned turn) {
  /* Holders do a bounded amount of work, a few microseconds: spin first, then let them run. */
  if (turn < SPINS) {
    relax();
    return;
  }
  if (turn % LOOK_TURNS == 0)
    lock_look();
  os_yield();
}

void lock_wait(struct lock *lock) {
  for (unsigned turn = 0; peek(&lock->held) || !lock_try(lock); turn++)
    lock_yield(turn);
}
