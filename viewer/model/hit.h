/* SPDX-License-Identifier: MIT */
/*
 * What lies at an address: everything that hover, selection, JSON and labels say about a place.
 * A hit is plain data; its pointers live as long as the frame.
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef enum {
  HV_HIT_NOTHING,      /* not in the heap */
  HV_HIT_ARENA_HEADER, /* metadata at the head of an arena */
  HV_HIT_FREE_SLICES,  /* a run of free slices of equal state */
  HV_HIT_BLOCK,        /* a block of a small span, or a large one */
  HV_HIT_TAIL,         /* end of a small span */
  HV_HIT_REGION,       /* an mmapped region */
} HvHitKind;

/*
 * HvHit:
 * @kind: what was hit
 * @state: its state; HV_STATE_NONE for a block of a span without bitmaps
 * @address: the address asked for
 * @begin: first address of the thing hit
 * @end: first address behind it
 * @block_bytes: usable bytes of a block or region, else 0
 * @arena_index, @span_index, @region_index: indices into the frame, -1 where there is none
 * @block_index: number of the block in its span
 * @arena, @span, @region, @owner: (nullable): the records; @owner is the cache that owns the span
 *   or whose thread made the large block or the region
 */
typedef struct {
  HvHitKind kind;
  HvState state;
  guint64 address;
  guint64 begin;
  guint64 end;
  guint64 block_bytes;
  int arena_index;
  int span_index;
  int region_index;
  guint block_index;
  const struct alloc_arena_record *arena;
  const HvSpan *span;
  const struct alloc_region_record *region;
  const struct alloc_cache_record *owner;
} HvHit;

/**
 * hv_hit_test:
 * @address: any address
 * @hit: (out): what is there
 *
 * O(log n). Any thread.
 *
 * Returns: FALSE for an address outside the heap; @hit then has kind HV_HIT_NOTHING.
 */
gboolean hv_hit_test(HvFrame *frame, guint64 address, HvHit *hit);

/**
 * hv_hit_describe:
 *
 * Returns: (transfer full): one line for status bars and tooltips, such as
 * "0x7f… block 17 of 1,024 · 64 B · live · span of class 4, 37 % full · thread worker-3 (4711)".
 */
char *hv_hit_describe(const HvHit *hit);

/* Name of a cache for people: "worker-3 (4711)" or "orphaned cache 5". (transfer full) */
char *hv_cache_describe(const struct alloc_cache_record *cache);

G_END_DECLS
