/* SPDX-License-Identifier: MIT */
/* Names and explanations of the states, as one table. */
#include "viewer/model/state.h"

static const struct {
  const char *key;
  const char *name;
  const char *explanation;
} states[HV_STATE_COUNT] = {
    [HV_STATE_NONE] = {"none", "not mapped", "Addresses that are not part of the heap."},
    [HV_STATE_LIVE] = {"live", "live",
                       "Small blocks that the program has allocated and not freed."},
    [HV_STATE_LARGE] = {"large", "live, large",
                        "Blocks of whole slices that the program has allocated and not freed."},
    [HV_STATE_REGION] = {"region", "live, mmapped",
                         "Huge blocks with a mapping of their own, in the program's hands."},
    [HV_STATE_CACHED] = {"cached", "cached",
                         "Freed blocks that a thread keeps at hand for its next allocations."},
    [HV_STATE_TRANSIT] = {"transit", "in transit",
                          "Blocks freed by another thread that their owner has not collected yet."},
    [HV_STATE_FREE] = {"free", "free in used spans",
                       "Freed blocks between live ones: reused for the same size, given back to "
                       "the system page by page."},
    [HV_STATE_UNTOUCHED] = {"untouched", "never used",
                            "Room in used spans that was never handed out."},
    [HV_STATE_TAIL] = {"tail", "span ends", "Ends of spans too short for one more block."},
    [HV_STATE_DIRTY] = {"dirty", "free, kept",
                        "Free memory kept for reuse, which the allocator gives back in time."},
    [HV_STATE_CLEAN] = {"clean", "free, given back",
                        "Free memory that was given back to the system or never used."},
    [HV_STATE_METADATA] = {"metadata", "metadata",
                           "What the allocator needs for itself: arena headers, caches, tables."},
    [HV_STATE_STACK] = {"stacks", "stacks", "Stacks of the threads: not this heap."},
    [HV_STATE_FILE] = {"files", "files",
                       "Program, libraries, mapped files and shared memory: not this heap."},
    [HV_STATE_WATCH] = {"watch", "being watched",
                        "The snapshots published for this view; they go when watching stops."},
    [HV_STATE_ANONYMOUS] = {"anonymous", "other memory",
                            "Anonymous memory that the program mapped itself: not this heap."},
    [HV_STATE_UNEXPLAINED] = {"unexplained", "unexplained",
                              "What the other rows leave over: pages that came or went while they "
                              "were counted, or a mistake of ours."},
};

const char *hv_state_name(HvState state) {
  g_return_val_if_fail((guint)state < HV_STATE_COUNT, "");
  return states[state].name;
}

const char *hv_state_key(HvState state) {
  g_return_val_if_fail((guint)state < HV_STATE_COUNT, "");
  return states[state].key;
}

const char *hv_state_explanation(HvState state) {
  g_return_val_if_fail((guint)state < HV_STATE_COUNT, "");
  return states[state].explanation;
}
