/* SPDX-License-Identifier: MIT */
/*
 * lock.h: the lock of slow paths. One uncontended exchange to take, one store to drop.
 *
 * None is ever held by a thread that forks from its own code, but another thread of the parent
 * may hold one at that instant and is not there in the child to drop it. What a lock guards is
 * therefore consistent after every single store, and a child forgets the locks of vanished
 * threads (owner.c and region.c say how).
 */
#ifndef LIBALLOC_LOCK_H
#define LIBALLOC_LOCK_H

#include "heap/base.h"

struct lock {
  uint32_t held; /* 0 or 1 */
};

HIDDEN COLD void lock_wait(struct lock *lock);

static inline bool lock_try(struct lock *lock) {
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
