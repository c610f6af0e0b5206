/* SPDX-License-Identifier: MIT */
/*
 * Recordings: the frames of a process with their ledgers and events in one file that only grows.
 * The format is doc/recording-format.md. A reader treats the file as hostile: what is torn off at
 * the end or damaged in the middle is left out, and the rest can be read.
 */
#pragma once

#include "viewer/model/event.h"
#include "viewer/model/residency.h"

G_BEGIN_DECLS

#define HV_RECORDING_MAGIC   "LALLOCRC"
#define HV_RECORDING_VERSION 1u
#define HV_RECORD_MAGIC      0x4345524cu /* "LREC" */

enum {
  HV_RECORD_FRAME = 1,
  HV_RECORD_EVENT = 2,
};

/* Head of the file. */
struct hv_recording_header {
  char magic[8];
  guint32 version;
  guint32 header_bytes;
  guint64 checksum; /* of this struct with 0 in this place */
  struct alloc_snapshot_header process;
};
G_STATIC_ASSERT(sizeof(struct hv_recording_header) == 432);

/* Head of a record; its payload follows, filled up with zeros to a multiple of 8. */
struct hv_record {
  guint32 magic;
  guint32 kind;
  guint64 payload_bytes;
  guint64 checksum; /* of this struct with 0 in this place, then of the payload */
  guint64 plain_bytes;
  guint64 base;
  guint64 seq;
  guint64 realtime_ns;
  guint64 monotonic_ns;
  guint32 basis;
  guint32 flags;
  guint64 rss_bytes;
  guint64 swap_bytes;
  guint64 huge_bytes;
  gint64 bytes[HV_STATE_COUNT];
  guint64 churn; /* 1 + bytes a second; 0: unknown */
  guint64 reserved[2];
};
G_STATIC_ASSERT(sizeof(struct hv_record) == 256);

enum {
  HV_RECORD_NOMINAL = 0, /* basis: the ledger counts address space */
  HV_RECORD_METADATA_ESTIMATED = 1,
};

/* Fills ledger fields of a record, or leaves it nominal without @residency. */
void hv_record_set_residency(struct hv_record *record, HvFrame *frame,
                             const HvResidency *residency);

/* The way back. Returns: FALSE for a nominal ledger. */
gboolean hv_record_get_residency(const struct hv_record *record, HvResidency *residency);

/* Churn as hv_tracker_take_churn() told it, HV_CHURN_UNKNOWN included. */
void hv_record_set_churn(struct hv_record *record, gint64 churn_bytes);
gint64 hv_record_get_churn(const struct hv_record *record);

/* ---- writing ---- */

typedef struct HvRecorder HvRecorder;

/**
 * hv_recorder_new:
 * @path: a new file; an existing one is refused
 * @header: of the process
 *
 * Returns: (transfer full): a recorder, or NULL with HV_ERROR_IO
 */
HvRecorder *hv_recorder_new(const char *path, const struct alloc_snapshot_header *header,
                            GError **error);

/* The same of a file that will be called @name when it is whole, and is called so in errors. */
HvRecorder *hv_recorder_new_as(const char *path, const char *name,
                               const struct alloc_snapshot_header *header, GError **error);

/* Appends a frame with what was resident then, or not known to be, and its churn, or
 * HV_CHURN_UNKNOWN. FALSE with HV_ERROR_IO: the file ends with the record before. */
gboolean hv_recorder_add(HvRecorder *recorder, HvFrame *frame, const HvResidency *residency,
                         gint64 churn_bytes, GError **error);

gboolean hv_recorder_add_event(HvRecorder *recorder, const HvEvent *event, GError **error);

guint64 hv_recorder_bytes(HvRecorder *recorder);
guint hv_recorder_frames(HvRecorder *recorder);

/* Ends the file. FALSE with HV_ERROR_IO when the system could not keep all of it. */
gboolean hv_recorder_close(HvRecorder *recorder, GError **error);

/* ---- reading ---- */

typedef struct HvRecording HvRecording;

/* Whether the file begins like a recording. */
gboolean hv_recording_is(const char *path);

/**
 * hv_recording_open:
 *
 * Reads the whole file once, and keeps an index of it. Returns: (transfer full): the recording, or
 * NULL with HV_ERROR_FOREIGN, HV_ERROR_VERSION, HV_ERROR_CORRUPT (no frame can be read) or
 * HV_ERROR_IO
 */
HvRecording *hv_recording_open(const char *path, GError **error);

/* The same with the contents of such a file. Takes a reference on @file. */
HvRecording *hv_recording_open_bytes(GBytes *file, GError **error);

HvRecording *hv_recording_ref(HvRecording *recording);
void hv_recording_unref(HvRecording *recording);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvRecording, hv_recording_unref)

const struct alloc_snapshot_header *hv_recording_header(HvRecording *recording);
guint hv_recording_count(HvRecording *recording);
const struct hv_record *hv_recording_record(HvRecording *recording, guint index);
const HvEvent *hv_recording_events(HvRecording *recording, guint *count);

/* What could not be read, a sentence; NULL when all could. */
const char *hv_recording_note(HvRecording *recording);

/**
 * hv_recording_frame:
 * @index: below hv_recording_count()
 *
 * Returns: (transfer full): the frame, or NULL with HV_ERROR_CORRUPT or HV_ERROR_IO. Any thread.
 */
HvFrame *hv_recording_frame(HvRecording *recording, guint index, GError **error);

/**
 * hv_recording_find:
 * @at: a number from 1, "+SECONDS" after the first frame, or a time of day as HH:MM:SS
 *
 * Returns: FALSE with HV_ERROR_ARGUMENT; else the last frame at or before that moment.
 */
gboolean hv_recording_find(HvRecording *recording, const char *at, guint *index, GError **error);

G_END_DECLS
