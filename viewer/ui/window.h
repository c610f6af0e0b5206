/* SPDX-License-Identifier: MIT */
/*
 * A window of the viewer: header bar, message bar, and one of three pages: the processes to choose
 * from, a heap, or a message that stands in for a heap. It owns the feed of what it shows.
 *
 * Actions (window_actions.c) drive menu, keys, buttons and tests alike; GApplication exports them
 * on the session bus. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/application.h"
#include "viewer/ui/feed.h"
#include "viewer/ui/heap_page.h"
#include "viewer/ui/target.h"

G_BEGIN_DECLS

#define HV_TYPE_WINDOW (hv_window_get_type())
G_DECLARE_FINAL_TYPE(HvWindow, hv_window, HV, WINDOW, GtkApplicationWindow)

/** hv_window_new: A window that shows the processes. */
HvWindow *hv_window_new(HvApplication *application);

/** hv_window_open: Shows @target instead of what the window shows now. */
void hv_window_open(HvWindow *self, const HvTarget *target);

/** hv_window_show_processes: Lets the user choose; the heap shown before goes on behind. */
void hv_window_show_processes(HvWindow *self);

/** hv_window_set_rate: Snapshots a second of this and later targets, 0.1 to 60. */
void hv_window_set_rate(HvWindow *self, double rate_hz);

/** hv_window_set_paused: Does nothing without a live target. */
void hv_window_set_paused(HvWindow *self, gboolean paused);

/** hv_window_scrub: Shows what was at @time_ns, CLOCK_REALTIME; 0: the newest, as it comes. */
void hv_window_scrub(HvWindow *self, guint64 time_ns);

/** hv_window_get_settings: Returns (transfer none): those of the application. */
HvSettings *hv_window_get_settings(HvWindow *self);

/** hv_window_get_feed: Returns (transfer none) (nullable). */
HvFeed *hv_window_get_feed(HvWindow *self);

/** hv_window_get_heap_page: Returns (transfer none). */
HvHeapPage *hv_window_get_heap_page(HvWindow *self);

/** hv_window_dup_target: Process number or path of what was opened last, else the empty text.
 * Returns: (transfer full). */
char *hv_window_dup_target(HvWindow *self);

/** hv_window_get_shows_heap: Whether the heap is on screen, rather than a list or a message. */
gboolean hv_window_get_shows_heap(HvWindow *self);

/** hv_window_is_closed: Whether it is gone, and only held by something that takes its time. */
gboolean hv_window_is_closed(HvWindow *self);

/** hv_window_say: Shows @text in the message bar until it is closed or replaced. */
void hv_window_say(HvWindow *self, GtkMessageType type, const char *text);

/** hv_window_is_saying: Whether @text is in the message bar, not closed and not replaced. */
gboolean hv_window_is_saying(HvWindow *self, const char *text);

/** hv_window_suggest_name: A file name, without folder or ending, for a picture of what is shown.
 * Returns: (transfer full). */
char *hv_window_suggest_name(HvWindow *self);

G_END_DECLS
