/* SPDX-License-Identifier: MIT */
/* What a trim would give back, and so what is only kept, not fragmented. Any thread. */
#pragma once

#include "viewer/model/reasons.h"

G_BEGIN_DECLS

/**
 * hv_trim_bytes:
 * @reasons: of @frame
 * @exact: (out): FALSE: where blocks are not published one by one there may be more
 *
 * Free slices that are kept, and the whole free pages between live blocks. O(spans + blocks).
 *
 * Returns: bytes
 */
guint64 hv_trim_bytes(HvFrame *frame, HvReasons *reasons, gboolean *exact);

/* "A trim would give back at least 3.10 MiB." (transfer full) */
char *hv_trim_describe(guint64 bytes, gboolean exact);

G_END_DECLS
