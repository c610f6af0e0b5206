/* SPDX-License-Identifier: MIT */
/* alloc-inspect reasons: what holds the memory, the most first, and what would give it back. */

#include "viewer/cli/inspect.h"
#include "viewer/model/data_files.h"
#include "viewer/model/reasons.h"
#include "viewer/model/trim.h"
#include "viewer/model/units.h"

static void print_wrapped(const char *text, guint indent, guint width) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  guint column = indent;
  printf("%*s", (int)indent, "");
  for (guint i = 0; words[i] != NULL; i++) {
    guint length = (guint)g_utf8_strlen(words[i], -1);
    if (column > indent && column + 1 + length > width) {
      printf("\n%*s", (int)indent, "");
      column = indent;
    }
    printf("%s%s", column > indent ? " " : "", words[i]);
    column += length + (column > indent ? 1 : 0);
  }
  putchar('\n');
}

/* The call stacks whose sampled blocks hold the memory of a reason, those that hold most. */
static void print_holders(const char *held_by) {
  g_auto(GStrv) lines = g_strsplit(held_by == NULL ? "" : held_by, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    printf("%23s%s%s\n", "", i == 0 ? "Held by: " : "         ", lines[i]);
}

static void print_reasons(HvFrame *frame, HvLedger *ledger, HvReasons *reasons) {
  g_autofree char *name = hv_format_name(hv_frame_process_name(frame));
  g_autofree char *time = hv_format_time(hv_frame_head(frame)->realtime_ns);
  g_autofree char *total = hv_format_bytes((gint64)hv_reasons_total_bytes(reasons));
  printf("%s (process %u), %s\n\n%s: %s\n", name, hv_frame_header(frame)->pid, time,
         hv_ledger_title(ledger), total);
  for (guint i = 0; i < hv_reasons_count(reasons); i++) {
    const HvReason *reason = hv_reasons_get(reasons, i);
    g_autofree char *bytes = hv_format_bytes(reason->bytes);
    g_autofree char *share =
        hv_format_percent((guint64)MAX(reason->bytes, 0), hv_reasons_total_bytes(reasons));
    gboolean matters = reason->bytes >= (gint64)hv_reasons_total_bytes(reasons) / 100;
    printf("%s%2u %10s %7s  %s\n", matters || i == 0 ? "\n" : "", i + 1, bytes, share,
           reason->title);
    /* What hardly matters needs no advice. */
    if (!matters)
      continue;
    print_wrapped(reason->detail, 23, 98);
    print_wrapped(reason->action, 23, 98);
    if (reason->query != NULL)
      printf("%23sShown by: %s\n", "", reason->query);
    print_holders(reason->held_by);
  }
  if (!hv_ledger_is_nominal(ledger)) {
    gboolean exact = TRUE;
    guint64 bytes = hv_trim_bytes(frame, reasons, &exact);
    g_autofree char *trim = hv_trim_describe(bytes, exact);
    printf("\n%s\n", trim);
  }
  if (hv_ledger_note(ledger) != NULL)
    printf("\n%s\n", hv_ledger_note(ledger));
}

int inspect_reasons(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  double seconds = INSPECT_FOR_DEFAULT;
  InspectData data = {0};
  const GOptionEntry entries[] = {
      INSPECT_FOR_ENTRY(&seconds), INSPECT_DATA_ENTRIES(&data), INSPECT_WAIT_ENTRY(&wait), {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1,
                     "Tells what holds the memory of a process, the most first, and what would "
                     "give it back.\nThe reasons add up to RSS.",
                     &status))
    return status;
  GError *error = NULL;
  if (!inspect_check_for(seconds, &error) || !inspect_check_data(&data, &error))
    return inspect_fail("reasons", INSPECT_USAGE, error);
  g_autoptr(HvSource) source = NULL;
  HvFrame *first = inspect_open(argv[1], wait, &source, &error);
  if (first == NULL)
    return inspect_fail("reasons", INSPECT_FAILED, error);
  g_auto(InspectPast) past = {0};
  g_autoptr(HvFrame) frame = inspect_look(source, first, seconds, FALSE, &past);
  g_autoptr(HvLedger) ledger = inspect_make_ledger(frame, source);
  g_autoptr(GArray) classes = hv_class_sums_new(frame);
  g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, past.growth);
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
  if (profile != NULL)
    hv_reasons_attribute(reasons, profile);
  if (!inspect_wants_data(&data)) {
    print_reasons(frame, ledger, reasons);
    return inspect_finish("reasons");
  }
  g_autofree char *text = hv_reasons_dup_data(reasons, frame, ledger, profile, data.json);
  fputs(text, stdout);
  return inspect_finish("reasons");
}
