/* SPDX-License-Identifier: MIT */
/* See ledger_bar.h. A legend entry is made the first time its row is not zero, and is only hidden
 * after that, so that entries do not jump about while numbers come and go. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/ledger_bar.h"

#include <glib/gi18n.h>

#include "viewer/model/palette.h"
#include "viewer/model/units.h"
#include "viewer/ui/explanation.h"
#include "viewer/ui/label.h"
#include "viewer/ui/ledger_strip.h"
#include "viewer/ui/names.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/steady_label.h"
#include "viewer/ui/swatch.h"
#include "viewer/ui/tip.h"
#include "viewer/ui/wrap_layout.h"

#define LEGEND_HEIGHT_LOW_PX 72 /* three lines */

/* One entry of the legend. */
typedef struct {
  GtkWidget *button;   /* GtkMenuButton, owned by the legend */
  GtkWidget *swatch;   /* inside it */
  GtkWidget *title;    /* inside it */
  GtkWidget *amount;   /* inside it */
  GtkWidget *explain;  /* label of the popover */
  gboolean is_current; /* its row is in the ledger that is shown */
} Entry;

struct _HvLedgerBar {
  GtkWidget parent_instance;

  GtkWidget *box; /* owned child */
  GtkWidget *title;
  GtkWidget *total;
  GtkWidget *note;
  GtkWidget *strip;
  GtkWidget *scroller; /* around the legend */
  GtkWidget *legend;   /* GtkBox with a wrapping layout */
  GHashTable *entries; /* key of the row -> Entry */
  HvLedger *ledger;
  const HvPalette *palette;
};

G_DEFINE_FINAL_TYPE(HvLedgerBar, hv_ledger_bar, GTK_TYPE_WIDGET)

static Entry *entry_new(HvLedgerBar *self) {
  Entry *entry = g_new0(Entry, 1);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 5);

  entry->swatch = hv_swatch_new();
  entry->title = gtk_label_new(NULL);
  entry->amount = hv_steady_label_new();
  gtk_widget_add_css_class(entry->amount, "amount");
  gtk_box_append(GTK_BOX(box), entry->swatch);
  gtk_box_append(GTK_BOX(box), entry->title);
  gtk_box_append(GTK_BOX(box), entry->amount);
  gtk_widget_set_halign(box, GTK_ALIGN_START);

  entry->explain = hv_label_new_sentences(44);
  entry->button = gtk_menu_button_new();
  gtk_menu_button_set_child(GTK_MENU_BUTTON(entry->button), box);
  hv_explanation_open_from(GTK_MENU_BUTTON(entry->button), entry->explain);
  gtk_menu_button_set_has_frame(GTK_MENU_BUTTON(entry->button), FALSE);
  gtk_box_append(GTK_BOX(self->legend), entry->button);
  return entry;
}

/* What an entry tells of. */
typedef enum {
  PART_OF_SUM,
  NOT_RESIDENT,
  IN_OTHER_ROWS,
} EntryKind;

/* Sentences about @row, of which @shown bytes are shown. */
static char *ledger_bar_explain(HvLedgerBar *self, const HvLedgerRow *row, EntryKind kind,
                                gint64 shown) {
  g_autofree char *exact = hv_format_bytes_exact(shown);
  g_autofree char *percent = NULL;

  if (kind == NOT_RESIDENT)
    return g_strdup_printf(_("%s: %s, not resident\n\n%s"), row->title, exact, row->explanation);
  if (kind == IN_OTHER_ROWS)
    return g_strdup_printf(_("%s: at most %s\n\n%s"), row->title, exact, row->explanation);
  percent = hv_format_percent((guint64)MAX(shown, 0), hv_ledger_total_bytes(self->ledger));
  return g_strdup_printf(row->estimated ? _("%s: about %s, %s\n\n%s") : "%s: %s, %s\n\n%s",
                         row->title, exact, percent, row->explanation);
}

/* @after: (inout): the entry before this row's, NULL at the beginning. */
static void ledger_bar_show_row(HvLedgerBar *self, const HvLedgerRow *row, EntryKind kind,
                                GtkWidget **after) {
  gboolean hollow = kind != PART_OF_SUM;
  g_autofree char *key = g_strconcat(hollow ? "outside " : "", row->key, NULL);
  Entry *entry = g_hash_table_lookup(self->entries, key);
  gint64 shown = hollow ? (gint64)row->nominal_bytes : row->bytes;
  g_autofree char *amount = NULL;
  g_autofree char *explanation = NULL;
  g_autofree char *name = NULL;

  if (hollow && shown == 0)
    shown = row->bytes;
  if (entry == NULL) {
    if (shown == 0)
      return;
    entry = entry_new(self);
    gtk_box_reorder_child_after(GTK_BOX(self->legend), entry->button, *after);
    g_hash_table_insert(self->entries, g_steal_pointer(&key), entry);
  }
  *after = entry->button;
  entry->is_current = TRUE;
  gtk_widget_set_visible(entry->button, shown != 0);
  gtk_widget_set_visible(entry->swatch, kind != IN_OTHER_ROWS);
  amount = hv_format_bytes(shown);
  hv_swatch_set(HV_SWATCH(entry->swatch), self->palette, row->state, hollow);
  hv_label_show(GTK_LABEL(entry->title), row->title);
  hv_steady_label_show(HV_STEADY_LABEL(entry->amount), amount);
  explanation = ledger_bar_explain(self, row, kind, shown);
  if (!hv_label_show(GTK_LABEL(entry->explain), explanation))
    return;
  name = g_strdup_printf("%s %s", row->title, amount);
  hv_name_control(entry->button, name);
}

/* Of rows that only an earlier ledger had. */
static void ledger_bar_hide_others(HvLedgerBar *self) {
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init(&iter, self->entries);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    Entry *entry = value;

    if (!entry->is_current)
      gtk_widget_set_visible(entry->button, FALSE);
    entry->is_current = FALSE;
  }
}

static void ledger_bar_show(HvLedgerBar *self) {
  const HvLedgerRow *rows, *row;
  GtkWidget *after = NULL;
  const char *note;
  g_autofree char *total = NULL;
  guint count;

  hv_ledger_strip_set(HV_LEDGER_STRIP(self->strip), self->ledger, self->palette);
  gtk_widget_set_visible(self->box, self->ledger != NULL);
  if (self->ledger == NULL)
    return;
  total = hv_format_bytes((gint64)hv_ledger_total_bytes(self->ledger));
  hv_label_show(GTK_LABEL(self->title), hv_ledger_title(self->ledger));
  hv_steady_label_show(HV_STEADY_LABEL(self->total), total);
  note = hv_ledger_note(self->ledger);
  hv_label_show(GTK_LABEL(self->note), note != NULL ? note : "");
  hv_tip_set(self->note, note);
  rows = hv_ledger_rows(self->ledger, &count);
  for (guint i = 0; i < count; i++)
    ledger_bar_show_row(self, &rows[i], PART_OF_SUM, &after);
  rows = hv_ledger_virtual_rows(self->ledger, &count);
  for (guint i = 0; i < count; i++)
    ledger_bar_show_row(self, &rows[i], NOT_RESIDENT, &after);
  row = hv_ledger_huge_row(self->ledger);
  if (row != NULL)
    ledger_bar_show_row(self, row, IN_OTHER_ROWS, &after);
  ledger_bar_hide_others(self);
}

void hv_ledger_bar_set_ledger(HvLedgerBar *self, HvLedger *ledger) {
  gboolean same;

  g_return_if_fail(HV_IS_LEDGER_BAR(self));
  same = hv_ledgers_look_alike(ledger, self->ledger);
  if (ledger != NULL)
    hv_ledger_ref(ledger);
  g_clear_pointer(&self->ledger, hv_ledger_unref);
  self->ledger = ledger;
  if (!same)
    ledger_bar_show(self);
}

void hv_ledger_bar_set_low(HvLedgerBar *self, gboolean low) {
  g_return_if_fail(HV_IS_LEDGER_BAR(self));
  hv_scroller_set_most(HV_SCROLLER(self->scroller), low ? LEGEND_HEIGHT_LOW_PX : G_MAXINT);
}

void hv_ledger_bar_set_palette(HvLedgerBar *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_LEDGER_BAR(self));
  self->palette = palette;
  ledger_bar_show(self);
}

static void hv_ledger_bar_dispose(GObject *object) {
  HvLedgerBar *self = HV_LEDGER_BAR(object);

  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->ledger, hv_ledger_unref);
  g_clear_pointer(&self->entries, g_hash_table_unref);
  G_OBJECT_CLASS(hv_ledger_bar_parent_class)->dispose(object);
}

static void hv_ledger_bar_class_init(HvLedgerBarClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_ledger_bar_dispose;
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget_class, "ledgerbar");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void hv_ledger_bar_init(HvLedgerBar *self) {
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

  self->palette = hv_palette_get(HV_THEME_LIGHT);
  self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  self->title = gtk_label_new(NULL);
  self->total = hv_steady_label_new();
  gtk_widget_add_css_class(self->total, "total");
  gtk_widget_set_tooltip_text(self->total,
                              _("Resident memory is looked at with every snapshot. In a heap of "
                                "gigabytes, where that takes long, the ledger may be half a second "
                                "behind the map"));
  self->note = gtk_label_new(NULL);
  gtk_label_set_ellipsize(GTK_LABEL(self->note), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign(GTK_LABEL(self->note), 1);
  gtk_widget_set_hexpand(self->note, TRUE);
  gtk_widget_add_css_class(self->note, "dim-label");
  gtk_box_append(GTK_BOX(head), self->title);
  gtk_box_append(GTK_BOX(head), self->total);
  gtk_box_append(GTK_BOX(head), self->note);
  self->strip = hv_ledger_strip_new();
  self->legend = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_layout_manager(self->legend, hv_wrap_layout_new(4, 0));
  gtk_widget_add_css_class(self->legend, "legend");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->legend), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Legend"), -1);
  self->scroller = hv_scroller_new(self->legend);
  hv_scroller_set_most(HV_SCROLLER(self->scroller), G_MAXINT);
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  gtk_box_append(GTK_BOX(self->box), head);
  gtk_box_append(GTK_BOX(self->box), self->strip);
  gtk_box_append(GTK_BOX(self->box), self->scroller);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Ledger of memory"), -1);
  ledger_bar_show(self);
}
