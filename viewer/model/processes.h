/* SPDX-License-Identifier: MIT */
/*
 * The processes of this user that can be watched, found by the bell in their memory maps, and the
 * snapshot files that killed processes left behind.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  HV_PROCESS_WATCHABLE, /* runs on liballoc */
  HV_PROCESS_UNHEARING, /* runs on liballoc, but cannot be asked; the note says why */
  HV_PROCESS_LEFTOVER,  /* dead; its last frame can be opened */
} HvProcessKind;

/*
 * HvProcess:
 * @kind: what can be done with it
 * @pid: process id
 * @start_ticks: start time, clock ticks since boot: with @pid it names a process for good
 * @start_realtime_ns: the same as CLOCK_REALTIME
 * @rss_bytes: resident bytes, 0 when dead
 * @heap_bytes: live bytes by its newest published frame; only when @has_heap
 * @has_heap: whether somebody watches or watched it, so that a frame exists
 * @name: name of the process
 * @command_line: arguments joined by blanks; empty when dead
 * @note: (nullable): a sentence, when @kind is not HV_PROCESS_WATCHABLE
 */
typedef struct {
  HvProcessKind kind;
  guint pid;
  guint64 start_ticks;
  guint64 start_realtime_ns;
  guint64 rss_bytes;
  guint64 heap_bytes;
  gboolean has_heap;
  char *name;
  char *command_line;
  char *note;
} HvProcess;

/**
 * hv_processes_scan:
 *
 * Reads /proc/PID/maps of each process of this user; about 50 us a process. Any thread.
 *
 * Returns: (transfer full) (element-type HvProcess): ascending process id, the caller excepted
 * unless it runs on liballoc itself; empty when there are none. Free with g_ptr_array_unref().
 */
GPtrArray *hv_processes_scan(void);

/**
 * hv_process_check:
 * @pid: a process id
 * @error: HV_ERROR_NO_PROCESS, HV_ERROR_PERMISSION or HV_ERROR_NOT_WATCHABLE, as a full sentence
 *
 * Returns: whether the process can be asked for snapshots.
 */
gboolean hv_process_check(guint pid, GError **error);

G_END_DECLS
