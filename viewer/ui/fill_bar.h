/* SPDX-License-Identifier: MIT */
/*
 * A small horizontal bar that shows a share of one, with its percentage written beside it: the
 * cell of the "fill" columns. Draws two colour nodes and one text, all in the CSS color of its
 * node "fillbar".
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HV_TYPE_FILL_BAR (hv_fill_bar_get_type())
G_DECLARE_FINAL_TYPE(HvFillBar, hv_fill_bar, HV, FILL_BAR, GtkWidget)

GtkWidget *hv_fill_bar_new(void);

/** hv_fill_bar_set_permille: @permille: 0 to 1000 thousandths; larger is taken as 1000. */
void hv_fill_bar_set_permille(HvFillBar *self, guint permille);

guint hv_fill_bar_get_permille(HvFillBar *self);

G_END_DECLS
