/* SPDX-License-Identifier: MIT */
/* alloc-inspect list: a table of the processes that can be watched. */
#include "viewer/cli/inspect.h"
#include "viewer/model/data_table.h"
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

/* Nothing is told of what is not known: what a dead process has resident, and what is live in a
 * heap that nobody watches. */
static void print_data(GPtrArray *processes, gboolean as_json) {
  static const char *const titles[] = {"pid",  "name",    "kind",    "resident",
                                       "live", "started", "command", NULL};
  static const char *const kinds[] = {[HV_PROCESS_WATCHABLE] = "watchable",
                                      [HV_PROCESS_UNHEARING] = "unhearing",
                                      [HV_PROCESS_LEFTOVER] = "dead"};
  HvDataTable *table = hv_data_table_new(titles, as_json);
  for (guint i = 0; i < processes->len; i++) {
    const HvProcess *process = g_ptr_array_index(processes, i);
    g_autofree char *started = g_strdup_printf("%" G_GUINT64_FORMAT ".%03" G_GUINT64_FORMAT,
                                               process->start_realtime_ns / 1000000000,
                                               process->start_realtime_ns / 1000000 % 1000);
    hv_data_table_add_count(table, process->pid);
    hv_data_table_add_text(table, process->name);
    hv_data_table_add_text(table, kinds[process->kind]);
    if (process->kind != HV_PROCESS_LEFTOVER)
      hv_data_table_add_count(table, process->rss_bytes);
    else
      hv_data_table_add_number(table, "");
    if (process->has_heap)
      hv_data_table_add_count(table, process->heap_bytes);
    else
      hv_data_table_add_number(table, "");
    hv_data_table_add_number(table, started);
    hv_data_table_add_text(table, process->command_line);
  }
  g_autofree char *text = hv_data_table_end(table);
  fputs(text, stdout);
}

int inspect_list(int argc, char **argv) {
  InspectData data = {0};
  const GOptionEntry entries[] = {INSPECT_DATA_ENTRIES(&data), {0}};
  GError *error = NULL;
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "", 0,
                     "Lists the processes of this user that run on liballoc, and the last frames "
                     "that killed ones\nleft. HEAP is live bytes, known of processes that are "
                     "being watched.",
                     &status))
    return status;
  if (!inspect_check_data(&data, &error))
    return inspect_fail("list", INSPECT_USAGE, error);
  g_autoptr(GPtrArray) processes = hv_processes_scan();
  if (inspect_wants_data(&data)) {
    print_data(processes, data.json);
    return inspect_finish("list");
  }
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
