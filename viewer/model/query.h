/* SPDX-License-Identifier: MIT */
/*
 * The language of filters, the same for lists, the map and alloc-inspect:
 *
 *   query  = term { " " term }                       all terms must hold
 *   term   = [ "!" ] ( field compare value | field ":" low ".." high | address | word )
 *   field  = size held class live waste fill cached transit purged blocks capacity spans thread
 *            arena idle limit refills flushes hits depth pins resident huge
 *            age churn kind
 *   compare = ":" "=" "!=" "<" "<=" ">" ">="         ":" and "=" are the same
 *   address = 0x7f00 | 0x7f00-0x8000 | 0x7f00+64K    things that touch these addresses
 *   word   = part of the name of a thread, or of the kind of a thing; "in quotes" with blanks
 *
 * Sizes take K, M, G, T (size>=1M), shares are percentages (fill<10%, hits<90%), times take ns us
 * ms s min h d (idle>60s), thread takes a number or a part of a name (thread:17, thread:worker),
 * kind one of span large region free header class thread arena block stack (kind:region). What a
 * thing does not have, such as the fill of a region, holds for no comparison.
 *
 * Immutable, any thread.
 */
#pragma once

#include "viewer/model/facts.h"

G_BEGIN_DECLS

typedef struct HvQuery HvQuery;

/**
 * hv_query_parse:
 * @text: what was typed; blank text matches everything
 * @position: (out) (optional): where the mistake begins, characters from 0
 * @error: HV_ERROR_ARGUMENT, a sentence about the word at fault
 *
 * Returns: (transfer full): the query, or NULL with @error set
 */
HvQuery *hv_query_parse(const char *text, guint *position, GError **error);
HvQuery *hv_query_ref(HvQuery *query);
void hv_query_unref(HvQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvQuery, hv_query_unref)

/* The text it was made of. (transfer none) */
const char *hv_query_text(HvQuery *query);

/* Whether it has no term, and so matches everything. */
gboolean hv_query_is_empty(HvQuery *query);

/* Bit per HvField that its terms compare. */
guint32 hv_query_fields(HvQuery *query);

gboolean hv_query_matches(HvQuery *query, const HvFacts *facts);

/* The name of a field in queries, tables and JSON: "size". (transfer none) */
const char *hv_field_key(HvField field);

G_END_DECLS
