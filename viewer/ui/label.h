/* SPDX-License-Identifier: MIT */
/* Labels and inscriptions whose text may be set again and again. Main thread only. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * hv_label_show: Shows @text, and does nothing at all when it is shown already: GTK would lay the
 * whole window out again.
 *
 * Returns: whether the text is another one.
 */
gboolean hv_label_show(GtkLabel *label, const char *text);

/** hv_label_show_or_tip: The same for a label that may be too narrow for @text: a tooltip tells all
 * of it. */
void hv_label_show_or_tip(GtkLabel *label, const char *text);

/** hv_inscription_new: Returns a line of at least @chars characters, which keeps its place whatever
 * its text is, and shows as much of it as there is room for. */
GtkWidget *hv_inscription_new(guint chars, float xalign);

/** hv_inscription_show: As hv_label_show(); for texts that change with frames: GTK lays nothing out
 * again. @text: (nullable) */
gboolean hv_inscription_show(GtkInscription *inscription, const char *text);

/** hv_label_new_sentences: Returns a label for sentences that take the keyboard and can be copied,
 * wrapped at @chars characters. */
GtkWidget *hv_label_new_sentences(int chars);

G_END_DECLS
