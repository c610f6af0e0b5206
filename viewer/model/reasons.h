/* SPDX-License-Identifier: MIT */
/*
 * Where the memory went: the ledger's total, cut by cause instead of by state, the largest first.
 *
 *   sum (bytes of all reasons) = hv_ledger_total_bytes()          exactly
 *
 * Memory counts for what keeps it: free blocks beside live ones for the sparse spans of their
 * class, but free blocks in a span that only cached blocks keep for the thread caches. Each reason
 * says what would give its memory back, and names a query (query.h) that shows it on the map.
 * Immutable, any thread.
 */
#pragma once

#include "viewer/model/class_sums.h"
#include "viewer/model/growth.h"
#include "viewer/model/ledger.h"

G_BEGIN_DECLS

typedef enum {
  HV_REASON_SPARSE,      /* free blocks in spans of one class that live blocks keep */
  HV_REASON_DIRTY,       /* free slices not given back */
  HV_REASON_CACHES,      /* thread caches, and what only they keep */
  HV_REASON_TRANSIT,     /* freed by other threads, not collected, and what only that keeps */
  HV_REASON_REGIONS,     /* mmapped regions */
  HV_REASON_GROWING,     /* live data of one class that keeps growing */
  HV_REASON_LIVE,        /* the rest of the live data */
  HV_REASON_METADATA,    /* what the allocator needs for itself */
  HV_REASON_NOT_HEAP,    /* program, files, stacks, other mappings */
  HV_REASON_UNEXPLAINED, /* what no state accounts for; can be negative */
} HvReasonKind;

/* A thread without a slow path for so long counts as idle. */
#define HV_REASON_IDLE_NS G_GUINT64_CONSTANT(2000000000)

/*
 * HvReason:
 * @kind: the cause
 * @block_bytes: of the size class it is about; 0: of no single one
 * @bytes: of the ledger's total
 * @title: what it is, a few words: "Sparse spans of 1 KiB blocks"
 * @detail: how it comes, a sentence with numbers
 * @action: what would give it back, a sentence or two
 * @can_trim: whether a trim gives back some or all of it
 * @query: (nullable): shows it on the map; NULL for what is not on the map: see mappings.h
 * @held_by: (nullable): the call stacks that hold most of it, one a line, where a profile tells
 */
typedef struct {
  HvReasonKind kind;
  guint64 block_bytes;
  gint64 bytes;
  char *title;
  char *detail;
  char *action;
  gboolean can_trim;
  char *query;
  char *held_by;
} HvReason;

typedef struct HvReasons HvReasons;

/**
 * hv_reasons_new:
 * @ledger: of @frame
 * @classes: (element-type HvClassSum): of @frame
 * @growth: (nullable): what was watched until now; read during the call only
 *
 * O(spans). Returns: (transfer full): reasons, by descending bytes; those of 0 bytes left out
 */
HvReasons *hv_reasons_new(HvFrame *frame, HvLedger *ledger, GArray *classes, HvGrowth *growth);
HvReasons *hv_reasons_ref(HvReasons *reasons);
void hv_reasons_unref(HvReasons *reasons);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvReasons, hv_reasons_unref)

/**
 * hv_reasons_attribute:
 * @profile: of the same frame
 *
 * Adds to each reason who holds it. Before the reasons are shared.
 */
struct HvProfile;
void hv_reasons_attribute(HvReasons *reasons, struct HvProfile *profile);

guint hv_reasons_count(HvReasons *reasons);

/* (transfer none) */
const HvReason *hv_reasons_get(HvReasons *reasons, guint index);

/* The same reason told in English, whatever the language, for files of data; without @held_by.
 * (transfer none) */
const HvReason *hv_reasons_get_plain(HvReasons *reasons, guint index);

/* The sum of all: the total of the ledger. */
guint64 hv_reasons_total_bytes(HvReasons *reasons);

/* Identifier for scripts: "sparse", "caches", ... (transfer none) */
const char *hv_reason_key(HvReasonKind kind);

/* Whether both, either of them NULL, say the same. */
gboolean hv_reasons_equal(HvReasons *a, HvReasons *b);

G_END_DECLS
