/* SPDX-License-Identifier: MIT */
/* See follower.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/follower.h"

#include <string.h>

#include "viewer/model/pace.h"
#include "viewer/model/past.h"
#include "viewer/ui/frame_memory.h"

/* What is resident is looked at with each frame, as long as that takes a fiftieth of the time. */
#define RESIDENCY_RESTS      49
#define RESIDENCY_LONGEST_US (G_USEC_PER_SEC / 2)
#define KEEP_RESTS           4
#define REASONS_INTERVAL_US  (G_USEC_PER_SEC / 2)
/* The pyramid of an earlier frame keeps that one in memory. Larger frames, which are many seconds
 * apart (doc/performance.md), get their own, so that there is one of them and not two. */
#define SHARED_MAX_BYTES (G_GUINT64_CONSTANT(32) << 20)
/* Beside such frames what malloc keeps counts: it is given back once the first has been drawn, and
 * then as rarely as a frame of the window may take longer for it. */
#define GIVE_BACK_FIRST_US (2 * G_USEC_PER_SEC)
#define GIVE_BACK_US       (60 * G_USEC_PER_SEC)

struct HvFollower {
  gboolean is_file;
  HvSource *source;
  HvTracker *tracker;
  HvGrowth *growth;
  HvMoment *live;     /* newest; NULL before the first */
  HvMoment *past;     /* the one that is looked at; NULL: none */
  HvHistory *history; /* NULL: of a single snapshot */
  guint64 contents;   /* numbers given out */
  HvPace keeping;     /* a frame in the history */
  gint64 reasons_us;  /* monotonic time when they were last found */
  HvResidency residency;
  gboolean has_residency;
  HvRegionPages *pages; /* seen with it; NULL: not known */
  HvPace looking;       /* at what is resident, or trying to */
  gint64 give_back_us;  /* monotonic time when free memory is given back; 0: no large frame yet */
};

/* ---- moments ---- */

/* Whether the map of both is the same, byte for byte. */
static gboolean frames_look_alike(HvFrame *a, HvFrame *b) {
  const void *const records[2][4] = {
      {hv_frame_arenas(a, NULL), hv_frame_spans(a, NULL), hv_frame_purged(a, NULL),
       hv_frame_regions(a, NULL)},
      {hv_frame_arenas(b, NULL), hv_frame_spans(b, NULL), hv_frame_purged(b, NULL),
       hv_frame_regions(b, NULL)},
  };
  static const gsize record_bytes[4] = {sizeof(struct alloc_arena_record), sizeof(HvSpan),
                                        sizeof(HvPurged), sizeof(struct alloc_region_record)};
  guint count[2][4];

  hv_frame_arenas(a, &count[0][0]);
  hv_frame_spans(a, &count[0][1]);
  hv_frame_purged(a, &count[0][2]);
  hv_frame_regions(a, &count[0][3]);
  hv_frame_arenas(b, &count[1][0]);
  hv_frame_spans(b, &count[1][1]);
  hv_frame_purged(b, &count[1][2]);
  hv_frame_regions(b, &count[1][3]);
  for (guint i = 0; i < 4; i++) {
    if (count[0][i] != count[1][i])
      return FALSE;
    if (count[0][i] > 0 && memcmp(records[0][i], records[1][i], count[0][i] * record_bytes[i]) != 0)
      return FALSE;
  }
  for (guint span = 0; span < count[0][1]; span++) {
    const HvSpan *record = hv_frame_spans(a, NULL) + span;
    gsize bytes = (record->capacity + 63) / 64 * sizeof(guint64);
    const guint64 *b_of_a;
    const guint64 *b_of_b;
    const guint64 *a_of_a;
    const guint64 *a_of_b;

    if (record->kind != ALLOC_SPAN_SMALL)
      continue;
    a_of_a = hv_frame_span_planes(a, span, &b_of_a);
    a_of_b = hv_frame_span_planes(b, span, &b_of_b);
    if ((a_of_a == NULL) != (a_of_b == NULL))
      return FALSE;
    if (a_of_a != NULL &&
        (memcmp(a_of_a, a_of_b, bytes) != 0 || memcmp(b_of_a, b_of_b, bytes) != 0))
      return FALSE;
  }
  return TRUE;
}

/* Takes the sample of the kernel's view when it is due; keeps the old one while it cannot. */
static void follower_read_residency(HvFollower *self, HvPyramid *pyramid) {
  gint64 now_us = g_get_monotonic_time();
  guint pid = hv_source_pid(self->source);
  HvSourceState state = hv_source_state(self->source);
  HvResidency residency;
  HvRegionPages *pages;

  if (pid == 0 || (state != HV_SOURCE_LIVE && state != HV_SOURCE_WAITING))
    return;
  if (!hv_pace_is_due(&self->looking, RESIDENCY_RESTS, RESIDENCY_LONGEST_US, now_us))
    return;
  pages = hv_region_pages_read_residency(pyramid, pid, HV_RESIDENCY_PAGES, &residency, NULL);
  if (pages != NULL) {
    self->residency = residency;
    self->has_residency = TRUE;
    g_clear_pointer(&self->pages, hv_region_pages_unref);
    self->pages = pages;
  }
  hv_pace_note(&self->looking, now_us, g_get_monotonic_time());
}

/* A pass over all spans: twice a second is enough. */
static void follower_find_reasons(HvFollower *self, HvMoment *moment) {
  gint64 now_us = g_get_monotonic_time();
  HvReasons *before = self->live == NULL ? NULL : self->live->reasons;

  hv_growth_add(self->growth, moment->frame, moment->classes);
  if (before != NULL && now_us - self->reasons_us < REASONS_INTERVAL_US) {
    moment->reasons = hv_reasons_ref(before);
    return;
  }
  self->reasons_us = now_us;
  moment->reasons = hv_reasons_new(moment->frame, moment->ledger, moment->classes, self->growth);
}

/* Puts a frame into the history, as long as that takes a fifth of the time at most: it is made
 * small now or, a large one, with the next. What happened is noted in any case, and the history
 * holds no frame but this one. */
static void follower_keep(HvFollower *self, HvFrame *frame, gboolean same) {
  gint64 begin_us = g_get_monotonic_time();
  gboolean due = hv_pace_is_due(&self->keeping, KEEP_RESTS, G_MAXINT64, begin_us);
  gboolean codes;

  if (self->history == NULL || self->is_file)
    return;
  if (due)
    codes = hv_history_add(self->history, frame, self->has_residency ? &self->residency : NULL,
                           hv_tracker_take_churn(self->tracker), same);
  else
    codes = hv_history_follow(self->history, frame);
  if (codes)
    hv_pace_note(&self->keeping, begin_us, g_get_monotonic_time());
  else if (due)
    self->keeping.done_us = g_get_monotonic_time();
}

static HvMoment *follower_new_moment(HvFollower *self) {
  HvMoment *moment = hv_moment_new(hv_source_state(self->source), hv_source_sentence(self->source));

  moment->incomplete = hv_source_is_incomplete(self->source);
  hv_source_stats(self->source, &moment->stats);
  moment->pid = hv_source_pid(self->source);
  return moment;
}

static HvMoment *follower_make_moment(HvFollower *self, HvFrame *frame) {
  HvMoment *moment = follower_new_moment(self);
  HvMoment *last = self->live;
  gboolean same;

  if (self->history != NULL)
    moment->history = hv_history_ref(self->history);
  if (frame == NULL) {
    if (last != NULL && last->frame != NULL) {
      moment->frame = hv_frame_ref(last->frame);
      moment->pyramid = hv_pyramid_ref(last->pyramid);
      moment->ledger = hv_ledger_ref(last->ledger);
      moment->classes = g_array_ref(last->classes);
      moment->activity = hv_activity_ref(last->activity);
      if (last->pages != NULL)
        moment->pages = hv_region_pages_ref(last->pages);
      moment->reasons = hv_reasons_ref(last->reasons);
      moment->content = last->content;
    }
    return moment;
  }
  moment->frame = hv_frame_ref(frame);
  /* A recording has one newest frame, and all before it to tell of it. */
  moment->activity = hv_source_recording(self->source) != NULL
                         ? hv_past_follow(self->history, frame, self->growth)
                         : hv_tracker_add(self->tracker, frame);
  same = last != NULL && last->frame != NULL && frames_look_alike(last->frame, frame);
  if (same && hv_frame_head(frame)->bytes < SHARED_MAX_BYTES) {
    moment->content = last->content;
    moment->pyramid = hv_pyramid_ref(last->pyramid);
    moment->classes = g_array_ref(last->classes);
  } else {
    moment->content = ++self->contents;
    moment->pyramid = hv_pyramid_new(frame);
    moment->classes = hv_class_sums_new(frame);
  }
  follower_read_residency(self, moment->pyramid);
  if (self->pages != NULL)
    moment->pages = hv_region_pages_ref(self->pages);
  moment->ledger = hv_ledger_new(frame, self->has_residency ? &self->residency : NULL);
  follower_find_reasons(self, moment);
  follower_keep(self, frame, same);
  return moment;
}

/* The kept moment at @at_ns, or NULL when it cannot be had any more. */
static HvMoment *follower_make_past(HvFollower *self, guint64 at_ns) {
  guint index = hv_history_find(self->history, at_ns);
  guint64 time_ns = hv_history_time(self->history, index);
  HvMoment *moment;
  HvResidency residency;
  gboolean has_residency = FALSE;
  g_autoptr(HvFrame) frame = NULL;
  g_autoptr(HvGrowth) growth = NULL;

  if (self->past != NULL && self->past->at_ns == time_ns)
    return hv_moment_ref(self->past);
  frame = hv_history_get(self->history, index, &residency, &has_residency, NULL);
  if (frame == NULL)
    return NULL;
  moment = follower_new_moment(self);
  moment->history = hv_history_ref(self->history);
  moment->at_ns = time_ns;
  moment->frame = hv_frame_ref(frame);
  moment->pyramid = hv_pyramid_new(frame);
  moment->classes = hv_class_sums_new(frame);
  moment->ledger = hv_ledger_new(frame, has_residency ? &residency : NULL);
  growth = hv_growth_new();
  moment->activity = hv_past_follow(self->history, frame, growth);
  moment->reasons = hv_reasons_new(frame, moment->ledger, moment->classes, growth);
  moment->content = ++self->contents;
  g_clear_pointer(&self->past, hv_moment_unref);
  self->past = hv_moment_ref(moment);
  return moment;
}

/* ---- following ---- */

/* Whether no frames come from the process any more. */
static gboolean state_is_over(HvSourceState state) {
  return state == HV_SOURCE_DEAD || state == HV_SOURCE_GONE || state == HV_SOURCE_ENDED;
}

/* Whether the header bar or the message bar would say something else. */
static gboolean moment_says_otherwise(HvMoment *last, HvSource *source) {
  return last == NULL || last->state != hv_source_state(source) ||
         g_strcmp0(last->sentence, hv_source_sentence(source)) != 0;
}

void hv_follower_mark(HvFollower *self, HvEventKind kind, guint64 count) {
  HvEvent event = {kind, (guint64)g_get_real_time() * 1000, count};

  if (self->history != NULL && !self->is_file)
    hv_history_mark(self->history, &event);
}

static void follower_give_back(HvFollower *self) {
  gint64 now_us = g_get_monotonic_time();

  if (self->live == NULL || self->live->frame == NULL ||
      hv_frame_head(self->live->frame)->bytes < SHARED_MAX_BYTES)
    return;
  if (self->give_back_us == 0) {
    self->give_back_us = now_us + GIVE_BACK_FIRST_US;
  } else if (now_us >= self->give_back_us) {
    hv_frame_memory_give_back();
    self->give_back_us = now_us + GIVE_BACK_US;
  }
}

gboolean hv_follower_poll(HvFollower *self) {
  g_autoptr(HvFrame) frame = NULL;
  HvSourceState state;
  HvMoment *live;

  follower_give_back(self);
  frame = hv_source_poll(self->source);
  state = hv_source_state(self->source);

  if (moment_says_otherwise(self->live, self->source))
    g_clear_pointer(&self->past, hv_moment_unref); /* it is shown under the state of now */
  else if (frame == NULL)
    return FALSE;
  if (self->live != NULL && self->live->state != state && state_is_over(state))
    hv_follower_mark(self, HV_EVENT_END, 0);
  live = follower_make_moment(self, frame);
  g_clear_pointer(&self->live, hv_moment_unref);
  self->live = live;
  return TRUE;
}

HvMoment *hv_follower_get(HvFollower *self, guint64 at_ns) {
  HvMoment *past = NULL;

  if (at_ns != 0 && self->history != NULL && hv_history_count(self->history) > 0)
    past = follower_make_past(self, at_ns);
  if (past != NULL)
    return past;
  g_clear_pointer(&self->past, hv_moment_unref);
  return self->live == NULL ? NULL : hv_moment_ref(self->live);
}

HvSource *hv_follower_get_source(HvFollower *self) {
  return self->source;
}

/* ---- making ---- */

HvFollower *hv_follower_new(const HvTarget *target, guint64 budget_bytes, GError **error) {
  HvSource *source = target->pid != 0 ? hv_source_open_pid(target->pid, error)
                                      : hv_source_open_file(target->path, error);
  HvRecording *recording;
  HvFollower *self;

  if (source == NULL)
    return NULL;
  self = g_new0(HvFollower, 1);
  self->is_file = target->pid == 0;
  self->source = source;
  self->tracker = hv_tracker_new();
  self->growth = hv_growth_new();
  recording = hv_source_recording(source);
  if (recording != NULL)
    self->history = hv_history_new_recording(recording);
  else if (!self->is_file)
    self->history = hv_history_new(budget_bytes);
  hv_follower_mark(self, HV_EVENT_BEGIN, 0);
  self->has_residency = hv_source_residency(source, &self->residency);
  return self;
}

void hv_follower_free(HvFollower *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->live, hv_moment_unref);
  g_clear_pointer(&self->past, hv_moment_unref);
  g_clear_pointer(&self->pages, hv_region_pages_unref);
  g_clear_pointer(&self->history, hv_history_unref);
  hv_source_free(self->source);
  hv_tracker_free(self->tracker);
  hv_growth_free(self->growth);
  g_free(self);
}
