/* SPDX-License-Identifier: MIT */
/* See ledger_strip.h. Segment edges are at whole pixels: the edge of row i is the rounded share of
 * the rows up to i, so that segments neither overlap nor leave gaps. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/ledger_strip.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/swatch.h"

#define HEIGHT_PX 22
#define RADIUS_PX 4

struct _HvLedgerStrip {
  GtkWidget parent_instance;
  HvLedger *ledger;
  const HvPalette *palette;
};

G_DEFINE_FINAL_TYPE(HvLedgerStrip, hv_ledger_strip, GTK_TYPE_WIDGET)

/* Right edge, in pixels, after @bytes of @total in a bar of @width. */
static int strip_edge(gint64 bytes, guint64 total, int width) {
  if (total == 0 || bytes <= 0)
    return 0;
  return (int)MIN((double)bytes / (double)total * width + 0.5, width);
}

static void hv_ledger_strip_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                    int *minimum, int *natural, int *minimum_baseline,
                                    int *natural_baseline) {
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : HEIGHT_PX;
  *natural = *minimum;
}

static void hv_ledger_strip_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvLedgerStrip *self = HV_LEDGER_STRIP(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  GskRoundedRect outline;
  GdkRGBA rim;
  gint64 bytes = 0;
  guint64 total;
  const HvLedgerRow *rows;
  guint count;

  if (self->palette == NULL)
    return;
  gsk_rounded_rect_init_from_rect(&outline, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height),
                                  RADIUS_PX);
  gtk_snapshot_push_rounded_clip(snapshot, &outline);
  if (self->ledger != NULL) {
    rows = hv_ledger_rows(self->ledger, &count);
    total = hv_ledger_total_bytes(self->ledger);
    for (guint i = 0; i < count; i++) {
      int left = strip_edge(bytes, total, width);
      int right;
      GdkRGBA fill = hv_palette_rgba(self->palette->state[rows[i].state]);

      bytes += rows[i].bytes;
      right = strip_edge(bytes, total, width);
      if (right > left)
        gtk_snapshot_append_color(
            snapshot, &fill,
            &GRAPHENE_RECT_INIT((float)left, 0, (float)(right - left), (float)height));
    }
  }
  rim = hv_palette_rgba(self->palette->text);
  rim.alpha = 0.25f;
  gtk_snapshot_append_border(snapshot, &outline, (float[4]){1, 1, 1, 1},
                             (GdkRGBA[4]){rim, rim, rim, rim});
  gtk_snapshot_pop(snapshot);
}

static gboolean hv_ledger_strip_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                                              GtkTooltip *tooltip) {
  HvLedgerStrip *self = HV_LEDGER_STRIP(widget);
  int width = gtk_widget_get_width(widget);
  gint64 before = 0;
  const HvLedgerRow *rows;
  guint64 total;
  guint count;

  if (self->ledger == NULL || keyboard)
    return FALSE;
  rows = hv_ledger_rows(self->ledger, &count);
  total = hv_ledger_total_bytes(self->ledger);
  for (guint i = 0; i < count; i++) {
    int left = strip_edge(before, total, width);
    int right = strip_edge(before + rows[i].bytes, total, width);

    before += rows[i].bytes;
    if (x >= left && x < right) {
      g_autofree char *bytes = hv_format_bytes(rows[i].bytes);
      g_autofree char *percent = hv_format_percent((guint64)rows[i].bytes, total);
      g_autofree char *text =
          g_strdup_printf("%s: %s, %s\n%s", rows[i].title, bytes, percent, rows[i].explanation);

      gtk_tooltip_set_text(tooltip, text);
      gtk_tooltip_set_tip_area(
          tooltip, &(GdkRectangle){left, 0, right - left, gtk_widget_get_height(widget)});
      return TRUE;
    }
  }
  return FALSE;
}

static void hv_ledger_strip_dispose(GObject *object) {
  g_clear_pointer(&HV_LEDGER_STRIP(object)->ledger, hv_ledger_unref);
  G_OBJECT_CLASS(hv_ledger_strip_parent_class)->dispose(object);
}

static void hv_ledger_strip_class_init(HvLedgerStripClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_ledger_strip_dispose;
  widget_class->measure = hv_ledger_strip_measure;
  widget_class->snapshot = hv_ledger_strip_snapshot;
  widget_class->query_tooltip = hv_ledger_strip_query_tooltip;
  gtk_widget_class_set_css_name(widget_class, "ledgerstrip");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void hv_ledger_strip_init(HvLedgerStrip *self) {
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Share of each kind of memory"), -1);
}

GtkWidget *hv_ledger_strip_new(void) {
  return g_object_new(HV_TYPE_LEDGER_STRIP, NULL);
}

static gboolean rows_equal(const HvLedgerRow *a, guint n_a, const HvLedgerRow *b, guint n_b) {
  if (n_a != n_b)
    return FALSE;
  for (guint i = 0; i < n_a; i++) {
    if (a[i].bytes != b[i].bytes || a[i].nominal_bytes != b[i].nominal_bytes ||
        a[i].state != b[i].state || a[i].estimated != b[i].estimated)
      return FALSE;
  }
  return TRUE;
}

gboolean hv_ledgers_look_alike(HvLedger *a, HvLedger *b) {
  guint n_a, n_b;
  const HvLedgerRow *rows_a, *rows_b;

  if (a == NULL || b == NULL)
    return a == b;
  rows_a = hv_ledger_rows(a, &n_a);
  rows_b = hv_ledger_rows(b, &n_b);
  if (!rows_equal(rows_a, n_a, rows_b, n_b))
    return FALSE;
  rows_a = hv_ledger_virtual_rows(a, &n_a);
  rows_b = hv_ledger_virtual_rows(b, &n_b);
  return rows_equal(rows_a, n_a, rows_b, n_b) && hv_ledger_note(a) == hv_ledger_note(b) &&
         hv_ledger_is_nominal(a) == hv_ledger_is_nominal(b);
}

void hv_ledger_strip_set(HvLedgerStrip *self, HvLedger *ledger, const HvPalette *palette) {
  gboolean changed;

  g_return_if_fail(HV_IS_LEDGER_STRIP(self));
  changed = palette != self->palette || !hv_ledgers_look_alike(ledger, self->ledger);
  if (ledger != NULL)
    hv_ledger_ref(ledger);
  g_clear_pointer(&self->ledger, hv_ledger_unref);
  self->ledger = ledger;
  self->palette = palette;
  if (changed)
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
