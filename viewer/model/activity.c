/* SPDX-License-Identifier: MIT */
/* HvTracker: merges the spans of a frame with those of the frame before; both ascend by address. */
#include "viewer/model/activity.h"

#include <math.h>

#include "viewer/model/bulk.h"
#include "viewer/model/frame_private.h"

/* Churn forgets with this time constant. */
#define MEMORY_S 2.0

/* Times of changes are kept in these steps, which are shorter than frames are apart: in 32 bits, as
 * there are millions of spans, that is more than a year. */
#define STEP_NS G_GUINT64_CONSTANT(10000000)

/* A region of the frame. */
typedef struct {
  guint64 address;
  guint64 bytes;
  guint64 since_ns; /* from when tracking began to the first frame that had it; 0: or before */
} Since;

struct HvActivity {
  gatomicrefcount references;
  guint count;
  guint64 known_ns;
  guint32 *changed; /* steps from when tracking began to the last change of each span */
  float *churn;     /* bytes a second */
  Since *regions;   /* ascending */
  guint region_count;
};

struct HvTracker {
  HvFrame *frame; /* the last one */
  HvActivity *activity;
  guint64 began_ns;
  guint64 taken_ns;      /* when churn was last asked for */
  guint64 changed_bytes; /* since then */
};

HvTracker *hv_tracker_new(void) {
  return g_new0(HvTracker, 1);
}

void hv_tracker_free(HvTracker *tracker) {
  g_clear_pointer(&tracker->frame, hv_frame_unref);
  g_clear_pointer(&tracker->activity, hv_activity_unref);
  g_free(tracker);
}

HvActivity *hv_activity_ref(HvActivity *activity) {
  g_atomic_ref_count_inc(&activity->references);
  return activity;
}

void hv_activity_unref(HvActivity *activity) {
  if (!g_atomic_ref_count_dec(&activity->references))
    return;
  hv_bulk_free(activity->changed, activity->count * sizeof *activity->changed);
  hv_bulk_free(activity->churn, activity->count * sizeof *activity->churn);
  hv_bulk_free(activity->regions, activity->region_count * sizeof *activity->regions);
  g_free(activity);
}

/* Address of a span, behind all of them where there is none. */
static guint64 address_from(HvFrame *frame, guint span) {
  return span < frame->span_count ? hv_frame_span_address(frame, span) : G_MAXUINT64;
}

/* Bytes of blocks whose state differs between the same span of two frames. */
static guint64 changed_bytes(HvFrame *before, guint old, HvFrame *after, guint new) {
  const HvSpan *record = &after->spans[new];
  const HvSpan *other = &before->spans[old];
  const guint64 *b = NULL;
  const guint64 *other_b = NULL;
  const guint64 *a = hv_frame_span_planes(after, new, &b);
  const guint64 *other_a = hv_frame_span_planes(before, old, &other_b);
  if (record->block_bytes != other->block_bytes || record->capacity != other->capacity)
    return hv_frame_span_bytes(after, new);
  if (a == NULL || other_a == NULL) {
    guint more = MAX(record->live, other->live);
    guint less = MIN(record->live, other->live);
    return (more - less) * record->block_bytes;
  }
  guint64 blocks = 0;
  for (guint word = 0; word < (record->capacity + 63) / 64; word++)
    blocks += (guint64)__builtin_popcountll((a[word] ^ other_a[word]) | (b[word] ^ other_b[word]));
  return blocks * record->block_bytes;
}

/* Bytes of the blocks of a span that came or went. */
static guint64 handed_out_bytes(HvFrame *frame, guint span) {
  const HvSpan *record = &frame->spans[span];
  return ((guint64)record->live + record->cached + record->transit) * record->block_bytes;
}

/* Bytes of the regions of @frame that are not in @other; both ascend, and spare ones hold none. */
static guint64 other_region_bytes(HvFrame *frame, HvFrame *other) {
  guint64 bytes = 0;
  guint at = 0;
  for (guint i = 0; i < frame->region_count; i++) {
    const struct alloc_region_record *region = &frame->regions[i];
    while (at < other->region_count && other->regions[at].address < region->address)
      at++;
    if (at == other->region_count || other->regions[at].block != region->block ||
        other->regions[at].usable_bytes != region->usable_bytes)
      bytes += region->usable_bytes;
  }
  return bytes;
}

/* Carries over what is known of the regions that were there before. */
static void merge_regions(HvFrame *before, const HvActivity *known, HvFrame *frame,
                          HvActivity *activity) {
  guint old = 0;
  for (guint i = 0; i < frame->region_count; i++) {
    const struct alloc_region_record *region = &frame->regions[i];
    while (old < before->region_count && before->regions[old].address < region->address)
      old++;
    if (old == before->region_count)
      return;
    const struct alloc_region_record *other = &before->regions[old];
    if (other->address == region->address && other->mapped_bytes == region->mapped_bytes &&
        other->block == region->block && other->usable_bytes == region->usable_bytes)
      activity->regions[i].since_ns = known->regions[old].since_ns;
  }
}

/* Carries over what is known of the spans that were there before. */
static void merge(HvTracker *tracker, HvFrame *frame, HvActivity *activity, double seconds) {
  HvFrame *before = tracker->frame;
  HvActivity *known = tracker->activity;
  float keep = (float)exp(-seconds / MEMORY_S);
  guint old = 0;
  guint64 old_address = address_from(before, 0);
  for (guint new = 0; new < frame->span_count; new ++) {
    guint64 address = hv_frame_span_address(frame, new);
    while (old_address < address) {
      tracker->changed_bytes += handed_out_bytes(before, old);
      old_address = address_from(before, ++old);
    }
    guint64 bytes = 0;
    float was = 0;
    if (old_address != address) {
      bytes = hv_frame_span_bytes(frame, new);
      tracker->changed_bytes += handed_out_bytes(frame, new);
    } else {
      was = known->churn[old];
      if (before->spans[old].epoch == frame->spans[new].epoch)
        activity->changed[new] = known->changed[old];
      else
        bytes = changed_bytes(before, old, frame, new);
      tracker->changed_bytes += bytes;
      old_address = address_from(before, ++old);
    }
    activity->churn[new] = was * keep + (1 - keep) * (float)((double)bytes / seconds);
  }
  for (; old < before->span_count; old++)
    tracker->changed_bytes += handed_out_bytes(before, old);
  tracker->changed_bytes += other_region_bytes(before, frame) + other_region_bytes(frame, before);
}

HvActivity *hv_tracker_add(HvTracker *tracker, HvFrame *frame) {
  HvActivity *activity = g_new0(HvActivity, 1);
  guint64 now = frame->head->monotonic_ns;
  gboolean follows = tracker->frame != NULL && now > tracker->frame->head->monotonic_ns;
  g_atomic_ref_count_init(&activity->references);
  activity->count = frame->span_count;
  activity->changed = hv_bulk_new(activity->count * sizeof *activity->changed);
  activity->churn = hv_bulk_new(activity->count * sizeof *activity->churn);
  activity->region_count = frame->region_count;
  activity->regions = hv_bulk_new(activity->region_count * sizeof *activity->regions);
  if (!follows)
    tracker->began_ns = tracker->taken_ns = now;
  activity->known_ns = now - tracker->began_ns;
  for (guint i = 0; i < frame->span_count; i++)
    activity->changed[i] = (guint32)MIN(activity->known_ns / STEP_NS, G_MAXUINT32);
  for (guint i = 0; i < frame->region_count; i++)
    activity->regions[i] =
        (Since){frame->regions[i].address, frame->regions[i].mapped_bytes, activity->known_ns};
  if (follows) {
    merge(tracker, frame, activity, (double)(now - tracker->frame->head->monotonic_ns) / 1e9);
    merge_regions(tracker->frame, tracker->activity, frame, activity);
  }
  g_clear_pointer(&tracker->frame, hv_frame_unref);
  g_clear_pointer(&tracker->activity, hv_activity_unref);
  tracker->frame = hv_frame_ref(frame);
  tracker->activity = hv_activity_ref(activity);
  return activity;
}

gint64 hv_tracker_take_churn(HvTracker *tracker) {
  const guint64 now = tracker->frame == NULL ? 0 : tracker->frame->head->monotonic_ns;
  gint64 churn = HV_CHURN_UNKNOWN;
  if (now > tracker->taken_ns) {
    double bytes = (double)tracker->changed_bytes * 1e9 / (double)(now - tracker->taken_ns);
    churn = (gint64)MIN(bytes, 0x1p60);
  }
  tracker->taken_ns = now;
  tracker->changed_bytes = 0;
  return churn;
}

guint hv_activity_span_count(HvActivity *activity) {
  return activity->count;
}

guint64 hv_activity_known_ns(HvActivity *activity) {
  return activity->known_ns;
}

guint64 hv_activity_age_ns(HvActivity *activity, guint span) {
  return activity->known_ns / STEP_NS > activity->changed[span]
             ? activity->known_ns - activity->changed[span] * STEP_NS
             : 0;
}

void hv_activity_tell_region(HvActivity *activity, HvFacts *facts) {
  guint low = 0;
  guint high = activity->region_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (activity->regions[middle].address < facts->begin)
      low = middle + 1;
    else
      high = middle;
  }
  /* After a single frame nothing is known. */
  if (low == activity->region_count || activity->known_ns == 0)
    return;
  const Since *region = &activity->regions[low];
  if (region->address != facts->begin || region->bytes != facts->end - facts->begin)
    return;
  hv_facts_set(facts, HV_FIELD_AGE, activity->known_ns - region->since_ns);
  if (region->since_ns == 0)
    facts->at_least |= 1u << HV_FIELD_AGE;
}

guint64 hv_activity_churn_bytes(HvActivity *activity, guint span) {
  return (guint64)activity->churn[span];
}
