/* SPDX-License-Identifier: MIT */
/*
 * What the benches of the viewer measure: a frame's cost is the CPU time of the main thread from
 * the end of the frame before to its own end: input, layout, what came from other threads, drawing
 * and handing over to the X server. Of one window at a time; main thread only.
 */
#pragma once

#include "viewer/ui/heap_map.h"

G_BEGIN_DECLS

enum {
  BENCH_WIDTH_PX = 1600,
  BENCH_HEIGHT_PX = 1000,
  BENCH_SPANS = 1000000,
};

guint64 bench_cpu_ns(clockid_t clock);

/* CPU time of this thread since it was at @begin_ns. */
double bench_ms_since(guint64 begin_ns);

/* From now on frames of @window are counted; it is realized. */
void bench_watch(GtkWidget *window);

void bench_begin_frames(void);
guint bench_frames(void);
void bench_wait_for_frame(void);

/* Prints "NAME-mean", "-p95", "-max" and "-frames" since bench_begin_frames(). */
void bench_report(const char *name);

/* Runs the main loop for @at_least_ms and until all tiles of @map are there. Sleeps between events,
 * so that waiting is not taken for work. */
void bench_settle(HvHeapMap *map, guint at_least_ms);

/* Pans over spans, then over blocks, then zooms, a step each frame as a user who does not stop:
 * "WHOSEpan-spans", "WHOSEpan-blocks" and "WHOSEzoom". */
void bench_move(HvHeapMap *map, const char *whose);

/* Prints the share of a core that the process takes, and the frames it draws, while nothing is done
 * to it: "WHOSEidle-cpu" and "WHOSEidle-frames". */
void bench_idle(HvHeapMap *map, const char *whose);

G_END_DECLS
