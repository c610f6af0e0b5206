/* SPDX-License-Identifier: MIT */
/*
 * Heaps that never were: frames of every shape from a seed, valid unless a test breaks them. One
 * thread per heap.
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef enum {
  SYNTHETIC_EMPTY,       /* no arena */
  SYNTHETIC_ONE_BLOCK,   /* one arena, one span, one live block */
  SYNTHETIC_ALL_CLASSES, /* spans of every class, large spans, regions, all states */
  SYNTHETIC_UNPUBLISHED, /* the same with bitmaps for every other span only */
  SYNTHETIC_REGIONS,     /* regions only, small and huge */
  SYNTHETIC_SCATTERED,   /* arenas and regions far apart, out of order in the file */
  SYNTHETIC_SPARSE,      /* 100 GiB of arenas, one span in each 64, no bitmaps */
  SYNTHETIC_SMALL,       /* a few of everything, out of order in the file */
  SYNTHETIC_KINDS,
} SyntheticKind;

typedef struct SyntheticHeap SyntheticHeap;

/* A heap of @kind; the same @seed gives the same heap. */
SyntheticHeap *synthetic_heap_new(SyntheticKind kind, guint32 seed);
void synthetic_heap_free(SyntheticHeap *heap);

/* Allocates and frees @changes blocks at random places. */
void synthetic_heap_churn(SyntheticHeap *heap, guint changes);

/* Header of a snapshot file of this process, with room for frames of @buffer_bytes. */
void synthetic_header(struct alloc_snapshot_header *header, guint64 buffer_bytes);

/* The heap as frame @seq. Returns: (transfer full): its bytes. */
GByteArray *synthetic_heap_publish(SyntheticHeap *heap, guint64 seq);

/**
 * synthetic_heap_frame:
 * @seq: number of the frame, from 1
 * @realtime_ns, @monotonic_ns: when it was taken; 0: as synthetic_heap_publish() has it
 *
 * Returns: (transfer full): the heap as an accepted frame; ends the program when it is refused
 */
HvFrame *synthetic_heap_frame(SyntheticHeap *heap, guint64 seq, guint64 realtime_ns,
                              guint64 monotonic_ns);

/* The first frame of such a heap. */
HvFrame *synthetic_frame(SyntheticKind kind, guint32 seed);

/* A heap of @spans spans with ten blocks each, 64 KiB apart, and its first frame; for the bench. */
SyntheticHeap *synthetic_heap_of_spans(guint spans);
HvFrame *synthetic_frame_of_spans(guint spans);

const char *synthetic_kind_name(SyntheticKind kind);

G_END_DECLS
