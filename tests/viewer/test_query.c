/* SPDX-License-Identifier: MIT */
/* HvQuery: what each word of the language means, and where a mistake is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/error.h"
#include "viewer/model/highlight.h"
#include "viewer/model/query.h"

static HvFacts span_facts(void) {
  HvFacts facts = {.kind = "span", .name = "Worker-3", .begin = 0x10000, .end = 0x20000};
  hv_facts_set(&facts, HV_FIELD_SIZE, 65536);
  hv_facts_set(&facts, HV_FIELD_CLASS, 1024);
  hv_facts_set(&facts, HV_FIELD_FILL, 93750); /* 6 of 64 */
  hv_facts_set(&facts, HV_FIELD_HITS, 974999);
  hv_facts_set(&facts, HV_FIELD_THREAD, 17);
  hv_facts_set(&facts, HV_FIELD_IDLE, G_GUINT64_CONSTANT(61000000000));
  hv_facts_set(&facts, HV_FIELD_BLOCKS, 6);
  return facts;
}

static gboolean matches(const char *text) {
  HvFacts facts = span_facts();
  g_autoptr(GError) error = NULL;
  g_autoptr(HvQuery) query = hv_query_parse(text, NULL, &error);
  if (query == NULL)
    fail_msg("%s: %s", text, error->message);
  assert_string_equal(hv_query_text(query), text);
  return hv_query_matches(query, &facts);
}

static void test_terms(void **state) {
  static const char *const yes[] = {
      "",
      "  ",
      "size>=64K",
      "size:65536",
      "size=64KiB",
      "size==0x10000",
      "size<=64K",
      "size<1M",
      "size>1",
      "size!=1",
      "SIZE>=64K",
      "class:1024",
      "class:1K",
      "class:1000..2000",
      "fill<10%",
      "hits<97.5%",
      "fill>9",
      "fill:9.375%",
      "thread:17",
      "thread:worker",
      "thread:WORKER-3",
      "thread!=18",
      "thread:10..20",
      "idle>60s",
      "idle>1min",
      "idle>1m",
      "idle<2h",
      "idle>=61000ms",
      "blocks<7",
      "kind:span",
      "kind!=region",
      "!kind:region",
      "-kind:region",
      "worker",
      "\"Worker-3\"",
      "span",
      "0x10000",
      "0x1ffff",
      "0xf000-0x10001",
      "0x10+64K",
      "!0x20000",
      "size>=64K class:1024 fill<10%",
      "  class:1024\tthread:17  ",
      "!size<64K",
  };
  static const char *const no[] = {
      "size>64K",       "size<64K",   "size!=64K",
      "size<0",         "class:1025", "class:2K..4K",
      "fill>=10%",      "thread:18",  "thread:main",
      "idle>62s",       "kind:large", "!kind:span",
      "large",          "0x20000",    "0xffff",
      "0xf000-0x10000", "!0x10000",   "size>=64K class:512",
      "\"Worker 3\"",   "waste>0",    "waste<1T",
      "waste!=0",       "!waste>0",
  };
  for (guint i = 0; i < G_N_ELEMENTS(yes); i++) {
    if (!matches(yes[i]))
      fail_msg("\"%s\" does not match", yes[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS(no); i++) {
    if (matches(no[i]))
      fail_msg("\"%s\" matches", no[i]);
  }
}

static void test_mistakes(void **state) {
  static const struct {
    const char *text;
    guint position;
    const char *part;
  } mistakes[] = {
      {"sise>1M", 0, "nothing is called \"sise\": there are size"},
      {"size>=1M klass:5", 9, "nothing is called \"klass\""},
      {"größe fill>200%", 6, "no share from 0% to 100%"},
      {"fill>-1", 0, "no share"},
      {"size>=", 0, "lacks a value"},
      {"size>=viel", 0, "\"viel\" is no size: write size>=64K"},
      {"blocks:many", 0, "is no number"},
      {"idle>long", 0, "is no time: write idle>60s"},
      {"idle>5parsecs", 0, "is no time"},
      {"kind:spam", 0, "no kind \"spam\": there are span, large"},
      {"kind>span", 0, "neither more nor less"},
      {"thread<main", 0, "neither more nor less"},
      {"  >=5", 2, "does not say what to compare"},
      {"!", 0, "nothing behind"},
      {"0xhello", 0, "no address"},
      {"0x20-0x10", 0, "empty"},
      {"class:4K..1K", 0, "its end is below its beginning"},
      {"class:..", 0, "is no size"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(mistakes); i++) {
    guint position = 99;
    g_autoptr(GError) error = NULL;
    assert_null(hv_query_parse(mistakes[i].text, &position, &error));
    assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT));
    if (strstr(error->message, mistakes[i].part) == NULL)
      fail_msg("%s: \"%s\" lacks \"%s\"", mistakes[i].text, error->message, mistakes[i].part);
    assert_int_equal(position, mistakes[i].position);
  }
  assert_null(hv_query_parse("\xff", NULL, NULL));
}

static void test_fields(void **state) {
  g_autoptr(HvQuery) query = hv_query_parse("fill<10% worker 0x10 kind:span", NULL, NULL);
  assert_int_equal(hv_query_fields(query), 1u << HV_FIELD_FILL | 1u << HV_FIELD_KIND);
  assert_false(hv_query_is_empty(query));
  for (guint i = 0; i < HV_FIELDS; i++) {
    gboolean is_name = i == HV_FIELD_KIND;
    g_autofree char *text =
        g_strdup_printf("%s:%s", hv_field_key((HvField)i), is_name ? "span" : "1");
    g_autoptr(HvQuery) one = hv_query_parse(text, NULL, NULL);
    assert_non_null(one);
    assert_int_equal(hv_query_fields(one), 1u << i);
  }
}

/* Whatever is typed, nothing but a sentence or a query comes of it. */
static void test_noise(void **state) {
  static const char *const scraps[] = {"size",
                                       ">=",
                                       ":",
                                       "1M",
                                       "\"",
                                       "!",
                                       "-",
                                       "..",
                                       "0x",
                                       " ",
                                       "fill",
                                       "%",
                                       "thread",
                                       "ä",
                                       "kind",
                                       "=",
                                       "99999999999999999999",
                                       "<",
                                       "+",
                                       "e5",
                                       "nan",
                                       "inf"};
  GRand *random = g_rand_new_with_seed(7);
  HvFacts facts = span_facts();
  for (guint round = 0; round < 20000; round++) {
    g_autoptr(GString) text = g_string_new(NULL);
    guint position = 0;
    g_autoptr(GError) error = NULL;
    for (gint32 i = g_rand_int_range(random, 0, 8); i > 0; i--)
      g_string_append(text, scraps[g_rand_int_range(random, 0, G_N_ELEMENTS(scraps))]);
    g_autoptr(HvQuery) query = hv_query_parse(text->str, &position, &error);
    assert_true((query == NULL) == (error != NULL));
    assert_true(position <= (guint)g_utf8_strlen(text->str, -1));
    if (query != NULL)
      hv_query_matches(query, &facts);
  }
  g_rand_free(random);
}

/* ---- highlights ---- */

typedef struct {
  HvQuery *query;
  HvHighlight *highlight;
  guint64 things;
  guint64 bytes;
} Naive;

static void check_place(const HvFacts *facts, gpointer data) {
  Naive *naive = data;
  gboolean wanted = hv_query_matches(naive->query, facts);
  assert_true(facts->begin < facts->end);
  assert_int_equal(hv_highlight_touches(naive->highlight, facts->begin, facts->end), wanted);
  assert_int_equal(hv_highlight_touches(naive->highlight, facts->end - 1, facts->end), wanted);
  naive->things += wanted ? 1 : 0;
  naive->bytes += wanted ? facts->end - facts->begin : 0;
}

static void test_highlights(void **state) {
  static const char *const queries[] = {"",          "kind:span",   "class:1024",      "fill<50%",
                                        "kind:free", "kind:header", "kind:region",     "cached>0",
                                        "large",     "arena:0",     "size>=1M live>0", "!live>0"};
  for (guint kind = 0; kind < SYNTHETIC_SPARSE; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 9);
    for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
      g_autoptr(HvQuery) query = hv_query_parse(queries[i], NULL, NULL);
      g_autoptr(HvHighlight) highlight = hv_highlight_new(frame, query);
      g_autoptr(HvHighlight) again = hv_highlight_new(frame, query);
      Naive naive = {query, highlight, 0, 0};
      guint count = 0;
      const HvRange *ranges = hv_highlight_ranges(highlight, &count);
      hv_facts_each_place(frame, check_place, &naive);
      assert_int_equal(naive.things, hv_highlight_things(highlight));
      assert_true(naive.bytes == hv_highlight_bytes(highlight));
      for (guint j = 1; j < count; j++)
        assert_true(ranges[j - 1].end < ranges[j].begin);
      assert_true(hv_highlight_equal(highlight, again));
      assert_int_equal(hv_highlight_equal(highlight, NULL), FALSE);
    }
  }
}

/* Large blocks are found by the thread that made them, as spans are by that which owns them. */
static void test_thread_of_large(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 9);
  guint spans = 0;
  const HvSpan *span = hv_frame_spans(frame, &spans);
  guint with = 0;
  guint without = 0;
  for (guint i = 0; i < spans; i++) {
    const struct alloc_cache_record *cache = hv_frame_find_cache(frame, span[i].owner);
    HvFacts facts;
    if (span[i].kind != ALLOC_SPAN_LARGE)
      continue;
    hv_facts_of_span(frame, i, &facts);
    g_autofree char *text = g_strdup_printf("large thread:%u", cache == NULL ? 0 : cache->thread);
    g_autoptr(HvQuery) query = hv_query_parse(text, NULL, NULL);
    assert_int_equal(hv_query_matches(query, &facts), cache != NULL);
    with += cache != NULL;
    without += cache == NULL;
  }
  assert_true(with > 0 && without > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_terms),      cmocka_unit_test(test_mistakes),
      cmocka_unit_test(test_fields),     cmocka_unit_test(test_noise),
      cmocka_unit_test(test_highlights), cmocka_unit_test(test_thread_of_large),
  };
  return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
