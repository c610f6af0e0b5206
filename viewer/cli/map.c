/* SPDX-License-Identifier: MIT */
/* alloc-inspect map and report: the page with ledger and map as a picture, or with all there is. */
#include <string.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/error.h"
#include "viewer/model/units.h"
#include "viewer/render/report.h"

/* "1600x900" */
static gboolean parse_size(const char *text, HvReport *report, GError **error) {
  char *end = NULL;
  guint64 width = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  guint64 height = 0;
  gboolean valid = end != NULL && (*end == 'x' || *end == 'X') && g_ascii_isdigit(end[1]);
  if (valid) {
    height = g_ascii_strtoull(end + 1, &end, 10);
    valid = *end == '\0';
  }
  if (!valid) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                "\"%s\" is no size: write width and height in pixels as 1600x900", text);
    return FALSE;
  }
  if (!hv_report_check_size(report->whole, width, height, error))
    return FALSE;
  report->width_px = (int)width;
  report->height_px = (int)height;
  return TRUE;
}

static gboolean parse_theme(const char *text, HvTheme *theme, GError **error) {
  if (hv_theme_parse(text, theme))
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              "there is no theme \"%s\": it is light, dark, light-contrast, dark-contrast, "
              "light-grey or dark-grey",
              text);
  return FALSE;
}

static gboolean parse_order(const char *text, gboolean *by_class, GError **error) {
  if (strcmp(text, "address") == 0 || strcmp(text, "class") == 0) {
    *by_class = *text == 'c';
    return TRUE;
  }
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              "there is no order \"%s\": it is address or class", text);
  return FALSE;
}

/* What the command line asks for. */
typedef struct {
  double wait;
  double seconds; /* to watch a process for */
  char *output;
  char *size;
  char *range;
  char *theme;
  char *lens;
  char *order;
  char *against;
  char *to;
} Options;

static void options_clear(Options *options) {
  g_free(options->output);
  g_free(options->size);
  g_free(options->range);
  g_free(options->theme);
  g_free(options->lens);
  g_free(options->order);
  g_free(options->against);
  g_free(options->to);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* Takes the options over into @report. */
static gboolean apply_options(const Options *options, const char *command, HvReport *report,
                              HvReportFormat *format, GError **error) {
  if (options->output == NULL) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                "--output PICTURE is missing: see alloc-inspect %s --help", command);
    return FALSE;
  }
  if (!hv_report_format_for_path(options->output, format, error) ||
      (options->size != NULL && !parse_size(options->size, report, error)) ||
      (options->range != NULL &&
       !hv_parse_range(options->range, &report->range_begin, &report->range_end, error)) ||
      (options->theme != NULL && !parse_theme(options->theme, &report->theme, error)) ||
      (options->lens != NULL && !hv_lens_parse(options->lens, &report->lens, error)) ||
      (options->order != NULL && !parse_order(options->order, &report->by_class, error)))
    return FALSE;
  if (options->to != NULL && options->against == NULL) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT,
                        "--to FILE goes with --against FILE: between both is the difference");
    return FALSE;
  }
  if ((report->lens == HV_LENS_DIFF) == (options->against != NULL))
    return TRUE;
  g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT,
                      options->against == NULL
                          ? "--lens diff compares with an earlier moment: say which with --against "
                            "FILE"
                          : "--against FILE is for --lens diff");
  return FALSE;
}

static gboolean lens_takes_time(HvLensKind lens) {
  return lens == HV_LENS_AGE || lens == HV_LENS_CHURN;
}

/* Returns: FALSE with @error set when @what, of the option @name, cannot be opened; NULL is no
 * moment. */
static gboolean open_compared(const char *what, const char *name, HvSource **source,
                              HvPyramid **pyramid, GError **error) {
  if (what == NULL)
    return TRUE;
  g_autoptr(HvFrame) frame = inspect_open_moment(what, source, error);
  if (frame == NULL) {
    g_prefix_error(error, "%s: ", name);
    return FALSE;
  }
  *pyramid = hv_pyramid_new(frame);
  return TRUE;
}

static int write_picture(const char *what, const char *command, const Options *options,
                         HvReport *report, HvReportFormat format) {
  GError *error = NULL;
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvSource) earlier = NULL;
  g_autoptr(HvSource) later = NULL;
  g_autoptr(HvPyramid) before = NULL;
  g_autoptr(HvPyramid) after = NULL;
  if (!open_compared(options->against, "--against", &earlier, &before, &error) ||
      !open_compared(options->to, "--to", &later, &after, &error))
    return inspect_fail(command, INSPECT_FAILED, error);
  g_autoptr(HvFrame) frame = inspect_open(what, options->wait, &source, &error);
  if (frame == NULL)
    return inspect_fail(command, INSPECT_FAILED, error);
  g_auto(InspectPast) past = {0};
  if (report->whole || lens_takes_time(report->lens))
    frame = inspect_look(source, frame, options->seconds, report->whole, &past);
  g_autoptr(HvLedger) ledger = inspect_make_ledger(frame, source);
  g_autoptr(HvPages) pages = NULL;
  if (report->lens == HV_LENS_RESIDENCY && hv_source_state(source) == HV_SOURCE_LIVE)
    pages = hv_pages_read(frame, hv_source_pid(source));
  g_autoptr(HvReasons) reasons = NULL;
  if (report->whole) {
    g_autoptr(GArray) classes = hv_class_sums_new(frame);
    reasons = hv_reasons_new(frame, ledger, classes, past.growth);
  }
  report->frame = frame;
  report->ledger = ledger;
  report->pages = pages;
  report->before = before;
  report->after = after;
  report->reasons = reasons;
  report->history = report->whole ? past.history : NULL;
  report->activity = past.activity;
  if (!hv_report_write(report, options->output, format, &error))
    return inspect_fail(command, INSPECT_FAILED, error);
  return INSPECT_OK;
}

static int draw(int argc, char **argv, gboolean whole, const char *summary) {
  g_auto(Options) options = {.wait = INSPECT_WAIT_DEFAULT, .seconds = INSPECT_FOR_DEFAULT};
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
       "Where to write the picture: .png, .svg or .pdf", "PICTURE"},
      {"size", 's', 0, G_OPTION_ARG_STRING, &options.size,
       whole ? "Size in pixels (1200x1700)" : "Size in pixels (1600x1000)", "WxH"},
      {"range", 'r', 0, G_OPTION_ARG_STRING, &options.range,
       "Show these addresses only, as 0xA-0xB or 0xA+SIZE", "A-B"},
      {"theme", 't', 0, G_OPTION_ARG_STRING, &options.theme,
       "light, dark, light-contrast, dark-contrast, light-grey or dark-grey (light)", "THEME"},
      {"lens", 'l', 0, G_OPTION_ARG_STRING, &options.lens,
       "What the colours say: state, fill, class, owner, age, churn, residency, diff (state)",
       "LENS"},
      {"against", 'a', 0, G_OPTION_ARG_FILENAME, &options.against,
       "With --lens diff: the earlier moment, a saved frame or FILE@WHEN of a recording", "FILE"},
      {"to", 0, 0, G_OPTION_ARG_FILENAME, &options.to,
       "With --against: compare that moment with this one, instead of with what is drawn", "FILE"},
      {"order", 0, 0, G_OPTION_ARG_STRING, &options.order,
       "address, or class: spans of each size class from empty to full (address)", "ORDER"},
      INSPECT_WAIT_ENTRY(&options.wait),
      INSPECT_FOR_ENTRY(&options.seconds),
      {0}};
  int status = INSPECT_OK;
  const char *command = argv[0];
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1, summary, &status))
    return status;
  GError *error = NULL;
  HvReportFormat format = HV_REPORT_PNG;
  HvReport report = {.whole = whole,
                     .width_px = whole ? HV_REPORT_WHOLE_WIDTH_PX : HV_REPORT_WIDTH_PX,
                     .height_px = whole ? HV_REPORT_WHOLE_HEIGHT_PX : HV_REPORT_HEIGHT_PX};
  if (!inspect_check_for(options.seconds, &error) ||
      !apply_options(&options, command, &report, &format, &error))
    return inspect_fail(command, INSPECT_USAGE, error);
  return write_picture(argv[1], command, &options, &report, format);
}

int inspect_map(int argc, char **argv) {
  return draw(argc, argv, FALSE,
              "Draws the heap: the ledger, and the map of arenas and mmapped regions.");
}

int inspect_report(int argc, char **argv) {
  return draw(argc, argv, TRUE,
              "Draws all there is to say about a heap on one page: the ledger, what holds the "
              "memory and\nwhat would give it back, the map, the size classes, and the timeline of "
              "a recording.");
}
