/* SPDX-License-Identifier: MIT */
/*
 * The list of the mappings outside of the heap: a sentence, the table by name, and what the chosen
 * row is. It reads them on a thread, and for a share of the time only; of moments that do not have
 * them it says why. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/moment.h"
#include "viewer/ui/table.h"

G_BEGIN_DECLS

#define HV_TYPE_MAPPINGS_VIEW (hv_mappings_view_get_type())
G_DECLARE_FINAL_TYPE(HvMappingsView, hv_mappings_view, HV, MAPPINGS_VIEW, GtkWidget)

GtkWidget *hv_mappings_view_new(void);

/**
 * hv_mappings_view_set:
 * @moment: (nullable): NULL empties the list
 *
 * What is mapped is read now, if @moment is the newest of a live process; what was read of another
 * process is no longer shown. While the process is paused, it is read only when nothing is shown
 * yet, and when it was read is told.
 */
void hv_mappings_view_set(HvMappingsView *self, HvMoment *moment);

/** hv_mappings_view_clear: Takes all rows away until the next ones are there. */
void hv_mappings_view_clear(HvMappingsView *self);

/** hv_mappings_view_get_table: Returns (transfer none). */
HvTable *hv_mappings_view_get_table(HvMappingsView *self);

/** hv_mappings_view_get_why: Returns (transfer none): why there are no rows; "" when there are, or
 * when they are being read. */
const char *hv_mappings_view_get_why(HvMappingsView *self);

/** hv_mappings_view_dup_data: All rows for programs: see hv_mappings_dup_data(). Returns (transfer
 * full) (nullable): NULL while there are none. */
char *hv_mappings_view_dup_data(HvMappingsView *self, gboolean as_json);

G_END_DECLS
