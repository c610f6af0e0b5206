/* SPDX-License-Identifier: MIT */
/*
 * See feed.h. `wishes` and `news` are the two mailboxes, guarded by `lock`; the rest of HvWatch
 * belongs to the feed thread, the rest of HvFeed to the main thread. The feed waits for its thread
 * to end, so that the target's request is taken back even when the program exits; HvWatch may
 * outlive both, in an idle callback that finds no feed any more.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/feed.h"

#include <string.h>

#include "viewer/model/past.h"

#define RESIDENCY_INTERVAL_US (G_USEC_PER_SEC / 2)
/* The pyramid of an earlier frame keeps that one in memory. Larger frames, which are many seconds
 * apart (doc/performance.md), get their own, so that there is one of them and not two. */
#define SHARED_MAX_BYTES (G_GUINT64_CONSTANT(32) << 20)
/* A source forgets its request when it is not polled for two seconds. */
#define POLL_INTERVAL_MAX_US (G_USEC_PER_SEC / 2)

typedef struct {
  gboolean stop;
  gboolean paused;
  double rate_hz;
  guint64 window_begin;
  guint64 window_end;
  guint64 trims;          /* asked for until now */
  guint64 profile_orders; /* likewise; the last one was to start it, or to stop it */
  gboolean profile_runs;
  guint64 at_ns; /* 0: the newest */
} Wishes;

typedef struct {
  gatomicrefcount references;
  HvTarget *target;
  guint64 budget_bytes; /* of the history */

  GMutex lock;
  GCond changed;
  Wishes wishes;
  HvMoment *news;  /* not taken yet */
  GArray *trimmed; /* guint64: bytes given back, not told yet */
  guint idle_id;   /* that will take it */
  HvFeed *feed;    /* whom to tell; NULL once it is disposed. Used on the main thread only */

  /* feed thread */
  HvSource *source;
  HvTracker *tracker;
  Wishes applied;
  HvMoment *last; /* posted */
  HvMoment *live; /* newest */
  HvMoment *past; /* the one that is looked at; NULL: none */
  HvHistory *history;
  guint64 contents; /* numbers given out */
  gint64 kept_us;   /* monotonic time when a frame was last kept, and how long that took */
  gint64 keeping_us;
  HvGrowth *growth;
  gint64 reasons_us; /* monotonic time when they were last found */
  HvResidency residency;
  gboolean has_residency;
  gint64 residency_us; /* monotonic time of the last look */
} HvWatch;

struct _HvFeed {
  GObject parent_instance;
  HvWatch *watch;
  GThread *thread;
  HvMoment *moment;
};

G_DEFINE_FINAL_TYPE(HvFeed, hv_feed, G_TYPE_OBJECT)

enum { MOMENT, TRIMMED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- moments ---- */

HvMoment *hv_moment_ref(HvMoment *moment) {
  g_atomic_ref_count_inc(&moment->references);
  return moment;
}

void hv_moment_unref(HvMoment *moment) {
  if (!g_atomic_ref_count_dec(&moment->references))
    return;
  g_clear_pointer(&moment->classes, g_array_unref);
  g_clear_pointer(&moment->activity, hv_activity_unref);
  g_clear_pointer(&moment->history, hv_history_unref);
  g_clear_pointer(&moment->reasons, hv_reasons_unref);
  g_clear_pointer(&moment->ledger, hv_ledger_unref);
  g_clear_pointer(&moment->pyramid, hv_pyramid_unref);
  g_clear_pointer(&moment->frame, hv_frame_unref);
  g_free(moment->sentence);
  g_free(moment);
}

static HvMoment *moment_new(HvSourceState state, const char *sentence) {
  HvMoment *moment = g_new0(HvMoment, 1);

  g_atomic_ref_count_init(&moment->references);
  moment->state = state;
  moment->sentence = g_strdup(sentence);
  return moment;
}

/* ---- feed thread ---- */

/* Whether the map of both is the same, byte for byte. */
static gboolean frames_look_alike(HvFrame *a, HvFrame *b) {
  const void *const records[2][3] = {
      {hv_frame_arenas(a, NULL), hv_frame_spans(a, NULL), hv_frame_regions(a, NULL)},
      {hv_frame_arenas(b, NULL), hv_frame_spans(b, NULL), hv_frame_regions(b, NULL)},
  };
  static const gsize record_bytes[3] = {sizeof(struct alloc_arena_record),
                                        sizeof(struct alloc_span_record),
                                        sizeof(struct alloc_region_record)};
  guint count[2][3];

  hv_frame_arenas(a, &count[0][0]);
  hv_frame_spans(a, &count[0][1]);
  hv_frame_regions(a, &count[0][2]);
  hv_frame_arenas(b, &count[1][0]);
  hv_frame_spans(b, &count[1][1]);
  hv_frame_regions(b, &count[1][2]);
  for (guint i = 0; i < 3; i++) {
    if (count[0][i] != count[1][i])
      return FALSE;
    if (count[0][i] > 0 && memcmp(records[0][i], records[1][i], count[0][i] * record_bytes[i]) != 0)
      return FALSE;
  }
  for (guint span = 0; span < count[0][1]; span++) {
    const struct alloc_span_record *record = hv_frame_spans(a, NULL) + span;
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
static void watch_read_residency(HvWatch *self, HvPyramid *pyramid) {
  gint64 now_us = g_get_monotonic_time();
  guint pid = hv_source_pid(self->source);
  HvSourceState state = hv_source_state(self->source);

  if (pid == 0 || (state != HV_SOURCE_LIVE && state != HV_SOURCE_WAITING))
    return;
  if (self->has_residency && now_us - self->residency_us < RESIDENCY_INTERVAL_US)
    return;
  if (hv_residency_read(pyramid, pid, HV_RESIDENCY_PAGES, &self->residency, NULL))
    self->has_residency = TRUE;
  self->residency_us = now_us;
}

/* A pass over all spans: twice a second, as the ledger, is enough. */
static void watch_find_reasons(HvWatch *self, HvMoment *moment) {
  gint64 now_us = g_get_monotonic_time();
  HvReasons *before = self->live == NULL ? NULL : self->live->reasons;

  hv_growth_add(self->growth, moment->frame, moment->classes);
  if (before != NULL && now_us - self->reasons_us < RESIDENCY_INTERVAL_US) {
    moment->reasons = hv_reasons_ref(before);
    return;
  }
  self->reasons_us = now_us;
  moment->reasons = hv_reasons_new(moment->frame, moment->ledger, moment->classes, self->growth);
}

/* Puts a frame into the history, as long as that takes a fifth of the time at most. What happened
 * is noted in any case, and the history holds no frame but this one. */
static void watch_keep(HvWatch *self, HvFrame *frame, gboolean same) {
  gint64 begin_us = g_get_monotonic_time();

  if (self->history == NULL || self->target->pid == 0)
    return;
  if (begin_us - self->kept_us < 4 * self->keeping_us) {
    hv_history_follow(self->history, frame);
    return;
  }
  hv_history_add(self->history, frame, self->has_residency ? &self->residency : NULL,
                 hv_tracker_take_churn(self->tracker), same);
  self->kept_us = g_get_monotonic_time();
  self->keeping_us = self->kept_us - begin_us;
}

static HvMoment *watch_make_moment(HvWatch *self, HvFrame *frame) {
  HvMoment *moment = moment_new(hv_source_state(self->source), hv_source_sentence(self->source));
  HvMoment *last = self->live;
  gboolean same;

  hv_source_stats(self->source, &moment->stats);
  moment->pid = hv_source_pid(self->source);
  if (self->history != NULL)
    moment->history = hv_history_ref(self->history);
  if (frame == NULL) {
    if (last != NULL && last->frame != NULL) {
      moment->frame = hv_frame_ref(last->frame);
      moment->pyramid = hv_pyramid_ref(last->pyramid);
      moment->ledger = hv_ledger_ref(last->ledger);
      moment->classes = g_array_ref(last->classes);
      moment->activity = hv_activity_ref(last->activity);
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
  watch_read_residency(self, moment->pyramid);
  moment->ledger = hv_ledger_new(frame, self->has_residency ? &self->residency : NULL);
  watch_find_reasons(self, moment);
  watch_keep(self, frame, same);
  return moment;
}

/* The kept moment at @at_ns, or NULL when it cannot be had any more. */
static HvMoment *watch_make_past(HvWatch *self, guint64 at_ns) {
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
  moment = moment_new(hv_source_state(self->source), hv_source_sentence(self->source));
  hv_source_stats(self->source, &moment->stats);
  moment->pid = hv_source_pid(self->source);
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

static gboolean watch_deliver(gpointer data);

static HvWatch *watch_ref(HvWatch *self) {
  g_atomic_ref_count_inc(&self->references);
  return self;
}

static void watch_unref(HvWatch *self) {
  if (!g_atomic_ref_count_dec(&self->references))
    return;
  g_clear_pointer(&self->news, hv_moment_unref);
  g_clear_pointer(&self->trimmed, g_array_unref);
  g_clear_pointer(&self->growth, hv_growth_free);
  hv_target_free(self->target);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->changed);
  g_free(self);
}

static void watch_unref_data(gpointer data) {
  watch_unref(data);
}

/* Leaves @moment (consumed) in the mailbox, in place of one that nobody has taken. */
static void watch_post(HvWatch *self, HvMoment *moment) {
  g_clear_pointer(&self->last, hv_moment_unref);
  self->last = hv_moment_ref(moment);
  g_mutex_lock(&self->lock);
  g_clear_pointer(&self->news, hv_moment_unref);
  self->news = moment;
  if (self->idle_id == 0)
    self->idle_id =
        g_idle_add_full(G_PRIORITY_DEFAULT, watch_deliver, watch_ref(self), watch_unref_data);
  g_mutex_unlock(&self->lock);
}

/* Tells what a trim gave back. */
static void watch_post_trimmed(HvWatch *self, guint64 bytes) {
  HvEvent event = {HV_EVENT_TRIM, (guint64)g_get_real_time() * 1000, bytes};

  if (self->history != NULL)
    hv_history_mark(self->history, &event);
  g_mutex_lock(&self->lock);
  g_array_append_val(self->trimmed, bytes);
  if (self->idle_id == 0)
    self->idle_id =
        g_idle_add_full(G_PRIORITY_DEFAULT, watch_deliver, watch_ref(self), watch_unref_data);
  g_mutex_unlock(&self->lock);
}

static void watch_apply(HvWatch *self, const Wishes *wishes) {
  if (wishes->paused != self->applied.paused)
    hv_source_set_paused(self->source, wishes->paused);
  if (wishes->rate_hz < self->applied.rate_hz || wishes->rate_hz > self->applied.rate_hz)
    hv_source_set_rate(self->source, (guint)(wishes->rate_hz * 1000.0 + 0.5));
  if (wishes->window_begin != self->applied.window_begin ||
      wishes->window_end != self->applied.window_end)
    hv_source_set_window(self->source, wishes->window_begin, wishes->window_end);
  if (wishes->trims != self->applied.trims)
    hv_source_trim(self->source);
  if (wishes->profile_orders != self->applied.profile_orders)
    hv_source_command(
        self->source,
        wishes->profile_runs ? ALLOC_COMMAND_PROFILE_START : ALLOC_COMMAND_PROFILE_STOP, 0);
  self->applied = *wishes;
}

static gboolean state_is_final(HvSourceState state) {
  return state == HV_SOURCE_FILE || state == HV_SOURCE_DEAD || state == HV_SOURCE_GONE ||
         state == HV_SOURCE_FAILED;
}

/* Whether no frames come from the process any more. */
static gboolean state_is_over(HvSourceState state) {
  return state == HV_SOURCE_DEAD || state == HV_SOURCE_GONE || state == HV_SOURCE_ENDED;
}

/* Posts what the window is to show: the newest moment, or an earlier one. */
static void watch_publish(HvWatch *self) {
  HvMoment *past = NULL;

  if (self->applied.at_ns != 0 && self->history != NULL && hv_history_count(self->history) > 0)
    past = watch_make_past(self, self->applied.at_ns);
  if (past == NULL)
    g_clear_pointer(&self->past, hv_moment_unref);
  watch_post(self, past != NULL ? past : hv_moment_ref(self->live));
}

/* A past moment is shown under the state that the target has now. */
static void watch_forget_past(HvWatch *self) {
  g_clear_pointer(&self->past, hv_moment_unref);
}

/* Whether the header bar or the message bar would say something else. */
static gboolean moment_says_otherwise(HvMoment *last, HvSource *source) {
  return last == NULL || last->state != hv_source_state(source) ||
         g_strcmp0(last->sentence, hv_source_sentence(source)) != 0;
}

static void watch_mark(HvWatch *self, HvEventKind kind) {
  HvEvent event = {kind, (guint64)g_get_real_time() * 1000, 0};

  if (self->history != NULL && self->target->pid != 0)
    hv_history_mark(self->history, &event);
}

/* Polls until the feed is gone or nothing can come any more. */
static void watch_loop(HvWatch *self) {
  gboolean stop = FALSE;
  guint64 trimmed = 0;
  Wishes wishes;

  g_mutex_lock(&self->lock);
  wishes = self->wishes;
  stop = wishes.stop;
  g_mutex_unlock(&self->lock);
  while (!stop) {
    gint64 interval_us;
    gboolean moved;
    g_autoptr(HvFrame) frame = NULL;

    moved = wishes.at_ns != self->applied.at_ns;
    watch_apply(self, &wishes);
    frame = hv_source_poll(self->source);
    if (frame != NULL || moment_says_otherwise(self->live, self->source)) {
      HvMoment *live;

      if (moment_says_otherwise(self->live, self->source))
        watch_forget_past(self);
      if (self->live != NULL && self->live->state != hv_source_state(self->source) &&
          state_is_over(hv_source_state(self->source)))
        watch_mark(self, HV_EVENT_END);
      live = watch_make_moment(self, frame);
      g_clear_pointer(&self->live, hv_moment_unref);
      self->live = live;
      watch_publish(self);
    } else if (moved && self->live != NULL) {
      watch_publish(self);
    }
    if (hv_source_trim_done(self->source, &trimmed))
      watch_post_trimmed(self, trimmed);

    interval_us = CLAMP((gint64)((double)G_USEC_PER_SEC / wishes.rate_hz), G_USEC_PER_SEC / 60,
                        POLL_INTERVAL_MAX_US);
    g_mutex_lock(&self->lock);
    if (state_is_final(hv_source_state(self->source))) {
      while (memcmp(&wishes, &self->wishes, sizeof wishes) == 0)
        g_cond_wait(&self->changed, &self->lock);
    } else {
      gint64 deadline_us = g_get_monotonic_time() + interval_us;

      while (memcmp(&wishes, &self->wishes, sizeof wishes) == 0 &&
             g_cond_wait_until(&self->changed, &self->lock, deadline_us))
        ;
    }
    wishes = self->wishes;
    stop = wishes.stop;
    g_mutex_unlock(&self->lock);
  }
}

static void watch_begin_history(HvWatch *self) {
  self->history = hv_history_new(self->budget_bytes);
  watch_mark(self, HV_EVENT_BEGIN);
}

/* With the past that the source has, or begins to have. */
static void watch_follow(HvWatch *self) {
  HvRecording *recording = hv_source_recording(self->source);

  if (recording != NULL)
    self->history = hv_history_new_recording(recording);
  else if (self->target->pid != 0)
    watch_begin_history(self);
  self->has_residency = hv_source_residency(self->source, &self->residency);
  watch_loop(self);
}

static gpointer watch_run(gpointer data) {
  HvWatch *self = data;
  g_autoptr(GError) error = NULL;

  self->tracker = hv_tracker_new();
  self->source = self->target->pid != 0 ? hv_source_open_pid(self->target->pid, &error)
                                        : hv_source_open_file(self->target->path, &error);
  if (self->source == NULL)
    watch_post(self, moment_new(HV_SOURCE_FAILED, error->message));
  else
    watch_follow(self);
  g_clear_pointer(&self->live, hv_moment_unref);
  g_clear_pointer(&self->past, hv_moment_unref);
  g_clear_pointer(&self->history, hv_history_unref);
  g_clear_pointer(&self->source, hv_source_free);
  g_clear_pointer(&self->tracker, hv_tracker_free);
  g_clear_pointer(&self->last, hv_moment_unref);
  watch_unref(self);
  return NULL;
}

/* ---- main thread ---- */

static gboolean watch_deliver(gpointer data) {
  HvWatch *watch = data;
  HvMoment *moment;
  HvFeed *self = watch->feed;
  g_autoptr(GArray) trimmed = g_array_new(FALSE, FALSE, sizeof(guint64));

  g_mutex_lock(&watch->lock);
  moment = g_steal_pointer(&watch->news);
  g_array_append_vals(trimmed, watch->trimmed->data, watch->trimmed->len);
  g_array_set_size(watch->trimmed, 0);
  watch->idle_id = 0;
  g_mutex_unlock(&watch->lock);
  if (self == NULL) {
    g_clear_pointer(&moment, hv_moment_unref);
    return G_SOURCE_REMOVE;
  }
  g_object_ref(self);
  if (moment != NULL) {
    g_clear_pointer(&self->moment, hv_moment_unref);
    self->moment = moment;
    g_signal_emit(self, signals[MOMENT], 0);
  }
  for (guint i = 0; i < trimmed->len; i++)
    g_signal_emit(self, signals[TRIMMED], 0, g_array_index(trimmed, guint64, i));
  g_object_unref(self);
  return G_SOURCE_REMOVE;
}

static void hv_feed_dispose(GObject *object) {
  HvFeed *self = HV_FEED(object);
  HvWatch *watch = g_steal_pointer(&self->watch);

  if (watch != NULL) {
    watch->feed = NULL;
    g_mutex_lock(&watch->lock);
    watch->wishes.stop = TRUE;
    g_cond_signal(&watch->changed);
    g_mutex_unlock(&watch->lock);
    g_thread_join(g_steal_pointer(&self->thread));
    watch_unref(watch);
  }
  g_clear_pointer(&self->moment, hv_moment_unref);
  G_OBJECT_CLASS(hv_feed_parent_class)->dispose(object);
}

static void hv_feed_class_init(HvFeedClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_feed_dispose;
  signals[MOMENT] = g_signal_new("moment", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  signals[TRIMMED] = g_signal_new("trimmed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
}

static void hv_feed_init(HvFeed *self) {
}

HvFeed *hv_feed_new(const HvTarget *target, double rate_hz, guint64 budget_bytes) {
  HvFeed *self = g_object_new(HV_TYPE_FEED, NULL);
  HvWatch *watch = g_new0(HvWatch, 1);

  g_atomic_ref_count_init(&watch->references);
  watch->target = hv_target_copy(target);
  watch->budget_bytes = budget_bytes;
  watch->wishes.rate_hz = rate_hz;
  watch->wishes.window_end = HV_FEED_NOWHERE_END;
  watch->feed = self;
  watch->trimmed = g_array_new(FALSE, FALSE, sizeof(guint64));
  watch->growth = hv_growth_new();
  g_mutex_init(&watch->lock);
  g_cond_init(&watch->changed);
  self->watch = watch;
  self->thread = g_thread_new("feed", watch_run, watch_ref(watch));
  return self;
}

HvMoment *hv_feed_get_moment(HvFeed *self) {
  g_return_val_if_fail(HV_IS_FEED(self), NULL);
  return self->moment;
}

static void feed_wish(HvFeed *self, const Wishes *wishes) {
  g_mutex_lock(&self->watch->lock);
  self->watch->wishes = *wishes;
  g_cond_signal(&self->watch->changed);
  g_mutex_unlock(&self->watch->lock);
}

/* Only this thread writes the wishes, so reading them needs no lock. */
void hv_feed_set_paused(HvFeed *self, gboolean paused) {
  Wishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = self->watch->wishes;
  wishes.paused = paused;
  feed_wish(self, &wishes);
}

gboolean hv_feed_get_paused(HvFeed *self) {
  g_return_val_if_fail(HV_IS_FEED(self), FALSE);
  return self->watch->wishes.paused;
}

void hv_feed_set_rate(HvFeed *self, double rate_hz) {
  Wishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  g_return_if_fail(rate_hz >= 0.1 && rate_hz <= 60.0);
  wishes = self->watch->wishes;
  wishes.rate_hz = rate_hz;
  feed_wish(self, &wishes);
}

void hv_feed_trim(HvFeed *self) {
  Wishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = self->watch->wishes;
  wishes.trims++;
  feed_wish(self, &wishes);
}

void hv_feed_profile(HvFeed *self, gboolean runs) {
  Wishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = self->watch->wishes;
  wishes.profile_orders++;
  wishes.profile_runs = runs;
  feed_wish(self, &wishes);
}

void hv_feed_show(HvFeed *self, guint64 time_ns) {
  Wishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = self->watch->wishes;
  wishes.at_ns = time_ns;
  feed_wish(self, &wishes);
}

void hv_feed_set_window(HvFeed *self, guint64 begin, guint64 end) {
  Wishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = self->watch->wishes;
  wishes.window_begin = begin;
  wishes.window_end = end;
  feed_wish(self, &wishes);
}
