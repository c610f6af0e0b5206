/* SPDX-License-Identifier: MIT */
/* Writes files by way of a temporary one. */
#include "viewer/model/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/model/error.h"

static gboolean write_all(int fd, const guint8 *data, gsize size) {
  while (size > 0) {
    ssize_t put = write(fd, data, size);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return FALSE;
    data += put;
    size -= (gsize)put;
  }
  return TRUE;
}

gboolean hv_file_may_replace(const char *path, GError **error) {
  struct stat status;
  if (stat(path, &status) != 0 || S_ISREG(status.st_mode))
    return TRUE;
  if (S_ISDIR(status.st_mode))
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), path, g_strerror(EISDIR));
  else
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("%s is not a regular file"), path);
  return FALSE;
}

gboolean hv_file_replace(const char *path, gconstpointer data, gsize size, GError **error) {
  struct stat status;
  gboolean direct = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
  g_autofree char *temporary = g_strdup_printf("%s.XXXXXX", path);
  int fd = direct ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
                  : g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0666);
  int problem = fd < 0 ? errno : 0;
  if (fd >= 0) {
    if (!write_all(fd, data, size))
      problem = errno;
    if (close(fd) != 0 && problem == 0)
      problem = errno;
    if (problem == 0 && !direct && rename(temporary, path) != 0)
      problem = errno;
    if (problem != 0 && !direct)
      unlink(temporary);
  }
  if (problem != 0)
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), path, g_strerror(problem));
  return problem == 0;
}
