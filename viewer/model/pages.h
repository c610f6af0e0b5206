/* SPDX-License-Identifier: MIT */
/*
 * Which pages of the heap are resident: a bit a page over arenas and regions, with counts along
 * them, so that any range is answered in constant time after a search. Read from
 * /proc/PID/pagemap, or for a saved frame as far as the allocator knows. Immutable, any thread.
 */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef struct HvPages HvPages;

/* What the allocator itself knows: purged, clean and untouched pages are not resident.
 * (transfer full) */
HvPages *hv_pages_from_frame(HvFrame *frame);

/**
 * hv_pages_read:
 * @pid: the process that @frame is of
 *
 * 8 bytes are read for every page of the heap. Returns: (transfer full): the pages, or NULL when
 * the process is another one now or does not let itself be looked at.
 */
HvPages *hv_pages_read(HvFrame *frame, guint pid);

HvPages *hv_pages_ref(HvPages *pages);
void hv_pages_unref(HvPages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvPages, hv_pages_unref)

/* Whether the kernel was asked. */
gboolean hv_pages_is_exact(HvPages *pages);

/**
 * hv_pages_count:
 * @regions: count in regions, else in arenas
 * @begin, @end: addresses
 * @resident, @swapped: (out): bytes of arenas (regions) between the two that are resident, in swap
 */
void hv_pages_count(HvPages *pages, gboolean regions, guint64 begin, guint64 end, guint64 *resident,
                    guint64 *swapped);

G_END_DECLS
