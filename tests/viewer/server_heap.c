/* SPDX-License-Identifier: MIT */
/*
 * See server_heap.h. Classes and slices are as liballoc had them when slices were of 64 KiB. A
 * change of a span is a change of one word of its bitmaps, each in turn:
 *
 *   changes of word w = floor ((epoch - w - 1) / words) + 1, or 0 while epoch <= w
 */
#include "tests/viewer/server_heap.h"

#include <string.h>
#include <time.h>

enum {
  SLICE = 65536,
  SLICES = 512,
  HEADER_SLICES = 2,
  CLASSES = 53,
  CACHES = 64,
  EIGHTHS = 8,
  LARGE_SLICES = 16,
  FREE_SLICES = 8,
};

#define BASE             G_GUINT64_CONSTANT(0x7f0000000000)
#define ARENA            G_GUINT64_CONSTANT(33554432)
#define BITMAPS_MAX_WORD ((G_GUINT64_CONSTANT(64) << 20) / sizeof(guint64))

struct ServerHeap {
  GRand *random;
  guint64 salt;
  struct alloc_class_record classes[CLASSES];
  struct alloc_cache_record caches[CACHES];
  GArray *arenas; /* struct alloc_arena_record */
  GArray *spans;  /* struct alloc_span_record */
  guint64 words;  /* that the bitmaps of all spans have */
};

static guint draw(ServerHeap *heap, guint until) {
  return (guint)g_rand_int_range(heap->random, 0, (gint32)until);
}

/* ---- classes ---- */

static void add_class(ServerHeap *heap, guint *next, guint bytes) {
  guint slices = bytes <= 8192 ? 1 : bytes <= 16384 ? 2 : 4;

  heap->classes[(*next)++] = (struct alloc_class_record){bytes, slices, slices * SLICE / bytes};
}

static void make_classes(ServerHeap *heap) {
  guint next = 1;

  for (guint bytes = 16; bytes <= 128; bytes += 16)
    add_class(heap, &next, bytes);
  for (guint base = 128; base < 1024; base *= 2) {
    for (guint i = 9; i <= 16; i++)
      add_class(heap, &next, base / 8 * i);
  }
  for (guint base = 1024; base < 32768; base *= 2) {
    for (guint i = 5; i <= 8; i++)
      add_class(heap, &next, base / 4 * i);
  }
  g_assert(next == CLASSES);
}

static void make_caches(ServerHeap *heap) {
  for (guint i = 0; i < CACHES; i++) {
    heap->caches[i] = (struct alloc_cache_record){
        .owner = i + 1, .thread = 1000 + i, .state = ALLOC_CACHE_OWNED, .capacity_bytes = 1 << 19};
    g_snprintf(heap->caches[i].name, sizeof heap->caches[i].name, "worker-%u", i);
  }
}

/* ---- blocks ---- */

/* Sebastiano Vigna's splitmix64: the next number of a row. */
static guint64 next_number(guint64 *state) {
  guint64 z = *state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* Each bit is set with a chance of @eighths in eight. */
static guint64 sparse_word(guint64 *state, guint eighths) {
  guint64 less = 0;
  guint64 equal = G_MAXUINT64;

  if (eighths >= EIGHTHS)
    return G_MAXUINT64;
  for (int bit = 2; bit >= 0; bit--) {
    guint64 digit = next_number(state);

    if ((eighths >> bit & 1) != 0) {
      less |= equal & ~digit;
      equal &= digit;
    } else {
      equal &= ~digit;
    }
  }
  return less;
}

static guint64 first_bits(guint count) {
  return count >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << count) - 1;
}

static guint span_words(const struct alloc_span_record *span) {
  return (span->capacity + 63) / 64;
}

/* Word @word of both planes of span @index. */
static void make_word(ServerHeap *heap, guint index, guint word, guint64 *a, guint64 *b) {
  const struct alloc_span_record *span =
      &g_array_index(heap->spans, struct alloc_span_record, index);
  guint words = span_words(span);
  guint64 changes = span->epoch <= word ? 0 : (span->epoch - word - 1) / words + 1;
  guint64 fill = heap->salt + index;
  guint64 state =
      (heap->salt + index) * 4096 + word + changes * G_GUINT64_CONSTANT(0x5851f42d4c957f2d);
  guint64 touched = span->touched <= word * 64 ? 0 : first_bits(span->touched - word * 64);
  guint64 out = sparse_word(&state, 1 + (guint)(next_number(&fill) % EIGHTHS)) & touched;
  guint64 cached = out & sparse_word(&state, 1) & sparse_word(&state, 2);
  guint64 transit = cached & sparse_word(&state, 2);

  *a = (out & ~cached) | transit;
  *b = cached;
}

static void count_blocks(ServerHeap *heap, guint index) {
  struct alloc_span_record *span = &g_array_index(heap->spans, struct alloc_span_record, index);

  span->live = span->cached = span->transit = 0;
  for (guint word = 0; word < span_words(span); word++) {
    guint64 a, b;

    make_word(heap, index, word, &a, &b);
    span->live += (guint)__builtin_popcountll(a & ~b);
    span->cached += (guint)__builtin_popcountll(b & ~a);
    span->transit += (guint)__builtin_popcountll(a & b);
  }
}

/* ---- spans ---- */

static void add_small(ServerHeap *heap, guint slice, guint class) {
  const struct alloc_class_record *of = &heap->classes[class];
  guint capacity = of->span_capacity;
  struct alloc_span_record span = {
      .slice = (guint16)slice,
      .slices = (guint16)of->span_slices,
      .size_class = (guint16) class,
      .kind = ALLOC_SPAN_SMALL,
      .owner = 1 + draw(heap, CACHES),
      .capacity = capacity,
      .touched =
          draw(heap, 4) == 0 ? capacity / 2 + draw(heap, capacity - capacity / 2 + 1) : capacity,
      .block_bytes = of->block_bytes,
      .bitmap_word = ALLOC_NO_BITMAP,
  };

  g_array_append_val(heap->spans, span);
  count_blocks(heap, heap->spans->len - 1);
  heap->words += 2 * (guint64)span_words(&span);
}

static void add_large(ServerHeap *heap, guint slice, guint slices) {
  struct alloc_span_record span = {
      .slice = (guint16)slice,
      .slices = (guint16)slices,
      .kind = ALLOC_SPAN_LARGE,
      .capacity = 1,
      .live = 1,
      .touched = 1,
      .block_bytes = (guint64)slices * SLICE - draw(heap, SLICE),
      .bitmap_word = ALLOC_NO_BITMAP,
  };

  g_array_append_val(heap->spans, span);
}

static void set_bits(guint64 *map, guint begin, guint count) {
  for (guint bit = begin; bit < begin + count; bit++)
    map[bit / 64] |= G_GUINT64_CONSTANT(1) << bit % 64;
}

/* Of 64 places two are a large block, one is free, the others small spans. */
static void add_arena(ServerHeap *heap, guint number) {
  struct alloc_arena_record arena = {
      .address = BASE + number * ARENA,
      .slices = SLICES,
      .header_slices = HEADER_SLICES,
      .first_span = heap->spans->len,
  };

  set_bits(arena.used_map, 0, SLICES);
  for (guint slice = HEADER_SLICES; slice < SLICES;) {
    guint left = SLICES - slice;
    guint place = draw(heap, 64);
    guint one = 1 + draw(heap, CLASSES - 1);
    guint other = 1 + draw(heap, CLASSES - 1);
    guint class = MIN(one, other);
    guint slices = heap->classes[class].span_slices;
    guint run = 1 + draw(heap, place == 0 ? FREE_SLICES : LARGE_SLICES);

    if (place == 0 || slices > left) {
      slices = MIN(left, run);
      set_bits(arena.free_map, slice, slices);
      if (place % 2 == 0)
        set_bits(arena.dirty_map, slice, slices);
    } else if (place <= 2) {
      slices = MIN(left, run);
      add_large(heap, slice, slices);
    } else {
      add_small(heap, slice, class);
    }
    slice += slices;
  }
  arena.span_count = heap->spans->len - arena.first_span;
  g_array_append_val(heap->arenas, arena);
}

ServerHeap *server_heap_new(guint64 bytes, guint32 seed) {
  ServerHeap *heap = g_new0(ServerHeap, 1);

  heap->random = g_rand_new_with_seed(seed);
  heap->salt = (guint64)seed << 32;
  heap->arenas = g_array_new(FALSE, TRUE, sizeof(struct alloc_arena_record));
  heap->spans = g_array_new(FALSE, TRUE, sizeof(struct alloc_span_record));
  make_classes(heap);
  make_caches(heap);
  for (guint i = 0; i < bytes / ARENA; i++)
    add_arena(heap, i);
  return heap;
}

void server_heap_free(ServerHeap *heap) {
  g_rand_free(heap->random);
  g_array_unref(heap->arenas);
  g_array_unref(heap->spans);
  g_free(heap);
}

void server_heap_churn(ServerHeap *heap, guint spans) {
  for (guint i = 0; i < spans; i++) {
    guint index = draw(heap, heap->spans->len);
    struct alloc_span_record *span = &g_array_index(heap->spans, struct alloc_span_record, index);

    if (span->kind != ALLOC_SPAN_SMALL)
      continue;
    span->epoch++;
    count_blocks(heap, index);
  }
}

/* ---- publishing ---- */

static gboolean is_wished_for(guint64 begin, guint64 end, const ServerHeapWindow *windows,
                              guint n_windows) {
  for (guint i = 0; i < n_windows; i++) {
    if (begin < windows[i].end && end > windows[i].begin)
      return TRUE;
  }
  return n_windows == 0;
}

static void publish_span(ServerHeap *heap, guint index, gboolean wished, struct alloc_frame *head,
                         GArray *words) {
  struct alloc_span_record *span = &g_array_index(heap->spans, struct alloc_span_record, index);
  guint count = span_words(span);
  guint64 room = (guint64)span->slices * SLICE;
  guint busy = span->live + span->cached + span->transit;

  if (span->kind == ALLOC_SPAN_LARGE) {
    head->total_large_bytes += room;
    return;
  }
  head->total_live_bytes += span->live * span->block_bytes;
  head->total_cached_bytes += span->cached * span->block_bytes;
  head->total_transit_bytes += span->transit * span->block_bytes;
  head->total_free_bytes += (span->touched - busy) * span->block_bytes;
  head->total_untouched_bytes += (span->capacity - span->touched) * span->block_bytes;
  head->total_tail_bytes += room - span->capacity * span->block_bytes;
  span->bitmap_word = ALLOC_NO_BITMAP;
  if (!wished || words->len + 2 * count > BITMAPS_MAX_WORD) {
    head->flags |= ALLOC_FRAME_PARTIAL_BITMAPS;
    return;
  }
  span->bitmap_word = words->len;
  g_array_set_size(words, words->len + 2 * count);
  for (guint word = 0; word < count; word++)
    make_word(heap, index, word, &g_array_index(words, guint64, span->bitmap_word + word),
              &g_array_index(words, guint64, span->bitmap_word + count + word));
}

static guint count_bits(const guint64 *map) {
  guint count = 0;

  for (guint i = 0; i < SLICES / 64; i++)
    count += (guint)__builtin_popcountll(map[i]);
  return count;
}

static void publish_arena(ServerHeap *heap, guint number, const ServerHeapWindow *windows,
                          guint n_windows, struct alloc_frame *head, GArray *words) {
  const struct alloc_arena_record *arena =
      &g_array_index(heap->arenas, struct alloc_arena_record, number);
  gboolean partial = heap->words > BITMAPS_MAX_WORD;
  guint64 dirty = count_bits(arena->dirty_map);

  head->total_arena_bytes += ARENA;
  head->total_header_bytes += HEADER_SLICES * SLICE;
  head->total_dirty_bytes += dirty * SLICE;
  head->total_clean_bytes += (count_bits(arena->free_map) - dirty) * SLICE;
  for (guint i = arena->first_span; i < arena->first_span + arena->span_count; i++) {
    const struct alloc_span_record *span = &g_array_index(heap->spans, struct alloc_span_record, i);
    guint64 begin = arena->address + (guint64)span->slice * SLICE;
    guint64 end = begin + (guint64)span->slices * SLICE;

    publish_span(heap, i, !partial || is_wished_for(begin, end, windows, n_windows), head, words);
  }
}

static guint64 now_ns(clockid_t clock) {
  struct timespec now;

  clock_gettime(clock, &now);
  return (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
}

static void append_section(GByteArray *bytes, struct alloc_frame *head, int section,
                           gconstpointer records, gsize count, gsize size) {
  head->section[section] = (struct alloc_section_table){
      .offset = bytes->len, .count = count, .record_bytes = (guint32)size};
  if (count != 0)
    g_byte_array_append(bytes, records, (guint)(count * size));
}

GByteArray *server_heap_publish(ServerHeap *heap, guint64 seq, const ServerHeapWindow *windows,
                                guint n_windows) {
  struct alloc_frame head = {
      .seq = seq,
      .monotonic_ns = now_ns(CLOCK_MONOTONIC),
      .realtime_ns = now_ns(CLOCK_REALTIME),
      .sections = ALLOC_SECTIONS,
  };
  GByteArray *bytes = g_byte_array_new();
  g_autoptr(GArray) words = g_array_new(FALSE, TRUE, sizeof(guint64));

  for (guint i = 0; i < heap->arenas->len; i++)
    publish_arena(heap, i, windows, n_windows, &head, words);
  head.peak_live_bytes = head.total_live_bytes + head.total_large_bytes;
  g_byte_array_append(bytes, (const guint8 *)&head, sizeof head);
  append_section(bytes, &head, ALLOC_SECTION_ARENAS, heap->arenas->data, heap->arenas->len,
                 sizeof(struct alloc_arena_record));
  append_section(bytes, &head, ALLOC_SECTION_SPANS, heap->spans->data, heap->spans->len,
                 sizeof(struct alloc_span_record));
  append_section(bytes, &head, ALLOC_SECTION_CACHES, heap->caches, CACHES,
                 sizeof(struct alloc_cache_record));
  append_section(bytes, &head, ALLOC_SECTION_CLASSES, heap->classes, CLASSES,
                 sizeof(struct alloc_class_record));
  append_section(bytes, &head, ALLOC_SECTION_BITMAPS, words->data, words->len, sizeof(guint64));
  head.bytes = bytes->len;
  memcpy(bytes->data, &head, sizeof head);
  return bytes;
}
