/* SPDX-License-Identifier: MIT */
/* alloc-inspect spans, classes, threads, regions, arenas: the lists of a heap; and pins, release:
 * what would give back the memory of its spans. */
#include <stdio.h>
#include <string.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/error.h"
#include "viewer/model/holders.h"
#include "viewer/model/list.h"
#include "viewer/model/release.h"
#include "viewer/model/units.h"

typedef struct {
  double wait;
  char *filter;
  char *sort;
  int limit; /* rows at most; 0: all */
  InspectData data;
} Options;

enum { HOLDERS = 10 }; /* call stacks told */

static gboolean parse_sort(const char *text, HvListKind kind, guint *sort, gboolean *ascending,
                           GError **error) {
  guint count = 0;
  const HvListColumn *columns = hv_list_columns(kind, &count, sort);
  g_autofree const char **keys = g_new0(const char *, count + 1);
  for (guint i = 0; i < count; i++)
    keys[i] = columns[i].key;
  return inspect_parse_sort(text, hv_list_key(kind), keys, sort, ascending, error);
}

/* ---- printing ---- */

static void print_text(const HvListColumn *columns, guint count, const HvListRow *rows,
                       guint row_count) {
  g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
  g_autofree InspectColumn *heads = g_new0(InspectColumn, count);
  for (guint column = 0; column < count; column++)
    heads[column] =
        (InspectColumn){columns[column].title, hv_list_column_is_text(&columns[column])};
  for (guint row = 0; row < row_count; row++) {
    for (guint column = 0; column < count; column++)
      g_ptr_array_add(cells, hv_list_cell(&columns[column], &rows[row].facts));
  }
  inspect_print_cells(heads, count, cells);
}

static void print_rows(const Options *options, const HvListColumn *columns, guint count,
                       const HvListRow *rows, guint row_count) {
  if (!inspect_wants_data(&options->data)) {
    print_text(columns, count, rows, row_count);
    return;
  }
  g_autofree char *data = hv_list_dup_data(columns, count, rows, row_count, options->data.json);
  fputs(data, stdout);
}

/* ---- commands ---- */

/* Parses what all of these commands take, and opens the heap. */
static HvFrame *start(int argc, char **argv, const char *summary, gboolean sortable,
                      Options *options, HvSource **source, HvQuery **query, int *status) {
  const GOptionEntry sort_entries[] = {{"sort", 's', 0, G_OPTION_ARG_STRING, &options->sort,
                                        "Sort by this column, downwards, or upwards with :asc",
                                        "COLUMN"},
                                       {0}};
  const GOptionEntry entries[] = {
      {"filter", 'f', 0, G_OPTION_ARG_STRING, &options->filter,
       "Only what matches, such as \"class:1024 fill<10% thread:17\"", "QUERY"},
      {"limit", 'n', 0, G_OPTION_ARG_INT, &options->limit, "Rows at most (40), 0: all", "ROWS"},
      INSPECT_DATA_ENTRIES(&options->data),
      INSPECT_WAIT_ENTRY(&options->wait),
      sortable ? sort_entries[0] : sort_entries[1],
      {0}};
  const char *command = argv[0];
  GError *error = NULL;
  options->wait = INSPECT_WAIT_DEFAULT;
  options->limit = INSPECT_LIMIT_UNSET;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1, summary, status))
    return NULL;
  if (inspect_check_data(&options->data, &error) &&
      inspect_check_limit(options->limit, "a number of rows, 0 for all", &error))
    *query = inspect_parse_filter(options->filter == NULL ? "" : options->filter, &error);
  if (error != NULL) {
    *status = inspect_fail(command, INSPECT_USAGE, error);
    return NULL;
  }
  if (options->limit == INSPECT_LIMIT_UNSET)
    options->limit = inspect_wants_data(&options->data) ? 0 : INSPECT_LIMIT_DEFAULT;
  HvFrame *frame = inspect_open(argv[1], options->wait, source, &error);
  if (frame == NULL)
    *status = inspect_fail(command, INSPECT_FAILED, error);
  return frame;
}

static void options_clear(Options *options) {
  g_free(options->filter);
  g_free(options->sort);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* What is resident of the regions of a live process. Returns: (transfer full) (nullable) */
static HvRegionPages *read_pages(HvFrame *frame, HvSource *source) {
  GError *error = NULL;
  if (hv_source_state(source) == HV_SOURCE_FILE || hv_source_state(source) == HV_SOURCE_DEAD ||
      hv_source_recording(source) != NULL)
    return NULL;
  HvRegionPages *pages = hv_region_pages_read(frame, hv_source_pid(source), &error);
  if (pages == NULL)
    fprintf(stderr, "What is resident is not known, since %s\n", error->message);
  g_clear_error(&error);
  return pages;
}

static int print_list(int argc, char **argv, HvListKind kind, const char *summary) {
  g_auto(Options) options = {0};
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvQuery) query = NULL;
  int status = INSPECT_OK;
  guint columns_count = 0;
  guint rows_count = 0;
  guint sort = 0;
  gboolean ascending = FALSE;
  GError *error = NULL;
  g_autoptr(HvFrame) frame = start(argc, argv, summary, TRUE, &options, &source, &query, &status);
  if (frame == NULL)
    return status;
  if (!parse_sort(options.sort, kind, &sort, &ascending, &error))
    return inspect_fail(argv[0], INSPECT_USAGE, error);
  g_auto(InspectPast) past = {0};
  g_autoptr(HvList) list = NULL;
  if (kind == HV_LIST_EVENTS) {
    frame = inspect_look(source, frame, INSPECT_FOR_DEFAULT, TRUE, &past);
    list = hv_list_new_events(past.history, hv_frame_head(frame)->realtime_ns, query, sort,
                              ascending, (guint)options.limit);
  } else if (kind == HV_LIST_REGIONS) {
    g_autoptr(HvRegionPages) pages = read_pages(frame, source);
    if (hv_source_recording(source) != NULL)
      frame = inspect_look(source, frame, 0, FALSE, &past);
    list = hv_list_new_regions(frame, pages, past.activity, query, sort, ascending,
                               (guint)options.limit);
  } else {
    if (kind == HV_LIST_CLASSES)
      frame = inspect_look(source, frame, 0, FALSE, &past);
    list = hv_list_new(kind, frame, past.activity, query, sort, ascending, (guint)options.limit);
  }
  const HvListColumn *columns = hv_list_columns(kind, &columns_count, NULL);
  const HvListRow *rows = hv_list_rows(list, &rows_count);
  print_rows(&options, columns, columns_count, rows, rows_count);
  if (!inspect_wants_data(&options.data))
    inspect_print_more(rows_count, hv_list_matched(list), hv_list_total(list), hv_list_key(kind));
  return inspect_finish(hv_list_key(kind));
}

int inspect_spans(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_SPANS,
                    "Lists the spans of a heap, those that waste most first.");
}

int inspect_classes(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_CLASSES,
                    "Lists the size classes of a heap, those that waste most first.");
}

int inspect_threads(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_THREADS,
                    "Lists the thread caches of a heap, those that keep most first.");
}

int inspect_regions(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_REGIONS,
                    "Lists the mmapped regions of a heap, the largest first.");
}

int inspect_arenas(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_ARENAS,
                    "Lists the arenas of a heap, those that waste most first.");
}

int inspect_stacks(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_STACKS,
                    "Lists the chunks of the stacks that threads have by <liballoc/stack.h>, those "
                    "that hold most\nfirst.");
}

/* The call stacks whose sampled blocks hold the spans that the query matches. */
static void print_holders(HvFrame *frame, HvQuery *query) {
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
  if (profile == NULL)
    return;
  g_autoptr(GArray) holders = hv_holders_new(profile, query);
  puts(holders->len == 0 ? "\nNo sampled block is in these spans"
                         : "\nWhat these spans hold is kept, as far as sampled blocks tell:");
  for (guint i = 0; i < holders->len && i < HOLDERS; i++) {
    g_autofree char *text = hv_holder_text(&g_array_index(holders, HvHolder, i));
    printf("  %s\n", text);
  }
}

int inspect_events(int argc, char **argv) {
  return print_list(argc, argv, HV_LIST_EVENTS,
                    "Lists what happened to a heap, the newest first: all of a recording, or what "
                    "happens to a\nprocess within two seconds.");
}

int inspect_pins(int argc, char **argv) {
  g_auto(Options) options = {0};
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvQuery) query = NULL;
  int status = INSPECT_OK;
  guint columns_count = 0;
  guint rows_count = 0;
  g_autoptr(HvFrame) frame = start(
      argc, argv,
      "Lists the live blocks that keep most memory from being given back: a block of a span with\n"
      "n live blocks pins an n-th of what the span holds. The filter is about spans.",
      FALSE, &options, &source, &query, &status);
  if (frame == NULL)
    return status;
  g_autoptr(HvRelease) release =
      hv_release_new(frame, query, options.limit == 0 ? G_MAXUINT : (guint)options.limit);
  const HvListColumn *columns = hv_release_pin_columns(&columns_count);
  const HvListRow *rows = hv_release_pins(release, &rows_count);
  print_rows(&options, columns, columns_count, rows, rows_count);
  guint64 blocks = hv_release_blocks(release);
  if (inspect_wants_data(&options.data))
    return inspect_finish("pins");
  if (rows_count < blocks && (options.limit == 0 || rows_count < (guint)options.limit))
    printf("\nThe frame tells the places of %u of %" G_GUINT64_FORMAT " live blocks\n", rows_count,
           blocks);
  else
    inspect_print_more(rows_count, blocks, blocks, "live blocks");
  print_holders(frame, query);
  return inspect_finish("pins");
}
