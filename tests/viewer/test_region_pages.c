/* SPDX-License-Identifier: MIT */
/* HvRegionPages against pages of this process that the test has written to, or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/viewer/published.h"
#include "viewer/model/error.h"
#include "viewer/model/process.h"
#include "viewer/model/region_pages.h"
#include "viewer/model/smaps.h"

#define HUGE_BYTES (G_GUINT64_CONSTANT(2) << 20)

enum { MOST = 64 };

/* One mapping in this process, and a frame whose regions lie in it. */
typedef struct {
  guint8 *mapped;
  gsize mapped_bytes;
  guint8 *base; /* a multiple of HUGE_BYTES; a page that cannot be read is before and behind */
  gsize bytes;
  HvFrame *frame;
  guint count;
} Own;

/* @bytes_of: of each region, side by side; 0 ends them. @gap: bytes before the first that are of
 * nobody. */
static void own_setup(Own *own, const gsize *bytes_of, gsize gap, int advice) {
  const gsize page = (gsize)sysconf(_SC_PAGESIZE);
  Published published = published_new(SYNTHETIC_REGIONS, 1);
  struct alloc_frame *head = published_head(&published);
  struct alloc_region_record *record = published_section(&published, ALLOC_SECTION_REGIONS);
  guint64 address;
  HvProcessStat stat;
  g_autoptr(GError) error = NULL;
  own->bytes = gap;
  for (own->count = 0; bytes_of[own->count] != 0; own->count++)
    own->bytes += bytes_of[own->count];
  assert_true(own->count <= head->section[ALLOC_SECTION_REGIONS].count);
  own->mapped_bytes = own->bytes + 2 * HUGE_BYTES;
  own->mapped =
      mmap(NULL, own->mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_true(own->mapped != MAP_FAILED);
  own->base = (guint8 *)(((guintptr)own->mapped + page + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES);
  assert_int_equal(mprotect(own->base, own->bytes, PROT_READ | PROT_WRITE), 0);
  madvise(own->base, own->bytes, advice);
  address = (guint64)(guintptr)own->base + gap;
  head->section[ALLOC_SECTION_REGIONS].count = own->count;
  head->total_region_bytes = 0;
  head->total_spare_bytes = 0;
  for (guint i = 0; i < own->count; i++) {
    record[i] = (struct alloc_region_record){.address = address,
                                             .mapped_bytes = bytes_of[i],
                                             .block = address,
                                             .usable_bytes = bytes_of[i],
                                             .owner = record[i].owner};
    head->total_region_bytes += bytes_of[i];
    address += bytes_of[i];
  }
  assert_true(hv_process_stat((guint)getpid(), &stat));
  published.header.process_start = stat.start_ticks;
  own->frame = published_accept(&published, &error);
  if (own->frame == NULL)
    fail_msg("%s", error->message);
}

static void own_teardown(Own *own) {
  hv_frame_unref(own->frame);
  munmap(own->mapped, own->mapped_bytes);
}

static HvFacts facts_of(Own *own, HvRegionPages *pages, guint region) {
  HvFacts facts;
  hv_facts_of_region(own->frame, region, &facts);
  hv_region_pages_tell(pages, &facts);
  return facts;
}

static HvRegionPages *own_read(Own *own) {
  g_autoptr(GError) error = NULL;
  HvRegionPages *pages = hv_region_pages_read(own->frame, (guint)getpid(), &error);
  if (pages == NULL)
    fail_msg("%s", error->message);
  return pages;
}

/* A region that has its mapping for itself: smaps tells it all. */
static void test_alone(void **state) {
  const gsize bytes[] = {64 << 12, 0};
  Own own;
  own_setup(&own, bytes, 0, MADV_NOHUGEPAGE);
  for (guint touched = 0; touched <= 64; touched += 32) {
    memset(own.base, 1, (gsize)touched << 12);
    g_autoptr(HvRegionPages) pages = own_read(&own);
    HvFacts facts = facts_of(&own, pages, 0);
    assert_true(hv_facts_has(&facts, HV_FIELD_RESIDENT));
    assert_true(hv_facts_has(&facts, HV_FIELD_HUGE));
    assert_int_equal(facts.value[HV_FIELD_RESIDENT], touched * 1000000 / 64);
    assert_int_equal(facts.value[HV_FIELD_HUGE], 0);
  }
  own_teardown(&own);
}

/* Regions side by side are one mapping to the kernel. */
static void test_shared(void **state) {
  const gsize bytes[] = {3 << 12, 700 << 12, 1 << 12, 5 << 12, 0};
  g_autoptr(GRand) random = g_rand_new_with_seed(7);
  for (guint round = 0; round < 8; round++) {
    Own own;
    guint64 touched[MOST] = {0};
    gsize at = round % 2 == 0 ? 0 : 3 << 12;
    own_setup(&own, bytes, at, MADV_NOHUGEPAGE);
    /* Not of a region, but of the mapping. */
    if (at != 0)
      own.base[0] = 1;
    for (guint i = 0; i < own.count; i++) {
      for (gsize page = 0; page < bytes[i]; page += 4096) {
        if (round < 6 && g_rand_int_range(random, 0, 5) < (gint)round) {
          own.base[at + page] = 1;
          touched[i] += 4096;
        } else if (round >= 6) {
          own.base[at + page] = 1;
          touched[i] += 4096;
        }
      }
      at += bytes[i];
    }
    g_autoptr(HvRegionPages) pages = own_read(&own);
    for (guint i = 0; i < own.count; i++) {
      HvFacts facts = facts_of(&own, pages, i);
      assert_true(hv_facts_has(&facts, HV_FIELD_HUGE));
      assert_int_equal(facts.value[HV_FIELD_HUGE], 0);
      if (hv_facts_has(&facts, HV_FIELD_RESIDENT))
        assert_int_equal(facts.value[HV_FIELD_RESIDENT], hv_millionths(touched[i], bytes[i]));
      else if (access("/proc/self/pagemap", R_OK) == 0)
        fail_msg("round %u: nothing is known of region %u", round, i);
    }
    own_teardown(&own);
  }
}

/* Of the mapping at @address, what the kernel says is in huge pages. */
static guint64 kernel_huge_bytes(const guint8 *address) {
  HvSmaps smaps;
  guint64 bytes = 0;
  assert_true(hv_smaps_read((guint)getpid(), &smaps, NULL));
  for (guint i = 0; i < smaps.mappings->len; i++) {
    const HvMapping *mapping = &g_array_index(smaps.mappings, HvMapping, i);
    if (mapping->begin <= (guint64)(guintptr)address && (guint64)(guintptr)address < mapping->end)
      bytes = mapping->huge_bytes;
  }
  hv_smaps_clear(&smaps);
  return bytes;
}

/* Where every full huge page is one, each region has its own; where some are not, it is not known
 * which. */
static void test_huge(void **state) {
  const gsize bytes[] = {3 * HUGE_BYTES / 2, 5 * HUGE_BYTES / 2, HUGE_BYTES, 0};
  const guint64 expected[] = {3 * HUGE_BYTES / 2, HUGE_BYTES / 2, HUGE_BYTES};
  Own own;
  own_setup(&own, bytes, 0, MADV_HUGEPAGE);
  own.base[0] = 1;
  own.base[HUGE_BYTES] = 1;
  own.base[4 * HUGE_BYTES] = 1;
  if (kernel_huge_bytes(own.base) != 3 * HUGE_BYTES) {
    print_message("the kernel gives no huge pages here\n");
    own_teardown(&own);
    skip();
  }
  g_autoptr(HvRegionPages) pages = own_read(&own);
  for (guint i = 0; i < own.count; i++) {
    HvFacts facts = facts_of(&own, pages, i);
    assert_true(hv_facts_has(&facts, HV_FIELD_HUGE));
    assert_int_equal(facts.value[HV_FIELD_HUGE], expected[i]);
    assert_int_equal(facts.value[HV_FIELD_RESIDENT], hv_millionths(expected[i], bytes[i]));
  }
  /* Small pages that fill the place of a huge one look like it. */
  assert_int_equal(madvise(own.base + 2 * HUGE_BYTES, HUGE_BYTES, MADV_DONTNEED), 0);
  assert_int_equal(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
  memset(own.base + 2 * HUGE_BYTES, 1, HUGE_BYTES);
  assert_int_equal(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
  assert_int_equal(kernel_huge_bytes(own.base), 3 * HUGE_BYTES);
  g_autoptr(HvRegionPages) mixed = own_read(&own);
  if (kernel_huge_bytes(own.base) != 3 * HUGE_BYTES) {
    print_message("khugepaged has made a huge page of the small ones meanwhile\n");
    own_teardown(&own);
    skip();
  }
  HvFacts facts = facts_of(&own, mixed, 1);
  assert_false(hv_facts_has(&facts, HV_FIELD_HUGE));
  assert_int_equal(facts.value[HV_FIELD_RESIDENT], hv_millionths(3 * HUGE_BYTES / 2, bytes[1]));
  own_teardown(&own);
}

/* What was not there when it was looked at, or was another mapping, is not known; and of a process
 * that is another one now, nothing is. */
static void test_unknown(void **state) {
  const gsize bytes[] = {4 << 12, 4 << 12, 0};
  Own own;
  own_setup(&own, bytes, 0, MADV_NOHUGEPAGE);
  g_autoptr(HvRegionPages) pages = own_read(&own);
  HvFacts facts;
  hv_facts_of_region(own.frame, 1, &facts);
  facts.end += 4096;
  hv_region_pages_tell(pages, &facts);
  assert_false(hv_facts_has(&facts, HV_FIELD_RESIDENT));
  facts.begin += 8 << 12;
  facts.end += 8 << 12;
  hv_region_pages_tell(pages, &facts);
  assert_false(hv_facts_has(&facts, HV_FIELD_RESIDENT));
  assert_false(hv_facts_has(&facts, HV_FIELD_HUGE));
  g_autoptr(GError) error = NULL;
  assert_null(hv_region_pages_read(own.frame, 1, &error));
  assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_NO_PROCESS));
  own_teardown(&own);
}

/* With the residency of all, the same is told of regions. */
static void test_with_residency(void **state) {
  const gsize bytes[] = {40 << 12, 40 << 12, 0};
  Own own;
  own_setup(&own, bytes, 0, MADV_NOHUGEPAGE);
  memset(own.base, 1, 60 << 12);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(own.frame);
  HvResidency residency;
  g_autoptr(HvRegionPages) alone = own_read(&own);
  g_autoptr(HvRegionPages) pages = hv_region_pages_read_residency(
      pyramid, (guint)getpid(), HV_RESIDENCY_PAGES, &residency, NULL);
  assert_non_null(pages);
  assert_true(residency.rss_bytes > 60 << 12);
  for (guint i = 0; i < own.count; i++) {
    HvFacts facts = facts_of(&own, pages, i);
    HvFacts other = facts_of(&own, alone, i);
    assert_memory_equal(&facts, &other, sizeof facts);
  }
  own_teardown(&own);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_alone),          cmocka_unit_test(test_shared),
      cmocka_unit_test(test_huge),           cmocka_unit_test(test_unknown),
      cmocka_unit_test(test_with_residency),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
