/* SPDX-License-Identifier: MIT */
/* HvFrame: what is valid is accepted and answers right; what is not gives an error and no crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/published.h"
#include "tests/viewer/synthetic.h"
#include "viewer/model/error.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/hit.h"
#include "viewer/model/ledger.h"
#include "viewer/model/pyramid.h"

/* Everything that a user of a frame may do with it. */
static void use(HvFrame *frame) {
  guint spans = 0;
  guint64 bytes[HV_STATE_MAP_COUNT];
  const HvSpan *span = hv_frame_spans(frame, &spans);
  for (guint i = 0; i < spans; i++) {
    hv_frame_span_mix(frame, i, bytes);
    guint64 address = hv_frame_span_address(frame, i);
    assert_int_equal(hv_frame_find_span(frame, address), i);
    HvHit hit;
    hv_hit_test(frame, address, &hit);
    g_free(hv_hit_describe(&hit));
    hv_frame_block_state(frame, i, span[i].capacity - 1);
  }
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvMix mix;
  hv_pyramid_mix(pyramid, 0, G_MAXINT64, &mix);
  hv_ledger_unref(hv_ledger_new(frame, NULL));
  assert_non_null(hv_frame_process_name(frame));
}

static void test_valid_kinds(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 11);
    use(frame);
  }
}

static void test_answers(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  HvHit hit;
  guint64 base = hv_frame_arenas(frame, NULL)[0].address;
  assert_int_equal(hv_frame_live_bytes(frame), 48);
  assert_true(hv_hit_test(frame, base + 2 * 65536 + 17, &hit));
  assert_int_equal(hit.kind, HV_HIT_BLOCK);
  assert_int_equal(hit.state, HV_STATE_LIVE);
  assert_int_equal(hit.block_index, 0);
  assert_true(hit.begin == base + 2 * 65536 && hit.end == hit.begin + 48);
  assert_true(hv_hit_test(frame, base + 2 * 65536 + 48, &hit));
  assert_int_equal(hit.state, HV_STATE_UNTOUCHED);
  assert_true(hv_hit_test(frame, base + 3 * 65536 - 1, &hit));
  assert_int_equal(hit.kind, HV_HIT_TAIL);
  assert_true(hv_hit_test(frame, base + 3 * 65536, &hit));
  assert_int_equal(hit.kind, HV_HIT_FREE_SLICES);
  assert_true(hit.end == base + 512 * 65536);
  assert_true(hv_hit_test(frame, base, &hit));
  assert_int_equal(hit.kind, HV_HIT_ARENA_HEADER);
  assert_false(hv_hit_test(frame, base - 1, &hit));
  assert_false(hv_hit_test(frame, base + 512 * 65536, &hit));
  assert_false(hv_hit_test(frame, G_MAXUINT64, &hit));
}

static void test_order(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_SCATTERED, 5);
  guint arenas = 0;
  guint regions = 0;
  guint spans = 0;
  const struct alloc_arena_record *arena = hv_frame_arenas(frame, &arenas);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);
  hv_frame_spans(frame, &spans);
  assert_int_equal(arenas, 3);
  for (guint i = 1; i < arenas; i++)
    assert_true(arena[i].address > arena[i - 1].address);
  for (guint i = 1; i < regions; i++)
    assert_true(region[i].address > region[i - 1].address);
  for (guint i = 1; i < spans; i++)
    assert_true(hv_frame_span_address(frame, i) > hv_frame_span_address(frame, i - 1));
}

/* ---- one field wrong at a time ---- */

static void test_bad_headers(void **state) {
  Published good = published_new(SYNTHETIC_ALL_CLASSES, 1);
  Published bad = good;
  bad.header.magic[0] ^= 1;
  published_expect_refused(&bad, HV_ERROR_FOREIGN, "no heap snapshot");
  bad = good;
  bad.header.version = 3;
  published_expect_refused(&bad, HV_ERROR_VERSION,
                           "version 3 of the format and this program knows 2");
  bad.header.version = 1;
  published_expect_refused(&bad, HV_ERROR_VERSION,
                           "version 1 of the format and this program knows 2");
  bad.header.version = 0;
  published_expect_refused(&bad, HV_ERROR_CORRUPT, "version 0");
  bad = good;
  bad.header.slice_bytes = 65535;
  published_expect_refused(&bad, HV_ERROR_CORRUPT, "slice");
  bad = good;
  bad.header.arena_bytes = G_GUINT64_CONSTANT(1) << 60;
  published_expect_refused(&bad, HV_ERROR_CORRUPT, "arena size");
  bad = good;
  bad.header.state = 4;
  published_expect_refused(&bad, HV_ERROR_CORRUPT, "state");
  bad = good;
  memset(bad.header.program, 'x', sizeof bad.header.program);
  published_expect_refused(&bad, HV_ERROR_CORRUPT, "name in its header has no end");
  g_byte_array_unref(good.bytes);
}

#define BREAK(statement, part)                                                                     \
  do {                                                                                             \
    Published published = published_new(SYNTHETIC_ALL_CLASSES, 1);                                 \
    struct alloc_frame *head G_GNUC_UNUSED = published_head(&published);                           \
    struct alloc_arena_record *arena G_GNUC_UNUSED =                                               \
        published_section(&published, ALLOC_SECTION_ARENAS);                                       \
    struct alloc_span_record *span G_GNUC_UNUSED =                                                 \
        published_section(&published, ALLOC_SECTION_SPANS);                                        \
    struct alloc_cache_record *cache G_GNUC_UNUSED =                                               \
        published_section(&published, ALLOC_SECTION_CACHES);                                       \
    guint64 *hits G_GNUC_UNUSED = published_section(&published, ALLOC_SECTION_HITS);               \
    struct alloc_region_record *region G_GNUC_UNUSED =                                             \
        published_section(&published, ALLOC_SECTION_REGIONS);                                      \
    struct alloc_class_record *class G_GNUC_UNUSED =                                               \
        published_section(&published, ALLOC_SECTION_CLASSES);                                      \
    struct alloc_stack_record *stack G_GNUC_UNUSED =                                               \
        published_section(&published, ALLOC_SECTION_STACKS);                                       \
    guint64 *word G_GNUC_UNUSED = published_section(&published, ALLOC_SECTION_BITMAPS);            \
    struct alloc_profile_record *profile G_GNUC_UNUSED =                                           \
        published_section(&published, ALLOC_SECTION_PROFILE);                                      \
    struct alloc_call_record *call G_GNUC_UNUSED =                                                 \
        published_section(&published, ALLOC_SECTION_CALLS);                                        \
    struct alloc_call_frame_record *called G_GNUC_UNUSED =                                         \
        published_section(&published, ALLOC_SECTION_CALL_FRAMES);                                  \
    struct alloc_sample_record *sample G_GNUC_UNUSED =                                             \
        published_section(&published, ALLOC_SECTION_SAMPLES);                                      \
    struct alloc_object_record *object G_GNUC_UNUSED =                                             \
        published_section(&published, ALLOC_SECTION_OBJECTS);                                      \
    statement;                                                                                     \
    published_expect_refused(&published, HV_ERROR_CORRUPT, part);                                  \
    g_byte_array_unref(published.bytes);                                                           \
  } while (0)

/* Index of the first span of a kind. */
static guint find_kind(const struct alloc_span_record *span, guint kind) {
  guint i = 0;
  while (span[i].kind != kind)
    i++;
  return i;
}

static void test_bad_sections(void **state) {
  BREAK(head->bytes++, "head of its frame");
  BREAK(head->seq = 0, "head of its frame");
  BREAK(head->section[ALLOC_SECTION_SPANS].offset++, "outside of its frame");
  BREAK(head->section[ALLOC_SECTION_SPANS].offset = G_MAXUINT64 - 7, "outside of its frame");
  BREAK(head->section[ALLOC_SECTION_SPANS].count = G_MAXUINT64 / 64 + 1, "outside of its frame");
  BREAK(head->section[ALLOC_SECTION_SPANS].record_bytes = 72, "records of another size");
  BREAK(head->section[ALLOC_SECTION_ARENAS].offset += 8, "two sections overlap");
  BREAK(head->section[ALLOC_SECTION_SPANS].count--, "more spans than there are");
  BREAK(head->section[ALLOC_SECTION_ARENAS].count--, "belong to no arena");
  BREAK(head->sections = 5, "number of its sections");
  BREAK(head->sections = 1000000, "number of its sections");
  BREAK(head->sections = G_MAXUINT64, "number of its sections");
  BREAK(head->section[ALLOC_SECTION_STACKS].offset++, "outside of its frame");
}

static void test_bad_stacks(void **state) {
  BREAK(stack[0].address += 8, "chunk 0 of the stacks cannot be");
  BREAK(stack[1].address = 0, "chunk 1 of the stacks cannot be");
  BREAK(stack[1].bytes = G_MAXUINT64 - 4095, "chunk 1 of the stacks cannot be");
  BREAK(stack[1].base = stack[1].address - 1, "stack chunk 1 lie outside of it");
  BREAK(stack[1].base = stack[1].address + stack[1].bytes + 16, "stack chunk 1 lie outside of it");
  BREAK(stack[1].used_bytes = stack[1].bytes, "stack chunk 1 lie outside of it");
  BREAK(stack[1].state = 0, "state of stack chunk 1");
  BREAK(stack[3].state = 4, "state of stack chunk 3");
  BREAK(stack[2].used_bytes = 16, "state of stack chunk 2");
  BREAK(stack[0].owner = 0, "stack chunk 0 is out of order");
  BREAK(stack[3].owner = 1, "stack chunk 3 is out of order");
  BREAK(stack[1].depth = 0, "stack chunk 1 is out of order");
  BREAK(stack[0].state = ALLOC_STACK_OPEN, "stack chunk 1 is out of order");
  BREAK(stack[1].state = ALLOC_STACK_COVERED, "stack chunk 2 is out of order");
}

static void test_bad_profiles(void **state) {
  BREAK(head->section[ALLOC_SECTION_PROFILE].count = 0, "call stacks of no profile");
  BREAK(profile->mean_bytes = 0, "its profile cannot be");
  BREAK(profile->live.bytes = profile->allocated.bytes + 1, "its profile cannot be");
  BREAK(profile->allocated.bytes = G_MAXUINT64, "its profile cannot be");
  BREAK(profile->peak.samples = profile->peak.bytes + 1, "its profile cannot be");
  BREAK(profile->allocated = profile->peak, "allocated more than the profile");
  BREAK(call[0].frames = 0, "call stack 0 of the profile has no frames");
  BREAK(call[1].first_frame = 2, "call stack 1 of the profile has no frames");
  BREAK(call[1].frames = 2, "call stack 1 of the profile has no frames");
  BREAK(call[1].first_frame = G_MAXUINT64, "call stack 1 of the profile has no frames");
  BREAK(call[0].live.bytes = G_MAXUINT64, "sums of call stack 0");
  BREAK(call[0].peak.bytes = call[0].allocated.bytes + 1, "sums of call stack 0");
  BREAK(called[2].object = 4, "frame 2 of the profile lies in no object");
  BREAK(sample[3].call = 2, "sample 3 cannot be");
  BREAK(sample[3].address = 0, "sample 3 cannot be");
  BREAK(sample[3].bytes = G_MAXUINT64, "sample 3 cannot be");
  BREAK(object[1].name_offset = 31, "name of object 1");
  BREAK(object[1].name_bytes = G_MAXUINT32, "name of object 1");
#define WITHOUT_PROFILE                                                                            \
  head->section[ALLOC_SECTION_PROFILE].count = 0;                                                  \
  head->section[ALLOC_SECTION_CALLS].count = 0;                                                    \
  head->section[ALLOC_SECTION_SAMPLES].count = 0
  BREAK(WITHOUT_PROFILE; object[1].name_offset = 31, "name of object 1");
  BREAK(WITHOUT_PROFILE; head->section[ALLOC_SECTION_NAMES].count = 0, "name of object 0");
  BREAK(WITHOUT_PROFILE; called[2].object = 4, "frame 2 of the profile lies in no object");
}

/* A writer from before there were stacks left the count of tables 0, and one from before there were
 * hits has fewer. */
static void test_without_stacks(void **state) {
  Published published = published_new(SYNTHETIC_ALL_CLASSES, 1);
  guint count = 0;
  guint64 hits = 0;
  g_autoptr(HvFrame) new = published_accept(&published, NULL);
  assert_non_null(new);
  hv_frame_stacks(new, &count);
  assert_int_equal(count, 4);
  assert_true(hv_frame_cache_hits(new, 1, &hits));
  assert_int_equal(hits, 18000);
  published_head(&published)->sections = 0;
  g_autoptr(HvFrame) old = published_accept(&published, NULL);
  assert_non_null(old);
  hv_frame_stacks(old, &count);
  assert_int_equal(count, 0);
  assert_false(hv_frame_cache_hits(old, 1, &hits));
  g_byte_array_unref(published.bytes);
}

static void test_bad_records(void **state) {
  BREAK(arena[1].address += 4096, "address of arena");
  BREAK(arena[1].address = arena[0].address, "same address");
  BREAK(arena[0].slices = 513, "arena 0 has slices that cannot be");
  BREAK(arena[0].header_slices = 600, "arena 0 has slices that cannot be");
  BREAK(arena[0].free_map[0] |= 1, "contradict");
  BREAK(arena[0].first_span = 1, "grouped by arena");
  BREAK(span[0].slice = 0, "outside of its arena or over another");
  BREAK(span[1].slice = span[0].slice, "outside of its arena or over another");
  BREAK(span[0].slices = 0, "outside of its arena");
  BREAK(span[0].kind = 3, "unknown kind");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].size_class = 0, "no valid size class");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].size_class = 999, "no valid size class");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].block_bytes++, "no valid size class");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].capacity = G_MAXUINT32, "do not fit");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].live = G_MAXUINT32, "more blocks than it has");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].live++, "do not match its counts");
  BREAK(span[find_kind(span, ALLOC_SPAN_SMALL)].bitmap_word = G_MAXUINT64 - 1, "outside of their");
  BREAK(span[find_kind(span, ALLOC_SPAN_LARGE)].capacity = 2, "large span");
  BREAK(span[find_kind(span, ALLOC_SPAN_LARGE)].block_bytes = 1 << 30, "large span");
  BREAK(cache[0].owner = 0, "thread cache 0");
  BREAK(cache[0].owner = cache[1].owner, "same number");
  BREAK(memset(cache[2].name, 'x', 16), "has no end");
  BREAK(head->section[ALLOC_SECTION_HITS].count--, "hits of other thread caches");
  BREAK(hits[1] = G_MAXUINT64, "hits of thread cache 1");
  BREAK(region[0].mapped_bytes++, "mapping of region");
  BREAK(region[0].mapped_bytes = G_MAXUINT64 - 4095, "mapping of region");
  BREAK(region[0].block--; region[0].block -= 64, "outside of its mapping");
  BREAK(region[1].address = region[0].address; region[1].block = region[0].address, "over another");
  BREAK(region[0].address = arena[0].address; region[0].block = arena[0].address, "over an arena");
  BREAK(class[0].block_bytes = 8, "size class 0");
  BREAK(class[1].span_capacity = G_MAXUINT32, "size class 1");
  BREAK(word[0] ^= 1, "do not match its counts");
}

static void test_bad_totals(void **state) {
  BREAK(head->total_live_bytes += 16; head->total_free_bytes -= 16, "live bytes");
  BREAK(head->total_arena_bytes = 0, "arena bytes");
  BREAK(head->total_untouched_bytes++, "untouched bytes");
  BREAK(head->total_region_bytes = G_MAXUINT64, "region bytes");
  BREAK(head->total_spare_bytes = G_MAXUINT64, "spare bytes");
  BREAK(head->total_metadata_bytes = G_MAXUINT64, "larger than any address space");
  BREAK(head->total_purged_bytes = G_GUINT64_CONSTANT(1) << 40, "more purged bytes");
}

/* A span whose bitmaps have more words than 32 bits count blocks, in a frame that has none. */
static void test_huge_capacity(void **state) {
  struct {
    struct alloc_frame head;
    struct alloc_arena_record arena;
    struct alloc_span_record span;
    struct alloc_class_record class[2];
  } file = {
      .head = {.seq = 1, .bytes = sizeof file, .sections = ALLOC_SECTIONS},
      .arena = {.address = G_GUINT64_CONSTANT(1) << 36, .slices = 512, .span_count = 1},
      .span = {.slices = 512,
               .size_class = 1,
               .kind = ALLOC_SPAN_SMALL,
               .capacity = G_MAXUINT32,
               .block_bytes = 8},
      .class = {{0}, {8, 512, G_MAXUINT32}},
  };
  file.head.section[ALLOC_SECTION_ARENAS] =
      (struct alloc_section_table){G_STRUCT_OFFSET(typeof(file), arena), 1, sizeof file.arena, 0};
  file.head.section[ALLOC_SECTION_SPANS] =
      (struct alloc_section_table){G_STRUCT_OFFSET(typeof(file), span), 1, sizeof file.span, 0};
  file.head.section[ALLOC_SECTION_CLASSES] = (struct alloc_section_table){
      G_STRUCT_OFFSET(typeof(file), class), 2, sizeof file.class[0], 0};
  Published published = {.bytes = g_byte_array_new()};
  g_byte_array_append(published.bytes, (const guint8 *)&file, sizeof file);
  synthetic_header(&published.header, 1 << 15);
  published.header.page_bytes = 1 << 15;
  published.header.slice_bytes = 1 << 27;
  published.header.arena_bytes = G_GUINT64_CONSTANT(1) << 36;
  published_expect_refused(&published, HV_ERROR_CORRUPT, "bitmaps of span 0 lie outside");
  g_byte_array_unref(published.bytes);
}

/* An arena without spans stands between those of its neighbours, which are found past it. */
static void test_arena_without_spans(void **state) {
  Published published = published_new(SYNTHETIC_SPARSE, 1);
  struct alloc_arena_record *arena = published_section(&published, ALLOC_SECTION_ARENAS);
  guint empty = 0;
  while (arena[empty].span_count != 0)
    empty++;
  g_autoptr(HvFrame) frame = published_accept(&published, NULL);
  assert_non_null(frame);
  use(frame);
  arena[empty].first_span = G_MAXUINT32;
  published_expect_refused(&published, HV_ERROR_CORRUPT, "grouped by arena");
  g_byte_array_unref(published.bytes);
}

/* A section without records can be said to be anywhere. */
static void test_empty_sections_anywhere(void **state) {
  static const guint64 offsets[] = {0, 1, G_GUINT64_CONSTANT(1) << 40, G_MAXUINT64 - 7};
  for (guint i = 0; i < G_N_ELEMENTS(offsets); i++) {
    Published published = published_new(SYNTHETIC_EMPTY, 1);
    struct alloc_frame *head = published_head(&published);
    guint empty = 0;
    for (guint section = 0; section < ALLOC_SECTIONS; section++) {
      if (head->section[section].count != 0)
        continue;
      head->section[section].offset = offsets[i];
      empty++;
    }
    assert_true(empty > 0);
    g_autoptr(HvFrame) frame = published_accept(&published, NULL);
    assert_non_null(frame);
    use(frame);
    g_byte_array_unref(published.bytes);
  }
}

/* Spans that share one bitmap must not make reading it take longer than the file is. */
static void test_shared_bitmaps(void **state) {
  Published published = published_new(SYNTHETIC_ALL_CLASSES, 1);
  struct alloc_span_record *span = published_section(&published, ALLOC_SECTION_SPANS);
  guint last = (guint)published_head(&published)->section[ALLOC_SECTION_SPANS].count - 1;
  while (span[last].kind != ALLOC_SPAN_SMALL)
    last--;
  published_head(&published)->section[ALLOC_SECTION_BITMAPS].count--;
  span[last].bitmap_word = 0;
  published_expect_refused(&published, HV_ERROR_CORRUPT, "bitmaps of spans overlap");
  g_byte_array_unref(published.bytes);
}

/* ---- how it is kept ---- */

static void assert_same_span(HvFrame *frame, guint index, const struct alloc_span_record *record) {
  const HvSpan *span = &hv_frame_spans(frame, NULL)[index];
  assert_int_equal(span->slice, record->slice);
  assert_int_equal(span->slices, record->slices);
  assert_int_equal(span->size_class, record->size_class);
  assert_int_equal(span->kind, record->kind);
  assert_int_equal(span->owner, record->owner);
  assert_int_equal(span->capacity, record->capacity);
  assert_int_equal(span->live, record->live);
  assert_int_equal(span->cached, record->cached);
  assert_int_equal(span->transit, record->transit);
  assert_int_equal(span->touched, record->touched);
  assert_int_equal(span->epoch, record->epoch);
  assert_int_equal(span->block_bytes, record->block_bytes);
  if (record->bitmap_word == ALLOC_NO_BITMAP)
    assert_int_equal(span->bitmap_word, HV_NO_BITMAP);
  else
    assert_int_equal(span->bitmap_word, record->bitmap_word);
  assert_int_equal(hv_frame_span_purged(frame, index), record->purged_pages);
}

/* A frame tells of every span what was published, whatever share of them has purged pages, and is
 * published again byte for byte, but in ascending order; from its own bytes it is the same. */
static void test_packing(void **state) {
  GRand *random = g_rand_new_with_seed(11);
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++)
    for (gint eighths = 0; eighths <= 8; eighths++) {
      Published published = published_new(kind, (guint32)eighths + 1);
      guint64 spans = published_head(&published)->section[ALLOC_SECTION_SPANS].count;
      guint64 arenas = published_head(&published)->section[ALLOC_SECTION_ARENAS].count;
      struct alloc_span_record *record = published_section(&published, ALLOC_SECTION_SPANS);
      const struct alloc_arena_record *arena = published_section(&published, ALLOC_SECTION_ARENAS);
      gboolean ascends = TRUE;
      guint64 purged = 0;
      for (guint i = 0; i < spans; i++) {
        gboolean is_purged = g_rand_int_range(random, 0, 8) < eighths;
        record[i].purged_pages = is_purged ? 1 + (guint64)g_rand_int(random) : 0;
        purged += is_purged;
      }
      g_autoptr(HvFrame) frame = published_accept(&published, NULL);
      assert_non_null(frame);
      for (guint64 i = 0; i < arenas; i++) {
        ascends = ascends && (i == 0 || arena[i - 1].address < arena[i].address);
        for (guint64 k = arena[i].first_span; k < arena[i].first_span + arena[i].span_count; k++) {
          guint64 address =
              arena[i].address + record[k].slice * (guint64)published.header.slice_bytes;
          int index = hv_frame_find_span(frame, address);
          assert_true(index >= 0 && hv_frame_span_address(frame, (guint)index) == address);
          assert_same_span(frame, (guint)index, &record[k]);
        }
      }
      g_autoptr(GBytes) again = hv_frame_publish(frame);
      assert_int_equal(g_bytes_get_size(again), published.bytes->len);
      if (ascends)
        assert_memory_equal(g_bytes_get_data(again, NULL), published.bytes->data,
                            published.bytes->len);
      assert_int_equal(g_bytes_get_size(frame->bytes),
                       published.bytes->len - (spans - purged) * 16);
      g_autoptr(HvFrame) reread = hv_frame_new(&published.header, again, NULL);
      g_autoptr(HvFrame) packed = hv_frame_new_packed(&published.header, frame->bytes, NULL);
      assert_true(g_bytes_equal(reread->bytes, frame->bytes));
      g_autoptr(GBytes) of_packed = hv_frame_publish(packed);
      assert_true(g_bytes_equal(of_packed, again));
      use(packed);
      g_byte_array_unref(published.bytes);
    }
  g_rand_free(random);
}

/* ---- many fields wrong at random ---- */

static void mutate(GRand *random, guint8 *bytes, guint64 size, guint changes) {
  static const guint64 extremes[] = {0,
                                     1,
                                     63,
                                     64,
                                     65,
                                     0xff,
                                     0xffff,
                                     0xffffffff,
                                     G_MAXINT64,
                                     G_MAXUINT64,
                                     G_GUINT64_CONSTANT(1) << 32,
                                     G_GUINT64_CONSTANT(0x7f0000000000)};
  for (guint i = 0; i < changes; i++) {
    gint32 kind = g_rand_int_range(random, 0, 3);
    guint64 at = g_rand_int(random) % size;
    if (kind == 0) {
      bytes[at] ^= (guint8)(1 << g_rand_int_range(random, 0, 8));
    } else if (kind == 1) {
      bytes[at] = (guint8)g_rand_int(random);
    } else {
      at = at / 8 * 8;
      guint64 value = extremes[g_rand_int(random) % G_N_ELEMENTS(extremes)];
      memcpy(bytes + at, &value, MIN(8, size - at));
    }
  }
}

static void test_random_damage(void **state) {
  GRand *random = g_rand_new_with_seed(20260923);
  const SyntheticKind kinds[] = {SYNTHETIC_ONE_BLOCK, SYNTHETIC_ALL_CLASSES, SYNTHETIC_SCATTERED,
                                 SYNTHETIC_UNPUBLISHED, SYNTHETIC_REGIONS};
  guint accepted = 0;
  for (guint round = 0; round < 6000; round++) {
    SyntheticKind kind = kinds[round % G_N_ELEMENTS(kinds)];
    static Published originals[SYNTHETIC_KINDS];
    if (originals[kind].bytes == NULL)
      originals[kind] = published_new(kind, 3);
    Published damaged = originals[kind];
    damaged.bytes = g_byte_array_new();
    g_byte_array_append(damaged.bytes, originals[kind].bytes->data, originals[kind].bytes->len);
    /* Most of the time near the head, where one bit matters most. */
    guint64 size = round % 2 == 0 ? MIN(damaged.bytes->len, 4096) : damaged.bytes->len;
    mutate(random, damaged.bytes->data, size, 1 + round % 4);
    if (round % 7 == 0)
      mutate(random, (guint8 *)&damaged.header, sizeof damaged.header, 1);
    if (round % 11 == 0)
      g_byte_array_set_size(damaged.bytes, g_rand_int(random) % damaged.bytes->len);
    g_autoptr(GError) error = NULL;
    HvFrame *frame = published_accept(&damaged, &error);
    assert_true((frame == NULL) == (error != NULL));
    if (frame != NULL) {
      use(frame);
      hv_frame_unref(frame);
      accepted++;
    }
    g_byte_array_unref(damaged.bytes);
  }
  /* Damage to names and times is none; damage to structure must be the rule. */
  assert_in_range(accepted, 100, 3000);
  g_rand_free(random);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_valid_kinds),
      cmocka_unit_test(test_answers),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_bad_headers),
      cmocka_unit_test(test_bad_sections),
      cmocka_unit_test(test_bad_records),
      cmocka_unit_test(test_bad_stacks),
      cmocka_unit_test(test_without_stacks),
      cmocka_unit_test(test_bad_profiles),
      cmocka_unit_test(test_bad_totals),
      cmocka_unit_test(test_huge_capacity),
      cmocka_unit_test(test_arena_without_spans),
      cmocka_unit_test(test_empty_sections_anywhere),
      cmocka_unit_test(test_shared_bitmaps),
      cmocka_unit_test(test_packing),
      cmocka_unit_test(test_random_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
