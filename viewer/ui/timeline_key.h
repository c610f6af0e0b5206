/* SPDX-License-Identifier: MIT */
/*
 * What the height of the timeline stands for, beside it: bytes of the ledger, and the churn with
 * the colour of its line. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/render/strip.h"

G_BEGIN_DECLS

#define HV_TYPE_TIMELINE_KEY (hv_timeline_key_get_type())
G_DECLARE_FINAL_TYPE(HvTimelineKey, hv_timeline_key, HV, TIMELINE_KEY, GtkWidget)

/** hv_timeline_key_set: Tells @scale, of a strip in the colours of @palette. */
void hv_timeline_key_set(HvTimelineKey *self, const HvStripScale *scale, const HvPalette *palette);

G_END_DECLS
