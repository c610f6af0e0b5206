/* SPDX-License-Identifier: MIT */
/* See marks.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/marks.h"

void hv_marks_clear(HvMarks *marks) {
  for (guint i = 0; i < HV_MARKS; i++) {
    g_clear_pointer(&marks->moment[i], hv_moment_unref);
    marks->wanted_ns[i] = 0;
  }
}

guint64 hv_moment_time(HvMoment *moment) {
  return moment == NULL || moment->frame == NULL ? 0 : hv_frame_head(moment->frame)->realtime_ns;
}

static void marks_set(HvMarks *marks, HvMark mark, HvMoment *moment) {
  HvEvent event = {HV_EVENT_MARK, hv_moment_time(moment), mark};

  g_clear_pointer(&marks->moment[mark], hv_moment_unref);
  marks->moment[mark] = hv_moment_ref(moment);
  if (moment->history != NULL)
    hv_history_mark(moment->history, &event);
}

void hv_marks_toggle(HvMarks *marks, HvMark mark, HvMoment *moment) {
  g_return_if_fail(moment != NULL && moment->frame != NULL);
  if (hv_moment_time(marks->moment[mark]) == hv_moment_time(moment))
    g_clear_pointer(&marks->moment[mark], hv_moment_unref);
  else
    marks_set(marks, mark, moment);
}

void hv_marks_want(HvMarks *marks, guint64 a_ns, guint64 b_ns) {
  marks->wanted_ns[HV_MARK_A] = a_ns;
  marks->wanted_ns[HV_MARK_B] = b_ns;
}

/* Whether @moment is the kept one that stands for @time_ns. */
static gboolean moment_stands_for(HvMoment *moment, guint64 time_ns) {
  HvHistory *history = moment->history;

  return moment->frame != NULL && moment->at_ns != 0 && history != NULL &&
         hv_history_time(history, hv_history_find(history, time_ns)) == moment->at_ns;
}

gboolean hv_marks_take(HvMarks *marks, HvMoment *moment, guint64 *next_ns) {
  gboolean taken = FALSE;

  *next_ns = 0;
  for (guint i = 0; i < HV_MARKS; i++) {
    if (marks->wanted_ns[i] == 0)
      continue;
    if (!moment_stands_for(moment, marks->wanted_ns[i])) {
      *next_ns = taken ? marks->wanted_ns[i] : 0;
      return taken;
    }
    marks_set(marks, (HvMark)i, moment);
    marks->wanted_ns[i] = 0;
    taken = TRUE;
  }
  return taken;
}
