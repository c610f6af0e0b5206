/* SPDX-License-Identifier: MIT */
/*
 * Says which call stacks hold the memory that a query finds, as far as the sampled profile of the
 * process tells. Worked out by a thread: names of functions may have to be read from debug
 * information first. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/frame.h"

G_BEGIN_DECLS

#define HV_TYPE_HOLDERS_LABEL (hv_holders_label_get_type())
G_DECLARE_FINAL_TYPE(HvHoldersLabel, hv_holders_label, HV, HOLDERS_LABEL, GtkWidget)

GtkWidget *hv_holders_label_new(void);

/**
 * hv_holders_label_ask:
 * @frame: (nullable): the heap; a reference is taken
 * @query: (nullable): what is held; copied
 *
 * With either NULL nothing is said. What is said of the last question stays until the answer is
 * there; of questions asked meanwhile only the last is answered.
 */
void hv_holders_label_ask(HvHoldersLabel *self, HvFrame *frame, const char *query);

/** hv_holders_label_get_text: Returns (transfer none): what is said, "" for nothing. */
const char *hv_holders_label_get_text(HvHoldersLabel *self);

G_END_DECLS
