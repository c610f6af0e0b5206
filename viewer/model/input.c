/* SPDX-License-Identifier: MIT */
/* Reads that interrupts and short answers of the system do not show in. */
#include "viewer/model/input.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/model/error.h"

static gboolean read_memory(GBytes *bytes, guint64 offset, gpointer buffer, gsize size) {
  gsize length = 0;
  const guint8 *data = g_bytes_get_data(bytes, &length);
  if (offset > length || size > length - offset) {
    errno = 0;
    return FALSE;
  }
  if (size != 0)
    memcpy(buffer, data + offset, size);
  return TRUE;
}

gboolean hv_input_read(const HvInput *input, guint64 offset, gpointer buffer, gsize size) {
  if (input->bytes != NULL)
    return read_memory(input->bytes, offset, buffer, size);
  gsize done = 0;
  while (done < size) {
    ssize_t got = pread(input->fd, (guint8 *)buffer + done, size - done, (off_t)(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      errno = 0;
    if (got <= 0)
      return FALSE;
    done += (gsize)got;
  }
  return TRUE;
}

gboolean hv_input_size(const HvInput *input, guint64 *size) {
  struct stat status;
  if (input->bytes != NULL) {
    *size = g_bytes_get_size(input->bytes);
    return TRUE;
  }
  if (fstat(input->fd, &status) != 0)
    return FALSE;
  *size = (guint64)status.st_size;
  return TRUE;
}

gboolean hv_input_open(const char *path, HvInput *input, GError **error) {
  *input = (HvInput){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (input->fd < 0) {
    int saved = errno;
    g_set_error(error, HV_ERROR, saved == EACCES ? HV_ERROR_PERMISSION : HV_ERROR_IO,
                _("cannot open %s: %s"), path, g_strerror(saved));
    return FALSE;
  }
  return TRUE;
}

gboolean hv_input_is_regular(const HvInput *input) {
  struct stat status;
  return fstat(input->fd, &status) == 0 && S_ISREG(status.st_mode);
}

void hv_input_close(HvInput *input) {
  if (input->bytes == NULL)
    close(input->fd);
  g_clear_pointer(&input->bytes, g_bytes_unref);
}
