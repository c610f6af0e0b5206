/* SPDX-License-Identifier: MIT */
/* See bench_frames.h. */
#include "tests/viewer/bench_frames.h"

#include <time.h>

enum {
  STEPS = 120,
  STEP_PX = 37,
  IDLE_SECONDS = 4,
};

static GArray *costs; /* double, ms */
static guint64 last_ns;

guint64 bench_cpu_ns(clockid_t clock) {
  struct timespec time;

  clock_gettime(clock, &time);
  return (guint64)time.tv_sec * 1000000000u + (guint64)time.tv_nsec;
}

double bench_ms_since(guint64 begin_ns) {
  return (double)(bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns) / 1e6;
}

static void frame_ended(void) {
  guint64 now_ns = bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
  double ms = (double)(now_ns - last_ns) / 1e6;

  last_ns = now_ns;
  g_array_append_val(costs, ms);
}

void bench_watch(GtkWidget *window) {
  if (costs == NULL)
    costs = g_array_new(FALSE, FALSE, sizeof(double));
  g_signal_connect_swapped(gtk_widget_get_frame_clock(window), "after-paint",
                           G_CALLBACK(frame_ended), NULL);
}

void bench_begin_frames(void) {
  g_array_set_size(costs, 0);
  last_ns = bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

guint bench_frames(void) {
  return costs == NULL ? 0 : costs->len;
}

void bench_wait_for_frame(void) {
  guint frames = costs->len;

  while (costs->len == frames)
    g_main_context_iteration(NULL, TRUE);
}

static gint compare(gconstpointer a, gconstpointer b) {
  double left = *(const double *)a;
  double right = *(const double *)b;

  return left < right ? -1 : left > right;
}

void bench_report(const char *name) {
  double sum = 0;

  g_array_sort(costs, compare);
  for (guint i = 0; i < costs->len; i++)
    sum += g_array_index(costs, double, i);
  g_print("%s-mean %.2f ms\n", name, sum / costs->len);
  g_print("%s-p95 %.2f ms\n", name, g_array_index(costs, double, costs->len * 95 / 100));
  g_print("%s-max %.2f ms\n", name, g_array_index(costs, double, costs->len - 1));
  g_print("%s-frames %u frames\n", name, costs->len);
  g_array_set_size(costs, 0);
}

static gboolean set_flag(gpointer flag) {
  *(gboolean *)flag = TRUE;
  return G_SOURCE_REMOVE;
}

void bench_settle(HvHeapMap *map, guint at_least_ms) {
  gboolean due = FALSE;

  g_timeout_add(at_least_ms, set_flag, &due);
  while (!due || !hv_heap_map_is_settled(map))
    g_main_context_iteration(NULL, TRUE);
}

static void pan(HvHeapMap *map, const char *whose, const char *what) {
  g_autofree char *name = g_strconcat(whose, "pan-", what, NULL);

  bench_begin_frames();
  for (guint i = 0; i < STEPS; i++) {
    hv_heap_map_scroll(map, STEP_PX);
    bench_wait_for_frame();
  }
  bench_report(name);
  bench_settle(map, 200);
}

static void zoom(HvHeapMap *map, const char *whose) {
  g_autofree char *name = g_strconcat(whose, "zoom", NULL);

  bench_begin_frames();
  for (guint i = 0; i < STEPS / 2; i++) {
    hv_heap_map_zoom(map, i % 16 < 8 ? 1 : -1, BENCH_HEIGHT_PX / 2.0);
    bench_settle(map, 60);
  }
  bench_report(name);
}

void bench_move(HvHeapMap *map, const char *whose) {
  hv_heap_map_zoom_fit(map);
  bench_settle(map, 200);
  /* From the whole heap to its spans, and to single blocks. */
  hv_heap_map_zoom(map, 4, 0);
  bench_settle(map, 200);
  pan(map, whose, "spans");
  hv_heap_map_zoom(map, 9, BENCH_HEIGHT_PX / 2.0);
  bench_settle(map, 200);
  pan(map, whose, "blocks");
  hv_heap_map_zoom_fit(map);
  bench_settle(map, 200);
  zoom(map, whose);
}

void bench_idle(HvHeapMap *map, const char *whose) {
  guint64 begin_ns;

  bench_settle(map, 1500);
  bench_begin_frames();
  begin_ns = bench_cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
  bench_settle(map, IDLE_SECONDS * 1000);
  g_print("%sidle-cpu %.3f %%\n", whose,
          (double)(bench_cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_ns) / 1e7 / IDLE_SECONDS);
  g_print("%sidle-frames %u frames\n", whose, bench_frames());
}
