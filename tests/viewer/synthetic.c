/* SPDX-License-Identifier: MIT */
/*
 * Makes heaps by drawing slices, classes and states from a seeded generator, and publishes them
 * as doc/snapshot-format.md says. Deliberately shares no code with the reader.
 */
#include "tests/viewer/synthetic.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  SLICE = 65536,
  SLICES = 512,
  CLASSES = 41,
  CACHES = 5,
};

#define ARENA (G_GUINT64_CONSTANT(32) << 20)

typedef enum {
  BLOCK_FREE,
  BLOCK_LIVE,
  BLOCK_CACHED,
  BLOCK_TRANSIT,
} Block;

struct SyntheticHeap {
  SyntheticKind kind;
  GRand *random;
  struct alloc_class_record classes[CLASSES];
  GArray *arenas;
  GArray *spans;
  GPtrArray *blocks; /* guint8 states of each span's blocks; NULL for large spans */
  GArray *regions;
  struct alloc_cache_record caches[CACHES];
};

static guint draw(SyntheticHeap *heap, guint from, guint until) {
  return (guint)g_rand_int_range(heap->random, (gint32)from, (gint32)until);
}

static void make_classes(SyntheticHeap *heap) {
  guint64 size = 16;
  guint64 step = 16;
  for (guint i = 1; i < CLASSES; i++) {
    guint slices = size > 8192 ? 4 : 1;
    heap->classes[i] =
        (struct alloc_class_record){size, slices, (guint32)((guint64)slices * SLICE / size)};
    size += step;
    if (size == 8 * step)
      step *= 2;
  }
}

static void make_caches(SyntheticHeap *heap) {
  static const char *const names[CACHES] = {"main", "worker-1", "worker-2", "reader", ""};
  for (guint i = 0; i < CACHES; i++) {
    struct alloc_cache_record *cache = &heap->caches[i];
    cache->owner = i + 1;
    cache->state = i + 1 < CACHES ? ALLOC_CACHE_OWNED : ALLOC_CACHE_ORPHANED;
    cache->thread = i + 1 < CACHES ? (guint32)getpid() + i : 0;
    cache->capacity_bytes = 1 << 20;
    cache->refills = 1000 * (i + 1);
    cache->flushes = 700 * (i + 1);
    cache->active_ns = G_GUINT64_CONSTANT(1000000000) * i;
    g_strlcpy(cache->name, names[i], sizeof cache->name);
  }
}

static struct alloc_arena_record *add_arena(SyntheticHeap *heap, guint64 address, guint slices) {
  struct alloc_arena_record arena = {
      .address = address,
      .slices = slices,
      .header_slices = 2,
      .first_span = heap->spans->len,
  };
  g_array_append_val(heap->arenas, arena);
  return &g_array_index(heap->arenas, struct alloc_arena_record, heap->arenas->len - 1);
}

static void set_bit(guint64 *map, guint bit) {
  map[bit / 64] |= G_GUINT64_CONSTANT(1) << bit % 64;
}

static void add_free(struct alloc_arena_record *arena, guint slice, guint count, gboolean dirty) {
  for (guint i = slice; i < slice + count; i++) {
    set_bit(arena->free_map, i);
    if (dirty)
      set_bit(arena->dirty_map, i);
    if (dirty || i % 3 == 0)
      set_bit(arena->used_map, i);
  }
}

/* Adds a small span, @fill per cent of its touched blocks not free. */
static void add_small(SyntheticHeap *heap, struct alloc_arena_record *arena, guint slice,
                      guint class, guint fill, gboolean published) {
  guint capacity = heap->classes[class].span_capacity;
  guint8 *blocks = g_new0(guint8, capacity);
  struct alloc_span_record span = {
      .slice = (guint16)slice,
      .slices = (guint16)heap->classes[class].span_slices,
      .size_class = (guint16) class,
      .kind = ALLOC_SPAN_SMALL,
      .owner = draw(heap, 1, CACHES + 1),
      .capacity = capacity,
      .touched = draw(heap, capacity / 2, capacity + 1),
      .epoch = draw(heap, 1, 1000),
      .block_bytes = heap->classes[class].block_bytes,
      .bitmap_word = published ? 0 : ALLOC_NO_BITMAP,
  };
  for (guint i = 0; i < span.touched; i++) {
    guint chance = draw(heap, 0, 100);
    if (chance < fill)
      blocks[i] = chance % 16 == 0 ? BLOCK_CACHED : chance % 31 == 1 ? BLOCK_TRANSIT : BLOCK_LIVE;
  }
  g_array_append_val(heap->spans, span);
  g_ptr_array_add(heap->blocks, blocks);
  arena->span_count++;
  for (guint i = 0; i < span.slices; i++)
    set_bit(arena->used_map, slice + i);
}

static void add_large(SyntheticHeap *heap, struct alloc_arena_record *arena, guint slice,
                      guint slices) {
  struct alloc_span_record span = {
      .slice = (guint16)slice,
      .slices = (guint16)slices,
      .kind = ALLOC_SPAN_LARGE,
      .owner = slice % (CACHES + 1), /* 0: its maker's cache is another thread's now */
      .capacity = 1,
      .live = 1,
      .touched = 1,
      .epoch = 1,
      .block_bytes = (guint64)slices * SLICE - 4096,
      .bitmap_word = ALLOC_NO_BITMAP,
  };
  g_array_append_val(heap->spans, span);
  g_ptr_array_add(heap->blocks, NULL);
  arena->span_count++;
  for (guint i = 0; i < slices; i++)
    set_bit(arena->used_map, slice + i);
}

static void add_region(SyntheticHeap *heap, guint64 address, guint64 bytes) {
  struct alloc_region_record region = {
      .address = address,
      .mapped_bytes = bytes,
      .block = address + 64,
      .usable_bytes = bytes - 64,
      .owner = draw(heap, 1, CACHES + 1),
  };
  if (heap->regions->len % 5 == 3) /* a spare */
    region =
        (struct alloc_region_record){.address = address, .mapped_bytes = bytes, .block = address};
  g_array_append_val(heap->regions, region);
}

/* An arena of @slices slices with spans and free slices in turn; small spans from size class @class
 * on. */
static void fill_slices(SyntheticHeap *heap, guint64 address, guint slices, guint class,
                        gboolean sparse) {
  struct alloc_arena_record *arena = add_arena(heap, address, slices);
  guint slice = arena->header_slices;
  while (slice < slices) {
    guint what = draw(heap, 0, 10);
    guint left = slices - slice;
    guint run = sparse ? 63 : draw(heap, 1, 9);
    run = MIN(left, run);
    if (what < 6 && heap->classes[class].span_slices <= left) {
      gboolean published = !sparse && (heap->kind != SYNTHETIC_UNPUBLISHED || slice % 2 == 0);
      guint fill = class % 5 == 0 ? 3 : 100 - 2 * class;
      add_small(heap, arena, slice, class, fill, published);
      slice += heap->classes[class].span_slices;
      class = class % (CLASSES - 1) + 1;
    } else if (what < 8) {
      add_free(arena, slice, run, what == 6);
      slice += run;
    } else {
      guint large = draw(heap, 1, 20);
      large = MIN(left, large);
      add_large(heap, arena, slice, large);
      slice += large;
    }
    if (sparse && slice < slices) {
      guint rest = MIN(slices - slice, 63);
      add_free(arena, slice, rest, FALSE);
      slice += rest;
    }
  }
}

/* An arena with a bit of everything. */
static void fill_arena(SyntheticHeap *heap, guint64 address, gboolean sparse) {
  fill_slices(heap, address, draw(heap, 0, 4) == 0 ? 300 : SLICES, 1, sparse);
}

SyntheticHeap *synthetic_heap_new(SyntheticKind kind, guint32 seed) {
  SyntheticHeap *heap = g_new0(SyntheticHeap, 1);
  const guint64 base = G_GUINT64_CONSTANT(0x7f0000000000);
  heap->kind = kind;
  heap->random = g_rand_new_with_seed(seed);
  heap->arenas = g_array_new(FALSE, TRUE, sizeof(struct alloc_arena_record));
  heap->spans = g_array_new(FALSE, TRUE, sizeof(struct alloc_span_record));
  heap->regions = g_array_new(FALSE, TRUE, sizeof(struct alloc_region_record));
  heap->blocks = g_ptr_array_new_with_free_func(g_free);
  make_classes(heap);
  make_caches(heap);
  switch (kind) {
  case SYNTHETIC_EMPTY:
  case SYNTHETIC_KINDS:
    break;
  case SYNTHETIC_ONE_BLOCK: {
    struct alloc_arena_record *arena = add_arena(heap, base, SLICES);
    add_small(heap, arena, 2, 3, 0, TRUE);
    ((guint8 *)g_ptr_array_index(heap->blocks, 0))[0] = BLOCK_LIVE;
    g_array_index(heap->spans, struct alloc_span_record, 0).touched = 1;
    add_free(arena, 3, SLICES - 3, FALSE);
    break;
  }
  case SYNTHETIC_ALL_CLASSES:
  case SYNTHETIC_UNPUBLISHED:
    for (guint i = 0; i < 3; i++)
      fill_arena(heap, base + i * ARENA, FALSE);
    add_region(heap, base + 8 * ARENA, 600 << 20);
    add_region(heap, base + 40 * ARENA, 40960);
    break;
  case SYNTHETIC_REGIONS:
    add_region(heap, base, 4096);
    add_region(heap, base + 4096, 3 * 4096);
    add_region(heap, base + (1 << 20), G_GUINT64_CONSTANT(70) << 30);
    add_region(heap, base * 2 - ARENA, 1 << 20);
    break;
  case SYNTHETIC_SCATTERED:
    fill_arena(heap, base + 64 * ARENA, FALSE);
    fill_arena(heap, base, FALSE);
    fill_arena(heap, base + 65 * ARENA, FALSE);
    add_region(heap, base + 70 * ARENA, 1 << 22);
    add_region(heap, base + 32 * ARENA, 1 << 23);
    add_region(heap, base + 33 * ARENA, 1 << 12);
    break;
  case SYNTHETIC_SPARSE:
    for (guint i = 0; i < 3200; i++)
      fill_arena(heap, base + 2 * i * ARENA, TRUE);
    break;
  case SYNTHETIC_SMALL:
    for (guint i = 0; i < 3; i++)
      fill_slices(heap, base + (5 - i) * ARENA, 24, 24 + 4 * i, FALSE);
    add_region(heap, base + 70 * ARENA, 1 << 22);
    add_region(heap, base + 32 * ARENA, 1 << 12);
    break;
  }
  return heap;
}

void synthetic_heap_free(SyntheticHeap *heap) {
  g_rand_free(heap->random);
  g_array_unref(heap->arenas);
  g_array_unref(heap->spans);
  g_array_unref(heap->regions);
  g_ptr_array_unref(heap->blocks);
  g_free(heap);
}

void synthetic_heap_churn(SyntheticHeap *heap, guint changes) {
  for (guint i = 0; i < changes && heap->spans->len != 0; i++) {
    guint index = draw(heap, 0, heap->spans->len);
    struct alloc_span_record *span = &g_array_index(heap->spans, struct alloc_span_record, index);
    guint8 *blocks = g_ptr_array_index(heap->blocks, index);
    if (blocks == NULL)
      continue;
    guint block = draw(heap, 0, span->capacity);
    if (block >= span->touched)
      block = span->touched < span->capacity ? span->touched++ : span->touched - 1;
    blocks[block] = blocks[block] == BLOCK_LIVE   ? BLOCK_CACHED
                    : blocks[block] == BLOCK_FREE ? BLOCK_LIVE
                                                  : BLOCK_FREE;
    span->epoch++;
  }
}

void synthetic_header(struct alloc_snapshot_header *header, guint64 buffer_bytes) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  memset(header, 0, sizeof *header);
  memcpy(header->magic, ALLOC_SNAPSHOT_MAGIC, sizeof header->magic);
  header->version = ALLOC_SNAPSHOT_VERSION;
  header->header_bytes = ALLOC_SNAPSHOT_HEADER_BYTES;
  header->pid = (guint32)getpid();
  header->uid = (guint32)geteuid();
  header->created_ns = (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
  header->page_bytes = 4096;
  header->slice_bytes = SLICE;
  header->arena_bytes = ARENA;
  header->buffer_bytes = (buffer_bytes + 4095) / 4096 * 4096;
  header->state = ALLOC_SNAPSHOT_ACTIVE;
  header->rate_mhz = 10000;
  g_strlcpy(header->library_version, "synthetic", sizeof header->library_version);
  g_strlcpy(header->program, "/usr/bin/synthetic", sizeof header->program);
  g_strlcpy(header->command, "synthetic", sizeof header->command);
}

/* ---- publishing ---- */

/* Counts a span's blocks into its record, its cache and the totals, and appends its bitmaps. */
static void publish_span(SyntheticHeap *heap, guint index, struct alloc_frame *head,
                         struct alloc_span_record *span, struct alloc_cache_record *caches,
                         GArray *words) {
  const guint8 *blocks = g_ptr_array_index(heap->blocks, index);
  guint64 room = (guint64)span->slices * SLICE;
  if (blocks == NULL) {
    head->total_large_bytes += room;
    return;
  }
  guint count[4] = {0};
  guint word_count = (span->capacity + 63) / 64;
  guint64 *planes = g_new0(guint64, (gsize)word_count * 2);
  for (guint i = 0; i < span->capacity; i++) {
    count[blocks[i]]++;
    if (blocks[i] == BLOCK_LIVE || blocks[i] == BLOCK_TRANSIT)
      set_bit(planes, i);
    if (blocks[i] == BLOCK_CACHED || blocks[i] == BLOCK_TRANSIT)
      set_bit(planes + word_count, i);
  }
  if (span->bitmap_word != ALLOC_NO_BITMAP) {
    span->bitmap_word = words->len;
    g_array_append_vals(words, planes, word_count * 2);
  } else {
    head->flags |= ALLOC_FRAME_PARTIAL_BITMAPS;
  }
  g_free(planes);
  span->live = count[BLOCK_LIVE];
  span->cached = count[BLOCK_CACHED];
  span->transit = count[BLOCK_TRANSIT];
  guint untouched = span->capacity - span->touched;
  struct alloc_cache_record *cache = &caches[span->owner - 1];
  cache->spans++;
  cache->cached_blocks += span->cached;
  cache->cached_bytes += span->cached * span->block_bytes;
  cache->transit_bytes += span->transit * span->block_bytes;
  head->total_live_bytes += span->live * span->block_bytes;
  head->total_cached_bytes += span->cached * span->block_bytes;
  head->total_transit_bytes += span->transit * span->block_bytes;
  head->total_free_bytes += (count[BLOCK_FREE] - untouched) * span->block_bytes;
  head->total_untouched_bytes += untouched * span->block_bytes;
  head->total_tail_bytes += room - span->capacity * span->block_bytes;
}

static guint count_bits(const guint64 *map) {
  guint count = 0;
  for (guint i = 0; i < ALLOC_MAP_WORDS; i++)
    count += (guint)__builtin_popcountll(map[i]);
  return count;
}

static void publish_totals(SyntheticHeap *heap, struct alloc_frame *head) {
  for (guint i = 0; i < heap->arenas->len; i++) {
    const struct alloc_arena_record *arena =
        &g_array_index(heap->arenas, struct alloc_arena_record, i);
    guint64 dirty = count_bits(arena->dirty_map);
    head->total_arena_bytes += (guint64)arena->slices * SLICE;
    head->total_header_bytes += (guint64)arena->header_slices * SLICE;
    head->total_dirty_bytes += dirty * SLICE;
    head->total_clean_bytes += (count_bits(arena->free_map) - dirty) * SLICE;
  }
  for (guint i = 0; i < heap->regions->len; i++) {
    const struct alloc_region_record *region =
        &g_array_index(heap->regions, struct alloc_region_record, i);
    *(region->usable_bytes == 0 ? &head->total_spare_bytes : &head->total_region_bytes) +=
        region->mapped_bytes;
  }
  head->total_metadata_bytes = 256 * 1024;
  head->total_purged_bytes = head->total_free_bytes / 8;
  head->peak_live_bytes = head->total_live_bytes + head->total_large_bytes;
}

static void append_section(GByteArray *bytes, struct alloc_frame *head, int section,
                           gconstpointer records, gsize count, gsize size) {
  head->section[section] = (struct alloc_section_table){
      .offset = bytes->len, .count = count, .record_bytes = (guint32)size};
  if (count != 0)
    g_byte_array_append(bytes, records, (guint)(count * size));
}

/* Every live block of the first spans is sampled, by one of two call stacks: odd and even blocks.
 * What was allocated is twice what is live, and the peak is between them. */
static void append_profile(SyntheticHeap *heap, GByteArray *bytes, struct alloc_frame *head) {
  enum { SPANS = 4 };
  static const char names[] = "/usr/lib/libone.so/opt/program";
  const struct alloc_object_record objects[] = {{0x7f1000000000, 0x7f1000000000, 0, 18},
                                                {0x400000, 0, 18, 12},
                                                {0x7f2000000000, 0x7f2000000000, 0, 0}};
  const struct alloc_call_frame_record frames[] = {
      {0x7f1000001000, 1, 0}, {0x401000, 2, 0}, {0x7f2000001000, 3, 0}, {0x7f3000000000, 0, 0}};
  struct alloc_call_record calls[2] = {{.first_frame = 0, .frames = 3},
                                       {.first_frame = 3, .frames = 1}};
  struct alloc_profile_record profile = {.mean_bytes = 1, .began_ns = 1000, .peak_ns = 2000};
  g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(struct alloc_sample_record));
  for (guint i = 0; i < heap->spans->len && i < SPANS; i++) {
    const struct alloc_span_record *span = &g_array_index(heap->spans, struct alloc_span_record, i);
    const guint8 *states = g_ptr_array_index(heap->blocks, i);
    /* Spans are grouped by arena. */
    guint a = 0;
    const struct alloc_arena_record *arena =
        &g_array_index(heap->arenas, struct alloc_arena_record, 0);
    while (i >= arena->first_span + arena->span_count && ++a < heap->arenas->len)
      arena++;
    for (guint b = 0; states != NULL && b < span->capacity; b++) {
      if (states[b] != BLOCK_LIVE)
        continue;
      struct alloc_sample_record sample = {arena->address + span->slice * SLICE +
                                               b * span->block_bytes,
                                           span->block_bytes, b % 2, 0};
      struct alloc_profile_sums *live = &calls[b % 2].live;
      live->samples++;
      live->blocks++;
      live->bytes += span->block_bytes;
      g_array_append_val(samples, sample);
    }
  }
  for (guint i = 0; i < 2; i++) {
    struct alloc_profile_sums *live = &calls[i].live;
    calls[i].allocated =
        (struct alloc_profile_sums){2 * live->samples, 2 * live->blocks, 2 * live->bytes};
    calls[i].peak = *live;
    profile.live.samples += live->samples;
    profile.live.blocks += live->blocks;
    profile.live.bytes += live->bytes;
  }
  profile.peak = profile.live;
  profile.allocated = (struct alloc_profile_sums){2 * profile.live.samples, 2 * profile.live.blocks,
                                                  2 * profile.live.bytes};
  append_section(bytes, head, ALLOC_SECTION_PROFILE, &profile, 1, sizeof profile);
  append_section(bytes, head, ALLOC_SECTION_CALLS, calls, G_N_ELEMENTS(calls), sizeof calls[0]);
  append_section(bytes, head, ALLOC_SECTION_CALL_FRAMES, frames, G_N_ELEMENTS(frames),
                 sizeof frames[0]);
  append_section(bytes, head, ALLOC_SECTION_SAMPLES, samples->data, samples->len,
                 sizeof(struct alloc_sample_record));
  append_section(bytes, head, ALLOC_SECTION_OBJECTS, objects, G_N_ELEMENTS(objects),
                 sizeof objects[0]);
  /* The last section: only it is no multiple of 8. */
  append_section(bytes, head, ALLOC_SECTION_NAMES, names, sizeof names - 1, 1);
}

GByteArray *synthetic_heap_publish(SyntheticHeap *heap, guint64 seq) {
  struct alloc_frame head = {.seq = seq, .cost_ns = 1500000};
  struct alloc_cache_record caches[CACHES];
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  head.monotonic_ns = (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
  clock_gettime(CLOCK_REALTIME, &now);
  head.realtime_ns = (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
  memcpy(caches, heap->caches, sizeof caches);
  /* Two stacks: one grown beyond a chunk, with a spare one, and one that is hardly used. */
  const struct alloc_stack_record stacks[] = {
      {0x7f0000000000, 65536, 0x7f0000000800, 60000, 1, 0, ALLOC_STACK_COVERED, 0},
      {0x7f0000100000, 131072, 0x7f0000100800, 1600, 1, 1, ALLOC_STACK_OPEN, 0},
      {0x7f0000200000, 262144, 0x7f0000200800, 0, 1, 2, ALLOC_STACK_SPARE, 0},
      {0x7f0000300000, 65536, 0x7f0000300040, 16, 2, 0, ALLOC_STACK_OPEN, 0},
  };
  /* The first cache has served nothing, the others 9 of 10, 19 of 20, ... */
  guint64 hits[CACHES];
  for (guint i = 0; i < CACHES; i++)
    hits[i] = caches[i].refills * (i == 0 ? 0 : 10 * i - 1);
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(guint64));
  for (guint i = 0; i < heap->spans->len; i++)
    publish_span(heap, i, &head, &g_array_index(heap->spans, struct alloc_span_record, i), caches,
                 words);
  publish_totals(heap, &head);

  GByteArray *bytes = g_byte_array_new();
  g_byte_array_append(bytes, (const guint8 *)&head, sizeof head);
  append_section(bytes, &head, ALLOC_SECTION_ARENAS, heap->arenas->data, heap->arenas->len,
                 sizeof(struct alloc_arena_record));
  append_section(bytes, &head, ALLOC_SECTION_SPANS, heap->spans->data, heap->spans->len,
                 sizeof(struct alloc_span_record));
  append_section(bytes, &head, ALLOC_SECTION_CACHES, caches, CACHES, sizeof caches[0]);
  append_section(bytes, &head, ALLOC_SECTION_HITS, hits, CACHES, sizeof hits[0]);
  append_section(bytes, &head, ALLOC_SECTION_REGIONS, heap->regions->data, heap->regions->len,
                 sizeof(struct alloc_region_record));
  append_section(bytes, &head, ALLOC_SECTION_CLASSES, heap->classes, CLASSES,
                 sizeof(struct alloc_class_record));
  append_section(bytes, &head, ALLOC_SECTION_BITMAPS, words->data, words->len, sizeof(guint64));
  append_section(bytes, &head, ALLOC_SECTION_STACKS, stacks, G_N_ELEMENTS(stacks),
                 sizeof stacks[0]);
  if (heap->kind != SYNTHETIC_EMPTY)
    append_profile(heap, bytes, &head);
  head.sections = ALLOC_SECTIONS;
  head.bytes = bytes->len;
  memcpy(bytes->data, &head, sizeof head);
  return bytes;
}

HvFrame *synthetic_heap_frame(SyntheticHeap *heap, guint64 seq, guint64 realtime_ns,
                              guint64 monotonic_ns) {
  struct alloc_snapshot_header header;
  GByteArray *array = synthetic_heap_publish(heap, seq);
  struct alloc_frame *head = (struct alloc_frame *)(gpointer)array->data;
  if (realtime_ns != 0)
    head->realtime_ns = realtime_ns;
  if (monotonic_ns != 0)
    head->monotonic_ns = monotonic_ns;
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(array);
  synthetic_header(&header, g_bytes_get_size(bytes));
  header.latest_seq = seq;
  header.buffer_seq[seq % ALLOC_SNAPSHOT_BUFFERS] = seq;
  g_autoptr(GError) error = NULL;
  HvFrame *frame = hv_frame_new(&header, bytes, &error);
  if (frame == NULL)
    g_error("synthetic heap %s refused: %s", synthetic_kind_name(heap->kind), error->message);
  return frame;
}

/* Two hours after the machine started, less a second: ages are as long as they get in minutes. */
static HvFrame *frame_of(SyntheticHeap *heap) {
  HvFrame *frame = synthetic_heap_frame(heap, 1, 0, G_GUINT64_CONSTANT(7199000000000));
  synthetic_heap_free(heap);
  return frame;
}

HvFrame *synthetic_frame(SyntheticKind kind, guint32 seed) {
  return frame_of(synthetic_heap_new(kind, seed));
}

SyntheticHeap *synthetic_heap_of_spans(guint spans) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_EMPTY, 1);
  guint class = 1;
  while (heap->classes[class].span_capacity != 10)
    class ++;
  for (guint i = 0; spans > 0; i++) {
    struct alloc_arena_record *arena =
        add_arena(heap, G_GUINT64_CONSTANT(0x7f0000000000) + i * ARENA, SLICES);
    guint count = MIN(spans, SLICES - arena->header_slices);
    for (guint slice = 0; slice < count; slice++)
      add_small(heap, arena, arena->header_slices + slice, class, draw(heap, 0, 100), TRUE);
    add_free(arena, arena->header_slices + count, SLICES - arena->header_slices - count, FALSE);
    spans -= count;
  }
  return heap;
}

HvFrame *synthetic_frame_of_spans(guint spans) {
  return frame_of(synthetic_heap_of_spans(spans));
}

const char *synthetic_kind_name(SyntheticKind kind) {
  static const char *const names[SYNTHETIC_KINDS] = {"empty",       "one-block", "all-classes",
                                                     "unpublished", "regions",   "scattered",
                                                     "sparse",      "small"};
  return kind < SYNTHETIC_KINDS ? names[kind] : "?";
}
