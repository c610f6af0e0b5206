/* SPDX-License-Identifier: MIT */
#include "debug/backtrace.h"

#include <dlfcn.h>
#include <string.h>
#include <unwind.h>

#include "debug/maps.h"
#include "heap/cache.h"

typedef _Unwind_Reason_Code (*unwind_backtrace)(_Unwind_Trace_Fn, void *);
typedef _Unwind_Ptr (*unwind_get_ip)(struct _Unwind_Context *);

static struct {
  unwind_get_ip get_ip;
  unwind_backtrace backtrace; /* set last; NULL: there is no unwinder */
} unwinder;

/* ---- DWARF ---- */

void backtrace_prepare(void) {
#ifdef PIC
  if (load_acquire(&unwinder.backtrace))
    return;
  void *library = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return;
  void *get_ip = dlsym(library, "_Unwind_GetIP");
  void *backtrace = dlsym(library, "_Unwind_Backtrace");
  if (!get_ip || !backtrace)
    return;
  unwind_backtrace function;
  memcpy(&function, &backtrace, sizeof function);
  memcpy(&unwinder.get_ip, &get_ip, sizeof get_ip);
  store_release(&unwinder.backtrace, function);
#endif
}

struct walk {
  const void **frames;
  unsigned count, most;
  const void *first; /* the frames before it are ours */
};

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *data) {
  struct walk *walk = data;
  _Unwind_Ptr address = unwinder.get_ip(context);
  const void *ip = (const void *)address;

  if (!ip)
    return _URC_END_OF_STACK;
  if (walk->count || ip == walk->first)
    walk->frames[walk->count++] = ip;
  return walk->count < walk->most ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* ---- frame pointers ---- */

/* Whether [at, at + 16) is in the stack of the calling thread. Of its cache are the bounds of the
 * last mapping that a stack pointer was found in; a thread that switches stacks looks again. */
static bool in_stack(uintptr_t at) {
  struct cache *cache = cache_self;
  const void *frame = __builtin_frame_address(0);
  uintptr_t here = (uintptr_t)frame;

  if (here < cache->stack_low || here >= cache->stack_high) {
    struct mapping mapping;
    if (cache == cache_none || !maps_find(here, &mapping))
      return false;
    cache->stack_low = mapping.begin;
    cache->stack_high = mapping.end;
  }
  return at > here && at <= cache->stack_high - 2 * sizeof(void *);
}

static unsigned follow_frames(const struct site *site, const void **frames, unsigned most) {
  const void *const *frame = site->frame;
  unsigned count = 1;

  frames[0] = site->caller;
  if (most > 1 && (!in_stack((uintptr_t)frame) || frame[1] != site->caller))
    return count;
  while (count < most) {
    const void *const *next = *frame;
    /* Outwards, aligned as the ABI has it, and on the same stack: else it is no frame pointer. */
    if (next <= frame || (uintptr_t)next % (2 * sizeof(void *)) != 0 || !in_stack((uintptr_t)next))
      break;
    if ((uintptr_t)next[1] < PAGE_BYTES)
      break;
    frames[count++] = next[1];
    frame = next;
  }
  return count;
}

unsigned backtrace_take(const struct site *site, const void **frames, unsigned most) {
  if (most > 1 && load_acquire(&unwinder.backtrace)) {
    struct walk walk = {.frames = frames, .most = most, .first = site->caller};
    unwinder.backtrace(note_frame, &walk);
    if (walk.count > 1)
      return walk.count;
  }
  return follow_frames(site, frames, most);
}

unsigned backtrace_sample(const struct site *site, const void **frames, unsigned most) {
  struct cache *cache = cache_self;
  unsigned count = 0;

  if (cache->outermost)
    count = follow_frames(site, frames, most);
  if (count > 1 && frames[count - 1] == cache->outermost)
    return count;
  count = backtrace_take(site, frames, most);
  if (count > 1 && count < most && cache != cache_none)
    cache->outermost = frames[count - 1];
  return count;
}
