/* SPDX-License-Identifier: MIT */
/*
 * Feeds, without a display: what they tell, that nobody waits for a reader that takes its time, and
 * how often what is resident is looked at. The linker's option --wrap has opening a file wait for a
 * gate of ours, and a look cost what we like.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/viewer/live_target.h"
#include "tests/viewer/synthetic.h"
#include "viewer/ui/feed.h"
#include "viewer/ui/watch.h"

/* How long a reader is kept waiting at most, so that a test that fails ends. */
#define PATIENCE_US (20 * G_USEC_PER_SEC)

static struct {
  GMutex lock;
  GCond changed;
  gboolean open;
  guint waiting; /* readers at the gate */
  guint opened;  /* sources */
  guint freed;
} gate;

static char *path; /* of a snapshot */

HvSource *__real_hv_source_open_file(const char *name, GError **error);
HvSource *__wrap_hv_source_open_file(const char *name, GError **error);
void __real_hv_source_free(HvSource *source);
void __wrap_hv_source_free(HvSource *source);

HvSource *__wrap_hv_source_open_file(const char *name, GError **error) {
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;

  g_mutex_lock(&gate.lock);
  gate.waiting++;
  g_cond_broadcast(&gate.changed);
  while (!gate.open && g_cond_wait_until(&gate.changed, &gate.lock, deadline_us))
    ;
  gate.waiting--;
  gate.opened++;
  g_mutex_unlock(&gate.lock);
  return __real_hv_source_open_file(name, error);
}

void __wrap_hv_source_free(HvSource *source) {
  g_mutex_lock(&gate.lock);
  gate.freed++;
  g_mutex_unlock(&gate.lock);
  __real_hv_source_free(source);
}

/* All looks but the first one see the same, so that they cost what they are to cost. One feed at a
 * time. */
static struct {
  HvRegionPages *pages; /* NULL: none yet */
  gint cost_us;
  gint count; /* atomic */
} looks;

HvRegionPages *__wrap_hv_region_pages_read_residency(HvPyramid *pyramid, guint pid,
                                                     guint64 max_pages, HvResidency *residency,
                                                     GError **error);

HvRegionPages *__wrap_hv_region_pages_read_residency(HvPyramid *pyramid, guint pid,
                                                     guint64 max_pages, HvResidency *residency,
                                                     GError **error) {
  if (looks.pages == NULL)
    looks.pages = hv_region_pages_read(hv_pyramid_frame(pyramid), pid, error);
  *residency = (HvResidency){.rss_bytes = 4096, .file_bytes = 4096};
  if (looks.cost_us > 0)
    g_usleep((gulong)looks.cost_us);
  g_atomic_int_inc(&looks.count);
  return looks.pages == NULL ? NULL : hv_region_pages_ref(looks.pages);
}

static void gate_set_open(gboolean open) {
  g_mutex_lock(&gate.lock);
  gate.open = open;
  g_cond_broadcast(&gate.changed);
  g_mutex_unlock(&gate.lock);
}

static void gate_wait_for_reader(void) {
  g_mutex_lock(&gate.lock);
  while (gate.waiting == 0)
    g_cond_wait(&gate.changed, &gate.lock);
  g_mutex_unlock(&gate.lock);
}

static int setup(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 5);

  path = g_strdup_printf("%s/hv-feed-%d.heapsnap", g_get_tmp_dir(), getpid());
  return hv_frame_save(frame, path, NULL) ? 0 : -1;
}

static int teardown(void **state) {
  g_clear_pointer(&looks.pages, hv_region_pages_unref);
  g_unlink(path);
  g_clear_pointer(&path, g_free);
  return 0;
}

static HvFeed *feed_new(const char *name) {
  return hv_feed_new(&(HvTarget){.path = (char *)name}, 10.0, 1 << 20);
}

/* Runs the main loop until the feed has a moment. */
static HvMoment *wait_for_moment(HvFeed *feed) {
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;

  while (hv_feed_get_moment(feed) == NULL) {
    assert_true(g_get_monotonic_time() < deadline_us);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(1000);
  }
  return hv_feed_get_moment(feed);
}

static void count_moment(HvFeed *feed, guint *moments) {
  (*moments)++;
}

static void test_tells_of_a_file(void **state) {
  g_autoptr(HvFeed) feed = NULL;
  HvMoment *moment;
  guint moments = 0;

  gate_set_open(TRUE);
  feed = feed_new(path);
  g_signal_connect(feed, "moment", G_CALLBACK(count_moment), &moments);
  assert_null(hv_feed_get_moment(feed));
  moment = wait_for_moment(feed);
  assert_int_equal(moments, 1);
  assert_int_equal(moment->state, HV_SOURCE_FILE);
  assert_non_null(moment->frame);
  assert_true(hv_pyramid_frame(moment->pyramid) == moment->frame);
  assert_non_null(moment->ledger);
  assert_non_null(moment->reasons);
  assert_null(moment->history);
}

static void test_tells_what_is_wrong(void **state) {
  g_autoptr(HvFeed) feed = NULL;
  HvMoment *moment;

  gate_set_open(TRUE);
  feed = feed_new("/nonexistent/heap");
  moment = wait_for_moment(feed);
  assert_int_equal(moment->state, HV_SOURCE_FAILED);
  assert_null(moment->frame);
  assert_non_null(strstr(moment->sentence, "/nonexistent/heap"));
}

/* A wish while all is read: the thread, which sleeps for good, wakes up for it. */
static void test_hears_wishes(void **state) {
  g_autoptr(HvFeed) feed = NULL;

  gate_set_open(TRUE);
  feed = feed_new(path);
  wait_for_moment(feed);
  assert_false(hv_feed_get_paused(feed));
  hv_feed_set_paused(feed, TRUE);
  assert_true(hv_feed_get_paused(feed));
  hv_feed_set_rate(feed, 60.0);
  assert_true(hv_feed_get_paused(feed));
}

/* Who lets a feed go does not wait for its reader; which takes the request back all the same. */
static void test_nobody_waits_for_a_slow_reader(void **state) {
  HvFeed *feed;
  gpointer alive;
  gint64 begin_us;
  guint opened, freed, moments = 0;

  assert_true(hv_watch_wait_for_all(PATIENCE_US));
  opened = gate.opened;
  freed = gate.freed;
  gate_set_open(FALSE);
  feed = feed_new(path);
  g_signal_connect(feed, "moment", G_CALLBACK(count_moment), &moments);
  alive = feed;
  g_object_add_weak_pointer(G_OBJECT(feed), &alive);
  gate_wait_for_reader();
  begin_us = g_get_monotonic_time();
  g_object_unref(feed);
  assert_true(g_get_monotonic_time() - begin_us < PATIENCE_US / 4);
  assert_null(alive);
  assert_int_equal(gate.opened, opened);
  /* Nor does the end of the program, for longer than it says. */
  assert_false(hv_watch_wait_for_all(G_USEC_PER_SEC / 10));
  gate_set_open(TRUE);
  assert_true(hv_watch_wait_for_all(PATIENCE_US));
  assert_int_equal(gate.opened, opened + 1);
  assert_int_equal(gate.freed, freed + 1);
  while (g_main_context_iteration(NULL, FALSE))
    ;
  assert_int_equal(moments, 0);
}

/* News that is on its way when its feed goes is dropped. */
static void test_news_for_nobody(void **state) {
  guint moments = 0;

  gate_set_open(TRUE);
  for (guint i = 0; i < 50; i++) {
    HvFeed *feed = feed_new(path);

    g_signal_connect(feed, "moment", G_CALLBACK(count_moment), &moments);
    g_usleep(i * 200);
    g_object_unref(feed);
  }
  assert_true(hv_watch_wait_for_all(PATIENCE_US));
  while (g_main_context_iteration(NULL, FALSE))
    ;
  assert_int_equal(moments, 0);
  assert_int_equal(gate.opened, gate.freed + 1); /* that of no file */
}

/* Counts the looks of a feed at @rate_hz while it has @moments more moments. */
static guint looks_in(GPid pid, double rate_hz, guint moments) {
  g_autoptr(HvFeed) feed = hv_feed_new(&(HvTarget){.pid = (guint)pid}, rate_hz, 1 << 20);
  gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;
  guint seen = 0;

  g_signal_connect(feed, "moment", G_CALLBACK(count_moment), &seen);
  while (hv_feed_get_moment(feed) == NULL || hv_feed_get_moment(feed)->frame == NULL) {
    assert_true(g_get_monotonic_time() < deadline_us);
    g_main_context_iteration(NULL, TRUE);
  }
  seen = 0;
  g_atomic_int_set(&looks.count, 0);
  while (seen < moments) {
    assert_true(g_get_monotonic_time() < deadline_us);
    g_main_context_iteration(NULL, TRUE);
  }
  return (guint)g_atomic_int_get(&looks.count);
}

/* The ledger is as new as the map where a look costs next to nothing; where it costs much, it is
 * not taken with each frame. */
static void test_looks_are_paced(void **state) {
  int input = -1;
  GPid pid = live_target_start("all-classes", "5", &input);
  gint64 begin_us;
  guint count;

  looks.cost_us = 0;
  assert_in_range(looks_in(pid, 20.0, 1), 0, 20); /* the first look is in it */
  assert_in_range(looks_in(pid, 20.0, 20), 10, 40);
  looks.cost_us = 20000;
  begin_us = g_get_monotonic_time();
  count = looks_in(pid, 20.0, 20);
  assert_in_range(count, 1, 1 + (g_get_monotonic_time() - begin_us) * 2 / G_USEC_PER_SEC);
  kill(pid, SIGTERM);
  close(input);
  waitpid(pid, NULL, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tells_of_a_file), cmocka_unit_test(test_tells_what_is_wrong),
      cmocka_unit_test(test_hears_wishes),    cmocka_unit_test(test_nobody_waits_for_a_slow_reader),
      cmocka_unit_test(test_news_for_nobody), cmocka_unit_test(test_looks_are_paced),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
