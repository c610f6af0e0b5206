/* SPDX-License-Identifier: MIT */
/*
 * What the whole window of the viewer costs, as a user has it, with a list of spans beside the map
 * (run by bench.sh). Prints one line a figure: "NAME VALUE UNIT".
 *
 *   bench_window saved         a saved heap of a million spans and ten million blocks: while
 * nothing changes, and while its map is panned and zoomed bench_window live PID      the map of a
 * process, panned and zoomed while frames come bench_window memory PID    what the frames of a
 * process take after half a minute
 */
#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/bench_frames.h"
#include "tests/viewer/synthetic.h"
#include "viewer/ui/frame_memory.h"
#include "viewer/ui/window.h"

enum {
  MEMORY_MS = 30000,
};

static HvWindow *window;

static HvMoment *moment_now(void) {
  return hv_feed_get_moment(hv_window_get_feed(window));
}

static HvHeapMap *window_map(void) {
  return hv_heap_page_get_map(hv_window_get_heap_page(window));
}

/* Opens @target and waits until all of it is on screen. */
static void open_target(const HvTarget *target) {
  hv_window_open(window, target);
  gtk_window_present(GTK_WINDOW(window));
  while (moment_now() == NULL || moment_now()->frame == NULL)
    g_main_context_iteration(NULL, TRUE);
  hv_heap_page_show_list(hv_window_get_heap_page(window), "spans");
  bench_settle(window_map(), 3000);
  bench_watch(GTK_WIDGET(window));
}

static void open_saved(void) {
  g_autoptr(HvFrame) frame = synthetic_frame_of_spans(BENCH_SPANS);
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), "hv-bench-XXXXXX", NULL);
  int fd = g_mkstemp(path);
  g_autoptr(GError) error = NULL;

  if (fd < 0 || !g_close(fd, NULL) || !hv_frame_save(frame, path, &error))
    g_error("cannot write %s: %s", path, error == NULL ? "no such folder" : error->message);
  open_target(&(HvTarget){.path = path});
  g_unlink(path);
}

static void tell_memory(void) {
  HvHistory *history;
  guint spans;
  double past_bytes;
  double bytes;

  bench_settle(window_map(), MEMORY_MS);
  history = moment_now()->history;
  past_bytes = hv_history_bytes(history);
  bytes = hv_frame_head(moment_now()->frame)->bytes;
  hv_frame_spans(moment_now()->frame, &spans);
  g_print("spans %u spans\n", spans);
  g_print("newest-frame %.1f MiB\n", bytes / (1 << 20));
  g_print("past-frames %u frames\n", hv_history_count(history));
  g_print("past-memory %.1f MiB\n", past_bytes / (1 << 20));
}

int main(int argc, char **argv) {
  g_autoptr(HvApplication) application = NULL;
  const char *what = argc > 1 ? argv[1] : "";
  g_autoptr(HvTarget) target = argc > 2 ? hv_target_parse(argv[2], NULL, NULL) : NULL;

  if (strcmp(what, "saved") != 0 && target == NULL) {
    g_printerr("bench_window: saved, live PID or memory PID\n");
    return EXIT_FAILURE;
  }
  hv_frame_memory_keep_heap();
  application = hv_application_new();
  if (!g_application_register(G_APPLICATION(application), NULL, NULL))
    g_error("no session bus");
  window = hv_window_new(application);
  gtk_window_set_default_size(GTK_WINDOW(window), BENCH_WIDTH_PX, BENCH_HEIGHT_PX);
  if (strcmp(what, "saved") == 0)
    open_saved();
  else
    open_target(target);
  if (strcmp(what, "memory") == 0) {
    tell_memory();
  } else {
    if (strcmp(what, "saved") == 0)
      bench_idle(window_map(), "");
    bench_move(window_map(), strcmp(what, "saved") == 0 ? "" : "live-");
  }
  gtk_window_destroy(GTK_WINDOW(window));
  return EXIT_SUCCESS;
}
