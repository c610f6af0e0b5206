/* SPDX-License-Identifier: MIT */
/* HvReasons and HvGrowth: every byte of the ledger has one reason, and growth is told from noise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/holders.h"
#include "viewer/model/query.h"
#include "viewer/model/facts.h"
#include "viewer/model/hit.h"
#include "viewer/model/reasons.h"
#include "viewer/model/trim.h"

static void expect_whole(HvReasons *reasons, HvLedger *ledger) {
  gint64 sum = 0;
  for (guint i = 0; i < hv_reasons_count(reasons); i++) {
    const HvReason *reason = hv_reasons_get(reasons, i);
    sum += reason->bytes;
    assert_true(reason->bytes != 0);
    assert_true(reason->bytes > 0 || reason->kind == HV_REASON_UNEXPLAINED);
    if (i > 0)
      assert_true(hv_reasons_get(reasons, i - 1)->bytes >= reason->bytes);
    assert_true(strlen(reason->title) > 4 && strlen(reason->detail) > 4);
    assert_true(g_str_has_suffix(reason->action, "."));
    /* What shows it can be typed; what nothing can show says so. */
    gboolean is_elsewhere =
        reason->kind == HV_REASON_NOT_HEAP || reason->kind == HV_REASON_UNEXPLAINED;
    assert_int_equal(reason->query == NULL, is_elsewhere);
    assert_int_equal(strstr(reason->action, "not on the map") != NULL, is_elsewhere);
    if (reason->query != NULL) {
      g_autoptr(HvQuery) query = hv_query_parse(reason->query, NULL, NULL);
      assert_non_null(query);
    }
  }
  assert_true(sum == (gint64)hv_ledger_total_bytes(ledger));
  assert_true(hv_reasons_total_bytes(reasons) == hv_ledger_total_bytes(ledger));
}

static void test_nominal(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 4);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
    g_autoptr(GArray) classes = hv_class_sums_new(frame);
    g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, NULL);
    g_autoptr(HvReasons) again = hv_reasons_new(frame, ledger, classes, NULL);
    expect_whole(reasons, ledger);
    assert_true(hv_reasons_equal(reasons, again));
  }
}

static void test_random_residency(void **state) {
  GRand *random = g_rand_new_with_seed(22);
  for (guint round = 0; round < 300; round++) {
    g_autoptr(HvFrame) frame = synthetic_frame(round % SYNTHETIC_SPARSE, round);
    HvResidency residency = {.basis = HV_RESIDENCY_EXACT};
    guint64 sum = 0;
    for (guint i = 1; i < HV_STATE_MAP_COUNT; i++)
      sum += residency.state[i] = g_rand_int(random) >> g_rand_int_range(random, 0, 32);
    sum += residency.file_bytes = g_rand_int(random) >> g_rand_int_range(random, 0, 32);
    residency.rss_bytes = round % 2 == 0 ? sum : g_rand_int(random);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
    g_autoptr(GArray) classes = hv_class_sums_new(frame);
    g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, NULL);
    guint count = hv_reasons_count(reasons);
    expect_whole(reasons, ledger);
    for (guint i = 0; i < count; i++) {
      const HvReason *reason = hv_reasons_get(reasons, i);
      if (reason->kind == HV_REASON_DIRTY)
        assert_true(reason->bytes ==
                    (gint64)(residency.state[HV_STATE_DIRTY] + residency.state[HV_STATE_CLEAN]));
      if (reason->kind == HV_REASON_REGIONS)
        assert_true(reason->bytes == (gint64)residency.state[HV_STATE_REGION]);
      if (reason->kind == HV_REASON_NOT_HEAP)
        assert_true(reason->bytes == (gint64)residency.file_bytes);
      if (reason->kind == HV_REASON_CACHES)
        assert_true(reason->bytes >= (gint64)residency.state[HV_STATE_CACHED]);
    }
  }
  g_rand_free(random);
}

/* ---- growth ---- */

/* A frame at @ms whose only news is its time. */
static HvFrame *frame_at(guint64 ms) {
  struct alloc_snapshot_header header;
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3);
  GByteArray *data = synthetic_heap_publish(heap, 1);
  ((struct alloc_frame *)(gpointer)data->data)->monotonic_ns = 1 + ms * 1000000;
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(data);
  synthetic_heap_free(heap);
  synthetic_header(&header, g_bytes_get_size(bytes));
  HvFrame *frame = hv_frame_new(&header, bytes, NULL);
  assert_non_null(frame);
  return frame;
}

/* Adds frames 100 ms apart in which class 1 has live[i] blocks of 1000 bytes. */
static HvTrend watch(const guint64 *live, guint count) {
  g_autoptr(HvGrowth) growth = hv_growth_new();
  for (guint i = 0; i < count; i++) {
    g_autoptr(HvFrame) frame = frame_at(1000 + i * 100);
    g_autoptr(GArray) classes = g_array_new(FALSE, TRUE, sizeof(HvClassSum));
    g_array_set_size(classes, 3);
    g_array_index(classes, HvClassSum, 1).block_bytes = 1000;
    g_array_index(classes, HvClassSum, 1).live = live[i];
    hv_growth_add(growth, frame, classes);
    /* The same again, and an older one, are no news. */
    hv_growth_add(growth, frame, classes);
  }
  assert_false(hv_growth_trend(growth, 2).is_growing);
  assert_false(hv_growth_trend(growth, HV_GROWTH_LARGE).is_growing);
  assert_false(hv_growth_trend(growth, HV_GROWTH_REGIONS).is_growing);
  assert_false(hv_growth_trend(growth, 77).is_growing);
  return hv_growth_trend(growth, 1);
}

static void test_growth(void **state) {
  const guint64 steady[] = {50, 50, 50, 50, 50, 50, 50, 50, 50, 50};
  const guint64 leak[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
  const guint64 uneven[] = {10, 30, 25, 40, 55, 50, 70, 80, 75, 100};
  const guint64 saw[] = {10, 60, 20, 70, 10, 60, 20, 70, 30, 80};
  const guint64 once[] = {10, 90, 90, 90, 90, 90, 90, 90, 90, 90};
  const guint64 shrinks[] = {100, 90, 80, 70, 60, 50, 40, 30, 20, 10};
  assert_false(watch(steady, 10).is_growing);
  HvTrend trend = watch(leak, 10);
  assert_true(trend.is_growing);
  assert_int_equal(trend.gained_bytes, 90000);
  assert_int_equal(trend.span_ns, 900000000);
  assert_true(watch(uneven, 10).is_growing);
  assert_false(watch(saw, 10).is_growing);
  assert_false(watch(once, 10).is_growing);
  assert_false(watch(shrinks, 10).is_growing);
  assert_int_equal(watch(shrinks, 10).gained_bytes, -90000);
  /* Too short a watch tells nothing. */
  assert_false(watch(leak, 4).is_growing);
  assert_false(watch(leak, 1).is_growing);
}

/* However long it is watched, what is kept is bounded and reaches far back. */
static void test_long_watch(void **state) {
  guint64 live[400];
  for (guint i = 0; i < G_N_ELEMENTS(live); i++)
    live[i] = 1000 + i;
  HvTrend trend = watch(live, G_N_ELEMENTS(live));
  assert_true(trend.is_growing);
  assert_true(trend.span_ns > G_GUINT64_CONSTANT(36) * 1000000000);
}

/* ---- who holds it ---- */

/* What the places hold that have sampled blocks in them and that @query matches. */
static guint64 held_by_sampled(HvFrame *frame, HvQuery *query) {
  g_autoptr(GHashTable) spans = g_hash_table_new(NULL, NULL);
  guint64 held = 0;
  guint count;
  const struct alloc_sample_record *samples = hv_frame_samples(frame, &count);
  for (guint i = 0; i < count; i++) {
    int span = hv_frame_find_span(frame, samples[i].address);
    HvFacts facts;
    assert_true(span >= 0);
    hv_facts_of_span(frame, (guint)span, &facts);
    if (hv_query_matches(query, &facts) &&
        g_hash_table_add(spans, GUINT_TO_POINTER((guint)span + 1)))
      held += facts.value[HV_FIELD_HELD];
  }
  return held;
}

/* In a synthetic heap every live block of some spans is sampled, so that the call stacks together
 * hold all that these spans hold; and what is told of a reason is the first three of them. */
static void test_holders(void **state) {
  static const char *const texts[] = {"kind:span", "fill<50%", "class:16", "class:1", "size>=1M"};
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  guint found = 0;
  for (guint kind = SYNTHETIC_ONE_BLOCK; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 6);
    g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
    assert_non_null(profile);
    for (guint t = 0; t < G_N_ELEMENTS(texts); t++) {
      g_autoptr(HvQuery) query = hv_query_parse(texts[t], NULL, NULL);
      g_autoptr(GArray) holders = hv_holders_of(profile, texts[t]);
      g_autofree char *told = hv_holders_tell(profile, texts[t]);
      guint64 held = 0;
      for (guint i = 0; i < holders->len; i++) {
        const HvHolder *holder = &g_array_index(holders, HvHolder, i);
        assert_true(i == 0 || holder[-1].held_bytes >= holder->held_bytes);
        held += holder->held_bytes;
      }
      guint64 wanted = held_by_sampled(frame, query);
      /* Each sum is rounded, and a block of 16 bytes is all but sure to be sampled. */
      assert_true(held + 2 + held / 100000 >= wanted && wanted + 2 + held / 100000 >= held);
      assert_true((told == NULL) == (holders->len == 0));
      if (holders->len == 0)
        continue;
      found++;
      g_auto(GStrv) lines = g_strsplit(told, "\n", -1);
      assert_int_equal(g_strv_length(lines), MIN(holders->len, 3));
      g_autofree char *first = hv_holder_text(&g_array_index(holders, HvHolder, 0));
      assert_string_equal(lines[0], first);
    }
    assert_null(hv_holders_tell(profile, NULL));
    assert_null(hv_holders_tell(profile, "fill<"));
  }
  assert_true(found > 8);
}

/* Of each page of a span: whether all blocks with a byte in it are free, and it may be resident. */
static guint64 naive_trim_bytes(HvFrame *frame, gboolean *exact) {
  guint count = 0;
  guint64 bytes = 0;
  const HvSpan *spans = hv_frame_spans(frame, &count);
  *exact = TRUE;
  for (guint i = 0; i < count; i++) {
    guint used = spans[i].live + spans[i].cached + spans[i].transit;
    if (spans[i].kind != ALLOC_SPAN_SMALL || used == 0 || used == spans[i].capacity)
      continue;
    guint64 begin = hv_frame_span_address(frame, i);
    for (guint64 page = 0; page * 4096 < spans[i].touched * spans[i].block_bytes; page++) {
      gboolean is_free = (hv_frame_span_purged(frame, i) >> page & 1) == 0;
      for (guint64 at = page * 4096; at < (page + 1) * 4096; at += 16) {
        HvHit hit;
        hv_hit_test(frame, begin + at, &hit);
        *exact &= hit.kind != HV_HIT_BLOCK || hit.state != HV_STATE_NONE;
        is_free &= hit.kind == HV_HIT_TAIL || hit.state == HV_STATE_FREE ||
                   hit.state == HV_STATE_UNTOUCHED;
      }
      bytes += is_free ? 4096 : 0;
    }
  }
  return bytes;
}

/* What a trim would give back, beside what is kept anyway, and spans without a block in use. */
static void test_trim(void **state) {
  guint64 seen = 0;
  for (guint round = 0; round < 6; round++) {
    SyntheticKind kind = round % 2 == 0 ? SYNTHETIC_ALL_CLASSES : SYNTHETIC_UNPUBLISHED;
    g_autoptr(HvFrame) frame = synthetic_frame(kind, round);
    HvResidency residency = {.basis = HV_RESIDENCY_EXACT, .rss_bytes = 1 << 20};
    guint count = 0;
    const HvSpan *spans = hv_frame_spans(frame, &count);
    gboolean exact[2] = {FALSE, FALSE};
    guint64 expected = naive_trim_bytes(frame, &exact[0]);
    guint64 bytes[2];
    for (guint i = 0; i < count; i++) {
      HvFacts facts;
      if (spans[i].kind != ALLOC_SPAN_SMALL || spans[i].live + spans[i].cached + spans[i].transit)
        continue;
      hv_facts_of_span(frame, i, &facts);
      expected += facts.value[HV_FIELD_HELD];
    }
    for (int kept = 0; kept < 2; kept++) {
      residency.state[HV_STATE_DIRTY] = kept ? 4096 : 0;
      g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
      g_autoptr(GArray) classes = hv_class_sums_new(frame);
      g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, NULL);
      bytes[kept] = hv_trim_bytes(frame, reasons, &exact[1]);
    }
    assert_true(bytes[0] == expected);
    assert_true(bytes[1] == expected + 4096);
    assert_int_equal(exact[1], exact[0]);
    assert_int_equal(exact[0], round % 2 == 0);
    seen += expected;
  }
  assert_true(seen > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nominal), cmocka_unit_test(test_random_residency),
      cmocka_unit_test(test_growth),  cmocka_unit_test(test_long_watch),
      cmocka_unit_test(test_holders), cmocka_unit_test(test_trim),
  };
  return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
