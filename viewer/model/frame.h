/* SPDX-License-Identifier: MIT */
/*
 * One frame of a watched heap: an immutable, validated copy. Nothing that reaches an HvFrame can
 * make its users read out of bounds, and its sums add up; what is torn or absurd never becomes one.
 *
 * Invariants of every frame: arenas and regions ascend by address without overlap; spans ascend
 * by address, lie inside their arena behind its header, and do not overlap each other or free
 * slices; chunks of stacks are grouped by owner, lowest first; bitmaps match the counts of their
 * span; totals equal the sums of the records; every index of the profile is of something.
 * Reference counted, any thread.
 */
#pragma once

#include <gio/gio.h>

#include "liballoc/snapshot.h"
#include "viewer/model/state.h"

G_BEGIN_DECLS

/* The most a reader takes in for one frame; larger claims are absurd. */
#define HV_FRAME_MAX_BYTES (G_GUINT64_CONSTANT(512) << 20)

typedef struct HvFrame HvFrame;

#define HV_NO_BITMAP G_MAXUINT32

/*
 * A span: what struct alloc_span_record says of it, in three quarters of the bytes, as there are
 * millions. Its purged pages, of which most spans have none, are asked for.
 */
typedef struct {
  guint16 slice;
  guint16 slices;
  guint16 size_class;
  guint16 kind; /* enum alloc_span_kind */
  guint32 owner;
  guint32 capacity;
  guint32 live;
  guint32 cached;
  guint32 transit;
  guint32 touched;
  guint32 epoch;
  guint32 bitmap_word; /* HV_NO_BITMAP: none; HV_FRAME_MAX_BYTES of words have smaller numbers */
  guint64 block_bytes;
} HvSpan;

/* Pages of a span that were given back: bit i is page i. */
typedef struct {
  guint64 span;
  guint64 pages;
} HvPurged;

/**
 * hv_frame_new:
 * @header: header of the snapshot file that held the frame
 * @bytes: the frame as published, which is copied
 * @error: HV_ERROR_FOREIGN, HV_ERROR_VERSION, HV_ERROR_CORRUPT or HV_ERROR_TORN
 *
 * Returns: (transfer full): a frame, or NULL with @error set.
 */
HvFrame *hv_frame_new(const struct alloc_snapshot_header *header, GBytes *bytes, GError **error);

/**
 * hv_frame_check_header:
 * @header: a header, hostile
 *
 * Returns: FALSE with HV_ERROR_FOREIGN, HV_ERROR_VERSION or HV_ERROR_CORRUPT unless @header can
 * be one of a snapshot file.
 */
gboolean hv_frame_check_header(const struct alloc_snapshot_header *header, GError **error);

/**
 * hv_frame_load:
 * @path: a saved frame (.heapsnap), or the PID.heap file of a process
 *
 * Reads the newest frame of the file.
 *
 * Returns: (transfer full): the frame, or NULL with an HV_ERROR_* set.
 */
HvFrame *hv_frame_load(const char *path, GError **error);

/* The same with the contents of such a file. */
HvFrame *hv_frame_load_bytes(GBytes *file, GError **error);

/**
 * hv_frame_save:
 * @path: where to; an existing file is replaced only when everything has been written
 *
 * Returns: FALSE with HV_ERROR_IO set; no partial file is left.
 */
gboolean hv_frame_save(HvFrame *frame, const char *path, GError **error);

HvFrame *hv_frame_ref(HvFrame *frame);
void hv_frame_unref(HvFrame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvFrame, hv_frame_unref)

/* The records; all (transfer none), valid as long as the frame. @count: (out) (optional). */
const struct alloc_snapshot_header *hv_frame_header(HvFrame *frame);
const struct alloc_frame *hv_frame_head(HvFrame *frame);
const struct alloc_arena_record *hv_frame_arenas(HvFrame *frame, guint *count);
const HvSpan *hv_frame_spans(HvFrame *frame, guint *count);
const HvPurged *hv_frame_purged(HvFrame *frame, guint *count); /* ascending; none has no pages */
const struct alloc_cache_record *hv_frame_caches(HvFrame *frame, guint *count);
const struct alloc_region_record *hv_frame_regions(HvFrame *frame, guint *count);
const struct alloc_class_record *hv_frame_classes(HvFrame *frame, guint *count);
const struct alloc_stack_record *hv_frame_stacks(HvFrame *frame, guint *count);

/* Mallocs that cache record number @index has served without a slow path, at least; FALSE: a frame
 * of a liballoc that did not tell. */
gboolean hv_frame_cache_hits(HvFrame *frame, guint index, guint64 *hits);

/* The sampled profile: (nullable), and what belongs to it. */
const struct alloc_profile_record *hv_frame_profile(HvFrame *frame);
const struct alloc_call_record *hv_frame_calls(HvFrame *frame, guint *count);
const struct alloc_call_frame_record *hv_frame_call_frames(HvFrame *frame, guint *count);
const struct alloc_sample_record *hv_frame_samples(HvFrame *frame, guint *count);
const struct alloc_object_record *hv_frame_objects(HvFrame *frame, guint *count);

/* Path of the object number @object, from 0, as it was loaded. (transfer full) */
char *hv_frame_object_name(HvFrame *frame, guint object);

/* Program name for people: the process's command name, else the base name of its program. */
const char *hv_frame_process_name(HvFrame *frame);

/* Bytes of one arena, slices x slice_bytes. */
guint64 hv_frame_arena_bytes(HvFrame *frame, guint arena);

/* Bytes in the program's hands: small live + large + regions. */
guint64 hv_frame_live_bytes(HvFrame *frame);

/**
 * hv_frame_find_arena, hv_frame_find_region:
 * @address: any address
 *
 * Returns: index of the arena (region) that holds @address, or -1. O(log n).
 */
int hv_frame_find_arena(HvFrame *frame, guint64 address);
int hv_frame_find_region(HvFrame *frame, guint64 address);

/* Whether a record is what is left of freed regions. */
static inline gboolean hv_region_is_spare(const struct alloc_region_record *region) {
  return region->usable_bytes == 0;
}

/* The state of the region that holds @address, which one has to: live, or free for a spare. */
static inline HvState hv_frame_region_state(HvFrame *frame, guint64 address) {
  const struct alloc_region_record *regions = hv_frame_regions(frame, NULL);
  return hv_region_is_spare(&regions[hv_frame_find_region(frame, address)]) ? HV_STATE_DIRTY
                                                                            : HV_STATE_REGION;
}

/**
 * hv_frame_find_span:
 * @address: any address
 *
 * Returns: index of the span whose slices hold @address, or -1. O(log n).
 */
int hv_frame_find_span(HvFrame *frame, guint64 address);

/* Index of the arena that span number @span lies in. O(log n). */
guint hv_frame_span_arena(HvFrame *frame, guint span);
guint64 hv_frame_span_address(HvFrame *frame, guint span);
guint64 hv_frame_span_bytes(HvFrame *frame, guint span);

/* Purged pages of span number @span: bit i is page i. O(log n). */
guint64 hv_frame_span_purged(HvFrame *frame, guint span);

/* Whether the span's blocks are known one by one: large, or with bitmaps. */
gboolean hv_frame_span_is_exact(HvFrame *frame, guint span);

/**
 * hv_frame_span_planes:
 * @span: index of a small span
 * @b: (out): plane B
 *
 * Returns: (transfer none) (nullable): plane A, (capacity + 63) / 64 words each; NULL without
 * bitmaps.
 */
const guint64 *hv_frame_span_planes(HvFrame *frame, guint span, const guint64 **b);

/**
 * hv_frame_block_state:
 * @span: index of a span
 * @block: index below the span's capacity
 *
 * Returns: the state of one block; HV_STATE_NONE when the span has no bitmaps.
 */
HvState hv_frame_block_state(HvFrame *frame, guint span, guint block);

/**
 * hv_frame_span_mix:
 * @bytes: (out) (array fixed-size=HV_STATE_MAP_COUNT): bytes of the span in each state, their sum
 *   being the span's size
 */
void hv_frame_span_mix(HvFrame *frame, guint span, guint64 *bytes);

/* Cache record with number @owner, or NULL. O(log n). */
const struct alloc_cache_record *hv_frame_find_cache(HvFrame *frame, guint32 owner);

G_END_DECLS
