/* SPDX-License-Identifier: MIT */
/* Lists watchable processes, and says why a process is none. */
#include "viewer/model/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/model/directory.h"
#include "viewer/model/error.h"
#include "viewer/model/process.h"
#include "viewer/model/snapshot_file.h"
#include "viewer/model/units.h"

static void process_free(gpointer data) {
  HvProcess *process = data;
  g_free(process->name);
  g_free(process->command_line);
  g_free(process->note);
  g_free(process);
}

static gint compare_pids(gconstpointer a, gconstpointer b) {
  const HvProcess *left = *(const HvProcess *const *)a;
  const HvProcess *right = *(const HvProcess *const *)b;
  return left->pid < right->pid ? -1 : left->pid > right->pid;
}

/* A name that is all digits and fits, else 0. */
static guint parse_pid(const char *name, const char *suffix) {
  char *end = NULL;
  if (!g_ascii_isdigit(*name))
    return 0;
  guint64 pid = g_ascii_strtoull(name, &end, 10);
  return strcmp(end, suffix) == 0 && pid <= G_MAXINT ? (guint)pid : 0;
}

static gboolean is_own(guint pid) {
  char path[64];
  struct stat status;
  g_snprintf(path, sizeof path, "/proc/%u", pid);
  return stat(path, &status) == 0 && status.st_uid == geteuid();
}

/* (transfer full): what keeps a process on liballoc from being asked. */
static char *why_unhearing(HvBellMapping bell) {
  const char *path = hv_directory_path();
  if (bell == HV_BELL_DELETED)
    return g_strdup_printf(_("the bell that it listens to was deleted from %s; a restart helps"),
                           path);
  if (bell == HV_BELL_OTHER)
    return g_strdup(_("it runs another version of liballoc: use the alloc-viewer and alloc-inspect "
                      "that came with that"));
  return g_strdup_printf(
      _("it could not open its bell in %s when it started, which must be a folder "
        "of yours with mode 0700 and some room: see to that and restart it"),
      path);
}

static void scan_live(GPtrArray *processes) {
  DIR *proc = opendir("/proc");
  if (proc == NULL)
    return;
  for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
    guint pid = parse_pid(entry->d_name, "");
    HvProcessStat stat;
    if (pid == 0 || !is_own(pid))
      continue;
    HvBellMapping bell = hv_process_bell(pid);
    if (bell == HV_BELL_ABSENT || bell == HV_BELL_UNREADABLE || !hv_process_stat(pid, &stat))
      continue;
    HvProcess *process = g_new0(HvProcess, 1);
    process->kind = bell == HV_BELL_MAPPED ? HV_PROCESS_WATCHABLE : HV_PROCESS_UNHEARING;
    process->pid = pid;
    process->start_ticks = stat.start_ticks;
    process->start_realtime_ns = hv_process_start_realtime(stat.start_ticks);
    process->rss_bytes = hv_process_rss(pid);
    process->name = hv_format_name(stat.name);
    process->command_line = hv_process_command_line(pid);
    if (bell != HV_BELL_MAPPED) {
      g_autofree char *reason = why_unhearing(bell);
      process->note = g_strdup_printf(_("It cannot be watched: %s."), reason);
    }
    g_ptr_array_add(processes, process);
  }
  closedir(proc);
}

static HvProcess *find_process(GPtrArray *processes, guint pid) {
  for (guint i = 0; i < processes->len; i++) {
    HvProcess *process = g_ptr_array_index(processes, i);
    if (process->pid == pid)
      return process;
  }
  return NULL;
}

/* Live bytes by the head of the newest frame; no whole frame is read for a list. */
static gboolean read_live_bytes(int fd, const struct alloc_snapshot_header *header,
                                guint64 *bytes) {
  struct alloc_frame head;
  guint64 offset =
      header->header_bytes + header->latest_seq % ALLOC_SNAPSHOT_BUFFERS * header->buffer_bytes;
  if (header->latest_seq == 0 ||
      pread(fd, &head, sizeof head, (off_t)offset) != (ssize_t)sizeof head ||
      head.seq != header->latest_seq)
    return FALSE;
  *bytes = head.total_live_bytes + head.total_large_bytes + head.total_region_bytes;
  return *bytes < G_GUINT64_CONSTANT(1) << 57;
}

static void scan_file(GPtrArray *processes, int directory, const char *name, guint pid) {
  int fd = hv_directory_open_file(directory, name, O_RDONLY, NULL, NULL);
  struct alloc_snapshot_header header;
  if (fd < 0)
    return;
  if (hv_snapshot_read_header(&(HvInput){.fd = fd}, &header, NULL) && header.pid == pid) {
    guint64 live_bytes = 0;
    gboolean has_heap = read_live_bytes(fd, &header, &live_bytes);
    HvProcess *process = find_process(processes, pid);
    HvProcessStat stat;
    if (process != NULL && process->start_ticks == header.process_start) {
      process->has_heap = has_heap;
      process->heap_bytes = live_bytes;
    } else if (process == NULL && has_heap &&
               (!hv_process_stat(pid, &stat) || stat.start_ticks != header.process_start)) {
      process = g_new0(HvProcess, 1);
      process->kind = HV_PROCESS_LEFTOVER;
      process->pid = pid;
      process->start_ticks = header.process_start;
      process->start_realtime_ns = hv_process_start_realtime(header.process_start);
      process->has_heap = TRUE;
      process->heap_bytes = live_bytes;
      process->name = hv_format_name(header.command);
      process->command_line = hv_format_name(header.program);
      process->note = g_strdup(_("It was killed while it was watched: this is its last frame."));
      g_ptr_array_add(processes, process);
    }
  }
  close(fd);
}

GPtrArray *hv_processes_scan(void) {
  GPtrArray *processes = g_ptr_array_new_with_free_func(process_free);
  scan_live(processes);
  int directory = hv_directory_open(hv_directory_path(), FALSE, NULL);
  DIR *files = directory < 0 ? NULL : fdopendir(dup(directory));
  if (files != NULL) {
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
      guint pid = parse_pid(entry->d_name, ".heap");
      if (pid != 0)
        scan_file(processes, directory, entry->d_name, pid);
    }
    closedir(files);
  }
  if (directory >= 0)
    close(directory);
  g_ptr_array_sort(processes, compare_pids);
  return processes;
}

/* ---- why not ---- */

static guint thread_group(guint pid) {
  g_autofree char *path = g_strdup_printf("/proc/%u/status", pid);
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return 0;
  const char *group = strstr(text, "\nTgid:");
  return group == NULL ? 0 : (guint)g_ascii_strtoull(group + 6, NULL, 10);
}

static gboolean refuse_foreign(guint pid, uid_t uid, GError **error) {
  struct passwd *user = getpwuid(uid);
  g_autofree char *name =
      user == NULL ? g_strdup_printf("%u", (guint)uid) : g_strdup(user->pw_name);
  g_set_error(error, HV_ERROR, HV_ERROR_PERMISSION,
              _("process %u belongs to user %s, and heaps are shown to their owner only: run this "
                "as that user (sudo -u %s ...)"),
              pid, name, name);
  return FALSE;
}

gboolean hv_process_check(guint pid, GError **error) {
  char path[64];
  struct stat status;
  HvProcessStat stat_line;
  g_snprintf(path, sizeof path, "/proc/%u", pid);
  /* Before its state: one that is exiting has lost its memory map before it is no more. */
  HvBellMapping bell = hv_process_bell(pid);
  if (pid == 0 || stat(path, &status) != 0 || !hv_process_stat(pid, &stat_line)) {
    g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS,
                _("there is no process %u: \"alloc-inspect list\" shows those that can be watched"),
                pid);
    return FALSE;
  }
  guint group = thread_group(pid);
  if (group != 0 && group != pid) {
    g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS,
                _("%u is a thread of process %u: name the process instead"), pid, group);
    return FALSE;
  }
  if (bell == HV_BELL_MAPPED && status.st_uid == geteuid())
    return TRUE;
  if (status.st_uid != geteuid())
    return refuse_foreign(pid, status.st_uid, error);
  if (bell == HV_BELL_UNREADABLE)
    g_set_error(error, HV_ERROR, HV_ERROR_PERMISSION,
                _("process %u (%s) does not let its memory map be read: it is protected or runs "
                  "with other rights"),
                pid, stat_line.name);
  else if (bell != HV_BELL_ABSENT) {
    g_autofree char *reason = why_unhearing(bell);
    g_set_error(error, HV_ERROR, HV_ERROR_NOT_WATCHABLE,
                _("process %u (%s) runs on liballoc but cannot be watched: %s"), pid,
                stat_line.name, reason);
  } else
    g_set_error(error, HV_ERROR, HV_ERROR_NOT_WATCHABLE,
                _("process %u (%s) does not run on liballoc: start it as \"alloc-run -- PROGRAM\", "
                  "or link it with -lalloc"),
                pid, stat_line.name);
  return FALSE;
}
