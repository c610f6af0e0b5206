/* SPDX-License-Identifier: MIT */
/*
 * The stacks of scopes as lanes, one a thread, over the list of their chunks. Main thread only.
 * Signal: "chunk-chosen" (guint64 begin, guint64 end): a chunk was clicked on
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/frame.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

#define HV_TYPE_STACK_LANES (hv_stack_lanes_get_type())
G_DECLARE_FINAL_TYPE(HvStackLanes, hv_stack_lanes, HV, STACK_LANES, GtkWidget)

GtkWidget *hv_stack_lanes_new(void);

/** hv_stack_lanes_set_frame: @frame: (nullable). Without a stack the widget has no height. */
void hv_stack_lanes_set_frame(HvStackLanes *self, HvFrame *frame);

void hv_stack_lanes_set_palette(HvStackLanes *self, const HvPalette *palette);

G_END_DECLS
