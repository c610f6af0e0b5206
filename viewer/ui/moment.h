/* SPDX-License-Identifier: MIT */
/* Everything a window shows of one instant. Immutable; any thread. */
#pragma once

#include "viewer/model/activity.h"
#include "viewer/model/class_sums.h"
#include "viewer/model/history.h"
#include "viewer/model/ledger.h"
#include "viewer/model/pyramid.h"
#include "viewer/model/reasons.h"
#include "viewer/model/region_pages.h"
#include "viewer/model/source.h"

G_BEGIN_DECLS

/*
 * HvMoment:
 * @frame, @pyramid, @ledger, @classes, @reasons: NULL until the first frame
 * @activity: of the frame, as far as the feed has followed it
 * @pages: what is resident of its regions; NULL: not known
 * @pid: the process, 0 for a file
 * @history: what was before; of a single saved frame there is none
 * @at_ns: time of the frame, when an earlier one is looked at; 0: the newest
 * @content: changes whenever anything that the map draws has changed
 * @state, @sentence: of the source; when it could not be opened, HV_SOURCE_FAILED and why
 * @incomplete: of a recording, whether a part of it could not be read, as @sentence tells
 */
typedef struct {
  gatomicrefcount references;
  HvFrame *frame;
  HvPyramid *pyramid;
  HvLedger *ledger;
  GArray *classes; /* HvClassSum */
  HvActivity *activity;
  HvRegionPages *pages;
  guint pid;
  HvReasons *reasons;
  HvHistory *history;
  guint64 at_ns;
  guint64 content;
  HvSourceState state;
  gboolean incomplete;
  HvSourceStats stats;
  char *sentence;
} HvMoment;

/* One of no frame. Returns: (transfer full) */
HvMoment *hv_moment_new(HvSourceState state, const char *sentence);

HvMoment *hv_moment_ref(HvMoment *moment);
void hv_moment_unref(HvMoment *moment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvMoment, hv_moment_unref)

G_END_DECLS
