/* SPDX-License-Identifier: MIT */
/*
 * Frames made small: zstd, on their own or against another frame, of which most is the same.
 * One codec for history and recordings. Any thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * hv_codec_encode:
 * @plain: any bytes
 * @prefix: (nullable): what @plain resembles; needed again to decode
 *
 * Returns: (transfer full) (nullable): the bytes made small; NULL when memory is short
 */
GBytes *hv_codec_encode(GBytes *plain, GBytes *prefix);

/**
 * hv_codec_decode:
 * @coded: hostile
 * @plain_bytes: size that the result must have, at most HV_FRAME_MAX_BYTES
 * @prefix: (nullable): as it was for encoding
 *
 * Returns: (transfer full): the bytes as they were, or NULL with HV_ERROR_CORRUPT
 */
GBytes *hv_codec_decode(GBytes *coded, guint64 plain_bytes, GBytes *prefix, GError **error);

G_END_DECLS
