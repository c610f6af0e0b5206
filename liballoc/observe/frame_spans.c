/* SPDX-License-Identifier: MIT */
#include "observe/work.h"

#include <string.h>

#include "heap/cache.h"
#include "heap/slices.h"

enum { COPY_TRIES = 4 };

/* ---- the list of arenas ---- */

bool arenas_list(struct work *work) {
  unsigned count = arena_count();

  if (count == work->arenas_known && count == work->arenas_listed)
    return true;
  if (!table_reserve(&work->arenas, count * sizeof(uint64_t)) ||
      !table_reserve(&work->slices, count * sizeof(uint32_t) * ARENA_SLICES))
    return false;
  unsigned listed = 0;
  for (unsigned i = 0; i < count; i++) {
    struct arena *arena = arena_number(i);
    if (arena)
      ((uint64_t *)work->arenas.at)[listed++] = (uintptr_t)arena;
  }
  records_sort(work->arenas.at, listed, sizeof(uint64_t));
  work->arenas_listed = listed;
  work->arenas_known = count;
  return true;
}

void spans_count(struct work *work, size_t *spans, size_t *words) {
  *spans = *words = 0;
  for (unsigned a = 0; a < work->arenas_listed; a++) {
    struct arena *arena = work_arena(work, a);
    unsigned i = ARENA_HEADER_SLICES, all = peek(&arena->slices), slices;
    for (; (i = slices_next(arena->free, NULL, i, ~UINT64_C(0))) < all; i += slices ? slices : 1) {
      const struct span *span = &arena->span[i];
      slices = peek(&span->slices);
      if (peek(&span->kind) == SPAN_NONE) {
        slices = 1;
        continue;
      }
      ++*spans;
      if (peek(&span->kind) == SPAN_SMALL)
        *words += 2 * ((peek(&span->capacity) + (size_t)63) / 64);
    }
  }
}

/* ---- one span ---- */

/* Whether its bitmap is wanted in the first place when not all fit. */
static bool in_window(const struct work *work, uint64_t begin, uint64_t end) {
  for (unsigned i = 0; i < work->wish->windows; i++)
    if (begin < work->wish->window[i].end && end > work->wish->window[i].begin)
      return true;
  return work->wish->windows == 0;
}

/* Where the bitmap of a span goes; TALLY_NO_BITMAP: nowhere. */
static uint32_t place_words(struct work *work, const struct arena *arena,
                            const struct tally *tally) {
  uint64_t begin = (uintptr_t)arena + (uint64_t)tally->slice * SLICE_BYTES;

  if (work->room.partial && !in_window(work, begin, begin + (uint64_t)tally->slices * SLICE_BYTES))
    return TALLY_NO_BITMAP;
  if (work->word_count + 2u * tally_words(tally) > work->room.words) {
    if (!work->room.partial)
      work->too_small = true;
    return TALLY_NO_BITMAP;
  }
  return (uint32_t)work->word_count;
}

/* Copies which blocks are out into plane A, or nowhere when it is NULL, and counts them. */
static void copy_bits(const uint64_t *free_bits, uint64_t *plane, struct tally *tally) {
  unsigned out = 0, end = 0;

  for (unsigned w = 0; w < tally_words(tally); w++) {
    uint64_t word = ~load_acquire(&free_bits[w]) & slices_mask(0, tally->capacity, w);
    if (word) {
      out += (unsigned)__builtin_popcountl(word);
      end = w * 64 + 64 - (unsigned)__builtin_clzl(word);
    }
    if (plane)
      plane[w] = word;
  }
  tally->out = (uint16_t)out;
  if (tally->touched < end)
    tally->touched = (uint16_t)end;
  if (tally->touched > tally->capacity)
    tally->touched = tally->capacity;
}

/* Of the arena that is being copied, as its record has it: it may be another length by now. */
static unsigned copied_slices(const struct work *work) {
  return work->arena[work->arena_count - 1].slices;
}

/* Whether a span can be so: of what is read while it changes, one field may be of another span. */
static bool is_sound(const struct work *work, const struct tally *tally) {
  unsigned k = tally->size_class;

  return k > 0 && k < CLASSES && tally->slices > 0 && tally->capacity > 0 &&
         tally->slice + tally->slices <= copied_slices(work) &&
         (size_t)tally->capacity * size_classes[k].block_bytes <=
             (size_t)tally->slices * SLICE_BYTES;
}

/* Copies a small span; false: it is none, or changed all the time. */
static bool small_copy(struct work *work, struct arena *arena, unsigned slice, struct tally *tally,
                       uint32_t *epoch) {
  const struct span *span = &arena->span[slice];

  for (unsigned tries = 0; tries < COPY_TRIES; tries++) {
    *epoch = load_acquire(&span->epoch);
    if (load_acquire(&span->kind) != SPAN_SMALL)
      return false;
    *tally = (struct tally){
        .owner = peek(&span->owner),
        .slice = (uint16_t)slice,
        .slices = peek(&span->slices),
        .capacity = peek(&span->capacity),
        .touched = (uint16_t)peek(&span->touched),
        .size_class = peek(&span->size_class),
        .purged = peek(&span->purged),
    };
    if (!is_sound(work, tally))
      return false;
    tally->word = place_words(work, arena, tally);
    uint64_t *plane = tally->word == TALLY_NO_BITMAP ? NULL : work->word + tally->word;
    copy_bits(arena_bits(arena, slice, tally->capacity), plane, tally);
    /* A busy span is taken as it is, its words from different moments, if only it is still the
     * same one. */
    bool same = load_acquire(&span->kind) == SPAN_SMALL &&
                peek(&span->size_class) == tally->size_class &&
                peek(&span->capacity) == tally->capacity;
    if (peek(&span->epoch) == *epoch || (same && tries == COPY_TRIES - 1)) {
      if (plane) {
        memset(plane + tally_words(tally), 0, tally_words(tally) * sizeof *plane);
        work->word_count += 2u * tally_words(tally);
      }
      return true;
    }
  }
  return false;
}

static unsigned small_add(struct work *work, struct arena *arena, unsigned slice) {
  uint32_t epoch;
  struct tally tally;

  if (!small_copy(work, arena, slice, &tally, &epoch))
    return 0;
  if (work->span_count == work->room.spans) {
    if (!work->room.truncated)
      work->too_small = true;
    work_add_small(work, &tally);
    return tally.slices;
  }
  size_t i = work->span_count++;
  *work_tally(work, i) = tally;
  work->span[i] = (struct alloc_span_record){
      .slice = (uint16_t)slice,
      .slices = tally.slices,
      .size_class = tally.size_class,
      .kind = ALLOC_SPAN_SMALL,
      .owner = tally.owner,
      .capacity = tally.capacity,
      .touched = tally.touched,
      .epoch = epoch,
      .block_bytes = size_classes[tally.size_class].block_bytes,
      .bitmap_word = tally.word == TALLY_NO_BITMAP ? ALLOC_NO_BITMAP : tally.word,
      .purged_pages = tally.purged,
  };
  uint32_t *numbers = work_slices(work, arena->index) + slice;
  for (unsigned s = 0; s < tally.slices; s++)
    numbers[s] = (uint32_t)i + 1;
  return tally.slices;
}

static unsigned large_add(struct work *work, const struct arena *arena, unsigned slice) {
  const struct span *span = &arena->span[slice];
  unsigned slices = peek(&span->slices);
  uint64_t bytes = peek(&span->bytes);

  if (slices == 0 || slice + slices > copied_slices(work) || bytes == 0)
    return 0;
  /* Being resized: the slices are what counts. */
  if (bytes > (uint64_t)slices * SLICE_BYTES)
    bytes = (uint64_t)slices * SLICE_BYTES;
  work->frame->total_large_bytes += (uint64_t)slices * SLICE_BYTES;
  if (work->span_count == work->room.spans) {
    if (!work->room.truncated)
      work->too_small = true;
    return slices;
  }
  size_t i = work->span_count++;
  *work_tally(work, i) = (struct tally){.word = TALLY_NO_BITMAP, .slice = (uint16_t)slice};
  work->span[i] = (struct alloc_span_record){
      .slice = (uint16_t)slice,
      .slices = (uint16_t)slices,
      .kind = ALLOC_SPAN_LARGE,
      .owner = cache_in_turn(peek(&span->owner), peek(&span->turn)),
      .capacity = 1,
      .live = 1,
      .touched = 1,
      .epoch = peek(&span->epoch),
      .block_bytes = bytes,
      .bitmap_word = ALLOC_NO_BITMAP,
  };
  return slices;
}

/* ---- one arena ---- */

/*
 * Slices that are in no copied span count as free, be it that they are, or that somebody is just
 * taking, giving or purging them.
 */
static void arena_copy(struct work *work, struct arena *arena) {
  struct alloc_arena_record *record = &work->arena[work->arena_count++];
  struct alloc_frame *frame = work->frame;
  uint64_t seen_free[ARENA_WORDS], covered[ARENA_WORDS] = {0};
  unsigned slices = peek(&arena->slices);

  record->address = (uintptr_t)arena;
  record->slices = slices;
  memset(work_slices(work, arena->index), 0, sizeof(uint32_t) * ARENA_SLICES);
  for (unsigned w = 0; w < ARENA_WORDS; w++)
    seen_free[w] = load_acquire(&arena->free[w]);
  record->first_span = (uint32_t)work->span_count;
  for (unsigned i = ARENA_HEADER_SLICES;
       (i = slices_next(seen_free, NULL, i, ~UINT64_C(0))) < slices;) {
    uint8_t kind = load_acquire(&arena->span[i].kind);
    unsigned n = kind == SPAN_SMALL   ? small_add(work, arena, i)
                 : kind == SPAN_LARGE ? large_add(work, arena, i)
                                      : 0;
    for (unsigned w = i / 64; n && w <= (i + n - 1) / 64; w++)
      covered[w] |= slices_mask(i, i + n, w);
    i += n ? n : 1;
  }
  record->header_slices = ARENA_HEADER_SLICES;
  record->span_count = (uint32_t)(work->span_count - record->first_span);
  for (unsigned w = 0; w < ARENA_WORDS; w++) {
    uint64_t free_map = slices_mask(ARENA_HEADER_SLICES, slices, w) & ~covered[w];
    uint64_t dirty_map = peek(&arena->dirty[w]) & free_map;
    record->free_map[w] = free_map;
    record->dirty_map[w] = dirty_map;
    record->used_map[w] = peek(&arena->used[w]);
    frame->total_dirty_bytes += (uint64_t)__builtin_popcountl(dirty_map) * SLICE_BYTES;
    frame->total_clean_bytes += (uint64_t)__builtin_popcountl(free_map & ~dirty_map) * SLICE_BYTES;
  }
  frame->total_arena_bytes += (uint64_t)slices * SLICE_BYTES;
  frame->total_header_bytes += ARENA_HEADER_SLICES * SLICE_BYTES;
}

bool spans_copy(struct work *work) {
  if (!table_reserve(&work->tallies, work->room.spans * sizeof(struct tally)))
    return false;
  for (unsigned i = 0; i < work->arenas_listed && i < work->room.arenas; i++)
    arena_copy(work, work_arena(work, i));
  return true;
}
