/* SPDX-License-Identifier: MIT */
/*
 * What changed from one frame to another, A to B: classes, and the blocks that are live at B and
 * were not at A. A block is the same when its address, its size and its being live are. Immutable,
 * any thread.
 *
 *   live blocks (B) - live blocks (A) = born - gone            for each class, and all together
 */
#pragma once

#include "viewer/model/query.h"

G_BEGIN_DECLS

typedef struct HvCompare HvCompare;

/* Classes that are none. */
#define HV_COMPARE_LARGE   0u
#define HV_COMPARE_REGIONS G_MAXUINT

/* Born blocks that are listed one by one. */
#define HV_COMPARE_BORN_MAX 1000

/*
 * HvClassChange:
 * @size_class: or HV_COMPARE_LARGE, HV_COMPARE_REGIONS
 * @block_bytes: of a size class, else 0
 * @spans, @live_blocks, @live_bytes: what B has more than A
 * @born_blocks, @born_bytes: live at B, not at A; @gone_blocks, @gone_bytes: the other way
 */
typedef struct {
  guint size_class;
  guint64 block_bytes;
  gint64 spans;
  gint64 live_blocks;
  gint64 live_bytes;
  guint64 born_blocks;
  guint64 born_bytes;
  guint64 gone_blocks;
  guint64 gone_bytes;
} HvClassChange;

/*
 * HvBorn:
 * @bytes: usable bytes of the block
 * @size_class: or HV_COMPARE_LARGE, HV_COMPARE_REGIONS
 * @owner: of its span or region, 0: none
 * @is_alone: the only live block of its span: a pin
 */
typedef struct {
  guint64 address;
  guint64 bytes;
  guint size_class;
  guint32 owner;
  gboolean is_alone;
} HvBorn;

/**
 * hv_compare_new:
 * @before, @after: frames of one process
 * @query: (nullable): the born blocks that are listed lie in spans and regions of @after that it
 *   matches; all others only count
 *
 * Linear in spans and bitmaps. Returns: (transfer full)
 */
HvCompare *hv_compare_new(HvFrame *before, HvFrame *after, HvQuery *query);
HvCompare *hv_compare_ref(HvCompare *compare);
void hv_compare_unref(HvCompare *compare);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvCompare, hv_compare_unref)

/* Classes that changed, those whose live bytes changed most first. */
const HvClassChange *hv_compare_classes(HvCompare *compare, guint *count);

/* The sums over all classes; size_class and block_bytes are 0. */
const HvClassChange *hv_compare_total(HvCompare *compare);

/* The largest of the born blocks, and of equal ones first those alone in their spans. Spans without
 * bitmaps only count: their blocks are not known one by one. */
const HvBorn *hv_compare_born(HvCompare *compare, guint *count);

/* How many born blocks lie in what the query matches, known one by one or not. */
guint64 hv_compare_born_matched(HvCompare *compare);

G_END_DECLS
