/* SPDX-License-Identifier: MIT */
/*
 * The heap of a large server: as many spans as so many bytes have, small classes more often than
 * large ones, from hardly filled to full. For the bench. One thread per heap.
 *
 * Bitmaps are published as doc/snapshot-format.md says: of all spans, or where they would take more
 * than 64 MiB, of those alone that somebody looks at. Blocks are not kept but worked out from the
 * number of their span and how often it changed, since a hundred gibibytes have half a billion.
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef struct ServerHeap ServerHeap;

/* A heap of arenas of @bytes; the same @seed gives the same heap. */
ServerHeap *server_heap_new(guint64 bytes, guint32 seed);
void server_heap_free(ServerHeap *heap);

/* Changes up to 64 blocks of each of @spans spans at random places. */
void server_heap_churn(ServerHeap *heap, guint spans);

/* Addresses that somebody looks at. */
typedef struct {
  guint64 begin;
  guint64 end;
} ServerHeapWindow;

/**
 * server_heap_publish:
 * @seq: number of the frame, from 1
 * @windows: @n_windows wishes; none: no preference
 *
 * Returns: (transfer full): the bytes of the frame
 */
GByteArray *server_heap_publish(ServerHeap *heap, guint64 seq, const ServerHeapWindow *windows,
                                guint n_windows);

G_END_DECLS
