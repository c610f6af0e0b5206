/* SPDX-License-Identifier: MIT */
/*
 * See trim.h. A page goes back when all blocks with a byte in it are free, and some of it may have
 * been touched: as span_purgeable() of the allocator has it.
 */
#include "viewer/model/trim.h"

#include <glib/gi18n.h>

#include "viewer/model/facts.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/units.h"

/* Whether none of the blocks from @first to @last is in use. */
static gboolean blocks_are_free(const guint64 *a, const guint64 *b, guint first, guint last) {
  for (guint block = first; block <= last; block++)
    if (hv_map_bit(a, block) || hv_map_bit(b, block))
      return FALSE;
  return TRUE;
}

static guint64 span_pages(HvFrame *frame, guint index) {
  const HvSpan *span = &frame->spans[index];
  guint64 page_bytes = frame->header.page_bytes;
  guint64 purged = hv_frame_span_purged(frame, index);
  guint64 touched = MIN(span->touched * span->block_bytes, hv_frame_span_bytes(frame, index));
  const guint64 *b = NULL;
  const guint64 *a = hv_frame_span_planes(frame, index, &b);
  guint64 bytes = 0;
  for (guint64 page = 0; page * page_bytes < touched; page++) {
    guint64 begin = page * page_bytes;
    guint first = (guint)(begin / span->block_bytes);
    guint last = (guint)((begin + page_bytes - 1) / span->block_bytes);
    if ((purged >> page & 1) == 0 && blocks_are_free(a, b, first, MIN(last, span->capacity - 1u)))
      bytes += page_bytes;
  }
  return bytes;
}

guint64 hv_trim_bytes(HvFrame *frame, HvReasons *reasons, gboolean *exact) {
  guint64 bytes = 0;
  *exact = TRUE;
  for (guint i = 0; i < hv_reasons_count(reasons); i++) {
    const HvReason *reason = hv_reasons_get(reasons, i);
    if (reason->kind == HV_REASON_DIRTY)
      bytes += (guint64)MAX(reason->bytes, 0);
  }
  for (guint i = 0; i < frame->span_count; i++) {
    const HvSpan *span = &frame->spans[i];
    guint used = span->live + span->cached + span->transit;
    HvFacts facts;
    if (span->kind != ALLOC_SPAN_SMALL || used >= span->capacity)
      continue;
    if (used == 0) {
      hv_facts_of_span(frame, i, &facts);
      bytes += facts.value[HV_FIELD_HELD];
    } else if (hv_frame_span_is_exact(frame, i)) {
      bytes += span_pages(frame, i);
    } else {
      *exact = FALSE;
    }
  }
  return bytes;
}

char *hv_trim_describe(guint64 bytes, gboolean exact) {
  g_autofree char *text = hv_format_bytes((gint64)bytes);
  if (bytes == 0 && exact)
    return g_strdup(_("A trim would give back nothing: no free page is whole."));
  return g_strdup_printf(
      exact ? _("A trim would give back %s.") : _("A trim would give back at least %s."), text);
}
