/* SPDX-License-Identifier: MIT */
/* Reads the files of /proc/PID. Processes come and go meanwhile: nothing here is an error. */
#include "viewer/model/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "viewer/model/directory.h"
#include "viewer/model/units.h"

/* Reads at most @size - 1 bytes of a small file. Returns: the count, or -1. */
static gssize read_small(guint pid, const char *name, char *buffer, gsize size) {
  char path[64];
  g_snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  gsize done = 0;
  gssize got = 0;
  while (done < size - 1) {
    got = read(fd, buffer + done, size - 1 - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    done += (gsize)got;
  }
  close(fd);
  buffer[done] = '\0';
  return got < 0 ? -1 : (gssize)done;
}

/* PF_EXITING of Linux's include/linux/sched.h, in field 9 of /proc/PID/stat: set before the process
 * gives up its memory, which may take seconds. */
enum { FLAG_EXITING = 0x4 };

gboolean hv_process_stat(guint pid, HvProcessStat *stat) {
  char text[1024];
  if (read_small(pid, "stat", text, sizeof text) <= 0)
    return FALSE;
  /* The name may hold anything, so it ends at the last parenthesis. */
  char *open_at = strchr(text, '(');
  char *close_at = strrchr(text, ')');
  if (open_at == NULL || close_at == NULL || close_at < open_at || close_at[1] != ' ')
    return FALSE;
  *close_at = '\0';
  g_strlcpy(stat->name, open_at + 1, sizeof stat->name);
  char *rest = close_at + 2;
  stat->state = *rest;
  guint64 flags = 0;
  for (int field = 3; field < 22; field++) {
    if (field == 9)
      flags = g_ascii_strtoull(rest, NULL, 10);
    rest = strchr(rest, ' ');
    if (rest == NULL)
      return FALSE;
    rest++;
  }
  stat->start_ticks = g_ascii_strtoull(rest, NULL, 10);
  return stat->state != 'Z' && stat->state != 'X' && (flags & FLAG_EXITING) == 0;
}

HvBellMapping hv_process_bell(guint pid) {
  char path[64];
  g_snprintf(path, sizeof path, "/proc/%u/maps", pid);
  FILE *maps = fopen(path, "re");
  if (maps == NULL)
    return HV_BELL_UNREADABLE;
  g_autofree char *bell = g_strdup_printf("%s/%s", hv_directory_path(), ALLOC_SNAPSHOT_BELL_NAME);
  g_autofree char *any_bell = g_strdup_printf(" %s/bell", hv_directory_path());
  gsize bell_length = strlen(bell);
  HvBellMapping found = HV_BELL_ABSENT;
  char *line = NULL;
  size_t room = 0;
  errno = 0;
  while (found != HV_BELL_MAPPED && getline(&line, &room, maps) > 0) {
    char *name = strstr(line, any_bell);
    if (name == NULL) {
      if (found == HV_BELL_ABSENT && strstr(line, "/liballoc.so") != NULL)
        found = HV_BELL_FAILED;
    } else if (!g_str_has_prefix(name + 1, bell)) {
      found = HV_BELL_OTHER;
    } else if (strcmp(name + 1 + bell_length, "\n") == 0) {
      found = HV_BELL_MAPPED;
    } else if (strcmp(name + 1 + bell_length, " (deleted)\n") == 0) {
      found = HV_BELL_DELETED;
    }
  }
  if (found == HV_BELL_ABSENT && ferror(maps))
    found = HV_BELL_UNREADABLE;
  free(line);
  fclose(maps);
  return found;
}

guint64 hv_process_rss(guint pid) {
  char text[4096];
  if (read_small(pid, "status", text, sizeof text) <= 0)
    return 0;
  const char *rss = strstr(text, "\nVmRSS:");
  return rss == NULL ? 0 : g_ascii_strtoull(rss + 7, NULL, 10) * 1024;
}

guint64 hv_process_start_realtime(guint64 start_ticks) {
  struct timespec now;
  struct timespec since_boot;
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const gint64 second = G_GINT64_CONSTANT(1000000000);
  gint64 boot = (now.tv_sec - since_boot.tv_sec) * second + now.tv_nsec - since_boot.tv_nsec;
  guint64 per_second = (guint64)sysconf(_SC_CLK_TCK);
  return (guint64)boot + start_ticks * ((guint64)second / per_second);
}

char *hv_process_command_line(guint pid) {
  char text[1024];
  gssize length = read_small(pid, "cmdline", text, sizeof text);
  if (length <= 0)
    return g_strdup("");
  while (length > 0 && text[length - 1] == '\0')
    length--;
  /* Between the arguments there is a NUL. */
  for (gssize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = ' ';
  text[length] = '\0';
  return hv_format_name(text);
}
