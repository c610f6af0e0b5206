/* SPDX-License-Identifier: MIT */
/* HvSamples: an array of which the older half gets coarser each time it is full. */
#include "viewer/model/sample.h"

#include <string.h>

struct HvSamples {
  GArray *array; /* HvSample, ascending */
};

HvSamples *hv_samples_new(void) {
  HvSamples *samples = g_new0(HvSamples, 1);
  samples->array = g_array_new(FALSE, FALSE, sizeof(HvSample));
  return samples;
}

void hv_samples_free(HvSamples *samples) {
  g_array_unref(samples->array);
  g_free(samples);
}

void hv_sample_ledger(HvLedger *ledger, gint64 *rows) {
  guint count = 0;
  const HvLedgerRow *row = hv_ledger_rows(ledger, &count);
  memset(rows, 0, HV_SAMPLE_ROWS * sizeof *rows);
  for (guint i = 0; i < count; i++)
    rows[row[i].state] += row[i].bytes;
  rows[HV_SAMPLE_TOTAL] = (gint64)hv_ledger_total_bytes(ledger);
  rows[HV_SAMPLE_CHURN] = HV_CHURN_UNKNOWN;
}

static void copy_row(HvSample *into, const HvSample *from, guint row) {
  into->low[row] = from->low[row];
  into->high[row] = from->high[row];
  into->last[row] = from->last[row];
}

/* Adds a later sample to @into. */
static void merge(HvSample *into, const HvSample *later) {
  const gboolean unknown = into->low[HV_SAMPLE_CHURN] < 0;
  into->end_ns = later->end_ns;
  for (guint i = 0; i < HV_SAMPLE_ROWS; i++) {
    if (i == HV_SAMPLE_CHURN && later->low[i] < 0)
      continue;
    into->low[i] = MIN(into->low[i], later->low[i]);
    into->high[i] = MAX(into->high[i], later->high[i]);
    into->last[i] = later->last[i];
  }
  if (unknown)
    copy_row(into, later, HV_SAMPLE_CHURN);
}

static void thin(GArray *array) {
  guint half = array->len / 2 / 2 * 2;
  HvSample *sample = (HvSample *)(gpointer)array->data;
  for (guint i = 0; i < half; i += 2) {
    merge(&sample[i], &sample[i + 1]);
    sample[i / 2] = sample[i];
  }
  memmove(sample + half / 2, sample + half, (array->len - half) * sizeof *sample);
  g_array_set_size(array, array->len - half / 2);
}

void hv_samples_add(HvSamples *samples, guint64 time_ns, const gint64 *rows) {
  HvSample sample = {.begin_ns = time_ns, .end_ns = time_ns};
  memcpy(sample.low, rows, sizeof sample.low);
  memcpy(sample.high, rows, sizeof sample.high);
  memcpy(sample.last, rows, sizeof sample.last);
  if (samples->array->len >= HV_SAMPLES_MAX)
    thin(samples->array);
  g_array_append_val(samples->array, sample);
}

const HvSample *hv_samples_get(HvSamples *samples, guint *count) {
  *count = samples->array->len;
  return (const HvSample *)(gpointer)samples->array->data;
}

/* Column that shows @time_ns. */
static guint column_of(guint64 begin_ns, guint64 end_ns, guint count, guint64 time_ns) {
  guint64 column = (guint64)((unsigned __int128)(time_ns - begin_ns) * count / (end_ns - begin_ns));
  return (guint)MIN(column, count - 1);
}

/* Nothing is known of any column. */
static void clear(HvSample *columns, guint count) {
  memset(columns, 0, count * sizeof *columns);
  for (guint i = 0; i < count; i++)
    columns[i].low[HV_SAMPLE_CHURN] = columns[i].high[HV_SAMPLE_CHURN] =
        columns[i].last[HV_SAMPLE_CHURN] = HV_CHURN_UNKNOWN;
}

/* Ledgers last until the next one. @before: that before the first column, or NULL */
static void fill_ledgers(HvSample *columns, guint count, const HvSample *before) {
  const gint64 *rows = before == NULL ? NULL : before->last;
  for (guint i = 0; i < count; i++) {
    if (columns[i].begin_ns == 0 && rows != NULL)
      memcpy(columns[i].last, rows, HV_SAMPLE_CHURN * sizeof *rows);
    if (columns[i].begin_ns != 0)
      rows = columns[i].last;
  }
}

/* Churn is a mean over the time before. */
static void fill_churn(HvSample *columns, guint begin, guint end, const HvSample *after) {
  for (guint i = begin; i < end; i++)
    copy_row(&columns[i], after, HV_SAMPLE_CHURN);
}

void hv_samples_columns(HvSamples *samples, guint64 begin_ns, guint64 end_ns, guint count,
                        HvSample *columns) {
  const HvSample *sample = (const HvSample *)(gpointer)samples->array->data;
  const HvSample *before = NULL;
  guint reached = 0; /* columns that churn is told for */
  clear(columns, count);
  if (count == 0 || end_ns <= begin_ns)
    return;
  for (guint i = 0; i < samples->array->len; i++) {
    if (sample[i].end_ns < begin_ns)
      before = &sample[i];
    if (sample[i].begin_ns > end_ns) {
      fill_churn(columns, reached, count, &sample[i]);
      break;
    }
    if (sample[i].end_ns < begin_ns)
      continue;
    guint first = column_of(begin_ns, end_ns, count, MAX(sample[i].begin_ns, begin_ns));
    guint last = column_of(begin_ns, end_ns, count, MIN(sample[i].end_ns, end_ns));
    fill_churn(columns, reached, first, &sample[i]);
    reached = MAX(reached, last + 1);
    for (guint column = first; column <= last; column++) {
      if (columns[column].begin_ns == 0)
        columns[column] = sample[i];
      else
        merge(&columns[column], &sample[i]);
    }
  }
  fill_ledgers(columns, count, before);
}
