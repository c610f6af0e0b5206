/* SPDX-License-Identifier: MIT */
/* One process as /proc tells it. Inside of the model; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * HvProcessStat: /proc/PID/stat
 * @state: 'R', 'S', 'T', 'Z', ...
 * @start_ticks: field 22, clock ticks since boot
 * @name: (array zero-terminated=1): field 2, without its parentheses
 */
typedef struct {
  char state;
  guint64 start_ticks;
  char name[64];
} HvProcessStat;

/* Returns: FALSE when there is no such process any more; one that is exiting, whose memory may be
 * gone already, and a zombie count as none. */
gboolean hv_process_stat(guint pid, HvProcessStat *stat);

/* What the memory map of a process says about the bell of this user. */
typedef enum {
  HV_BELL_ABSENT,     /* does not run on liballoc */
  HV_BELL_FAILED,     /* runs on liballoc.so, which could not map a bell when it started */
  HV_BELL_OTHER,      /* listens to the bell of another version of liballoc */
  HV_BELL_MAPPED,     /* can be asked */
  HV_BELL_DELETED,    /* mapped, but the file was deleted since */
  HV_BELL_UNREADABLE, /* /proc/PID/maps cannot be read */
} HvBellMapping;

HvBellMapping hv_process_bell(guint pid);

/* VmRSS of /proc/PID/status in bytes, 0 when it cannot be read. */
guint64 hv_process_rss(guint pid);

/* CLOCK_REALTIME of a start time in clock ticks since boot. */
guint64 hv_process_start_realtime(guint64 start_ticks);

/* Arguments joined by blanks, control characters replaced. (transfer full) */
char *hv_process_command_line(guint pid);

G_END_DECLS
