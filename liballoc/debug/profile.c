/* SPDX-License-Identifier: MIT */
#include "debug/profile.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "debug/place.h"
#include "debug/profile_file.h"
#include "debug/record.h"
#include "front/slow.h"
#include "heap/meta.h"
#include "heap/meter.h"
#include "heap/os.h"
#include "observe/clock.h"

enum {
  FILTER_BITS = 17,
  CALL_CHAINS = 1 << 14,
  PIECE_BYTES = 4096,
  PIECE_SAMPLES = PIECE_BYTES / sizeof(struct profile_sample),
  NAME_MOST = 4000,
  START_TRIES = 1000, /* and after the first hundred, each a millisecond later */
};

TABLE struct profile profile;

/* Sampled blocks by the upper bits of their hash; a count that has reached the top stays there. */
FILE_TABLE(uint8_t profile_filter[1 << FILTER_BITS]);

FILE_TABLE(struct profile_call *profile_chains[CALL_CHAINS]);
static struct profile_sample *unused;
static uint64_t wanted_seed;

static uint64_t hash_of(uintptr_t address) {
  return (uint64_t)address * UINT64_C(0x9e3779b97f4a7c15);
}

static uint8_t *filter_of(uintptr_t address) {
  return &profile_filter[hash_of(address) >> (64 - FILTER_BITS)];
}

static struct profile_sample **chain_of(uintptr_t address) {
  return &profile.chain[hash_of(address) >> 48];
}

_Static_assert(PROFILE_CHAINS == 1 << 16, "sixteen bits of hash");

/* ---- objects and calls; with the lock held ---- */

static struct profile_object *object_make(const struct place_object *found) {
  size_t length = strnlen(found->name, NAME_MOST);
  struct profile_object *object = meta_take(sizeof *object + length);

  if (!object)
    return NULL;
  poke(&object->next, profile.objects);
  object->begin = found->begin;
  object->bias = found->bias;
  object->number = ++profile.object_count;
  object->name_bytes = (uint32_t)length;
  memcpy(object->name, found->name, length);
  profile.name_bytes += (uint32_t)length;
  profile.objects = object;
  return object;
}

/* Number of the object that an address lies in; 0: of none. */
static uint32_t object_of(const void *address) {
  struct place_object found;
  struct profile_object *object = profile.objects;

  if (!place_object_of(address, &found))
    return 0;
  while (object && (object->begin != found.begin || object->bias != found.bias ||
                    strnlen(found.name, NAME_MOST) != object->name_bytes ||
                    memcmp(object->name, found.name, object->name_bytes) != 0))
    object = object->next;
  if (!object)
    object = object_make(&found);
  return object ? object->number : 0;
}

static bool is_call(const struct profile_call *call, const void *const *frames, unsigned count) {
  if (call->count != count)
    return false;
  for (unsigned i = 0; i < count; i++)
    if (call->frame[i].address != frames[i])
      return false;
  return true;
}

static struct profile_call *call_of(const void *const *frames, unsigned count) {
  uint64_t hash = count;

  for (unsigned i = 0; i < count; i++)
    hash = hash_of(hash ^ (uintptr_t)frames[i]);
  struct profile_call **chain = &profile_chains[hash >> 50], *call;
  for (call = *chain; call; call = call->chained)
    if (is_call(call, frames, count))
      return call;
  size_t bytes = sizeof *call + count * sizeof call->frame[0];
  call = meta_take(bytes);
  if (!call)
    return NULL;
  poke(&call->chained, *chain);
  memset((char *)call + sizeof call->chained, 0, bytes - sizeof call->chained);
  call->count = count;
  for (unsigned i = 0; i < count; i++) {
    call->frame[i].address = frames[i];
    call->frame[i].object = object_of(frames[i]);
  }
  call->next = profile.calls;
  profile.calls = *chain = call;
  profile.call_count++;
  profile.frame_count += count;
  return call;
}

_Static_assert(CALL_CHAINS == 1 << 14, "fourteen bits of hash");

/* ---- sums; with the lock held ---- */

/* What one sampled block stands for. */
static struct profile_sums weight_of(size_t bytes) {
  double weight = 1 / meter_chance(bytes, profile.mean_bytes);

  return (struct profile_sums){.samples = 1,
                               .blocks_1024 = (uint64_t)(1024 * weight + 0.5),
                               .bytes = (uint64_t)((double)bytes * weight + 0.5)};
}

static void add(struct profile_sums *sums, const struct profile_sums *weight) {
  sums->samples += weight->samples;
  sums->blocks_1024 += weight->blocks_1024;
  sums->bytes += weight->bytes;
}

static void subtract(struct profile_sums *sums, const struct profile_sums *weight) {
  sums->samples -= weight->samples;
  sums->blocks_1024 -= weight->blocks_1024;
  sums->bytes -= weight->bytes;
}

/* A call is about to change while less is live than at the peak: keeps what it had then. */
static void keep_peak(struct profile_call *call) {
  if (call->round == profile.round)
    return;
  call->peak = call->live;
  call->round = profile.round;
}

static void count_live(struct profile_call *call, const struct profile_sums *weight) {
  if (!profile.at_peak)
    keep_peak(call);
  add(&call->live, weight);
  add(&profile.live, weight);
  if (profile.live.bytes <= profile.peak.bytes)
    return;
  if (!profile.at_peak) {
    profile.at_peak = true;
    profile.round++; /* everybody's `live` is the peak from now on */
  }
  profile.peak = profile.live;
  profile.peak_ns = clock_realtime_ns();
}

static void count_gone(struct profile_call *call, const struct profile_sums *weight) {
  profile.at_peak = false;
  keep_peak(call);
  subtract(&call->live, weight);
  subtract(&profile.live, weight);
}

/* ---- samples; with the lock held ---- */

static struct profile_sample *sample_take(void) {
  if (!unused) {
    struct profile_sample *piece = meta_take(PIECE_BYTES);
    /* The first word of a piece is not for plain writing (meta.h). */
    for (unsigned i = 1; piece && i < PIECE_SAMPLES; i++) {
      piece[i].next = unused;
      unused = &piece[i];
    }
  }
  struct profile_sample *sample = unused;
  if (sample)
    unused = sample->next;
  return sample;
}

static bool sample_add(uintptr_t address, size_t bytes, struct profile_call *call) {
  struct profile_sample *sample = sample_take(), **chain = chain_of(address);
  uint8_t *count = filter_of(address);

  if (!sample)
    return false;
  *sample = (struct profile_sample){*chain, address, bytes, call};
  *chain = sample;
  if (*count < UINT8_MAX)
    poke(count, *count + 1);
  return true;
}

static bool sample_remove(uintptr_t address, struct profile_sample *was) {
  struct profile_sample **link = chain_of(address), *sample;
  uint8_t *count = filter_of(address);

  while ((sample = *link) && sample->address != address)
    link = &sample->next;
  if (!sample)
    return false;
  *was = *sample;
  *link = sample->next;
  sample->next = unused;
  unused = sample;
  if (*count < UINT8_MAX)
    poke(count, *count - 1);
  return true;
}

static void forget_all(void) {
  for (unsigned i = 0; i < PROFILE_CHAINS; i++)
    while (profile.chain[i]) {
      struct profile_sample *sample = profile.chain[i];
      profile.chain[i] = sample->next;
      sample->next = unused;
      unused = sample;
    }
  for (unsigned i = 0; i < 1 << FILTER_BITS; i++)
    if (profile_filter[i])
      poke(&profile_filter[i], 0);
  for (struct profile_call *call = profile.calls; call; call = call->next) {
    call->live = call->allocated = call->peak = (struct profile_sums){0};
    call->round = 0;
  }
  profile.live = profile.allocated = profile.peak = (struct profile_sums){0};
  profile.lost = profile.round = profile.peak_ns = 0;
  profile.at_peak = false;
}

/* ---- events ---- */

/* Drops the lock; what a signal wanted meanwhile is done now. */
static void leave(void) {
  lock_drop(&profile.lock);
  if (unlikely(peek(&profile_pending)))
    profile_obey();
}

void profile_expect(void) {
  if (cache_self->meter)
    cache_self->meter->due = 0;
}

/* Whether the block that was just allocated is sampled: *bytes is its size. */
static bool is_sampled(const void *block, size_t *bytes) {
  struct meter *meter = cache_self->meter;
  slice_tag tag = arena_tag_at(block);

  if (tag >> TAG_OWNER_SHIFT) {
    *bytes = size_classes[tag >> TAG_BIN_SHIFT & 0xff].block_bytes;
    return meter && meter->due;
  }
  *bytes = slow_usable(block);
  size_t mean_bytes = peek(&meter_mean_bytes);
  return *bytes && mean_bytes && meter_hits(*bytes, mean_bytes);
}

void profile_allocated(void *block, const struct site *site) {
  const void *frames[BACKTRACE_MOST];
  struct cache *cache = cache_self;
  int saved_errno = errno;
  unsigned count = 1;
  size_t bytes;

  if (!block || !is_sampled(block, &bytes))
    return;
  frames[0] = site->caller;
  if (cache != cache_none) {
    cache->inside = 1;
    count = backtrace_sample(site, frames, PROFILE_FRAMES);
    cache->inside = 0;
  }
  lock_take(&profile.lock);
  if (peek(&profile.running)) {
    struct profile_call *call = call_of(frames, count);
    if (call && sample_add((uintptr_t)block, bytes, call)) {
      struct profile_sums weight = weight_of(bytes);
      count_live(call, &weight);
      add(&call->allocated, &weight);
      add(&profile.allocated, &weight);
    } else {
      profile.lost++;
    }
  }
  leave();
  errno = saved_errno;
}

bool profile_take(const void *block, struct profile_sample *was) {
  bool taken = false;

  if (likely(!peek(filter_of((uintptr_t)block))))
    return false;
  lock_take(&profile.lock);
  if (peek(&profile.running))
    taken = sample_remove((uintptr_t)block, was);
  leave();
  return taken;
}

void profile_put_back(const struct profile_sample *was) {
  lock_take(&profile.lock);
  if (peek(&profile.running) && !sample_add(was->address, was->bytes, was->call)) {
    struct profile_sums weight = weight_of(was->bytes);
    count_gone(was->call, &weight);
    profile.lost++;
  }
  leave();
}

void profile_gone(const struct profile_sample *was) {
  lock_take(&profile.lock);
  if (peek(&profile.running)) {
    struct profile_sums weight = weight_of(was->bytes);
    count_gone(was->call, &weight);
  }
  leave();
}

void profile_freed(const void *block) {
  struct profile_sample was;

  if (likely(!peek(filter_of((uintptr_t)block))))
    return;
  lock_take(&profile.lock);
  if (peek(&profile.running) && sample_remove((uintptr_t)block, &was)) {
    struct profile_sums weight = weight_of(was.bytes);
    count_gone(was.call, &weight);
  }
  leave();
}

/* ---- on and off ---- */

void profile_set_seed(uint64_t seed) {
  poke(&wanted_seed, seed);
}

bool profile_is_running(void) {
  return peek(&profile.running) && peek(&meter_mean_bytes);
}

int profile_start(size_t mean_bytes) {
  if (mean_bytes < 1)
    mean_bytes = 1;
  if (mean_bytes > METER_MOST_BYTES)
    mean_bytes = METER_MOST_BYTES;
  for (unsigned tries = 1; !lock_try(&profile.lock); tries++) {
    if (tries == START_TRIES)
      return EBUSY; /* a signal has interrupted the sample that holds it */
    if (tries < 100)
      os_yield();
    else
      nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  bool was_running = profile_is_running();
  if (!was_running) {
    if (profile.mean_bytes)
      forget_all();
    profile.mean_bytes = mean_bytes;
    profile.began_ns = clock_realtime_ns();
    poke(&profile.ended_ns, 0);
    poke(&profile.running, true);
  }
  lock_drop(&profile.lock);
  if (was_running)
    return EBUSY;
  meter_set(mean_bytes, peek(&wanted_seed));
  record_set(RECORD_PROFILE, true);
  return 0;
}

void profile_stop(void) {
  if (!peek(&profile.running))
    return;
  /* Without the lock, which another thread's sample may hold, or the one that a signal has
   * interrupted: what that adds is the last. */
  poke(&profile.ended_ns, clock_realtime_ns());
  poke(&profile.running, false);
  record_set(RECORD_PROFILE, false);
  meter_set(0, 0);
}

void profile_after_fork(void) {
  if (!peek(&profile.lock.held))
    return;
  /* A thread that is no more was changing it: begin again with nothing. */
  memset(profile.chain, 0, sizeof profile.chain);
  memset(profile_chains, 0, sizeof profile_chains);
  unused = NULL;
  profile.calls = NULL;
  profile.objects = NULL;
  profile.call_count = profile.object_count = profile.frame_count = profile.name_bytes = 0;
  forget_all();
  lock_drop(&profile.lock);
}
