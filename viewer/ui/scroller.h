/* SPDX-License-Identifier: MIT */
/*
 * scroller.h: what is higher than its place scrolls, and a bar beside it, which takes its own room,
 * says that there is more. GTK's scrollbars by default show only while the pointer moves, and what
 * scrolls is the first to shrink. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HV_TYPE_SCROLLER (hv_scroller_get_type())
G_DECLARE_FINAL_TYPE(HvScroller, hv_scroller, HV, SCROLLER, GtkWidget)

/* Scrolls @child up and down; its width is that of the scroller. */
GtkWidget *hv_scroller_new(GtkWidget *child);

/** hv_scroller_set_name: What it is called where it holds text only, and takes the keyboard itself.
 */
void hv_scroller_set_name(HvScroller *self, const char *name);

/**
 * hv_scroller_set_most:
 * @most_px: it is as high as its child, and scrolls what is higher than this; G_MAXINT: nothing is;
 *   -1, as at first: it takes what height there is
 */
void hv_scroller_set_most(HvScroller *self, int most_px);

G_END_DECLS
