/* SPDX-License-Identifier: MIT */
/*
 * The heap by size class: the second order of the map. Every byte of arenas and regions appears
 * once, as runs grouped in bands:
 *
 *   a band per size class, its spans from empty to full      | .  .  :  :  +  #  #  # |
 *   large blocks, free slices that are kept, those given back, arena headers, mmapped regions
 *
 * so that each class is a sorted profile, whose pale part is its waste. Sums of states are kept
 * along the order, so that the mix of any stretch of it costs a logarithm. Immutable, any thread.
 */
#pragma once

#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

typedef enum {
  HV_BAND_ARENA,   /* one arena */
  HV_BAND_ARENAS,  /* all arenas, one after the other */
  HV_BAND_CLASS,   /* spans of one size class, from empty to full */
  HV_BAND_LARGE,   /* large spans */
  HV_BAND_DIRTY,   /* runs of free slices that may be resident */
  HV_BAND_CLEAN,   /* runs of free slices that are not */
  HV_BAND_HEADERS, /* heads of the arenas */
  HV_BAND_REGIONS, /* all mmapped regions, one after the other */
} HvBandKind;

/* A run of addresses that is contiguous in memory and on the axis of its band. */
typedef struct {
  guint64 address;
  guint64 bytes;
  guint64 offset; /* of the run on the axis of its band */
} HvRun;

/*
 * HvOrderBand:
 * @size_class: of HV_BAND_CLASS, else 0
 * @first_run, @run_count: its runs, never none
 * @bytes: their sum
 */
typedef struct {
  HvBandKind kind;
  guint size_class;
  guint first_run;
  guint run_count;
  guint64 bytes;
} HvOrderBand;

typedef struct HvOrder HvOrder;

/**
 * hv_order_new:
 * @pyramid: of the frame; a reference is taken
 *
 * Linear in the spans. Returns: (transfer full): the order by class
 */
HvOrder *hv_order_new(HvPyramid *pyramid);
HvOrder *hv_order_ref(HvOrder *order);
void hv_order_unref(HvOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvOrder, hv_order_unref)

HvFrame *hv_order_frame(HvOrder *order);

/* Bands from top to bottom, and the runs of all of them. (transfer none) */
const HvOrderBand *hv_order_bands(HvOrder *order, guint *count);
const HvRun *hv_order_runs(HvOrder *order, guint *count);

/**
 * hv_order_find:
 * @run: (out): index of the run that holds @address
 *
 * Returns: FALSE if no run does. O(log n).
 */
gboolean hv_order_find(HvOrder *order, guint64 address, guint *run);

/**
 * hv_order_span_run:
 * @span: index of a span of the frame
 *
 * Returns: index of its run.
 */
guint hv_order_span_run(HvOrder *order, guint span);

/**
 * hv_order_sum:
 * @run: index of a run, or the number of runs
 * @offset: bytes into that run
 * @bytes: (out) (array fixed-size=HV_STATE_MAP_COUNT): bytes by state of all that lies before;
 *   the difference of two sums is a mix
 */
void hv_order_sum(HvOrder *order, guint run, guint64 offset, guint64 *bytes);

G_END_DECLS
