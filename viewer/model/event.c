/* SPDX-License-Identifier: MIT */
/* Events by merging two ascending lists, or by comparing totals. */
#include "viewer/model/event.h"

#include <glib/gi18n.h>

#include "viewer/model/frame_private.h"
#include "viewer/model/units.h"

static void add(GArray *events, HvEventKind kind, HvFrame *frame, guint64 count) {
  HvEvent event = {kind, frame->head->realtime_ns, count};
  if (count != 0)
    g_array_append_val(events, event);
}

/* Arenas of @after that @before lacks. */
static guint new_arenas(HvFrame *before, HvFrame *after) {
  guint count = 0;
  guint old = 0;
  for (guint i = 0; i < after->arena_count; i++) {
    while (old < before->arena_count && before->arenas[old].address < after->arenas[i].address)
      old++;
    count += old == before->arena_count || before->arenas[old].address != after->arenas[i].address;
  }
  return count;
}

/* A region that moved is not a new one if its block had the same size: nobody can tell better. */
static guint new_regions(HvFrame *before, HvFrame *after) {
  guint count = 0;
  guint old = 0;
  for (guint i = 0; i < after->region_count; i++) {
    while (old < before->region_count && before->regions[old].address < after->regions[i].address)
      old++;
    gboolean was = old < before->region_count &&
                   before->regions[old].address == after->regions[i].address &&
                   !hv_region_is_spare(&before->regions[old]);
    count += !hv_region_is_spare(&after->regions[i]) && !was;
  }
  return count;
}

void hv_events_find(HvFrame *before, HvFrame *after, GArray *events) {
  guint made = 0;
  guint orphaned = 0;
  guint arenas = new_arenas(before, after);
  for (guint i = 0; i < after->cache_count; i++) {
    const struct alloc_cache_record *cache = &after->caches[i];
    const struct alloc_cache_record *was = hv_frame_find_cache(before, cache->owner);
    gboolean is_orphan = cache->state == ALLOC_CACHE_ORPHANED;
    made += was == NULL && !is_orphan;
    orphaned += was != NULL && is_orphan && was->state == ALLOC_CACHE_OWNED;
  }
  add(events, HV_EVENT_ARENA, after, arenas);
  add(events, HV_EVENT_THREAD, after, made);
  add(events, HV_EVENT_ORPHANED, after, orphaned);
  add(events, HV_EVENT_REGION, after, new_regions(before, after));
  add(events, HV_EVENT_UNMAPPED, after, new_regions(after, before));
  add(events, HV_EVENT_ARENA_GONE, after, new_arenas(after, before));
  /* New arenas bring clean slices of their own. */
  guint64 clean = after->head->total_clean_bytes;
  guint64 fresh = before->head->total_clean_bytes;
  guint64 grown = after->head->total_arena_bytes -
                  MIN(before->head->total_arena_bytes, after->head->total_arena_bytes);
  guint64 dirty_before = before->head->total_dirty_bytes;
  guint64 dirty_gone = dirty_before - MIN(dirty_before, after->head->total_dirty_bytes);
  guint64 given = clean > fresh + grown ? MIN(clean - fresh - grown, dirty_gone) : 0;
  guint64 purged = after->head->total_purged_bytes -
                   MIN(before->head->total_purged_bytes, after->head->total_purged_bytes);
  if (given + purged >= HV_EVENT_PURGE_BYTES)
    add(events, HV_EVENT_PURGE, after, given + purged);
  add(events, HV_EVENT_FAILED, after,
      after->head->failures - MIN(before->head->failures, after->head->failures));
}

const char *hv_event_key(HvEventKind kind) {
  static const char *const keys[HV_EVENTS] = {
      [HV_EVENT_ARENA] = "arena",       [HV_EVENT_THREAD] = "thread",
      [HV_EVENT_ORPHANED] = "orphan",   [HV_EVENT_REGION] = "region",
      [HV_EVENT_PURGE] = "purge",       [HV_EVENT_TRIM] = "trim",
      [HV_EVENT_UNMAPPED] = "unmapped", [HV_EVENT_ARENA_GONE] = "arena-gone",
      [HV_EVENT_MARK] = "mark",         [HV_EVENT_BEGIN] = "begin",
      [HV_EVENT_END] = "end",           [HV_EVENT_FAILED] = "failed",
  };
  return keys[kind];
}

gboolean hv_event_is_bytes(HvEventKind kind) {
  return kind == HV_EVENT_PURGE || kind == HV_EVENT_TRIM;
}

char *hv_event_describe(const HvEvent *event) {
  g_autofree char *bytes = hv_format_bytes((gint64)event->count);
  g_autofree char *count = hv_format_count(event->count);
  switch (event->kind) {
  case HV_EVENT_ARENA:
    return g_strdup_printf(ngettext("%s arena made", "%s arenas made", event->count), count);
  case HV_EVENT_THREAD:
    return g_strdup_printf(ngettext("%s thread cache made", "%s thread caches made", event->count),
                           count);
  case HV_EVENT_ORPHANED:
    return g_strdup_printf(ngettext("%s thread ended", "%s threads ended", event->count), count);
  case HV_EVENT_REGION:
    return g_strdup_printf(
        ngettext("%s mmapped region made", "%s mmapped regions made", event->count), count);
  case HV_EVENT_PURGE:
    return g_strdup_printf(_("%s given back to the system"), bytes);
  case HV_EVENT_TRIM:
    return g_strdup_printf(_("trimmed by hand: %s given back"), bytes);
  case HV_EVENT_UNMAPPED:
    return g_strdup_printf(
        ngettext("%s mmapped region freed", "%s mmapped regions freed", event->count), count);
  case HV_EVENT_ARENA_GONE:
    return g_strdup_printf(ngettext("%s arena given back", "%s arenas given back", event->count),
                           count);
  case HV_EVENT_MARK:
    return g_strdup(event->count == 0 ? _("mark A") : _("mark B"));
  case HV_EVENT_BEGIN:
    return g_strdup(_("watched from here on"));
  case HV_EVENT_END:
    return g_strdup(_("the process ended, or publishes no more"));
  case HV_EVENT_FAILED:
    return g_strdup_printf(
        ngettext("%s allocation found no memory", "%s allocations found no memory", event->count),
        count);
  case HV_EVENTS:
    break;
  }
  return g_strdup("");
}

char *hv_event_describe_plain(const HvEvent *event) {
  locale_t before = hv_plain_begin();
  char *text = hv_event_describe(event);
  hv_plain_end(before);
  return text;
}
