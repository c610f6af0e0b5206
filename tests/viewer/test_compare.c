/* SPDX-License-Identifier: MIT */
/* HvCompare against every block of both frames, looked up one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/compare.h"
#include "viewer/model/hit.h"

typedef struct {
  guint64 blocks;
  guint64 bytes;
} Sum;

/* Whether @frame has a live block at exactly this address, of this size and class. */
static gboolean has_block(HvFrame *frame, guint64 address, guint64 bytes, guint class) {
  HvHit hit;
  if (!hv_hit_test(frame, address, &hit) || hit.block_bytes != bytes)
    return FALSE;
  if (hit.kind == HV_HIT_REGION)
    return class == HV_COMPARE_REGIONS && hit.region->block == address;
  return hit.kind == HV_HIT_BLOCK && hit.begin == address && hit.span->size_class == class &&
         (hit.state == HV_STATE_LIVE || hit.state == HV_STATE_LARGE);
}

/* Live blocks of @frame that @other lacks; each is looked for in @born when that is not NULL. */
static Sum lacking(HvFrame *frame, HvFrame *other, const HvBorn *born, guint born_count,
                   guint *found) {
  Sum sum = {0};
  guint spans = 0;
  guint regions = 0;
  const HvSpan *span = hv_frame_spans(frame, &spans);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);
  for (guint i = 0; i < spans; i++)
    for (guint block = 0; block < span[i].capacity; block++) {
      guint64 address = hv_frame_span_address(frame, i) + block * span[i].block_bytes;
      HvState state = hv_frame_block_state(frame, i, block);
      if ((state != HV_STATE_LIVE && state != HV_STATE_LARGE) ||
          has_block(other, address, span[i].block_bytes, span[i].size_class))
        continue;
      sum.blocks++;
      sum.bytes += span[i].block_bytes;
      for (guint k = 0; k < born_count; k++)
        if (born[k].address == address) {
          assert_true(born[k].bytes == span[i].block_bytes);
          assert_true(born[k].is_alone == (span[i].live == 1));
          (*found)++;
        }
    }
  for (guint i = 0; i < regions; i++) {
    if (hv_region_is_spare(&region[i]) ||
        has_block(other, region[i].block, region[i].usable_bytes, HV_COMPARE_REGIONS))
      continue;
    sum.blocks++;
    sum.bytes += region[i].usable_bytes;
    for (guint k = 0; k < born_count; k++)
      *found += born[k].address == region[i].block && born[k].size_class == HV_COMPARE_REGIONS;
  }
  return sum;
}

static void check(HvFrame *before, HvFrame *after) {
  g_autoptr(HvCompare) compare = hv_compare_new(before, after, NULL);
  const HvClassChange *total = hv_compare_total(compare);
  guint count = 0;
  guint found = 0;
  const HvBorn *born = hv_compare_born(compare, &count);
  Sum is = lacking(after, before, born, count, &found);
  Sum was = lacking(before, after, NULL, 0, NULL);
  assert_true(total->born_blocks == is.blocks && total->born_bytes == is.bytes);
  assert_true(total->gone_blocks == was.blocks && total->gone_bytes == was.bytes);
  assert_true(total->live_blocks == (gint64)is.blocks - (gint64)was.blocks);
  assert_true(total->live_bytes == (gint64)is.bytes - (gint64)was.bytes);
  /* The list: those and no others, the largest, in order. */
  assert_int_equal(found, count);
  assert_true(count == MIN(is.blocks, HV_COMPARE_BORN_MAX));
  for (guint i = 1; i < count; i++)
    assert_true(born[i].bytes <= born[i - 1].bytes);
  guint classes = 0;
  const HvClassChange *class = hv_compare_classes(compare, &classes);
  gint64 bytes = 0;
  for (guint i = 0; i < classes; i++) {
    bytes += class[i].live_bytes;
    assert_true(class[i].live_blocks ==
                (gint64) class[i].born_blocks - (gint64) class[i].gone_blocks);
  }
  assert_true(bytes == total->live_bytes);
}

static void test_churn(void **state) {
  const SyntheticKind kinds[] = {SYNTHETIC_ONE_BLOCK, SYNTHETIC_ALL_CLASSES, SYNTHETIC_SCATTERED};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    SyntheticHeap *heap = synthetic_heap_new(kinds[i], 4);
    g_autoptr(HvFrame) first = synthetic_heap_frame(heap, 1, 0, 0);
    synthetic_heap_churn(heap, 500);
    g_autoptr(HvFrame) second = synthetic_heap_frame(heap, 2, 0, 0);
    check(first, second);
    check(second, first);
    check(first, first);
    synthetic_heap_free(heap);
  }
}

/* Heaps of different shape at the same addresses. */
static void test_other_shapes(void **state) {
  const SyntheticKind kinds[] = {SYNTHETIC_EMPTY, SYNTHETIC_ONE_BLOCK, SYNTHETIC_ALL_CLASSES,
                                 SYNTHETIC_REGIONS, SYNTHETIC_SCATTERED};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
      g_autoptr(HvFrame) before = synthetic_frame(kinds[i], 1);
      g_autoptr(HvFrame) after = synthetic_frame(kinds[k], 2);
      check(before, after);
    }
}

/* Without bitmaps there are counts, and they add up. */
static void test_unpublished(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_UNPUBLISHED, 4);
  g_autoptr(HvFrame) first = synthetic_heap_frame(heap, 1, 0, 0);
  synthetic_heap_churn(heap, 500);
  g_autoptr(HvFrame) second = synthetic_heap_frame(heap, 2, 0, 0);
  g_autoptr(HvCompare) compare = hv_compare_new(first, second, NULL);
  const HvClassChange *total = hv_compare_total(compare);
  assert_true(total->live_bytes == (gint64)hv_frame_head(second)->total_live_bytes -
                                       (gint64)hv_frame_head(first)->total_live_bytes);
  assert_true(total->live_blocks == (gint64)total->born_blocks - (gint64)total->gone_blocks);
  synthetic_heap_free(heap);
}

/* A query leaves the born blocks of the spans and regions that match, the sums of all as they are.
 */
static void test_query(void **state) {
  static const char *const texts[] = {"class:1024", "class:1024 blocks:1", "kind:region", "size>1T",
                                      "!kind:span"};
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 4);
  g_autoptr(HvFrame) first = synthetic_frame(SYNTHETIC_EMPTY, 1);
  g_autoptr(HvFrame) second = synthetic_heap_frame(heap, 2, 0, 0);
  g_autoptr(HvCompare) all = hv_compare_new(first, second, NULL);
  guint64 born_blocks = hv_compare_total(all)->born_blocks;
  assert_true(hv_compare_born_matched(all) == born_blocks);
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(HvQuery) query = hv_query_parse(texts[i], NULL, NULL);
    g_autoptr(HvCompare) compare = hv_compare_new(first, second, query);
    guint count = 0, spans = 0, regions = 0;
    guint64 wanted = 0;
    const HvBorn *born = hv_compare_born(compare, &count);
    HvFacts facts;
    assert_non_null(query);
    hv_frame_spans(second, &spans);
    hv_frame_regions(second, &regions);
    for (guint span = 0; span < spans; span++) {
      hv_facts_of_span(second, span, &facts);
      wanted += hv_query_matches(query, &facts) ? facts.value[HV_FIELD_BLOCKS] : 0;
    }
    for (guint region = 0; region < regions; region++) {
      hv_facts_of_region(second, region, &facts);
      wanted += hv_query_matches(query, &facts) && facts.value[HV_FIELD_LIVE] != 0;
    }
    assert_true(hv_compare_born_matched(compare) == wanted);
    assert_true(hv_compare_total(compare)->born_blocks == born_blocks);
    assert_true(count == MIN(wanted, HV_COMPARE_BORN_MAX));
    for (guint k = 0; k < count; k++) {
      HvHit hit;
      assert_true(hv_hit_test(second, born[k].address, &hit));
      if (hit.span_index >= 0) {
        hv_facts_of_span(second, (guint)hit.span_index, &facts);
        assert_true(hv_query_matches(query, &facts));
      } else {
        assert_non_null(hit.region);
        assert_non_null(strstr(texts[i], "kind:"));
      }
    }
  }
  synthetic_heap_free(heap);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_churn),
      cmocka_unit_test(test_other_shapes),
      cmocka_unit_test(test_unpublished),
      cmocka_unit_test(test_query),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
