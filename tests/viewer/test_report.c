/* SPDX-License-Identifier: MIT */
/* The exported page: right kind of file, right size, its text there, small, and whole or absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/error.h"
#include "viewer/render/report.h"

enum { SCALE_MOST = 4, LARGE_MOST_BYTES = 8 << 20 };

static char *directory;

static char *path_of(const char *name) {
  return g_build_filename(directory, name, NULL);
}

static HvReport make_report(HvFrame *frame, HvLedger *ledger, int width, int height) {
  return (HvReport){.frame = frame, .ledger = ledger, .width_px = width, .height_px = height};
}

static void test_png(void **state) {
  const int sizes[][2] = {{320, 240}, {640, 400}, {1600, 1000}, {500, 2000}, {4096, 4096}};
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++)
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
      if (sizes[i][0] == 4096 && kind != SYNTHETIC_ALL_CLASSES)
        continue;
      g_autoptr(GError) error = NULL;
      g_autofree char *path = path_of("a.png");
      g_autoptr(HvFrame) frame = synthetic_frame(kind, 1);
      g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
      HvReport report = make_report(frame, ledger, sizes[i][0], sizes[i][1]);
      report.theme = i % 2 == 0 ? HV_THEME_LIGHT : HV_THEME_DARK;
      if (!hv_report_write(&report, path, HV_REPORT_PNG, &error))
        fail_msg("%s", error->message);
      cairo_surface_t *image = cairo_image_surface_create_from_png(path);
      assert_int_equal(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
      assert_int_equal(cairo_image_surface_get_width(image), sizes[i][0]);
      assert_int_equal(cairo_image_surface_get_height(image), sizes[i][1]);
      /* The corners belong to the margin. */
      const guint8 *data = cairo_image_surface_get_data(image);
      gsize stride = (gsize)cairo_image_surface_get_stride(image);
      guint32 corner = 0;
      const gsize corners[] = {0, (gsize)(sizes[i][0] - 1) * 4, (gsize)(sizes[i][1] - 1) * stride,
                               (gsize)(sizes[i][1] - 1) * stride + (gsize)(sizes[i][0] - 1) * 4};
      for (guint k = 0; k < 4; k++) {
        memcpy(&corner, data + corners[k], 4);
        assert_int_equal(corner & 0xffffff, hv_palette_get(report.theme)->background & 0xffffff);
      }
      cairo_surface_destroy(image);
      unlink(path);
    }
}

static gsize count_of(const char *text, const char *part) {
  gsize count = 0;
  for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
    count++;
  return count;
}

static void test_svg(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = path_of("a.svg");
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 1);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
    HvReport report = make_report(frame, ledger, 1200, 800);
    assert_true(hv_report_write(&report, path, HV_REPORT_SVG, &error));
    assert_true(g_file_get_contents(path, &text, &size, NULL));
    assert_true(g_str_has_prefix(text, "<?xml"));
    assert_true(g_str_has_suffix(g_strchomp(text), "</svg>"));
    assert_non_null(strstr(text, "viewBox=\"0 0 1200 800\""));
    /* One element a glyph and a colour, not one a cell; and not one image of it all. */
    assert_in_range(count_of(text, "<path"), 5, 2000);
    assert_true(kind == SYNTHETIC_SPARSE || strstr(text, "<image") == NULL);
    assert_in_range(size, 2000, 2 << 20);
    unlink(path);
  }
}

static void test_pdf(void **state) {
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = path_of("a.pdf");
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 1);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
    HvReport report = make_report(frame, ledger, 1200, 800);
    report.theme = HV_THEME_DARK;
    assert_true(hv_report_write(&report, path, HV_REPORT_PDF, &error));
    assert_true(g_file_get_contents(path, &text, &size, NULL));
    assert_memory_equal(text, "%PDF-1.", 7);
    assert_memory_equal(text + size - 6, "%%EOF\n", 6);
    assert_in_range(size, 2000, 1 << 20);
    unlink(path);
  }
}

/* Frames of a heap that changes, as a history. */
static HvHistory *make_history(SyntheticKind kind, guint frames) {
  HvHistory *history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  SyntheticHeap *heap = synthetic_heap_new(kind, 1);
  for (guint i = 1; i <= frames; i++) {
    g_autoptr(HvFrame) frame =
        synthetic_heap_frame(heap, i, (1 + i) * G_GUINT64_CONSTANT(1000000000), 0);
    hv_history_add(history, frame, NULL, (i % 7) << 20, FALSE);
    synthetic_heap_churn(heap, 50);
  }
  synthetic_heap_free(heap);
  return history;
}

/* The whole report has its parts, of every heap, and stays small. */
static void test_whole(void **state) {
  g_autoptr(HvHistory) history = make_history(SYNTHETIC_ALL_CLASSES, 30);
  for (guint kind = 0; kind < SYNTHETIC_KINDS; kind++) {
    g_autoptr(HvFrame) frame = synthetic_frame(kind, 1);
    g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
    g_autoptr(GArray) classes = hv_class_sums_new(frame);
    g_autoptr(HvReasons) reasons = hv_reasons_new(frame, ledger, classes, NULL);
    const int sizes[][2] = {{HV_REPORT_WHOLE_WIDTH_PX, HV_REPORT_WHOLE_HEIGHT_PX},
                            {HV_REPORT_WHOLE_MIN_WIDTH_PX, HV_REPORT_WHOLE_MIN_HEIGHT_PX},
                            {3000, 900}};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
      const HvReportFormat formats[] = {HV_REPORT_PNG, HV_REPORT_SVG, HV_REPORT_PDF};
      HvReport report = make_report(frame, ledger, sizes[i][0], sizes[i][1]);
      report.whole = TRUE;
      report.reasons = reasons;
      report.history = history;
      for (guint format = 0; format < G_N_ELEMENTS(formats); format++) {
        g_autofree char *path = path_of("whole");
        g_autofree char *text = NULL;
        gsize size = 0;
        assert_true(hv_report_write(&report, path, formats[format], NULL));
        assert_true(g_file_get_contents(path, &text, &size, NULL));
        assert_in_range(size, 2000, 2 << 20);
        unlink(path);
      }
    }
  }
}

/* Without reasons and a past there is still a page; and a page too small for all is refused. */
static void test_whole_poor(void **state) {
  g_autofree char *path = path_of("poor.png");
  g_autoptr(GError) error = NULL;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
  HvReport report = make_report(frame, ledger, 900, 900);
  report.whole = TRUE;
  assert_true(hv_report_write(&report, path, HV_REPORT_PNG, NULL));
  unlink(path);
  report.height_px = HV_REPORT_WHOLE_MIN_HEIGHT_PX - 1;
  assert_false(hv_report_write(&report, path, HV_REPORT_PNG, &error));
  assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT));
}

/* The largest pages that the window exports, of the largest heaps, drawn as lines or, where these
 * would be too many, as an image. */
static void test_large_pages_stay_small(void **state) {
  g_autoptr(HvFrame) classes = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  g_autoptr(HvFrame) sparse = synthetic_frame(SYNTHETIC_SPARSE, 1);
  g_autoptr(HvFrame) spans = synthetic_frame_of_spans(1000000);
  HvFrame *const frames[] = {classes, sparse, spans};
  const HvReportFormat formats[] = {HV_REPORT_SVG, HV_REPORT_PDF};
  for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
    g_autoptr(HvLedger) ledger = hv_ledger_new(frames[i], NULL);
    g_autoptr(GArray) sums = hv_class_sums_new(frames[i]);
    g_autoptr(HvReasons) reasons = hv_reasons_new(frames[i], ledger, sums, NULL);
    for (guint variant = 0; variant < 4; variant++) {
      gboolean whole = variant % 2 == 1;
      HvReport report = make_report(
          frames[i], ledger, SCALE_MOST * (whole ? HV_REPORT_WHOLE_WIDTH_PX : HV_REPORT_WIDTH_PX),
          SCALE_MOST * (whole ? HV_REPORT_WHOLE_HEIGHT_PX : HV_REPORT_HEIGHT_PX));
      report.whole = whole;
      report.reasons = whole ? reasons : NULL;
      report.by_class = variant >= 2;
      report.lens = variant == 1 || variant == 2 ? HV_LENS_FILL : HV_LENS_STATE;
      for (guint f = 0; f < G_N_ELEMENTS(formats); f++) {
        g_autofree char *path = path_of("large");
        g_autofree char *text = NULL;
        gsize size = 0;
        assert_true(hv_report_write(&report, path, formats[f], NULL));
        assert_true(g_file_get_contents(path, &text, &size, NULL));
        assert_in_range(size, 2000, LARGE_MOST_BYTES);
        if (formats[f] == HV_REPORT_SVG)
          assert_in_range(count_of(text, "<path"), 5, 4000);
        unlink(path);
      }
    }
  }
}

static void test_formats(void **state) {
  HvReportFormat format = HV_REPORT_PNG;
  assert_true(hv_report_format_for_path("a.png", &format, NULL) && format == HV_REPORT_PNG);
  assert_true(hv_report_format_for_path("/x/a.b.SVG", &format, NULL) && format == HV_REPORT_SVG);
  assert_true(hv_report_format_for_path("a.Pdf", &format, NULL) && format == HV_REPORT_PDF);
  const char *const bad[] = {"a", "a.jpg", ".png", "", "png", "a.png.gz"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    assert_false(hv_report_format_for_path(bad[i], &format, &error));
    assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT));
  }
}

static void expect_no_write(const HvReport *report, const char *path, int code) {
  g_autoptr(GError) error = NULL;
  assert_false(hv_report_write(report, path, HV_REPORT_PNG, &error));
  assert_true(g_error_matches(error, HV_ERROR, code));
  GDir *files = g_dir_open(directory, 0, NULL);
  assert_null(g_dir_read_name(files));
  g_dir_close(files);
}

static void test_failures(void **state) {
  g_autofree char *path = path_of("a.png");
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
  HvReport report = make_report(frame, ledger, 0, 0);
  expect_no_write(&report, path, HV_ERROR_ARGUMENT);
  report = make_report(frame, ledger, 319, 400);
  expect_no_write(&report, path, HV_ERROR_ARGUMENT);
  report = make_report(frame, ledger, 100000, 100000);
  expect_no_write(&report, path, HV_ERROR_ARGUMENT);
  report = make_report(frame, ledger, 640, 400);
  report.range_begin = 4096;
  report.range_end = 8192;
  expect_no_write(&report, path, HV_ERROR_ARGUMENT);
  report = make_report(frame, ledger, 640, 400);
  expect_no_write(&report, "/nonexistent/a.png", HV_ERROR_IO);
  expect_no_write(&report, "/dev/full", HV_ERROR_IO);
  /* A folder of that name is left alone. */
  assert_int_equal(mkdir(path, 0700), 0);
  g_autoptr(GError) error = NULL;
  assert_false(hv_report_write(&report, path, HV_REPORT_PNG, &error));
  assert_int_equal(rmdir(path), 0);
}

/* A range shows only what is in it. */
static void test_range(void **state) {
  g_autofree char *path = path_of("r.svg");
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 1);
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, NULL);
  HvReport report = make_report(frame, ledger, 1200, 800);
  report.range_begin = hv_frame_span_address(frame, 0);
  report.range_end = report.range_begin + 4096;
  assert_true(hv_report_write(&report, path, HV_REPORT_SVG, NULL));
  unlink(path);
}

static int setup(void **state) {
  directory = g_dir_make_tmp("liballoc-report-XXXXXX", NULL);
  return directory == NULL;
}

static int teardown(void **state) {
  int result = rmdir(directory);
  g_free(directory);
  return result;
}

/* Fontconfig keeps its caches as long as the process lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig\n";
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_png),
      cmocka_unit_test(test_svg),
      cmocka_unit_test(test_pdf),
      cmocka_unit_test(test_formats),
      cmocka_unit_test(test_failures),
      cmocka_unit_test(test_range),
      cmocka_unit_test(test_whole),
      cmocka_unit_test(test_whole_poor),
      cmocka_unit_test(test_large_pages_stay_small),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
