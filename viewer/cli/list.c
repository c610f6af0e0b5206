/* SPDX-License-Identifier: MIT */
/* alloc-inspect list: a table of the processes that can be watched. */
#include "viewer/cli/inspect.h"
#include "viewer/model/processes.h"
#include "viewer/model/units.h"

/* Bytes of a UTF-8 string that fill @columns at most. */
static int cut(const char *text, int columns) {
  const char *end = text;
  for (int i = 0; i < columns && *end != '\0'; i++)
    end = g_utf8_next_char(end);
  return (int)(end - text);
}

static void print_process(const HvProcess *process) {
  g_autofree char *rss = process->kind == HV_PROCESS_LEFTOVER
                             ? g_strdup("dead")
                             : hv_format_bytes((gint64)process->rss_bytes);
  g_autofree char *heap =
      process->has_heap ? hv_format_bytes((gint64)process->heap_bytes) : g_strdup("-");
  g_autofree char *started = hv_format_time(process->start_realtime_ns);
  printf("%7u  %-15.*s  %10s  %10s  %s  %s\n", process->pid, cut(process->name, 15), process->name,
         rss, heap, started, process->command_line);
  if (process->note != NULL)
    printf("%7s  %s\n", "", process->note);
}

int inspect_list(int argc, char **argv) {
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, NULL, "", 0,
                     "Lists the processes of this user that run on liballoc, and the last frames "
                     "that killed ones\nleft. HEAP is live bytes, known of processes that are "
                     "being watched.",
                     &status))
    return status;
  g_autoptr(GPtrArray) processes = hv_processes_scan();
  if (processes->len == 0) {
    fputs("No process of this user runs on liballoc. Start one with: alloc-run -- PROGRAM\n",
          stderr);
    return INSPECT_OK;
  }
  printf("%7s  %-15s  %10s  %10s  %-19s  %s\n", "PID", "NAME", "RSS", "HEAP", "STARTED", "COMMAND");
  for (guint i = 0; i < processes->len; i++)
    print_process(g_ptr_array_index(processes, i));
  return inspect_finish("list");
}
