/* SPDX-License-Identifier: MIT */
/*
 * The bar of the ledger: one rectangle a row, as long as its share of the total, and beside it the
 * outlines of what is not resident. Its tooltip names the row under the pointer. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/ledger.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

#define HV_TYPE_LEDGER_STRIP (hv_ledger_strip_get_type())
G_DECLARE_FINAL_TYPE(HvLedgerStrip, hv_ledger_strip, HV, LEDGER_STRIP, GtkWidget)

GtkWidget *hv_ledger_strip_new(void);

/** hv_ledger_strip_set: @ledger: (nullable): a reference is taken. */
void hv_ledger_strip_set(HvLedgerStrip *self, HvLedger *ledger, const HvPalette *palette);

/** hv_ledgers_look_alike: Whether every number of both, either of them NULL, is the same. */
gboolean hv_ledgers_look_alike(HvLedger *a, HvLedger *b);

G_END_DECLS
