/* SPDX-License-Identifier: MIT */
/* What the columns of the lists are. */
#include "viewer/model/list.h"

#include <glib/gi18n.h>

#define ADDRESS                                                                                    \
  { .key = "address", .title = "Address", .format = HV_LIST_ADDRESS, .field = HV_FIELDS }
#define NAME(text)                                                                                 \
  { .key = "name", .title = text, .format = HV_LIST_NAME, .field = HV_FIELDS }

static const HvListColumn span_columns[] = {
    ADDRESS,
    {"kind", "Kind", "Of small blocks of one size, or one large block", HV_LIST_KIND, HV_FIELDS},
    {"class", "Block", "Size of a block", HV_LIST_BYTES, HV_FIELD_CLASS},
    {"fill", "Fill", "Live blocks of all there is room for", HV_LIST_FILL, HV_FIELD_FILL},
    {"waste", "Waste", "Bytes that may be resident and hold nothing", HV_LIST_BYTES,
     HV_FIELD_WASTE},
    {"size", "Size", "Address space of the span", HV_LIST_BYTES, HV_FIELD_SIZE},
    {"held", "Held", "Of its size, what may be resident", HV_LIST_BYTES, HV_FIELD_HELD},
    {"live", "Live", "Bytes in the program's hands", HV_LIST_BYTES, HV_FIELD_LIVE},
    {"blocks", "Blocks", "Live blocks", HV_LIST_COUNT, HV_FIELD_BLOCKS},
    {"cached", "Cached", "Bytes in thread caches", HV_LIST_BYTES, HV_FIELD_CACHED},
    {"thread", "TID", "Thread that owns the span; 0 when it has ended", HV_LIST_NUMBER,
     HV_FIELD_THREAD},
    NAME("Thread"),
};

/* The titles are those of the report. */
static const HvListColumn class_columns[] = {
    {"class", N_("Block"), "Size of a block", HV_LIST_BYTES, HV_FIELD_CLASS},
    {"spans", N_("Spans"), "Spans of this class", HV_LIST_COUNT, HV_FIELD_SPANS},
    {"blocks", N_("Blocks"), "Live blocks", HV_LIST_COUNT, HV_FIELD_BLOCKS},
    {"capacity", "Slots", "Blocks there is room for", HV_LIST_COUNT, HV_FIELD_CAPACITY},
    {"fill", N_("Fill"), "Live blocks of all there is room for", HV_LIST_FILL, HV_FIELD_FILL},
    {"waste", N_("Waste"), "Bytes of its spans that may be resident and hold nothing",
     HV_LIST_BYTES, HV_FIELD_WASTE},
    {"live", N_("Live"), "Bytes in the program's hands", HV_LIST_BYTES, HV_FIELD_LIVE},
    {"size", "Size", "Address space of its spans", HV_LIST_BYTES, HV_FIELD_SIZE},
    {"held", N_("Held"), "Of their size, what may be resident", HV_LIST_BYTES, HV_FIELD_HELD},
    {"cached", "Cached", "Bytes in thread caches", HV_LIST_BYTES, HV_FIELD_CACHED},
    {"transit", "Transit", "Bytes freed by other threads, not collected yet", HV_LIST_BYTES,
     HV_FIELD_TRANSIT},
    {"churn", "Churn", "Bytes of blocks that came or went, a second", HV_LIST_BYTES,
     HV_FIELD_CHURN},
};

static const HvListColumn thread_columns[] = {
    NAME("Thread"),
    {"thread", "TID", "Kernel thread id; 0 when it has ended", HV_LIST_NUMBER, HV_FIELD_THREAD},
    {"cached", "Cached", "Free blocks that this thread keeps for itself", HV_LIST_BYTES,
     HV_FIELD_CACHED},
    {"idle", "Idle", "Since the thread last needed more than its cache had", HV_LIST_AGE,
     HV_FIELD_IDLE},
    {"limit", "Limit", "What the cache may hold at present", HV_LIST_BYTES, HV_FIELD_LIMIT},
    {"hits", "Hits",
     "Allocations that the cache has served, of all since the process started, at least: blocks "
     "that were freed and taken again between two refills do not show",
     HV_LIST_LEAST, HV_FIELD_HITS},
    {"refills", "Refills",
     "Allocations that found the cache empty, since the process started: the others were hits",
     HV_LIST_COUNT, HV_FIELD_REFILLS},
    {"flushes", "Flushes",
     "Frees that found the cache full, since the process started: the others were hits",
     HV_LIST_COUNT, HV_FIELD_FLUSHES},
    {"spans", "Spans", "Spans that it owns", HV_LIST_COUNT, HV_FIELD_SPANS},
    {"transit", "Transit", "Freed by others for this thread, not collected yet", HV_LIST_BYTES,
     HV_FIELD_TRANSIT},
};

static const HvListColumn region_columns[] = {
    ADDRESS,
    {"size", "Mapped", "Bytes of the mapping", HV_LIST_BYTES, HV_FIELD_SIZE},
    {"live", "Usable", "Bytes of the block in it", HV_LIST_BYTES, HV_FIELD_LIVE},
    {"waste", "Waste", "Bytes of the mapping that the block does not use", HV_LIST_BYTES,
     HV_FIELD_WASTE},
    {"resident", "Resident", "Of the mapping, what is resident; of a live process only",
     HV_LIST_SHARE, HV_FIELD_RESIDENT},
    {"huge", "Huge pages", "Of what is resident, bytes in huge pages", HV_LIST_PART, HV_FIELD_HUGE},
    {"age", "Age", "How long it has been there, as far as it was watched", HV_LIST_AGE,
     HV_FIELD_AGE},
    {"thread", "TID", "Thread that made it", HV_LIST_NUMBER, HV_FIELD_THREAD},
    NAME("Made by"),
};

static const HvListColumn arena_columns[] = {
    {"arena", "Nr", "Number, by address", HV_LIST_NUMBER, HV_FIELD_ARENA},
    ADDRESS,
    {"fill", "Fill", "Live bytes of the arena's size", HV_LIST_FILL, HV_FIELD_FILL},
    {"waste", "Waste", "Bytes that may be resident and hold nothing, free slices included",
     HV_LIST_BYTES, HV_FIELD_WASTE},
    {"live", "Live", "Bytes in the program's hands", HV_LIST_BYTES, HV_FIELD_LIVE},
    {"spans", "Spans", "Spans in use", HV_LIST_COUNT, HV_FIELD_SPANS},
    {"cached", "Cached", "Bytes in thread caches", HV_LIST_BYTES, HV_FIELD_CACHED},
    {"size", "Size", "Address space", HV_LIST_BYTES, HV_FIELD_SIZE},
};

static const HvListColumn stack_columns[] = {
    NAME("Thread"),
    {"thread", "TID", "Kernel thread id; 0 when it has ended", HV_LIST_NUMBER, HV_FIELD_THREAD},
    ADDRESS,
    {"live", "Used", "Bytes of this chunk in the program's hands, until their scope ends",
     HV_LIST_BYTES, HV_FIELD_LIVE},
    {"fill", "Fill", "Used bytes of the chunk's size", HV_LIST_FILL, HV_FIELD_FILL},
    {"size", "Size", "Bytes of the chunk", HV_LIST_BYTES, HV_FIELD_SIZE},
    {"waste", "Waste", "Bytes of the chunk that are not used", HV_LIST_BYTES, HV_FIELD_WASTE},
    {"depth", "Depth", "Chunks of the same stack below this one", HV_LIST_COUNT, HV_FIELD_DEPTH},
};

static const HvListColumn event_columns[] = {
    {"time", "Time", "When the first frame shows it", HV_LIST_TIME, HV_FIELD_TIME},
    {"kind", "Kind", NULL, HV_LIST_KIND, HV_FIELDS},
    {"event", "Event", NULL, HV_LIST_NAME, HV_FIELDS},
    {"count", "Count", "Threads, regions or arenas", HV_LIST_COUNT, HV_FIELD_COUNT},
    {"size", "Bytes", "Given back", HV_LIST_BYTES, HV_FIELD_SIZE},
    {"idle", "Ago", "Before the moment on screen, or the newest", HV_LIST_AGE, HV_FIELD_IDLE},
};

#define COLUMNS(name) name##_columns, G_N_ELEMENTS(name##_columns)

static const struct {
  const char *key;
  const HvListColumn *columns;
  guint count;
  guint sort;
} lists[HV_LISTS] = {
    [HV_LIST_SPANS] = {"spans", COLUMNS(span), 4},
    [HV_LIST_CLASSES] = {"classes", COLUMNS(class), 5},
    [HV_LIST_THREADS] = {"threads", COLUMNS(thread), 2},
    [HV_LIST_REGIONS] = {"regions", COLUMNS(region), 1},
    [HV_LIST_ARENAS] = {"arenas", COLUMNS(arena), 3},
    [HV_LIST_STACKS] = {"stacks", COLUMNS(stack), 3},
    [HV_LIST_EVENTS] = {"events", COLUMNS(event), 0},
};

const HvListColumn *hv_list_columns(HvListKind kind, guint *count, guint *sort) {
  g_return_val_if_fail((guint)kind < HV_LISTS, NULL);
  *count = lists[kind].count;
  if (sort != NULL)
    *sort = lists[kind].sort;
  return lists[kind].columns;
}

const char *hv_list_key(HvListKind kind) {
  g_return_val_if_fail((guint)kind < HV_LISTS, NULL);
  return lists[kind].key;
}

guint32 hv_list_fields(HvListKind kind) {
  guint32 fields = 1u << HV_FIELD_KIND;
  g_return_val_if_fail((guint)kind < HV_LISTS, 0);
  for (guint i = 0; i < lists[kind].count; i++) {
    if (lists[kind].columns[i].field < HV_FIELDS)
      fields |= 1u << lists[kind].columns[i].field;
  }
  if (kind == HV_LIST_SPANS)
    fields |= 1u << HV_FIELD_ARENA | 1u << HV_FIELD_TRANSIT | 1u << HV_FIELD_PURGED |
              1u << HV_FIELD_CAPACITY;
  return fields;
}
