/* SPDX-License-Identifier: MIT */
/* See heap_tables.h. The first two values of a row are its addresses; the others are fields. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_tables.h"

#include <glib/gi18n.h>

#include "viewer/model/reasons.h"
#include "viewer/model/units.h"
#include "viewer/ui/table_cell.h"

enum { ROW_BEGIN, ROW_END, ROW_FIELDS };

#define COLUMN_ADDRESS                                                                             \
  { .title = N_("Address"), .kind = HV_CELL_ADDRESS, .value = ROW_BEGIN, .expand = TRUE }

static const HvField span_fields[] = {HV_FIELD_CLASS, HV_FIELD_FILL, HV_FIELD_WASTE};
static const HvColumn span_columns[] = {
    COLUMN_ADDRESS,
    {.title = N_("Block"),
     .explanation = N_("Size of its blocks"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS},
    {.title = N_("Fill"),
     .explanation = N_("Live blocks of all there is room for"),
     .kind = HV_CELL_FILL,
     .value = ROW_FIELDS + 1},
    {.title = N_("Waste"),
     .explanation = N_("Bytes that may be resident and hold nothing"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS + 2,
     .descending = TRUE},
};

static const HvField class_fields[] = {HV_FIELD_CLASS,  HV_FIELD_SPANS, HV_FIELD_CAPACITY,
                                       HV_FIELD_BLOCKS, HV_FIELD_FILL,  HV_FIELD_WASTE,
                                       HV_FIELD_CHURN};
static const HvColumn class_columns[] = {
    {.title = N_("Size"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS,
     .chars = 7, /* some KiB at most */
     .expand = TRUE},
    {.title = N_("Spans"), .kind = HV_CELL_COUNT, .value = ROW_FIELDS + 1, .chars = 4},
    {.title = N_("Slots"),
     .explanation = N_("Blocks there is room for"),
     .kind = HV_CELL_COUNT,
     .value = ROW_FIELDS + 2,
     .chars = 9},
    {.title = N_("Live"),
     .explanation = N_("Blocks in the program's hands"),
     .kind = HV_CELL_COUNT,
     .value = ROW_FIELDS + 3,
     .chars = 9},
    {.title = N_("Fill"),
     .explanation = N_("Live blocks of all blocks of the class"),
     .kind = HV_CELL_FILL,
     .value = ROW_FIELDS + 4},
    {.title = N_("Waste"),
     .explanation = N_("Bytes of its spans that may be resident and hold nothing"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS + 5,
     .descending = TRUE},
    {.title = N_("Churn"),
     .explanation = N_("Bytes of its blocks that came or went, a second"),
     .kind = HV_CELL_KNOWN_BYTES,
     .value = ROW_FIELDS + 6},
};

static const HvField cache_fields[] = {HV_FIELD_THREAD, HV_FIELD_CACHED, HV_FIELD_LIMIT,
                                       HV_FIELD_IDLE, HV_FIELD_HITS};
static const HvColumn cache_columns[] = {
    {.title = N_("Thread"), .kind = HV_CELL_NAME, .expand = TRUE},
    {.title = N_("TID"), .kind = HV_CELL_NUMBER, .value = ROW_FIELDS},
    {.title = N_("Cached"),
     .explanation = N_("Free blocks that this thread keeps for itself"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS + 1,
     .descending = TRUE},
    {.title = N_("Limit"),
     .explanation = N_("What the cache may hold at present"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS + 2},
    {.title = N_("Idle"),
     .explanation = N_("Since the thread last needed more than its cache had"),
     .kind = HV_CELL_AGE,
     .value = ROW_FIELDS + 3},
    {.title = N_("Hits"),
     .explanation = N_("Allocations that the cache has served, of all since the process started. "
                       "The real share is this or more: the cache counts only when it is filled "
                       "or emptied, and blocks freed and taken again in between do not show"),
     .kind = HV_CELL_LEAST,
     .value = ROW_FIELDS + 4},
};

static const HvField region_fields[] = {HV_FIELD_SIZE, HV_FIELD_RESIDENT, HV_FIELD_HUGE,
                                        HV_FIELD_AGE};
/* The panel is as wide as these: who made a region and how much is usable is in its details. */
static const HvColumn region_columns[] = {
    COLUMN_ADDRESS,
    {.title = N_("Mapped"), .kind = HV_CELL_BYTES, .value = ROW_FIELDS, .descending = TRUE},
    {.title = N_("Resident"),
     .explanation = N_("What is resident of the mapping, as far as the kernel tells"),
     .kind = HV_CELL_SHARE,
     .value = ROW_FIELDS + 1},
    {.title = N_("Huge"),
     .explanation = N_("Bytes of the mapping that are resident in huge pages"),
     .kind = HV_CELL_KNOWN_BYTES,
     .value = ROW_FIELDS + 2},
    {.title = N_("Age"),
     .explanation = N_("How long the mapping has held this block, as far as it was watched"),
     .kind = HV_CELL_AGE_LEAST,
     .value = ROW_FIELDS + 3},
};

static const HvField arena_fields[] = {HV_FIELD_ARENA, HV_FIELD_FILL, HV_FIELD_WASTE,
                                       HV_FIELD_SPANS};
static const HvColumn arena_columns[] = {
    {.title = N_("Nr"), .kind = HV_CELL_NUMBER, .value = ROW_FIELDS, .chars = 2},
    COLUMN_ADDRESS,
    {.title = N_("Fill"),
     .explanation = N_("Live bytes of the arena's size"),
     .kind = HV_CELL_FILL,
     .value = ROW_FIELDS + 1},
    {.title = N_("Waste"),
     .explanation = N_("Bytes that may be resident and hold nothing, free slices included"),
     .kind = HV_CELL_BYTES,
     .value = ROW_FIELDS + 2,
     .descending = TRUE},
    {.title = N_("Spans"), .kind = HV_CELL_COUNT, .value = ROW_FIELDS + 3, .chars = 4},
};

static const HvField stack_fields[] = {HV_FIELD_LIVE, HV_FIELD_FILL, HV_FIELD_DEPTH};
static const HvColumn stack_columns[] = {
    {.title = N_("Thread"), .kind = HV_CELL_NAME, .chars = 4, .expand = TRUE},
    COLUMN_ADDRESS,
    {.title = N_("Used"),
     .explanation = N_("Bytes of this chunk in the program's hands, until their scope ends"),
     .kind = HV_CELL_BYTES,
     .chars = 7,
     .value = ROW_FIELDS,
     .descending = TRUE},
    {.title = N_("Fill"),
     .explanation = N_("Used bytes of the chunk's size"),
     .kind = HV_CELL_FILL,
     .value = ROW_FIELDS + 1},
    {.title = N_("Depth"),
     .explanation = N_("Chunks of the same stack below this one"),
     .kind = HV_CELL_COUNT,
     .value = ROW_FIELDS + 2,
     .chars = 2},
};

static const HvField event_fields[] = {HV_FIELD_TIME};
static const HvColumn event_columns[] = {
    {.title = N_("Time"),
     .explanation = N_("When the first frame shows it"),
     .kind = HV_CELL_TIME,
     .value = ROW_FIELDS,
     .descending = TRUE},
    {.title = N_("Event"), .kind = HV_CELL_NAME, .expand = TRUE},
};

#define OF(name)                                                                                   \
  name##_columns, G_N_ELEMENTS(name##_columns), name##_fields, G_N_ELEMENTS(name##_fields)

static const struct {
  const char *name;
  const char *title;
  const HvColumn *columns;
  guint n_columns;
  const HvField *fields;
  guint n_fields;
  guint sort_column;
  const char *empty;
} tables[HV_LISTS] = {
    [HV_LIST_SPANS] = {"spans", N_("Spans by Waste"), OF(span), 3, N_("No span is in use.")},
    [HV_LIST_CLASSES] = {"classes", N_("Size Classes"), OF(class), 5, N_("No span is in use.")},
    [HV_LIST_THREADS] = {"caches", N_("Thread Caches"), OF(cache), 2, N_("No thread has a cache.")},
    [HV_LIST_REGIONS] = {"regions", N_("Mmapped Regions"), OF(region), 1,
                         N_("No block is large enough for a mapping of its own.")},
    [HV_LIST_ARENAS] = {"arenas", N_("Arenas"), OF(arena), 0,
                        N_("There is no arena: the program has not allocated anything yet.")},
    [HV_LIST_STACKS] = {"stacks", N_("Stacks of Scopes"), OF(stack), 2,
                        N_("No thread has a stack of scopes (<liballoc/stack.h>).")},
    [HV_LIST_EVENTS] = {"events", N_("Events"), OF(event), 0,
                        N_("Nothing has happened yet, or a single snapshot has no past.")},
};

G_STATIC_ASSERT(ROW_FIELDS + 7 <= HV_ROW_VALUES);
G_STATIC_ASSERT(HV_TABLE_COLUMNS <= HV_LIST_SORTS);

const char *hv_heap_table_name(HvListKind which) {
  return tables[which].name;
}

const char *hv_heap_table_title(HvListKind which) {
  return _(tables[which].title);
}

GtkWidget *hv_heap_table_new(HvListKind which) {
  GtkWidget *table =
      hv_table_new(_(tables[which].title), tables[which].columns, tables[which].n_columns,
                   tables[which].sort_column, _(tables[which].empty));

  gtk_widget_set_name(table, tables[which].name);
  return table;
}

static guint64 row_value(HvField field, const HvFacts *facts) {
  const guint32 may_lack = 1u << HV_FIELD_IDLE | 1u << HV_FIELD_HITS | 1u << HV_FIELD_RESIDENT |
                           1u << HV_FIELD_HUGE | 1u << HV_FIELD_AGE | 1u << HV_FIELD_CHURN;

  if ((may_lack >> field & 1) != 0 && !hv_facts_has(facts, field))
    return G_MAXUINT64;
  if (field == HV_FIELD_FILL || field == HV_FIELD_RESIDENT)
    return facts->value[field] / 1000;
  if (field == HV_FIELD_AGE)
    return (facts->value[field] & ~G_GUINT64_CONSTANT(1)) | (facts->at_least >> field & 1);
  return facts->value[field];
}

HvList *hv_heap_table_list(HvListKind which, HvMoment *moment, HvQuery *query) {
  guint count, sort;

  hv_list_columns(which, &count, &sort);
  if (which == HV_LIST_EVENTS)
    return hv_list_new_events(moment->history, hv_frame_head(moment->frame)->realtime_ns, query,
                              sort, FALSE, 0);
  if (which == HV_LIST_REGIONS)
    return hv_list_new_regions(moment->frame, moment->pages, moment->activity, query, sort, FALSE,
                               0);
  return hv_list_new(which, moment->frame, moment->activity, query, sort, FALSE, 0);
}

/* The column of the list that sorts as @column of the table does. */
static guint list_column(HvListKind which, const HvColumn *column) {
  HvListFormat format = column->kind == HV_CELL_ADDRESS ? HV_LIST_ADDRESS : HV_LIST_NAME;
  gboolean is_field = column->kind != HV_CELL_ADDRESS && column->kind != HV_CELL_NAME;
  HvField field = is_field ? tables[which].fields[column->value - ROW_FIELDS] : HV_FIELDS;
  guint count = 0;
  const HvListColumn *columns = hv_list_columns(which, &count, NULL);

  for (guint i = 0; i < count; i++) {
    if (is_field ? columns[i].field == field : columns[i].format == format)
      return i;
  }
  g_assert_not_reached();
}

HvList *hv_heap_table_work_out(HvListKind which, const HvTableOrder *order, HvMoment *moment,
                               HvQuery *query) {
  HvListSort sorts[HV_TABLE_COLUMNS];

  for (guint i = 0; i < order->count; i++)
    sorts[i] = (HvListSort){list_column(which, &tables[which].columns[order->by[i].column]),
                            order->by[i].ascending};
  if (which == HV_LIST_EVENTS)
    return hv_list_new_events_as_shown(moment->history, hv_frame_head(moment->frame)->realtime_ns,
                                       query, sorts, order->count, HV_TABLE_ROWS);
  if (which == HV_LIST_REGIONS)
    return hv_list_new_regions_as_shown(moment->frame, moment->pages, moment->activity, query,
                                        sorts, order->count, HV_TABLE_ROWS);
  return hv_list_new_as_shown(which, moment->frame, moment->activity, query, sorts, order->count,
                              HV_TABLE_ROWS);
}

/* What a row of the table is made of. Returns (transfer full) (nullable): its name. */
static char *row_read(HvListKind which, const HvFacts *facts, guint64 *values) {
  values[ROW_BEGIN] = facts->begin;
  values[ROW_END] = facts->end;
  for (guint i = 0; i < tables[which].n_fields; i++)
    values[ROW_FIELDS + i] = row_value(tables[which].fields[i], facts);
  return *facts->name == '\0' ? NULL : hv_format_name(facts->name);
}

/* What the threads of the list keep that nothing has asked for in a while. Returns (transfer full)
 * (nullable). */
static char *note_idle(const HvListRow *rows, guint count) {
  guint threads = 0;
  guint64 bytes = 0;
  g_autofree char *cached = NULL;
  g_autofree char *limit = g_strdup_printf("%u s", (guint)(HV_REASON_IDLE_NS / 1000000000));

  for (guint i = 0; i < count; i++) {
    const HvFacts *facts = &rows[i].facts;

    if (facts->value[HV_FIELD_CACHED] == 0 || !hv_facts_has(facts, HV_FIELD_IDLE) ||
        facts->value[HV_FIELD_IDLE] <= HV_REASON_IDLE_NS)
      continue;
    threads++;
    bytes += facts->value[HV_FIELD_CACHED];
  }
  if (threads == 0)
    return NULL;
  cached = hv_format_bytes((gint64)bytes);
  return g_strdup_printf(ngettext("%u thread idle for more than %s keeps %s",
                                  "%u threads idle for more than %s keep %s", threads),
                         threads, limit, cached);
}

void hv_heap_table_show(HvListKind which, HvTable *table, HvList *list) {
  guint count = 0;
  const HvListRow *rows = hv_list_rows(list, &count);
  guint64 more = hv_list_matched(list) - count;
  g_autofree char *note = which == HV_LIST_THREADS && more == 0 ? note_idle(rows, count) : NULL;

  hv_table_begin(table);
  for (guint i = 0; i < count; i++) {
    guint64 values[HV_ROW_VALUES] = {0};
    g_autofree char *name = row_read(which, &rows[i].facts, values);

    hv_table_put(table, rows[i].key, name, NULL, values, HV_ROW_VALUES);
  }
  hv_table_end(table);
  hv_table_set_note(table, note);
  hv_table_set_more(table, more);
  hv_table_set_empty_text(table, hv_list_total(list) > 0 ? _("Nothing here matches the filter.")
                                                         : _(tables[which].empty));
}

char *hv_heap_table_dup_text(HvListKind which, HvList *list) {
  GString *text = g_string_new(NULL);
  guint count = 0;
  const HvListRow *rows = hv_list_rows(list, &count);

  hv_table_cells_append(text, tables[which].columns, tables[which].n_columns, NULL);
  for (guint i = 0; i < count; i++) {
    guint64 values[HV_ROW_VALUES] = {0};
    g_autofree char *name = row_read(which, &rows[i].facts, values);
    g_autoptr(HvRow) row = hv_row_new(rows[i].key);

    hv_row_update(row, name, NULL, values, HV_ROW_VALUES);
    hv_table_cells_append(text, tables[which].columns, tables[which].n_columns, row);
  }
  return g_string_free(text, FALSE);
}

void hv_heap_table_clear(HvTable *table) {
  hv_table_begin(table);
  hv_table_end(table);
  hv_table_set_note(table, NULL);
  hv_table_set_empty_text(table, "");
}

gboolean hv_heap_table_place(HvListKind which, HvRow *row, guint64 *begin, guint64 *end) {
  if (which == HV_LIST_EVENTS)
    return FALSE;
  *begin = hv_row_get_value(row, ROW_BEGIN);
  *end = hv_row_get_value(row, ROW_END);
  return *end != 0;
}

char *hv_heap_table_query(HvListKind which, HvRow *row) {
  guint64 first = hv_row_get_value(row, ROW_FIELDS);

  if (which == HV_LIST_EVENTS)
    return NULL;
  if (which == HV_LIST_CLASSES)
    return g_strdup_printf("class:%" G_GUINT64_FORMAT, first);
  if (which == HV_LIST_THREADS)
    return g_strdup_printf("thread:%" G_GUINT64_FORMAT, first);
  return g_strdup_printf("0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x",
                         hv_row_get_value(row, ROW_BEGIN), hv_row_get_value(row, ROW_END));
}

guint64 hv_heap_table_time(HvListKind which, HvRow *row) {
  return which == HV_LIST_EVENTS ? hv_row_get_value(row, ROW_FIELDS) : 0;
}

/* Address of the chunk of a stack that @address is in; G_MAXUINT64: of none. */
static guint64 chunk_at(HvFrame *frame, guint64 address) {
  guint count = 0;
  const struct alloc_stack_record *stacks = hv_frame_stacks(frame, &count);

  for (guint i = 0; i < count; i++) {
    if (address >= stacks[i].address && address - stacks[i].address < stacks[i].bytes)
      return stacks[i].address;
  }
  return G_MAXUINT64;
}

guint64 hv_heap_table_key_at(HvListKind which, HvFrame *frame, const HvHit *hit) {
  switch (which) {
  case HV_LIST_SPANS:
    return hit->span_index < 0 ? G_MAXUINT64 : hv_frame_span_address(frame, (guint)hit->span_index);
  case HV_LIST_CLASSES:
    return hit->span == NULL || hit->span->kind != ALLOC_SPAN_SMALL ? G_MAXUINT64
                                                                    : hit->span->size_class;
  case HV_LIST_THREADS:
    return hit->owner == NULL ? G_MAXUINT64 : hit->owner->owner;
  case HV_LIST_REGIONS:
    return hit->region == NULL ? G_MAXUINT64 : hit->region->address;
  case HV_LIST_ARENAS:
    return hit->arena == NULL ? G_MAXUINT64 : hit->arena->address;
  case HV_LIST_STACKS:
    return chunk_at(frame, hit->address);
  case HV_LIST_EVENTS:
  case HV_LISTS:
    break;
  }
  return G_MAXUINT64;
}
