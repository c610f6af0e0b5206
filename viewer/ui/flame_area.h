/* SPDX-License-Identifier: MIT */
/*
 * A flame graph in a window. A click fills the width with a function, a click on what called it
 * goes back; arrows go from one to the next, Enter zooms to it, Escape out of all. Main thread
 * only. Signals: "node-selected": another function is chosen, or none
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/flame.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

#define HV_TYPE_FLAME_AREA (hv_flame_area_get_type())
G_DECLARE_FINAL_TYPE(HvFlameArea, hv_flame_area, HV, FLAME_AREA, GtkWidget)

GtkWidget *hv_flame_area_new(void);

/** hv_flame_area_set_flame: @flame: (transfer full) (nullable). What was chosen and zoomed to stays
 * so, as far as it is in the new one. */
void hv_flame_area_set_flame(HvFlameArea *self, HvFlame *flame);

void hv_flame_area_set_theme(HvFlameArea *self, HvTheme theme);

/** hv_flame_area_get_selected: Returns (transfer none) (nullable). */
const HvFlameNode *hv_flame_area_get_selected(HvFlameArea *self);

/** hv_flame_area_dup_chosen: Returns (transfer full) (nullable): what there is to say of what is
 * selected. */
char *hv_flame_area_dup_chosen(HvFlameArea *self);

/** hv_flame_area_select_call: Chooses the function that a call ends in, without a signal. */
void hv_flame_area_select_call(HvFlameArea *self, guint call);

G_END_DECLS
