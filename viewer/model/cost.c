/* SPDX-License-Identifier: MIT */
/* Frames that were published and not read cost the program as much as those that were. */
#include "viewer/model/cost.h"

static guint64 share_of(guint64 spent_ns, guint64 passed_ns) {
  return (guint64)((unsigned __int128)spent_ns * 1000000 / passed_ns);
}

static void begin(HvCost *cost, const struct alloc_frame *head, guint64 own_ns) {
  cost->at_ns = head->monotonic_ns;
  cost->last_seq = head->seq;
  cost->own_ns = own_ns;
  cost->spent_ns = 0;
}

void hv_cost_add(HvCost *cost, const struct alloc_frame *head, guint64 own_ns) {
  if (cost->at_ns == 0 || head->monotonic_ns <= cost->at_ns || head->seq < cost->last_seq ||
      own_ns < cost->own_ns) {
    cost->is_known = FALSE;
    begin(cost, head, own_ns);
    return;
  }
  cost->spent_ns += (head->seq - cost->last_seq) * head->cost_ns;
  cost->last_seq = head->seq;
  const guint64 passed_ns = head->monotonic_ns - cost->at_ns;
  if (passed_ns < HV_COST_INTERVAL_NS)
    return;
  cost->target = share_of(cost->spent_ns, passed_ns);
  cost->own = share_of(own_ns - cost->own_ns, passed_ns);
  cost->is_known = TRUE;
  begin(cost, head, own_ns);
}
