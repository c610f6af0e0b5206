/* SPDX-License-Identifier: MIT */
/*
 * watcher: watches one process as alloc-viewer does, drawing nothing. `watcher PID` asks for 10
 * frames a second, prints "live 1" when the first has come, and at the end of its standard input
 * how many came, and what the target spent on one by its own clock: median and most.
 */
#include "viewer/model/source.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define RATE_MHZ      10000u
#define POLL_MS       20
#define GIVE_UP_POLLS 1500u /* 30 s without a frame */

static int order(gconstpointer a, gconstpointer b) {
  const guint64 *one = (const guint64 *)a;
  const guint64 *other = (const guint64 *)b;
  return (*one > *other) - (*one < *other);
}

/* TRUE when standard input is at its end; waits one poll interval at most. */
static gboolean told_to_end(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  char letter;
  return poll(&input, 1, POLL_MS) > 0 && read(0, &letter, 1) <= 0;
}

int main(int count, char **arguments) {
  if (count != 2) {
    g_printerr("watcher: give the PID of a process on liballoc; tests/bench/run does\n");
    return 2;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(HvSource) source = hv_source_open(arguments[1], &error);
  if (source == NULL) {
    g_printerr("watcher: %s\n", error->message);
    return 1;
  }
  hv_source_set_rate(source, RATE_MHZ);
  g_autoptr(GArray) costs_ns = g_array_new(FALSE, FALSE, sizeof(guint64));
  guint polls = 0;
  do {
    g_autoptr(HvFrame) frame = hv_source_poll(source);
    if (frame == NULL) {
      if (costs_ns->len == 0 && ++polls > GIVE_UP_POLLS) {
        g_printerr("watcher: no frame came within 30 s. %s\n", hv_source_sentence(source));
        return 1;
      }
      continue;
    }
    HvSourceStats stats;
    hv_source_stats(source, &stats);
    g_array_append_val(costs_ns, stats.cost_ns);
    if (costs_ns->len == 1) {
      g_print("live 1\n");
      (void)fflush(stdout);
    }
  } while (!told_to_end());
  g_array_sort(costs_ns, order);
  HvSourceStats stats;
  hv_source_stats(source, &stats);
  const guint frames = costs_ns->len;
  g_print("frames %u\n", frames);
  g_print("invalid %" G_GUINT64_FORMAT "\n", stats.invalid);
  if (frames > 0) {
    g_print("frame_cpu_ms %.3f\n", (double)g_array_index(costs_ns, guint64, frames / 2) / 1e6);
    g_print("frame_cpu_most_ms %.3f\n", (double)g_array_index(costs_ns, guint64, frames - 1) / 1e6);
  }
  return 0;
}
