/* SPDX-License-Identifier: MIT */
/*
 * The parts that only a whole report has. Reasons grow downwards from page->y; the timeline and the
 * table of classes stand at the bottom of the page, and grow upwards from page->bottom.
 */
#include "viewer/model/list.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/report_private.h"
#include "viewer/render/strip.h"

enum {
  HEADING_PX = 12,
  TEXT_PX = 11,
  SMALL_PX = 10,
  LINE_PX = 17,
  GAP_PX = 10,
  STRIP_PX = 72,       /* height of the timeline */
  STRIP_COLUMNS = 400, /* of it at most: a vector drawing has a path of each */
  STRIP_EVENTS = 400,  /* marks drawn at most, the newest */
  REASON_LINES = 2,    /* of its detail, and of its action */
  REASON_INDENT = 150, /* bytes and share stand before the text */
  CLASSES_MAX = 12,
  CLASS_COLUMNS = 7,
};

static void draw_rule(HvPage *page) {
  hv_set_colour(page->cr, page->palette->rule);
  cairo_rectangle(page->cr, page->margin, page->y, page->width, page->scale);
  cairo_fill(page->cr);
}

static void draw_heading(HvPage *page, const char *text) {
  hv_page_text(page, text, HEADING_PX, TRUE, page->palette->text, HV_TEXT_START, 0, page->width);
  hv_page_next(page, HEADING_PX);
}

/* ---- reasons ---- */

/* Draws, or measures, one reason at page->y; its detail and action may be NULL. Returns: its
 * height.
 */
static int reason_draw(HvPage *page, const HvReason *reason, guint64 total, gboolean draws) {
  int indent = REASON_INDENT * page->scale;
  int width = page->width - indent;
  int left = page->margin + indent;
  int y = page->y;
  HvTextStyle title = {
      .size_px = TEXT_PX * page->scale, .bold = TRUE, .colour = page->palette->text};
  HvTextStyle text = {.size_px = SMALL_PX * page->scale, .colour = page->palette->text_dim};
  if (draws) {
    g_autofree char *bytes = hv_format_bytes(reason->bytes);
    g_autofree char *share = hv_format_percent((guint64)MAX(reason->bytes, 0), total);
    int line = (TEXT_PX + 4) * page->scale;
    HvTextStyle number = {.size_px = TEXT_PX * page->scale,
                          .bold = TRUE,
                          .colour = page->palette->text,
                          .align = HV_TEXT_END};
    HvTextStyle part = {
        .size_px = TEXT_PX * page->scale, .colour = page->palette->text_dim, .align = HV_TEXT_END};
    hv_text_draw(page->cr, bytes, &number, page->margin, y, 76 * page->scale, line);
    hv_text_draw(page->cr, share, &part, page->margin + 76 * page->scale, y, 58 * page->scale,
                 line);
  }
  y += hv_text_draw_wrapped(page->cr, reason->title, &title, draws, left, y, width, 1);
  if (reason->detail != NULL)
    y += hv_text_draw_wrapped(page->cr, reason->detail, &text, draws, left, y, width, REASON_LINES);
  if (reason->action != NULL)
    y += hv_text_draw_wrapped(page->cr, reason->action, &text, draws, left, y, width, REASON_LINES);
  return y - page->y + 5 * page->scale;
}

/* What those from @first on hold together: the reasons add up to the whole. */
static void reasons_draw_rest(HvPage *page, HvReasons *reasons, guint first) {
  guint count = hv_reasons_count(reasons);
  gint64 bytes = 0;
  for (guint i = first; i < count; i++)
    bytes += hv_reasons_get(reasons, i)->bytes;
  if (first == count)
    return;
  g_autofree char *others = g_strdup_printf(
      ngettext("%u other reason", "%u other reasons", count - first), count - first);
  HvReason rest = {.bytes = bytes, .title = others};
  page->y += reason_draw(page, &rest, hv_reasons_total_bytes(reasons), TRUE);
}

void hv_page_draw_reasons(HvPage *page, int room) {
  HvReasons *reasons = page->report->reasons;
  guint count = reasons == NULL ? 0 : hv_reasons_count(reasons);
  int end = page->y + room;
  if (count == 0)
    return;
  guint64 total = hv_reasons_total_bytes(reasons);
  draw_heading(page, _("What holds the memory, and what would give it back"));
  guint drawn = 0;
  for (; drawn < count; drawn++) {
    const HvReason *reason = hv_reasons_get(reasons, drawn);
    /* Hardly anything, as in the lists of the viewer and of alloc-inspect; the first always. */
    if (drawn > 0 && reason->bytes < (gint64)total / 100)
      break;
    int height = reason_draw(page, reason, total, FALSE);
    if (drawn > 0 && page->y + height > end)
      break;
    page->y += reason_draw(page, reason, total, TRUE);
  }
  reasons_draw_rest(page, reasons, drawn);
  page->y += GAP_PX * page->scale;
}

/* ---- size classes ---- */

static int column_of(const HvListColumn *columns, guint count, const char *key) {
  for (guint i = 0; i < count; i++)
    if (g_str_equal(columns[i].key, key))
      return (int)i;
  g_assert_not_reached();
}

void hv_page_draw_classes(HvPage *page, int room) {
  static const char *const shown[CLASS_COLUMNS] = {"class", "spans", "blocks", "fill",
                                                   "waste", "live",  "held"};
  int line = LINE_PX * page->scale;
  guint most = (guint)CLAMP(room / line - 2, 1, CLASSES_MAX);
  guint count = 0, sort = 0, columns_count = 0;
  const HvListColumn *columns = hv_list_columns(HV_LIST_CLASSES, &columns_count, &sort);
  g_autoptr(HvList) list =
      hv_list_new(HV_LIST_CLASSES, page->report->frame, NULL, NULL, sort, FALSE, most);
  const HvListRow *rows = hv_list_rows(list, &count);
  if (count == 0)
    return;
  guint64 matched = hv_list_matched(list);
  int top = page->bottom - (int)(count + 1) * line - (HEADING_PX + 6 + GAP_PX) * page->scale;
  int step = page->width / CLASS_COLUMNS;
  int saved = page->y;
  page->y = top + GAP_PX * page->scale;
  g_autofree char *heading =
      matched > count
          ? g_strdup_printf(ngettext("Size classes, the %u of %llu that waste most",
                                     "Size classes, the %u of %llu that waste most", matched),
                            count, (unsigned long long)matched)
          : g_strdup(_("Size classes, those that waste most first"));
  draw_heading(page, heading);
  for (guint row = 0; row <= count; row++) {
    for (guint i = 0; i < CLASS_COLUMNS; i++) {
      const HvListColumn *column = &columns[column_of(columns, columns_count, shown[i])];
      g_autofree char *cell =
          row == 0 ? g_strdup(_(column->title)) : hv_list_cell(column, &rows[row - 1].facts);
      hv_page_text(page, cell, TEXT_PX, FALSE,
                   row == 0 ? page->palette->text_dim : page->palette->text, HV_TEXT_END,
                   (int)i * step, step - 12 * page->scale);
    }
    if (row == 0) {
      int text_y = page->y;
      page->y += line - page->scale;
      draw_rule(page);
      page->y = text_y;
    }
    page->y += line;
  }
  page->y = saved;
  page->bottom = top;
}

/* ---- timeline ---- */

static void draw_events(HvPage *page, guint64 begin_ns, guint64 end_ns, int width, int y) {
  g_autoptr(GArray) events = hv_history_events(page->report->history);
  int half = page->scale;
  guint first = events->len > STRIP_EVENTS ? events->len - STRIP_EVENTS : 0;
  for (guint i = first; i < events->len; i++) {
    const HvEvent *event = &g_array_index(events, HvEvent, i);
    if (event->time_ns < begin_ns || event->time_ns > end_ns)
      continue;
    double share = (double)(event->time_ns - begin_ns) / (double)(end_ns - begin_ns);
    hv_set_colour(page->cr, hv_strip_event_colour(page->palette, event->kind));
    cairo_rectangle(page->cr, page->margin + (int)(share * width) - half, y, 3 * page->scale,
                    HV_STRIP_EVENT_PX * page->scale);
    cairo_fill(page->cr);
  }
}

/* "up to 1.50 GiB", and before it the line of churn and what it says. */
static void draw_scale(HvPage *page, const HvStripScale *scale) {
  HvTextStyle style = {.size_px = TEXT_PX * page->scale};
  g_autofree char *bytes = hv_strip_describe_bytes(scale);
  g_autofree char *churn = hv_strip_describe_churn(scale);
  int right = page->width - hv_text_measure(page->cr, bytes, &style, NULL) - 14 * page->scale;
  int left = right - hv_text_measure(page->cr, churn, &style, NULL) - 18 * page->scale;
  hv_page_text(page, bytes, TEXT_PX, FALSE, page->palette->text_dim, HV_TEXT_END, 0, page->width);
  if (scale->churn_bytes < 0)
    return;
  hv_page_text(page, churn, TEXT_PX, FALSE, page->palette->text_dim, HV_TEXT_END, 0, right);
  hv_set_colour(page->cr, hv_strip_churn_colour(page->palette));
  cairo_rectangle(page->cr, page->margin + left, page->y + TEXT_PX * page->scale / 2,
                  12 * page->scale, 2 * page->scale);
  cairo_fill(page->cr);
}

void hv_page_draw_timeline(HvPage *page) {
  HvHistory *history = page->report->history;
  guint64 begin_ns = 0, end_ns = 0, first = 0, last = 0;
  if (history == NULL || !hv_history_span(history, &first, &last) || last <= first ||
      !hv_strip_span(history, &begin_ns, &end_ns))
    return;
  int line = LINE_PX * page->scale;
  int strip = (STRIP_PX - HV_STRIP_EVENT_PX - 1) * page->scale;
  int top = page->bottom - line - (STRIP_PX + HEADING_PX + 6 + GAP_PX) * page->scale;
  int step = (page->width + STRIP_COLUMNS - 1) / STRIP_COLUMNS;
  int columns = page->width / step;
  int saved = page->y;
  g_autofree char *from = hv_format_time(begin_ns);
  g_autofree char *to = hv_format_time(end_ns);
  page->y = top + GAP_PX * page->scale;
  int heading_y = page->y;
  draw_heading(page, _("Timeline"));
  draw_events(page, begin_ns, end_ns, columns * step, page->y);
  page->y += (HV_STRIP_EVENT_PX + 1) * page->scale;
  cairo_save(page->cr);
  cairo_translate(page->cr, page->margin, page->y);
  HvStripScale scale = hv_strip_draw(page->cr, history, page->palette, begin_ns, end_ns,
                                     (guint)columns, columns * step, strip, page->scale);
  cairo_restore(page->cr);
  page->y += strip;
  hv_page_text(page, from, SMALL_PX, FALSE, page->palette->text_dim, HV_TEXT_START, 0, page->width);
  hv_page_text(page, to, SMALL_PX, FALSE, page->palette->text_dim, HV_TEXT_END, 0, page->width);
  page->y = heading_y;
  draw_scale(page, &scale);
  page->y = saved;
  page->bottom = top;
}
