/* SPDX-License-Identifier: MIT */
/* Parses /proc/PID/smaps (proc(5)) line by line; mappings without resident pages are dropped. */
#include "viewer/model/smaps.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/directory.h"
#include "viewer/model/error.h"

/* The head line of a mapping: "7f01-7f02 rw-p 00000000 00:00 0   path". */
typedef struct {
  HvMapping mapping;
  gboolean is_guard;
} Head;

static gboolean parse_head(const char *line, const Head *previous, Head *head) {
  char *rest = NULL;
  guint64 begin = g_ascii_strtoull(line, &rest, 16);
  if (rest == line || *rest != '-')
    return FALSE;
  guint64 end = g_ascii_strtoull(rest + 1, &rest, 16);
  if (*rest != ' ' || strlen(rest) < 5)
    return FALSE;
  const char *rights = rest + 1;
  const char *path = rights;
  for (int field = 0; field < 4 && path != NULL; field++) {
    path = strchr(path, ' ');
    if (path != NULL)
      path++;
  }
  while (path != NULL && *path == ' ')
    path++;
  memset(head, 0, sizeof *head);
  head->mapping.begin = begin;
  head->mapping.end = end;
  gboolean unnamed = path == NULL || *path == '\n' || *path == '\0';
  gsize directory_length = strlen(hv_directory_path());
  if (!unnamed && strncmp(path, hv_directory_path(), directory_length) == 0 &&
      path[directory_length] == '/')
    head->mapping.kind = HV_MAPPING_WATCH;
  else if (!unnamed && g_str_has_prefix(path, "[stack"))
    head->mapping.kind = HV_MAPPING_STACK;
  else if (!unnamed && strncmp(path, "[heap]", 6) != 0 && strncmp(path, "[anon", 5) != 0)
    head->mapping.kind = HV_MAPPING_FILE;
  /* A thread's stack is the writable mapping right behind an inaccessible guard. */
  head->is_guard = unnamed && strncmp(rights, "---p", 4) == 0 && end - begin <= 1 << 20;
  if (unnamed && strncmp(rights, "rw-p", 4) == 0 && previous->is_guard &&
      previous->mapping.end == begin)
    head->mapping.kind = HV_MAPPING_STACK;
  return TRUE;
}

/* "Rss:       12 kB" */
static gboolean parse_field(const char *line, const char *name, guint64 *bytes) {
  gsize length = strlen(name);
  if (strncmp(line, name, length) != 0)
    return FALSE;
  *bytes = g_ascii_strtoull(line + length, NULL, 10) * 1024;
  return TRUE;
}

gboolean hv_smaps_read(guint pid, HvSmaps *smaps, GError **error) {
  g_autofree char *path = g_strdup_printf("/proc/%u/smaps", pid);
  memset(smaps, 0, sizeof *smaps);
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    int saved = errno;
    gboolean gone = saved == ENOENT || saved == ESRCH;
    g_set_error(error, HV_ERROR, gone ? HV_ERROR_NO_PROCESS : HV_ERROR_PERMISSION,
                _("cannot read the resident memory of process %u: %s"), pid,
                gone ? _("it has ended") : g_strerror(saved));
    return FALSE;
  }
  smaps->mappings = g_array_new(FALSE, FALSE, sizeof(HvMapping));
  char *line = NULL;
  size_t room = 0;
  gboolean any = FALSE;
  Head head = {0};
  while (getline(&line, &room, file) > 0) {
    guint64 bytes = 0;
    Head next;
    if (*line >= 'A' && *line <= 'Z') {
      if (parse_field(line, "Rss:", &bytes)) {
        head.mapping.rss_bytes = bytes;
        smaps->rss_bytes += bytes;
        if (bytes != 0)
          g_array_append_val(smaps->mappings, head.mapping);
      } else if (parse_field(line, "Swap:", &bytes)) {
        smaps->swap_bytes += bytes;
      } else if (parse_field(line, "AnonHugePages:", &bytes)) {
        smaps->huge_bytes += bytes;
      }
    } else if (parse_head(line, &head, &next)) {
      head = next;
      any = TRUE;
    }
  }
  free(line);
  fclose(file);
  if (!any) {
    hv_smaps_clear(smaps);
    g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS, _("process %u has ended"), pid);
  }
  return any;
}

void hv_smaps_clear(HvSmaps *smaps) {
  g_clear_pointer(&smaps->mappings, g_array_unref);
}
