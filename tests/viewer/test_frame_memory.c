/* SPDX-License-Identifier: MIT */
/*
 * What a frame is drawn into is there for the next one (run by with_display.sh, drawn by cairo):
 * redrawing a whole window faults in next to no pages, also after it has grown. What is kept for
 * that goes when it is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "viewer/ui/frame_memory.h"

enum {
  WIDTH_PX = 900,
  HEIGHT_PX = 600,
  FRAMES = 20,
  PAGE_BYTES = 4096,
  PIECES = 8,
  PIECE_BYTES = 4 << 20,
};

static guint frames;

static void frame_ended(void) {
  frames++;
}

static void paint(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data) {
  cairo_set_source_rgb(cr, frames % 2, 0.5, 0.5);
  cairo_paint(cr);
}

static void draw_frame(GtkWidget *area) {
  guint before = frames;

  gtk_widget_queue_draw(area);
  while (frames == before)
    g_main_context_iteration(NULL, TRUE);
}

/* Page faults a frame, of the thread that draws. */
static double faults_a_frame(GtkWidget *area) {
  struct rusage before, after;

  for (int i = 0; i < FRAMES / 2; i++)
    draw_frame(area);
  getrusage(RUSAGE_THREAD, &before);
  for (int i = 0; i < FRAMES; i++)
    draw_frame(area);
  getrusage(RUSAGE_THREAD, &after);
  return (double)(after.ru_minflt - before.ru_minflt) / FRAMES;
}

static void test_frames_reuse_their_memory(void **state) {
  GtkWidget *window = gtk_window_new();
  GtkWidget *area = gtk_drawing_area_new();
  double pages = WIDTH_PX * HEIGHT_PX * 4.0 / PAGE_BYTES;

  hv_frame_memory_keep(GTK_WINDOW(window));
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), paint, NULL, NULL);
  gtk_window_set_child(GTK_WINDOW(window), area);
  gtk_window_set_default_size(GTK_WINDOW(window), WIDTH_PX / 2, HEIGHT_PX / 2);
  gtk_window_present(GTK_WINDOW(window));
  g_signal_connect(gtk_widget_get_frame_clock(window), "after-paint", G_CALLBACK(frame_ended),
                   NULL);
  assert_true(faults_a_frame(area) < pages / 4 / 10);
  gtk_window_set_default_size(GTK_WINDOW(window), WIDTH_PX, HEIGHT_PX);
  assert_true(faults_a_frame(area) < pages / 10);
  assert_int_equal(gtk_widget_get_width(area), WIDTH_PX);
  gtk_window_destroy(GTK_WINDOW(window));
}

static gsize resident_bytes(void) {
  gsize pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");

  assert_int_equal(fscanf(file, "%*u %zu", &pages), 1);
  fclose(file);
  return pages * PAGE_BYTES;
}

static void test_gives_back(void **state) {
  guint8 *pieces[PIECES];
  gsize taken, kept, given;

  for (int i = 0; i < PIECES; i++) {
    pieces[i] = g_malloc(PIECE_BYTES);
    memset(pieces[i], i + 1, PIECE_BYTES);
  }
  taken = resident_bytes();
  for (int i = 0; i < PIECES; i++)
    g_free(pieces[i]);
  kept = resident_bytes();
  assert_true(kept + PIECE_BYTES > taken);
  hv_frame_memory_give_back();
  given = resident_bytes();
  assert_true(given + (PIECES - 1) * PIECE_BYTES < kept);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_frames_reuse_their_memory),
      cmocka_unit_test(test_gives_back),
  };

  hv_frame_memory_keep_heap();
  gtk_init();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
