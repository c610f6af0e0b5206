/* SPDX-License-Identifier: MIT */
#include "heap/arena.h"

#include "heap/cache.h"
#include "heap/lock.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "heap/random.h"
#include "heap/slices.h"

TABLE uintptr_t arena_map[ARENA_MAP_ENTRIES];

/* In order of creation. An entry is published after the count, so it may still read as NULL. */
FILE_TABLE(struct arena *arena_list[ARENA_MAX]);
static uint32_t arena_total;

static uint32_t short_arenas;
static size_t used_slices;    /* sum over all arenas */
static size_t retaken_slices; /* taken again after they had been purged */

static struct lock purging;
static struct lock measuring; /* how long an arena is, and what of it is open */

static bool guarded; /* slices are protected while they are free */

/* ---- protection ---- */

/*
 * The first arena is opened to reads and writes as it fills, so that in a small program what runs
 * far over the end of a block hits nothing. Others are open from the start.
 */
enum { COMMIT_SLICES = 32 };

static bool open_slices(struct arena *arena, unsigned first, unsigned end) {
  return os_protect(slices_address(arena, first), (size_t)(end - first) * SLICE_BYTES, true);
}

/* When an arena has too many mappings to protect its slices one by one, all are opened for good. */
static bool commit_guarded(struct arena *arena, unsigned first, unsigned end) {
  if (open_slices(arena, first, end))
    return true;
  lock_take(&measuring);
  bool opened = open_slices(arena, ARENA_HEADER_SLICES, arena->slices);
  if (opened)
    poke(&arena->committed, arena->slices);
  lock_drop(&measuring);
  return opened;
}

/* Protects slices that are about to be free, unless all of the arena have been opened. */
static void close_guarded(struct arena *arena, void *first, unsigned slices) {
  lock_take(&measuring);
  if (arena->committed < arena->slices)
    os_protect(first, (size_t)slices * SLICE_BYTES, false);
  lock_drop(&measuring);
}

static bool commit_more(struct arena *arena, unsigned end) {
  unsigned have = arena->committed, want = (unsigned)round_up(end + end / 2, COMMIT_SLICES);

  if (end <= have)
    return true;
  if (want > arena->slices)
    want = arena->slices;
  if (!open_slices(arena, have, want)) {
    /* Near RLIMIT_DATA what is needed may fit where the slack does not. */
    want = end;
    if (!open_slices(arena, have, want))
      return false;
  }
  poke(&arena->committed, want);
  return true;
}

/* Makes claimed slices usable; false: they are not, and no longer claimed. */
static bool commit(struct arena *arena, unsigned first, unsigned slices) {
  unsigned end = first + slices;
  bool done;

  if (likely(end <= peek(&arena->committed)))
    return true;
  if (guarded) {
    done = commit_guarded(arena, first, end);
  } else {
    lock_take(&measuring);
    done = commit_more(arena, end);
    lock_drop(&measuring);
  }
  if (!done)
    slices_unclaim(arena, first, slices);
  return done;
}

/* Closes what of a new arena is not used yet. */
static void close_unused(struct arena *arena) {
  unsigned first = guarded ? ARENA_HEADER_SLICES : 2 * COMMIT_SLICES;
  bool closes = guarded || arena->index == 0;

  /* Between metadata and blocks: behind the header, and before the header of the next arena. */
  if (guarded) {
    os_protect(slices_address(arena, ARENA_HEADER_SLICES) - PAGE_BYTES, PAGE_BYTES, false);
    os_protect(slices_address(arena, arena->slices), SLICE_BYTES, false);
  }
  if (closes && first < arena->slices &&
      os_protect(slices_address(arena, first), (size_t)(arena->slices - first) * SLICE_BYTES,
                 false))
    poke(&arena->committed, first);
  else
    poke(&arena->committed, arena->slices);
}

void arena_set_guarded(void) {
  guarded = true;
}

/* ---- huge pages ---- */

/*
 * A heap that has grown takes its memory in huge pages: one fault for 2 MiB instead of 512, at less
 * than half the cost, and fewer misses of the TLB. Only a whole 2 MiB of which nothing is resident
 * is filled, and what of it is not taken yet is dirty from then on, so that it is taken next or
 * purged. Otherwise arenas ask for no huge pages, so that the kernel neither makes a small heap
 * large nor fills again what was purged.
 */
enum {
  HUGE_SLICES = HUGE_BYTES / SLICE_BYTES,
  HUGE_LEAST_BYTES = 10 * 1024 * 1024, /* lately in use before any is filled, */
  HUGE_LEAST_MORE = 2 * 1024 * 1024,   /* and so much more for each thread; */
  HUGE_LEAST_MANY = 8 * 1024 * 1024,   /* at least so much for each */
  HUGE_FEW_CACHES = 2,                 /* beyond these */
};

/* The peak is that of late: what a program gives back between two bursts is wanted again. Many
 * threads with a little each have spans of every class that are hardly begun, which would be
 * resident to their ends. */
static bool wants_huge(void) {
  size_t recent_bytes = purge_recent_peak_bytes(), caches = cache_owned_count();

  return recent_bytes >= HUGE_LEAST_BYTES + caches * HUGE_LEAST_MORE &&
         recent_bytes / HUGE_LEAST_MANY + HUGE_FEW_CACHES >= caches;
}

/* Whether the slices of the huge page that begins at this one are dirty as these bits say. */
static bool huge_is(struct arena *arena, unsigned huge, uint64_t bits) {
  for (unsigned w = huge / 64; w < (huge + HUGE_SLICES) / 64; w++)
    if (peek(&arena->dirty[w]) != bits)
      return false;
  return true;
}

static bool none_resident(struct arena *arena, unsigned huge) {
  return huge_is(arena, huge, 0);
}

/* Slices that come with a huge page. What was handed out before was purged in vain. */
static void fill_for_others(struct arena *arena, unsigned first, unsigned slices) {
  __atomic_fetch_add(&retaken_slices, slices_count(arena->used, first, slices), __ATOMIC_RELAXED);
  slices_mark_dirty(arena, first, slices, true);
}

/* Fills the huge page at this slice if a claimed run is all of it that is used. */
static void fill_huge(struct arena *arena, unsigned huge, unsigned first, unsigned end) {
  unsigned huge_end = huge + HUGE_SLICES;
  unsigned before = first > huge ? first - huge : 0;
  unsigned after = end < huge_end ? huge_end - end : 0;

  if (!none_resident(arena, huge) || huge_end > peek(&arena->committed))
    return;
  if (before && !slices_claim(arena, huge, before))
    return;
  if (after && !slices_claim(arena, end, after)) {
    if (before)
      slices_unclaim(arena, huge, before);
    return;
  }
  char *address = slices_address(arena, huge);
  if (none_resident(arena, huge) && os_huge(address, HUGE_BYTES, true)) {
    *(volatile char *)address = 0;
    os_huge(address, HUGE_BYTES, false);
    if (before)
      fill_for_others(arena, huge, before);
    if (after)
      fill_for_others(arena, end, after);
  }
  if (before)
    slices_unclaim(arena, huge, before);
  if (after)
    slices_unclaim(arena, end, after);
}

/* The first huge page of a new arena, which its header is in. */
static bool fill_first_huge(struct arena *arena, unsigned slices) {
  if (slices < HUGE_SLICES || guarded || !wants_huge() || !os_huge(arena, HUGE_BYTES, true))
    return false;
  *(volatile char *)arena = 0;
  return true;
}

static void fill_huge_around(struct arena *arena, unsigned first, unsigned end) {
  if (!wants_huge())
    return;
  for (unsigned huge = first / HUGE_SLICES * HUGE_SLICES; huge < end; huge += HUGE_SLICES)
    fill_huge(arena, huge, first, end);
}

/* ---- taking ---- */

static void *taken(struct arena *arena, unsigned first, unsigned slices, bool *zeroed) {
  unsigned end = first + slices, used = 0;

  fill_huge_around(arena, first, end);
  unsigned dirty = slices_mark_dirty(arena, first, slices, false);
  for (unsigned w = first / 64; w <= (end - 1) / 64; w++) {
    uint64_t mask = slices_mask(first, end, w);
    uint64_t old = __atomic_fetch_or(&arena->used[w], mask, __ATOMIC_RELAXED);
    used += (unsigned)__builtin_popcountl(old & mask);
  }
  if (used > dirty)
    __atomic_fetch_add(&retaken_slices, used - dirty, __ATOMIC_RELAXED);
  __atomic_fetch_add(&used_slices, slices, __ATOMIC_RELAXED);
  *zeroed = dirty == 0;
  purge_note_peak();
  return (char *)arena + (size_t)first * SLICE_BYTES;
}

/*
 * A slice at random where a search for a run begins; in a gap, some whole runs behind its start, so
 * that the gap is not left in parts that are too short: all of what is given back can be had again.
 */
static unsigned random_start(struct arena *arena, const uint64_t *and_map, unsigned slices) {
  unsigned i = ARENA_HEADER_SLICES + random_below(arena->slices - ARENA_HEADER_SLICES);
  unsigned gap = i;

  while (gap > ARENA_HEADER_SLICES && slices_next(arena->free, and_map, gap - 1, 0) == gap - 1)
    gap--;
  return i - (i - gap) % slices;
}

/* Takes a run out of one arena, of slices that are all in and_map too if one is given. */
static inline void *take_from(struct arena *arena, const uint64_t *and_map, unsigned slices,
                              unsigned step, bool *zeroed) {
  unsigned i = ARENA_HEADER_SLICES;
  bool again = false;

  if (unlikely(guarded)) {
    i = random_start(arena, and_map, slices);
    again = true;
  }
  for (;;) {
    i = slices_next(arena->free, and_map, i, 0);
    if (i == ARENA_SLICES && again) {
      i = slices_next(arena->free, and_map, ARENA_HEADER_SLICES, 0);
      again = false;
    }
    if (i == ARENA_SLICES)
      return NULL;
    unsigned end = slices == 1 ? i + 1 : slices_next(arena->free, and_map, i, ~UINT64_C(0));
    unsigned first = (unsigned)round_up(i, step);
    if (first + slices <= end && slices_claim(arena, first, slices))
      return commit(arena, first, slices) ? taken(arena, first, slices, zeroed) : NULL;
    i = end;
  }
}

static void *take_dirty(unsigned slices, unsigned step, bool *zeroed) {
  uint32_t total = arena_count();

  for (uint32_t i = peek(&slices_first_dirty); i < total; i++) {
    struct arena *arena = arena_number(i);
    uint32_t dirty = arena ? peek(&arena->dirty_count) : 0;
    void *run;
    if (dirty == 0)
      slices_raise_hint(&slices_first_dirty, i);
    else if (dirty >= slices && (run = take_from(arena, arena->dirty, slices, step, zeroed)))
      return run;
  }
  return NULL;
}

static void *take_any(unsigned slices, unsigned step, bool *zeroed) {
  uint32_t total = arena_count();

  for (uint32_t i = peek(&slices_first_open); i < total; i++) {
    struct arena *arena = arena_number(i);
    uint32_t free_slices = arena ? peek(&arena->free_count) : 0;
    void *run;
    if (free_slices == 0)
      slices_raise_hint(&slices_first_open, i);
    else if (free_slices >= slices && (run = take_from(arena, NULL, slices, step, zeroed)))
      return run;
  }
  return NULL;
}

/* Maps a new arena with room for a run, smaller than usual where limits allow no more. */
static struct arena *arena_create(unsigned slices, unsigned step) {
  static uintptr_t hint; /* the kernel maps downwards: below the last arena is the likely place */
  unsigned guard = guarded; /* the last slice, which is none then */
  unsigned least = (unsigned)round_up(ARENA_HEADER_SLICES, step) + slices + guard;
  struct arena *arena = NULL;
  unsigned size = ARENA_SLICES;

  if (least > ARENA_SLICES)
    return NULL;
  if (least < ARENA_LEAST_SLICES)
    least = ARENA_LEAST_SLICES;
  for (;; size /= 2) {
    if (size < least)
      size = least;
    uintptr_t place = peek(&hint);
    arena = place ? os_map((void *)place, (size_t)size * SLICE_BYTES) : NULL;
    if (arena && (uintptr_t)arena % ARENA_BYTES != 0) {
      os_unmap(arena, (size_t)size * SLICE_BYTES);
      arena = NULL;
    }
    if (!arena)
      arena = os_map_aligned((size_t)size * SLICE_BYTES, ARENA_BYTES);
    if (arena || size == least)
      break;
  }
  if (!arena)
    return NULL;
  uint32_t index = __atomic_fetch_add(&arena_total, 1, __ATOMIC_ACQ_REL);
  if (index >= ARENA_MAX || (uintptr_t)arena >> ADDRESS_BITS) {
    if (index >= ARENA_MAX)
      __atomic_fetch_sub(&arena_total, 1, __ATOMIC_RELAXED);
    os_unmap(arena, (size_t)size * SLICE_BYTES);
    return NULL;
  }
  poke(&hint, (uintptr_t)arena - ARENA_BYTES);
  bool filled = fill_first_huge(arena, size);
  os_huge(arena, (size_t)size * SLICE_BYTES, false);
  size -= guard;
  arena->slices = size;
  arena->index = index;
  if (size < ARENA_SLICES && !guard)
    __atomic_fetch_add(&short_arenas, 1, __ATOMIC_RELAXED);
  for (unsigned w = 0; w < ARENA_WORDS; w++)
    poke(&arena->free[w], slices_mask(ARENA_HEADER_SLICES, size, w));
  poke(&arena->free_count, size - ARENA_HEADER_SLICES);
  close_unused(arena);
  if (filled)
    slices_mark_dirty(arena, ARENA_HEADER_SLICES, HUGE_SLICES - ARENA_HEADER_SLICES, true);
  store_release(&arena_map[(uintptr_t)arena >> ARENA_SHIFT],
                (uintptr_t)arena->tag - ((uintptr_t)arena >> SLICE_SHIFT) * sizeof(slice_tag));
  store_release(&arena_list[index], arena);
  return arena;
}

/* ---- length ---- */

/*
 * Where limits leave no room for a mapping, free slices at the end of an arena are unmapped, and
 * mapped again when slices run out. They stay claimed meanwhile, with no tags, as if the arena had
 * been made shorter. Hardened arenas, with a guard at their end, keep their length.
 */
enum { SHORTEN_LEAST_BYTES = 1024 * 1024, SHORTEN_HELPS = 4 };

/* First of the free slices at its end, none below least. */
static unsigned tail_first(const struct arena *arena, unsigned least) {
  unsigned first = arena->slices;

  while (first > least && peek(&arena->free[(first - 1) / 64]) >> (first - 1) % 64 & 1)
    first--;
  return first;
}

static size_t shorten(struct arena *arena, size_t bytes) {
  unsigned end = arena->slices, least = ARENA_LEAST_SLICES;
  size_t most = round_up(bytes, SHORTEN_LEAST_BYTES) / SLICE_BYTES;

  if (end > least + most)
    least = end - (unsigned)most;
  unsigned first = tail_first(arena, least);
  size_t tail_bytes = (size_t)(end - first) * SLICE_BYTES;
  if (tail_bytes < SHORTEN_LEAST_BYTES || !slices_claim(arena, first, end - first))
    return 0;
  if (!os_unmap(slices_address(arena, first), tail_bytes)) {
    slices_unclaim(arena, first, end - first);
    return 0;
  }
  slices_mark_dirty(arena, first, end - first, false);
  for (unsigned w = first / 64; w <= (end - 1) / 64; w++)
    __atomic_fetch_and(&arena->used[w], ~slices_mask(first, end, w), __ATOMIC_RELAXED);
  poke(&arena->slices, first);
  if (end == ARENA_SLICES)
    __atomic_fetch_add(&short_arenas, 1, __ATOMIC_RELAXED);
  return tail_bytes;
}

size_t arena_shorten(size_t bytes) {
  size_t done = 0;

  /* Of a request many times as large as what arenas have, nothing is known to help. */
  if (guarded || bytes / SHORTEN_HELPS > (size_t)arena_count() * ARENA_BYTES)
    return 0;
  lock_take(&measuring);
  for (unsigned i = arena_count(); i-- > 0 && done < bytes;) {
    struct arena *arena = arena_number(i);
    done += arena ? shorten(arena, bytes - done) : 0;
  }
  lock_drop(&measuring);
  return done;
}

/* Maps slices behind the end of an arena; false: there is no memory, or something else is there. */
static bool lengthen(struct arena *arena, unsigned more) {
  unsigned end = arena->slices;
  char *place = slices_address(arena, end);
  size_t bytes = (size_t)more * SLICE_BYTES;
  char *mapped = os_map(place, bytes);

  if (mapped != place) {
    if (mapped)
      os_unmap(mapped, bytes);
    return false;
  }
  os_huge(place, bytes, false);
  poke(&arena->slices, end + more);
  if (arena->committed >= end)
    poke(&arena->committed, end + more);
  if (end + more == ARENA_SLICES)
    __atomic_fetch_sub(&short_arenas, 1, __ATOMIC_RELAXED);
  slices_unclaim(arena, end, more);
  return true;
}

/* Makes an arena longer until a run of slices may fit in at its end, by all that it lacks if that
 * can be. */
static bool lengthen_for(struct arena *arena, unsigned run) {
  unsigned more = ARENA_SLICES - arena->slices;
  unsigned have = more ? arena->slices - tail_first(arena, ARENA_HEADER_SLICES) : 0;

  for (; more && have + more >= run; more /= 2)
    if (lengthen(arena, more))
      return true;
  return false;
}

static COLD bool lengthen_any(unsigned run) {
  bool done = false;

  lock_take(&measuring);
  for (unsigned i = 0; i < arena_count() && !done; i++) {
    struct arena *arena = arena_number(i);
    done = arena && lengthen_for(arena, run);
  }
  lock_drop(&measuring);
  return done;
}

void *arena_take(unsigned slices, size_t alignment, bool *zeroed) {
  unsigned step = (unsigned)(alignment >> SLICE_SHIFT);
  void *run;

  if (slices_dirty() >= slices && (run = take_dirty(slices, step, zeroed)))
    return run;
  while (!(run = take_any(slices, step, zeroed))) {
    if (unlikely(peek(&short_arenas)) && lengthen_any(slices + step - 1))
      continue;
    struct arena *arena = arena_create(slices, step);
    if (!arena)
      return NULL;
    slices_lower_hint(&slices_first_open, arena->index);
  }
  return run;
}

bool arena_extend(void *first, unsigned slices, unsigned more, bool *zeroed) {
  struct arena *arena = arena_at(first);
  unsigned from = arena_slice(first) + slices;

  if (from + more > peek(&arena->slices) || !slices_claim(arena, from, more) ||
      !commit(arena, from, more))
    return false;
  taken(arena, from, more, zeroed);
  return true;
}

void arena_give(void *first, unsigned slices) {
  struct arena *arena = arena_at(first);
  unsigned i = arena_slice(first);

  debug_check(arena->tag[i] == TAG_NONE);
  if (unlikely(guarded))
    close_guarded(arena, first, slices);
  slices_mark_dirty(arena, i, slices, true);
  __atomic_fetch_sub(&used_slices, slices, __ATOMIC_RELAXED);
  slices_unclaim(arena, i, slices);
}

void arena_tag(void *first, unsigned slices, slice_tag tag) {
  slice_tag *tags = &arena_at(first)->tag[arena_slice(first)];

  for (unsigned i = 0; i < slices; i++)
    store_release(&tags[i], tag);
}

unsigned arena_count(void) {
  uint32_t total = load_acquire(&arena_total);
  return total < ARENA_MAX ? total : ARENA_MAX;
}

struct arena *arena_number(unsigned i) {
  return load_acquire(&arena_list[i]);
}

size_t arena_dirty_bytes(void) {
  return slices_dirty() * SLICE_BYTES;
}

size_t arena_dirty_least_restart(void) {
  return slices_dirty_least_restart() * SLICE_BYTES;
}

size_t arena_used_bytes(void) {
  return peek(&used_slices) * SLICE_BYTES;
}

size_t arena_retaken_bytes(void) {
  return peek(&retaken_slices) * SLICE_BYTES;
}

/* ---- purging ---- */

/* Purges free slices of one huge page while more than keep bytes are dirty anywhere. */
static size_t purge_huge(struct arena *arena, unsigned huge, size_t keep_bytes, bool *refused) {
  size_t purged = 0;
  unsigned end;

  for (unsigned i = huge; i < huge + HUGE_SLICES && !*refused; i = end) {
    i = slices_next(arena->dirty, NULL, i, 0);
    if (i >= huge + HUGE_SLICES || arena_dirty_bytes() <= keep_bytes)
      break;
    unsigned free_end = slices_next(arena->free, NULL, i, ~UINT64_C(0));
    end = slices_next(arena->dirty, NULL, i, ~UINT64_C(0));
    end = end < huge + HUGE_SLICES ? end : huge + HUGE_SLICES;
    if (free_end < end)
      end = free_end > i ? free_end : i + 1;
    if (!slices_claim(arena, i, end - i))
      continue;
    size_t bytes = (size_t)(end - i) * SLICE_BYTES;
    if (os_purge(slices_address(arena, i), bytes)) {
      slices_mark_dirty(arena, i, end - i, false);
      purged += bytes;
    } else {
      *refused = true;
    }
    slices_unclaim(arena, i, end - i);
  }
  return purged;
}

/* From the end on, as what is taken is taken from the start. */
static size_t purge_arena(struct arena *arena, size_t keep_bytes, bool whole, bool *refused) {
  size_t purged = 0;

  for (unsigned huge = ARENA_SLICES; huge > 0 && arena_dirty_bytes() > keep_bytes && !*refused;) {
    huge -= HUGE_SLICES;
    if (whole ? huge_is(arena, huge, ~UINT64_C(0)) : !none_resident(arena, huge))
      purged += purge_huge(arena, huge, keep_bytes, refused);
  }
  return purged;
}

size_t arena_purge(size_t keep_bytes, bool parts) {
  size_t purged = 0;
  bool refused = false;

  if (!lock_try(&purging))
    return 0;
  for (unsigned pass = 0; pass < (parts ? 2 : 1); pass++)
    for (unsigned i = arena_count(); i-- > 0 && arena_dirty_bytes() > keep_bytes && !refused;) {
      struct arena *arena = arena_number(i);
      if (arena && peek(&arena->dirty_count) != 0)
        purged += purge_arena(arena, keep_bytes, pass == 0, &refused);
    }
  lock_drop(&purging);
  return purged;
}

void arena_after_fork(void) {
  lock_drop(&measuring);
  lock_drop(&purging);
}

void arena_check(struct arena *arena) {
  for (unsigned i = 0; i < ARENA_SLICES; i++) {
    bool is_free = arena->free[i / 64] >> i % 64 & 1;
    bool dirty = arena->dirty[i / 64] >> i % 64 & 1;
    bool exists = i >= ARENA_HEADER_SLICES && i < arena->slices;
    if (is_free && (!exists || arena->tag[i] != TAG_NONE))
      message_assert("free slices exist and have no tag", __FILE__, __LINE__);
    if (dirty && !is_free)
      message_assert("dirty slices are free", __FILE__, __LINE__);
    if (exists && !is_free && arena->tag[i] == TAG_NONE)
      message_assert("slices in use have a tag", __FILE__, __LINE__);
  }
}
