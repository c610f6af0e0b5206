/* SPDX-License-Identifier: MIT */
/*
 * The page that lists what can be watched and lets the user pick: refreshed every second by a scan
 * on another thread, while it is on screen. Signal "picked" (process number). Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HV_TYPE_PROCESS_PAGE (hv_process_page_get_type())
G_DECLARE_FINAL_TYPE(HvProcessPage, hv_process_page, HV, PROCESS_PAGE, GtkWidget)

/** hv_process_page_get_n_rows: Processes listed. */
guint hv_process_page_get_n_rows(HvProcessPage *self);

G_END_DECLS
