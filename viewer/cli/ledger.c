/* SPDX-License-Identifier: MIT */
/* alloc-inspect ledger: the sum that explains RSS, as a table. */
#include "viewer/cli/inspect.h"
#include "viewer/model/data_files.h"
#include "viewer/model/units.h"

static void print_row(const char *title, gint64 bytes, const char *share, gboolean estimated) {
  g_autofree char *brief = hv_format_bytes(bytes);
  g_autofree char *count = hv_format_count((guint64)(bytes < 0 ? -bytes : bytes));
  g_autofree char *exact = g_strdup_printf("%s%s", bytes < 0 ? "-" : "", count);
  printf("  %-28s %10s %20s  %8s%s\n", title, brief, exact, share, estimated ? "  about" : "");
}

static void print_ledger(HvFrame *frame, HvLedger *ledger) {
  guint count = 0;
  guint64 total = hv_ledger_total_bytes(ledger);
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  g_autofree char *name = hv_format_name(hv_frame_process_name(frame));
  g_autofree char *time = hv_format_time(hv_frame_head(frame)->realtime_ns);
  printf("%s (process %u), %s\n\n%s\n", name, hv_frame_header(frame)->pid, time,
         hv_ledger_title(ledger));
  for (guint i = 0; i < count; i++) {
    g_autofree char *share =
        hv_format_percent(rows[i].bytes > 0 ? (guint64)rows[i].bytes : 0, total);
    print_row(rows[i].title, rows[i].bytes, share, rows[i].estimated);
  }
  print_row("Total", (gint64)total, "100 %", FALSE);
  rows = hv_ledger_virtual_rows(ledger, &count);
  if (count != 0)
    puts("\nNot resident");
  for (guint i = 0; i < count; i++)
    print_row(rows[i].title, rows[i].bytes, "", FALSE);
  const HvLedgerRow *huge = hv_ledger_huge_row(ledger);
  if (huge != NULL) {
    puts("\nIn the rows above, at most");
    print_row(huge->title, huge->bytes, "", FALSE);
  }
  if (hv_ledger_note(ledger) != NULL)
    printf("\n%s\n", hv_ledger_note(ledger));
}

int inspect_ledger(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  InspectData data = {0};
  const GOptionEntry entries[] = {INSPECT_DATA_ENTRIES(&data), INSPECT_WAIT_ENTRY(&wait), {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1,
                     "Explains the resident memory of a process: rows that add up to RSS.",
                     &status))
    return status;
  GError *error = NULL;
  if (!inspect_check_data(&data, &error))
    return inspect_fail("ledger", INSPECT_USAGE, error);
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("ledger", INSPECT_FAILED, error);
  g_autoptr(HvLedger) ledger = inspect_make_ledger(frame, source);
  if (!inspect_wants_data(&data)) {
    print_ledger(frame, ledger);
    return inspect_finish("ledger");
  }
  g_autofree char *text = hv_ledger_dup_data(ledger, data.json);
  fputs(text, stdout);
  return inspect_finish("ledger");
}
