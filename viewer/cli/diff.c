/* SPDX-License-Identifier: MIT */
/* alloc-inspect diff: ledger, classes and blocks of two saved moments, side by side. */
#include <string.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/data_files.h"
#include "viewer/model/error.h"
#include "viewer/model/hit.h"
#include "viewer/model/json_parts.h"
#include "viewer/model/units.h"

enum { LIMIT_DEFAULT = 20 };

typedef struct {
  HvSource *source;
  HvFrame *frame;
  HvLedger *ledger;
} Side;

static gboolean open_side(const char *what, Side *side, GError **error) {
  side->frame = inspect_open_moment(what, &side->source, error);
  if (side->frame == NULL)
    return FALSE;
  side->ledger = inspect_make_ledger(side->frame, side->source);
  return TRUE;
}

static void close_side(Side *side) {
  g_clear_pointer(&side->ledger, hv_ledger_unref);
  g_clear_pointer(&side->frame, hv_frame_unref);
  g_clear_pointer(&side->source, hv_source_free);
}

static char *signed_bytes(gint64 bytes) {
  g_autofree char *text = hv_format_bytes(ABS(bytes));
  return g_strdup_printf("%s%s", bytes < 0 ? "-" : bytes > 0 ? "+" : "", text);
}

static char *class_name(const HvClassChange *change) {
  if (change->size_class == HV_COMPARE_LARGE)
    return g_strdup("large blocks");
  if (change->size_class == HV_COMPARE_REGIONS)
    return g_strdup("mmapped regions");
  g_autofree char *size = hv_format_bytes((gint64)change->block_bytes);
  return g_strdup_printf("blocks of %s", size);
}

static void print_row(const char *title, gint64 before, gint64 after) {
  g_autofree char *left = hv_format_bytes(before);
  g_autofree char *right = hv_format_bytes(after);
  g_autofree char *change = signed_bytes(after - before);
  printf("  %-28s %12s %12s %12s\n", title, left, right, change);
}

static void print_ledgers(const Side *a, const Side *b) {
  g_autoptr(GArray) pairs = hv_ledger_pairs(a->ledger, b->ledger);
  printf("%s\n  %-28s %12s %12s %12s\n", hv_ledger_title(b->ledger), "", "A", "B", "B - A");
  for (guint i = 0; i < pairs->len; i++) {
    const HvLedgerPair *pair = &g_array_index(pairs, HvLedgerPair, i);
    print_row(pair->row->title, pair->before, pair->after);
  }
  print_row("Total", (gint64)hv_ledger_total_bytes(a->ledger),
            (gint64)hv_ledger_total_bytes(b->ledger));
  if (hv_ledger_is_nominal(a->ledger) != hv_ledger_is_nominal(b->ledger))
    puts("\nOne of the two counts resident memory and the other address space.");
}

static void print_change(const char *name, const HvClassChange *change) {
  g_autofree char *live = signed_bytes(change->live_bytes);
  g_autofree char *born = hv_format_count(change->born_blocks);
  g_autofree char *gone = hv_format_count(change->gone_blocks);
  printf("  %-28s %12s %+12" G_GINT64_FORMAT " %12s %12s\n", name, live, change->spans, born, gone);
}

static void print_text(const Side *a, const Side *b, HvCompare *compare, guint limit) {
  guint count = 0;
  const HvClassChange *classes = hv_compare_classes(compare, &count);
  const HvClassChange *total = hv_compare_total(compare);
  for (int i = 0; i < 2; i++) {
    const Side *side = i == 0 ? a : b;
    g_autofree char *name = hv_format_name(hv_frame_process_name(side->frame));
    g_autofree char *time = hv_format_time(hv_frame_head(side->frame)->realtime_ns);
    printf("%s: %s (process %u), %s\n", i == 0 ? "A" : "B", name, hv_frame_header(side->frame)->pid,
           time);
  }
  putchar('\n');
  print_ledgers(a, b);
  printf("\n  %-28s %12s %12s %12s %12s\n", "Classes that changed", "live", "spans", "new blocks",
         "gone blocks");
  for (guint i = 0; i < count; i++) {
    g_autofree char *name = class_name(&classes[i]);
    print_change(name, &classes[i]);
  }
  print_change("Total", total);
  const HvBorn *born = hv_compare_born(compare, &count);
  g_autofree char *all = hv_format_count(total->born_blocks);
  g_autofree char *bytes = hv_format_bytes((gint64)total->born_bytes);
  printf("\nLive at B, not at A: %s %s, %s\n", all, total->born_blocks == 1 ? "block" : "blocks",
         bytes);
  guint64 matched = hv_compare_born_matched(compare);
  if (matched != total->born_blocks)
    printf("In what matches: %" G_GUINT64_FORMAT "\n", matched);
  for (guint i = 0; i < MIN(count, limit); i++) {
    g_autofree char *address = hv_format_address(born[i].address);
    g_autofree char *size = hv_format_bytes((gint64)born[i].bytes);
    const struct alloc_cache_record *cache = hv_frame_find_cache(b->frame, born[i].owner);
    g_autofree char *owner = cache == NULL ? g_strdup("") : hv_cache_describe(cache);
    printf("  %18s %12s  %s%s\n", address, size,
           born[i].is_alone && born[i].size_class != HV_COMPARE_LARGE &&
                   born[i].size_class != HV_COMPARE_REGIONS
               ? "alone in its span  "
               : "",
           owner);
  }
  if (matched > MIN(count, limit))
    printf("  … and %" G_GUINT64_FORMAT " more\n", matched - MIN(count, limit));
}

/* ---- JSON ---- */

static void add_side(JsonBuilder *builder, const char *name, const Side *side) {
  g_autofree char *process = g_utf8_make_valid(hv_frame_process_name(side->frame), -1);
  json_builder_set_member_name(builder, name);
  json_builder_begin_object(builder);
  json_add_text(builder, "process", process);
  json_add_number(builder, "pid", hv_frame_header(side->frame)->pid);
  json_add_number(builder, "frame", (gint64)hv_frame_head(side->frame)->seq);
  json_add_number(builder, "realtime_ns", (gint64)hv_frame_head(side->frame)->realtime_ns);
  json_builder_set_member_name(builder, "nominal");
  json_builder_add_boolean_value(builder, hv_ledger_is_nominal(side->ledger));
  json_builder_end_object(builder);
}

static void add_pair(JsonBuilder *builder, const char *key, gint64 before, gint64 after) {
  json_builder_begin_object(builder);
  json_add_text(builder, "key", key);
  json_add_number(builder, "a", before);
  json_add_number(builder, "b", after);
  json_add_number(builder, "change", after - before);
  json_builder_end_object(builder);
}

static void add_ledger(JsonBuilder *builder, const Side *a, const Side *b) {
  g_autoptr(GArray) pairs = hv_ledger_pairs(a->ledger, b->ledger);
  json_builder_set_member_name(builder, "ledger");
  json_builder_begin_array(builder);
  for (guint i = 0; i < pairs->len; i++) {
    const HvLedgerPair *pair = &g_array_index(pairs, HvLedgerPair, i);
    add_pair(builder, pair->row->key, pair->before, pair->after);
  }
  add_pair(builder, "total", (gint64)hv_ledger_total_bytes(a->ledger),
           (gint64)hv_ledger_total_bytes(b->ledger));
  json_builder_end_array(builder);
}

static void add_change(JsonBuilder *builder, const HvClassChange *change) {
  json_add_number(builder, "spans", change->spans);
  json_add_number(builder, "live_blocks", change->live_blocks);
  json_add_number(builder, "live_bytes", change->live_bytes);
  json_add_number(builder, "born_blocks", (gint64)change->born_blocks);
  json_add_number(builder, "born_bytes", (gint64)change->born_bytes);
  json_add_number(builder, "gone_blocks", (gint64)change->gone_blocks);
  json_add_number(builder, "gone_bytes", (gint64)change->gone_bytes);
}

static void print_json(const Side *a, const Side *b, HvCompare *compare, guint limit) {
  g_autoptr(JsonBuilder) builder = json_builder_new();
  guint count = 0;
  const HvClassChange *classes = hv_compare_classes(compare, &count);
  json_builder_begin_object(builder);
  add_side(builder, "a", a);
  add_side(builder, "b", b);
  add_ledger(builder, a, b);
  json_builder_set_member_name(builder, "total");
  json_builder_begin_object(builder);
  add_change(builder, hv_compare_total(compare));
  json_builder_end_object(builder);
  json_builder_set_member_name(builder, "classes");
  json_builder_begin_array(builder);
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_text(builder, "kind",
                  classes[i].size_class == HV_COMPARE_LARGE     ? "large"
                  : classes[i].size_class == HV_COMPARE_REGIONS ? "region"
                                                                : "class");
    json_add_number(builder, "block_bytes", (gint64)classes[i].block_bytes);
    add_change(builder, &classes[i]);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  const HvBorn *born = hv_compare_born(compare, &count);
  json_builder_set_member_name(builder, "born");
  json_builder_begin_array(builder);
  for (guint i = 0; i < MIN(count, limit); i++) {
    g_autofree char *address = hv_format_address(born[i].address);
    json_builder_begin_object(builder);
    json_add_text(builder, "address", address);
    json_add_number(builder, "bytes", (gint64)born[i].bytes);
    json_add_number(builder, "owner", born[i].owner);
    json_builder_set_member_name(builder, "alone");
    json_builder_add_boolean_value(builder, born[i].is_alone);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  inspect_print_json(builder);
}

static void print_list(const Side *a, const Side *b, HvCompare *compare, HvChangesList which,
                       guint limit, gboolean as_json) {
  const HvCompared compared = {compare, b->frame, a->ledger, b->ledger};
  g_autofree char *text = hv_changes_dup_data(&compared, which, limit, as_json);
  fputs(text, stdout);
}

/* The value of --list, if there is one. */
static gboolean check_list(const char *list, const InspectData *data, HvChangesList *which,
                           GError **error) {
  if (list == NULL)
    return TRUE;
  if (!inspect_wants_data(data))
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, "--list is for --csv or --json");
  else if (!hv_changes_parse(list, which))
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                "--list takes born, classes or ledger, not \"%s\"", list);
  else
    return TRUE;
  return FALSE;
}

int inspect_diff(int argc, char **argv) {
  InspectData data = {0};
  g_autofree char *list = NULL;
  g_autofree char *filter = NULL;
  g_autoptr(HvQuery) query = NULL;
  HvChangesList which = HV_CHANGES_BORN;
  int limit = INSPECT_LIMIT_UNSET;
  const GOptionEntry entries[] = {
      INSPECT_DATA_ENTRIES(&data),
      {"list", 'l', 0, G_OPTION_ARG_STRING, &list,
       "Of CSV or JSON only this list: born (the new blocks), classes or ledger", "LIST"},
      {"filter", 'f', 0, G_OPTION_ARG_STRING, &filter,
       "Only new blocks in what matches at B, such as \"class:1024 blocks:1\"", "QUERY"},
      {"limit", 0, 0, G_OPTION_ARG_INT, &limit,
       "List at most N new blocks (20, all as CSV or JSON), up to 1000", "N"},
      {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "A B", 2,
                     "Compares two saved frames, or moments of a recording: A and B are FILE or "
                     "FILE@WHEN, where WHEN is a frame from 1, +SECONDS, or HH:MM:SS.",
                     &status))
    return status;
  GError *error = NULL;
  Side a = {0};
  Side b = {0};
  if (inspect_check_data(&data, &error) && check_list(list, &data, &which, &error) &&
      inspect_check_limit(limit, "a number from 0 on", &error) && filter != NULL)
    query = inspect_parse_filter(filter, &error);
  if (error != NULL)
    return inspect_fail("diff", INSPECT_USAGE, error);
  if (limit < 0)
    limit = inspect_wants_data(&data) ? HV_COMPARE_BORN_MAX : LIMIT_DEFAULT;
  if (!open_side(argv[1], &a, &error) || !open_side(argv[2], &b, &error)) {
    close_side(&a);
    return inspect_fail("diff", INSPECT_FAILED, error);
  }
  g_autoptr(HvCompare) compare = hv_compare_new(a.frame, b.frame, query);
  if (data.csv || list != NULL)
    print_list(&a, &b, compare, which, (guint)limit, data.json);
  else if (data.json)
    print_json(&a, &b, compare, (guint)limit);
  else
    print_text(&a, &b, compare, (guint)limit);
  close_side(&a);
  close_side(&b);
  return inspect_finish("diff");
}
