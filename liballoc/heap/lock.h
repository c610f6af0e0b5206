/* SPDX-License-Identifier: MIT */
/*
 * lock.h: the lock of slow paths. One uncontended exchange to take, one store to drop; in a process
 * with one thread a load and a store to take, as an exchange waits until all that the program has
 * written before has reached the cache.
 *
 * None is ever held by a thread that forks from its own code, but another thread of the parent
 * may hold one at that instant and is not there in the child to drop it. What a lock guards is
 * therefore consistent after every single store, and a child forgets the locks of vanished
 * threads (owner.c and region.c say how). No handler tells the child of a bare clone or of _Fork()
 * that it is one: it finds out when it waits for a lock, or makes a frame.
 */
#ifndef LIBALLOC_LOCK_H
#define LIBALLOC_LOCK_H

#include "heap/base.h"

struct lock {
  uint32_t held; /* 0 or 1 */
};

/* Whose threads hold the locks: the caller's process. By the constructor, and in a child that
 * knows. forget: makes a process one, by calling this among others; perhaps with locks held. */
HIDDEN void lock_begin(void (*forget)(void));

/* In a child that was not told: makes it one that knows. */
HIDDEN void lock_look(void);

/* Between two tries of who waits for another thread, turn 0 and on: lets it run, and looks now and
 * then whether it is there at all. */
HIDDEN COLD void lock_yield(unsigned turn);

HIDDEN COLD void lock_wait(struct lock *lock);

/* glibc's, from 2.32 on: 1 until there is a second thread. Its own malloc goes by it too: who makes
 * a thread by a bare clone has to leave malloc to the other. */
extern char __libc_single_threaded __attribute__((weak));

static inline bool lock_is_alone(void) {
  return &__libc_single_threaded && peek(&__libc_single_threaded);
}

static inline bool lock_try(struct lock *lock) {
  if (lock_is_alone()) {
    /* A handler in between drops what it takes. */
    if (peek(&lock->held))
      return false;
    poke(&lock->held, 1);
    return true;
  }
  return __atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) == 0;
}

static inline void lock_take(struct lock *lock) {
  if (unlikely(!lock_try(lock)))
    lock_wait(lock);
}

static inline void lock_drop(struct lock *lock) {
  store_release(&lock->held, 0);
}

#endif
