/* SPDX-License-Identifier: MIT */
/*
 * alloc-inspect leaks: what a trace has left, by call site with names and lines, or as mtrace(1)
 * prints it, or as JSON.
 */

#include "viewer/cli/inspect.h"
#include "viewer/model/json_parts.h"
#include "viewer/model/leak_sites.h"
#include "viewer/model/units.h"

enum { LEAKS_NONE = 0, LEAKS_FOUND = 1, LEAKS_BAD_INPUT = 2 };

static const char *const state_names[] = {"not-freed", "lost", "indirectly-lost", "reachable"};

/* ---- as mtrace(1) ---- */

/* The caller as mtrace(1) names it: the line of the return address when it was given a program, or
 * else the address. */
static char *plain_location(HvSymbols *symbols, const HvPlace *place) {
  if (place == NULL)
    return g_strdup("");
  if (symbols != NULL && place->object != NULL) {
    const GArray *found = hv_symbols_resolve(symbols, place->object, place->address);
    const HvSymbolFrame *frame = &g_array_index(found, HvSymbolFrame, 0);
    if (frame->file != NULL && frame->line != 0)
      return g_strdup_printf("%s:%u", frame->file, frame->line);
    if (frame->file != NULL)
      return g_strdup_printf("%s:?", frame->file);
  }
  return place->address != 0 ? hv_format_address(place->address) : g_strdup(place->text);
}

static void print_complaint(HvSymbols *symbols, const HvComplaint *complaint) {
  g_autofree char *before = plain_location(symbols, complaint->before);
  g_autofree char *place = plain_location(symbols, complaint->place);
  switch (complaint->kind) {
  case HV_COMPLAINT_FREE_UNKNOWN:
  case HV_COMPLAINT_REALLOC_UNKNOWN:
    printf("- 0x%016" G_GINT64_MODIFIER "x %s %" G_GUINT64_FORMAT " was never alloc'd %s\n",
           complaint->address, complaint->kind == HV_COMPLAINT_FREE_UNKNOWN ? "Free" : "Realloc",
           complaint->line, place);
    break;
  case HV_COMPLAINT_ALLOC_DUPLICATE:
    printf("+ 0x%016" G_GINT64_MODIFIER "x Alloc %" G_GUINT64_FORMAT " duplicate: %s %s\n",
           complaint->address, complaint->line, before,
           complaint->place == NULL ? "" : complaint->place->text);
    break;
  case HV_COMPLAINT_REALLOC_DUPLICATE:
    printf("+ 0x%016" G_GINT64_MODIFIER "x Realloc %" G_GUINT64_FORMAT
           " duplicate: %#010" G_GINT64_MODIFIER "x %s %s\n",
           complaint->address, complaint->line, complaint->bytes, before, place);
    break;
  default:
    g_assert_not_reached();
  }
}

static void print_plain(HvTrace *trace, HvSymbols *symbols) {
  gsize count, left = 0;
  const HvComplaint *complaints = hv_trace_complaints(trace, &count);
  for (gsize i = 0; i < count; i++)
    print_complaint(symbols, &complaints[i]);
  const HvLeak *leaks = hv_trace_leaks(trace, &count);
  for (gsize i = 0; i < count; i++) {
    if (leaks[i].state == HV_LEAK_REACHABLE)
      continue;
    if (left++ == 0)
      fputs("\nMemory not freed:\n-----------------\n           Address     Size     Caller\n",
            stdout);
    g_autofree char *location = plain_location(symbols, leaks[i].place);
    printf("0x%016" G_GINT64_MODIFIER "x %#8" G_GINT64_MODIFIER "x  at %s\n", leaks[i].address,
           leaks[i].bytes, location);
  }
  if (left == 0)
    puts("No memory leaks.");
}

/* ---- by call site ---- */

static char *blocks_text(guint64 blocks, guint64 bytes) {
  g_autofree char *count = hv_format_count(blocks);
  g_autofree char *size = hv_format_bytes_exact((gint64)bytes);
  return g_strdup_printf("%s %s, %s", count, blocks == 1 ? "block" : "blocks", size);
}

/* "FUNCTION  FILE:LINE", or as much of it as is known: "OBJECT+ADDRESS" where the line is not. */
static void print_frame(const HvLeakFrame *frame) {
  const HvPlace *place = frame->place;
  const char *function = frame->function != NULL ? frame->function : place->symbol;
  g_autofree char *address = hv_format_address(place->address);
  printf("    %s%s", function == NULL ? "" : function, function == NULL ? "" : "  ");
  if (frame->file != NULL && frame->line != 0)
    printf("%s:%u", frame->file, frame->line);
  else if (place->object != NULL)
    printf("%s+%s", place->object, address);
  else
    fputs(place->address != 0 ? address : place->text, stdout);
  puts(frame->inlined ? "  (inlined)" : "");
}

static void print_site(const HvLeakSite *site) {
  static const char *const state_words[] = {"", " lost", " lost, led to by those only",
                                            " still reachable"};
  g_autofree char *text = blocks_text(site->blocks, site->bytes);
  printf("\n%s%s, allocated by\n", text, state_words[site->state]);
  for (guint i = 0; i < site->frames->len; i++)
    print_frame(&g_array_index(site->frames, HvLeakFrame, i));
  if (site->frames->len == 0)
    puts("    ? (the trace does not tell)");
}

/* Blocks and bytes of all sites in a state, or below a state. */
static HvLeakSite sum_of(const GPtrArray *sites, HvLeakState from, HvLeakState to) {
  HvLeakSite sum = {0};
  for (guint i = 0; i < sites->len; i++) {
    const HvLeakSite *site = g_ptr_array_index(sites, i);
    if (site->state >= from && site->state <= to) {
      sum.blocks += site->blocks;
      sum.bytes += site->bytes;
    }
  }
  return sum;
}

static void print_sites(HvTrace *trace, const GPtrArray *sites, gboolean all) {
  HvLeakSite leaks = sum_of(sites, HV_LEAK_NOT_FREED, HV_LEAK_INDIRECT);
  HvLeakSite reachable = sum_of(sites, HV_LEAK_REACHABLE, HV_LEAK_REACHABLE);
  const char *what = hv_trace_is_report(trace) ? "lost" : "not freed";
  if (leaks.blocks == 0) {
    puts(hv_trace_is_report(trace) ? "No memory was lost." : "All memory was freed.");
  } else {
    g_autofree char *text = blocks_text(leaks.blocks, leaks.bytes);
    printf("%s %s %s.\n", text, leaks.blocks == 1 ? "was" : "were", what);
  }
  if (reachable.blocks != 0) {
    g_autofree char *text = blocks_text(reachable.blocks, reachable.bytes);
    printf("%s %s still reachable when the program ended%s.\n", text,
           reachable.blocks == 1 ? "was" : "were",
           all ? "" : "; --reachable shows where they are from");
  }
  for (guint i = 0; i < sites->len; i++) {
    const HvLeakSite *site = g_ptr_array_index(sites, i);
    if (all || site->state != HV_LEAK_REACHABLE)
      print_site(site);
  }
}

/* ---- JSON ---- */

static void add_frame(JsonBuilder *builder, const HvLeakFrame *frame) {
  json_builder_begin_object(builder);
  json_add_text(builder, "object", frame->place->object);
  json_add_address(builder, "address", frame->place->address);
  json_add_text(builder, "function", frame->function);
  json_add_text(builder, "file", frame->file);
  if (frame->line != 0)
    json_add_number(builder, "line", frame->line);
  json_builder_set_member_name(builder, "inlined");
  json_builder_add_boolean_value(builder, frame->inlined);
  json_builder_end_object(builder);
}

static void add_site(JsonBuilder *builder, const HvLeakSite *site) {
  json_builder_begin_object(builder);
  json_add_text(builder, "state", state_names[site->state]);
  json_add_number(builder, "blocks", site->blocks);
  json_add_number(builder, "bytes", site->bytes);
  json_builder_set_member_name(builder, "frames");
  json_builder_begin_array(builder);
  for (guint i = 0; i < site->frames->len; i++)
    add_frame(builder, &g_array_index(site->frames, HvLeakFrame, i));
  json_builder_end_array(builder);
  json_builder_set_member_name(builder, "leaks");
  json_builder_begin_array(builder);
  for (guint i = 0; i < site->leaks->len; i++) {
    const HvLeak *leak = g_ptr_array_index(site->leaks, i);
    json_builder_begin_object(builder);
    json_add_address(builder, "address", leak->address);
    json_add_number(builder, "bytes", leak->bytes);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}

static void print_json(HvTrace *trace, const GPtrArray *sites) {
  HvLeakSite leaks = sum_of(sites, HV_LEAK_NOT_FREED, HV_LEAK_INDIRECT);
  HvLeakSite reachable = sum_of(sites, HV_LEAK_REACHABLE, HV_LEAK_REACHABLE);
  gsize complaints;
  hv_trace_complaints(trace, &complaints);
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_object(builder);
  json_add_number(builder, "events", hv_trace_events(trace));
  json_add_number(builder, "complaints", complaints);
  json_add_number(builder, "bad_lines", hv_trace_bad_lines(trace));
  json_add_number(builder, "blocks", leaks.blocks);
  json_add_number(builder, "bytes", leaks.bytes);
  json_add_number(builder, "reachable_blocks", reachable.blocks);
  json_add_number(builder, "reachable_bytes", reachable.bytes);
  json_builder_set_member_name(builder, "sites");
  json_builder_begin_array(builder);
  for (guint i = 0; i < sites->len; i++)
    add_site(builder, g_ptr_array_index(sites, i));
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  inspect_print_json(builder);
}

/* ---- the command ---- */

/* Says on standard error what the listing leaves out. */
static void print_notes(const char *path, HvTrace *trace, gboolean complaints_shown) {
  gsize complaints;
  hv_trace_complaints(trace, &complaints);
  if (hv_trace_bad_lines(trace) != 0)
    fprintf(stderr,
            "alloc-inspect leaks: %" G_GUINT64_FORMAT
            " of the lines of %s are no events, or cut off, and were skipped\n",
            hv_trace_bad_lines(trace), path);
  if (complaints != 0 && !complaints_shown)
    fprintf(stderr,
            "alloc-inspect leaks: %" G_GSIZE_FORMAT
            " events of %s do not fit what was before them; --plain lists them\n",
            complaints, path);
}

int inspect_leaks(int argc, char **argv) {
  gboolean plain = FALSE, json = FALSE, all = FALSE;
  const GOptionEntry entries[] = {
      {"plain", 'p', 0, G_OPTION_ARG_NONE, &plain, "List every block, as mtrace(1) does", NULL},
      {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL},
      {"reachable", 'r', 0, G_OPTION_ARG_NONE, &all, "Show what is still reachable, too", NULL},
      {0},
  };
  int status = INSPECT_OK;
  /* The program may be left out. */
  gboolean two = argc >= 3 && argv[argc - 1][0] != '-' && argv[argc - 2][0] != '-';
  if (!inspect_parse(&argc, &argv, entries, two ? "TRACE PROGRAM" : "TRACE [PROGRAM]", two ? 2 : 1,
                     "Shows what a trace of mtrace(3) or LIBALLOC_TRACE, or a report of\n"
                     "LIBALLOC_LEAKS, says was not freed. PROGRAM is the traced one, for a trace\n"
                     "that names it by a path which is not right here.\n"
                     "The exit status is 1 when there are leaks, 0 when there are none.",
                     &status))
    return status;
  GError *error = NULL;
  if (plain && json) {
    fputs("alloc-inspect leaks: --plain and --json exclude one another: give one\n", stderr);
    return LEAKS_BAD_INPUT;
  }
  const char *program = two ? argv[2] : NULL;
  if (program != NULL && !g_file_test(program, G_FILE_TEST_IS_REGULAR)) {
    fprintf(stderr, "alloc-inspect leaks: the program %s is no file that can be read\n", program);
    return LEAKS_BAD_INPUT;
  }
  g_autoptr(HvTrace) trace = hv_trace_read(argv[1], &error);
  if (trace == NULL)
    return inspect_fail("leaks", LEAKS_BAD_INPUT, error);

  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  if (program != NULL)
    hv_symbols_set_program(symbols, program);
  g_autoptr(GPtrArray) sites = hv_leak_sites(trace, symbols);
  if (plain)
    print_plain(trace, program != NULL ? symbols : NULL);
  else if (json)
    print_json(trace, sites);
  else
    print_sites(trace, sites, all);
  if (inspect_finish("leaks") != INSPECT_OK)
    return LEAKS_BAD_INPUT;
  print_notes(argv[1], trace, plain || json);
  return sum_of(sites, HV_LEAK_NOT_FREED, HV_LEAK_INDIRECT).blocks != 0 ? LEAKS_FOUND : LEAKS_NONE;
}
