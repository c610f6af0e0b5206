/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a frame as they are kept: as published, but with an HvSpan for every span, behind
 * them an HvPurged for those that have purged pages, and what lay behind the spans closer to them.
 *
 *   | head, sections | 64 x n          | sections |      published, of head->bytes
 *   | head, sections | 48 x n | 16 x k | sections |      kept; offsets in the head are as published
 *
 * k <= n, so that a frame is packed where it is. Nothing is lost but what is reserved.
 */
#include <string.h>

#include "viewer/model/frame_private.h"

_Static_assert(sizeof(HvSpan) + sizeof(HvPurged) <= sizeof(struct alloc_span_record),
               "a frame grows nowhere when it is packed");
_Static_assert(sizeof(HvSpan) % 8 == 0 && sizeof(HvPurged) % 8 == 0, "sections stay aligned");
_Static_assert(HV_FRAME_MAX_BYTES / sizeof(guint64) < HV_NO_BITMAP, "32 bits number all words");

static HvSpan pack_span(const struct alloc_span_record *record) {
  return (HvSpan){
      .slice = record->slice,
      .slices = record->slices,
      .size_class = record->size_class,
      .kind = record->kind,
      .owner = record->owner,
      .capacity = record->capacity,
      .live = record->live,
      .cached = record->cached,
      .transit = record->transit,
      .touched = record->touched,
      .epoch = record->epoch,
      /* One that is too large stays it. */
      .bitmap_word = record->bitmap_word == ALLOC_NO_BITMAP
                         ? HV_NO_BITMAP
                         : (guint32)MIN(record->bitmap_word, HV_NO_BITMAP - 1),
      .block_bytes = record->block_bytes,
  };
}

static struct alloc_span_record publish_span(const HvSpan *span, guint64 purged_pages) {
  return (struct alloc_span_record){
      .slice = span->slice,
      .slices = span->slices,
      .size_class = span->size_class,
      .kind = span->kind,
      .owner = span->owner,
      .capacity = span->capacity,
      .live = span->live,
      .cached = span->cached,
      .transit = span->transit,
      .touched = span->touched,
      .epoch = span->epoch,
      .block_bytes = span->block_bytes,
      .bitmap_word = span->bitmap_word == HV_NO_BITMAP ? ALLOC_NO_BITMAP : span->bitmap_word,
      .purged_pages = purged_pages,
  };
}

gsize hv_frame_pack(guint8 *data, gsize size) {
  struct alloc_section_table table =
      ((const struct alloc_frame *)(gconstpointer)data)->section[ALLOC_SECTION_SPANS];
  g_autoptr(GArray) purged = g_array_new(FALSE, FALSE, sizeof(HvPurged));
  if (table.count == 0)
    return size;
  const guint8 *from = data + table.offset;
  guint8 *to = data + table.offset;
  for (guint64 i = 0; i < table.count; i++) {
    struct alloc_span_record record;
    memcpy(&record, from, sizeof record);
    HvSpan span = pack_span(&record);
    memcpy(to, &span, sizeof span);
    from += sizeof record;
    to += sizeof span;
    if (record.purged_pages != 0)
      g_array_append_val(purged, ((HvPurged){.span = i, .pages = record.purged_pages}));
  }
  if (purged->len != 0)
    memcpy(to, purged->data, purged->len * sizeof(HvPurged));
  to += purged->len * sizeof(HvPurged);
  memmove(to, from, (gsize)(data + size - from));
  return size - (gsize)(from - to);
}

GBytes *hv_frame_publish(HvFrame *frame) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(frame->bytes, &size);
  if (frame->span_count == 0)
    return g_bytes_ref(frame->bytes);
  guint8 *published = g_malloc(frame->head->bytes);
  const guint8 *spans = (const guint8 *)frame->spans;
  const guint8 *behind =
      spans + frame->span_count * sizeof(HvSpan) + frame->purged_count * sizeof(HvPurged);
  guint8 *to = published + (spans - data);
  guint next = 0;
  memcpy(published, data, (gsize)(spans - data));
  for (guint i = 0; i < frame->span_count; i++) {
    gboolean is_purged = next < frame->purged_count && frame->purged[next].span == i;
    struct alloc_span_record record =
        publish_span(&frame->spans[i], is_purged ? frame->purged[next].pages : 0);
    memcpy(to, &record, sizeof record);
    to += sizeof record;
    next += is_purged;
  }
  memcpy(to, behind, (gsize)(data + size - behind));
  return g_bytes_new_take(published, frame->head->bytes);
}
