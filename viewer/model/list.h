/* SPDX-License-Identifier: MIT */
/*
 * The lists of a heap: spans by waste, size classes, thread caches, mmapped regions, arenas; and of
 * its past: events. What
 * their columns are, and their rows, sorted, filtered by a query and capped. alloc-inspect prints
 * them and the viewer shows them. A list is immutable; any thread.
 */
#pragma once

#include "viewer/model/activity.h"
#include "viewer/model/history.h"
#include "viewer/model/query.h"
#include "viewer/model/region_pages.h"

G_BEGIN_DECLS

typedef enum {
  HV_LIST_SPANS,
  HV_LIST_CLASSES,
  HV_LIST_THREADS,
  HV_LIST_REGIONS,
  HV_LIST_ARENAS,
  HV_LIST_STACKS, /* of scopes: <liballoc/stack.h> */
  HV_LIST_EVENTS, /* of a history */
  HV_LISTS,
} HvListKind;

/* How a column is written. */
typedef enum {
  HV_LIST_ADDRESS, /* facts.begin, hexadecimal */
  HV_LIST_NAME,    /* facts.name */
  HV_LIST_KIND,    /* facts.kind */
  HV_LIST_NUMBER,  /* as it is */
  HV_LIST_COUNT,   /* with digit groups */
  HV_LIST_BYTES,   /* with a binary unit */
  HV_LIST_FILL,    /* millionths as a percentage */
  HV_LIST_LEAST,   /* likewise, with a sign that it may be more */
  HV_LIST_SHARE,   /* likewise, where it is known */
  HV_LIST_PART,    /* bytes, where they are known */
  HV_LIST_AGE,     /* nanoseconds in the largest unit, with a sign where it may be more */
  HV_LIST_TIME,    /* local time */
} HvListFormat;

/*
 * HvListColumn:
 * @key: in CSV, JSON, --sort
 * @title: for people
 * @explanation: (nullable): a sentence
 * @field: its value; unused by addresses, names and kinds
 */
typedef struct {
  const char *key;
  const char *title;
  const char *explanation;
  HvListFormat format;
  HvField field;
} HvListColumn;

#define HV_LIST_SORTS 8

/* A column that sorts a list, and how: the smallest first, or last. */
typedef struct {
  guint column;
  gboolean ascending;
} HvListSort;

/* One row: @key tells it from the others of its list from frame to frame. */
typedef struct {
  guint64 key;
  HvFacts facts;
} HvListRow;

typedef struct HvList HvList;

/* Columns of a list; @sort: (out) (optional): the one it is sorted by, downwards, by default. */
const HvListColumn *hv_list_columns(HvListKind kind, guint *count, guint *sort);

/* Whether its cells are words and not numbers. */
static inline gboolean hv_list_column_is_text(const HvListColumn *column) {
  return column->format == HV_LIST_NAME || column->format == HV_LIST_KIND;
}

/* "spans", "classes", ... */
const char *hv_list_key(HvListKind kind);

/* Bit per HvField that rows of this list have. */
guint32 hv_list_fields(HvListKind kind);

/**
 * hv_list_new:
 * @kind: not HV_LIST_EVENTS
 * @frame: a reference is taken
 * @activity: (nullable): at @frame, for the churn of size classes, which is not known without, nor
 *   from a single frame
 * @query: (nullable): which rows
 * @sort: index of a column
 * @ascending: the smallest first
 * @max_rows: how many rows are kept at most, 0: all
 *
 * O(things log max_rows). Returns: (transfer full)
 */
HvList *hv_list_new(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                    guint sort, gboolean ascending, guint max_rows);

/**
 * hv_list_new_events:
 * @history: (nullable): whose events; NULL: there are none
 * @now_ns: CLOCK_REALTIME that ages count back from
 *
 * The list of kind HV_LIST_EVENTS, which is of no frame. Returns: (transfer full)
 */
HvList *hv_list_new_events(HvHistory *history, guint64 now_ns, HvQuery *query, guint sort,
                           gboolean ascending, guint max_rows);

/**
 * hv_list_new_as_shown:
 * @sorts: (array length=n_sorts): the first sorts, the next those that it finds equal, and so on
 * @n_sorts: 1 to HV_LIST_SORTS
 *
 * Like hv_list_new(), but sorted by what people see instead of what programs read: names as the
 * locale has them, shares in thousandths, what is not known before 0. Returns: (transfer full)
 */
HvList *hv_list_new_as_shown(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                             const HvListSort *sorts, guint n_sorts, guint max_rows);

/**
 * hv_list_new_regions:
 * @pages: (nullable): what is resident of the regions; NULL: that is not known
 * @activity: (nullable): how long they have been there; likewise
 *
 * hv_list_new() of HV_LIST_REGIONS with what the frame does not tell. Returns: (transfer full)
 */
HvList *hv_list_new_regions(HvFrame *frame, HvRegionPages *pages, HvActivity *activity,
                            HvQuery *query, guint sort, gboolean ascending, guint max_rows);

/** hv_list_new_regions_as_shown: The same for hv_list_new_as_shown(). Returns: (transfer full) */
HvList *hv_list_new_regions_as_shown(HvFrame *frame, HvRegionPages *pages, HvActivity *activity,
                                     HvQuery *query, const HvListSort *sorts, guint n_sorts,
                                     guint max_rows);

/** hv_list_new_events_as_shown: The same for hv_list_new_events(). Returns: (transfer full) */
HvList *hv_list_new_events_as_shown(HvHistory *history, guint64 now_ns, HvQuery *query,
                                    const HvListSort *sorts, guint n_sorts, guint max_rows);
void hv_list_free(HvList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvList, hv_list_free)

/* The rows kept, sorted; valid as long as the list. (transfer none) */
const HvListRow *hv_list_rows(HvList *list, guint *count);

/* Rows that matched, kept or not; and all that there are. */
guint64 hv_list_matched(HvList *list);
guint64 hv_list_total(HvList *list);

/* Sum over all that matched of a field that rows have. */
guint64 hv_list_sum(HvList *list, HvField field);

/* The cell of a row as text for people. (transfer full) */
char *hv_list_cell(const HvListColumn *column, const HvFacts *facts);

/* The cell for programs: plain numbers, "" where there is no value. (transfer full) */
char *hv_list_cell_plain(const HvListColumn *column, const HvFacts *facts);

/* Rows with all columns, titled by their keys, for programs: CSV or JSON (data_table.h), words in
 * English. (transfer full) */
char *hv_list_dup_data(const HvListColumn *columns, guint count, const HvListRow *rows,
                       guint row_count, gboolean as_json);

/* The same as long as @go_on (nullable), asked before each row, says so. (nullable): NULL: it was
 * stopped. */
char *hv_list_dup_data_while(const HvListColumn *columns, guint count, const HvListRow *rows,
                             guint row_count, gboolean as_json, HvGoOn go_on, gpointer data);

G_END_DECLS
