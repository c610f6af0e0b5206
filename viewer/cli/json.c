/* SPDX-License-Identifier: MIT */
/*
 * alloc-inspect json: every record of a frame. Records are generated and printed one by one, so
 * that a heap of a million spans needs no tree of as many nodes. Addresses and bitmaps are
 * strings of hexadecimal digits, as JSON readers keep only 53 bits of a number.
 */

#include "viewer/cli/inspect.h"
#include "viewer/model/json_parts.h"
#include "viewer/model/units.h"

/* Words as digits, bit 0 of word 0 last: a number of any length. */
static void add_bits(JsonBuilder *builder, const char *name, const guint64 *words, guint count) {
  GString *text = g_string_new("0x");
  for (guint i = count; i-- > 0;)
    g_string_append_printf(text, "%016" G_GINT64_MODIFIER "x", words[i]);
  json_builder_set_member_name(builder, name);
  json_builder_add_string_value(builder, text->str);
  g_string_free(text, TRUE);
}

/* Ends the object in @builder, prints it, and makes @builder ready for the next. */
static void print_object(JsonBuilder *builder, guint index) {
  json_builder_end_object(builder);
  JsonNode *node = json_builder_get_root(builder);
  g_autofree char *text = json_to_string(node, FALSE);
  printf("%s\n    %s", index == 0 ? "" : ",", text);
  json_node_unref(node);
  json_builder_reset(builder);
}

static void print_process(JsonBuilder *builder, HvFrame *frame) {
  const struct alloc_snapshot_header *header = hv_frame_header(frame);
  const struct alloc_frame *head = hv_frame_head(frame);
  json_builder_begin_object(builder);
  json_add_number(builder, "pid", header->pid);
  json_add_number(builder, "uid", header->uid);
  json_add_number(builder, "process_start", header->process_start);
  json_add_text(builder, "command", header->command);
  json_add_text(builder, "program", header->program);
  json_add_text(builder, "library_version", header->library_version);
  json_add_number(builder, "page_bytes", header->page_bytes);
  json_add_number(builder, "slice_bytes", header->slice_bytes);
  json_add_number(builder, "arena_bytes", header->arena_bytes);
  json_add_number(builder, "seq", head->seq);
  json_add_number(builder, "monotonic_ns", head->monotonic_ns);
  json_add_number(builder, "realtime_ns", head->realtime_ns);
  json_add_number(builder, "cost_ns", head->cost_ns);
  json_builder_set_member_name(builder, "partial_bitmaps");
  json_builder_add_boolean_value(builder, (head->flags & ALLOC_FRAME_PARTIAL_BITMAPS) != 0);
  json_builder_set_member_name(builder, "truncated");
  json_builder_add_boolean_value(builder, (head->flags & ALLOC_FRAME_TRUNCATED) != 0);
  json_add_number(builder, "skipped", head->skipped);
  printf("  \"process\":");
  print_object(builder, 0);
}

static void print_totals(JsonBuilder *builder, const struct alloc_frame *head) {
  json_builder_begin_object(builder);
  json_add_number(builder, "arena_bytes", head->total_arena_bytes);
  json_add_number(builder, "header_bytes", head->total_header_bytes);
  json_add_number(builder, "live_bytes", head->total_live_bytes);
  json_add_number(builder, "cached_bytes", head->total_cached_bytes);
  json_add_number(builder, "transit_bytes", head->total_transit_bytes);
  json_add_number(builder, "free_bytes", head->total_free_bytes);
  json_add_number(builder, "untouched_bytes", head->total_untouched_bytes);
  json_add_number(builder, "tail_bytes", head->total_tail_bytes);
  json_add_number(builder, "large_bytes", head->total_large_bytes);
  json_add_number(builder, "dirty_bytes", head->total_dirty_bytes);
  json_add_number(builder, "clean_bytes", head->total_clean_bytes);
  json_add_number(builder, "region_bytes", head->total_region_bytes);
  json_add_number(builder, "spare_bytes", head->total_spare_bytes);
  json_add_number(builder, "metadata_bytes", head->total_metadata_bytes);
  json_add_number(builder, "purged_bytes", head->total_purged_bytes);
  json_add_number(builder, "peak_live_bytes", head->peak_live_bytes);
  json_add_number(builder, "failures", head->failures);
  printf(",\n  \"totals\":");
  print_object(builder, 0);
}

static void print_ledger_rows(JsonBuilder *builder, const char *name, const HvLedgerRow *rows,
                              guint count) {
  printf(",\n  \"%s\": [", name);
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_text(builder, "key", rows[i].key);
    json_add_text(builder, "title", rows[i].title);
    json_builder_set_member_name(builder, "bytes");
    json_builder_add_int_value(builder, rows[i].bytes);
    json_add_number(builder, "nominal_bytes", rows[i].nominal_bytes);
    json_builder_set_member_name(builder, "estimated");
    json_builder_add_boolean_value(builder, rows[i].estimated);
    print_object(builder, i);
  }
  printf("\n  ]");
}

static void print_ledger(JsonBuilder *builder, HvLedger *ledger) {
  guint count = 0;
  json_builder_begin_object(builder);
  json_add_text(builder, "basis", hv_ledger_is_nominal(ledger) ? "address space" : "resident");
  json_add_number(builder, "total_bytes", hv_ledger_total_bytes(ledger));
  if (hv_ledger_note(ledger) != NULL)
    json_add_text(builder, "note", hv_ledger_note(ledger));
  printf(",\n  \"ledger\":");
  print_object(builder, 0);
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  print_ledger_rows(builder, "ledger_rows", rows, count);
  rows = hv_ledger_virtual_rows(ledger, &count);
  print_ledger_rows(builder, "not_resident", rows, count);
  const HvLedgerRow *huge = hv_ledger_huge_row(ledger);
  print_ledger_rows(builder, "in_other_rows", huge, huge != NULL);
}

static void print_arenas(JsonBuilder *builder, HvFrame *frame) {
  guint count = 0;
  const struct alloc_arena_record *arenas = hv_frame_arenas(frame, &count);
  printf(",\n  \"arenas\": [");
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_address(builder, "address", arenas[i].address);
    json_add_number(builder, "slices", arenas[i].slices);
    json_add_number(builder, "header_slices", arenas[i].header_slices);
    json_add_number(builder, "first_span", arenas[i].first_span);
    json_add_number(builder, "span_count", arenas[i].span_count);
    add_bits(builder, "free_map", arenas[i].free_map, ALLOC_MAP_WORDS);
    add_bits(builder, "dirty_map", arenas[i].dirty_map, ALLOC_MAP_WORDS);
    add_bits(builder, "used_map", arenas[i].used_map, ALLOC_MAP_WORDS);
    print_object(builder, i);
  }
  printf("\n  ]");
}

static void print_spans(JsonBuilder *builder, HvFrame *frame, gboolean blocks) {
  guint count = 0;
  const HvSpan *spans = hv_frame_spans(frame, &count);
  printf(",\n  \"spans\": [");
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_address(builder, "address", hv_frame_span_address(frame, i));
    json_add_text(builder, "kind", spans[i].kind == ALLOC_SPAN_LARGE ? "large" : "small");
    json_add_number(builder, "slice", spans[i].slice);
    json_add_number(builder, "slices", spans[i].slices);
    json_add_number(builder, "size_class", spans[i].size_class);
    json_add_number(builder, "block_bytes", spans[i].block_bytes);
    json_add_number(builder, "owner", spans[i].owner);
    json_add_number(builder, "capacity", spans[i].capacity);
    json_add_number(builder, "live", spans[i].live);
    json_add_number(builder, "cached", spans[i].cached);
    json_add_number(builder, "transit", spans[i].transit);
    json_add_number(builder, "touched", spans[i].touched);
    json_add_number(builder, "epoch", spans[i].epoch);
    guint64 purged = hv_frame_span_purged(frame, i);
    add_bits(builder, "purged_pages", &purged, 1);
    const guint64 *b = NULL;
    const guint64 *a = hv_frame_span_planes(frame, i, &b);
    if (blocks && a != NULL) {
      add_bits(builder, "plane_a", a, (spans[i].capacity + 63) / 64);
      add_bits(builder, "plane_b", b, (spans[i].capacity + 63) / 64);
    }
    print_object(builder, i);
  }
  printf("\n  ]");
}

static void print_caches(JsonBuilder *builder, HvFrame *frame) {
  guint count = 0;
  guint64 hits = 0;
  const struct alloc_cache_record *caches = hv_frame_caches(frame, &count);
  printf(",\n  \"caches\": [");
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_number(builder, "owner", caches[i].owner);
    json_add_number(builder, "thread", caches[i].thread);
    json_add_text(builder, "name", caches[i].name);
    json_add_text(builder, "state", caches[i].state == ALLOC_CACHE_OWNED ? "owned" : "orphaned");
    json_add_number(builder, "spans", caches[i].spans);
    json_add_number(builder, "cached_bytes", caches[i].cached_bytes);
    json_add_number(builder, "cached_blocks", caches[i].cached_blocks);
    json_add_number(builder, "capacity_bytes", caches[i].capacity_bytes);
    json_add_number(builder, "transit_bytes", caches[i].transit_bytes);
    json_add_number(builder, "refills", caches[i].refills);
    json_add_number(builder, "flushes", caches[i].flushes);
    if (hv_frame_cache_hits(frame, i, &hits))
      json_add_number(builder, "least_hits", hits);
    json_add_number(builder, "active_ns", caches[i].active_ns);
    print_object(builder, i);
  }
  printf("\n  ]");
}

static void print_regions(JsonBuilder *builder, HvFrame *frame) {
  guint count = 0;
  const struct alloc_region_record *regions = hv_frame_regions(frame, &count);
  printf(",\n  \"regions\": [");
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_address(builder, "address", regions[i].address);
    json_add_number(builder, "mapped_bytes", regions[i].mapped_bytes);
    json_add_address(builder, "block", regions[i].block);
    json_add_number(builder, "usable_bytes", regions[i].usable_bytes);
    json_add_number(builder, "owner", regions[i].owner);
    print_object(builder, i);
  }
  printf("\n  ]");
}

static const char *stack_state(guint32 state) {
  return state == ALLOC_STACK_OPEN ? "open" : state == ALLOC_STACK_COVERED ? "covered" : "spare";
}

static void print_stacks(JsonBuilder *builder, HvFrame *frame) {
  guint count = 0;
  const struct alloc_stack_record *stacks = hv_frame_stacks(frame, &count);
  printf(",\n  \"stacks\": [");
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_number(builder, "owner", stacks[i].owner);
    json_add_number(builder, "depth", stacks[i].depth);
    json_add_text(builder, "state", stack_state(stacks[i].state));
    json_add_address(builder, "address", stacks[i].address);
    json_add_number(builder, "bytes", stacks[i].bytes);
    json_add_address(builder, "base", stacks[i].base);
    json_add_number(builder, "used_bytes", stacks[i].used_bytes);
    print_object(builder, i);
  }
  printf("\n  ]");
}

static void print_classes(JsonBuilder *builder, HvFrame *frame) {
  guint count = 0;
  const struct alloc_class_record *classes = hv_frame_classes(frame, &count);
  printf(",\n  \"classes\": [");
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_number(builder, "block_bytes", classes[i].block_bytes);
    json_add_number(builder, "span_slices", classes[i].span_slices);
    json_add_number(builder, "span_capacity", classes[i].span_capacity);
    print_object(builder, i);
  }
  printf("\n  ]");
}

int inspect_json(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  gboolean blocks = FALSE;
  const GOptionEntry entries[] = {{"blocks", 'b', 0, G_OPTION_ARG_NONE, &blocks,
                                   "With the bitmaps of each span, one bit a block", NULL},
                                  INSPECT_WAIT_ENTRY(&wait),
                                  {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1,
                     "Prints everything that is known of a heap as JSON.", &status))
    return status;
  GError *error = NULL;
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("json", INSPECT_FAILED, error);
  g_autoptr(HvLedger) ledger = inspect_make_ledger(frame, source);
  g_autoptr(JsonBuilder) builder = json_builder_new();
  printf("{\n  \"version\": 1,\n");
  print_process(builder, frame);
  print_totals(builder, hv_frame_head(frame));
  print_ledger(builder, ledger);
  print_arenas(builder, frame);
  print_spans(builder, frame, blocks);
  print_caches(builder, frame);
  print_regions(builder, frame);
  print_stacks(builder, frame);
  print_classes(builder, frame);
  printf("\n}\n");
  return inspect_finish("json");
}
