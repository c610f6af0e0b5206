/* SPDX-License-Identifier: MIT */
/*
 * HvLedger: one row per state, from residency or from the frame's totals. The row "unexplained"
 * is total - sum of the others, so that the rows always add up.
 */
#include "viewer/model/ledger.h"

#include <glib/gi18n.h>
#include <string.h>

enum {
  VIRTUAL_ROWS_MAX = 4,
};

struct HvLedger {
  gatomicrefcount references;
  gboolean nominal;
  guint64 total_bytes;
  const char *note;
  guint row_count;
  guint virtual_count;
  HvLedgerRow rows[HV_STATE_COUNT];
  HvLedgerRow virtual_rows[VIRTUAL_ROWS_MAX];
  HvLedgerRow huge_row; /* of 0 bytes: there is none */
};

/* What the frame says about a state, bytes of address space. */
static guint64 nominal_bytes(HvFrame *frame, HvState state) {
  const struct alloc_frame *head = hv_frame_head(frame);
  switch (state) {
  case HV_STATE_LIVE:
    return head->total_live_bytes;
  case HV_STATE_LARGE:
    return head->total_large_bytes;
  case HV_STATE_REGION:
    return head->total_region_bytes;
  case HV_STATE_CACHED:
    return head->total_cached_bytes;
  case HV_STATE_TRANSIT:
    return head->total_transit_bytes;
  case HV_STATE_FREE:
    return head->total_free_bytes;
  case HV_STATE_UNTOUCHED:
    return head->total_untouched_bytes;
  case HV_STATE_TAIL:
    return head->total_tail_bytes;
  case HV_STATE_DIRTY:
    return head->total_dirty_bytes + head->total_spare_bytes;
  case HV_STATE_CLEAN:
    return head->total_clean_bytes;
  case HV_STATE_METADATA:
    return head->total_header_bytes + head->total_metadata_bytes;
  default:
    return 0;
  }
}

static guint64 resident_bytes(const HvResidency *residency, HvState state) {
  switch (state) {
  case HV_STATE_STACK:
    return residency->stack_bytes;
  case HV_STATE_FILE:
    return residency->file_bytes;
  case HV_STATE_WATCH:
    return residency->watch_bytes;
  case HV_STATE_ANONYMOUS:
    return residency->anonymous_bytes;
  default:
    return state < HV_STATE_MAP_COUNT ? residency->state[state] : 0;
  }
}

/* In the order of the bar: what the program holds, what the allocator holds, what is not heap. */
static const HvState order[] = {
    HV_STATE_LIVE,     HV_STATE_LARGE,     HV_STATE_REGION, HV_STATE_CACHED, HV_STATE_TRANSIT,
    HV_STATE_FREE,     HV_STATE_UNTOUCHED, HV_STATE_TAIL,   HV_STATE_DIRTY,  HV_STATE_CLEAN,
    HV_STATE_METADATA, HV_STATE_STACK,     HV_STATE_FILE,   HV_STATE_WATCH,  HV_STATE_ANONYMOUS,
};

static const char *row_title(HvState state) {
  switch (state) {
  case HV_STATE_LIVE:
    return _("Live, small blocks");
  case HV_STATE_LARGE:
    return _("Live, large blocks");
  case HV_STATE_REGION:
    return _("Live, mmapped regions");
  case HV_STATE_CACHED:
    return _("Cached by threads");
  case HV_STATE_TRANSIT:
    return _("In transit between threads");
  case HV_STATE_FREE:
    return _("Free in used spans");
  case HV_STATE_UNTOUCHED:
    return _("Never used, in used spans");
  case HV_STATE_TAIL:
    return _("Rounding, ends of spans");
  case HV_STATE_DIRTY:
    return _("Free, kept");
  case HV_STATE_CLEAN:
    return _("Free, given back");
  case HV_STATE_METADATA:
    return _("Metadata");
  case HV_STATE_STACK:
    return _("Stacks");
  case HV_STATE_FILE:
    return _("Program and files");
  case HV_STATE_WATCH:
    return _("Being watched");
  case HV_STATE_ANONYMOUS:
    return _("Other memory");
  default:
    return _("Unexplained");
  }
}

static void add_virtual(HvLedger *ledger, const char *key, const char *title,
                        const char *explanation, HvState state, guint64 bytes) {
  ledger->virtual_rows[ledger->virtual_count++] = (HvLedgerRow){
      .key = key,
      .title = title,
      .explanation = explanation,
      .state = state,
      .bytes = (gint64)bytes,
      .nominal_bytes = bytes,
  };
}

static void add_virtual_rows(HvLedger *ledger, HvFrame *frame, const HvResidency *residency) {
  const struct alloc_frame *head = hv_frame_head(frame);
  guint64 clean = head->total_clean_bytes;
  if (residency != NULL)
    clean -= MIN(clean, residency->state[HV_STATE_CLEAN]);
  add_virtual(ledger, "reserved", _("Free slices, not resident"),
              _("Slices of arenas that were given back or never used: address space only."),
              HV_STATE_CLEAN, clean);
  add_virtual(ledger, "purged", _("Purged inside used spans"),
              _("Whole free pages between live blocks that were given back: address space only."),
              HV_STATE_FREE, head->total_purged_bytes);
  if (residency != NULL)
    add_virtual(ledger, "swapped", _("Swapped out"),
                _("Pages of this process in swap: not resident, and not lost either."),
                HV_STATE_NONE, residency->swap_bytes);
}

/* Free memory that is resident, as far as there are huge pages that it can lie in. */
static void make_huge_row(HvLedger *ledger, const HvResidency *residency) {
  static const HvState unused[] = {HV_STATE_FREE, HV_STATE_UNTOUCHED, HV_STATE_TAIL, HV_STATE_DIRTY,
                                   HV_STATE_CLEAN};
  guint64 bytes = 0;
  for (guint i = 0; i < G_N_ELEMENTS(unused); i++)
    bytes += residency->state[unused[i]];
  ledger->huge_row = (HvLedgerRow){
      .key = "huge_slack",
      .title = _("Free memory in huge pages"),
      .explanation = _(
          "The kernel fills 2 MiB at a time here, used or not, which saves page faults. What of it "
          "is free is in the rows of free memory already, so it is no part of the sum. "
          "LIBALLOC_HUGE_PAGES=0 does without."),
      .state = HV_STATE_NONE,
      .bytes = (gint64)MIN(bytes, residency->huge_bytes),
      .estimated = TRUE,
  };
}

HvLedger *hv_ledger_new(HvFrame *frame, const HvResidency *residency) {
  HvLedger *ledger = g_new0(HvLedger, 1);
  g_atomic_ref_count_init(&ledger->references);
  ledger->nominal = residency == NULL;
  gint64 sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
    HvState state = order[i];
    guint64 nominal = nominal_bytes(frame, state);
    /* What is not in memory of the heap has no nominal size. */
    if (ledger->nominal && (state == HV_STATE_CLEAN || state >= HV_STATE_MAP_COUNT))
      continue;
    HvLedgerRow *row = &ledger->rows[ledger->row_count++];
    row->key = hv_state_key(state);
    row->title = row_title(state);
    row->explanation = hv_state_explanation(state);
    row->state = state;
    row->nominal_bytes = nominal;
    row->bytes = (gint64)(ledger->nominal ? nominal : resident_bytes(residency, state));
    row->estimated = residency != NULL &&
                     ((state < HV_STATE_MAP_COUNT && residency->basis != HV_RESIDENCY_EXACT) ||
                      ((state == HV_STATE_METADATA || state == HV_STATE_ANONYMOUS) &&
                       residency->metadata_estimated));
    sum += row->bytes;
  }
  if (ledger->nominal) {
    ledger->total_bytes = (guint64)sum;
    ledger->note = _("This is address space by the allocator's own count: what of it was resident "
                     "is known for a live process only.");
  } else {
    ledger->total_bytes = residency->rss_bytes;
    ledger->note = residency->note;
    HvLedgerRow *row = &ledger->rows[ledger->row_count++];
    row->key = hv_state_key(HV_STATE_UNEXPLAINED);
    row->title = row_title(HV_STATE_UNEXPLAINED);
    row->explanation = hv_state_explanation(HV_STATE_UNEXPLAINED);
    row->state = HV_STATE_UNEXPLAINED;
    row->bytes = (gint64)residency->rss_bytes - sum;
  }
  add_virtual_rows(ledger, frame, residency);
  if (residency != NULL)
    make_huge_row(ledger, residency);
  return ledger;
}

HvLedger *hv_ledger_ref(HvLedger *ledger) {
  g_atomic_ref_count_inc(&ledger->references);
  return ledger;
}

void hv_ledger_unref(HvLedger *ledger) {
  if (g_atomic_ref_count_dec(&ledger->references))
    g_free(ledger);
}

const HvLedgerRow *hv_ledger_rows(HvLedger *ledger, guint *count) {
  *count = ledger->row_count;
  return ledger->rows;
}

const HvLedgerRow *hv_ledger_virtual_rows(HvLedger *ledger, guint *count) {
  *count = ledger->virtual_count;
  return ledger->virtual_rows;
}

const HvLedgerRow *hv_ledger_huge_row(HvLedger *ledger) {
  return ledger->huge_row.bytes != 0 ? &ledger->huge_row : NULL;
}

guint64 hv_ledger_total_bytes(HvLedger *ledger) {
  return ledger->total_bytes;
}

gboolean hv_ledger_is_nominal(HvLedger *ledger) {
  return ledger->nominal;
}

const char *hv_ledger_title(HvLedger *ledger) {
  return ledger->nominal ? _("Heap by address space") : _("Resident memory (RSS)");
}

const char *hv_ledger_note(HvLedger *ledger) {
  return ledger->note;
}

const HvLedgerRow *hv_ledger_find_row(HvLedger *ledger, const char *key) {
  for (guint i = 0; i < ledger->row_count; i++)
    if (strcmp(ledger->rows[i].key, key) == 0)
      return &ledger->rows[i];
  return NULL;
}

GArray *hv_ledger_pairs(HvLedger *before, HvLedger *after) {
  GArray *pairs = g_array_new(FALSE, FALSE, sizeof(HvLedgerPair));
  for (guint i = 0; i < after->row_count; i++) {
    const HvLedgerRow *row = &after->rows[i];
    const HvLedgerRow *old = hv_ledger_find_row(before, row->key);
    HvLedgerPair pair = {row, old == NULL ? 0 : old->bytes, row->bytes};
    g_array_append_val(pairs, pair);
  }
  for (guint i = 0; i < before->row_count; i++) {
    HvLedgerPair pair = {&before->rows[i], before->rows[i].bytes, 0};
    if (hv_ledger_find_row(after, before->rows[i].key) == NULL)
      g_array_append_val(pairs, pair);
  }
  return pairs;
}

static gint64 change_bytes(const HvLedgerPair *pair) {
  return pair->after - pair->before;
}

static gint compare_changes(gconstpointer a, gconstpointer b) {
  gint64 left = ABS(change_bytes(a));
  gint64 right = ABS(change_bytes(b));
  return left > right ? -1 : left < right;
}

GArray *hv_ledger_changes(HvLedger *before, HvLedger *after) {
  GArray *changes = hv_ledger_pairs(before, after);
  for (guint i = changes->len; i-- > 0;)
    if (change_bytes(&g_array_index(changes, HvLedgerPair, i)) == 0)
      g_array_remove_index(changes, i);
  g_array_sort(changes, compare_changes);
  return changes;
}
