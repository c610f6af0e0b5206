/* SPDX-License-Identifier: MIT */
/* HvList and HvRelease against naive counts over the records of the frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-glib/json-glib.h>
#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/data_table.h"
#include "viewer/model/history.h"
#include "viewer/model/list.h"
#include "viewer/model/release.h"

static guint64 sort_value(const HvListColumn *column, const HvFacts *facts) {
  return column->format == HV_LIST_ADDRESS ? facts->begin : facts->value[column->field];
}

/* A capped list is the head of the whole one, in the order asked for. */
static void test_order_and_cap(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_SPARSE; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 6);
    for (guint which = 0; which < HV_LIST_EVENTS; which++) {
      guint columns_count = 0;
      guint best = 0;
      const HvListColumn *columns = hv_list_columns((HvListKind)which, &columns_count, &best);
      assert_true(best < columns_count);
      for (guint sort = 0; sort < 2 * columns_count; sort++) {
        const HvListColumn *column = &columns[sort / 2];
        gboolean ascending = sort % 2 == 1;
        guint whole_count = 0;
        guint few_count = 0;
        g_autoptr(HvList) whole =
            hv_list_new((HvListKind)which, frame, NULL, NULL, sort / 2, ascending, 0);
        g_autoptr(HvList) few =
            hv_list_new((HvListKind)which, frame, NULL, NULL, sort / 2, ascending, 7);
        const HvListRow *rows = hv_list_rows(whole, &whole_count);
        const HvListRow *first = hv_list_rows(few, &few_count);
        assert_int_equal(few_count, MIN(whole_count, 7));
        assert_int_equal(hv_list_total(few), whole_count);
        assert_int_equal(hv_list_matched(few), whole_count);
        for (guint i = 0; i < few_count; i++)
          assert_int_equal(rows[i].key, first[i].key);
        for (guint i = 1; i < whole_count && column->field < HV_FIELDS; i++) {
          guint64 before = sort_value(column, &rows[i - 1].facts);
          guint64 after = sort_value(column, &rows[i].facts);
          assert_true(ascending ? before <= after : before >= after);
        }
      }
    }
  }
}

/* What a column of @format shows of @facts, where texts are not meant. */
static guint64 shown_value(const HvListColumn *column, const HvFacts *facts) {
  if (column->format == HV_LIST_ADDRESS)
    return facts->begin;
  if (!hv_facts_has(facts, column->field))
    return 0;
  return column->format == HV_LIST_FILL ? facts->value[column->field] / 1000
                                        : facts->value[column->field];
}

/* What the first column finds equal is sorted by the second; and a capped list is the head. */
static void test_order_by_two(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 6);
  guint columns_count = 0, equal = 0;
  const HvListColumn *columns = hv_list_columns(HV_LIST_SPANS, &columns_count, NULL);
  for (guint way = 0; way < 4 * columns_count * columns_count; way++) {
    const HvListSort sorts[] = {{way / 4 % columns_count, way % 2 == 0},
                                {way / 4 / columns_count, way / 2 % 2 == 0}};
    const HvListColumn *by[] = {&columns[sorts[0].column], &columns[sorts[1].column]};
    guint whole_count = 0, few_count = 0;
    if (hv_list_column_is_text(by[0]) || hv_list_column_is_text(by[1]))
      continue;
    g_autoptr(HvList) whole = hv_list_new_as_shown(HV_LIST_SPANS, frame, NULL, NULL, sorts, 2, 0);
    g_autoptr(HvList) few = hv_list_new_as_shown(HV_LIST_SPANS, frame, NULL, NULL, sorts, 2, 7);
    const HvListRow *rows = hv_list_rows(whole, &whole_count);
    const HvListRow *first = hv_list_rows(few, &few_count);
    assert_int_equal(few_count, 7);
    for (guint i = 0; i < few_count; i++)
      assert_int_equal(rows[i].key, first[i].key);
    for (guint i = 1; i < whole_count; i++) {
      guint level = shown_value(by[0], &rows[i - 1].facts) == shown_value(by[0], &rows[i].facts);
      guint64 before = shown_value(by[level], &rows[i - 1].facts);
      guint64 after = shown_value(by[level], &rows[i].facts);
      assert_true(sorts[level].ascending ? before <= after : before >= after);
      equal += level;
    }
  }
  assert_true(equal > 0);
}

/* What lists say adds up to what the head of the frame says. */
static void test_sums(void **state) {
  const HvListKind with_blocks[] = {HV_LIST_SPANS, HV_LIST_CLASSES, HV_LIST_ARENAS};
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 8);
    const struct alloc_frame *head = hv_frame_head(frame);
    for (guint i = 0; i < G_N_ELEMENTS(with_blocks); i++) {
      g_autoptr(HvList) list = hv_list_new(with_blocks[i], frame, NULL, NULL, 0, FALSE, 5);
      guint64 large = with_blocks[i] == HV_LIST_CLASSES ? 0 : head->total_large_bytes;
      assert_true(hv_list_sum(list, HV_FIELD_LIVE) == head->total_live_bytes + large);
      assert_true(hv_list_sum(list, HV_FIELD_CACHED) == head->total_cached_bytes);
    }
    g_autoptr(HvList) regions = hv_list_new(HV_LIST_REGIONS, frame, NULL, NULL, 1, FALSE, 0);
    g_autoptr(HvList) threads = hv_list_new(HV_LIST_THREADS, frame, NULL, NULL, 1, FALSE, 0);
    assert_true(hv_list_sum(regions, HV_FIELD_SIZE) ==
                head->total_region_bytes + head->total_spare_bytes);
    assert_true(hv_list_sum(threads, HV_FIELD_CACHED) == head->total_cached_bytes);
  }
}

static void test_facts_of_spans(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  guint count = 0;
  hv_frame_spans(frame, &count);
  assert_true(count > 20);
  for (guint i = 0; i < count; i++) {
    HvFacts facts;
    hv_facts_of_span(frame, i, &facts);
    const guint64 *value = facts.value;
    assert_true(facts.begin == hv_frame_span_address(frame, i));
    assert_true(value[HV_FIELD_HELD] == value[HV_FIELD_LIVE] + value[HV_FIELD_CACHED] +
                                            value[HV_FIELD_TRANSIT] + value[HV_FIELD_WASTE]);
    assert_true(value[HV_FIELD_HELD] <= value[HV_FIELD_SIZE]);
    assert_true(value[HV_FIELD_FILL] <= 1000000);
    /* Every row can be asked for by what stands in it. */
    g_autofree char *text = g_strdup_printf(
        "0x%" G_GINT64_MODIFIER "x class:%" G_GUINT64_FORMAT " waste:%" G_GUINT64_FORMAT,
        facts.begin, value[HV_FIELD_CLASS], value[HV_FIELD_WASTE]);
    g_autoptr(HvQuery) query = hv_query_parse(text, NULL, NULL);
    g_autoptr(HvList) list = hv_list_new(HV_LIST_SPANS, frame, NULL, query, 0, FALSE, 0);
    assert_int_equal(hv_list_matched(list), 1);
    assert_int_equal(hv_list_total(list), count);
  }
}

/* The most wasteful class first; its fill is that of all its slots. */
static void test_classes(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  guint columns_count = 0, sort = 0, count = 0, spans_count = 0;
  const HvListColumn *columns = hv_list_columns(HV_LIST_CLASSES, &columns_count, &sort);
  const HvSpan *spans = hv_frame_spans(frame, &spans_count);
  guint64 slots = 0;
  assert_string_equal(columns[sort].key, "waste");
  g_autoptr(HvList) list = hv_list_new(HV_LIST_CLASSES, frame, NULL, NULL, sort, FALSE, 0);
  const HvListRow *rows = hv_list_rows(list, &count);
  assert_true(count > 20);
  for (guint i = 0; i < count; i++) {
    const guint64 *value = rows[i].facts.value;
    assert_true(i == 0 || value[HV_FIELD_WASTE] <= rows[i - 1].facts.value[HV_FIELD_WASTE]);
    assert_true(value[HV_FIELD_BLOCKS] <= value[HV_FIELD_CAPACITY]);
    assert_true(value[HV_FIELD_FILL] ==
                hv_millionths(value[HV_FIELD_BLOCKS], value[HV_FIELD_CAPACITY]));
  }
  for (guint i = 0; i < spans_count; i++)
    slots += spans[i].kind == ALLOC_SPAN_SMALL ? spans[i].capacity : 0;
  assert_true(hv_list_sum(list, HV_FIELD_CAPACITY) == slots);
  g_autofree char *text = hv_list_dup_data(columns, columns_count, rows, 1, FALSE);
  assert_true(g_str_has_prefix(text, "class,spans,blocks,capacity,fill,waste,"));
}

static void test_csv(void **state) {
  const char *const titles[] = {"one", "two", NULL};
  HvDataTable *table = hv_data_table_new(titles, FALSE);
  hv_data_table_add_text(table, "plain");
  hv_data_table_add_text(table, "a \"b\", c\nd");
  g_autofree char *words = hv_data_table_end(table);
  assert_string_equal(words, "one,two\r\nplain,\"a \"\"b\"\", c\nd\"\r\n");
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);
  for (guint which = 0; which < HV_LIST_EVENTS; which++) {
    guint columns_count = 0;
    guint rows_count = 0;
    const HvListColumn *columns = hv_list_columns((HvListKind)which, &columns_count, NULL);
    g_autoptr(HvList) list = hv_list_new((HvListKind)which, frame, NULL, NULL, 0, FALSE, 3);
    const HvListRow *rows = hv_list_rows(list, &rows_count);
    assert_true(rows_count > 0);
    g_autofree char *text = hv_list_dup_data(columns, columns_count, rows, 1, FALSE);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    g_auto(GStrv) head = g_strsplit(lines[0], ",", -1);
    g_auto(GStrv) cells = g_strsplit(lines[1], ",", -1);
    assert_int_equal(g_strv_length(head), columns_count);
    assert_int_equal(g_strv_length(cells), columns_count);
  }
}

/* ---- release ---- */

static void test_release(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 10);
    g_autoptr(HvRelease) release = hv_release_new(frame, NULL, 50);
    guint count = 0;
    guint span_count = 0;
    guint64 blocks = 0;
    guint64 bytes = 0;
    const HvReleasePoint *points = hv_release_points(release, &count);
    const HvSpan *spans = hv_frame_spans(frame, &span_count);
    for (guint i = 0; i < span_count; i++) {
      HvFacts facts;
      hv_facts_of_span(frame, i, &facts);
      if (spans[i].kind == ALLOC_SPAN_SMALL) {
        blocks += spans[i].live;
        bytes += facts.value[HV_FIELD_HELD];
      }
    }
    assert_true(hv_release_blocks(release) == blocks);
    assert_true(hv_release_bytes(release) == bytes);
    assert_true(hv_release_live_bytes(release) == hv_frame_head(frame)->total_live_bytes);
    assert_true(count >= 1 && count <= HV_RELEASE_POINTS + 2);
    assert_true(points[0].blocks == 0);
    assert_true(points[count - 1].blocks == blocks && points[count - 1].bytes == bytes);
    for (guint i = 1; i < count; i++)
      assert_true(points[i].blocks > points[i - 1].blocks && points[i].bytes > points[i - 1].bytes);
    guint64 decile_bytes = 0;
    for (guint i = 0; i < HV_RELEASE_DECILES; i++) {
      const HvDecile *decile = &hv_release_deciles(release)[i];
      decile_bytes += decile->held_bytes;
      assert_true(decile->live_bytes <= decile->held_bytes);
      /* The parts of its classes add up to it, the largest first, each class once. */
      guint part_count = 0;
      const HvDecileClass *part = hv_release_decile_classes(release, i, &part_count);
      HvDecile sum = {0};
      for (guint k = 0; k < part_count; k++) {
        sum.live_bytes += part[k].live_bytes;
        sum.held_bytes += part[k].held_bytes;
        assert_true(part[k].live_bytes <= part[k].held_bytes);
        assert_true(k == 0 || part[k - 1].held_bytes >= part[k].held_bytes);
        for (guint other = 0; other < k; other++)
          assert_true(part[other].block_bytes != part[k].block_bytes);
      }
      assert_true(sum.live_bytes == decile->live_bytes && sum.held_bytes == decile->held_bytes);
    }
    assert_true(decile_bytes == bytes);
  }
}

/* Every pin is a live block, none pins less than one behind it, and none is there twice. */
static void test_pins(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 12);
  g_autoptr(HvRelease) release = hv_release_new(frame, NULL, G_MAXUINT);
  g_autoptr(HvRelease) few = hv_release_new(frame, NULL, 9);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
  guint count = 0;
  guint few_count = 0;
  const HvListRow *pins = hv_release_pins(release, &count);
  hv_release_pins(few, &few_count);
  assert_int_equal(few_count, 9);
  assert_true(count == hv_release_blocks(release));
  for (guint i = 0; i < count; i++) {
    int span = hv_frame_find_span(frame, pins[i].facts.begin);
    assert_true(span >= 0);
    guint64 offset = pins[i].facts.begin - hv_frame_span_address(frame, (guint)span);
    guint64 block_bytes = hv_frame_spans(frame, NULL)[span].block_bytes;
    assert_int_equal(offset % block_bytes, 0);
    assert_int_equal(hv_frame_block_state(frame, (guint)span, (guint)(offset / block_bytes)),
                     HV_STATE_LIVE);
    if (i > 0)
      assert_true(pins[i - 1].facts.value[HV_FIELD_PINS] >= pins[i].facts.value[HV_FIELD_PINS]);
    assert_true(g_hash_table_add(seen, (gpointer)&pins[i].key));
  }
}

/* Events are a list as the others: sorted, filtered, as CSV; they come from a history. */
static void test_events(void **state) {
  const guint64 second = 1000000000;
  const HvEvent events[] = {
      {HV_EVENT_BEGIN, 100 * second, 0},        {HV_EVENT_THREAD, 101 * second, 3},
      {HV_EVENT_TRIM, 102 * second, 5 << 20},   {HV_EVENT_REGION, 104 * second, 1},
      {HV_EVENT_UNMAPPED, 105 * second, 1},     {HV_EVENT_MARK, 103 * second, 1},
      {HV_EVENT_ORPHANED, 103 * second + 1, 2}, {HV_EVENT_PURGE, 106 * second, 1 << 20},
      {HV_EVENT_END, 107 * second, 0},
  };
  g_autoptr(HvHistory) history = hv_history_new(1 << 20);
  for (guint i = 0; i < G_N_ELEMENTS(events); i++)
    hv_history_mark(history, &events[i]);
  guint count = 0;
  g_autoptr(HvList) all = hv_list_new_events(history, 107 * second, NULL, 0, FALSE, 0);
  const HvListRow *rows = hv_list_rows(all, &count);
  assert_int_equal(count, G_N_ELEMENTS(events));
  for (guint i = 1; i < count; i++) {
    assert_true(rows[i].facts.value[HV_FIELD_TIME] <= rows[i - 1].facts.value[HV_FIELD_TIME]);
    assert_true(rows[i].key != rows[i - 1].key);
  }
  assert_string_equal(rows[0].facts.kind, "end");
  assert_int_equal(rows[count - 1].facts.value[HV_FIELD_IDLE], 7 * second);
  /* A mark of an earlier moment has its place among the others. */
  g_autoptr(GArray) sorted = hv_history_events(history);
  for (guint i = 1; i < sorted->len; i++)
    assert_true(g_array_index(sorted, HvEvent, i).time_ns >=
                g_array_index(sorted, HvEvent, i - 1).time_ns);

  const struct {
    const char *query;
    guint matches;
  } queries[] = {{"kind:trim", 1}, {"size>=2M", 1}, {"size>0", 2},    {"count:2..3", 2},
                 {"idle<3s", 3},   {"region", 2},   {"!kind:end", 8}, {"kind:span", 0}};
  for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_autoptr(HvQuery) query = hv_query_parse(queries[i].query, NULL, NULL);
    assert_non_null(query);
    assert_int_equal(hv_query_fields(query) & ~hv_list_fields(HV_LIST_EVENTS), 0);
    g_autoptr(HvList) some = hv_list_new_events(history, 107 * second, query, 0, TRUE, 0);
    if (hv_list_matched(some) != queries[i].matches)
      fail_msg("%s matches %u", queries[i].query, (guint)hv_list_matched(some));
  }
  guint columns_count = 0;
  const HvListColumn *columns = hv_list_columns(HV_LIST_EVENTS, &columns_count, NULL);
  g_autofree char *csv = hv_list_dup_data(columns, columns_count, &rows[count - 3], 1, FALSE);
  assert_string_equal(strchr(csv, '\n') + 1,
                      "102.000,trim,trimmed by hand: 5.00 MiB given back,,5242880,5.000\r\n");
  g_autoptr(HvList) none = hv_list_new_events(NULL, 0, NULL, 0, FALSE, 0);
  assert_int_equal(hv_list_total(none), 0);
}

/* What only the kernel and the past know of regions is a dash to people, nothing in CSV, and null
 * in JSON, until it is known. */
static void test_regions(void **state) {
  static const char *const keys[] = {"resident", "huge", "age"};
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_REGIONS, 3);
  g_autoptr(HvFrame) first = synthetic_heap_frame(heap, 1, 0, G_GUINT64_CONSTANT(5000000000));
  g_autoptr(HvFrame) frame = synthetic_heap_frame(heap, 2, 0, G_GUINT64_CONSTANT(7500000000));
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  g_autoptr(HvActivity) nothing = hv_tracker_add(tracker, first);
  g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frame);
  g_autoptr(HvList) unknown = hv_list_new_regions(frame, NULL, nothing, NULL, 1, FALSE, 0);
  g_autoptr(HvList) aged = hv_list_new_regions(frame, NULL, activity, NULL, 1, FALSE, 0);
  guint count = 0, aged_count = 0, n_columns = 0;
  const HvListRow *rows = hv_list_rows(unknown, &count);
  const HvListRow *aged_rows = hv_list_rows(aged, &aged_count);
  const HvListColumn *columns = hv_list_columns(HV_LIST_REGIONS, &n_columns, NULL);
  assert_true(count > 1 && count == aged_count);
  guint found = 0;
  for (guint i = 0; i < n_columns; i++) {
    if (found == G_N_ELEMENTS(keys) || strcmp(columns[i].key, keys[found]) != 0)
      continue;
    found++;
    g_autofree char *cell = hv_list_cell(&columns[i], &rows[0].facts);
    g_autofree char *plain = hv_list_cell_plain(&columns[i], &rows[0].facts);
    g_autofree char *json = hv_list_dup_data(&columns[i], 1, rows, 1, TRUE);
    assert_string_equal(cell, "-");
    assert_string_equal(plain, "");
    assert_non_null(strstr(json, ":null"));
    /* What is not known comes before 0. */
    HvFacts known = rows[0].facts;
    hv_facts_set(&known, columns[i].field, 0);
    g_autofree char *zero = hv_list_cell(&columns[i], &known);
    assert_string_not_equal(zero, "-");
    hv_facts_set(&known, columns[i].field, i == 4 ? 512345 : 2 << 20);
    g_autofree char *data = hv_list_cell_plain(&columns[i], &known);
    assert_string_equal(data, found == 1 ? "0.512345" : found == 2 ? "2097152" : "0.002");
  }
  assert_int_equal(found, G_N_ELEMENTS(keys));
  /* Both were there from the first frame on. */
  for (guint i = 0; i < aged_count; i++) {
    g_autofree char *age = hv_list_cell(&columns[6], &aged_rows[i].facts);
    g_autofree char *plain = hv_list_cell_plain(&columns[6], &aged_rows[i].facts);
    assert_string_equal(age, "≥ 2.5 s");
    assert_string_equal(plain, "2.500");
  }
  g_autoptr(HvQuery) old = hv_query_parse("age>2s", NULL, NULL);
  g_autoptr(HvList) both = hv_list_new_regions(frame, NULL, activity, old, 1, FALSE, 0);
  assert_int_equal(hv_list_matched(both), count);
  g_autoptr(HvQuery) resident = hv_query_parse("resident>=0%", NULL, NULL);
  g_autoptr(HvList) none = hv_list_new_regions(frame, NULL, activity, resident, 1, FALSE, 0);
  assert_int_equal(hv_list_matched(none), 0);
  synthetic_heap_free(heap);
}

/* A table as JSON: words with whatever is in them, numbers up to the largest, nothing as null. */
static void test_json_of_tables(void **state) {
  const char *const titles[] = {"name", "bytes", "more", NULL};
  g_autoptr(JsonParser) parser = json_parser_new();
  const char *const names[] = {"plain", "", "with, comma", "with \"quotes\"", "two\r\nlines", "12"};
  g_autofree char *none = hv_data_table_end(hv_data_table_new(titles, TRUE));
  HvDataTable *table = hv_data_table_new(titles, TRUE);

  assert_string_equal(none, "[]\n");
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    hv_data_table_add_text(table, names[i]);
    hv_data_table_add_count(table, i == 0 ? G_MAXINT64 : i);
    hv_data_table_add_number(table, i % 2 == 0 ? "7" : "");
  }
  g_autofree char *json = hv_data_table_end(table);
  assert_true(json_parser_load_from_data(parser, json, -1, NULL));
  JsonArray *rows = json_node_get_array(json_parser_get_root(parser));
  assert_int_equal(json_array_get_length(rows), G_N_ELEMENTS(names));
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    JsonObject *row = json_array_get_object_element(rows, i);
    assert_string_equal(json_object_get_string_member(row, "name"), names[i]);
    assert_true(json_object_get_int_member(row, "bytes") == (i == 0 ? G_MAXINT64 : (gint64)i));
    assert_true(json_object_get_null_member(row, "more") == (i % 2 == 1));
  }
}

/* Allocations that found no memory since the frame before, however many that had counted. */
static void test_failures(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ONE_BLOCK, 3);
  const guint64 counts[] = {2, 2, 7, 0};
  g_autoptr(HvFrame) before = NULL;
  for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
    struct alloc_snapshot_header header;
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(HvEvent));
    GByteArray *raw = synthetic_heap_publish(heap, i + 1);
    ((struct alloc_frame *)(gpointer)raw->data)->failures = counts[i];
    synthetic_header(&header, raw->len);
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(raw);
    HvFrame *frame = hv_frame_new(&header, bytes, NULL);
    assert_non_null(frame);
    if (before != NULL)
      hv_events_find(before, frame, events);
    assert_int_equal(events->len, i == 2 ? 1 : 0);
    if (i == 2) {
      g_autofree char *text = hv_event_describe(&g_array_index(events, HvEvent, 0));
      assert_string_equal(text, "5 allocations found no memory");
      assert_string_equal(hv_event_key(g_array_index(events, HvEvent, 0).kind), "failed");
    }
    g_clear_pointer(&before, hv_frame_unref);
    before = frame;
  }
  synthetic_heap_free(heap);
}

/* The churn of a class is that of its spans, and not known of a single frame. */
static void test_churn(void **state) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 6);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  g_autoptr(HvQuery) query = hv_query_parse("churn>=0", NULL, NULL);
  guint columns_count = 0;
  guint column = 0;
  const HvListColumn *columns = hv_list_columns(HV_LIST_CLASSES, &columns_count, NULL);
  while (columns[column].field != HV_FIELD_CHURN)
    assert_true(++column < columns_count);
  for (guint i = 0; i < 3; i++) {
    guint count = 0;
    guint spans = 0;
    guint changed = 0;
    guint64 now = (5 + i) * G_GUINT64_CONSTANT(1000000000);
    synthetic_heap_churn(heap, 20);
    g_autoptr(HvFrame) frame = synthetic_heap_frame(heap, i + 1, now, now);
    g_autoptr(HvActivity) activity = hv_tracker_add(tracker, frame);
    const HvSpan *span = hv_frame_spans(frame, &spans);
    g_autoptr(HvList) list = hv_list_new(HV_LIST_CLASSES, frame, activity, NULL, column, FALSE, 0);
    g_autoptr(HvList) blind = hv_list_new(HV_LIST_CLASSES, frame, NULL, NULL, column, FALSE, 0);
    g_autoptr(HvList) known = hv_list_new(HV_LIST_CLASSES, frame, activity, query, column, TRUE, 0);
    const HvListRow *rows = hv_list_rows(list, &count);
    assert_true(count > 20);
    assert_int_equal(hv_list_matched(known), i == 0 ? 0 : count);
    for (guint row = 0; row < count; row++) {
      guint64 churn = 0;
      for (guint j = 0; j < spans; j++)
        if (span[j].kind == ALLOC_SPAN_SMALL && span[j].size_class == rows[row].key)
          churn += hv_activity_churn_bytes(activity, j);
      g_autofree char *expected = g_strdup_printf("%" G_GUINT64_FORMAT, churn);
      g_autofree char *cell = hv_list_cell_plain(&columns[column], &rows[row].facts);
      assert_string_equal(cell, i == 0 ? "" : expected);
      changed += churn > 0;
    }
    assert_true(i == 0 ? changed == 0 : changed > 0 && changed < count);
    rows = hv_list_rows(blind, &count);
    g_autofree char *unknown = hv_list_cell(&columns[column], &rows[0].facts);
    assert_string_equal(unknown, "-");
  }
  synthetic_heap_free(heap);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order_and_cap), cmocka_unit_test(test_order_by_two),
      cmocka_unit_test(test_sums),          cmocka_unit_test(test_facts_of_spans),
      cmocka_unit_test(test_classes),       cmocka_unit_test(test_csv),
      cmocka_unit_test(test_release),       cmocka_unit_test(test_pins),
      cmocka_unit_test(test_events),        cmocka_unit_test(test_regions),
      cmocka_unit_test(test_failures),      cmocka_unit_test(test_json_of_tables),
      cmocka_unit_test(test_churn),
  };
  return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
