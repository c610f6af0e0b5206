/* SPDX-License-Identifier: MIT */
/*
 * Which addresses of a heap a query is about: the map brings them out and dims the rest. Ranges
 * ascend and do not touch each other. Immutable, any thread.
 */
#pragma once

#include "viewer/model/query.h"

G_BEGIN_DECLS

typedef struct HvHighlight HvHighlight;

typedef struct {
  guint64 begin;
  guint64 end;
} HvRange;

/**
 * hv_highlight_new:
 * @query: which spans, free slices, arena headers and regions
 *
 * O(spans log spans). Returns: (transfer full)
 */
HvHighlight *hv_highlight_new(HvFrame *frame, HvQuery *query);
/* One range: [begin, end). (transfer full) */
HvHighlight *hv_highlight_new_range(guint64 begin, guint64 end);
/**
 * hv_highlight_new_calls:
 * @calls: (array length=n_calls): call stacks of the frame's profile
 *
 * The sampled live blocks that they have allocated. O(samples log samples). Returns: (transfer
 * full)
 */
HvHighlight *hv_highlight_new_calls(HvFrame *frame, const guint *calls, guint n_calls);
HvHighlight *hv_highlight_ref(HvHighlight *highlight);
void hv_highlight_unref(HvHighlight *highlight);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvHighlight, hv_highlight_unref)

/* Whether both, either of them NULL, show the same addresses. */
gboolean hv_highlight_equal(HvHighlight *a, HvHighlight *b);

const HvRange *hv_highlight_ranges(HvHighlight *highlight, guint *count);

/* Things that match, and the bytes of address space they take. */
guint64 hv_highlight_things(HvHighlight *highlight);
guint64 hv_highlight_bytes(HvHighlight *highlight);

/* Whether any byte of [begin, end) is in it. O(log n). */
gboolean hv_highlight_touches(HvHighlight *highlight, guint64 begin, guint64 end);

G_END_DECLS
