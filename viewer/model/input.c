/* SPDX-License-Identifier: MIT */
/* Reads that interrupts and short answers of the system do not show in. */
#include "viewer/model/input.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

void hv_input_close(HvInput *input) {
  if (input->bytes == NULL)
    close(input->fd);
  g_clear_pointer(&input->bytes, g_bytes_unref);
}
