/* SPDX-License-Identifier: MIT */
/*
 * See watch.h. The mailboxes are guarded by `lock`; all else of HvWatch belongs to one of the two
 * threads. The thread has a reference of its own, and so has an idle callback.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/watch.h"

#include "viewer/ui/follower.h"

/* A source forgets its request when it is not polled for two seconds. */
#define POLL_INTERVAL_MAX_US (G_USEC_PER_SEC / 2)

struct HvWatch {
  gatomicrefcount references;
  HvTarget *target;     /* constant */
  guint64 budget_bytes; /* constant: of the history */

  GMutex lock;
  GCond changed;
  gboolean stop;
  HvWishes wishes; /* written by the main thread only, which reads them without the lock */
  guint64 wished;  /* how often */
  HvMoment *news;  /* not taken yet */
  GArray *trimmed; /* guint64: not told yet */
  guint idle_id;   /* that will take it */

  /* main thread */
  HvWatchNews tell;
  gpointer owner; /* NULL: nobody is told any more */

  /* watch thread */
  HvFollower *follower;
  HvWishes applied;
  guint64 heard; /* of `wished` */
};

/* Threads that have not ended yet. */
static GMutex threads_lock;
static GCond threads_ended;
static guint threads;

static HvWatch *watch_ref(HvWatch *self) {
  g_atomic_ref_count_inc(&self->references);
  return self;
}

static void watch_unref(HvWatch *self) {
  if (!g_atomic_ref_count_dec(&self->references))
    return;
  g_clear_pointer(&self->news, hv_moment_unref);
  g_clear_pointer(&self->trimmed, g_array_unref);
  hv_target_free(self->target);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->changed);
  g_free(self);
}

static void watch_unref_data(gpointer data) {
  watch_unref(data);
}

/* ---- news ---- */

static gboolean watch_deliver(gpointer data) {
  HvWatch *self = data;
  HvMoment *moment;
  g_autoptr(GArray) trimmed = g_array_new(FALSE, FALSE, sizeof(guint64));

  g_mutex_lock(&self->lock);
  moment = g_steal_pointer(&self->news);
  g_array_append_vals(trimmed, self->trimmed->data, self->trimmed->len);
  g_array_set_size(self->trimmed, 0);
  self->idle_id = 0;
  g_mutex_unlock(&self->lock);
  if (self->owner != NULL)
    self->tell(self->owner, moment, trimmed);
  else
    g_clear_pointer(&moment, hv_moment_unref);
  return G_SOURCE_REMOVE;
}

/* The lock is held. */
static void watch_call(HvWatch *self) {
  if (self->idle_id == 0)
    self->idle_id =
        g_idle_add_full(G_PRIORITY_DEFAULT, watch_deliver, watch_ref(self), watch_unref_data);
}

/* Leaves @moment (consumed) in the mailbox, in place of one that nobody has taken. */
static void watch_post(HvWatch *self, HvMoment *moment) {
  HvMoment *old = moment;

  g_mutex_lock(&self->lock);
  if (!self->stop) {
    old = self->news;
    self->news = moment;
    watch_call(self);
  }
  g_mutex_unlock(&self->lock);
  g_clear_pointer(&old, hv_moment_unref);
}

/* Tells what a trim gave back. */
static void watch_post_trimmed(HvWatch *self, guint64 bytes) {
  hv_follower_mark(self->follower, HV_EVENT_TRIM, bytes);
  g_mutex_lock(&self->lock);
  if (!self->stop) {
    g_array_append_val(self->trimmed, bytes);
    watch_call(self);
  }
  g_mutex_unlock(&self->lock);
}

/* ---- the thread ---- */

static void watch_apply(HvWatch *self, const HvWishes *wishes) {
  HvSource *source = hv_follower_get_source(self->follower);

  if (wishes->paused != self->applied.paused)
    hv_source_set_paused(source, wishes->paused);
  if (wishes->rate_hz < self->applied.rate_hz || wishes->rate_hz > self->applied.rate_hz)
    hv_source_set_rate(source, (guint)(wishes->rate_hz * 1000.0 + 0.5));
  if (wishes->window_begin != self->applied.window_begin ||
      wishes->window_end != self->applied.window_end)
    hv_source_set_window(source, wishes->window_begin, wishes->window_end);
  if (wishes->trims != self->applied.trims)
    hv_source_trim(source);
  if (wishes->profile_orders != self->applied.profile_orders)
    hv_source_command(
        source, wishes->profile_runs ? ALLOC_COMMAND_PROFILE_START : ALLOC_COMMAND_PROFILE_STOP, 0);
  self->applied = *wishes;
}

static gboolean state_is_final(HvSourceState state) {
  return state == HV_SOURCE_FILE || state == HV_SOURCE_DEAD || state == HV_SOURCE_GONE ||
         state == HV_SOURCE_FAILED;
}

/* Waits for other wishes; for one interval at most, when more may come of the source. */
static void watch_sleep(HvWatch *self, double rate_hz) {
  gint64 interval_us =
      CLAMP((gint64)((double)G_USEC_PER_SEC / rate_hz), G_USEC_PER_SEC / 60, POLL_INTERVAL_MAX_US);
  gint64 deadline_us = g_get_monotonic_time() + interval_us;
  gboolean final = state_is_final(hv_source_state(hv_follower_get_source(self->follower)));

  g_mutex_lock(&self->lock);
  while (!self->stop && self->wished == self->heard) {
    if (final)
      g_cond_wait(&self->changed, &self->lock);
    else if (!g_cond_wait_until(&self->changed, &self->lock, deadline_us))
      break;
  }
  g_mutex_unlock(&self->lock);
}

/* Returns: FALSE: it is time to end. */
static gboolean watch_read_wishes(HvWatch *self, HvWishes *wishes) {
  gboolean stop;

  g_mutex_lock(&self->lock);
  *wishes = self->wishes;
  self->heard = self->wished;
  stop = self->stop;
  g_mutex_unlock(&self->lock);
  return !stop;
}

static void watch_loop(HvWatch *self) {
  guint64 trimmed = 0;
  HvWishes wishes;

  while (watch_read_wishes(self, &wishes)) {
    gboolean moved = wishes.at_ns != self->applied.at_ns;
    HvMoment *moment = NULL;

    watch_apply(self, &wishes);
    if (hv_follower_poll(self->follower) || moved)
      moment = hv_follower_get(self->follower, wishes.at_ns);
    if (moment != NULL)
      watch_post(self, moment);
    if (hv_source_trim_done(hv_follower_get_source(self->follower), &trimmed))
      watch_post_trimmed(self, trimmed);
    watch_sleep(self, wishes.rate_hz);
  }
}

static gpointer watch_run(gpointer data) {
  HvWatch *self = data;
  g_autoptr(GError) error = NULL;

  self->follower = hv_follower_new(self->target, self->budget_bytes, &error);
  if (self->follower == NULL)
    watch_post(self, hv_moment_new(HV_SOURCE_FAILED, error->message));
  else
    watch_loop(self);
  g_clear_pointer(&self->follower, hv_follower_free);
  watch_unref(self);
  g_mutex_lock(&threads_lock);
  threads--;
  g_cond_broadcast(&threads_ended);
  g_mutex_unlock(&threads_lock);
  return NULL;
}

/* ---- main thread ---- */

HvWatch *hv_watch_new(const HvTarget *target, const HvWishes *wishes, guint64 budget_bytes,
                      HvWatchNews news, gpointer owner) {
  HvWatch *self = g_new0(HvWatch, 1);

  g_atomic_ref_count_init(&self->references);
  self->target = hv_target_copy(target);
  self->budget_bytes = budget_bytes;
  self->wishes = *wishes;
  self->tell = news;
  self->owner = owner;
  self->trimmed = g_array_new(FALSE, FALSE, sizeof(guint64));
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  g_mutex_lock(&threads_lock);
  threads++;
  g_mutex_unlock(&threads_lock);
  g_thread_unref(g_thread_new("watch", watch_run, watch_ref(self)));
  return self;
}

const HvWishes *hv_watch_get_wishes(HvWatch *self) {
  return &self->wishes;
}

void hv_watch_wish(HvWatch *self, const HvWishes *wishes) {
  g_mutex_lock(&self->lock);
  self->wishes = *wishes;
  self->wished++;
  g_cond_signal(&self->changed);
  g_mutex_unlock(&self->lock);
}

void hv_watch_end(HvWatch *self) {
  self->owner = NULL;
  g_mutex_lock(&self->lock);
  self->stop = TRUE;
  g_cond_signal(&self->changed);
  g_mutex_unlock(&self->lock);
  watch_unref(self);
}

gboolean hv_watch_wait_for_all(gint64 timeout_us) {
  gint64 deadline_us = g_get_monotonic_time() + timeout_us;
  gboolean ended;

  g_mutex_lock(&threads_lock);
  while (threads > 0 && g_cond_wait_until(&threads_ended, &threads_lock, deadline_us))
    ;
  ended = threads == 0;
  g_mutex_unlock(&threads_lock);
  return ended;
}
