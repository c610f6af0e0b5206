/* SPDX-License-Identifier: MIT */
/* See ledger_strip.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/ledger_strip.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/ledger_segments.h"
#include "viewer/ui/swatch.h"

#define HEIGHT_PX 22
#define RADIUS_PX 4

struct _HvLedgerStrip {
  GtkWidget parent_instance;
  HvLedger *ledger;
  const HvPalette *palette;
};

G_DEFINE_FINAL_TYPE(HvLedgerStrip, hv_ledger_strip, GTK_TYPE_WIDGET)

static void hv_ledger_strip_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                    int *minimum, int *natural, int *minimum_baseline,
                                    int *natural_baseline) {
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : HEIGHT_PX;
  *natural = *minimum;
}

/* NULL when there is no ledger. */
static GArray *ledger_strip_segments(HvLedgerStrip *self) {
  int width = gtk_widget_get_width(GTK_WIDGET(self));

  return self->ledger != NULL && width > 0 ? hv_ledger_segments(self->ledger, width, 1) : NULL;
}

static void ledger_strip_draw_outside(HvLedgerStrip *self, GtkSnapshot *snapshot,
                                      const GArray *segments, int end, int width, int height) {
  cairo_t *cr;

  if (end == width)
    return;
  cr = gtk_snapshot_append_cairo(
      snapshot, &GRAPHENE_RECT_INIT((float)end, 0, (float)(width - end), (float)height));
  for (guint i = 0; i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);

    if (segment->is_outside)
      hv_ledger_segment_draw_outline(cr, segment, self->palette, 0, 0, height, 1);
  }
  cairo_destroy(cr);
}

static void hv_ledger_strip_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  HvLedgerStrip *self = HV_LEDGER_STRIP(widget);
  int width = gtk_widget_get_width(widget);
  int height = gtk_widget_get_height(widget);
  GskRoundedRect outline;
  GdkRGBA rim;
  g_autoptr(GArray) segments = ledger_strip_segments(self);
  int end = hv_ledger_segments_end(segments, width, 1);

  if (self->palette == NULL)
    return;
  gsk_rounded_rect_init_from_rect(&outline, &GRAPHENE_RECT_INIT(0, 0, (float)end, (float)height),
                                  RADIUS_PX);
  gtk_snapshot_push_rounded_clip(snapshot, &outline);
  for (guint i = 0; segments != NULL && i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);
    GdkRGBA fill = hv_palette_rgba(self->palette->state[segment->row->state]);

    if (!segment->is_outside)
      gtk_snapshot_append_color(snapshot, &fill,
                                &GRAPHENE_RECT_INIT((float)segment->left, 0,
                                                    (float)(segment->right - segment->left),
                                                    (float)height));
  }
  rim = hv_palette_rgba(self->palette->text);
  rim.alpha = 0.25f;
  gtk_snapshot_append_border(snapshot, &outline, (float[4]){1, 1, 1, 1},
                             (GdkRGBA[4]){rim, rim, rim, rim});
  gtk_snapshot_pop(snapshot);
  ledger_strip_draw_outside(self, snapshot, segments, end, width, height);
}

static char *ledger_strip_tell(HvLedgerStrip *self, const HvLedgerSegment *segment) {
  const HvLedgerRow *row = segment->row;
  g_autofree char *bytes = hv_format_bytes(row->bytes);
  g_autofree char *percent = NULL;

  if (segment->is_outside)
    return g_strdup_printf(
        segment->is_cut
            ? _("%s: %s, not resident, and so no part of the sum. Drawn shorter than it is.\n%s")
            : _("%s: %s, not resident, and so no part of the sum.\n%s"),
        row->title, bytes, row->explanation);
  percent = hv_format_percent((guint64)row->bytes, hv_ledger_total_bytes(self->ledger));
  return g_strdup_printf("%s: %s, %s\n%s", row->title, bytes, percent, row->explanation);
}

static gboolean hv_ledger_strip_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                                              GtkTooltip *tooltip) {
  HvLedgerStrip *self = HV_LEDGER_STRIP(widget);
  g_autoptr(GArray) segments = keyboard ? NULL : ledger_strip_segments(self);

  for (guint i = 0; segments != NULL && i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);
    g_autofree char *text = NULL;

    if (x < segment->left || x >= segment->right)
      continue;
    text = ledger_strip_tell(self, segment);
    gtk_tooltip_set_text(tooltip, text);
    gtk_tooltip_set_tip_area(tooltip,
                             &(GdkRectangle){segment->left, 0, segment->right - segment->left,
                                             gtk_widget_get_height(widget)});
    return TRUE;
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
  if (!rows_equal(rows_a, n_a, rows_b, n_b))
    return FALSE;
  rows_a = hv_ledger_huge_row(a);
  rows_b = hv_ledger_huge_row(b);
  return rows_equal(rows_a, rows_a != NULL, rows_b, rows_b != NULL) &&
         hv_ledger_note(a) == hv_ledger_note(b) &&
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
