/* SPDX-License-Identifier: MIT */
/* See target.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/target.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "viewer/model/error.h"
#include "viewer/model/processes.h"
#include "viewer/model/source.h"

HvTarget *hv_target_parse(const char *text, const char *cwd, GError **error) {
  g_autofree char *shown = g_filename_display_name(text);
  guint64 pid = 0;

  if (*text == '\0') {
    g_set_error(
        error, HV_ERROR, HV_ERROR_ARGUMENT,
        _("the PID or FILE is empty: give the number of a process or the path of a snapshot"));
    return NULL;
  }
  if (text[strspn(text, "0123456789")] != '\0') {
    HvTarget *target = g_new0(HvTarget, 1);

    target->path = g_canonicalize_filename(text, cwd);
    return target;
  }
  if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT32, &pid, NULL)) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("%s is not the number of a process: those go from 1 to %d (write ./%s for a file "
                  "of that name)"),
                shown, G_MAXINT32, shown);
    return NULL;
  }
  return g_memdup2(&(HvTarget){.pid = (guint)pid}, sizeof(HvTarget));
}

/* A process that was killed while watched leaves its last frame under its number. */
static gboolean target_has_leftover(guint pid) {
  g_autofree char *directory = g_strdup_printf(ALLOC_SNAPSHOT_DIRECTORY_FORMAT, getuid());
  g_autofree char *name = g_strdup_printf(ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, pid);
  g_autofree char *path = g_build_filename(directory, name, NULL);

  return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

gboolean hv_target_check(const HvTarget *target, GError **error) {
  g_autoptr(GError) problem = NULL;

  if (target->path != NULL) {
    g_autoptr(HvSource) source = hv_source_open_file(target->path, error);

    return source != NULL;
  }
  if (hv_process_check(target->pid, &problem))
    return TRUE;
  if (g_error_matches(problem, HV_ERROR, HV_ERROR_NO_PROCESS) && target_has_leftover(target->pid))
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&problem));
  return FALSE;
}

HvTarget *hv_target_copy(const HvTarget *target) {
  HvTarget *copy = g_new0(HvTarget, 1);

  copy->pid = target->pid;
  copy->path = g_strdup(target->path);
  return copy;
}

void hv_target_free(HvTarget *target) {
  if (target == NULL)
    return;
  g_free(target->path);
  g_free(target);
}
