/* SPDX-License-Identifier: MIT */
/*
 * The library's constructor: what has to wait until libc is up. Allocation works long before.
 */
#include "front/start.h"

#include <pthread.h>

#include "debug/check.h"
#include "debug/guard.h"
#include "debug/profile_file.h"
#include "debug/record.h"
#include "debug/sampled.h"
#include "front/options.h"
#include "heap/cache.h"
#include "heap/lock.h"
#include "observe/observe.h"

static void child_after_fork(void) {
  lock_begin(child_after_fork);
  cache_after_fork();
  check_after_fork();
  record_after_fork();
  profile_file_after_fork();
  sampled_after_fork();
  observe_after_fork();
}

__attribute__((destructor(101))) static void end_watching(void) {
  observe_end();
  profile_end();
  record_end();
}

/*
 * Blocks that were freed twice and are still in a bin are found now, as they are at the end of any
 * other thread. exit() may have been called by a signal handler that interrupted a slow path.
 */
__attribute__((destructor(101))) static void check_bins(void) {
  struct cache *cache = cache_self;

  if (guarding())
    guard_check_quarantine();
  if (cache == cache_none || peek(&cache->lock.held))
    return;
  cache_flush_all(cache);
  lock_take(&cache->lock);
  remote_collect(cache);
  lock_drop(&cache->lock);
}

__attribute__((constructor(101))) void library_start(void) {
  /* No prepare handler: no lock is held across a fork. */
  pthread_atfork(NULL, NULL, child_after_fork);
  lock_begin(child_after_fork);
  record_birth();
  options_read();
  record_start();
  profile_begin();
  observe_start();
}
