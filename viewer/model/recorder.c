/* SPDX-License-Identifier: MIT */
/*
 * HvRecorder: writes records one after the other. A write that fails is taken back by cutting the
 * file where the record began, so that the file never ends in half a record of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "viewer/model/codec.h"
#include "viewer/model/error.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/recording_private.h"

enum {
  KEY_EVERY = 32, /* frames that lean on one whole frame */
};

struct HvRecorder {
  int fd;
  char *name; /* in errors */
  guint64 size;
  guint frames;
  GBytes *key; /* frame that the next ones lean on */
  guint64 key_offset;
  gsize key_coded_bytes;
  guint since_key;
};

/* FNV-1a, 64 bits. */
guint64 hv_recording_checksum(guint64 sum, gconstpointer data, gsize size) {
  const guint8 *byte = data;
  for (gsize i = 0; i < size; i++)
    sum = (sum ^ byte[i]) * G_GUINT64_CONSTANT(0x100000001b3);
  return sum;
}

guint64 hv_record_checksum(const struct hv_record *record, gconstpointer payload, gsize size) {
  struct hv_record own = *record;
  own.checksum = 0;
  guint64 sum = hv_recording_checksum(HV_CHECKSUM_START, &own, sizeof own);
  return hv_recording_checksum(sum, payload, size);
}

guint64 hv_recording_header_checksum(const struct hv_recording_header *header) {
  struct hv_recording_header own = *header;
  own.checksum = 0;
  return hv_recording_checksum(HV_CHECKSUM_START, &own, sizeof own);
}

void hv_record_set_residency(struct hv_record *record, HvFrame *frame,
                             const HvResidency *residency) {
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, residency);
  gint64 rows[HV_SAMPLE_ROWS];
  hv_sample_ledger(ledger, rows);
  memcpy(record->bytes, rows, sizeof record->bytes);
  record->basis = HV_RECORD_NOMINAL;
  if (residency == NULL)
    return;
  record->basis = 1 + (guint32)residency->basis;
  record->flags = residency->metadata_estimated ? HV_RECORD_METADATA_ESTIMATED : 0;
  record->rss_bytes = residency->rss_bytes;
  record->swap_bytes = residency->swap_bytes;
  record->huge_bytes = residency->huge_bytes;
}

gboolean hv_record_get_residency(const struct hv_record *record, HvResidency *residency) {
  memset(residency, 0, sizeof *residency);
  if (record->basis == HV_RECORD_NOMINAL)
    return FALSE;
  residency->basis = (HvResidencyBasis)(record->basis - 1);
  residency->rss_bytes = record->rss_bytes;
  for (guint i = 0; i < HV_STATE_MAP_COUNT; i++)
    residency->state[i] = (guint64)MAX(record->bytes[i], 0);
  residency->stack_bytes = (guint64)record->bytes[HV_STATE_STACK];
  residency->file_bytes = (guint64)record->bytes[HV_STATE_FILE];
  residency->watch_bytes = (guint64)record->bytes[HV_STATE_WATCH];
  residency->anonymous_bytes = (guint64)record->bytes[HV_STATE_ANONYMOUS];
  residency->unexplained_bytes = record->bytes[HV_STATE_UNEXPLAINED];
  residency->metadata_estimated = (record->flags & HV_RECORD_METADATA_ESTIMATED) != 0;
  residency->swap_bytes = record->swap_bytes;
  residency->huge_bytes = record->huge_bytes;
  if (residency->basis != HV_RESIDENCY_EXACT)
    residency->note = _("What was resident is an estimate, as it was when this was recorded.");
  return TRUE;
}

void hv_record_set_churn(struct hv_record *record, gint64 churn_bytes) {
  record->churn = churn_bytes < 0 ? 0 : 1 + (guint64)churn_bytes;
}

gint64 hv_record_get_churn(const struct hv_record *record) {
  return record->churn > G_MAXINT64 ? HV_CHURN_UNKNOWN : (gint64)record->churn - 1;
}

static gboolean write_all(HvRecorder *recorder, gconstpointer data, gsize size, GError **error) {
  gsize done = 0;
  while (done < size) {
    ssize_t put = write(recorder->fd, (const guint8 *)data + done, size - done);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      int saved = put == 0 ? EIO : errno;
      g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), recorder->name,
                  g_strerror(saved));
      return FALSE;
    }
    done += (gsize)put;
  }
  return TRUE;
}

HvRecorder *hv_recorder_new(const char *path, const struct alloc_snapshot_header *header,
                            GError **error) {
  return hv_recorder_new_as(path, path, header, error);
}

HvRecorder *hv_recorder_new_as(const char *path, const char *name,
                               const struct alloc_snapshot_header *header, GError **error) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0600);
  if (fd < 0) {
    int saved = errno;
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), name,
                saved == EEXIST ? _("it is there already, and recordings replace nothing")
                                : g_strerror(saved));
    return NULL;
  }
  HvRecorder *recorder = g_new0(HvRecorder, 1);
  struct hv_recording_header head = {
      .version = HV_RECORDING_VERSION, .header_bytes = sizeof head, .process = *header};
  memcpy(head.magic, HV_RECORDING_MAGIC, sizeof head.magic);
  head.checksum = hv_recording_header_checksum(&head);
  recorder->fd = fd;
  recorder->name = g_strdup(name);
  recorder->size = sizeof head;
  if (!write_all(recorder, &head, sizeof head, error)) {
    unlink(path);
    hv_recorder_close(recorder, NULL);
    return NULL;
  }
  return recorder;
}

/* Completes a record, and appends it with its payload. */
static gboolean append(HvRecorder *recorder, struct hv_record *record, gconstpointer payload,
                       gsize size, GError **error) {
  static const guint8 zeros[8];
  gsize padding = (8 - size % 8) % 8;
  record->magic = HV_RECORD_MAGIC;
  record->payload_bytes = size;
  record->checksum = hv_record_checksum(record, payload, size);
  if (write_all(recorder, record, sizeof *record, error) &&
      write_all(recorder, payload, size, error) && write_all(recorder, zeros, padding, error)) {
    recorder->size += sizeof *record + size + padding;
    return TRUE;
  }
  if (ftruncate(recorder->fd, (off_t)recorder->size) != 0)
    g_prefix_error(error, _("the last record is torn: "));
  return FALSE;
}

gboolean hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                         gint64 churn_bytes, GError **error) {
  gboolean leans = recorder->key != NULL && recorder->since_key < KEY_EVERY;
  g_autoptr(GBytes) plain = hv_frame_publish(frame);
  struct hv_record record = {
      .kind = HV_RECORD_FRAME,
      .plain_bytes = g_bytes_get_size(plain),
      .base = leans ? recorder->key_offset : 0,
      .seq = frame->head->seq,
      .realtime_ns = frame->head->realtime_ns,
      .monotonic_ns = frame->head->monotonic_ns,
  };
  hv_record_set_residency(&record, frame, residency);
  hv_record_set_churn(&record, churn_bytes);
  g_autoptr(GBytes) coded = hv_codec_encode(plain, leans ? recorder->key : NULL);
  if (coded == NULL) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("not enough memory to write %s"), recorder->name);
    return FALSE;
  }
  guint64 offset = recorder->size;
  gsize size = 0;
  gconstpointer data = g_bytes_get_data(coded, &size);
  if (!append(recorder, &record, data, size, error))
    return FALSE;
  recorder->frames++;
  recorder->since_key++;
  /* What no longer resembles the whole frame is better off as the next one. */
  if (leans && size > recorder->key_coded_bytes / 2)
    recorder->since_key = KEY_EVERY;
  if (!leans) {
    g_clear_pointer(&recorder->key, g_bytes_unref);
    recorder->key = g_bytes_ref(plain);
    recorder->key_offset = offset;
    recorder->key_coded_bytes = size;
    recorder->since_key = 0;
  }
  return TRUE;
}

gboolean hv_recorder_add_event(HvRecorder *recorder, const HvEvent *event, GError **error) {
  struct hv_record record = {
      .kind = HV_RECORD_EVENT,
      .seq = event->kind,
      .realtime_ns = event->time_ns,
      .plain_bytes = event->count,
  };
  return append(recorder, &record, NULL, 0, error);
}

guint64 hv_recorder_bytes(HvRecorder *recorder) {
  return recorder->size;
}

guint hv_recorder_frames(HvRecorder *recorder) {
  return recorder->frames;
}

gboolean hv_recorder_close(HvRecorder *recorder, GError **error) {
  gboolean kept = close(recorder->fd) == 0;
  if (!kept)
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), recorder->name,
                g_strerror(errno));
  g_clear_pointer(&recorder->key, g_bytes_unref);
  g_free(recorder->name);
  g_free(recorder);
  return kept;
}
