/* SPDX-License-Identifier: MIT */
/*
 * What parts of the viewer cost by themselves, with a heap of one million spans and ten million
 * blocks (run by bench.sh): the bare map while it is panned and zoomed and while nothing changes,
 * and the rows of a list. bench_window.c has the whole window. Prints one line a figure:
 * "NAME VALUE UNIT".
 *
 * Before that, what GTK alone takes for a window of that size whose one widget paints it in one
 * colour: as it is ("toolkit-plain") and with the memory of a frame kept ("toolkit").
 */
#include <gtk/gtk.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "tests/viewer/bench_frames.h"
#include "tests/viewer/synthetic.h"
#include "viewer/ui/frame_memory.h"
#include "viewer/ui/heap_tables.h"
#include "viewer/ui/minimap.h"

enum {
  TOOLKIT_FRAMES = 40,
  LISTS = 4,
};

static void paint(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data) {
  cairo_set_source_rgb(cr, bench_frames() % 2, 0.5, 0.5);
  cairo_paint(cr);
}

static void toolkit(const char *name, gboolean keeps) {
  GtkWidget *window = gtk_window_new();
  GtkWidget *area = gtk_drawing_area_new();

  if (keeps)
    hv_frame_memory_keep(GTK_WINDOW(window));
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), paint, NULL, NULL);
  gtk_window_set_child(GTK_WINDOW(window), area);
  gtk_window_set_default_size(GTK_WINDOW(window), BENCH_WIDTH_PX, BENCH_HEIGHT_PX);
  gtk_window_present(GTK_WINDOW(window));
  bench_watch(window);
  bench_wait_for_frame();
  bench_begin_frames();
  for (int i = 0; i < TOOLKIT_FRAMES; i++) {
    gtk_widget_queue_draw(area);
    bench_wait_for_frame();
  }
  bench_report(name);
  gtk_window_destroy(GTK_WINDOW(window));
}

/* Runs what waits in the main loop. Returns: the longest step, CPU time. */
static double run_steps(void) {
  double longest = 0;

  while (g_main_context_pending(NULL)) {
    guint64 begin_ns = bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);

    g_main_context_iteration(NULL, FALSE);
    longest = fmax(longest, bench_ms_since(begin_ns));
  }
  return longest;
}

/* CPU time of showing @rows, which is the main thread's. */
static double show_ms(HvTable *table, HvList *rows) {
  guint64 begin_ns = bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);

  hv_heap_table_show(HV_LIST_SPANS, table, rows);
  return bench_ms_since(begin_ns);
}

/* What a list takes at most: a thread to work out its first rows; and the main thread to sort those
 * that are there when a head is clicked, to show others in their place, and the same once more;
 * each of the last three with the longest step of the main loop until it is on screen. */
static void list(HvFrame *frame) {
  HvMoment moment = {.frame = frame, .content = 1, .state = HV_SOURCE_FILE};
  GtkWidget *window = gtk_window_new();
  HvTable *table = HV_TABLE(hv_heap_table_new(HV_LIST_SPANS));
  double work = 0, sort = 0, first = 0, others = 0, same = 0, step = 0;

  g_atomic_ref_count_init(&moment.references);
  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(table));
  gtk_window_set_default_size(GTK_WINDOW(window), BENCH_WIDTH_PX / 4, BENCH_HEIGHT_PX);
  gtk_window_present(GTK_WINDOW(window));
  bench_watch(window);
  bench_wait_for_frame();
  run_steps();
  for (int i = 0; i < LISTS; i++) {
    guint64 begin_ns = bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    g_autoptr(HvList) rows = NULL;

    hv_table_set_order(table, i % 2 == 0 ? "Address:asc" : "Address:desc");
    sort = fmax(sort, bench_ms_since(begin_ns));
    step = fmax(step, run_steps());
    begin_ns = bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    rows = hv_heap_table_work_out(HV_LIST_SPANS, hv_table_get_order(table), &moment, NULL);
    work = fmax(work, bench_ms_since(begin_ns));
    if (i == 0)
      first = show_ms(table, rows);
    else
      others = fmax(others, show_ms(table, rows));
    step = fmax(step, run_steps());
    same = fmax(same, show_ms(table, rows));
    step = fmax(step, run_steps());
  }
  g_print("list-thread %.1f ms\nlist-sort %.1f ms\nlist-first-rows %.1f ms\n"
          "list-other-rows %.1f ms\nlist-same-rows %.1f ms\nlist-step %.1f ms\n",
          work, sort, first, others, same, step);
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
  toolkit("toolkit-plain", FALSE);
  hv_frame_memory_keep_heap();
  toolkit("toolkit", TRUE);
  frame = synthetic_frame_of_spans(BENCH_SPANS);
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
  gtk_window_set_default_size(GTK_WINDOW(window), BENCH_WIDTH_PX, BENCH_HEIGHT_PX);
  hv_heap_map_set_heap(map, pyramid, 1);
  gtk_window_present(GTK_WINDOW(window));
  bench_settle(map, 500);
  bench_watch(window);
  bench_idle(map, "map-");
  bench_move(map, "map-");
  gtk_window_destroy(GTK_WINDOW(window));
  return EXIT_SUCCESS;
}
