/* SPDX-License-Identifier: MIT */
/*
 * Ledger, reasons, release curve, profile and changes as CSV (RFC 4180) or JSON, for programs:
 * English in every language, numbers in bytes. alloc-inspect and the window write the same bytes.
 * Any thread.
 */
#pragma once

#include "viewer/model/compare.h"
#include "viewer/model/ledger.h"
#include "viewer/model/profile.h"
#include "viewer/model/query.h"
#include "viewer/model/reasons.h"
#include "viewer/model/release.h"

G_BEGIN_DECLS

/* One row each: those of the sum, then those that are not resident. (transfer full) */
char *hv_ledger_dup_data(HvLedger *ledger, gboolean as_json);

/**
 * hv_reasons_dup_data:
 * @frame, @ledger: what @reasons are of
 * @profile: (nullable): of the same frame: JSON then names the call stacks that hold each reason
 *
 * Returns: (transfer full)
 */
char *hv_reasons_dup_data(HvReasons *reasons, HvFrame *frame, HvLedger *ledger, HvProfile *profile,
                          gboolean as_json);

/* The curve, as JSON with its totals and the spans by fill. (transfer full) */
char *hv_release_dup_data(HvRelease *release, gboolean as_json);

/* The lists that a comparison has. */
typedef enum {
  HV_CHANGES_BORN,    /* new blocks */
  HV_CHANGES_CLASSES, /* that changed */
  HV_CHANGES_LEDGER,  /* row by row */
  HV_CHANGES_LISTS,
} HvChangesList;

/* "born", "classes", "ledger". */
const char *hv_changes_key(HvChangesList which);

/* The list of that key; FALSE: there is none. */
gboolean hv_changes_parse(const char *key, HvChangesList *which);

/* Two moments and what is between them. */
typedef struct {
  HvCompare *compare;
  HvFrame *after;
  HvLedger *ledger_before;
  HvLedger *ledger_after;
} HvCompared;

/* One of the lists; @limit: new blocks at most. (transfer full) */
char *hv_changes_dup_data(const HvCompared *compared, HvChangesList which, guint limit,
                          gboolean as_json);

/**
 * hv_profile_dup_data:
 * @query: (nullable): instead of what the call stacks have in @view, what they hold of the live
 *   places that it matches (holders.h)
 *
 * One row a call stack, most bytes first. Without a query JSON has all views of each, and its
 * frames. Returns: (transfer full)
 */
char *hv_profile_dup_data(HvProfile *profile, HvProfileView view, HvQuery *query, gboolean as_json);

G_END_DECLS
