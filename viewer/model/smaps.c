/* SPDX-License-Identifier: MIT */
/*
 * Parses /proc/PID/smaps (proc(5)) line by line: the head of a mapping, then its fields. Mappings
 * without resident or swapped pages are dropped.
 */
#include "viewer/model/smaps.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/directory.h"
#include "viewer/model/error.h"

/* The mapping whose fields are being read. */
typedef struct {
  HvMapping mapping;
  GString *name;
  gboolean is_open; /* there is one */
  gboolean is_guard;
} Head;

static gboolean parse_rights(const char *text, guint *rights) {
  static const char letters[] = "rwx";
  *rights = 0;
  for (guint i = 0; i < 3; i++) {
    if (text[i] == letters[i])
      *rights |= 1u << i;
    else if (text[i] != '-')
      return FALSE;
  }
  if (text[3] == 's')
    *rights |= HV_RIGHT_SHARED;
  return text[3] == 's' || text[3] == 'p';
}

static HvMappingKind kind_of(const char *name) {
  gsize directory_length = strlen(hv_directory_path());
  if (strncmp(name, hv_directory_path(), directory_length) == 0 && name[directory_length] == '/')
    return HV_MAPPING_WATCH;
  if (g_str_has_prefix(name, "[stack"))
    return HV_MAPPING_STACK;
  if (*name == '\0' || g_str_has_prefix(name, "[heap]") || g_str_has_prefix(name, "[anon"))
    return HV_MAPPING_ANONYMOUS;
  return HV_MAPPING_FILE;
}

/* The first line of a mapping: "7f01-7f02 rw-p 00000000 00:00 0   path". */
static gboolean parse_head(const char *line, Head *head) {
  HvMapping mapping = {0};
  char *rest = NULL;
  mapping.begin = g_ascii_strtoull(line, &rest, 16);
  if (rest == line || *rest != '-')
    return FALSE;
  mapping.end = g_ascii_strtoull(rest + 1, &rest, 16);
  if (mapping.end <= mapping.begin || *rest != ' ' || strlen(rest) < 5 ||
      !parse_rights(rest + 1, &mapping.rights))
    return FALSE;
  const char *name = rest + 1;
  for (int field = 0; field < 4 && name != NULL; field++) {
    name = strchr(name, ' ');
    if (name != NULL)
      name++;
  }
  while (name != NULL && *name == ' ')
    name++;
  g_string_assign(head->name, name == NULL ? "" : name);
  mapping.kind = kind_of(head->name->str);
  /* A thread's stack is the writable mapping right behind an inaccessible guard. */
  gboolean is_unnamed = head->name->len == 0;
  if (is_unnamed && mapping.rights == (HV_RIGHT_READ | HV_RIGHT_WRITE) && head->is_guard &&
      head->mapping.end == mapping.begin)
    mapping.kind = HV_MAPPING_STACK;
  head->is_guard = is_unnamed && mapping.rights == 0 && mapping.end - mapping.begin <= 1 << 20;
  head->mapping = mapping;
  return TRUE;
}

/* "Rss:       12 kB"; no more than there is room for, whatever the text says. */
static gboolean parse_field(const char *line, const char *name, const Head *head, guint64 *bytes) {
  gsize length = strlen(name);
  if (strncmp(line, name, length) != 0)
    return FALSE;
  guint64 most = head->mapping.end - head->mapping.begin;
  guint64 kib = g_ascii_strtoull(line + length, NULL, 10);
  *bytes = kib > most / 1024 ? most : kib * 1024;
  return TRUE;
}

/* Most lines are of fields that nobody asks for: their first letter tells. */
static void parse_fields(const char *line, Head *head) {
  HvMapping *mapping = &head->mapping;
  guint64 bytes = 0;
  switch (*line) {
  case 'R':
    parse_field(line, "Rss:", head, &mapping->rss_bytes);
    break;
  case 'A':
    parse_field(line, "AnonHugePages:", head, &mapping->huge_bytes);
    break;
  case 'P':
    parse_field(line, "Private_Dirty:", head, &mapping->dirty_bytes);
    break;
  case 'S':
    if (!parse_field(line, "Swap:", head, &mapping->swap_bytes) &&
        (parse_field(line, "Shared_Clean:", head, &bytes) ||
         parse_field(line, "Shared_Dirty:", head, &bytes)))
      mapping->shared_bytes += MIN(bytes, mapping->end - mapping->begin - mapping->shared_bytes);
    break;
  default:
    break;
  }
}

/* All lines of the mapping have been read. */
static void close_mapping(Head *head, HvSmaps *smaps) {
  HvMapping *mapping = &head->mapping;
  if (head->is_open && (mapping->rss_bytes != 0 || mapping->swap_bytes != 0)) {
    mapping->name = g_string_chunk_insert_const(smaps->names, head->name->str);
    smaps->rss_bytes += mapping->rss_bytes;
    smaps->swap_bytes += mapping->swap_bytes;
    smaps->huge_bytes += mapping->huge_bytes;
    g_array_append_val(smaps->mappings, *mapping);
  }
  head->is_open = FALSE;
}

gboolean hv_smaps_parse(FILE *file, HvSmaps *smaps) {
  Head head = {.name = g_string_new(NULL)};
  char *line = NULL;
  size_t room = 0;
  ssize_t length = 0;
  gboolean any = FALSE;
  *smaps = (HvSmaps){
      .mappings = g_array_new(FALSE, FALSE, sizeof(HvMapping)),
      .names = g_string_chunk_new(1024),
  };
  while ((length = getline(&line, &room, file)) > 0) {
    if (line[length - 1] == '\n')
      line[length - 1] = '\0';
    if (*line >= 'A' && *line <= 'Z') {
      if (head.is_open)
        parse_fields(line, &head);
      continue;
    }
    /* The fields behind a head that cannot be read belong to nothing. */
    close_mapping(&head, smaps);
    head.is_open = parse_head(line, &head);
    any |= head.is_open;
  }
  close_mapping(&head, smaps);
  g_string_free(head.name, TRUE);
  free(line);
  return any;
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
  gboolean any = hv_smaps_parse(file, smaps) && !ferror(file);
  fclose(file);
  if (!any) {
    hv_smaps_clear(smaps);
    g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS, _("process %u has ended"), pid);
  }
  return any;
}

void hv_smaps_clear(HvSmaps *smaps) {
  g_clear_pointer(&smaps->mappings, g_array_unref);
  g_clear_pointer(&smaps->names, g_string_chunk_free);
}
