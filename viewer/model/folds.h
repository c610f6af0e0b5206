/* SPDX-License-Identifier: MIT */
/*
 * What of the map's bands is folded away. By itself an arena leaves out the free slices at its end
 * that are not resident, from a power of two on, so that the rest keeps its place while the heap
 * grows. Immutable, any thread.
 */
#pragma once

#include "viewer/model/order.h"

G_BEGIN_DECLS

typedef enum {
  HV_FOLD_TAIL, /* as it is by itself */
  HV_FOLD_ROWS, /* only the header is left */
  HV_FOLD_NONE, /* all is shown */
} HvFold;

/* What is shown of an arena at least. */
#define HV_FOLD_ARENA_MIN_BYTES (G_GUINT64_CONSTANT(1) << 20)

/* So few rows are not worth a strip that tells of them. */
#define HV_FOLD_ROWS_MIN 8

typedef struct HvFolds HvFolds;

/* @index of a band that is not one arena's: its size class, or 0. @address: of the arena. A band
 * keeps its key while the heap changes. */
guint64 hv_folds_key(HvBandKind kind, guint index, guint64 address);

/* The set in which nothing was asked for. (transfer full) */
HvFolds *hv_folds_new(void);

/**
 * hv_folds_with:
 * @folds: left as it is
 *
 * Returns: (transfer full): the same, but with @fold for the band of @key
 */
HvFolds *hv_folds_with(HvFolds *folds, guint64 key, HvFold fold);
HvFolds *hv_folds_ref(HvFolds *folds);
void hv_folds_unref(HvFolds *folds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvFolds, hv_folds_unref)

/* @folds: (nullable): NULL: nothing was asked for */
HvFold hv_folds_get(HvFolds *folds, guint64 key);

/* Bytes of arena @index up to where it may be cut off. O(slices). */
guint64 hv_folds_arena_bytes(HvFrame *frame, guint index);

G_END_DECLS
