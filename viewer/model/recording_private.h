/* SPDX-License-Identifier: MIT */
/* What the writer and the reader of recordings share. */
#pragma once

#include "viewer/model/recording.h"
#include "viewer/model/sample.h"

G_BEGIN_DECLS

#define HV_CHECKSUM_START G_GUINT64_CONSTANT(0xcbf29ce484222325)

guint64 hv_recording_checksum(guint64 sum, gconstpointer data, gsize size);
guint64 hv_record_checksum(const struct hv_record *record, gconstpointer payload, gsize size);
guint64 hv_recording_header_checksum(const struct hv_recording_header *header);

G_END_DECLS
