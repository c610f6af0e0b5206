/* SPDX-License-Identifier: MIT */
/*
 * The page that is exported: a title (process, number, time), the ledger as a bar and a legend
 * that adds up, and the map; the whole report has the reasons, the size classes and the timeline,
 * too. One drawing for PNG, SVG and PDF; written to a temporary file beside the target and renamed,
 * so that a failure leaves nothing.
 */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

#include "viewer/model/history.h"
#include "viewer/model/layout.h"
#include "viewer/model/ledger.h"
#include "viewer/model/lens.h"
#include "viewer/model/palette.h"
#include "viewer/model/pyramid.h"
#include "viewer/model/reasons.h"

G_BEGIN_DECLS

#define HV_REPORT_MIN_WIDTH_PX  320
#define HV_REPORT_MIN_HEIGHT_PX 240
#define HV_REPORT_MAX_PX        8192

/* A whole report needs more. */
#define HV_REPORT_WHOLE_MIN_WIDTH_PX  640
#define HV_REPORT_WHOLE_MIN_HEIGHT_PX 800

/* Sizes to write when none is asked for. */
#define HV_REPORT_WIDTH_PX        1600
#define HV_REPORT_HEIGHT_PX       1000
#define HV_REPORT_WHOLE_WIDTH_PX  1200
#define HV_REPORT_WHOLE_HEIGHT_PX 1700

typedef enum {
  HV_REPORT_PNG,
  HV_REPORT_SVG,
  HV_REPORT_PDF,
} HvReportFormat;

/*
 * HvReport:
 * @frame, @ledger: what to show
 * @theme: colours
 * @width_px, @height_px: of the page (points in PDF)
 * @range_begin, @range_end: addresses to show; @range_end 0: the whole heap. Not by class
 * @by_class: order of the map
 * @lens: what its colours say
 * @activity, @pages, @before, @after: (nullable): as in HvLensInput
 * @whole: with the reasons, the size classes and the timeline
 * @reasons: (nullable): of @frame; NULL: none are shown
 * @history: (nullable): whose ledgers are the timeline; NULL, or one moment: none is shown
 * @go_on: (nullable): told how many lines of the map are drawn; hv_report_write() is stopped by it
 * @go_on_data: for it
 */
typedef struct {
  HvFrame *frame;
  HvLedger *ledger;
  HvTheme theme;
  int width_px;
  int height_px;
  guint64 range_begin;
  guint64 range_end;
  gboolean by_class;
  HvLensKind lens;
  HvActivity *activity;
  HvPages *pages;
  HvPyramid *before;
  HvPyramid *after;
  gboolean whole;
  HvReasons *reasons;
  HvHistory *history;
  HvGoOn go_on;
  gpointer go_on_data;
} HvReport;

/**
 * hv_report_format_for_path:
 * @path: a file name ending in .png, .svg or .pdf, in any case
 *
 * Returns: FALSE with HV_ERROR_ARGUMENT for any other name.
 */
gboolean hv_report_format_for_path(const char *path, HvReportFormat *format, GError **error);

/**
 * hv_report_check_size:
 *
 * Returns: FALSE with HV_ERROR_ARGUMENT when no page (no whole report) of this size can be drawn.
 */
gboolean hv_report_check_size(gboolean whole, guint64 width_px, guint64 height_px, GError **error);

/**
 * hv_report_write:
 * @path: replaced only when the whole page has been written
 *
 * Returns: FALSE with HV_ERROR_ARGUMENT (sizes, a range without memory), HV_ERROR_IO or
 * G_IO_ERROR_CANCELLED. Any thread.
 */
gboolean hv_report_write(const HvReport *report, const char *path, HvReportFormat format,
                         GError **error);

/**
 * hv_report_draw:
 * @cr: origin at the top left of the page
 *
 * Draws the page; map as one image on raster targets, as merged rectangles on vector targets.
 */
void hv_report_draw(const HvReport *report, cairo_t *cr, gboolean vector);

G_END_DECLS
