/* SPDX-License-Identifier: MIT */
/*
 * What a frame costs the main thread while a map of one million spans and ten million blocks is
 * panned and zoomed, and what the map costs while nothing changes (run by bench.sh). Prints one
 * line a figure: "NAME VALUE UNIT".
 *
 * Before that, what GTK alone takes for a window of that size whose one widget paints it in one
 * colour: as it is ("toolkit-plain") and with the memory of a frame kept ("toolkit").
 *
 * A frame's cost is the CPU time of the main thread from the end of the frame before to its own
 * end: input, layout, taking tiles from the worker, drawing and handing over to the X server.
 */
#include <gtk/gtk.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "tests/viewer/synthetic.h"
#include "viewer/ui/heap_page.h"
#include "viewer/ui/application.h"
#include "viewer/ui/frame_memory.h"
#include "viewer/ui/heap_tables.h"
#include "viewer/ui/minimap.h"

enum {
  SPANS = 1000000,
  STEPS = 120,
  WIDTH_PX = 1600,
  HEIGHT_PX = 1000,
  IDLE_SECONDS = 4,
  TOOLKIT_FRAMES = 40,
  LISTS = 4,
};

static GArray *costs; /* double, ms */
static guint64 last_ns;

static guint64 cpu_ns(clockid_t clock) {
  struct timespec time;

  clock_gettime(clock, &time);
  return (guint64)time.tv_sec * 1000000000u + (guint64)time.tv_nsec;
}

static void frame_ended(void) {
  guint64 now_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
  double ms = (double)(now_ns - last_ns) / 1e6;

  last_ns = now_ns;
  g_array_append_val(costs, ms);
}

static gboolean set_flag(gpointer flag) {
  *(gboolean *)flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* Sleeps between events, so that waiting is not taken for work. */
static void run_until_settled(HvHeapMap *map, guint at_least_ms) {
  gboolean due = FALSE;

  g_timeout_add(at_least_ms, set_flag, &due);
  while (!due || !hv_heap_map_is_settled(map))
    g_main_context_iteration(NULL, TRUE);
}

static gint compare(gconstpointer a, gconstpointer b) {
  double left = *(const double *)a;
  double right = *(const double *)b;

  return left < right ? -1 : left > right;
}

static void report(const char *name) {
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

static void begin_frames(void) {
  g_array_set_size(costs, 0);
  last_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void wait_for_frame(void) {
  guint frames = costs->len;

  while (costs->len == frames)
    g_main_context_iteration(NULL, TRUE);
}

static void watch_frames(GtkWidget *window) {
  g_signal_connect_swapped(gtk_widget_get_frame_clock(window), "after-paint",
                           G_CALLBACK(frame_ended), NULL);
}

static void paint(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data) {
  cairo_set_source_rgb(cr, costs->len % 2, 0.5, 0.5);
  cairo_paint(cr);
}

static void toolkit(const char *name, gboolean keeps) {
  GtkWidget *window = gtk_window_new();
  GtkWidget *area = gtk_drawing_area_new();

  if (keeps)
    hv_frame_memory_keep(GTK_WINDOW(window));
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), paint, NULL, NULL);
  gtk_window_set_child(GTK_WINDOW(window), area);
  gtk_window_set_default_size(GTK_WINDOW(window), WIDTH_PX, HEIGHT_PX);
  gtk_window_present(GTK_WINDOW(window));
  watch_frames(window);
  wait_for_frame();
  begin_frames();
  for (int i = 0; i < TOOLKIT_FRAMES; i++) {
    gtk_widget_queue_draw(area);
    wait_for_frame();
  }
  report(name);
  gtk_window_destroy(GTK_WINDOW(window));
}

/* A step each frame, as a user who drags without a stop. */
static void pan(HvHeapMap *map, const char *name) {
  begin_frames();
  for (int i = 0; i < STEPS; i++) {
    hv_heap_map_scroll(map, 37);
    wait_for_frame();
  }
  report(name);
  run_until_settled(map, 200);
}

static void zoom(HvHeapMap *map) {
  begin_frames();
  for (int i = 0; i < STEPS / 2; i++) {
    hv_heap_map_zoom(map, i % 16 < 8 ? 1 : -1, HEIGHT_PX / 2.0);
    run_until_settled(map, 60);
  }
  report("zoom");
}

static gboolean quit(gpointer loop) {
  g_main_loop_quit(loop);
  return G_SOURCE_REMOVE;
}

static void idle(HvHeapMap *map) {
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  guint64 drawn;
  guint64 begin_ns;

  run_until_settled(map, 1500);
  drawn = hv_heap_map_get_snapshots(map);
  begin_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
  g_timeout_add(IDLE_SECONDS * 1000, quit, loop);
  g_main_loop_run(loop);
  g_print("idle-cpu %.3f %%\n",
          (double)(cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_ns) / 1e7 / IDLE_SECONDS);
  g_print("idle-frames %" G_GUINT64_FORMAT " frames\n", hv_heap_map_get_snapshots(map) - drawn);
}

static double ms_since(guint64 begin_ns) {
  return (double)(cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns) / 1e6;
}

/* CPU time of showing @rows, which is the main thread's. */
static double show_ms(HvTable *table, HvList *rows) {
  guint64 begin_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);

  hv_heap_table_show(HV_LIST_SPANS, table, rows);
  return ms_since(begin_ns);
}

/* What a list takes at most: a thread to work out its first rows, and the main thread to show them,
 * when all are others than before (with the longest step of the main loop until all are there), and
 * when they are the same. */
static void list(HvFrame *frame) {
  HvMoment moment = {.frame = frame, .content = 1, .state = HV_SOURCE_FILE};
  GtkWidget *window = gtk_window_new();
  HvTable *table = HV_TABLE(hv_heap_table_new(HV_LIST_SPANS));
  double work = 0, others = 0, step = 0, same = 0;

  g_atomic_ref_count_init(&moment.references);
  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(table));
  gtk_window_set_default_size(GTK_WINDOW(window), WIDTH_PX / 4, HEIGHT_PX);
  gtk_window_present(GTK_WINDOW(window));
  for (int i = 0; i < LISTS; i++) {
    guint64 begin_ns;
    g_autoptr(HvList) rows = NULL;

    hv_table_set_order(table, i % 2 == 0 ? "Address:asc" : "Address:desc");
    begin_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    rows = hv_heap_table_work_out(HV_LIST_SPANS, hv_table_get_order(table), &moment, NULL);
    work = fmax(work, ms_since(begin_ns));
    others = fmax(others, show_ms(table, rows));
    while (g_main_context_pending(NULL)) {
      begin_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
      g_main_context_iteration(NULL, FALSE);
      step = fmax(step, ms_since(begin_ns));
    }
    same = fmax(same, show_ms(table, rows));
  }
  g_print(
      "list-thread %.1f ms\nlist-other-rows %.1f ms\nlist-step %.1f ms\nlist-same-rows %.1f ms\n",
      work, others, step, same);
  gtk_window_destroy(GTK_WINDOW(window));
}

int main(int argc, char **argv) {
  g_autoptr(HvFrame) frame = NULL;
  g_autoptr(HvPyramid) pyramid = NULL;
  GtkWidget *window;
  GtkWidget *box;
  GtkWidget *scroller;
  HvHeapMap *map;
  HvMinimap *minimap;
  gint64 begin_us;

  gtk_init();
  costs = g_array_new(FALSE, FALSE, sizeof(double));
  toolkit("toolkit-plain", FALSE);
  hv_frame_memory_keep_heap();
  toolkit("toolkit", TRUE);
  frame = synthetic_frame_of_spans(SPANS);
  begin_us = g_get_monotonic_time();
  pyramid = hv_pyramid_new(frame);
  g_print("pyramid %.0f ms\n", (double)(g_get_monotonic_time() - begin_us) / 1000);
  list(frame);
  map = HV_HEAP_MAP(hv_heap_map_new());
  minimap = g_object_new(HV_TYPE_MINIMAP, NULL);
  hv_minimap_set_palette(minimap, hv_palette_get(HV_THEME_LIGHT));
  window = gtk_window_new();
  hv_frame_memory_keep(GTK_WINDOW(window));
  box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), GTK_WIDGET(map));
  gtk_widget_set_hexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(box), scroller);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(minimap));
  hv_minimap_set_map(minimap, map);
  gtk_window_set_child(GTK_WINDOW(window), box);
  gtk_window_set_default_size(GTK_WINDOW(window), WIDTH_PX, HEIGHT_PX);
  hv_heap_map_set_heap(map, pyramid, 1);
  gtk_window_present(GTK_WINDOW(window));
  run_until_settled(map, 500);
  watch_frames(window);
  idle(map);
  /* From the whole heap to its spans, and to single blocks. */
  hv_heap_map_zoom(map, 4, 0);
  run_until_settled(map, 200);
  pan(map, "pan-spans");
  hv_heap_map_zoom(map, 9, HEIGHT_PX / 2.0);
  run_until_settled(map, 200);
  pan(map, "pan-blocks");
  hv_heap_map_zoom_fit(map);
  run_until_settled(map, 200);
  zoom(map);
  gtk_window_destroy(GTK_WINDOW(window));
  return EXIT_SUCCESS;
}
