/* SPDX-License-Identifier: MIT */
/*
 * What opens from a button and explains a word, in sentences that can be read with the keyboard, by
 * a screen reader too, and copied. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * hv_explanation_open_from: Lets @button open @child, which holds sentences of
 * hv_label_new_sentences().
 *
 * Returns: (transfer none): the popover
 */
GtkWidget *hv_explanation_open_from(GtkMenuButton *button, GtkWidget *child);

G_END_DECLS
