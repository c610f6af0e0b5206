/* SPDX-License-Identifier: MIT */
/* Names and explanations of the states, as one table. */
#include "viewer/model/state.h"

#include <glib/gi18n.h>

static const struct {
  const char *key;
  const char *name;
  const char *explanation;
} states[HV_STATE_COUNT] = {
    [HV_STATE_NONE] = {"none", N_("not mapped"), N_("Addresses that are not part of the heap.")},
    [HV_STATE_LIVE] =
        {"live", N_("live"),
         N_("Small blocks that the program has allocated and not freed, each with what "
            "its size was rounded up by.")},
    [HV_STATE_LARGE] = {"large", N_("live, large"),
                        N_("Blocks of whole slices that the program has allocated and not freed.")},
    [HV_STATE_REGION] = {"region", N_("live, mmapped"),
                         N_("Huge blocks with a mapping of their own, in the program's hands.")},
    [HV_STATE_CACHED] = {"cached", N_("cached"),
                         N_("Freed blocks that a thread keeps at hand for its next allocations.")},
    [HV_STATE_TRANSIT] =
        {"transit", N_("in transit"),
         N_("Blocks freed by another thread that their owner has not collected yet.")},
    [HV_STATE_FREE] = {"free", N_("free in used spans"),
                       N_("Freed blocks between live ones: reused for the same size, given back to "
                          "the system page by page.")},
    [HV_STATE_UNTOUCHED] = {"untouched", N_("never used"),
                            N_("Room in used spans that was never handed out.")},
    [HV_STATE_TAIL] =
        {"tail", N_("span ends"),
         N_("Ends of spans too short for one more block. What the sizes asked for were rounded up "
            "by is not in this row but in those of live blocks, since the allocator does not keep "
            "these sizes. A trace has them: LIBALLOC_TRACE.")},
    [HV_STATE_DIRTY] = {"dirty", N_("free, kept"),
                        N_("Free memory kept for reuse, which the allocator gives back in time.")},
    [HV_STATE_CLEAN] = {"clean", N_("free, given back"),
                        N_("Free memory that was given back to the system or never used.")},
    [HV_STATE_METADATA] =
        {"metadata", N_("metadata"),
         N_("What the allocator needs for itself: arena headers, caches, tables.")},
    [HV_STATE_STACK] = {"stacks", N_("stacks"), N_("Stacks of the threads: not this heap.")},
    [HV_STATE_FILE] = {"files", N_("files"),
                       N_("Program, libraries, mapped files and shared memory: not this heap.")},
    [HV_STATE_WATCH] = {"watch", N_("being watched"),
                        N_("The snapshots published for this view; they go when watching stops.")},
    [HV_STATE_ANONYMOUS] = {"anonymous", N_("other memory"),
                            N_("Anonymous memory that the program mapped itself: not this heap.")},
    [HV_STATE_UNEXPLAINED] =
        {"unexplained", N_("unexplained"),
         N_("What the other rows leave over: pages that came or went while they "
            "were counted, or a mistake of ours.")},
};

const char *hv_state_name(HvState state) {
  g_return_val_if_fail((guint)state < HV_STATE_COUNT, "");
  return _(states[state].name);
}

const char *hv_state_key(HvState state) {
  g_return_val_if_fail((guint)state < HV_STATE_COUNT, "");
  return states[state].key;
}

const char *hv_state_explanation(HvState state) {
  g_return_val_if_fail((guint)state < HV_STATE_COUNT, "");
  return _(states[state].explanation);
}
