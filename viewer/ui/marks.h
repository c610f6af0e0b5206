/* SPDX-License-Identifier: MIT */
/*
 * The marks A and B: two moments that are compared, and those that are to become marks as soon as
 * the feed has found them again. Main thread only.
 */
#pragma once

#include "viewer/ui/feed.h"

G_BEGIN_DECLS

typedef enum { HV_MARK_A, HV_MARK_B, HV_MARKS } HvMark;

/*
 * HvMarks:
 * @moment: (nullable): those that are set
 * @wanted_ns: CLOCK_REALTIME of those to come; 0: none
 */
typedef struct {
  HvMoment *moment[HV_MARKS];
  guint64 wanted_ns[HV_MARKS];
} HvMarks;

void hv_marks_clear(HvMarks *marks);

/* Time of the frame of a moment, CLOCK_REALTIME; 0: it has none. @moment: (nullable) */
guint64 hv_moment_time(HvMoment *moment);

/** hv_marks_toggle: Sets @mark to @moment, or drops it if it is there already. */
void hv_marks_toggle(HvMarks *marks, HvMark mark, HvMoment *moment);

/** hv_marks_want: Mark A is to be set to what was at @a_ns, and B to what was at @b_ns. */
void hv_marks_want(HvMarks *marks, guint64 a_ns, guint64 b_ns);

/**
 * hv_marks_take:
 * @moment: on screen now
 * @next_ns: (out): the moment to be shown next, so that it can become a mark; 0: none
 *
 * Sets the marks that were waiting for @moment. Returns: whether there was one.
 */
gboolean hv_marks_take(HvMarks *marks, HvMoment *moment, guint64 *next_ns);

G_END_DECLS
