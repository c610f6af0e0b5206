/* SPDX-License-Identifier: MIT */
/*
 * alloc-inspect's parts: one function per command, and what they share. A command gets its
 * arguments with its own name as argv[0], prints to standard output, and returns an exit status.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <limits.h>
#include <stdio.h>

#include "viewer/model/activity.h"
#include "viewer/model/frame.h"
#include "viewer/model/growth.h"
#include "viewer/model/history.h"
#include "viewer/model/ledger.h"
#include "viewer/model/query.h"
#include "viewer/model/source.h"

G_BEGIN_DECLS

enum {
  INSPECT_OK = 0,
  INSPECT_FAILED = 1, /* a sentence is on standard error */
  INSPECT_USAGE = 2,  /* likewise: the command line makes no sense */
};

int inspect_list(int argc, char **argv);
int inspect_ledger(int argc, char **argv);
int inspect_map(int argc, char **argv);
int inspect_report(int argc, char **argv);
int inspect_json(int argc, char **argv);
int inspect_leaks(int argc, char **argv);
int inspect_save(int argc, char **argv);
int inspect_record(int argc, char **argv);
int inspect_diff(int argc, char **argv);
int inspect_reasons(int argc, char **argv);
int inspect_spans(int argc, char **argv);
int inspect_classes(int argc, char **argv);
int inspect_threads(int argc, char **argv);
int inspect_regions(int argc, char **argv);
int inspect_arenas(int argc, char **argv);
int inspect_stacks(int argc, char **argv);
int inspect_events(int argc, char **argv);
int inspect_pins(int argc, char **argv);
int inspect_mappings(int argc, char **argv);
int inspect_release(int argc, char **argv);
int inspect_profile(int argc, char **argv);
int inspect_where(int argc, char **argv);
int inspect_trim(int argc, char **argv);

/* Prints "alloc-inspect COMMAND: SENTENCE" to standard error and frees @error. Returns: @status,
 * but INSPECT_USAGE when the request itself makes no sense. */
int inspect_fail(const char *command, int status, GError *error);

/**
 * inspect_parse:
 * @entries: options of the command
 * @arguments: how the rest of the command line is called, such as "PID|FILE"
 * @rest_count: how many such arguments must be there
 * @status: (out): exit status when FALSE is returned
 *
 * Returns: whether the command may go on; else everything has been said.
 */
gboolean inspect_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *arguments,
                       int rest_count, const char *summary, int *status);

/* The options --csv and --json, shared by all that print data. */
typedef struct {
  gboolean csv;
  gboolean json;
} InspectData;

#define INSPECT_DATA_ENTRIES(data)                                                                 \
  {"csv", 'c', 0, G_OPTION_ARG_NONE, &(data)->csv, "As CSV", NULL}, {                              \
    "json", 'j', 0, G_OPTION_ARG_NONE, &(data)->json, "As JSON", NULL                              \
  }

/* Whether at most one of them is given; else @error is set. */
gboolean inspect_check_data(const InspectData *data, GError **error);

static inline gboolean inspect_wants_data(const InspectData *data) {
  return data->csv || data->json;
}

/* The value of --filter. Returns: (transfer full): the query, or NULL with @error set */
HvQuery *inspect_parse_filter(const char *text, GError **error);

/* The option --wait, shared by all that read a live process. */
#define INSPECT_WAIT_DEFAULT 5.0
#define INSPECT_WAIT_ENTRY(target)                                                                 \
  {                                                                                                \
    "wait", 'w', 0, G_OPTION_ARG_DOUBLE, target, "Wait at most SECONDS for the process (5)",       \
        "SECONDS"                                                                                  \
  }

/**
 * inspect_open:
 * @what: process id or file
 * @wait_seconds: how long to wait for the first frame of a live process
 * @source: (out): to free with hv_source_free()
 *
 * The option --at, which inspect_parse() adds to all commands on PID|FILE, chooses the moment of a
 * recording.
 * Says on standard error what it waits for.
 *
 * Returns: (transfer full): the first frame, or NULL with @error set
 */
HvFrame *inspect_open(const char *what, double wait_seconds, HvSource **source, GError **error);

/**
 * inspect_open_moment:
 * @what: "FILE", or "FILE@WHEN" for a moment of a recording; a file of that whole name comes first
 * @source: (out): to free with hv_source_free()
 *
 * Returns: (transfer full): its frame, or NULL with @error set
 */
HvFrame *inspect_open_moment(const char *what, HvSource **source, GError **error);

/* The option --for, shared by those that look at a process for a while. */
#define INSPECT_FOR_DEFAULT 2.0
#define INSPECT_FOR_ENTRY(target)                                                                  \
  {                                                                                                \
    "for", 'f', 0, G_OPTION_ARG_DOUBLE, target,                                                    \
        "Watch the process for SECONDS to see what grows (2)", "SECONDS"                           \
  }

/* Whether a value of --for makes sense; else @error is set. */
gboolean inspect_check_for(double seconds, GError **error);

/* What is known of a heap until the moment that is shown. */
typedef struct {
  HvGrowth *growth;
  HvActivity *activity; /* at that moment */
  HvHistory *history;   /* NULL: there is none, or none was asked for */
} InspectPast;

void inspect_past_clear(InspectPast *past);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InspectPast, inspect_past_clear)

/**
 * inspect_look:
 * @frame: (transfer full): the first frame
 * @seconds: to watch a process for, so that it shows what changes; nothing else is waited for
 * @keep: whether the frames of a process are kept, with what is resident
 * @past: (out): of a recording what it tells, of a process what was seen
 *
 * A process that ends meanwhile leaves its last frame. Returns: (transfer full): the frame to show
 */
HvFrame *inspect_look(HvSource *source, HvFrame *frame, double seconds, gboolean keep,
                      InspectPast *past);

/* The ledger of a frame: by residency for a live process, else nominal. (transfer full) */
HvLedger *inspect_make_ledger(HvFrame *frame, HvSource *source);

/* Rows of a list that are printed for people, unless --limit says otherwise. */
#define INSPECT_LIMIT_DEFAULT 40
/* What --limit is before it is read; no number that a user would write. */
#define INSPECT_LIMIT_UNSET INT_MIN

/**
 * inspect_check_limit:
 * @limit: of --limit, or INSPECT_LIMIT_UNSET
 * @takes: what it takes, for the message
 *
 * Returns: FALSE, and HV_ERROR_ARGUMENT, for a negative number
 */
gboolean inspect_check_limit(int limit, const char *takes, GError **error);

/**
 * inspect_parse_sort:
 * @text: (nullable): of --sort: "COLUMN" or "COLUMN:asc"; NULL leaves @sort as it is
 * @noun: what the list is of
 * @keys: (array zero-terminated=1): its columns
 * @sort: (inout): index of the column
 * @ascending: (out): FALSE unless it is asked for
 */
gboolean inspect_parse_sort(const char *text, const char *noun, const char *const *keys,
                            guint *sort, gboolean *ascending, GError **error);

/* A column of a list for people: words begin where their title does, numbers end there. */
typedef struct {
  const char *title;
  gboolean is_text;
} InspectColumn;

/* @cells: (element-type utf8): row after row of @count each. */
void inspect_print_cells(const InspectColumn *columns, guint count, GPtrArray *cells);

/* How many rows there are under a list of the first @shown of them. */
void inspect_print_more(guint64 shown, guint64 matched, guint64 total, const char *noun);

/* Prints all that was built, indented. */
void inspect_print_json(JsonBuilder *builder);

/* Flushes standard output. Returns: the exit status; a failed write has been reported. */
int inspect_finish(const char *command);

G_END_DECLS
