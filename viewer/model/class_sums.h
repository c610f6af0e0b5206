/* SPDX-License-Identifier: MIT */
/*
 * Per size class: what its spans hold. One pass over the spans of a frame, for a worker.
 *
 *   live + cached + transit <= capacity       blocks
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef struct {
  guint64 block_bytes; /* of the class */
  guint64 spans;
  guint64 capacity; /* blocks */
  guint64 live;
  guint64 cached;
  guint64 transit;
} HvClassSum;

/** hv_class_sums_new: Returns (transfer full) (element-type HvClassSum): index = size class. */
GArray *hv_class_sums_new(HvFrame *frame);

G_END_DECLS
