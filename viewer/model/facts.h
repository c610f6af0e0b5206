/* SPDX-License-Identifier: MIT */
/*
 * What can be asked about one thing of a heap (a span, a size class, a thread cache, an mmapped
 * region, an arena, a run of free slices, a pinning block), under one name each, so that lists,
 * filters and the map mean the same by "waste" or "fill". Plain data, any thread.
 *
 * Of a span:
 *
 *   size  = pages that hold nothing (purged, or never reached) + held
 *   held  = live + cached + transit + waste          what it may keep resident
 *   fill  = live blocks / capacity
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef enum {
  HV_FIELD_SIZE,     /* bytes of address space */
  HV_FIELD_HELD,     /* bytes: of them, what may be resident */
  HV_FIELD_CLASS,    /* bytes of a block */
  HV_FIELD_LIVE,     /* bytes in the program's hands */
  HV_FIELD_WASTE,    /* bytes held that are neither live nor cached nor in transit */
  HV_FIELD_FILL,     /* live of all blocks, millionths */
  HV_FIELD_CACHED,   /* bytes in thread caches */
  HV_FIELD_TRANSIT,  /* bytes freed by another thread, not collected yet */
  HV_FIELD_PURGED,   /* bytes given back */
  HV_FIELD_BLOCKS,   /* live blocks */
  HV_FIELD_CAPACITY, /* blocks there is room for */
  HV_FIELD_SPANS,    /* spans */
  HV_FIELD_THREAD,   /* kernel thread id of the owner, with its name; 0: the thread has ended */
  HV_FIELD_ARENA,    /* number of the arena, ascending address */
  HV_FIELD_IDLE,     /* ns since the thread's last slow path */
  HV_FIELD_LIMIT,    /* bytes a cache may hold at present */
  HV_FIELD_REFILLS,  /* mallocs that found the cache empty, since the process started */
  HV_FIELD_FLUSHES,  /* frees that found it full, since the process started */
  HV_FIELD_HITS,     /* share of mallocs that the cache has served, at least, millionths */
  HV_FIELD_DEPTH,    /* chunks of a stack of scopes below this one */
  HV_FIELD_PINS,     /* bytes that one block keeps from being given back */
  HV_FIELD_CHURN,    /* bytes of blocks that came or went, a second */
  HV_FIELD_TIME,     /* CLOCK_REALTIME ns of an event */
  HV_FIELD_COUNT,    /* how many things an event is about */
  HV_FIELD_RESIDENT, /* resident bytes of size, by the kernel, millionths */
  HV_FIELD_HUGE,     /* resident bytes in huge pages, by the kernel */
  HV_FIELD_AGE,      /* ns that it has been there, as far as it was watched */
  HV_FIELD_KIND,     /* a word, see HvFacts.kind */
  HV_FIELDS,
} HvField;

/*
 * HvFacts:
 * @known: bit per HvField: whether this thing has such a value
 * @value: by HvField
 * @at_least: bit per HvField: whether the value may be more
 * @kind: "span", "large", "region", "free", "header", "class", "thread", "arena", "block",
 *   "stack", or hv_event_key()
 * @name: of the thread, as published: not always UTF-8, empty when there is none
 * @plain: (nullable): a name of ours in English, for files of data; NULL: @name is no word of ours
 * @begin, @end: its addresses; @end 0: it is not in one place
 */
typedef struct {
  guint32 known;
  guint32 at_least;
  guint64 value[HV_FIELDS];
  const char *kind;
  const char *name;
  const char *plain;
  guint64 begin;
  guint64 end;
} HvFacts;

static inline void hv_facts_set(HvFacts *facts, HvField field, guint64 value) {
  facts->value[field] = value;
  facts->known |= 1u << field;
}

static inline gboolean hv_facts_has(const HvFacts *facts, HvField field) {
  return (facts->known >> field & 1) != 0;
}

/* Share in millionths, never rounded up to the whole. */
guint64 hv_millionths(guint64 part, guint64 whole);

/* Facts about record number @index of the frame; names stay valid as long as the frame. */
void hv_facts_of_span(HvFrame *frame, guint index, HvFacts *facts);
void hv_facts_of_region(HvFrame *frame, guint index, HvFacts *facts);
void hv_facts_of_cache(HvFrame *frame, guint index, HvFacts *facts);

void hv_facts_of_stack(HvFrame *frame, guint index, HvFacts *facts);

/* About an arena, but for what its spans hold: add them with hv_facts_add_span(). */
void hv_facts_of_arena(HvFrame *frame, guint index, HvFacts *facts);

/* Adds sizes and counts of the span @span to those of @sum; call hv_facts_finish() at the end. */
void hv_facts_add_span(HvFacts *sum, const HvFacts *span);
void hv_facts_finish(HvFacts *sum);

/* Called for each thing on the map; @facts is valid during the call. */
typedef void (*HvFactsFunc)(const HvFacts *facts, gpointer data);

/**
 * hv_facts_each_place:
 *
 * Calls @func for every span, run of free slices ("free", dirty ones with waste), arena header and
 * region of @frame. O(spans + arenas x slices + regions).
 */
void hv_facts_each_place(HvFrame *frame, HvFactsFunc func, gpointer data);

G_END_DECLS
