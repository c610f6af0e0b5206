/* SPDX-License-Identifier: MIT */
/*
 * Children side by side at their natural widths, in as many lines as the width needs, like words
 * of a text. (GtkFlowBox aligns its children in columns, each as wide as the widest of all.)
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HV_TYPE_WRAP_LAYOUT (hv_wrap_layout_get_type())
G_DECLARE_FINAL_TYPE(HvWrapLayout, hv_wrap_layout, HV, WRAP_LAYOUT, GtkLayoutManager)

/** hv_wrap_layout_new: @gap_px, @line_gap_px: between children of a line, and between lines. */
GtkLayoutManager *hv_wrap_layout_new(int gap_px, int line_gap_px);

G_END_DECLS
