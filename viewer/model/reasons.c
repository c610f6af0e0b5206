/* SPDX-License-Identifier: MIT */
/*
 * HvReasons: rows of the ledger, split and joined by cause. What a row has resident is split among
 * the classes by what the allocator's records say of their spans; the parts of a split add up to
 * the row exactly, so all reasons add up to the total.
 */
#include "viewer/model/reasons.h"

#include <string.h>

#include "viewer/model/facts.h"
#include "viewer/model/holders.h"
#include "viewer/model/reasons_private.h"
#include "viewer/model/units.h"

enum { SPARSE_CLASSES = 4 }; /* told one by one; the rest together */

struct HvReasons {
  gatomicrefcount references;
  GArray *reasons; /* HvReason */
  GArray *plain;   /* the same in English */
  guint64 total_bytes;
};

static void reason_clear(gpointer data) {
  HvReason *reason = data;
  g_free(reason->title);
  g_free(reason->detail);
  g_free(reason->action);
  g_free(reason->query);
  g_free(reason->held_by);
}

/* ---- weighing ---- */

/* Free memory in used spans: by class where live blocks keep it, else by what else keeps it. */
typedef struct {
  guint64 *classes;
  guint64 caches;
  guint64 transit;
} Weights;

static void weigh_span(HvCauses *causes, const HvSpan *span, guint64 weight, Weights *weights) {
  if (span->live > 0) {
    HvClassCause *cause = &causes->classes[span->size_class];
    weights->classes[span->size_class] += weight;
    cause->sparse_weight += weight;
    if (span->live < span->capacity) {
      cause->sparse_spans++;
      cause->sparse_live += span->live;
      cause->sparse_blocks += span->capacity;
    }
  } else if (span->transit > 0 && span->cached == 0) {
    weights->transit += weight;
    causes->transit_spans++;
  } else {
    /* An empty span that is still in use is the one that a cache takes its next blocks from. */
    weights->caches += weight;
    causes->cache_spans++;
  }
}

static guint64 weights_sum(const HvCauses *causes, const Weights *weights) {
  guint64 sum = weights->caches + weights->transit;
  for (guint i = 0; i < causes->class_count; i++)
    sum += weights->classes[i];
  return sum;
}

/* @by_records: weigh what the records call held; else all that is not handed out. */
static void weigh_spans(HvCauses *causes, gboolean by_records, Weights *weights) {
  guint count = 0;
  const HvSpan *spans = hv_frame_spans(causes->frame, &count);
  memset(weights->classes, 0, causes->class_count * sizeof *weights->classes);
  weights->caches = weights->transit = 0;
  causes->cache_spans = causes->transit_spans = 0;
  for (guint i = 0; i < causes->class_count; i++) {
    HvClassCause *cause = &causes->classes[i];
    cause->sparse_spans = cause->sparse_live = cause->sparse_blocks = cause->sparse_weight = 0;
  }
  for (guint i = 0; i < count; i++) {
    HvFacts facts;
    if (spans[i].kind != ALLOC_SPAN_SMALL || spans[i].size_class >= causes->class_count)
      continue;
    hv_facts_of_span(causes->frame, i, &facts);
    guint64 weight = facts.value[HV_FIELD_WASTE];
    if (!by_records)
      weight += facts.value[HV_FIELD_SIZE] - facts.value[HV_FIELD_HELD];
    weigh_span(causes, &spans[i], weight, weights);
  }
}

/* Shares @total out by weight; the shares add up to it. */
typedef struct {
  gint64 total;
  guint64 sum;
  guint64 below;
  gint64 given;
} Share;

static gint64 share_next(Share *share, guint64 weight) {
  share->below += weight;
  gint64 until =
      share->sum == 0
          ? 0
          : (gint64)((unsigned __int128)(guint64)share->total * share->below / share->sum);
  gint64 part = until - share->given;
  share->given = until;
  return part;
}

static void split_free(HvCauses *causes) {
  Weights weights = {.classes = g_new0(guint64, causes->class_count + 1u)};
  /* Of address space, all of it counts; of resident memory, what the records call held. */
  weigh_spans(causes, !hv_ledger_is_nominal(causes->ledger), &weights);
  if (weights_sum(causes, &weights) == 0)
    weigh_spans(causes, FALSE, &weights);
  Share share = {causes->state[HV_STATE_FREE] + causes->state[HV_STATE_UNTOUCHED] +
                     causes->state[HV_STATE_TAIL],
                 weights_sum(causes, &weights), 0, 0};
  for (guint i = 0; i < causes->class_count; i++)
    causes->classes[i].sparse_bytes = share_next(&share, weights.classes[i]);
  causes->transit_around = share_next(&share, weights.transit);
  causes->cache_around = share_next(&share, weights.caches);
  g_free(weights.classes);
}

static void split_live(HvCauses *causes) {
  Share share = {causes->state[HV_STATE_LIVE], 0, 0, 0};
  for (guint i = 0; i < causes->class_count; i++)
    share.sum += causes->classes[i].sum->live * causes->classes[i].sum->block_bytes;
  for (guint i = 0; i < causes->class_count; i++)
    causes->classes[i].live_bytes =
        share_next(&share, causes->classes[i].sum->live * causes->classes[i].sum->block_bytes);
}

/* ---- causes to reasons ---- */

static HvReason *add(HvReasons *reasons, HvReasonKind kind, gint64 bytes) {
  HvReason reason = {.kind = kind, .bytes = bytes};
  g_array_append_val(reasons->reasons, reason);
  return &g_array_index(reasons->reasons, HvReason, reasons->reasons->len - 1);
}

static int compare_sparse(gconstpointer a, gconstpointer b, gpointer data) {
  const HvCauses *causes = data;
  gint64 left = causes->classes[*(const guint *)a].sparse_bytes;
  gint64 right = causes->classes[*(const guint *)b].sparse_bytes;
  return left > right ? -1 : left < right;
}

/* The classes that waste most, one by one while they matter; the rest together. */
static void add_sparse(HvReasons *reasons, HvCauses *causes) {
  g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint));
  gint64 total = 0;
  gint64 rest = 0;
  guint others = 0;
  for (guint i = 0; i < causes->class_count; i++) {
    total += causes->classes[i].sparse_bytes;
    if (causes->classes[i].sparse_bytes > 0)
      g_array_append_val(order, i);
  }
  g_array_sort_with_data(order, compare_sparse, causes);
  for (guint i = 0; i < order->len; i++) {
    guint size_class = g_array_index(order, guint, i);
    gint64 bytes = causes->classes[size_class].sparse_bytes;
    if (i > 0 && order->len > 2 && (i >= SPARSE_CLASSES || bytes < total / 20)) {
      rest += bytes;
      others++;
      continue;
    }
    HvReason *reason = add(reasons, HV_REASON_SPARSE, bytes);
    reason->block_bytes = causes->classes[size_class].sum->block_bytes;
    hv_reason_tell_sparse(causes, size_class, reason);
  }
  if (rest > 0)
    hv_reason_tell_sparse_rest(causes, others, add(reasons, HV_REASON_SPARSE, rest));
}

static void add_live(HvReasons *reasons, HvCauses *causes) {
  gint64 rest = 0;
  for (guint i = 1; i < causes->class_count; i++) {
    HvClassCause *cause = &causes->classes[i];
    if (!cause->trend.is_growing || cause->live_bytes <= 0) {
      rest += cause->live_bytes;
      continue;
    }
    HvReason *reason = add(reasons, HV_REASON_GROWING, cause->live_bytes);
    reason->block_bytes = cause->sum->block_bytes;
    hv_reason_tell_growing(causes, i, reason);
  }
  if (causes->large_trend.is_growing && causes->state[HV_STATE_LARGE] > 0)
    hv_reason_tell_growing(causes, HV_GROWTH_LARGE,
                           add(reasons, HV_REASON_GROWING, causes->state[HV_STATE_LARGE]));
  else
    rest += causes->state[HV_STATE_LARGE];
  /* Class 0 has no spans: what rounding left there, and nothing else. */
  if (causes->class_count > 0)
    rest += causes->classes[0].live_bytes;
  if (rest > 0)
    hv_reason_tell_live(causes, add(reasons, HV_REASON_LIVE, rest));
}

static void add_plain(HvReasons *reasons, HvCauses *causes, HvReasonKind kind, gint64 bytes,
                      void (*tell)(const HvCauses *causes, HvReason *reason)) {
  if (bytes != 0)
    tell(causes, add(reasons, kind, bytes));
}

static int compare_bytes(gconstpointer a, gconstpointer b) {
  const HvReason *left = a;
  const HvReason *right = b;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  if (left->kind != right->kind)
    return left->kind < right->kind ? -1 : 1;
  return left->block_bytes < right->block_bytes ? -1 : left->block_bytes > right->block_bytes;
}

static void read_ledger(HvCauses *causes) {
  guint count = 0;
  const HvLedgerRow *rows = hv_ledger_rows(causes->ledger, &count);
  for (guint i = 0; i < count; i++)
    causes->state[rows[i].state] += rows[i].bytes;
}

/* Fills reasons->reasons, in the language of this thread. */
static void tell_causes(HvReasons *reasons, HvCauses *causes) {
  const gint64 *state = causes->state;
  reasons->reasons = g_array_new(FALSE, FALSE, sizeof(HvReason));
  g_array_set_clear_func(reasons->reasons, reason_clear);
  add_sparse(reasons, causes);
  add_live(reasons, causes);
  add_plain(reasons, causes, HV_REASON_DIRTY, state[HV_STATE_DIRTY] + state[HV_STATE_CLEAN],
            hv_reason_tell_dirty);
  add_plain(reasons, causes, HV_REASON_CACHES, state[HV_STATE_CACHED] + causes->cache_around,
            hv_reason_tell_caches);
  add_plain(reasons, causes, HV_REASON_TRANSIT, state[HV_STATE_TRANSIT] + causes->transit_around,
            hv_reason_tell_transit);
  add_plain(reasons, causes, HV_REASON_REGIONS, state[HV_STATE_REGION], hv_reason_tell_regions);
  add_plain(reasons, causes, HV_REASON_METADATA, state[HV_STATE_METADATA], hv_reason_tell_metadata);
  add_plain(reasons, causes, HV_REASON_NOT_HEAP,
            state[HV_STATE_STACK] + state[HV_STATE_FILE] + state[HV_STATE_WATCH] +
                state[HV_STATE_ANONYMOUS],
            hv_reason_tell_not_heap);
  /* With it, whatever no span could be found for: the sum stays exact. */
  gint64 sum = 0;
  for (guint i = 0; i < reasons->reasons->len; i++)
    sum += g_array_index(reasons->reasons, HvReason, i).bytes;
  add_plain(reasons, causes, HV_REASON_UNEXPLAINED, (gint64)reasons->total_bytes - sum,
            hv_reason_tell_unexplained);
  g_array_sort(reasons->reasons, compare_bytes);
}

HvReasons *hv_reasons_new(HvFrame *frame, HvLedger *ledger, GArray *classes, HvGrowth *growth) {
  HvReasons *reasons = g_new0(HvReasons, 1);
  HvCauses causes = {.frame = frame, .ledger = ledger, .class_count = classes->len};
  g_atomic_ref_count_init(&reasons->references);
  reasons->total_bytes = hv_ledger_total_bytes(ledger);
  causes.classes = g_new0(HvClassCause, classes->len + 1u);
  for (guint i = 0; i < classes->len; i++) {
    causes.classes[i].sum = &g_array_index(classes, HvClassSum, i);
    if (growth != NULL && i > 0)
      causes.classes[i].trend = hv_growth_trend(growth, i);
  }
  if (growth != NULL) {
    causes.large_trend = hv_growth_trend(growth, HV_GROWTH_LARGE);
    causes.region_trend = hv_growth_trend(growth, HV_GROWTH_REGIONS);
  }
  read_ledger(&causes);
  split_free(&causes);
  split_live(&causes);
  locale_t before = hv_plain_begin();
  tell_causes(reasons, &causes);
  hv_plain_end(before);
  reasons->plain = g_steal_pointer(&reasons->reasons);
  tell_causes(reasons, &causes);
  g_free(causes.classes);
  return reasons;
}

void hv_reasons_attribute(HvReasons *reasons, struct HvProfile *profile) {
  for (guint i = 0; i < reasons->reasons->len; i++) {
    HvReason *reason = &g_array_index(reasons->reasons, HvReason, i);
    g_free(reason->held_by);
    reason->held_by = hv_holders_tell(profile, reason->query);
  }
}

HvReasons *hv_reasons_ref(HvReasons *reasons) {
  g_atomic_ref_count_inc(&reasons->references);
  return reasons;
}

void hv_reasons_unref(HvReasons *reasons) {
  if (!g_atomic_ref_count_dec(&reasons->references))
    return;
  g_array_unref(reasons->reasons);
  g_array_unref(reasons->plain);
  g_free(reasons);
}

guint hv_reasons_count(HvReasons *reasons) {
  return reasons->reasons->len;
}

const HvReason *hv_reasons_get(HvReasons *reasons, guint index) {
  g_return_val_if_fail(index < reasons->reasons->len, NULL);
  return &g_array_index(reasons->reasons, HvReason, index);
}

const HvReason *hv_reasons_get_plain(HvReasons *reasons, guint index) {
  g_return_val_if_fail(index < reasons->plain->len, NULL);
  return &g_array_index(reasons->plain, HvReason, index);
}

guint64 hv_reasons_total_bytes(HvReasons *reasons) {
  return reasons->total_bytes;
}

const char *hv_reason_key(HvReasonKind kind) {
  static const char *const keys[] = {
      [HV_REASON_SPARSE] = "sparse",     [HV_REASON_DIRTY] = "dirty",
      [HV_REASON_CACHES] = "caches",     [HV_REASON_TRANSIT] = "transit",
      [HV_REASON_REGIONS] = "regions",   [HV_REASON_GROWING] = "growing",
      [HV_REASON_LIVE] = "live",         [HV_REASON_METADATA] = "metadata",
      [HV_REASON_NOT_HEAP] = "not-heap", [HV_REASON_UNEXPLAINED] = "unexplained",
  };
  g_return_val_if_fail((guint)kind < G_N_ELEMENTS(keys), "");
  return keys[kind];
}

gboolean hv_reasons_equal(HvReasons *a, HvReasons *b) {
  if (a == NULL || b == NULL || a->reasons->len != b->reasons->len)
    return a == b;
  for (guint i = 0; i < a->reasons->len; i++) {
    const HvReason *left = hv_reasons_get(a, i);
    const HvReason *right = hv_reasons_get(b, i);
    if (left->kind != right->kind || left->bytes != right->bytes ||
        strcmp(left->title, right->title) != 0 || strcmp(left->detail, right->detail) != 0 ||
        g_strcmp0(left->held_by, right->held_by) != 0)
      return FALSE;
  }
  return TRUE;
}
