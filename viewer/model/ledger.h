/* SPDX-License-Identifier: MIT */
/*
 * The ledger: the sum that explains RSS. Its resident rows add up to the total exactly, the row
 * "unexplained" included. Memory that is only reserved stands apart, as it is no part of RSS.
 * Immutable after creation, any thread.
 */
#pragma once

#include "viewer/model/residency.h"

G_BEGIN_DECLS

typedef struct HvLedger HvLedger;

/*
 * HvLedgerRow:
 * @key: stable identifier ("live", "free", ...)
 * @title: for people
 * @explanation: one sentence: what it is, and what would change it
 * @state: colour of the row in the palette
 * @bytes: resident bytes (nominal bytes of address space in a nominal ledger); only
 *   "unexplained" can be negative
 * @nominal_bytes: address space of the same things by the frame; 0 where the frame says nothing
 * @estimated: whether @bytes is an estimate
 */
typedef struct {
  const char *key;
  const char *title;
  const char *explanation;
  HvState state;
  gint64 bytes;
  guint64 nominal_bytes;
  gboolean estimated;
} HvLedgerRow;

/**
 * hv_ledger_new:
 * @frame: a frame
 * @residency: (nullable): what is resident; NULL for a dead process or a saved frame, whose ledger
 *   counts address space instead and is marked nominal
 *
 * Returns: (transfer full): the ledger
 */
HvLedger *hv_ledger_new(HvFrame *frame, const HvResidency *residency);
HvLedger *hv_ledger_ref(HvLedger *ledger);
void hv_ledger_unref(HvLedger *ledger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvLedger, hv_ledger_unref)

/* Rows in the order of the bar; they add up to hv_ledger_total_bytes(). Rows of 0 are included. */
const HvLedgerRow *hv_ledger_rows(HvLedger *ledger, guint *count);

/* The row of the sum with that key. (transfer none) (nullable) */
const HvLedgerRow *hv_ledger_find_row(HvLedger *ledger, const char *key);

/* Rows of memory that is reserved, purged or swapped: outside the bar. */
const HvLedgerRow *hv_ledger_virtual_rows(HvLedger *ledger, guint *count);

/**
 * hv_ledger_huge_row:
 *
 * Huge-page slack: what of the heap's free memory is resident in huge pages. It is in rows of the
 * sum already. At most so much: the kernel tells how many huge pages there are, not where. Returns:
 * (transfer none) (nullable): NULL in a nominal ledger, and where there are no huge pages
 */
const HvLedgerRow *hv_ledger_huge_row(HvLedger *ledger);

/* RSS, or the address space of the heap in a nominal ledger. */
guint64 hv_ledger_total_bytes(HvLedger *ledger);

/* Whether the rows count address space, not resident memory. */
gboolean hv_ledger_is_nominal(HvLedger *ledger);

/* "Resident memory (RSS)" or "Heap by address space". (transfer none) */
const char *hv_ledger_title(HvLedger *ledger);

/* How the figures were got, a sentence; NULL when they are exact. (transfer none) (nullable) */
const char *hv_ledger_note(HvLedger *ledger);

/* What became of a row: @row is that of the later ledger, or of the earlier one if it is in no
 * other. */
typedef struct {
  const HvLedgerRow *row;
  gint64 before; /* bytes */
  gint64 after;
} HvLedgerPair;

/**
 * hv_ledger_pairs:
 *
 * All rows of the sums, those of @after first, in their order; then what only @before has. Each
 * column adds up to the total of its ledger.
 * Returns: (transfer full) (element-type HvLedgerPair): valid as long as both ledgers
 */
GArray *hv_ledger_pairs(HvLedger *before, HvLedger *after);

/**
 * hv_ledger_changes:
 *
 * All rows of the sum that changed, the most first. They add up to the change of the total exactly.
 * Returns: (transfer full) (element-type HvLedgerPair): valid as long as both ledgers
 */
GArray *hv_ledger_changes(HvLedger *before, HvLedger *after);

G_END_DECLS
