/* SPDX-License-Identifier: MIT */
/* See release.h. */
#include "viewer/model/release.h"

#include <string.h>

#include "viewer/model/frame_private.h"

struct HvRelease {
  HvFrame *frame;
  GArray *points; /* HvReleasePoint */
  GArray *pins;   /* HvListRow */
  HvDecile deciles[HV_RELEASE_DECILES];
  GArray *classes[HV_RELEASE_DECILES]; /* HvDecileClass */
  guint64 blocks;
  guint64 bytes;
  guint64 live_bytes;
};

/* A small span, while they are sorted. */
typedef struct {
  guint64 live_bytes;
  guint64 held_bytes;
  guint32 blocks;
  guint32 index;
} Span;

static const HvListColumn pin_columns[] = {
    {"address", "Address", NULL, HV_LIST_ADDRESS, HV_FIELDS},
    {"class", "Block", "Size of the block", HV_LIST_BYTES, HV_FIELD_CLASS},
    {"pins", "Pins", "Bytes that this block keeps from being given back", HV_LIST_BYTES,
     HV_FIELD_PINS},
    {"blocks", "Live", "Live blocks in its span, this one included", HV_LIST_COUNT,
     HV_FIELD_BLOCKS},
    {"thread", "TID", "Thread that owns the span; 0 when it has ended", HV_LIST_NUMBER,
     HV_FIELD_THREAD},
    {"name", "Thread", NULL, HV_LIST_NAME, HV_FIELDS},
};

const HvListColumn *hv_release_pin_columns(guint *count) {
  *count = G_N_ELEMENTS(pin_columns);
  return pin_columns;
}

static int by_live(gconstpointer a, gconstpointer b) {
  const Span *left = a;
  const Span *right = b;
  if (left->live_bytes != right->live_bytes)
    return left->live_bytes < right->live_bytes ? -1 : 1;
  if (left->held_bytes != right->held_bytes)
    return left->held_bytes > right->held_bytes ? -1 : 1;
  return left->index < right->index ? -1 : left->index > right->index;
}

/* More bytes a live block first. */
static int by_pins(gconstpointer a, gconstpointer b) {
  const Span *left = a;
  const Span *right = b;
  guint64 x = left->held_bytes * right->blocks;
  guint64 y = right->held_bytes * left->blocks;
  if (x != y)
    return x > y ? -1 : 1;
  return left->index < right->index ? -1 : left->index > right->index;
}

static int by_held(gconstpointer a, gconstpointer b) {
  const HvDecileClass *left = a;
  const HvDecileClass *right = b;
  if (left->held_bytes != right->held_bytes)
    return left->held_bytes > right->held_bytes ? -1 : 1;
  return left->block_bytes < right->block_bytes ? -1 : left->block_bytes > right->block_bytes;
}

/* @parts: by decile and size class, until they are sorted. */
static void sort_classes(HvRelease *release, const HvDecileClass *parts, guint class_count) {
  for (guint i = 0; i < HV_RELEASE_DECILES; i++) {
    release->classes[i] = g_array_new(FALSE, FALSE, sizeof(HvDecileClass));
    for (guint k = 0; k < class_count; k++)
      if (parts[i * class_count + k].held_bytes != 0)
        g_array_append_val(release->classes[i], parts[i * class_count + k]);
    g_array_sort(release->classes[i], by_held);
  }
}

static GArray *collect_spans(HvRelease *release, HvQuery *query) {
  guint count = 0;
  guint class_count = 0;
  HvFacts facts;
  const HvSpan *record = hv_frame_spans(release->frame, &count);
  hv_frame_classes(release->frame, &class_count);
  g_autofree HvDecileClass *parts = g_new0(HvDecileClass, HV_RELEASE_DECILES * (class_count + 1u));
  GArray *spans = g_array_new(FALSE, FALSE, sizeof(Span));
  for (guint i = 0; i < count; i++) {
    if (record[i].kind != ALLOC_SPAN_SMALL)
      continue;
    hv_facts_of_span(release->frame, i, &facts);
    if (query != NULL && !hv_query_matches(query, &facts))
      continue;
    Span span = {facts.value[HV_FIELD_LIVE], facts.value[HV_FIELD_HELD], record[i].live, i};
    guint tenth = (guint)MIN(facts.value[HV_FIELD_FILL] / (1000000 / HV_RELEASE_DECILES),
                             HV_RELEASE_DECILES - 1);
    HvDecile *decile = &release->deciles[tenth];
    HvDecileClass *part = &parts[tenth * class_count + record[i].size_class];
    part->block_bytes = record[i].block_bytes;
    part->live_bytes += span.live_bytes;
    part->held_bytes += span.held_bytes;
    decile->spans++;
    decile->live_bytes += span.live_bytes;
    decile->held_bytes += span.held_bytes;
    release->blocks += span.blocks;
    release->bytes += span.held_bytes;
    release->live_bytes += span.live_bytes;
    g_array_append_val(spans, span);
  }
  sort_classes(release, parts, class_count);
  return spans;
}

/* Points at equal distances of x or y, whichever comes first, so that steep parts keep detail. */
static void draw_curve(HvRelease *release, GArray *spans) {
  HvReleasePoint at = {0, 0};
  guint first = 0;
  guint64 step_blocks = MAX(release->blocks / (HV_RELEASE_POINTS / 2), 1);
  guint64 step_bytes = MAX(release->bytes / (HV_RELEASE_POINTS / 2), 1);
  while (first < spans->len && g_array_index(spans, Span, first).blocks == 0)
    at.bytes += g_array_index(spans, Span, first++).held_bytes;
  HvReleasePoint last = at;
  g_array_append_val(release->points, at);
  for (guint i = first; i < spans->len; i++) {
    const Span *span = &g_array_index(spans, Span, i);
    at.blocks += span->blocks;
    at.bytes += span->held_bytes;
    if (i + 1 == spans->len || at.blocks - last.blocks >= step_blocks ||
        at.bytes - last.bytes >= step_bytes) {
      g_array_append_val(release->points, at);
      last = at;
    }
  }
}

static void add_pin(HvRelease *release, const Span *span, guint block) {
  HvFacts facts;
  HvListRow row;
  hv_facts_of_span(release->frame, span->index, &facts);
  memset(&row, 0, sizeof row);
  row.facts.kind = "block";
  row.facts.name = facts.name;
  row.facts.begin = facts.begin + block * facts.value[HV_FIELD_CLASS];
  row.facts.end = row.facts.begin + facts.value[HV_FIELD_CLASS];
  row.key = row.facts.begin;
  hv_facts_set(&row.facts, HV_FIELD_CLASS, facts.value[HV_FIELD_CLASS]);
  hv_facts_set(&row.facts, HV_FIELD_BLOCKS, span->blocks);
  hv_facts_set(&row.facts, HV_FIELD_PINS, span->held_bytes / span->blocks);
  if (hv_facts_has(&facts, HV_FIELD_THREAD))
    hv_facts_set(&row.facts, HV_FIELD_THREAD, facts.value[HV_FIELD_THREAD]);
  g_array_append_val(release->pins, row);
}

static void list_pins(HvRelease *release, GArray *spans, guint max_pins) {
  for (guint i = 0; i < spans->len && release->pins->len < max_pins; i++) {
    const Span *span = &g_array_index(spans, Span, i);
    const guint64 *b = NULL;
    const guint64 *a =
        span->blocks == 0 ? NULL : hv_frame_span_planes(release->frame, span->index, &b);
    guint capacity = hv_frame_spans(release->frame, NULL)[span->index].capacity;
    if (a == NULL)
      continue;
    for (guint block = 0; block < capacity && release->pins->len < max_pins; block++) {
      if (hv_map_bit(a, block) && !hv_map_bit(b, block))
        add_pin(release, span, block);
    }
  }
}

HvRelease *hv_release_new(HvFrame *frame, HvQuery *query, guint max_pins) {
  HvRelease *release = g_new0(HvRelease, 1);
  release->frame = hv_frame_ref(frame);
  release->points = g_array_new(FALSE, FALSE, sizeof(HvReleasePoint));
  release->pins = g_array_new(FALSE, FALSE, sizeof(HvListRow));
  g_autoptr(GArray) spans = collect_spans(release, query);
  g_array_sort(spans, by_live);
  draw_curve(release, spans);
  guint first = 0;
  while (first < spans->len && g_array_index(spans, Span, first).blocks == 0)
    first++;
  g_array_remove_range(spans, 0, first);
  g_array_sort(spans, by_pins);
  list_pins(release, spans, max_pins);
  return release;
}

void hv_release_free(HvRelease *release) {
  g_array_unref(release->points);
  g_array_unref(release->pins);
  for (guint i = 0; i < HV_RELEASE_DECILES; i++)
    g_array_unref(release->classes[i]);
  hv_frame_unref(release->frame);
  g_free(release);
}

const HvReleasePoint *hv_release_points(HvRelease *release, guint *count) {
  *count = release->points->len;
  return (const HvReleasePoint *)(gconstpointer)release->points->data;
}

guint64 hv_release_blocks(HvRelease *release) {
  return release->blocks;
}

guint64 hv_release_bytes(HvRelease *release) {
  return release->bytes;
}

guint64 hv_release_live_bytes(HvRelease *release) {
  return release->live_bytes;
}

gboolean hv_release_knee(HvRelease *release, guint64 *blocks, guint64 *bytes) {
  const HvReleasePoint *first = &g_array_index(release->points, HvReleasePoint, 0);
  double width = (double)release->blocks;
  double height = (double)(release->bytes - first->bytes);
  double best = 0.1;
  gboolean found = FALSE;
  if (release->blocks == 0 || release->bytes == first->bytes)
    return FALSE;
  for (guint i = 1; i + 1 < release->points->len; i++) {
    const HvReleasePoint *point = &g_array_index(release->points, HvReleasePoint, i);
    double above = (double)(point->bytes - first->bytes) / height - (double)point->blocks / width;
    if (above > best) {
      best = above;
      *blocks = point->blocks;
      *bytes = point->bytes;
      found = TRUE;
    }
  }
  return found;
}

const HvDecile *hv_release_deciles(HvRelease *release) {
  return release->deciles;
}

const HvDecileClass *hv_release_decile_classes(HvRelease *release, guint index, guint *count) {
  *count = release->classes[index]->len;
  return (const HvDecileClass *)(gconstpointer)release->classes[index]->data;
}

const HvListRow *hv_release_pins(HvRelease *release, guint *count) {
  *count = release->pins->len;
  return (const HvListRow *)(gconstpointer)release->pins->data;
}
