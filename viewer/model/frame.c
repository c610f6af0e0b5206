/* SPDX-License-Identifier: MIT */
/*
 * HvFrame: finds the sections, brings arenas and regions into ascending order where the writer's
 * order differs (a writer lists arenas as it made them), and answers questions about the records.
 */
#include "viewer/model/frame_private.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/error.h"

static gboolean corrupt(GError **error, const char *what) {
  g_set_error(error, HV_ERROR, HV_ERROR_CORRUPT, _("the snapshot is damaged: %s"), what);
  return FALSE;
}

static gboolean is_power_of_two(guint64 n) {
  return n != 0 && (n & (n - 1)) == 0;
}

gboolean hv_frame_check_header(const struct alloc_snapshot_header *header, GError **error) {
  if (memcmp(header->magic, ALLOC_SNAPSHOT_MAGIC, sizeof header->magic) != 0) {
    g_set_error(error, HV_ERROR, HV_ERROR_FOREIGN,
                _("this is no heap snapshot: it does not begin with %s"), ALLOC_SNAPSHOT_MAGIC);
    return FALSE;
  }
  if (header->version != ALLOC_SNAPSHOT_VERSION) {
    if (header->version == 0)
      return corrupt(error, _("version 0 of the format never existed"));
    g_set_error(
        error, HV_ERROR, HV_ERROR_VERSION,
        _("the snapshot has version %u of the format and this program knows %u: install the "
          "version of alloc-viewer that came with the process's liballoc"),
        header->version, ALLOC_SNAPSHOT_VERSION);
    return FALSE;
  }
  if (header->header_bytes != ALLOC_SNAPSHOT_HEADER_BYTES)
    return corrupt(error, _("the size of its header is wrong"));
  if (!is_power_of_two(header->page_bytes) || header->page_bytes < 4096 ||
      !is_power_of_two(header->slice_bytes) || header->slice_bytes < header->page_bytes ||
      header->slice_bytes > 64 * header->page_bytes * G_GUINT64_CONSTANT(64) ||
      !is_power_of_two(header->arena_bytes) || header->arena_bytes < header->slice_bytes ||
      header->arena_bytes / header->slice_bytes > ALLOC_MAP_WORDS * 64 ||
      header->arena_bytes > G_GUINT64_CONSTANT(1) << 36)
    return corrupt(error, _("its page, slice or arena size cannot be"));
  if (header->buffer_bytes % header->page_bytes != 0 || header->buffer_bytes == 0 ||
      header->buffer_bytes > G_GUINT64_CONSTANT(1) << 40)
    return corrupt(error, _("the size of its buffers cannot be"));
  if (header->state < ALLOC_SNAPSHOT_ACTIVE || header->state > ALLOC_SNAPSHOT_ENDED)
    return corrupt(error, _("its state is unknown"));
  if (memchr(header->library_version, 0, sizeof header->library_version) == NULL ||
      memchr(header->program, 0, sizeof header->program) == NULL ||
      memchr(header->command, 0, sizeof header->command) == NULL)
    return corrupt(error, _("a name in its header has no end"));
  return TRUE;
}

/* ---- finding the sections ---- */

static const gsize record_bytes[ALLOC_SECTIONS] = {
    [ALLOC_SECTION_ARENAS] = sizeof(struct alloc_arena_record),
    [ALLOC_SECTION_SPANS] = sizeof(struct alloc_span_record),
    [ALLOC_SECTION_CACHES] = sizeof(struct alloc_cache_record),
    [ALLOC_SECTION_REGIONS] = sizeof(struct alloc_region_record),
    [ALLOC_SECTION_CLASSES] = sizeof(struct alloc_class_record),
    [ALLOC_SECTION_BITMAPS] = sizeof(guint64),
    [ALLOC_SECTION_STACKS] = sizeof(struct alloc_stack_record),
    [ALLOC_SECTION_PROFILE] = sizeof(struct alloc_profile_record),
    [ALLOC_SECTION_CALLS] = sizeof(struct alloc_call_record),
    [ALLOC_SECTION_CALL_FRAMES] = sizeof(struct alloc_call_frame_record),
    [ALLOC_SECTION_SAMPLES] = sizeof(struct alloc_sample_record),
    [ALLOC_SECTION_OBJECTS] = sizeof(struct alloc_object_record),
    [ALLOC_SECTION_NAMES] = sizeof(char),
    [ALLOC_SECTION_HITS] = sizeof(guint64),
};

/* The head of a frame may end in fewer tables than this program knows, or in more. */
static guint64 table_count(const struct alloc_frame *head) {
  return head->sections == 0 ? ALLOC_SECTIONS_LEAST : head->sections;
}

static const struct alloc_section_table *table_of(const struct alloc_frame *head, int section) {
  static const struct alloc_section_table absent;
  return (guint64)section < table_count(head) ? &head->section[section] : &absent;
}

static guint64 head_bytes(const struct alloc_frame *head) {
  return offsetof(struct alloc_frame, section) +
         table_count(head) * sizeof(struct alloc_section_table);
}

static gboolean check_sections(const struct alloc_frame *head, guint64 size, GError **error) {
  if (table_count(head) < ALLOC_SECTIONS_LEAST ||
      table_count(head) > size / sizeof(struct alloc_section_table) || head_bytes(head) > size)
    return corrupt(error, _("the number of its sections cannot be"));
  for (int i = 0; i < ALLOC_SECTIONS; i++) {
    const struct alloc_section_table *section = table_of(head, i);
    if (section->count == 0)
      continue;
    if (section->record_bytes != record_bytes[i])
      return corrupt(error, _("a section has records of another size"));
    if (section->offset % 8 != 0 || section->offset < head_bytes(head) || section->offset > size ||
        section->count > (size - section->offset) / record_bytes[i])
      return corrupt(error, _("a section lies outside of its frame"));
    for (int k = 0; k < i; k++) {
      const struct alloc_section_table *other = table_of(head, k);
      if (other->count != 0 && section->offset < other->offset + other->count * record_bytes[k] &&
          other->offset < section->offset + section->count * record_bytes[i])
        return corrupt(error, _("two sections overlap"));
    }
  }
  return TRUE;
}

/* Where a section of @frame is; what lay behind the spans has moved up. */
static const void *section_at(HvFrame *frame, int section, guint *count) {
  const struct alloc_section_table *table = table_of(frame->head, section);
  const struct alloc_section_table *spans = table_of(frame->head, ALLOC_SECTION_SPANS);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(frame->bytes, &size);
  /* Bounded by HV_FRAME_MAX_BYTES, so it fits. */
  *count = (guint)table->count;
  if (table->count == 0)
    return NULL;
  if (spans->count != 0 && table->offset > spans->offset)
    data -= frame->head->bytes - size;
  return data + table->offset;
}

static void locate_purged(HvFrame *frame) {
  guint64 saved = sizeof(struct alloc_span_record) - sizeof(HvSpan);
  guint64 less = frame->head->bytes - g_bytes_get_size(frame->bytes);
  frame->purged_count = (guint)((frame->span_count * saved - less) / sizeof(HvPurged));
  frame->purged = frame->purged_count == 0
                      ? NULL
                      : (const HvPurged *)(gconstpointer)(frame->spans + frame->span_count);
}

static void locate_sections(HvFrame *frame) {
  guint words = 0;
  frame->head = g_bytes_get_data(frame->bytes, NULL);
  frame->arenas = section_at(frame, ALLOC_SECTION_ARENAS, &frame->arena_count);
  frame->spans = section_at(frame, ALLOC_SECTION_SPANS, &frame->span_count);
  frame->caches = section_at(frame, ALLOC_SECTION_CACHES, &frame->cache_count);
  frame->regions = section_at(frame, ALLOC_SECTION_REGIONS, &frame->region_count);
  frame->classes = section_at(frame, ALLOC_SECTION_CLASSES, &frame->class_count);
  frame->stacks = section_at(frame, ALLOC_SECTION_STACKS, &frame->stack_count);
  frame->profile = section_at(frame, ALLOC_SECTION_PROFILE, &frame->profile_count);
  frame->calls = section_at(frame, ALLOC_SECTION_CALLS, &frame->call_count);
  frame->call_frames = section_at(frame, ALLOC_SECTION_CALL_FRAMES, &frame->call_frame_count);
  frame->samples = section_at(frame, ALLOC_SECTION_SAMPLES, &frame->sample_count);
  frame->objects = section_at(frame, ALLOC_SECTION_OBJECTS, &frame->object_count);
  frame->names = section_at(frame, ALLOC_SECTION_NAMES, &frame->name_bytes);
  frame->hits = section_at(frame, ALLOC_SECTION_HITS, &frame->hits_count);
  frame->words = section_at(frame, ALLOC_SECTION_BITMAPS, &words);
  frame->word_count = words;
  locate_purged(frame);
}

/* ---- ascending order ---- */

/* The spans of arena record i, if it has any, must be the next ones of the section. */
static gboolean check_grouping(HvFrame *frame, GError **error) {
  guint64 next = 0;
  for (guint i = 0; i < frame->arena_count; i++) {
    const struct alloc_arena_record *arena = &frame->arenas[i];
    if (arena->first_span != next)
      return corrupt(error, _("spans are not grouped by arena"));
    next += arena->span_count;
    if (next > frame->span_count)
      return corrupt(error, _("an arena claims more spans than there are"));
  }
  if (next != frame->span_count)
    return corrupt(error, _("there are spans that belong to no arena"));
  return TRUE;
}

static gboolean is_ascending(HvFrame *frame) {
  for (guint i = 1; i < frame->arena_count; i++)
    if (frame->arenas[i].address < frame->arenas[i - 1].address)
      return FALSE;
  for (guint i = 1; i < frame->region_count; i++)
    if (frame->regions[i].address < frame->regions[i - 1].address)
      return FALSE;
  return TRUE;
}

static int compare_arenas(const void *a, const void *b) {
  const struct alloc_arena_record *left = a;
  const struct alloc_arena_record *right = b;
  return left->address < right->address ? -1 : left->address > right->address;
}

static int compare_regions(const void *a, const void *b) {
  const struct alloc_region_record *left = a;
  const struct alloc_region_record *right = b;
  return left->address < right->address ? -1 : left->address > right->address;
}

/* Replaces the bytes of the frame, as published, by a copy whose arenas, spans and regions ascend.
 */
static gboolean make_ascending(HvFrame *frame, GError **error) {
  const gsize span_bytes = sizeof(struct alloc_span_record);
  gsize size = 0;
  gconstpointer data = g_bytes_get_data(frame->bytes, &size);
  guint8 *copy = g_try_malloc(size);
  if (copy == NULL) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("not enough memory for a snapshot of %zu bytes"),
                size);
    return FALSE;
  }
  memcpy(copy, data, size);
  const struct alloc_section_table *section = frame->head->section;
  const guint64 spans = section[ALLOC_SECTION_SPANS].offset;
  if (frame->arena_count != 0) {
    struct alloc_arena_record *arenas =
        (struct alloc_arena_record *)(gpointer)(copy + section[ALLOC_SECTION_ARENAS].offset);
    qsort(arenas, frame->arena_count, sizeof *arenas, compare_arenas);
    guint next = 0;
    for (guint i = 0; i < frame->arena_count; i++) {
      if (arenas[i].span_count != 0)
        memcpy(copy + spans + next * span_bytes,
               (const guint8 *)data + spans + arenas[i].first_span * span_bytes,
               arenas[i].span_count * span_bytes);
      arenas[i].first_span = next;
      next += arenas[i].span_count;
    }
  }
  if (frame->region_count != 0)
    qsort(copy + section[ALLOC_SECTION_REGIONS].offset, frame->region_count, sizeof *frame->regions,
          compare_regions);
  g_bytes_unref(frame->bytes);
  frame->bytes = g_bytes_new_take(copy, size);
  locate_sections(frame);
  return TRUE;
}

static int compare_owners(const void *a, const void *b, void *caches) {
  const struct alloc_cache_record *records = caches;
  guint32 left = records[*(const guint *)a].owner;
  guint32 right = records[*(const guint *)b].owner;
  return left < right ? -1 : left > right;
}

static gboolean index_caches(HvFrame *frame, GError **error) {
  frame->cache_order = g_new(guint, frame->cache_count);
  for (guint i = 0; i < frame->cache_count; i++)
    frame->cache_order[i] = i;
  if (frame->cache_count != 0)
    g_qsort_with_data(frame->cache_order, (int)frame->cache_count, sizeof(guint), compare_owners,
                      (gpointer)frame->caches);
  for (guint i = 1; i < frame->cache_count; i++)
    if (frame->caches[frame->cache_order[i]].owner ==
        frame->caches[frame->cache_order[i - 1]].owner)
      return corrupt(error, _("two caches have the same number"));
  return TRUE;
}

/* ---- life ---- */

static HvFrame *frame_alloc(const struct alloc_snapshot_header *header, GBytes *bytes) {
  HvFrame *frame = g_new0(HvFrame, 1);
  g_atomic_ref_count_init(&frame->references);
  frame->header = *header;
  frame->bytes = bytes;
  frame->head = g_bytes_get_data(bytes, NULL);
  return frame;
}

static void pack(HvFrame *frame) {
  gsize size = 0;
  guint8 *data = g_bytes_unref_to_data(g_steal_pointer(&frame->bytes), &size);
  size = hv_frame_pack(data, size);
  frame->bytes = g_bytes_new_take(g_realloc(data, size), size);
}

HvFrame *hv_frame_new_take(const struct alloc_snapshot_header *header, guint8 *data, gsize size,
                           GError **error) {
  g_autoptr(HvFrame) frame = frame_alloc(header, g_bytes_new_take(data, size));
  if (!hv_frame_check_header(header, error))
    return NULL;
  if (size < offsetof(struct alloc_frame, section[ALLOC_SECTIONS_LEAST]) ||
      size > HV_FRAME_MAX_BYTES) {
    corrupt(error, _("the size of its frame cannot be"));
    return NULL;
  }
  if (frame->head->seq == 0 || frame->head->bytes != size) {
    corrupt(error, _("the head of its frame does not fit the frame"));
    return NULL;
  }
  if (!check_sections(frame->head, size, error))
    return NULL;
  locate_sections(frame);
  if (!check_grouping(frame, error))
    return NULL;
  if (!is_ascending(frame) && !make_ascending(frame, error))
    return NULL;
  pack(frame);
  locate_sections(frame);
  if (!index_caches(frame, error) || !hv_frame_check(frame, error))
    return NULL;
  return g_steal_pointer(&frame);
}

HvFrame *hv_frame_new(const struct alloc_snapshot_header *header, GBytes *bytes, GError **error) {
  g_return_val_if_fail(header != NULL && bytes != NULL, NULL);
  gsize size = 0;
  gconstpointer data = g_bytes_get_data(bytes, &size);
  return hv_frame_new_take(header, g_memdup2(data, size), size, error);
}

HvFrame *hv_frame_new_packed(const struct alloc_snapshot_header *header, GBytes *bytes,
                             GError **error) {
  g_autoptr(HvFrame) frame = frame_alloc(header, g_bytes_ref(bytes));
  locate_sections(frame);
  if (!index_caches(frame, error) || !hv_frame_check(frame, error))
    return NULL;
  return g_steal_pointer(&frame);
}

HvFrame *hv_frame_ref(HvFrame *frame) {
  g_atomic_ref_count_inc(&frame->references);
  return frame;
}

void hv_frame_unref(HvFrame *frame) {
  if (!g_atomic_ref_count_dec(&frame->references))
    return;
  g_bytes_unref(frame->bytes);
  g_free(frame->cache_order);
  g_free(frame->untouched);
  g_free(frame);
}

/* ---- records ---- */

const struct alloc_snapshot_header *hv_frame_header(HvFrame *frame) {
  return &frame->header;
}

const struct alloc_frame *hv_frame_head(HvFrame *frame) {
  return frame->head;
}

#define RECORDS(records, counter)                                                                  \
  do {                                                                                             \
    if (count != NULL)                                                                             \
      *count = frame->counter;                                                                     \
    return frame->records;                                                                         \
  } while (0)

const struct alloc_arena_record *hv_frame_arenas(HvFrame *frame, guint *count) {
  RECORDS(arenas, arena_count);
}

const HvSpan *hv_frame_spans(HvFrame *frame, guint *count) {
  RECORDS(spans, span_count);
}

const HvPurged *hv_frame_purged(HvFrame *frame, guint *count) {
  RECORDS(purged, purged_count);
}

const struct alloc_cache_record *hv_frame_caches(HvFrame *frame, guint *count) {
  RECORDS(caches, cache_count);
}

gboolean hv_frame_cache_hits(HvFrame *frame, guint index, guint64 *hits) {
  g_return_val_if_fail(index < frame->cache_count, FALSE);
  if (frame->hits == NULL)
    return FALSE;
  *hits = frame->hits[index];
  return TRUE;
}

const struct alloc_region_record *hv_frame_regions(HvFrame *frame, guint *count) {
  RECORDS(regions, region_count);
}

const struct alloc_class_record *hv_frame_classes(HvFrame *frame, guint *count) {
  RECORDS(classes, class_count);
}

const struct alloc_stack_record *hv_frame_stacks(HvFrame *frame, guint *count) {
  RECORDS(stacks, stack_count);
}

const struct alloc_profile_record *hv_frame_profile(HvFrame *frame) {
  return frame->profile;
}

const struct alloc_call_record *hv_frame_calls(HvFrame *frame, guint *count) {
  RECORDS(calls, call_count);
}

const struct alloc_call_frame_record *hv_frame_call_frames(HvFrame *frame, guint *count) {
  RECORDS(call_frames, call_frame_count);
}

const struct alloc_sample_record *hv_frame_samples(HvFrame *frame, guint *count) {
  RECORDS(samples, sample_count);
}

const struct alloc_object_record *hv_frame_objects(HvFrame *frame, guint *count) {
  RECORDS(objects, object_count);
}

char *hv_frame_object_name(HvFrame *frame, guint object) {
  const struct alloc_object_record *record = &frame->objects[object];
  return record->name_bytes == 0
             ? g_strdup(frame->header.program)
             : g_strndup(frame->names + record->name_offset, record->name_bytes);
}

const char *hv_frame_process_name(HvFrame *frame) {
  if (frame->header.command[0] != '\0')
    return frame->header.command;
  const char *slash = strrchr(frame->header.program, '/');
  const char *name = slash == NULL ? frame->header.program : slash + 1;
  return *name == '\0' ? _("unnamed process") : name;
}

guint64 hv_frame_arena_bytes(HvFrame *frame, guint arena) {
  return (guint64)frame->arenas[arena].slices * frame->header.slice_bytes;
}

guint64 hv_frame_live_bytes(HvFrame *frame) {
  return frame->head->total_live_bytes + frame->head->total_large_bytes +
         frame->head->total_region_bytes;
}

/* ---- search ---- */

int hv_frame_find_arena(HvFrame *frame, guint64 address) {
  guint low = 0;
  guint high = frame->arena_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (frame->arenas[middle].address <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0 || address - frame->arenas[low - 1].address >= hv_frame_arena_bytes(frame, low - 1))
    return -1;
  return (int)(low - 1);
}

int hv_frame_find_region(HvFrame *frame, guint64 address) {
  guint low = 0;
  guint high = frame->region_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (frame->regions[middle].address <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0 || address - frame->regions[low - 1].address >= frame->regions[low - 1].mapped_bytes)
    return -1;
  return (int)(low - 1);
}

int hv_frame_find_span(HvFrame *frame, guint64 address) {
  int found = hv_frame_find_arena(frame, address);
  if (found < 0)
    return -1;
  const struct alloc_arena_record *arena = &frame->arenas[found];
  guint slice = (guint)((address - arena->address) / frame->header.slice_bytes);
  guint low = arena->first_span;
  guint high = arena->first_span + arena->span_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (frame->spans[middle].slice <= slice)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == arena->first_span)
    return -1;
  const HvSpan *span = &frame->spans[low - 1];
  return slice - span->slice < span->slices ? (int)(low - 1) : -1;
}

guint hv_frame_span_arena(HvFrame *frame, guint span) {
  guint low = 0;
  guint high = frame->arena_count;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (frame->arenas[middle].first_span <= span)
      low = middle;
    else
      high = middle;
  }
  /* Arenas without spans share the first_span of the one that follows them. */
  while (low > 0 && frame->arenas[low].span_count == 0)
    low--;
  return low;
}

guint64 hv_frame_span_address(HvFrame *frame, guint span) {
  return frame->arenas[hv_frame_span_arena(frame, span)].address +
         (guint64)frame->spans[span].slice * frame->header.slice_bytes;
}

guint64 hv_frame_span_bytes(HvFrame *frame, guint span) {
  return (guint64)frame->spans[span].slices * frame->header.slice_bytes;
}

guint64 hv_frame_span_purged(HvFrame *frame, guint span) {
  guint low = 0;
  guint high = frame->purged_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (frame->purged[middle].span == span)
      return frame->purged[middle].pages;
    if (frame->purged[middle].span < span)
      low = middle + 1;
    else
      high = middle;
  }
  return 0;
}

const struct alloc_cache_record *hv_frame_find_cache(HvFrame *frame, guint32 owner) {
  guint low = 0;
  guint high = frame->cache_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    const struct alloc_cache_record *cache = &frame->caches[frame->cache_order[middle]];
    if (cache->owner == owner)
      return cache;
    if (cache->owner < owner)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}
