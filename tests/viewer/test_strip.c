/* SPDX-License-Identifier: MIT */
/*
 * The timeline's picture against a naive one: each pixel column from all moments of its time,
 * looked through one by one, its colours worked out pixel by pixel. What is no edge is the same to
 * the bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/recording.h"
#include "viewer/render/strip.h"

#define SECOND G_GUINT64_CONSTANT(1000000000)
#define START  (G_GUINT64_CONSTANT(1700000000) * SECOND)

/* From the bottom up, as the man page has it. */
static const HvState order[] = {
    HV_STATE_LIVE,     HV_STATE_LARGE,     HV_STATE_REGION, HV_STATE_CACHED, HV_STATE_TRANSIT,
    HV_STATE_FREE,     HV_STATE_UNTOUCHED, HV_STATE_TAIL,   HV_STATE_DIRTY,  HV_STATE_CLEAN,
    HV_STATE_METADATA, HV_STATE_STACK,     HV_STATE_FILE,   HV_STATE_WATCH,  HV_STATE_ANONYMOUS,
};

/* A history, and the same moments for the naive picture. */
typedef struct {
  SyntheticHeap *heap;
  GRand *random;
  HvHistory *history;
  HvSamples *samples;
  guint64 seq;
} Past;

static Past *past_new(guint32 seed) {
  Past *past = g_new0(Past, 1);
  past->heap = synthetic_heap_new(SYNTHETIC_ONE_BLOCK, seed);
  past->random = g_rand_new_with_seed(seed);
  past->history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  past->samples = hv_samples_new();
  return past;
}

static void past_free(Past *past) {
  synthetic_heap_free(past->heap);
  g_rand_free(past->random);
  hv_history_unref(past->history);
  hv_samples_free(past->samples);
  g_free(past);
}

static guint64 some_bytes(Past *past, guint64 most) {
  return (guint64)((double)most * g_rand_double(past->random));
}

static void past_add(Past *past, guint64 time_ns, gint64 churn_bytes) {
  g_autoptr(HvFrame) frame =
      synthetic_heap_frame(past->heap, ++past->seq, time_ns, time_ns - START);
  HvResidency residency = {.basis = HV_RESIDENCY_EXACT};
  gint64 rows[HV_SAMPLE_ROWS];
  for (guint i = 1; i < HV_STATE_MAP_COUNT; i++)
    residency.rss_bytes += residency.state[i] = some_bytes(past, 8 << 20);
  residency.rss_bytes += residency.stack_bytes = some_bytes(past, 1 << 20);
  residency.rss_bytes += residency.file_bytes = some_bytes(past, 4 << 20);
  residency.unexplained_bytes = (gint64)some_bytes(past, 1 << 10) - 512;
  residency.rss_bytes += (guint64)residency.unexplained_bytes;
  g_autoptr(HvLedger) ledger = hv_ledger_new(frame, &residency);
  hv_sample_ledger(ledger, rows);
  rows[HV_SAMPLE_CHURN] = churn_bytes;
  /* As the recording has it: the sum of its rows. */
  rows[HV_SAMPLE_TOTAL] = 0;
  for (guint i = 0; i < HV_STATE_COUNT; i++)
    rows[HV_SAMPLE_TOTAL] += rows[i];
  hv_samples_add(past->samples, time_ns, rows);
  hv_history_add(past->history, frame, &residency, churn_bytes, past->seq > 1);
}

/* ---- the naive picture ---- */

static guint column_of(guint64 begin_ns, guint64 end_ns, guint count, guint64 time_ns) {
  unsigned __int128 share = (unsigned __int128)(time_ns - begin_ns) * count;
  return (guint)MIN((guint64)(share / (end_ns - begin_ns)), count - 1);
}

typedef struct {
  gboolean any;
  gint64 stack[G_N_ELEMENTS(order)]; /* bytes of the last moment */
  gint64 total_low, total_high;
  gint64 churn_low, churn_high; /* -1: unknown */
} Column;

static void take_stack(Column *column, const HvSample *sample) {
  for (guint i = 0; i < G_N_ELEMENTS(order); i++)
    column->stack[i] = MAX(sample->last[order[i]], 0);
}

static void take_churn(Column *column, const HvSample *sample) {
  if (sample->high[HV_SAMPLE_CHURN] < 0)
    return;
  column->churn_low = column->churn_high < 0 ? sample->low[HV_SAMPLE_CHURN]
                                             : MIN(column->churn_low, sample->low[HV_SAMPLE_CHURN]);
  column->churn_high = MAX(column->churn_high, sample->high[HV_SAMPLE_CHURN]);
}

/* Column @index of @count from all moments. */
static Column column_at(Past *past, guint64 begin_ns, guint64 end_ns, guint count, guint index) {
  Column column = {.churn_low = -1, .churn_high = -1};
  const HvSample *next = NULL;
  guint n = 0;
  const HvSample *sample = hv_samples_get(past->samples, &n);
  for (guint i = 0; i < n; i++) {
    if (sample[i].begin_ns <= end_ns && sample[i].end_ns >= begin_ns &&
        column_of(begin_ns, end_ns, count, MAX(sample[i].begin_ns, begin_ns)) <= index &&
        column_of(begin_ns, end_ns, count, MIN(sample[i].end_ns, end_ns)) >= index) {
      column.total_low = column.any ? MIN(column.total_low, sample[i].low[HV_SAMPLE_TOTAL])
                                    : sample[i].low[HV_SAMPLE_TOTAL];
      column.total_high = MAX(column.total_high, sample[i].high[HV_SAMPLE_TOTAL]);
      column.any = TRUE;
      take_stack(&column, &sample[i]);
      take_churn(&column, &sample[i]);
    } else if (sample[i].begin_ns > end_ns ||
               (sample[i].end_ns >= begin_ns &&
                column_of(begin_ns, end_ns, count, MAX(sample[i].begin_ns, begin_ns)) > index)) {
      next = next == NULL ? &sample[i] : next;
    } else {
      take_stack(&column, &sample[i]); /* until something else is known */
    }
  }
  if (!column.any && next != NULL)
    take_churn(&column, next);
  return column;
}

static int down_to(gint64 bytes, gint64 most, int room) {
  const double down = floor(room - room * (double)bytes / (double)MAX(most, 1));
  return (int)down;
}

/* Rows of pixels of the line of churn. */
static void line_of(const Column *columns, guint index, gint64 most, int height, int line, int *top,
                    int *bottom) {
  const Column *own = &columns[index];
  const Column *before = index == 0 ? own : own - 1;
  *top = down_to(own->churn_high, most, height - line);
  *bottom = down_to(own->churn_low, most, height - line) + line;
  if (before->churn_high < 0)
    return;
  *top = MIN(*top, down_to(before->churn_low, most, height - line));
  *bottom = MAX(*bottom, down_to(before->churn_high, most, height - line) + line);
}

static gboolean is_line(const Column *columns, guint count, gint64 most, int step, int x, int y,
                        int height, int line, int rim) {
  for (guint i = 0; i < count; i++) {
    int top = 0, bottom = 0;
    if (columns[i].churn_high < 0 || x < (int)i * step - rim ||
        x >= (int)i * step + MAX(step, line) + rim)
      continue;
    line_of(columns, i, most, height, line, &top, &bottom);
    if (y >= top - rim && y < bottom + rim)
      return TRUE;
  }
  return FALSE;
}

/* Colour of a pixel without the line. FALSE: an edge runs through it, or right beside it. */
static gboolean colour_at(const Column *column, const HvPalette *palette, gint64 most, int height,
                          int y, guint32 *colour) {
  const double middle = y + 0.5;
  double edge = height;
  *colour = palette->background;
  for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
    double top = edge - height * (double)column->stack[i] / (double)most;
    if (fabs(top - middle) <= 1 || fabs(edge - middle) <= 1)
      return FALSE;
    if (middle > top && middle < edge)
      *colour = palette->state[order[i]];
    edge = top;
  }
  if (!column->any || column->total_high == column->total_low)
    return TRUE;
  double high = height - height * (double)column->total_high / (double)most;
  double low = height - height * (double)column->total_low / (double)most;
  low = MAX(low, high + 1);
  if (fabs(high - middle) <= 1 || fabs(low - middle) <= 1)
    return FALSE;
  if (middle > high && middle < low)
    *colour = palette->text;
  return TRUE;
}

static guint32 pixel(cairo_surface_t *image, int x, int y) {
  const guint8 *row =
      cairo_image_surface_get_data(image) + (gsize)y * (gsize)cairo_image_surface_get_stride(image);
  guint32 value = 0;
  memcpy(&value, row + 4 * (gsize)x, 4);
  return value | 0xff000000u;
}

/* Draws @past both ways. Returns: the share of pixels that were compared. */
static double compare(Past *past, guint64 begin_ns, guint64 end_ns, guint count, int step,
                      int height, int line, const HvPalette *palette) {
  const int width = (int)count * step;
  cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create(image);
  g_autofree Column *columns = g_new(Column, count);
  HvStripScale expected = {1, HV_CHURN_UNKNOWN};
  guint compared = 0;
  for (guint i = 0; i < count; i++) {
    columns[i] = column_at(past, begin_ns, end_ns, count, i);
    expected.bytes = MAX(expected.bytes, columns[i].total_high);
    expected.churn_bytes = MAX(expected.churn_bytes, columns[i].churn_high);
  }
  cairo_set_source_rgb(cr, (palette->background >> 16 & 255) / 255.0,
                       (palette->background >> 8 & 255) / 255.0,
                       (palette->background & 255) / 255.0);
  cairo_paint(cr);
  HvStripScale scale =
      hv_strip_draw(cr, past->history, palette, begin_ns, end_ns, count, width, height, line);
  cairo_destroy(cr);
  cairo_surface_flush(image);
  assert_true(scale.churn_bytes == expected.churn_bytes);
  assert_true(scale.bytes >= expected.bytes);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint32 colour = 0;
      if (is_line(columns, count, scale.churn_bytes, step, x, y, height, line, 0))
        colour = hv_strip_churn_colour(palette);
      else if (is_line(columns, count, scale.churn_bytes, step, x, y, height, line, line))
        colour = palette->background;
      else if (!colour_at(&columns[x / step], palette, scale.bytes, height, y, &colour))
        continue;
      compared++;
      if (pixel(image, x, y) != colour)
        fail_msg("pixel %d, %d of %dx%d is %08x, not %08x", x, y, width, height, pixel(image, x, y),
                 colour);
    }
  cairo_surface_destroy(image);
  return (double)compared / (width * height);
}

/* At several widths, at scale 1 and 2, in two themes, with columns of one pixel and of three. */
static void compare_all(Past *past, guint64 begin_ns, guint64 end_ns) {
  static const guint counts[] = {1, 2, 17, 120, 401};
  for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
    double low =
        compare(past, begin_ns, end_ns, counts[i], 1, 49, 1, hv_palette_get(HV_THEME_LIGHT));
    double high =
        compare(past, begin_ns, end_ns, counts[i], 3, 294, 2, hv_palette_get(HV_THEME_DARK));
    assert_true(low > 0.1 && high > 0.6);
    compare(past, begin_ns, end_ns, counts[i], 1, 98, 2, hv_palette_get(HV_THEME_DARK_CONTRAST));
  }
}

/* ---- pasts ---- */

static void test_one_moment(void **state) {
  guint64 begin_ns, end_ns;
  Past *past = past_new(1);
  past_add(past, START, HV_CHURN_UNKNOWN);
  assert_true(hv_strip_span(past->history, &begin_ns, &end_ns));
  assert_true(end_ns == START && begin_ns == START - HV_STRIP_MIN_NS);
  compare_all(past, begin_ns, end_ns);
  past_add(past, START + SECOND, 1 << 20);
  assert_true(hv_strip_span(past->history, &begin_ns, &end_ns));
  compare_all(past, begin_ns, end_ns);
  past_free(past);
}

/* Moments far apart: ledgers last until the next, churn is that until then. */
static void test_gaps(void **state) {
  Past *past = past_new(2);
  guint64 time_ns = START;
  for (guint i = 0; i < 12; i++) {
    past_add(past, time_ns, i == 0 ? HV_CHURN_UNKNOWN : (gint64)some_bytes(past, 32 << 20));
    time_ns += (i % 4 == 3 ? 400 : 1) * SECOND + some_bytes(past, SECOND);
  }
  compare_all(past, START, time_ns);
  /* A part of it, with more before and behind. */
  compare_all(past, START + 300 * SECOND, START + 600 * SECOND);
  past_free(past);
}

/* Many moments in each pixel, with churn that comes and goes, and none known for a while. */
static void test_crowd(void **state) {
  Past *past = past_new(3);
  for (guint i = 0; i < 5000; i++) {
    const double wave = sin(i / 200.0) * 5e6 + 6e6;
    const gint64 churn = (gint64)wave + (gint64)some_bytes(past, 1 << 16);
    past_add(past, START + i * SECOND / 10, i % 1000 < 300 ? HV_CHURN_UNKNOWN : churn);
  }
  compare_all(past, START, START + 500 * SECOND);
  past_free(past);
}

/* More than is kept singly: the older half is coarser, with its highest and lowest. */
static void test_thinned(void **state) {
  Past *past = past_new(4);
  guint count = 0;
  for (guint i = 0; i < 3 * HV_SAMPLES_MAX; i++)
    past_add(past, START + i * SECOND / 10,
             i == 9000 ? 1 << 30 : (gint64)some_bytes(past, 1 << 26));
  hv_samples_get(past->samples, &count);
  assert_true(count <= HV_SAMPLES_MAX);
  compare_all(past, START, START + 3 * HV_SAMPLES_MAX * SECOND / 10);
  past_free(past);
}

/* What does not change is a flat line at the bottom, and no line where nothing is known. */
static void test_rest(void **state) {
  const HvPalette *palette = hv_palette_get(HV_THEME_LIGHT);
  for (gint64 churn = HV_CHURN_UNKNOWN; churn <= 0; churn++) {
    Past *past = past_new(5);
    past_add(past, START, churn);
    past_add(past, START + 20 * SECOND, churn);
    HvStripScale scale = hv_strip_scale(past->history, START, START + 20 * SECOND);
    g_autofree char *told = hv_strip_describe_churn(&scale);
    assert_true(scale.churn_bytes == churn);
    assert_string_equal(told, churn < 0 ? "" : "churn 0 B/s");
    compare(past, START, START + 20 * SECOND, 50, 1, 49, 1, palette);
    past_free(past);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_moment), cmocka_unit_test(test_gaps), cmocka_unit_test(test_crowd),
      cmocka_unit_test(test_thinned),    cmocka_unit_test(test_rest),
  };
  return cmocka_run_group_tests_name("strip", tests, NULL, NULL);
}
