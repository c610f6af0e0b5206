/* SPDX-License-Identifier: MIT */
/*
 * The ledger along time: for each moment the bytes of each row, how much changed a second until
 * then, and for what was thinned out the lowest and highest of them. Bounded: when there are
 * HV_SAMPLES_MAX, pairs of the older half become one each.
 *
 *   low <= every ledger that went into the sample <= high        for each row and the total
 *
 * One thread at a time.
 */
#pragma once

#include "viewer/model/ledger.h"

G_BEGIN_DECLS

#define HV_SAMPLES_MAX 8192

/* Rows of a ledger by their state, then the total, and the churn: bytes a second, the mean since
 * the moment before. */
enum {
  HV_SAMPLE_TOTAL = HV_STATE_COUNT,
  HV_SAMPLE_CHURN,
  HV_SAMPLE_ROWS,
};

#define HV_CHURN_UNKNOWN (-1)

/*
 * HvSample:
 * @begin_ns, @end_ns: of the first and the last ledger in it
 * @low, @high: lowest and highest; @last: of the last ledger
 */
typedef struct {
  guint64 begin_ns;
  guint64 end_ns;
  gint64 low[HV_SAMPLE_ROWS];
  gint64 high[HV_SAMPLE_ROWS];
  gint64 last[HV_SAMPLE_ROWS];
} HvSample;

typedef struct HvSamples HvSamples;

HvSamples *hv_samples_new(void);
void hv_samples_free(HvSamples *samples);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvSamples, hv_samples_free)

/* Bytes of the rows of a ledger, by state; its churn is unknown. */
void hv_sample_ledger(HvLedger *ledger, gint64 *rows);

/* Adds a moment, not earlier than the one before. @rows: (array fixed-size=HV_SAMPLE_ROWS) */
void hv_samples_add(HvSamples *samples, guint64 time_ns, const gint64 *rows);

/* (transfer none) */
const HvSample *hv_samples_get(HvSamples *samples, guint *count);

/**
 * hv_samples_columns:
 * @begin_ns, @end_ns: the time that @count columns divide evenly
 * @columns: (out) (array length=count): what lies in each; begin_ns is 0 in one that nothing lies
 *   in, whose @last is that of the column before. The churn there is that of the next moment, which
 *   is a mean over the time before it
 *
 * O(samples + count).
 */
void hv_samples_columns(HvSamples *samples, guint64 begin_ns, guint64 end_ns, guint count,
                        HvSample *columns);

G_END_DECLS
