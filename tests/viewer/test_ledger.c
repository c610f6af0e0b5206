/* SPDX-License-Identifier: MIT */
/* HvLedger and HvResidency: rows add up exactly, and pages are split as their bytes are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/error.h"
#include "viewer/model/ledger.h"
#include "viewer/model/smaps.h"
#include "viewer/render/ledger_segments.h"

#define ARENA ((gsize)32 << 20)

static void expect_sum(HvLedger *ledger) {
  guint count = 0;
  gint64 sum = 0;
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  for (guint i = 0; i < count; i++) {
    sum += rows[i].bytes;
    assert_non_null(rows[i].title);
    assert_non_null(rows[i].explanation);
    if (strcmp(rows[i].key, "unexplained") != 0)
      assert_true(rows[i].bytes >= 0);
  }
  assert_true(sum == (gint64)hv_ledger_total_bytes(ledger));
}

static void test_nominal(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 3);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
    const struct alloc_frame *head = hv_frame_head(frame);
    assert_true(hv_ledger_is_nominal(ledger));
    assert_non_null(hv_ledger_note(ledger));
    expect_sum(ledger);
    assert_true(hv_ledger_total_bytes(ledger) ==
                head->total_arena_bytes - head->total_clean_bytes + head->total_region_bytes +
                    head->total_spare_bytes + head->total_metadata_bytes);
  }
}

/* The explanation of @key's row. */
static const char *explanation_of(HvLedger *ledger, const char *key) {
  guint count = 0;
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  for (guint i = 0; i < count; i++)
    if (strcmp(rows[i].key, key) == 0)
      return rows[i].explanation;
  return "";
}

/* Live blocks count with what they were rounded up by, and nothing of it is in the row that is
 * called rounding; both rows say so, and the latter where the sizes asked for can be had. */
static void test_rounding_is_live(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 3);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
    guint64 live = 0, ends = 0;
    guint count = 0;
    const HvSpan *spans = hv_frame_spans(frame, &count);
    for (guint i = 0; i < count; i++) {
      if (spans[i].kind != ALLOC_SPAN_SMALL)
        continue;
      live += (guint64)spans[i].live * spans[i].block_bytes;
      ends += spans[i].slices * (guint64)hv_frame_header(frame)->slice_bytes -
              (guint64)spans[i].capacity * spans[i].block_bytes;
    }
    const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
    for (guint i = 0; i < count; i++) {
      if (strcmp(rows[i].key, "live") == 0)
        assert_int_equal(rows[i].bytes, live);
      if (strcmp(rows[i].key, "tail") == 0)
        assert_int_equal(rows[i].bytes, ends);
    }
    assert_non_null(strstr(explanation_of(ledger, "live"), "rounded up by"));
    assert_non_null(strstr(explanation_of(ledger, "tail"), "in those of live blocks"));
    assert_non_null(strstr(explanation_of(ledger, "tail"), "LIBALLOC_TRACE"));
  }
}

/* Whatever the kernel says, the rows add up, if need be by the last one. */
static void test_random_residency(void **state) {
  GRand *random = g_rand_new_with_seed(21);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  for (guint round = 0; round < 500; round++) {
    HvResidency residency = {.basis = HV_RESIDENCY_EXACT};
    for (guint i = 1; i < HV_STATE_MAP_COUNT; i++)
      residency.state[i] = g_rand_int(random);
    residency.rss_bytes = g_rand_int(random);
    residency.stack_bytes = g_rand_int(random) % 1000;
    residency.file_bytes = g_rand_int(random) % 100000;
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
    assert_false(hv_ledger_is_nominal(ledger));
    assert_true(hv_ledger_total_bytes(ledger) == residency.rss_bytes);
    expect_sum(ledger);
  }
  g_rand_free(random);
}

/* What changed adds up to what the total changed by, the most first, and nothing else is told. */
static void test_changes(void **state) {
  GRand *random = g_rand_new_with_seed(22);
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  g_autoptr(HvLedger) before = hv_ledger_new(frame, NULL);
  for (guint round = 0; round < 100; round++) {
    HvResidency residency = {.basis = HV_RESIDENCY_EXACT};
    for (guint i = 1; i < HV_STATE_MAP_COUNT; i++)
      residency.state[i] = g_rand_int(random);
    residency.rss_bytes = g_rand_int(random);
    g_autoptr(HvLedger) after = hv_ledger_new(frame, &residency);
    g_autoptr(GArray) changes = hv_ledger_changes(before, after);
    gint64 sum = 0;
    for (guint i = 0; i < changes->len; i++) {
      const HvLedgerPair *change = &g_array_index(changes, HvLedgerPair, i);
      gint64 bytes = change->after - change->before;
      assert_true(bytes != 0);
      assert_true(i == 0 || ABS(bytes) <= ABS((change - 1)->after - (change - 1)->before));
      sum += bytes;
    }
    assert_true(sum ==
                (gint64)hv_ledger_total_bytes(after) - (gint64)hv_ledger_total_bytes(before));
    g_autoptr(GArray) none = hv_ledger_changes(after, after);
    assert_int_equal(none->len, 0);
    hv_ledger_unref(before);
    before = hv_ledger_ref(after);
  }
  g_rand_free(random);
}

/* What of the heap's free memory can lie in huge pages: no more than there is of either. */
static void test_huge_pages(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT, .rss_bytes = 1000};
  residency.state[HV_STATE_LIVE] = 600;
  residency.state[HV_STATE_FREE] = 100;
  residency.state[HV_STATE_DIRTY] = 200;
  residency.state[HV_STATE_CLEAN] = 30;
  for (guint64 huge_bytes = 0; huge_bytes <= 500; huge_bytes += 100) {
    residency.huge_bytes = huge_bytes;
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
    const HvLedgerRow *row = hv_ledger_huge_row(ledger);
    assert_true((row == NULL) == (huge_bytes == 0));
    if (row != NULL)
      assert_int_equal(row->bytes, huge_bytes < 330 ? huge_bytes : 330);
    expect_sum(ledger);
  }
  g_autoptr(HvLedger) nominal = hv_ledger_new(frame, NULL);
  assert_null(hv_ledger_huge_row(nominal));
}

/* ---- the bar ---- */

/* The part of @bytes in a width that stands for @sum. */
static double share(gint64 bytes, guint64 sum, int width) {
  return (double)MAX(bytes, 0) / (double)sum * width;
}

/* What is in the bar fills it, what is outside ends with it; each is as wide as its share, to a
 * pixel, and what is outside has the scale of the bar unless it is cut. */
static void expect_segments(HvLedger *ledger, int width, int scale) {
  g_autoptr(GArray) segments = hv_ledger_segments(ledger, width, scale);
  int end = hv_ledger_segments_end(segments, width, scale);
  int at = 0;
  guint count = 0;
  guint64 sum = 0, outside = 0;
  gboolean is_cut = FALSE;
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  for (guint i = 0; i < count; i++)
    sum += (guint64)MAX(rows[i].bytes, 0);
  rows = hv_ledger_virtual_rows(ledger, &count);
  for (guint i = 0; i < count; i++)
    outside += (guint64)MAX(rows[i].bytes, 0);
  for (guint i = 0; i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);
    if (segment->is_outside && at == end)
      at = end + HV_LEDGER_GAP_PX * scale;
    assert_int_equal(segment->left, at);
    assert_true(segment->right > segment->left);
    at = segment->right;
    int room = segment->is_outside ? width - end - HV_LEDGER_GAP_PX * scale : end;
    double wanted = share(segment->row->bytes, segment->is_outside ? outside : sum, room);
    assert_true(ABS(segment->right - segment->left - wanted) <= 1);
    assert_true(segment->is_outside || segment->right <= end);
    is_cut |= segment->is_cut;
  }
  assert_true(segments->len == 0 || at == width);
  if (outside == 0) {
    assert_int_equal(end, width);
    return;
  }
  int room = width - end - HV_LEDGER_GAP_PX * scale;
  double at_scale = share((gint64)outside, sum + outside, width - HV_LEDGER_GAP_PX * scale);
  if (is_cut)
    assert_true(room == width / 4 && at_scale > room);
  else
    assert_true(ABS(room - MAX(at_scale, 3.0 * scale)) <= 1);
}

static void test_segments(void **state) {
  GRand *random = g_rand_new_with_seed(23);
  for (guint round = 0; round < 500; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(round % SYNTHETIC_KINDS, 3);
    HvResidency residency = {.basis = HV_RESIDENCY_EXACT};
    for (guint i = 1; i < HV_STATE_MAP_COUNT; i++)
      residency.state[i] = g_rand_int(random) >> g_rand_int_range(random, 0, 31);
    residency.rss_bytes = g_rand_int(random);
    residency.swap_bytes =
        round % 2 == 0 ? 0 : g_rand_int(random) >> g_rand_int_range(random, 0, 31);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, round % 5 == 0 ? NULL : &residency);
    int scale = g_rand_int_range(random, 1, 4);
    expect_segments(ledger, g_rand_int_range(random, 100, 2000) * scale, scale);
  }
  g_rand_free(random);
}

/* ---- this process as the target ---- */

/* A frame whose arenas lie in a mapping of this process, with some of its pages touched. */
typedef struct {
  HvFrame *frame;
  HvPyramid *pyramid;
  guint8 *base;
  guint64 expected[HV_STATE_MAP_COUNT]; /* by the pages that were touched */
} Own;

static guint64 own_start_ticks(void) {
  g_autofree char *text = NULL;
  assert_true(g_file_get_contents("/proc/self/stat", &text, NULL, NULL));
  char *rest = strrchr(text, ')') + 2;
  for (int field = 3; field < 22; field++)
    rest = strchr(rest, ' ') + 1;
  return g_ascii_strtoull(rest, NULL, 10);
}

/* Whether a page that was only read is resident: most kernels map their page of zeros there, which
 * is in no RSS, some a page of its own. */
static gboolean reading_makes_resident(void) {
  HvSmaps smaps;
  gboolean is_resident = FALSE;
  /* Guards on both sides keep the kernel from merging the page with its neighbours. */
  guint8 *map = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(map != MAP_FAILED);
  assert_int_equal(mprotect(map + 4096, 4096, PROT_READ | PROT_WRITE), 0);
  (void)*(volatile guint8 *)(map + 4096);
  assert_true(hv_smaps_read((guint)getpid(), &smaps, NULL));
  for (guint i = 0; i < smaps.mappings->len; i++) {
    const HvMapping *mapping = &g_array_index(smaps.mappings, HvMapping, i);
    if (mapping->begin == (guint64)(guintptr)map + 4096)
      is_resident = mapping->rss_bytes != 0;
  }
  hv_smaps_clear(&smaps);
  munmap(map, 3 * 4096);
  return is_resident;
}

static void own_setup(Own *own, guint percent) {
  gboolean reads_count = reading_makes_resident();
  GRand *random = g_rand_new_with_seed(percent);
  guint8 *map = mmap(NULL, 5 * ARENA, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_true(map != MAP_FAILED);
  /* Guards keep the kernel from merging the mapping with its neighbours. */
  own->base = (guint8 *)(((guintptr)map + 2 * ARENA - 1) / ARENA * ARENA);
  munmap(map, (gsize)(own->base - map));
  munmap(own->base + 3 * ARENA, (gsize)(map + 5 * ARENA - (own->base + 3 * ARENA)));
  madvise(own->base, 3 * ARENA, MADV_NOHUGEPAGE);

  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3);
  GByteArray *bytes = synthetic_heap_publish(heap, 1);
  struct alloc_frame *head = (struct alloc_frame *)(gpointer)bytes->data;
  struct alloc_arena_record *arena =
      (struct alloc_arena_record *)(gpointer)(bytes->data +
                                              head->section[ALLOC_SECTION_ARENAS].offset);
  for (guint i = 0; i < 3; i++)
    arena[i].address = (guint64)(guintptr)own->base + i * ARENA;
  struct alloc_snapshot_header header;
  synthetic_header(&header, bytes->len);
  header.process_start = own_start_ticks();
  g_autoptr(GBytes) frozen = g_byte_array_free_to_bytes(bytes);
  own->frame = hv_frame_new(&header, frozen, NULL);
  assert_non_null(own->frame);
  synthetic_heap_free(heap);
  own->pyramid = hv_pyramid_new(own->frame);
  memset(own->expected, 0, sizeof own->expected);
  for (gsize page = 0; page < 3 * ARENA; page += 4096) {
    HvMix mix;
    gint32 chance = g_rand_int_range(random, 0, 100);
    volatile guint8 *byte = own->base + page;
    gboolean is_resident = FALSE;
    if (chance == 99 && percent < 100) {
      (void)*byte;
      is_resident = reads_count;
    } else if (chance < (gint32)percent) {
      *byte = 1;
      is_resident = TRUE;
    }
    if (is_resident) {
      hv_pyramid_mix(own->pyramid, (guint64)(guintptr)byte, (guint64)(guintptr)byte + 4096, &mix);
      for (guint i = 0; i < HV_STATE_MAP_COUNT; i++)
        own->expected[i] += mix.bytes[i];
    }
  }
  g_rand_free(random);
}

static void own_teardown(Own *own) {
  munmap(own->base, 3 * ARENA);
  hv_pyramid_unref(own->pyramid);
  hv_frame_unref(own->frame);
}

static void test_pages_exact(void **state) {
  const guint percents[] = {0, 3, 50, 97, 100};
  for (guint round = 0; round < G_N_ELEMENTS(percents); round++) {
    Own own;
    HvResidency residency;
    g_autoptr(GError) error = NULL;
    own_setup(&own, percents[round]);
    if (!hv_residency_read(own.pyramid, (guint)getpid(), HV_RESIDENCY_PAGES, &residency, &error))
      fail_msg("%s", error->message);
    if (residency.basis == HV_RESIDENCY_SCALED) {
      print_message("/proc/self/pagemap cannot be read here\n");
      own_teardown(&own);
      skip();
    }
    assert_int_equal(residency.basis, HV_RESIDENCY_EXACT);
    /* The arena's guests: bytes beyond its slices, and metadata in other mappings. */
    residency.state[HV_STATE_METADATA] -= hv_frame_head(own.frame)->total_metadata_bytes;
    own.expected[HV_STATE_NONE] = 0;
    assert_memory_equal(residency.state, own.expected, sizeof own.expected);
    assert_int_equal(residency.unexplained_bytes, 0);
    own_teardown(&own);
  }
}

static void add_mix(HvMix *sum, HvPyramid *pyramid, const guint8 *begin, const guint8 *end) {
  HvMix mix;
  hv_pyramid_mix(pyramid, (guint64)(guintptr)begin, (guint64)(guintptr)end, &mix);
  for (guint i = 0; i < HV_STATE_MAP_COUNT; i++)
    sum->bytes[i] += mix.bytes[i];
}

/* A range may begin and end within pages; only its own bytes count, and only on pages that are
 * there. */
static void test_range(void **state) {
  const gsize mib = 1 << 20;
  Own own;
  HvMix resident;
  HvMix expected = {0};
  own_setup(&own, 100);
  guint64 begin = (guint64)(guintptr)own.base + mib - 100;
  assert_int_equal(madvise(own.base + mib, mib, MADV_DONTNEED), 0);
  add_mix(&expected, own.pyramid, own.base + mib - 100, own.base + mib);
  add_mix(&expected, own.pyramid, own.base + 2 * mib, own.base + 2 * mib + 77);
  if (!hv_residency_read_range(own.pyramid, (guint)getpid(), begin, begin + 100 + mib + 77,
                               &resident)) {
    print_message("/proc/self/pagemap cannot be read here\n");
    own_teardown(&own);
    skip();
  }
  assert_memory_equal(resident.bytes, expected.bytes, sizeof expected.bytes);
  /* What is no heap has no bytes in it, and of another process nothing is told. */
  assert_true(hv_residency_read_range(own.pyramid, (guint)getpid(), 4096, 8192, &resident));
  memset(&expected, 0, sizeof expected);
  assert_memory_equal(resident.bytes, expected.bytes, sizeof expected.bytes);
  /* Not the parent: it may have been started in the same hundredth of a second. */
  assert_false(hv_residency_read_range(own.pyramid, 1, begin, begin + mib, &resident));
  own_teardown(&own);
}

static void test_estimates_add_up(void **state) {
  Own own;
  own_setup(&own, 40);
  const guint64 limits[] = {HV_RESIDENCY_PAGES, 5000, 1, 0};
  for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
    HvResidency residency;
    assert_true(hv_residency_read(own.pyramid, (guint)getpid(), limits[i], &residency, NULL));
    guint64 sum = residency.stack_bytes + residency.file_bytes + residency.anonymous_bytes +
                  residency.watch_bytes;
    for (guint k = 0; k < HV_STATE_MAP_COUNT; k++)
      sum += residency.state[k];
    assert_true((gint64)residency.rss_bytes == (gint64)sum + residency.unexplained_bytes);
    assert_true(residency.basis == HV_RESIDENCY_EXACT || residency.note != NULL);
    assert_true(limits[i] != 0 || residency.basis == HV_RESIDENCY_SCALED);
    g_autoptr(HvLedger) ledger = hv_ledger_new(own.frame, &residency);
    expect_sum(ledger);
  }
  own_teardown(&own);
}

static void test_gone(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  g_autoptr(GError) error = NULL;
  HvResidency residency;
  /* The number is of this process, the start time is not. */
  assert_false(hv_residency_read(pyramid, (guint)getpid(), HV_RESIDENCY_PAGES, &residency, &error));
  assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_NO_PROCESS));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nominal),
      cmocka_unit_test(test_rounding_is_live),
      cmocka_unit_test(test_random_residency),
      cmocka_unit_test(test_pages_exact),
      cmocka_unit_test(test_estimates_add_up),
      cmocka_unit_test(test_gone),
      cmocka_unit_test(test_range),
      cmocka_unit_test(test_changes),
      cmocka_unit_test(test_huge_pages),
      cmocka_unit_test(test_segments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
