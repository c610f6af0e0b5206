/* SPDX-License-Identifier: MIT */
/* Between reasons.c, which cuts the ledger into causes, and reasons_text.c, which tells them. */
#pragma once

#include "viewer/model/reasons.h"

G_BEGIN_DECLS

/* What is known of the spans of one class, and of the free memory in them. */
typedef struct {
  const HvClassSum *sum;
  guint64 sparse_spans;  /* with live blocks and room */
  guint64 sparse_live;   /* live blocks in them */
  guint64 sparse_blocks; /* blocks there is room for in them */
  guint64 sparse_weight; /* bytes they may keep resident for nothing */
  gint64 sparse_bytes;   /* of the ledger */
  gint64 live_bytes;     /* of the ledger */
  HvTrend trend;
} HvClassCause;

/* Everything that the sentences need. */
typedef struct {
  HvFrame *frame;
  HvLedger *ledger;
  gint64 state[HV_STATE_COUNT]; /* bytes of each row of the ledger */
  guint class_count;
  HvClassCause *classes;
  guint64 cache_spans; /* spans that only cached blocks keep */
  gint64 cache_around; /* free bytes in them */
  guint64 transit_spans;
  gint64 transit_around;
  HvTrend large_trend;
  HvTrend region_trend;
} HvCauses;

/* Each fills title, detail, action and query of @reason, whose kind and bytes are set. */
void hv_reason_tell_sparse(const HvCauses *causes, guint size_class, HvReason *reason);
void hv_reason_tell_sparse_rest(const HvCauses *causes, guint count, HvReason *reason);
void hv_reason_tell_growing(const HvCauses *causes, guint size_class, HvReason *reason);
void hv_reason_tell_live(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_dirty(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_caches(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_transit(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_regions(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_metadata(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_not_heap(const HvCauses *causes, HvReason *reason);
void hv_reason_tell_unexplained(const HvCauses *causes, HvReason *reason);

G_END_DECLS
