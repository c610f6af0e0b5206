/* SPDX-License-Identifier: MIT */
/* Opens the directory of this user and files in it, distrusting both. */
#include "viewer/model/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "viewer/model/error.h"

const char *hv_directory_path(void) {
  static char *path;
  if (g_once_init_enter(&path)) {
    char *made = g_strdup_printf(ALLOC_SNAPSHOT_DIRECTORY_FORMAT, (guint)geteuid());
    g_once_init_leave(&path, made);
  }
  return path;
}

int hv_directory_open(const char *path, gboolean create, GError **error) {
  if (create && mkdir(path, 0700) != 0 && errno != EEXIST) {
    int saved = errno;
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot make the directory %s: %s"), path,
                g_strerror(saved));
    return -1;
  }
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    int saved = errno;
    if (saved == ENOENT)
      g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS,
                  _("no process of this user runs on liballoc: %s does not exist"), path);
    else if (saved == ELOOP || saved == ENOTDIR)
      g_set_error(error, HV_ERROR, HV_ERROR_PERMISSION,
                  _("%s is not a directory but something else: remove it"), path);
    else
      g_set_error(error, HV_ERROR, saved == EACCES ? HV_ERROR_PERMISSION : HV_ERROR_IO,
                  _("cannot open the directory %s: %s"), path, g_strerror(saved));
    return -1;
  }
  struct stat status;
  if (fstat(fd, &status) != 0 || status.st_uid != geteuid() || (status.st_mode & 0077) != 0) {
    g_set_error(error, HV_ERROR, HV_ERROR_PERMISSION,
                _("%s is not safe to use: it must belong to you alone, with mode 0700"), path);
    close(fd);
    return -1;
  }
  return fd;
}

int hv_directory_open_file(int directory, const char *name, int flags, struct stat *status,
                           GError **error) {
  int fd = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    int saved = errno;
    if (saved == ENOENT)
      return -1;
    if (saved == ELOOP)
      g_set_error(error, HV_ERROR, HV_ERROR_PERMISSION,
                  _("%s/%s is a link, which is not followed: remove it"), hv_directory_path(),
                  name);
    else
      g_set_error(error, HV_ERROR, saved == EACCES ? HV_ERROR_PERMISSION : HV_ERROR_IO,
                  _("cannot open %s/%s: %s"), hv_directory_path(), name, g_strerror(saved));
    return -1;
  }
  struct stat own;
  if (fstat(fd, &own) != 0 || !S_ISREG(own.st_mode) || own.st_uid != geteuid() ||
      (own.st_mode & 0077) != 0) {
    g_set_error(
        error, HV_ERROR, HV_ERROR_PERMISSION,
        _("%s/%s is not safe to read: it must be a regular file of your own with mode 0600"),
        hv_directory_path(), name);
    close(fd);
    return -1;
  }
  if (status != NULL)
    *status = own;
  return fd;
}
