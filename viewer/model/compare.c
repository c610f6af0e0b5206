/* SPDX-License-Identifier: MIT */
/*
 * HvCompare: spans of both frames are walked side by side, by address. A span that has another
 * class at B shares no block with the one at A. Spans whose bitmaps are not published at one of the
 * two are compared by their counts: more at B are born, fewer are gone.
 */
#include "viewer/model/compare.h"

#include <string.h>

#include "viewer/model/frame_private.h"

struct HvCompare {
  gatomicrefcount references;
  GArray *classes; /* HvClassChange */
  HvClassChange total;
  GArray *born; /* HvBorn */
  guint64 matched;
};

typedef struct {
  HvFrame *before;
  HvFrame *after;
  HvClassChange *change; /* by class; regions last */
  guint class_count;
  GArray *born;
  guint64 born_from; /* smallest size that is still listed */
  HvQuery *query;    /* nullable */
  gboolean matches;  /* the span or region looked at */
  guint64 matched;
} Walk;

static gint compare_born(gconstpointer a, gconstpointer b) {
  const HvBorn *left = a;
  const HvBorn *right = b;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  if (left->is_alone != right->is_alone)
    return left->is_alone ? -1 : 1;
  return left->address < right->address ? -1 : left->address > right->address;
}

/* Lists a block, as long as there are not enough larger ones. */
static void list_born(Walk *walk, const HvBorn *born) {
  if (!walk->matches || born->bytes < walk->born_from)
    return;
  g_array_append_val(walk->born, *born);
  if (walk->born->len < 4 * HV_COMPARE_BORN_MAX)
    return;
  g_array_sort(walk->born, compare_born);
  g_array_set_size(walk->born, HV_COMPARE_BORN_MAX);
  walk->born_from = g_array_index(walk->born, HvBorn, HV_COMPARE_BORN_MAX - 1).bytes;
}

static guint64 live_word(const guint64 *a, const guint64 *b, guint word) {
  return a == NULL ? 0 : a[word] & ~b[word];
}

/* Counts the blocks of one span. Either side may be -1: there is no such span. */
static void compare_small(Walk *walk, int old, int new) {
  const HvSpan *before = old < 0 ? NULL : &walk->before->spans[old];
  const HvSpan *after = new < 0 ? NULL : &walk->after->spans[new];
  const HvSpan *span = after != NULL ? after : before;
  HvClassChange *change = &walk->change[span->size_class];
  const guint64 *before_b = NULL;
  const guint64 *after_b = NULL;
  const guint64 *before_a = old < 0 ? NULL : hv_frame_span_planes(walk->before, old, &before_b);
  const guint64 *after_a = new < 0 ? NULL : hv_frame_span_planes(walk->after, new, &after_b);
  guint64 live_before = before == NULL ? 0 : before->live;
  guint64 live_after = after == NULL ? 0 : after->live;
  guint64 born = 0;
  guint64 gone = 0;
  if ((before != NULL && before_a == NULL) || (after != NULL && after_a == NULL)) {
    born = live_after - MIN(live_before, live_after);
    gone = live_before - MIN(live_before, live_after);
  } else {
    guint64 address = after == NULL ? 0 : hv_frame_span_address(walk->after, (guint) new);
    for (guint word = 0; word < (span->capacity + 63) / 64; word++) {
      guint64 was = live_word(before_a, before_b, word);
      guint64 is = live_word(after_a, after_b, word);
      born += (guint64)__builtin_popcountll(is & ~was);
      gone += (guint64)__builtin_popcountll(was & ~is);
      for (guint64 bits = walk->matches ? is & ~was : 0;
           bits != 0 && span->block_bytes >= walk->born_from; bits &= bits - 1) {
        guint block = word * 64 + (guint)__builtin_ctzll(bits);
        HvBorn entry = {
            .address = address + block * span->block_bytes,
            .bytes = span->block_bytes,
            .size_class = span->size_class,
            .owner = span->owner,
            .is_alone = after->live == 1,
        };
        list_born(walk, &entry);
      }
    }
  }
  walk->matched += walk->matches ? born : 0;
  change->spans += (after != NULL) - (before != NULL);
  change->live_blocks += (gint64)live_after - (gint64)live_before;
  change->born_blocks += born;
  change->gone_blocks += gone;
  change->born_bytes += born * span->block_bytes;
  change->gone_bytes += gone * span->block_bytes;
  change->live_bytes += ((gint64)live_after - (gint64)live_before) * (gint64)span->block_bytes;
}

/* One block that is a thing of its own: a large span, a region. 0 bytes: there is none. */
static void compare_whole(Walk *walk, HvClassChange *change, guint64 before_bytes,
                          const HvBorn *after) {
  gboolean same = before_bytes != 0 && before_bytes == after->bytes;
  change->spans += (after->bytes != 0) - (before_bytes != 0);
  change->live_blocks += (after->bytes != 0) - (before_bytes != 0);
  change->live_bytes += (gint64)after->bytes - (gint64)before_bytes;
  if (same)
    return;
  change->born_blocks += after->bytes != 0;
  change->born_bytes += after->bytes;
  change->gone_blocks += before_bytes != 0;
  change->gone_bytes += before_bytes;
  if (after->bytes == 0)
    return;
  walk->matched += walk->matches;
  list_born(walk, after);
}

static void compare_spans(Walk *walk, int old, int new) {
  const HvSpan *before = old < 0 ? NULL : &walk->before->spans[old];
  const HvSpan *after = new < 0 ? NULL : &walk->after->spans[new];
  if (before != NULL && after != NULL &&
      (before->kind != after->kind || before->size_class != after->size_class ||
       before->capacity != after->capacity)) {
    compare_spans(walk, old, -1);
    compare_spans(walk, -1, new);
    return;
  }
  if ((after != NULL ? after : before)->kind == ALLOC_SPAN_SMALL) {
    compare_small(walk, old, new);
    return;
  }
  HvBorn born = {.size_class = HV_COMPARE_LARGE, .is_alone = TRUE};
  if (after != NULL) {
    born.address = hv_frame_span_address(walk->after, (guint) new);
    born.bytes = after->block_bytes;
    born.owner = after->owner;
  }
  compare_whole(walk, &walk->change[0], before == NULL ? 0 : before->block_bytes, &born);
}

/* Whether blocks of this span or region of the later frame are listed. */
static gboolean is_asked_for(Walk *walk, gboolean is_region, guint index) {
  HvFacts facts;
  if (walk->query == NULL)
    return TRUE;
  if (is_region)
    hv_facts_of_region(walk->after, index, &facts);
  else
    hv_facts_of_span(walk->after, index, &facts);
  return hv_query_matches(walk->query, &facts);
}

static void walk_spans(Walk *walk) {
  guint old = 0;
  guint new = 0;
  while (old < walk->before->span_count || new < walk->after->span_count) {
    guint64 before =
        old < walk->before->span_count ? hv_frame_span_address(walk->before, old) : G_MAXUINT64;
    guint64 after =
        new < walk->after->span_count ? hv_frame_span_address(walk->after, new) : G_MAXUINT64;
    walk->matches = after <= before && is_asked_for(walk, FALSE, new);
    compare_spans(walk, before <= after ? (int)old : -1, after <= before ? (int)new : -1);
    old += before <= after;
    new += after <= before;
  }
}

static void walk_regions(Walk *walk) {
  guint old = 0;
  guint new = 0;
  HvClassChange *change = &walk->change[walk->class_count];
  while (old < walk->before->region_count || new < walk->after->region_count) {
    const struct alloc_region_record *before =
        old < walk->before->region_count ? &walk->before->regions[old] : NULL;
    const struct alloc_region_record *after =
        new < walk->after->region_count ? &walk->after->regions[new] : NULL;
    gboolean has_old = before != NULL && (after == NULL || before->block <= after->block);
    gboolean has_new = after != NULL && (before == NULL || after->block <= before->block);
    HvBorn born = {.size_class = HV_COMPARE_REGIONS, .is_alone = TRUE};
    if (has_new) {
      born.address = after->block;
      born.bytes = after->usable_bytes;
      born.owner = after->owner;
    }
    walk->matches = has_new && is_asked_for(walk, TRUE, new);
    compare_whole(walk, change, has_old ? before->usable_bytes : 0, &born);
    old += has_old;
    new += has_new;
  }
}

static gint compare_changes(gconstpointer a, gconstpointer b) {
  const HvClassChange *left = a;
  const HvClassChange *right = b;
  gint64 left_bytes = ABS(left->live_bytes);
  gint64 right_bytes = ABS(right->live_bytes);
  if (left_bytes != right_bytes)
    return left_bytes > right_bytes ? -1 : 1;
  return left->size_class < right->size_class ? -1 : left->size_class > right->size_class;
}

/* Adds up, and keeps what changed. */
static void finish(HvCompare *compare, Walk *walk) {
  for (guint i = 0; i <= walk->class_count; i++) {
    HvClassChange *change = &walk->change[i];
    change->size_class = i == walk->class_count ? HV_COMPARE_REGIONS : i;
    if (i < walk->after->class_count)
      change->block_bytes = walk->after->classes[i].block_bytes;
    else if (i < walk->before->class_count)
      change->block_bytes = walk->before->classes[i].block_bytes;
    compare->total.spans += change->spans;
    compare->total.live_blocks += change->live_blocks;
    compare->total.live_bytes += change->live_bytes;
    compare->total.born_blocks += change->born_blocks;
    compare->total.born_bytes += change->born_bytes;
    compare->total.gone_blocks += change->gone_blocks;
    compare->total.gone_bytes += change->gone_bytes;
    if (change->spans != 0 || change->born_blocks != 0 || change->gone_blocks != 0)
      g_array_append_val(compare->classes, *change);
  }
  g_array_sort(compare->classes, compare_changes);
  g_array_sort(compare->born, compare_born);
  if (compare->born->len > HV_COMPARE_BORN_MAX)
    g_array_set_size(compare->born, HV_COMPARE_BORN_MAX);
}

HvCompare *hv_compare_new(HvFrame *before, HvFrame *after, HvQuery *query) {
  HvCompare *compare = g_new0(HvCompare, 1);
  g_atomic_ref_count_init(&compare->references);
  compare->classes = g_array_new(FALSE, FALSE, sizeof(HvClassChange));
  compare->born = g_array_new(FALSE, FALSE, sizeof(HvBorn));
  Walk walk = {
      .before = before,
      .after = after,
      .class_count = MAX(MAX(before->class_count, after->class_count), 1),
      .born = compare->born,
      .query = query,
  };
  walk.change = g_new0(HvClassChange, walk.class_count + 1u);
  walk_spans(&walk);
  walk_regions(&walk);
  compare->matched = walk.matched;
  finish(compare, &walk);
  g_free(walk.change);
  return compare;
}

HvCompare *hv_compare_ref(HvCompare *compare) {
  g_atomic_ref_count_inc(&compare->references);
  return compare;
}

void hv_compare_unref(HvCompare *compare) {
  if (!g_atomic_ref_count_dec(&compare->references))
    return;
  g_array_unref(compare->classes);
  g_array_unref(compare->born);
  g_free(compare);
}

const HvClassChange *hv_compare_classes(HvCompare *compare, guint *count) {
  *count = compare->classes->len;
  return (const HvClassChange *)(gpointer)compare->classes->data;
}

const HvClassChange *hv_compare_total(HvCompare *compare) {
  return &compare->total;
}

const HvBorn *hv_compare_born(HvCompare *compare, guint *count) {
  *count = compare->born->len;
  return (const HvBorn *)(gpointer)compare->born->data;
}

guint64 hv_compare_born_matched(HvCompare *compare) {
  return compare->matched;
}
