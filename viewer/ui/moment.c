/* SPDX-License-Identifier: MIT */
/* See moment.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/moment.h"

HvMoment *hv_moment_ref(HvMoment *moment) {
  g_atomic_ref_count_inc(&moment->references);
  return moment;
}

void hv_moment_unref(HvMoment *moment) {
  if (!g_atomic_ref_count_dec(&moment->references))
    return;
  g_clear_pointer(&moment->classes, g_array_unref);
  g_clear_pointer(&moment->activity, hv_activity_unref);
  g_clear_pointer(&moment->pages, hv_region_pages_unref);
  g_clear_pointer(&moment->history, hv_history_unref);
  g_clear_pointer(&moment->reasons, hv_reasons_unref);
  g_clear_pointer(&moment->ledger, hv_ledger_unref);
  g_clear_pointer(&moment->pyramid, hv_pyramid_unref);
  g_clear_pointer(&moment->frame, hv_frame_unref);
  g_free(moment->sentence);
  g_free(moment);
}

HvMoment *hv_moment_new(HvSourceState state, const char *sentence) {
  HvMoment *moment = g_new0(HvMoment, 1);

  g_atomic_ref_count_init(&moment->references);
  moment->state = state;
  /* It may name a file, and names of files are bytes. */
  moment->sentence = g_utf8_make_valid(sentence, -1);
  return moment;
}
