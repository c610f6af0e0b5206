/* SPDX-License-Identifier: MIT */
/*
 * Frames in files: copying the newest one out of a snapshot file that may be written at the same
 * time, and writing one as a file of its own. Inside of the model.
 */
#pragma once

#include "viewer/model/frame.h"
#include "viewer/model/input.h"

G_BEGIN_DECLS

/**
 * hv_snapshot_read_header:
 * @input: an open snapshot file
 * @header: (out): its header, checked
 * @error: HV_ERROR_FOREIGN, HV_ERROR_VERSION, HV_ERROR_CORRUPT or HV_ERROR_IO
 */
gboolean hv_snapshot_read_header(const HvInput *input, struct alloc_snapshot_header *header,
                                 GError **error);

/**
 * hv_snapshot_read_frame:
 * @input: an open snapshot file
 * @header: its header, as just read, with latest_seq not 0
 *
 * Copies frame number header.latest_seq.
 *
 * Returns: (transfer full): the frame, or NULL with HV_ERROR_TORN when the writer overtook the
 * copy, HV_ERROR_CORRUPT or HV_ERROR_IO.
 */
HvFrame *hv_snapshot_read_frame(const HvInput *input, const struct alloc_snapshot_header *header,
                                GError **error);

G_END_DECLS
