/* SPDX-License-Identifier: MIT */
/* Title and ledger of a page; and its text. */
#include "viewer/model/units.h"

#include <glib/gi18n.h>

#include "viewer/render/cue.h"
#include "viewer/render/ledger_segments.h"
#include "viewer/render/report_private.h"

int hv_page_text(HvPage *page, const char *text, int size_px, gboolean bold, guint32 colour,
                 HvTextAlign align, int x, int width) {
  HvTextStyle style = {.size_px = size_px * page->scale,
                       .bold = bold,
                       .colour = colour,
                       .align = align,
                       .is_middle_cut = FALSE};
  return hv_text_draw(page->cr, text, &style, page->margin + x, page->y, width,
                      (size_px + 6) * page->scale);
}

void hv_page_next(HvPage *page, int size_px) {
  page->y += (size_px + 6) * page->scale;
}

/* ---- title ---- */

void hv_page_draw_title(HvPage *page) {
  HvFrame *frame = page->report->frame;
  const struct alloc_snapshot_header *header = hv_frame_header(frame);
  g_autofree char *name = hv_format_name(hv_frame_process_name(frame));
  g_autofree char *program = hv_format_name(header->program);
  g_autofree char *time = hv_format_time(hv_frame_head(frame)->realtime_ns);
  g_autofree char *title = g_strdup_printf(_("Heap of %s (process %u)"), name, header->pid);
  int time_width =
      hv_page_text(page, time, 11, FALSE, page->palette->text_dim, HV_TEXT_END, 0, page->width);
  hv_page_text(page, title, 16, TRUE, page->palette->text, HV_TEXT_START, 0,
               page->width - time_width - 12 * page->scale);
  hv_page_next(page, 16);
  g_autofree char *live = hv_format_bytes((gint64)hv_frame_live_bytes(frame));
  g_autofree char *detail =
      g_strdup_printf(_("%s live · %s%sliballoc %s"), live, program, *program == '\0' ? "" : " · ",
                      *header->library_version == '\0' ? "?" : header->library_version);
  hv_page_text(page, detail, 11, FALSE, page->palette->text_dim, HV_TEXT_START, 0, page->width);
  hv_page_next(page, 11);
  page->y += 4 * page->scale;
}

/* ---- ledger ---- */

static void draw_bar(HvPage *page) {
  g_autoptr(GArray) segments = hv_ledger_segments(page->report->ledger, page->width, page->scale);
  int height = 18 * page->scale;
  hv_set_colour(page->cr, page->palette->panel);
  cairo_rectangle(page->cr, page->margin, page->y,
                  hv_ledger_segments_end(segments, page->width, page->scale), height);
  cairo_fill(page->cr);
  for (guint i = 0; i < segments->len; i++) {
    const HvLedgerSegment *segment = &g_array_index(segments, HvLedgerSegment, i);
    if (segment->is_outside) {
      hv_ledger_segment_draw_outline(page->cr, segment, page->palette, page->margin, page->y,
                                     height, page->scale);
      continue;
    }
    hv_set_colour(page->cr, page->palette->state[segment->row->state]);
    cairo_rectangle(page->cr, page->margin + segment->left, page->y, segment->right - segment->left,
                    height);
    cairo_fill(page->cr);
  }
  page->y += height + 6 * page->scale;
}

/* One entry of the legend; @state HV_STATE_NONE: a folded one, without a swatch. */
typedef struct {
  HvState state;
  const char *title;
  gint64 bytes;
  gboolean estimated;
} Entry;

static gint compare_entries(gconstpointer a, gconstpointer b) {
  const Entry *left = a;
  const Entry *right = b;
  gint64 left_bytes = left->bytes < 0 ? -left->bytes : left->bytes;
  gint64 right_bytes = right->bytes < 0 ? -right->bytes : right->bytes;
  return left_bytes > right_bytes ? -1 : left_bytes < right_bytes;
}

/* Rows of what there is, at most @most; the smallest are folded into the last. */
static GArray *legend_entries(HvLedger *ledger, guint most) {
  guint count = 0;
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  for (guint i = 0; i < count; i++) {
    Entry entry = {rows[i].state, rows[i].title, rows[i].bytes, rows[i].estimated};
    /* What is on the map has its colour explained, resident or not. */
    if (entry.bytes != 0 || rows[i].nominal_bytes != 0)
      g_array_append_val(entries, entry);
  }
  if (entries->len <= most)
    return entries;
  g_array_sort(entries, compare_entries);
  Entry folded = {HV_STATE_NONE, _("Smaller ones together"), 0, FALSE};
  for (guint i = most - 1; i < entries->len; i++)
    folded.bytes += g_array_index(entries, Entry, i).bytes;
  g_array_set_size(entries, most - 1);
  g_array_append_val(entries, folded);
  return entries;
}

static void draw_swatch(HvPage *page, HvState state, int x, gboolean is_outline) {
  int side = 10 * page->scale;
  int inset = (17 * page->scale - side) / 2;
  double line = page->scale;
  if (is_outline) {
    hv_set_colour(page->cr, page->palette->state[state]);
    cairo_set_line_width(page->cr, line);
    cairo_rectangle(page->cr, page->margin + x + line / 2, page->y + inset + line / 2, side - line,
                    side - line);
    cairo_stroke(page->cr);
  } else {
    hv_cue_draw_swatch(page->cr, page->palette, state, page->margin + x, page->y + inset, side,
                       page->scale);
  }
}

static void draw_entry(HvPage *page, const Entry *entry, int x, int width, guint64 total,
                       gboolean is_outline) {
  int scale = page->scale;
  int size_px = 11;
  g_autofree char *bytes = hv_format_bytes(entry->bytes);
  g_autofree char *share = hv_format_percent(entry->bytes > 0 ? (guint64)entry->bytes : 0, total);
  g_autofree char *value = is_outline || entry->bytes < 0 ? g_strdup(bytes)
                           : entry->estimated ? g_strdup_printf(_("about %s  %s"), bytes, share)
                                              : g_strdup_printf("%s  %s", bytes, share);
  if (entry->state != HV_STATE_NONE)
    draw_swatch(page, entry->state, x, is_outline);
  int text_x = x + 16 * scale;
  int room = width - 16 * scale - 16 * scale;
  int used =
      hv_page_text(page, value, size_px, FALSE, page->palette->text, HV_TEXT_END, text_x, room);
  hv_page_text(page, entry->title, size_px, FALSE,
               entry->state == HV_STATE_UNEXPLAINED ? page->palette->state[entry->state]
                                                    : page->palette->text_dim,
               HV_TEXT_START, text_x, room - used - 8 * scale);
}

static void draw_entries(HvPage *page, GArray *entries, guint columns, guint64 total,
                         gboolean is_outline) {
  guint lines = (entries->len + columns - 1) / columns;
  int top = page->y;
  int column_width = page->width / (int)columns;
  for (guint i = 0; i < entries->len; i++) {
    page->y = top + (int)(i % lines) * 17 * page->scale;
    draw_entry(page, &g_array_index(entries, Entry, i), (int)(i / lines) * column_width,
               column_width, total, is_outline);
  }
  page->y = top + (int)lines * 17 * page->scale;
}

void hv_page_draw_ledger(HvPage *page) {
  HvLedger *ledger = page->report->ledger;
  int scale = page->scale;
  guint64 total = hv_ledger_total_bytes(ledger);
  g_autofree char *sum = hv_format_bytes_exact((gint64)total);
  g_autofree char *title = g_strdup_printf("%s: %s", hv_ledger_title(ledger), sum);
  hv_page_text(page, title, 12, TRUE, page->palette->text, HV_TEXT_START, 0, page->width);
  hv_page_next(page, 12);
  page->y += 2 * scale;
  draw_bar(page);

  guint columns = (guint)CLAMP(page->width / (270 * scale), 1, 4);
  int room = page->report->height_px * 9 / 20 - page->y;
  guint lines = (guint)CLAMP(room / (17 * scale), 2, 16);
  g_autoptr(GArray) entries = legend_entries(ledger, lines * columns);
  if (entries->len != 0)
    draw_entries(page, entries, columns, total, FALSE);

  guint count = 0;
  const HvLedgerRow *rows = hv_ledger_virtual_rows(ledger, &count);
  g_autoptr(GArray) outside = g_array_new(FALSE, FALSE, sizeof(Entry));
  for (guint i = 0; i < count; i++) {
    Entry entry = {rows[i].state, rows[i].title, rows[i].bytes, FALSE};
    if (entry.bytes != 0 && outside->len < columns)
      g_array_append_val(outside, entry);
  }
  const HvLedgerRow *huge = hv_ledger_huge_row(ledger);
  if (huge != NULL && outside->len < columns) {
    Entry entry = {huge->state, huge->title, huge->bytes, FALSE};
    g_array_append_val(outside, entry);
  }
  if (outside->len != 0) {
    page->y += 3 * scale;
    hv_set_colour(page->cr, page->palette->rule);
    cairo_rectangle(page->cr, page->margin, page->y, page->width, scale);
    cairo_fill(page->cr);
    page->y += 3 * scale;
    draw_entries(page, outside, columns, total, TRUE);
  }
  const char *note = hv_ledger_note(ledger);
  if (note != NULL) {
    hv_page_text(page, note, 10, FALSE, page->palette->text_dim, HV_TEXT_START, 0, page->width);
    hv_page_next(page, 10);
  }
  page->y += 8 * scale;
}
