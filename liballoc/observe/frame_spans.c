/* SPDX-License-Identifier: MIT */
#include "observe/work.h"

#include <string.h>

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
  size_t slices[CLASSES] = {0};

  *spans = *words = 0;
  for (unsigned i = 0; i < work->arenas_listed; i++) {
    struct arena *arena = work_arena(work, i);
    for (unsigned w = 0; w < ARENA_WORDS; w++) {
      uint64_t used = ~peek(&arena->free[w]) & map_mask(ARENA_HEADER_SLICES, arena->slices, w);
      for (; used; used &= used - 1) {
        slice_tag tag = peek(&arena->tag[w * 64 + (unsigned)__builtin_ctzl(used)]);
        if (tag >> TAG_OWNER_SHIFT)
          slices[(tag >> TAG_BIN_SHIFT & 0xff) % CLASSES]++;
        else if (tag == TAG_LARGE)
          ++*spans;
      }
    }
  }
  for (unsigned k = 1; k < CLASSES; k++) {
    const struct size_class *c = &size_classes[k];
    size_t n = (slices[k] + c->slices - 1u) / c->slices;
    *spans += n;
    *words += n * 2 * c->words;
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
static uint32_t place_words(struct work *work, const struct arena *arena, unsigned slice,
                            const struct size_class *c) {
  uint64_t begin = (uintptr_t)arena + (uint64_t)slice * SLICE_BYTES;

  if (work->room.partial && !in_window(work, begin, begin + (uint64_t)c->slices * SLICE_BYTES))
    return TALLY_NO_BITMAP;
  if (work->word_count + 2u * c->words > work->room.words) {
    if (!work->room.partial)
      work->too_small = true;
    return TALLY_NO_BITMAP;
  }
  return (uint32_t)work->word_count;
}

/* Copies which blocks are out into plane A, or nowhere when it is NULL, and counts them. */
static void copy_bits(const uint64_t *free_bits, const struct size_class *c, uint64_t *plane,
                      struct tally *tally) {
  unsigned out = 0, end = 0;

  for (unsigned w = 0; w < c->words; w++) {
    uint64_t word = ~load_acquire(&free_bits[w]) & map_mask(0, c->capacity, w);
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
  if (tally->touched > c->capacity)
    tally->touched = c->capacity;
}

/* Copies a small span; slices it covers, 0: it is none, or changed all the time. */
static unsigned small_copy(struct work *work, const struct arena *arena, unsigned slice,
                           struct tally *tally, uint32_t *epoch) {
  const struct span *span = &arena->span[slice];

  for (unsigned tries = 0; tries < COPY_TRIES; tries++) {
    *epoch = load_acquire(&span->epoch);
    if (load_acquire(&span->kind) != SPAN_SMALL)
      return 0;
    unsigned k = peek(&span->size_class);
    if (k == 0 || k >= CLASSES || slice + size_classes[k].slices > arena->slices)
      return 0;
    const struct size_class *c = &size_classes[k];
    *tally = (struct tally){
        .word = place_words(work, arena, slice, c),
        .owner = peek(&span->owner),
        .slice = (uint16_t)slice,
        .touched = (uint16_t)peek(&span->touched),
        .size_class = (uint16_t)k,
        .purged = peek(&span->purged),
    };
    uint64_t *plane = tally->word == TALLY_NO_BITMAP ? NULL : work->word + tally->word;
    copy_bits(c->words <= SPAN_INNER_WORDS ? span->bits : arena->bits[slice], c, plane, tally);
    /* A busy span is taken as it is, its words from different moments, if only it is still the
     * same one. */
    bool same = load_acquire(&span->kind) == SPAN_SMALL && peek(&span->size_class) == k;
    if (peek(&span->epoch) == *epoch || (same && tries == COPY_TRIES - 1)) {
      if (plane) {
        memset(plane + c->words, 0, c->words * sizeof *plane);
        work->word_count += 2u * c->words;
      }
      return c->slices;
    }
  }
  return 0;
}

static unsigned small_add(struct work *work, const struct arena *arena, unsigned slice) {
  uint32_t epoch;
  struct tally tally;
  unsigned slices = small_copy(work, arena, slice, &tally, &epoch);

  if (!slices)
    return 0;
  if (work->span_count == work->room.spans) {
    if (!work->room.truncated)
      work->too_small = true;
    work_add_small(work, &tally);
    return slices;
  }
  const struct size_class *c = &size_classes[tally.size_class];
  size_t i = work->span_count++;
  *work_tally(work, i) = tally;
  work->span[i] = (struct alloc_span_record){
      .slice = (uint16_t)slice,
      .slices = c->slices,
      .size_class = tally.size_class,
      .kind = ALLOC_SPAN_SMALL,
      .owner = tally.owner,
      .capacity = c->capacity,
      .touched = tally.touched,
      .epoch = epoch,
      .block_bytes = c->block_bytes,
      .bitmap_word = tally.word == TALLY_NO_BITMAP ? ALLOC_NO_BITMAP : tally.word,
      .purged_pages = tally.purged,
  };
  uint32_t *numbers = work_slices(work, arena->index) + slice;
  for (unsigned s = 0; s < slices; s++)
    numbers[s] = (uint32_t)i + 1;
  return slices;
}

static unsigned large_add(struct work *work, const struct arena *arena, unsigned slice) {
  const struct span *span = &arena->span[slice];
  unsigned slices = peek(&span->slices);
  uint64_t bytes = peek(&span->bytes);

  if (slices == 0 || slice + slices > arena->slices || bytes == 0)
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
static void arena_copy(struct work *work, const struct arena *arena) {
  struct alloc_arena_record *record = &work->arena[work->arena_count++];
  struct alloc_frame *frame = work->frame;
  uint64_t seen_free[ARENA_WORDS], covered[ARENA_WORDS] = {0};
  unsigned slices = arena->slices;

  memset(work_slices(work, arena->index), 0, sizeof(uint32_t) * ARENA_SLICES);
  for (unsigned w = 0; w < ARENA_WORDS; w++)
    seen_free[w] = load_acquire(&arena->free[w]);
  record->first_span = (uint32_t)work->span_count;
  for (unsigned i = ARENA_HEADER_SLICES; i < slices;) {
    uint64_t taken = ~seen_free[i / 64] >> i % 64;
    if (!taken) {
      i = (i | 63) + 1;
      continue;
    }
    i += (unsigned)__builtin_ctzl(taken);
    if (i >= slices)
      break;
    uint8_t kind = load_acquire(&arena->span[i].kind);
    unsigned n = kind == SPAN_SMALL   ? small_add(work, arena, i)
                 : kind == SPAN_LARGE ? large_add(work, arena, i)
                                      : 0;
    for (unsigned w = i / 64; n && w <= (i + n - 1) / 64; w++)
      covered[w] |= map_mask(i, i + n, w);
    i += n ? n : 1;
  }
  record->address = (uintptr_t)arena;
  record->slices = slices;
  record->header_slices = ARENA_HEADER_SLICES;
  record->span_count = (uint32_t)(work->span_count - record->first_span);
  for (unsigned w = 0; w < ARENA_WORDS; w++) {
    uint64_t free_map = map_mask(ARENA_HEADER_SLICES, slices, w) & ~covered[w];
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
