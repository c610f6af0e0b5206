/* SPDX-License-Identifier: MIT */
#include "debug/record.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

#include "debug/blocks.h"
#include "debug/environment.h"
#include "debug/leaks.h"
#include "debug/origin.h"
#include "debug/place.h"
#include "debug/profile.h"
#include "debug/trace.h"
#include "front/slow.h"
#include "heap/cache.h"
#include "observe/self.h"

/* EVENTS: whoever sees every call; CALLS: whoever wants to know whose it is. */
enum { LEAK_FRAMES = 16, EVENTS = RECORD_TRACE | RECORD_LEAKS, CALLS = EVENTS | RECORD_ORIGINS };

uint32_t record_flags = RECORD_UNBORN;

static uint32_t wanted_frames;

void record_set_frames(unsigned frames) {
  poke(&wanted_frames, frames < BACKTRACE_MOST ? frames : BACKTRACE_MOST);
}

static unsigned frames(void) {
  unsigned wanted = peek(&wanted_frames);
  return wanted ? wanted : peek(&record_flags) & RECORD_LEAKS ? LEAK_FRAMES : 1;
}

void record_set(uint32_t flag, bool on) {
  uint32_t flags = on ? __atomic_or_fetch(&record_flags, flag, __ATOMIC_RELAXED)
                      : __atomic_and_fetch(&record_flags, ~flag, __ATOMIC_RELAXED);
  if (flags & CALLS)
    origin_start();
  slow_set_bins(SLOW_METER, !(flags & RECORD_PROFILE));
  slow_set_bins(SLOW_RECORD, (flags & ~(uint32_t)RECORD_PROFILE) == 0);
}

/* ---- the first call of the process ---- */

static COLD void be_born(void) {
  uint32_t flags = RECORD_UNBORN;
  int saved_errno = errno;

  /* One thread is enough, and others go unrecorded until it is done. */
  if (!__atomic_compare_exchange_n(&record_flags, &flags, 0, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_RELAXED) ||
      getauxval(AT_SECURE))
    return;
  environment_obey();
  errno = saved_errno;
}

/* What this call is to be recorded for; 0: nothing. */
static inline uint32_t records(void) {
  if (unlikely(peek(&record_flags) & RECORD_UNBORN))
    be_born();
  uint32_t flags = cache_self->inside ? 0 : peek(&record_flags);
  if (flags & RECORD_PROFILE)
    profile_expect();
  return flags;
}

/* ---- events ---- */

/* The stack of a call. What unwinding allocates is not recorded. */
static struct stack *stack_here(const struct site *site) {
  const void *addresses[BACKTRACE_MOST];
  struct cache *cache = cache_self;

  if (cache == cache_none) { /* a thread at its very end */
    addresses[0] = site->caller;
    return stack_of(addresses, 1);
  }
  cache->inside = 1;
  struct stack *stack = stack_of(addresses, backtrace_take(site, addresses, frames()));
  cache->inside = 0;
  return stack;
}

/* A block was allocated, or not. Leaves errno as the allocation has set it. */
static void *event_allocated(char event, void *block, size_t bytes, const struct site *site) {
  int saved_errno = errno;
  uint32_t trace = trace_number();
  struct stack *stack = stack_here(site);

  if (trace)
    trace_event(trace, event, block, bytes, stack);
  if (block)
    blocks_note(block, bytes, stack, trace);
  errno = saved_errno;
  return block;
}

static void *allocated(uint32_t flags, void *block, size_t bytes, const struct site *site) {
  if (flags & RECORD_PROFILE)
    profile_allocated(block, site);
  if (flags & CALLS)
    origin_allocated(block, site->caller);
  return flags & EVENTS ? event_allocated('+', block, bytes, site) : block;
}

/* A block is about to be freed or moved; true: its trace has it. *was: the record of it. */
static bool goes(char event, const void *block, const struct site *site, struct block *was) {
  int saved_errno = errno;
  uint32_t trace = trace_number();
  bool traced = blocks_forget(block, was) && trace && was->trace == trace;

  if (traced)
    trace_event(trace, event, block, 0, stack_here(site));
  errno = saved_errno;
  return traced;
}

/* ---- entries ---- */

void *record_malloc(size_t bytes) {
  struct site site = SITE_HERE;
  uint32_t flags = records();
  return flags ? allocated(flags, bare_malloc(bytes), bytes, &site) : bare_malloc(bytes);
}

void *record_aligned_at(size_t bytes, size_t alignment, const struct site *site) {
  uint32_t flags = records();
  void *block = alignment <= MIN_ALIGNMENT ? bare_malloc(bytes) : bare_aligned(bytes, alignment);
  return flags ? allocated(flags, block, bytes, site) : block;
}

void *record_aligned(size_t bytes, size_t alignment) {
  struct site site = SITE_HERE;
  return record_aligned_at(bytes, alignment, &site);
}

void *record_calloc(size_t bytes) {
  struct site site = SITE_HERE;
  uint32_t flags = records();
  return flags ? allocated(flags, bare_calloc(bytes), bytes, &site) : bare_calloc(bytes);
}

void record_free(void *block) {
  struct site site = SITE_HERE;
  struct block was;
  uint32_t flags = block ? records() : 0;

  if (flags & RECORD_PROFILE)
    profile_freed(block);
  if (flags & EVENTS)
    goes('-', block, &site, &was);
  if (flags & CALLS)
    origin_freed(block, site.caller);
  bare_free(block);
}

static void *event_realloc(void *block, size_t bytes, const struct site *site) {
  struct block was = {0};

  if (!block)
    return event_allocated('+', bare_malloc(bytes), bytes, site);
  if (bytes == 0) {
    goes('-', block, site, &was);
    bare_free(block);
    return NULL;
  }
  bool traced = goes('<', block, site, &was);
  void *moved = bare_realloc(block, bytes);
  if (moved)
    return event_allocated(traced ? '>' : '+', moved, bytes, site);
  /* It stays: as before, and then the attempt. */
  if (was.address)
    blocks_note(block, was.bytes, was.stack, was.trace);
  if (traced) {
    trace_event(was.trace, '>', block, was.bytes, was.stack);
    trace_event(was.trace, '!', block, bytes, stack_here(site));
  }
  return NULL;
}

/* Whether a block lies in a span of small ones: it is only ever allocated once. */
static bool is_small(const void *block) {
  return arena_tag_at(block) >> TAG_OWNER_SHIFT;
}

/* For a profile, a block that stays where it is and is not small was freed and allocated again. */
static void *realloc_at(uint32_t flags, void *block, size_t bytes, const struct site *site) {
  struct profile_sample was;
  bool profiled = flags & RECORD_PROFILE;
  bool sampled = profiled && block && profile_take(block, &was);
  void *moved = flags & EVENTS ? event_realloc(block, bytes, site) : bare_realloc(block, bytes);
  bool stays = block && bytes && (!moved || (moved == block && is_small(block)));

  if (sampled && stays)
    profile_put_back(&was);
  else if (sampled)
    profile_gone(&was);
  if (profiled && !stays)
    profile_allocated(moved, site);
  return moved;
}

/* Whose call it is, is noted before the block can be handed out again, and put right if it stays.
 */
static void *calls_realloc(uint32_t flags, void *block, size_t bytes, const struct site *site) {
  struct origin was;
  bool known = origin_of(block, &was);

  origin_freed(block, site->caller);
  void *moved = realloc_at(flags, block, bytes, site);
  if (moved)
    origin_allocated(moved, site->caller);
  else if (known && !was.freed && bytes)
    origin_allocated(block, was.allocated);
  return moved;
}

void *record_realloc(void *block, size_t bytes) {
  struct site site = SITE_HERE;
  uint32_t flags = records();
  if (flags & CALLS)
    return calls_realloc(flags, block, bytes, &site);
  return flags ? realloc_at(flags, block, bytes, &site) : bare_realloc(block, bytes);
}

/* ---- life ---- */

void record_prepare(void) {
  if (frames() > 1)
    backtrace_prepare();
}

void record_birth(void) {
  if (peek(&record_flags) & RECORD_UNBORN)
    be_born();
}

void record_start(void) {
  place_set_fast(true);
  if (peek(&record_flags) & RECORD_UNBORN)
    be_born();
  trace_redirect_others();
  leaks_redirect_others();
  if (recording())
    record_prepare();
}

void record_after_fork(void) {
  blocks_after_fork();
  profile_after_fork();
  trace_after_fork();
  leaks_after_fork();
}

extern void __libc_freeres(void) __attribute__((weak));

/*
 * libc and libstdc++ keep memory that they never free by themselves but would free when told to,
 * which is what they have these functions for. With other threads still running that would pull
 * the memory from under them.
 */
static void free_caches_of_libraries(void) {
  struct self self;

  self_read(&self);
  if (self.threads != 1)
    return;
  /* The unwinder cannot do without what goes now. */
  record_set_frames(1);
  place_set_fast(false);
#ifdef PIC
  void (*cxx_freeres)(void) = NULL;
  void *symbol = dlsym(RTLD_DEFAULT, "_ZN9__gnu_cxx9__freeresEv");
  memcpy(&cxx_freeres, &symbol, sizeof symbol);
  if (cxx_freeres)
    cxx_freeres();
#endif
  if (__libc_freeres)
    __libc_freeres();
}

void record_end(void) {
  const void *frame = __builtin_frame_address(0);
  bool leaks = peek(&record_flags) & RECORD_LEAKS;

  if (leaks)
    leaks_find((uintptr_t)frame);
  if (peek(&record_flags) & ~(uint32_t)RECORD_ORIGINS)
    free_caches_of_libraries();
  /* What the libraries have freed now is not worth mentioning. */
  if (leaks)
    leaks_report();
}
