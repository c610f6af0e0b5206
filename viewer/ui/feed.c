/* SPDX-License-Identifier: MIT */
/* See feed.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/feed.h"

#include "viewer/ui/watch.h"

struct _HvFeed {
  GObject parent_instance;
  HvWatch *watch;
  HvMoment *moment;
};

G_DEFINE_FINAL_TYPE(HvFeed, hv_feed, G_TYPE_OBJECT)

enum { MOMENT, TRIMMED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void feed_take(gpointer data, HvMoment *moment, GArray *trimmed) {
  g_autoptr(HvFeed) self = g_object_ref(data);

  if (moment != NULL) {
    g_clear_pointer(&self->moment, hv_moment_unref);
    self->moment = moment;
    g_signal_emit(self, signals[MOMENT], 0);
  }
  for (guint i = 0; i < trimmed->len; i++)
    g_signal_emit(self, signals[TRIMMED], 0, g_array_index(trimmed, guint64, i));
}

static void hv_feed_dispose(GObject *object) {
  HvFeed *self = HV_FEED(object);

  g_clear_pointer(&self->watch, hv_watch_end);
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
  HvWishes wishes = {.rate_hz = rate_hz, .window_end = HV_FEED_NOWHERE_END};

  self->watch = hv_watch_new(target, &wishes, budget_bytes, feed_take, self);
  return self;
}

HvMoment *hv_feed_get_moment(HvFeed *self) {
  g_return_val_if_fail(HV_IS_FEED(self), NULL);
  return self->moment;
}

void hv_feed_set_paused(HvFeed *self, gboolean paused) {
  HvWishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = *hv_watch_get_wishes(self->watch);
  wishes.paused = paused;
  hv_watch_wish(self->watch, &wishes);
}

gboolean hv_feed_get_paused(HvFeed *self) {
  g_return_val_if_fail(HV_IS_FEED(self), FALSE);
  return hv_watch_get_wishes(self->watch)->paused;
}

void hv_feed_set_rate(HvFeed *self, double rate_hz) {
  HvWishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  g_return_if_fail(rate_hz >= 0.1 && rate_hz <= 60.0);
  wishes = *hv_watch_get_wishes(self->watch);
  wishes.rate_hz = rate_hz;
  hv_watch_wish(self->watch, &wishes);
}

void hv_feed_trim(HvFeed *self) {
  HvWishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = *hv_watch_get_wishes(self->watch);
  wishes.trims++;
  hv_watch_wish(self->watch, &wishes);
}

void hv_feed_profile(HvFeed *self, gboolean runs) {
  HvWishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = *hv_watch_get_wishes(self->watch);
  wishes.profile_orders++;
  wishes.profile_runs = runs;
  hv_watch_wish(self->watch, &wishes);
}

void hv_feed_show(HvFeed *self, guint64 time_ns) {
  HvWishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = *hv_watch_get_wishes(self->watch);
  wishes.at_ns = time_ns;
  hv_watch_wish(self->watch, &wishes);
}

void hv_feed_set_window(HvFeed *self, guint64 begin, guint64 end) {
  HvWishes wishes;

  g_return_if_fail(HV_IS_FEED(self));
  wishes = *hv_watch_get_wishes(self->watch);
  wishes.window_begin = begin;
  wishes.window_end = end;
  hv_watch_wish(self->watch, &wishes);
}
