/* SPDX-License-Identifier: MIT */
/*
 * The ledger on top of the window: a title with the total, a bar whose segments add up to it, and
 * a legend whose entries say what each segment is and open an explanation. What is reserved but
 * not resident stands at the end of the legend, hollow, and is no part of the bar.
 * Redraws only when a number on it changes. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/ledger.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

#define HV_TYPE_LEDGER_BAR (hv_ledger_bar_get_type())
G_DECLARE_FINAL_TYPE(HvLedgerBar, hv_ledger_bar, HV, LEDGER_BAR, GtkWidget)

/** hv_ledger_bar_set_ledger: @ledger: (nullable): a reference is taken. */
void hv_ledger_bar_set_ledger(HvLedgerBar *self, HvLedger *ledger);

void hv_ledger_bar_set_palette(HvLedgerBar *self, const HvPalette *palette);

/** hv_ledger_bar_set_low: Whether the window is low: a legend of many lines is scrolled then. */
void hv_ledger_bar_set_low(HvLedgerBar *self, gboolean low);

G_END_DECLS
