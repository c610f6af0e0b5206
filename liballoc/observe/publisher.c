/* SPDX-License-Identifier: MIT */
#include "observe/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <liballoc/snapshot.h>

#include "heap/lock.h"
#include "heap/message.h"
#include "heap/os.h"
#include "heap/poll.h"
#include "observe/bell.h"
#include "observe/clock.h"
#include "observe/directory.h"
#include "observe/frame.h"
#include "observe/leftovers.h"
#include "observe/segment.h"
#include "observe/self.h"
#include "observe/text.h"

enum {
  STACK_BYTES = 128 * 1024,
  LOOK_NS = 100000000,   /* between looks at the bell */
  ALONE_NS = 1000000000, /* between looks whether other threads are left */
  COST_SHARE = 50,       /* frames take at most this part of a processor's time: 2 % */
  PLANS = 3,             /* tries to make a frame of a heap that grows */
};

#define MHZ_NS UINT64_C(1000000000000) /* between two frames, at one in 1000 s */

/* What becomes of the publisher. */
enum outcome { GOES_ON, RESTS, GIVES_UP };

static uint32_t running; /* claimed by whoever starts the thread, dropped by the thread */
static uint32_t own_process, own_rate_mhz;
static uint32_t ended; /* the process is about to */

static uint64_t start_ticks; /* of this process; 0: not looked up, or not known */

/* The thread's. */
static uint64_t cost_ns;   /* CPU time of the last frame */
static uint64_t budget_ns; /* the lower of the last two: a page fault or two is no trend */

/* ---- frames ---- */

/* Says why there are no snapshots, once. */
static void complain(int problem) {
  static bool said;
  char message[256], path[DIRECTORY_PATH_BYTES];
  struct text text = text_in(message, sizeof message);
  const char *reason = strerrordesc_np(problem);

  if (__atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
    return;
  directory_path(path);
  text_add(&text, "no heap snapshots: cannot use ");
  text_add(&text, path);
  text_add(&text, ": ");
  text_add(&text, reason ? reason : "unknown error");
  if (problem == EPERM)
    text_add(&text, " (it and its files must belong to this user, with modes 0700 and 0600)");
  message_warn(message);
}

/* Nanoseconds between frames: as wanted, but no more of a processor than its share. */
static uint64_t period_ns(uint32_t rate_mhz) {
  uint64_t period = MHZ_NS / rate_mhz;
  uint64_t least = budget_ns * COST_SHARE;

  return period > least ? period : least;
}

/* One frame, in a larger file if need be, that says when the next will come. */
static enum outcome publish_claimed(const struct wish *wish, uint32_t rate_mhz) {
  uint64_t before = clock_thread_ns();

  for (unsigned attempt = 0; attempt < PLANS; attempt++) {
    size_t bytes = frame_plan(attempt);
    if (!bytes)
      return GOES_ON;
    if (bytes > segment_frame_bytes()) {
      int problem = segment_make(bytes, own_process, peek(&start_ticks));
      if (problem) {
        if (problem != ECANCELED)
          complain(problem);
        return GIVES_UP;
      }
    }
    enum frame_result result = frame_write(segment_begin(), wish, cost_ns);
    if (result == FRAME_DONE) {
      uint64_t cost = clock_thread_ns() - before;
      budget_ns = cost < cost_ns ? cost : cost_ns;
      cost_ns = cost;
      segment_publish((uint32_t)(MHZ_NS / period_ns(rate_mhz)));
      return GOES_ON;
    }
    if (result == FRAME_NO_MEMORY)
      return GOES_ON;
  }
  return GOES_ON;
}

/* Leaves a frame out while another thread writes one to a file. */
static enum outcome publish(const struct wish *wish, uint32_t rate_mhz) {
  if (!frame_claim())
    return GOES_ON;
  enum outcome outcome = publish_claimed(wish, rate_mhz);
  frame_leave();
  return outcome;
}

/* Gives back what frames are made with, unless another thread needs it just now. */
static void release_frames(void) {
  if (!frame_claim())
    return;
  frame_release();
  frame_leave();
}

/* ---- the thread ---- */

/* The highest rate that anybody wants, 0: nobody does. */
static uint32_t rate_wanted(uint64_t now, struct wish *wish) {
  uint32_t own = peek(&own_rate_mhz);

  bell_read(own_process, peek(&start_ticks), now, wish);
  return wish->rate_mhz > own ? wish->rate_mhz : own;
}

/* Whether only this thread is left and the main one has called pthread_exit(). */
static bool is_alone(uint64_t now) {
  static uint64_t looked;
  struct self self;

  if (now - looked < ALONE_NS)
    return false;
  looked = now;
  self_read(&self);
  return self.state == 'Z' && self.threads == 2;
}

/* Publishes as long as somebody watches. */
static enum outcome run(void) {
  uint64_t next = 0;

  cost_ns = budget_ns = 0;
  while (!load_acquire(&ended)) {
    uint64_t now = os_now_ns();
    struct wish wish;
    uint32_t rate = rate_wanted(now, &wish);
    if (!rate)
      return RESTS;
    if (is_alone(now))
      return GIVES_UP;
    bell_obey(own_process, peek(&start_ticks), now);
    uint64_t period = period_ns(rate);
    if (next > now + period) /* the rate went up, or the cost down */
      next = now;
    if (now >= next) {
      if (publish(&wish, rate) == GIVES_UP)
        return GIVES_UP;
      /* In step with the clock, unless that step is in the past. */
      next += period_ns(rate);
      if (next < now)
        next = now + period_ns(rate);
    }
    uint64_t look = now + LOOK_NS;
    clock_sleep_until(next < look ? next : look);
  }
  return GIVES_UP;
}

/* Whether somebody has rung in between, whom no handler will answer as the thread was running. */
static bool is_wanted_again(void) {
  struct wish wish;
  uint32_t idle = 0;

  return rate_wanted(os_now_ns(), &wish) &&
         __atomic_compare_exchange_n(&running, &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void *thread_main(void *unused) {
  (void)unused;
  prctl(PR_SET_NAME, "liballoc-watch");
  /* Unlike exit(), quick_exit() runs no destructors. No lock of libc is held here. */
  static bool registered;
  if (!registered)
    registered = at_quick_exit(publisher_end) == 0;
  enum outcome outcome;
  leftovers_sweep();
  do {
    outcome = run();
    segment_close();
    release_frames();
    /* Not a mere store: the bell is to be read after everyone may know. */
    __atomic_exchange_n(&running, 0, __ATOMIC_SEQ_CST);
  } while (outcome == RESTS && is_wanted_again());
  return NULL;
}

/* ---- starting and stopping ---- */

static int thread_make(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  int problem = pthread_attr_init(&attributes);

  if (problem)
    return problem;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  /* A program with much thread-local storage needs more: it is taken from the stack. */
  for (size_t bytes = STACK_BYTES; bytes <= 64 * STACK_BYTES; bytes *= 8) {
    pthread_attr_setstacksize(&attributes, bytes);
    problem = pthread_create(&thread, &attributes, thread_main, NULL);
    if (problem != EINVAL)
      break;
  }
  pthread_attr_destroy(&attributes);
  return problem;
}

static int start(bool make_segment) {
  uint32_t idle = 0;
  sigset_t all, before;
  int problem = 0;

  if (peek(&ended) ||
      !__atomic_compare_exchange_n(&running, &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return 0;
  /* The thread inherits the mask: no signal of the program is ever handled by it. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (make_segment) {
    size_t bytes = 0;
    if (frame_claim()) {
      bytes = frame_plan(0);
      frame_leave();
    }
    problem = bytes ? segment_make(bytes, own_process, peek(&start_ticks)) : ENOMEM;
  }
  if (!problem)
    problem = thread_make();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (problem) {
    segment_close();
    release_frames();
    store_release(&running, 0);
  }
  return problem;
}

static void start_ticks_find(void) {
  struct self self;

  if (peek(&start_ticks))
    return;
  self_read(&self);
  poke(&start_ticks, self.start_ticks);
}

void publisher_ring(uint32_t value) {
  struct wish wish;
  int saved_errno = errno;

  if (os_process_id() != own_process) {
    /* The child of a vfork shares this memory, the ring may be for its parent: not answered yet. */
    poke(&poll_seen, value - 1);
  } else if (peek(&own_rate_mhz) || bell_names(own_process)) {
    start_ticks_find();
    if (rate_wanted(os_now_ns(), &wish))
      start(false);
  }
  errno = saved_errno;
}

int publisher_set_rate(uint32_t rate_mhz) {
  lock_look(); /* a child has to make a segment of its own */
  poke(&own_rate_mhz, rate_mhz);
  if (!rate_mhz)
    return 0;
  start_ticks_find();
  int problem = start(true);
  if (problem) {
    poke(&own_rate_mhz, 0);
    complain(problem);
  }
  return problem;
}

uint32_t publisher_rate(void) {
  return peek(&own_rate_mhz);
}

void publisher_begin(uint32_t process) {
  own_process = process;
  poke(&start_ticks, 0);
  poke(&ended, 0);
  segment_after_fork();
  frame_after_fork();
  store_release(&running, 0);
}

void publisher_end(void) {
  /* A child of vfork that calls exit() must not take its parent's file. */
  if (os_process_id() != own_process)
    return;
  store_release(&ended, 1);
  if (peek(&running))
    segment_remove();
}
