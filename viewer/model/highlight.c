/* SPDX-License-Identifier: MIT */
/* See highlight.h. */
#include "viewer/model/highlight.h"

#include <string.h>

struct HvHighlight {
  gatomicrefcount references;
  GArray *ranges; /* HvRange */
  guint64 things;
  guint64 bytes;
};

typedef struct {
  HvQuery *query;
  HvHighlight *highlight;
} Collector;

static void collect(const HvFacts *facts, gpointer data) {
  Collector *collector = data;
  HvRange range = {facts->begin, facts->end};
  if (!hv_query_matches(collector->query, facts))
    return;
  collector->highlight->things++;
  collector->highlight->bytes += range.end - range.begin;
  g_array_append_val(collector->highlight->ranges, range);
}

static int compare_ranges(gconstpointer a, gconstpointer b) {
  const HvRange *left = a;
  const HvRange *right = b;
  return left->begin < right->begin ? -1 : left->begin > right->begin;
}

/* Joins neighbours of a sorted array. */
static void join(GArray *ranges) {
  guint kept = 0;
  for (guint i = 0; i < ranges->len; i++) {
    HvRange range = g_array_index(ranges, HvRange, i);
    HvRange *last = kept == 0 ? NULL : &g_array_index(ranges, HvRange, kept - 1);
    if (last != NULL && range.begin <= last->end)
      last->end = MAX(last->end, range.end);
    else
      g_array_index(ranges, HvRange, kept++) = range;
  }
  g_array_set_size(ranges, kept);
}

static HvHighlight *make_empty(void) {
  HvHighlight *highlight = g_new0(HvHighlight, 1);
  g_atomic_ref_count_init(&highlight->references);
  highlight->ranges = g_array_new(FALSE, FALSE, sizeof(HvRange));
  return highlight;
}

HvHighlight *hv_highlight_new(HvFrame *frame, HvQuery *query) {
  HvHighlight *highlight = make_empty();
  Collector collector = {query, highlight};
  hv_facts_each_place(frame, collect, &collector);
  g_array_sort(highlight->ranges, compare_ranges);
  join(highlight->ranges);
  return highlight;
}

HvHighlight *hv_highlight_new_range(guint64 begin, guint64 end) {
  HvHighlight *highlight = make_empty();
  HvRange range = {begin, end};
  g_array_append_val(highlight->ranges, range);
  highlight->things = 1;
  highlight->bytes = end - begin;
  return highlight;
}

HvHighlight *hv_highlight_new_calls(HvFrame *frame, const guint *calls, guint n_calls) {
  HvHighlight *highlight = make_empty();
  guint count = 0, all = 0;
  const struct alloc_sample_record *samples = hv_frame_samples(frame, &count);
  g_autofree gboolean *wanted = NULL;
  hv_frame_calls(frame, &all);
  wanted = g_new0(gboolean, all + 1u);
  for (guint i = 0; i < n_calls; i++)
    if (calls[i] < all)
      wanted[calls[i]] = TRUE;
  for (guint i = 0; i < count; i++) {
    HvRange range = {samples[i].address, samples[i].address + samples[i].bytes};
    if (!wanted[samples[i].call])
      continue;
    highlight->things++;
    highlight->bytes += samples[i].bytes;
    g_array_append_val(highlight->ranges, range);
  }
  g_array_sort(highlight->ranges, compare_ranges);
  join(highlight->ranges);
  return highlight;
}

HvHighlight *hv_highlight_ref(HvHighlight *highlight) {
  g_atomic_ref_count_inc(&highlight->references);
  return highlight;
}

void hv_highlight_unref(HvHighlight *highlight) {
  if (!g_atomic_ref_count_dec(&highlight->references))
    return;
  g_array_unref(highlight->ranges);
  g_free(highlight);
}

gboolean hv_highlight_equal(HvHighlight *a, HvHighlight *b) {
  if (a == NULL || b == NULL)
    return a == b;
  return a->ranges->len == b->ranges->len &&
         (a->ranges->len == 0 ||
          memcmp(a->ranges->data, b->ranges->data, a->ranges->len * sizeof(HvRange)) == 0);
}

const HvRange *hv_highlight_ranges(HvHighlight *highlight, guint *count) {
  *count = highlight->ranges->len;
  return (const HvRange *)(gconstpointer)highlight->ranges->data;
}

guint64 hv_highlight_things(HvHighlight *highlight) {
  return highlight->things;
}

guint64 hv_highlight_bytes(HvHighlight *highlight) {
  return highlight->bytes;
}

gboolean hv_highlight_touches(HvHighlight *highlight, guint64 begin, guint64 end) {
  guint low = 0;
  guint high = highlight->ranges->len;
  /* The first range that ends behind @begin. */
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (g_array_index(highlight->ranges, HvRange, middle).end <= begin)
      low = middle + 1;
    else
      high = middle;
  }
  return low < highlight->ranges->len && g_array_index(highlight->ranges, HvRange, low).begin < end;
}
