/* SPDX-License-Identifier: MIT */
/*
 * Who holds memory: for the spans, large blocks and mmapped regions that a query matches, the call
 * stacks that have allocated the live blocks in them, as far as sampled blocks tell.
 *
 * A live block of a span with n live blocks holds an n-th of what the span holds (release.h), a
 * large block or region all of it. A sampled one stands for 1 / p of its like (snapshot-format.md):
 *
 *   held (call) = sum over its samples in matching places of  held (place) / live (place) / p
 *
 * Immutable, any thread.
 */
#pragma once

#include "viewer/model/profile.h"
#include "viewer/model/query.h"

G_BEGIN_DECLS

typedef struct {
  const HvProfileSite *site;
  guint64 samples;
  guint64 blocks;     /* estimate */
  guint64 held_bytes; /* estimate */
} HvHolder;

/**
 * hv_holders_new:
 * @query: (nullable): which places; NULL: all
 *
 * O(samples log spans). Returns: (transfer full) (element-type HvHolder): most held bytes first;
 * the @site belongs to @profile
 */
GArray *hv_holders_new(HvProfile *profile, HvQuery *query);

/**
 * hv_holders_of:
 *
 * The same for a query as text, NULL or one that cannot be read giving no holders.
 */
GArray *hv_holders_of(HvProfile *profile, const char *query);

/**
 * hv_holders_tell:
 * @query: (nullable): as text
 *
 * Returns: (transfer full) (nullable): those that hold most of it, one a line, or NULL when no
 * sampled block is in what the query matches.
 */
char *hv_holders_tell(HvProfile *profile, const char *query);

/* "12.5 MiB by about 4,000 blocks of keep_middle (profiled.c:42)": the innermost function of the
 * call stack that has a line, or else the innermost. (transfer full) */
char *hv_holder_text(const HvHolder *holder);

G_END_DECLS
