/* SPDX-License-Identifier: MIT */
/*
 * What watching costs: the CPU time that the program's publisher says it spends on its frames, and
 * that of whoever looks at them, as shares of one core over the last second or so. One thread.
 *
 *   share = (frames published since then x CPU time of the last one) / time between the two
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

/* Shares are told anew as often as this. */
#define HV_COST_INTERVAL_NS G_GUINT64_CONSTANT(1000000000)

/*
 * HvCost: zeroed, it knows nothing.
 * @at_ns, @own_ns: CLOCK_MONOTONIC of the frame that is counted from; CPU time of
 *   this program then
 * @last_seq: number of the last frame
 * @spent_ns: of the program, on frames since then
 * @is_known: the shares are
 * @target, @own: shares of one core, millionths
 */
typedef struct {
  guint64 at_ns;
  guint64 last_seq;
  guint64 own_ns;
  guint64 spent_ns;
  gboolean is_known;
  guint64 target;
  guint64 own;
} HvCost;

/**
 * hv_cost_add:
 * @head: of a frame; one that is not later than the last begins anew
 * @own_ns: CPU time that this program has spent until now
 */
void hv_cost_add(HvCost *cost, const struct alloc_frame *head, guint64 own_ns);

G_END_DECLS
