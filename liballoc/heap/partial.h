/* SPDX-License-Identifier: MIT */
/*
 * partial.h: the spans of a cache with free blocks, a list for each class, and the free pages in
 * them, which are given back when there are too many.
 *
 *   head (taken from first) ... spans in front ... | ... spans behind ...
 *
 * A heap is fragmented when half of its bytes are free in spans that some survivor holds, and more
 * of those may be resident than free slices may, and than was given back in vain of late (purge.h):
 * a heap that serves one thing and another in turn soon keeps its pages. When such a heap grows all
 * the same, it gives back free pages, twice as much as it takes, those of spans with large blocks
 * first, which have most of them. A span that was done goes behind the others, where it is taken
 * from last, and back in front when an eighth of it has been freed since. A heap that finds room in
 * its spans does not grow, and gives nothing back.
 *
 *   span behind:   span.done = its free blocks when it was done <= span.free
 *   behind_bytes = sum of span.done * block_bytes over the spans behind
 *
 * All with the lock of the cache held, unless it says otherwise.
 */
#ifndef LIBALLOC_PARTIAL_H
#define LIBALLOC_PARTIAL_H

#include "heap/cache.h"

enum { PARTIAL_AGAIN_SHARE = 8 };

/* The span counts as one in front, where it now is. */
static inline void partial_forget_done(struct cache *cache, struct span *span) {
  cache->behind_bytes -= span->done * (size_t)size_classes[span->size_class].block_bytes;
  span->listed = SPAN_IN_FRONT;
}

/* Puts a span with free blocks first into the list of its class. The head's previous one is the
 * last. */
static inline void partial_add(struct cache *cache, struct span *span) {
  struct span **head = &cache->partial[span->size_class], *first = *head;

  span->next = first;
  span->previous = first ? first->previous : span;
  if (first)
    first->previous = span;
  *head = span;
  span->listed = SPAN_IN_FRONT;
}

static inline void partial_remove(struct cache *cache, struct span *span) {
  struct span **head = &cache->partial[span->size_class];

  if (unlikely(span->listed == SPAN_BEHIND))
    partial_forget_done(cache, span);
  if (*head == span)
    *head = span->next;
  else
    span->previous->next = span->next;
  if (span->next)
    span->next->previous = span->previous;
  else if (*head)
    (*head)->previous = span->previous;
  span->listed = SPAN_UNLISTED;
}

/* The span, which is listed, is the only one in its list. */
static inline bool partial_is_alone(const struct span *span) {
  return span->previous == span;
}

/* Blocks of the span have come back: it is listed, and in front if it is worth another look. */
static inline void partial_note_put(struct cache *cache, struct span *span) {
  if (span->listed == SPAN_IN_FRONT)
    return;
  if (span->listed == SPAN_BEHIND) {
    if (span->free - span->done < span->capacity / PARTIAL_AGAIN_SHARE)
      return;
    partial_remove(cache, span);
  }
  partial_add(cache, span);
}

/* Blocks of the head have been taken: it is listed while there are others. */
static inline void partial_note_take(struct cache *cache, struct span *span) {
  if (unlikely(span->listed == SPAN_BEHIND))
    partial_forget_done(cache, span);
  if (span->free == 0)
    partial_remove(cache, span);
}

/* The heap has taken so many bytes: gives back free pages if it is fragmented; bytes given back.
 * *looked tells at how many spans it has looked; 0: there are no more. */
HIDDEN size_t partial_give_back(struct cache *cache, size_t bytes, unsigned *looked);

/* The same for a large block of the calling thread, as long as it takes; the lock is not held. */
HIDDEN void partial_give_back_for(size_t bytes);

#endif
