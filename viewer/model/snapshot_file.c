/* SPDX-License-Identifier: MIT */
/*
 * Frames in files. A frame is accepted only if the sequence number of its buffer is the same
 * before and after the copy; saved files go to a temporary name first.
 */
#include "viewer/model/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/model/error.h"
#include "viewer/model/file.h"
#include "viewer/model/frame_private.h"

/* Reads exactly @size bytes at @offset. A file that ends before gives HV_ERROR_CORRUPT. */
static gboolean read_at(const HvInput *input, guint64 offset, gpointer buffer, gsize size,
                        GError **error) {
  if (hv_input_read(input, offset, buffer, size))
    return TRUE;
  int saved = errno;
  if (saved == 0)
    g_set_error_literal(error, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the snapshot is damaged: the file ends too early"));
  else
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("the snapshot cannot be read: %s"),
                g_strerror(saved));
  return FALSE;
}

gboolean hv_snapshot_read_header(const HvInput *input, struct alloc_snapshot_header *header,
                                 GError **error) {
  GError *problem = NULL;
  memset(header, 0, sizeof *header);
  if (!read_at(input, 0, header, sizeof *header, &problem)) {
    if (problem->code == HV_ERROR_CORRUPT &&
        memcmp(header->magic, ALLOC_SNAPSHOT_MAGIC, sizeof header->magic) != 0)
      g_set_error_literal(error, HV_ERROR, HV_ERROR_FOREIGN,
                          _("this is no heap snapshot: it is too short"));
    else
      g_propagate_error(error, g_steal_pointer(&problem));
    g_clear_error(&problem);
    return FALSE;
  }
  return hv_frame_check_header(header, error);
}

HvFrame *hv_snapshot_read_frame(const HvInput *input, const struct alloc_snapshot_header *header,
                                GError **error) {
  guint64 seq = header->latest_seq;
  guint buffer = (guint)(seq % ALLOC_SNAPSHOT_BUFFERS);
  guint64 offset = header->header_bytes + buffer * header->buffer_bytes;
  guint64 seq_at = G_STRUCT_OFFSET(struct alloc_snapshot_header, buffer_seq) + 8u * buffer;
  guint64 seq_before = 0;
  guint64 seq_after = 0;
  struct alloc_frame head;
  if (!read_at(input, seq_at, &seq_before, sizeof seq_before, error) ||
      !read_at(input, offset, &head, sizeof head, error))
    return NULL;

  gsize size = 0;
  g_autofree guint8 *data = NULL;
  gboolean plausible = head.bytes >= sizeof head && head.bytes <= header->buffer_bytes &&
                       head.bytes <= HV_FRAME_MAX_BYTES;
  if (seq_before == seq && plausible) {
    /* Memory is asked for only when the file really has as much. */
    guint64 file_bytes = 0;
    if (!hv_input_size(input, &file_bytes) || file_bytes < offset + head.bytes) {
      g_set_error_literal(error, HV_ERROR, HV_ERROR_CORRUPT,
                          _("the snapshot is damaged: the file ends too early"));
      return NULL;
    }
    size = (gsize)head.bytes;
    data = g_try_malloc(size);
    if (data == NULL) {
      g_set_error(error, HV_ERROR, HV_ERROR_IO, _("not enough memory for a snapshot of %zu bytes"),
                  size);
      return NULL;
    }
    if (!read_at(input, offset, data, size, error))
      return NULL;
  }
  /* The data is read before its number is read again. */
  __sync_synchronize();
  if (!read_at(input, seq_at, &seq_after, sizeof seq_after, error))
    return NULL;
  if (seq_before != seq || seq_after != seq) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_TORN,
                        _("the snapshot was overwritten while it was read"));
    return NULL;
  }
  if (data == NULL) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the snapshot is damaged: the size of its frame cannot be"));
    return NULL;
  }
  struct alloc_snapshot_header own = *header;
  own.latest_seq = seq;
  own.buffer_seq[buffer] = seq;
  HvFrame *frame = hv_frame_new_take(&own, g_steal_pointer(&data), size, error);
  if (frame != NULL && hv_frame_head(frame)->seq != seq) {
    g_clear_pointer(&frame, hv_frame_unref);
    g_set_error_literal(error, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the snapshot is damaged: its frame has another number"));
  }
  return frame;
}

/* The newest frame, which a writer may overtake a few times. */
static HvFrame *read_newest(const HvInput *input, GError **error) {
  struct alloc_snapshot_header header;
  GError *problem = NULL;
  HvFrame *frame = NULL;
  for (int tries = 0; tries < 5 && frame == NULL; tries++) {
    g_clear_error(&problem);
    if (!hv_snapshot_read_header(input, &header, &problem))
      break;
    if (header.latest_seq == 0) {
      g_set_error_literal(&problem, HV_ERROR, HV_ERROR_CORRUPT, _("the snapshot has no frame yet"));
      break;
    }
    frame = hv_snapshot_read_frame(input, &header, &problem);
    if (frame == NULL && problem->code != HV_ERROR_TORN)
      break;
  }
  if (frame == NULL)
    g_propagate_error(error, problem);
  else
    g_clear_error(&problem);
  return frame;
}

HvFrame *hv_frame_load(const char *path, GError **error) {
  HvInput input;
  HvFrame *frame = NULL;
  GError *problem = NULL;
  if (!hv_input_open(path, &input, error))
    return NULL;
  if (!hv_input_is_regular(&input)) {
    g_set_error(error, HV_ERROR, HV_ERROR_FOREIGN, _("%s is not a regular file"), path);
  } else {
    frame = read_newest(&input, &problem);
    if (frame == NULL)
      g_propagate_prefixed_error(error, problem, "%s: ", path);
  }
  hv_input_close(&input);
  return frame;
}

HvFrame *hv_frame_load_bytes(GBytes *file, GError **error) {
  return read_newest(&(HvInput){.bytes = file}, error);
}

/* ---- writing ---- */

static gboolean write_at(int fd, guint64 offset, const void *data, gsize size) {
  gsize done = 0;
  while (done < size) {
    ssize_t put = pwrite(fd, (const guint8 *)data + done, size - done, (off_t)(offset + done));
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      errno = put == 0 ? EIO : errno;
      return FALSE;
    }
    done += (gsize)put;
  }
  return TRUE;
}

gboolean hv_frame_save(HvFrame *frame, const char *path, GError **error) {
  gsize size = 0;
  g_autoptr(GBytes) published = hv_frame_publish(frame);
  gconstpointer data = g_bytes_get_data(published, &size);
  guint64 seq = frame->head->seq;
  guint buffer = (guint)(seq % ALLOC_SNAPSHOT_BUFFERS);
  union {
    struct alloc_snapshot_header header;
    guint8 page[ALLOC_SNAPSHOT_HEADER_BYTES];
  } first;
  memset(&first, 0, sizeof first);
  first.header = frame->header;
  first.header.state = ALLOC_SNAPSHOT_ENDED;
  first.header.latest_seq = seq;
  memset(first.header.buffer_seq, 0, sizeof first.header.buffer_seq);
  first.header.buffer_seq[buffer] = seq;
  /* Buffers as small as the frame allows: the buffers in front of it are holes. */
  guint64 page_bytes = frame->header.page_bytes;
  first.header.buffer_bytes = (size + page_bytes - 1) / page_bytes * page_bytes;
  guint64 offset = sizeof first.page + buffer * first.header.buffer_bytes;

  if (!hv_file_may_replace(path, error))
    return FALSE;
  g_autofree char *temporary = g_strdup_printf("%s.XXXXXX", path);
  int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    int saved = errno;
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), path, g_strerror(saved));
    return FALSE;
  }
  gboolean written = write_at(fd, 0, &first, sizeof first) && write_at(fd, offset, data, size) &&
                     ftruncate(fd, (off_t)(offset + first.header.buffer_bytes)) == 0;
  int saved = errno;
  if (close(fd) != 0 && written) {
    written = FALSE;
    saved = errno;
  }
  if (written && rename(temporary, path) != 0) {
    written = FALSE;
    saved = errno;
  }
  if (!written) {
    unlink(temporary);
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), path, g_strerror(saved));
  }
  return written;
}
