/* SPDX-License-Identifier: MIT */
/*
 * See list.h. The best rows are kept in a heap whose root is the worst of them, so a million spans
 * cost one comparison each and no memory.
 */
#include "viewer/model/list.h"

#include <string.h>

#include "viewer/model/class_sums.h"
#include "viewer/model/data_table.h"
#include "viewer/model/units.h"

struct HvList {
  HvFrame *frame;       /* names of rows are its; NULL: of events */
  GPtrArray *texts;     /* names of events */
  HvRegionPages *pages; /* the caller's; NULL: not known */
  HvActivity *activity; /* likewise */
  HvQuery *query;
  HvListKind kind;
  const HvListColumn *columns;
  HvListSort sorts[HV_LIST_SORTS];
  guint n_sorts;
  gboolean as_shown; /* and not as programs read it */
  guint max_rows;
  GArray *rows; /* HvListRow, a heap while the list is made */
  guint64 matched;
  guint64 total;
  guint64 sums[HV_FIELDS];
};

/* ---- rows ---- */

static int compare_words(const char *a, const char *b) {
  /* The same thread makes many things; and collating costs. */
  if (strcmp(a, b) == 0)
    return 0;
  g_autofree char *left = g_utf8_make_valid(a, -1);
  g_autofree char *right = g_utf8_make_valid(b, -1);
  return g_utf8_collate(left, right);
}

static guint64 sort_value(const HvListColumn *column, gboolean as_shown, const HvFacts *facts) {
  if (column->format == HV_LIST_ADDRESS)
    return facts->begin;
  guint64 value = facts->value[column->field];
  if (!as_shown)
    return value;
  if (column->format == HV_LIST_FILL)
    return value / 1000;
  if (column->format == HV_LIST_SHARE)
    return hv_facts_has(facts, column->field) ? value / 1000 + 1 : 0;
  if (column->format == HV_LIST_AGE || column->format == HV_LIST_LEAST ||
      column->format == HV_LIST_PART)
    return hv_facts_has(facts, column->field) ? value + 1 : 0;
  return value;
}

static int compare_facts(const HvListColumn *column, gboolean as_shown, const HvFacts *a,
                         const HvFacts *b) {
  if (column->format == HV_LIST_NAME)
    return as_shown ? compare_words(a->name, b->name) : strcmp(a->name, b->name);
  if (column->format == HV_LIST_KIND)
    return strcmp(a->kind, b->kind);
  guint64 left = sort_value(column, as_shown, a);
  guint64 right = sort_value(column, as_shown, b);
  return left < right ? -1 : left > right;
}

/* Negative when @a comes before @b in the list. */
static int compare_rows(gconstpointer a, gconstpointer b, gpointer data) {
  const HvList *list = data;
  const HvListRow *left = a;
  const HvListRow *right = b;
  for (guint i = 0; i < list->n_sorts; i++) {
    const HvListColumn *column = &list->columns[list->sorts[i].column];
    int order = compare_facts(column, list->as_shown, &left->facts, &right->facts);
    if (order != 0)
      return list->sorts[i].ascending ? order : -order;
  }
  return left->key < right->key ? -1 : left->key > right->key;
}

static HvListRow *row_at(HvList *list, guint index) {
  return &g_array_index(list->rows, HvListRow, index);
}

static void swap_rows(HvList *list, guint a, guint b) {
  HvListRow row = *row_at(list, a);
  *row_at(list, a) = *row_at(list, b);
  *row_at(list, b) = row;
}

/* Replaces the root, the last row in the order, and restores the heap. */
static void replace_last(HvList *list, const HvListRow *row) {
  guint at = 0;
  *row_at(list, 0) = *row;
  for (;;) {
    guint last = at;
    for (guint child = 2 * at + 1; child <= 2 * at + 2 && child < list->rows->len; child++) {
      if (compare_rows(row_at(list, child), row_at(list, last), list) > 0)
        last = child;
    }
    if (last == at)
      return;
    swap_rows(list, at, last);
    at = last;
  }
}

static void push(HvList *list, const HvListRow *row) {
  g_array_append_val(list->rows, *row);
  for (guint at = list->rows->len - 1; list->max_rows != 0 && at > 0;) {
    guint parent = (at - 1) / 2;
    if (compare_rows(row_at(list, at), row_at(list, parent), list) <= 0)
      return;
    swap_rows(list, at, parent);
    at = parent;
  }
}

static void offer(HvList *list, guint64 key, const HvFacts *facts) {
  list->total++;
  if (list->query != NULL && !hv_query_matches(list->query, facts))
    return;
  list->matched++;
  for (guint i = 0; i < HV_FIELDS; i++)
    list->sums[i] += facts->value[i];
  HvListRow row = {key, *facts};
  if (list->max_rows == 0 || list->rows->len < list->max_rows)
    push(list, &row);
  else if (compare_rows(&row, row_at(list, 0), list) < 0)
    replace_last(list, &row);
}

static void offer_spans(HvList *list) {
  guint count = 0;
  HvFacts facts;
  hv_frame_spans(list->frame, &count);
  for (guint i = 0; i < count; i++) {
    hv_facts_of_span(list->frame, i, &facts);
    offer(list, facts.begin, &facts);
  }
}

static void offer_classes(HvList *list) {
  guint classes = 0;
  guint spans = 0;
  const struct alloc_class_record *record = hv_frame_classes(list->frame, &classes);
  const HvSpan *span = hv_frame_spans(list->frame, &spans);
  g_autofree HvFacts *sums = g_new0(HvFacts, classes + 1u);
  gboolean knows_churn = list->activity != NULL &&
                         hv_activity_span_count(list->activity) == spans &&
                         hv_activity_known_ns(list->activity) > 0;
  for (guint i = 0; i < classes; i++) {
    sums[i].kind = "class";
    sums[i].name = "";
    for (guint field = 0; field < HV_FIELDS; field++) {
      if ((hv_list_fields(HV_LIST_CLASSES) >> field & 1) != 0 && field != HV_FIELD_KIND &&
          (field != HV_FIELD_CHURN || knows_churn))
        hv_facts_set(&sums[i], (HvField)field, 0);
    }
    hv_facts_set(&sums[i], HV_FIELD_CLASS, record[i].block_bytes);
  }
  for (guint i = 0; i < spans; i++) {
    HvFacts facts;
    if (span[i].kind != ALLOC_SPAN_SMALL || span[i].size_class >= classes)
      continue;
    hv_facts_of_span(list->frame, i, &facts);
    hv_facts_add_span(&sums[span[i].size_class], &facts);
    if (knows_churn)
      sums[span[i].size_class].value[HV_FIELD_CHURN] += hv_activity_churn_bytes(list->activity, i);
  }
  for (guint i = 1; i < classes; i++) {
    hv_facts_finish(&sums[i]);
    if (sums[i].value[HV_FIELD_SPANS] > 0)
      offer(list, i, &sums[i]);
  }
}

static void offer_threads(HvList *list) {
  guint count = 0;
  HvFacts facts;
  const struct alloc_cache_record *caches = hv_frame_caches(list->frame, &count);
  for (guint i = 0; i < count; i++) {
    hv_facts_of_cache(list->frame, i, &facts);
    offer(list, caches[i].owner, &facts);
  }
}

static void offer_regions(HvList *list) {
  guint count = 0;
  HvFacts facts;
  hv_frame_regions(list->frame, &count);
  for (guint i = 0; i < count; i++) {
    hv_facts_of_region(list->frame, i, &facts);
    if (list->pages != NULL)
      hv_region_pages_tell(list->pages, &facts);
    if (list->activity != NULL)
      hv_activity_tell_region(list->activity, &facts);
    offer(list, facts.begin, &facts);
  }
}

static void offer_arenas(HvList *list) {
  guint count = 0;
  HvFacts facts;
  const struct alloc_arena_record *arenas = hv_frame_arenas(list->frame, &count);
  for (guint i = 0; i < count; i++) {
    HvFacts sum;
    hv_facts_of_arena(list->frame, i, &sum);
    for (guint j = 0; j < arenas[i].span_count; j++) {
      hv_facts_of_span(list->frame, arenas[i].first_span + j, &facts);
      hv_facts_add_span(&sum, &facts);
    }
    hv_facts_finish(&sum);
    offer(list, sum.begin, &sum);
  }
}

static void offer_stacks(HvList *list) {
  guint count = 0;
  HvFacts facts;
  hv_frame_stacks(list->frame, &count);
  for (guint i = 0; i < count; i++) {
    hv_facts_of_stack(list->frame, i, &facts);
    offer(list, facts.begin, &facts);
  }
}

static void offer_events(HvList *list, HvHistory *history, guint64 now_ns) {
  g_autoptr(GArray) events = hv_history_events(history);
  for (guint i = 0; i < events->len; i++) {
    const HvEvent *event = &g_array_index(events, HvEvent, i);
    HvFacts facts = {.kind = hv_event_key(event->kind),
                     .name = hv_event_describe(event),
                     .plain = hv_event_describe_plain(event)};
    g_ptr_array_add(list->texts, (gpointer)facts.name);
    g_ptr_array_add(list->texts, (gpointer)facts.plain);
    hv_facts_set(&facts, HV_FIELD_TIME, event->time_ns);
    if (event->time_ns <= now_ns)
      hv_facts_set(&facts, HV_FIELD_IDLE, now_ns - event->time_ns);
    if (hv_event_is_bytes(event->kind))
      hv_facts_set(&facts, HV_FIELD_SIZE, event->count);
    else if (event->count != 0 && event->kind != HV_EVENT_MARK)
      hv_facts_set(&facts, HV_FIELD_COUNT, event->count);
    /* Times are far from using these bits up before the year 2500. */
    offer(list, event->time_ns ^ (guint64)event->kind << 59, &facts);
  }
}

static HvList *list_new(HvListKind kind, HvQuery *query, const HvListSort *sorts, guint n_sorts,
                        guint max_rows) {
  HvList *list = g_new0(HvList, 1);
  guint columns = 0;
  list->query = query;
  list->kind = kind;
  list->columns = hv_list_columns(kind, &columns, NULL);
  g_assert(n_sorts > 0 && n_sorts <= HV_LIST_SORTS);
  for (guint i = 0; i < n_sorts; i++) {
    g_assert(sorts[i].column < columns);
    list->sorts[i] = sorts[i];
  }
  list->n_sorts = n_sorts;
  list->max_rows = max_rows;
  list->rows = g_array_new(FALSE, FALSE, sizeof(HvListRow));
  return list;
}

static HvList *list_finish(HvList *list) {
  list->query = NULL; /* the caller's */
  list->pages = NULL;
  list->activity = NULL;
  g_array_sort_with_data(list->rows, compare_rows, list);
  return list;
}

static HvList *list_fill(HvList *list, HvFrame *frame, HvActivity *activity) {
  static void (*const offers[HV_LISTS])(HvList *) = {
      [HV_LIST_SPANS] = offer_spans,     [HV_LIST_CLASSES] = offer_classes,
      [HV_LIST_THREADS] = offer_threads, [HV_LIST_REGIONS] = offer_regions,
      [HV_LIST_ARENAS] = offer_arenas,   [HV_LIST_STACKS] = offer_stacks,
  };
  list->frame = hv_frame_ref(frame);
  list->activity = activity;
  offers[list->kind](list);
  return list_finish(list);
}

HvList *hv_list_new(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                    guint sort, gboolean ascending, guint max_rows) {
  g_return_val_if_fail((guint)kind < HV_LISTS && kind != HV_LIST_EVENTS, NULL);
  return list_fill(list_new(kind, query, &(HvListSort){sort, ascending}, 1, max_rows), frame,
                   activity);
}

HvList *hv_list_new_as_shown(HvListKind kind, HvFrame *frame, HvActivity *activity, HvQuery *query,
                             const HvListSort *sorts, guint n_sorts, guint max_rows) {
  g_return_val_if_fail((guint)kind < HV_LISTS && kind != HV_LIST_EVENTS, NULL);
  HvList *list = list_new(kind, query, sorts, n_sorts, max_rows);
  list->as_shown = TRUE;
  return list_fill(list, frame, activity);
}

HvList *hv_list_new_regions(HvFrame *frame, HvRegionPages *pages, HvActivity *activity,
                            HvQuery *query, guint sort, gboolean ascending, guint max_rows) {
  HvList *list = list_new(HV_LIST_REGIONS, query, &(HvListSort){sort, ascending}, 1, max_rows);
  list->pages = pages;
  return list_fill(list, frame, activity);
}

HvList *hv_list_new_regions_as_shown(HvFrame *frame, HvRegionPages *pages, HvActivity *activity,
                                     HvQuery *query, const HvListSort *sorts, guint n_sorts,
                                     guint max_rows) {
  HvList *list = list_new(HV_LIST_REGIONS, query, sorts, n_sorts, max_rows);
  list->as_shown = TRUE;
  list->pages = pages;
  return list_fill(list, frame, activity);
}

static HvList *list_fill_events(HvList *list, HvHistory *history, guint64 now_ns) {
  list->texts = g_ptr_array_new_with_free_func(g_free);
  if (history != NULL)
    offer_events(list, history, now_ns);
  return list_finish(list);
}

HvList *hv_list_new_events(HvHistory *history, guint64 now_ns, HvQuery *query, guint sort,
                           gboolean ascending, guint max_rows) {
  HvListSort by = {sort, ascending};
  return list_fill_events(list_new(HV_LIST_EVENTS, query, &by, 1, max_rows), history, now_ns);
}

HvList *hv_list_new_events_as_shown(HvHistory *history, guint64 now_ns, HvQuery *query,
                                    const HvListSort *sorts, guint n_sorts, guint max_rows) {
  HvList *list = list_new(HV_LIST_EVENTS, query, sorts, n_sorts, max_rows);
  list->as_shown = TRUE;
  return list_fill_events(list, history, now_ns);
}

void hv_list_free(HvList *list) {
  g_array_unref(list->rows);
  g_clear_pointer(&list->texts, g_ptr_array_unref);
  g_clear_pointer(&list->frame, hv_frame_unref);
  g_free(list);
}

const HvListRow *hv_list_rows(HvList *list, guint *count) {
  *count = list->rows->len;
  return (const HvListRow *)(gconstpointer)list->rows->data;
}

guint64 hv_list_matched(HvList *list) {
  return list->matched;
}

guint64 hv_list_total(HvList *list) {
  return list->total;
}

guint64 hv_list_sum(HvList *list, HvField field) {
  g_return_val_if_fail((guint)field < HV_FIELDS, 0);
  return list->sums[field];
}

/* ---- cells ---- */

char *hv_list_cell(const HvListColumn *column, const HvFacts *facts) {
  if (column->format == HV_LIST_ADDRESS)
    return hv_format_address(facts->begin);
  if (column->format == HV_LIST_NAME)
    return hv_format_name(facts->name);
  if (column->format == HV_LIST_KIND)
    return g_strdup(facts->kind);
  if (!hv_facts_has(facts, column->field))
    return g_strdup("-");
  guint64 value = facts->value[column->field];
  switch (column->format) {
  case HV_LIST_COUNT:
    return hv_format_count(value);
  case HV_LIST_BYTES:
  case HV_LIST_PART:
    return hv_format_bytes((gint64)value);
  case HV_LIST_FILL:
  case HV_LIST_SHARE:
    return hv_format_percent(value, 1000000);
  case HV_LIST_LEAST:
    return hv_format_at_least(value);
  case HV_LIST_AGE:
    return (facts->at_least >> column->field & 1) != 0 ? hv_format_duration_at_least(value)
                                                       : hv_format_duration(value);
  case HV_LIST_TIME:
    return hv_format_time(value);
  case HV_LIST_NUMBER:
  case HV_LIST_ADDRESS:
  case HV_LIST_NAME:
  case HV_LIST_KIND:
    break;
  }
  return g_strdup_printf("%" G_GUINT64_FORMAT, value);
}

char *hv_list_cell_plain(const HvListColumn *column, const HvFacts *facts) {
  if (column->format == HV_LIST_NAME)
    return facts->plain != NULL ? g_strdup(facts->plain) : g_utf8_make_valid(facts->name, -1);
  if (column->format == HV_LIST_ADDRESS || column->format == HV_LIST_KIND)
    return hv_list_cell(column, facts);
  if (!hv_facts_has(facts, column->field))
    return g_strdup("");
  guint64 value = facts->value[column->field];
  if (column->format == HV_LIST_FILL || column->format == HV_LIST_LEAST ||
      column->format == HV_LIST_SHARE)
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT, value / 1000000,
                           value % 1000000);
  if (column->format == HV_LIST_AGE || column->format == HV_LIST_TIME)
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%03" G_GUINT64_FORMAT, value / 1000000000,
                           value / 1000000 % 1000);
  return g_strdup_printf("%" G_GUINT64_FORMAT, value);
}

char *hv_list_dup_data(const HvListColumn *columns, guint count, const HvListRow *rows,
                       guint row_count, gboolean as_json) {
  return hv_list_dup_data_while(columns, count, rows, row_count, as_json, NULL, NULL);
}

char *hv_list_dup_data_while(const HvListColumn *columns, guint count, const HvListRow *rows,
                             guint row_count, gboolean as_json, HvGoOn go_on, gpointer data) {
  g_autofree const char **titles = g_new0(const char *, count + 1);
  for (guint i = 0; i < count; i++)
    titles[i] = columns[i].key;
  HvDataTable *table = hv_data_table_new(titles, as_json);
  for (guint row = 0; row < row_count; row++) {
    if (go_on != NULL && !go_on(row, row_count, data)) {
      g_free(hv_data_table_end(table));
      return NULL;
    }
    for (guint i = 0; i < count; i++) {
      g_autofree char *cell = hv_list_cell_plain(&columns[i], &rows[row].facts);
      if (columns[i].format == HV_LIST_ADDRESS || hv_list_column_is_text(&columns[i]))
        hv_data_table_add_text(table, cell);
      else
        hv_data_table_add_number(table, cell);
    }
  }
  return hv_data_table_end(table);
}
