/* SPDX-License-Identifier: MIT */
/*
 * The page: title, ledger, legend, map, from top to bottom; of a whole report also the reasons over
 * the map, and size classes and timeline under it. The map gets what is left; the legend folds its
 * smallest rows into one, and lists are cut, so that it gets enough.
 */
#include "viewer/render/report.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/error.h"
#include "viewer/model/file.h"
#include "viewer/model/units.h"
#include "viewer/render/legend.h"
#include "viewer/render/report_map.h"
#include "viewer/render/report_private.h"

/* ---- map ---- */

static void draw_map(HvPage *page, gboolean vector) {
  const HvReport *report = page->report;
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(report->frame);
  g_autoptr(HvOrder) order = report->by_class ? hv_order_new(pyramid) : NULL;
  HvLensInput input = {
      .pyramid = pyramid,
      .order = order,
      .theme = report->theme,
      .activity = report->activity,
      .pages = report->pages,
      .before = report->before,
      .after = report->after,
  };
  g_autoptr(HvLens) lens = hv_lens_new(report->lens, &input);
  if (lens != NULL)
    page->y += hv_legend_draw(page->cr, lens, page->palette, page->margin, page->y, page->width,
                              page->scale) +
               6 * page->scale;
  int room = page->bottom - page->y;
  HvLayoutParams params = {.scale = page->scale,
                           .range_begin = report->range_begin,
                           .range_end = report->range_end,
                           .order = order};
  hv_layout_fit(report->frame, page->width, room, &params);
  g_autoptr(HvLayout) layout = hv_layout_new(report->frame, &params);
  int left = page->margin + (page->width - params.width_px) / 2;
  if (hv_layout_height(layout) == 0) {
    hv_page_text(page, _("The heap is empty: this process has not allocated anything yet."), 12,
                 FALSE, page->palette->text_dim, HV_TEXT_CENTRE, 0, page->width);
  } else if (room > 0) {
    cairo_save(page->cr);
    cairo_translate(page->cr, left, page->y);
    hv_report_draw_map(page->cr, &(HvReportMap){pyramid, layout, page->palette, lens}, room, vector,
                       report->go_on, report->go_on_data);
    cairo_restore(page->cr);
  }
}

void hv_report_draw(const HvReport *report, cairo_t *cr, gboolean vector) {
  int scale =
      CLAMP(MIN(report->width_px / 1100, report->height_px / (report->whole ? 1400 : 700)), 1, 4);
  HvPage page = {
      .report = report,
      .palette = hv_palette_get(report->theme),
      .cr = cr,
      .scale = scale,
      .margin = 12 * scale,
      .width = report->width_px - 24 * scale,
      .bottom = report->height_px - 12 * scale,
      .y = 10 * scale,
  };
  hv_set_colour(cr, page.palette->background);
  cairo_paint(cr);
  hv_page_draw_title(&page);
  hv_page_draw_ledger(&page);
  if (report->whole) {
    int room = page.bottom - page.y;
    hv_page_draw_timeline(&page);
    hv_page_draw_reasons(&page, room * 3 / 10);
    hv_page_draw_classes(&page, room / 5);
  }
  draw_map(&page, vector);
}

/* ---- files ---- */

gboolean hv_report_format_for_path(const char *path, HvReportFormat *format, GError **error) {
  static const struct {
    const char *suffix;
    HvReportFormat format;
  } formats[] = {{".png", HV_REPORT_PNG}, {".svg", HV_REPORT_SVG}, {".pdf", HV_REPORT_PDF}};
  for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
    gsize length = strlen(path);
    if (length > 4 && g_ascii_strcasecmp(path + length - 4, formats[i].suffix) == 0) {
      *format = formats[i].format;
      return TRUE;
    }
  }
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              _("\"%s\" has no known extension: a picture ends in .png, .svg or .pdf"), path);
  return FALSE;
}

typedef struct {
  const HvReport *report;
  GByteArray *bytes;
} Output;

static gboolean goes_on(const HvReport *report, guint done, guint count, GError **error) {
  return hv_go_on(report->go_on, done, count, report->go_on_data, error);
}

static cairo_status_t append_bytes(void *closure, const unsigned char *data, unsigned int length) {
  Output *output = closure;
  g_byte_array_append(output->bytes, data, length);
  return goes_on(output->report, 0, 0, NULL) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

gboolean hv_report_check_size(gboolean whole, guint64 width_px, guint64 height_px, GError **error) {
  guint64 width_min = whole ? HV_REPORT_WHOLE_MIN_WIDTH_PX : HV_REPORT_MIN_WIDTH_PX;
  guint64 height_min = whole ? HV_REPORT_WHOLE_MIN_HEIGHT_PX : HV_REPORT_MIN_HEIGHT_PX;
  if (width_px >= width_min && height_px >= height_min && width_px <= HV_REPORT_MAX_PX &&
      height_px <= HV_REPORT_MAX_PX)
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              whole ? _("a report of %llux%llu pixels is not possible: it must be between "
                        "%llux%llu and %dx%d")
                    : _("a picture of %llux%llu pixels is not possible: it must be between "
                        "%llux%llu and %dx%d"),
              (unsigned long long)width_px, (unsigned long long)height_px,
              (unsigned long long)width_min, (unsigned long long)height_min, HV_REPORT_MAX_PX,
              HV_REPORT_MAX_PX);
  return FALSE;
}

static gboolean check_report(const HvReport *report, GError **error) {
  if (!hv_report_check_size(report->whole, (guint64)MAX(report->width_px, 0),
                            (guint64)MAX(report->height_px, 0), error))
    return FALSE;
  if (report->range_end == 0)
    return TRUE;
  if (report->by_class) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT,
                        _("a range of addresses can only be shown in the order of addresses"));
    return FALSE;
  }
  HvLayoutParams params = {.width_px = 64,
                           .row_shift = HV_LAYOUT_SHIFT_MAX,
                           .scale = 1,
                           .range_begin = report->range_begin,
                           .range_end = report->range_end};
  HvLayout *layout = hv_layout_new(report->frame, &params);
  gboolean any = hv_layout_height(layout) != 0;
  hv_layout_unref(layout);
  if (!any)
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("there is no heap memory in the range 0x%llx-0x%llx"),
                (unsigned long long)report->range_begin, (unsigned long long)report->range_end);
  return any;
}

gboolean hv_report_write(const HvReport *report, const char *path, HvReportFormat format,
                         GError **error) {
  if (!check_report(report, error))
    return FALSE;
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  Output output = {report, bytes};
  cairo_surface_t *surface = NULL;
  switch (format) {
  case HV_REPORT_PNG:
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, report->width_px, report->height_px);
    break;
  case HV_REPORT_SVG:
    surface = cairo_svg_surface_create_for_stream(append_bytes, &output, report->width_px,
                                                  report->height_px);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    break;
  case HV_REPORT_PDF:
    surface = cairo_pdf_surface_create_for_stream(append_bytes, &output, report->width_px,
                                                  report->height_px);
    break;
  }
  cairo_t *cr = cairo_create(surface);
  hv_report_draw(report, cr, format != HV_REPORT_PNG);
  cairo_status_t status = cairo_status(cr);
  cairo_destroy(cr);
  if (status == CAIRO_STATUS_SUCCESS && format == HV_REPORT_PNG)
    status = cairo_surface_write_to_png_stream(surface, append_bytes, &output);
  cairo_surface_finish(surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status(surface);
  cairo_surface_destroy(surface);
  if (!goes_on(report, 0, 0, error))
    return FALSE;
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot draw %s: %s"), path,
                cairo_status_to_string(status));
    return FALSE;
  }
  return goes_on(report, 1, 1, error) && hv_file_replace(path, bytes->data, bytes->len, error);
}
