/* SPDX-License-Identifier: MIT */
/* What the commands of alloc-inspect share. */
#include "viewer/cli/inspect.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "viewer/model/error.h"
#include "viewer/model/json_parts.h"
#include "viewer/model/past.h"

#define WATCH_MAX_SECONDS 3600.0

/* --at of the command that runs. */
static char *moment;

int inspect_fail(const char *command, int status, GError *error) {
  gboolean makes_no_sense = g_error_matches(error, HV_ERROR, HV_ERROR_ARGUMENT);
  fprintf(stderr, "alloc-inspect %s: %s\n", command, error->message);
  g_error_free(error);
  return makes_no_sense ? INSPECT_USAGE : status;
}

gboolean inspect_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *arguments,
                       int rest_count, const char *summary, int *status) {
  g_autofree char *name = g_strdup((*argv)[0]);
  g_autofree char *program = g_strdup_printf("alloc-inspect %s", name);
  g_autofree char *parameters = rest_count == 0 ? NULL : g_strdup_printf("%s", arguments);
  g_autoptr(GOptionContext) context = g_option_context_new(parameters);
  GError *error = NULL;
  gboolean help = FALSE;
  const GOptionEntry help_entries[] = {
      {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this text", NULL}, {0}};
  g_option_context_set_help_enabled(context, FALSE);
  g_option_context_set_summary(context, summary);
  g_option_context_add_main_entries(context, help_entries, NULL);
  const GOptionEntry at_entries[] = {
      {"at", 0, 0, G_OPTION_ARG_STRING, &moment,
       "A moment of a recording: a frame from 1, +SECONDS, or HH:MM:SS (the last)", "WHEN"},
      {0}};
  if (g_str_has_prefix(arguments, "PID|FILE"))
    g_option_context_add_main_entries(context, at_entries, NULL);
  if (entries != NULL)
    g_option_context_add_main_entries(context, entries, NULL);
  g_set_prgname(program);
  if (!g_option_context_parse(context, argc, argv, &error)) {
    fprintf(stderr, "%s: %s: see %s --help\n", program, error->message, program);
    g_error_free(error);
    *status = INSPECT_USAGE;
    return FALSE;
  }
  if (help) {
    g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
    fputs(text, stdout);
    *status = inspect_finish(name);
    return FALSE;
  }
  if (*argc - 1 != rest_count) {
    if (*argc - 1 < rest_count)
      fprintf(stderr, "%s: %s is missing: see %s --help\n", program, arguments, program);
    else
      fprintf(stderr, "%s: \"%s\" is one argument too many: see %s --help\n", program,
              (*argv)[rest_count + 1], program);
    *status = INSPECT_USAGE;
    return FALSE;
  }
  return TRUE;
}

gboolean inspect_check_limit(int limit, const char *takes, GError **error) {
  if (limit >= 0 || limit == INSPECT_LIMIT_UNSET)
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, "--limit takes %s", takes);
  return FALSE;
}

gboolean inspect_check_data(const InspectData *data, GError **error) {
  if (!data->csv || !data->json)
    return TRUE;
  g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, "--csv and --json exclude each other");
  return FALSE;
}

HvQuery *inspect_parse_filter(const char *text, GError **error) {
  guint position = 0;
  HvQuery *query = hv_query_parse(text, &position, error);
  if (query == NULL)
    g_prefix_error(error, "--filter, at character %u: ", position + 1);
  return query;
}

/* Waits for the first frame; tells what for as soon as it takes noticeable time. */
static HvFrame *wait_for_frame(HvSource *source, double wait_seconds, GError **error) {
  const gint64 begin = g_get_monotonic_time();
  gboolean told = FALSE;
  for (;;) {
    HvFrame *frame = hv_source_poll(source);
    if (frame != NULL)
      return frame;
    HvSourceState state = hv_source_state(source);
    const char *sentence = hv_source_sentence(source);
    if (state != HV_SOURCE_WAITING && state != HV_SOURCE_LIVE) {
      g_set_error(error, HV_ERROR,
                  state == HV_SOURCE_GONE ? HV_ERROR_NO_PROCESS : HV_ERROR_NOT_WATCHABLE, "%s",
                  sentence);
      return NULL;
    }
    double seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    if (seconds >= wait_seconds) {
      HvSourceStats stats;
      hv_source_stats(source, &stats);
      if (stats.invalid != 0 || stats.torn != 0)
        g_set_error(error, HV_ERROR, HV_ERROR_CORRUPT,
                    "process %u published no whole frame within %g s: %s", hv_source_pid(source),
                    wait_seconds, sentence);
      else
        g_set_error(error, HV_ERROR, HV_ERROR_NOT_WATCHABLE,
                    "process %u did not answer within %g s: it answers at its next allocation; "
                    "wait longer with --wait SECONDS",
                    hv_source_pid(source), wait_seconds);
      return NULL;
    }
    if (!told && seconds > 0.7) {
      fprintf(stderr, "%s\n", sentence);
      told = TRUE;
    }
    g_usleep(20000);
  }
}

HvFrame *inspect_open(const char *what, double wait_seconds, HvSource **source, GError **error) {
  if (!isfinite(wait_seconds) || wait_seconds < 0 || wait_seconds > 86400) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, "--wait takes seconds from 0 to 86400");
    return NULL;
  }
  g_autoptr(HvSource) opened =
      moment == NULL ? hv_source_open(what, error) : hv_source_open_moment(what, moment, error);
  if (opened == NULL)
    return NULL;
  /* The last frame of a dead process may be looked at with several commands. */
  hv_source_set_keep(opened, TRUE);
  HvFrame *frame = wait_for_frame(opened, wait_seconds, error);
  if (frame == NULL)
    return NULL;
  if (hv_source_state(opened) == HV_SOURCE_DEAD || hv_source_is_incomplete(opened))
    fprintf(stderr, "%s\n", hv_source_sentence(opened));
  *source = g_steal_pointer(&opened);
  return frame;
}

HvFrame *inspect_open_moment(const char *what, HvSource **source, GError **error) {
  const char *at = strrchr(what, '@');
  g_autofree char *path = g_strdup(what);
  if (at != NULL && !g_file_test(what, G_FILE_TEST_EXISTS))
    path[at - what] = '\0';
  else
    at = NULL;
  *source = hv_source_open_moment(path, at == NULL ? NULL : at + 1, error);
  return *source == NULL ? NULL : hv_source_poll(*source);
}

gboolean inspect_check_for(double seconds, GError **error) {
  if (isfinite(seconds) && seconds >= 0 && seconds <= WATCH_MAX_SECONDS)
    return TRUE;
  g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, "--for takes seconds from 0 to 3600");
  return FALSE;
}

/* What was resident when it was last looked. */
typedef struct {
  gint64 at_us; /* 0: not yet */
  gboolean is_known;
  HvResidency residency;
} Sample;

/* Adds a frame to the history, with what is resident; that is sampled twice a second at most. */
static void keep_frame(HvHistory *history, HvFrame *frame, gint64 churn_bytes, guint pid,
                       Sample *sample) {
  gint64 now_us = g_get_monotonic_time();
  if (sample->at_us == 0 || now_us - sample->at_us >= G_USEC_PER_SEC / 2) {
    g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
    sample->is_known =
        hv_residency_read(pyramid, pid, HV_RESIDENCY_PAGES, &sample->residency, NULL);
    sample->at_us = now_us;
  }
  hv_history_add(history, frame, sample->is_known ? &sample->residency : NULL, churn_bytes, FALSE);
}

static HvFrame *watch(HvSource *source, HvFrame *frame, double seconds, InspectPast *past) {
  const gint64 end_us = g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
  g_autoptr(HvTracker) tracker = hv_tracker_new();
  Sample sample = {0};
  for (;;) {
    g_clear_pointer(&past->activity, hv_activity_unref);
    past->activity = hv_past_add(frame, past->growth, tracker);
    if (past->history != NULL)
      keep_frame(past->history, frame, hv_tracker_take_churn(tracker), hv_source_pid(source),
                 &sample);
    HvFrame *next = NULL;
    while (next == NULL) {
      HvSourceState state = hv_source_state(source);
      if (g_get_monotonic_time() >= end_us ||
          (state != HV_SOURCE_LIVE && state != HV_SOURCE_WAITING))
        return frame;
      g_usleep(20000);
      next = hv_source_poll(source);
    }
    hv_frame_unref(frame);
    frame = next;
  }
}

void inspect_past_clear(InspectPast *past) {
  g_clear_pointer(&past->history, hv_history_unref);
  g_clear_pointer(&past->activity, hv_activity_unref);
  g_clear_pointer(&past->growth, hv_growth_free);
}

HvFrame *inspect_look(HvSource *source, HvFrame *frame, double seconds, gboolean keep,
                      InspectPast *past) {
  HvRecording *recording = hv_source_recording(source);
  gboolean is_live = hv_source_state(source) == HV_SOURCE_LIVE;
  *past = (InspectPast){.growth = hv_growth_new()};
  if (recording != NULL) {
    past->history = hv_history_new_recording(recording);
    past->activity = hv_past_follow(past->history, frame, past->growth);
    return frame;
  }
  if (is_live && keep)
    past->history = hv_history_new(HV_HISTORY_BUDGET_BYTES);
  return watch(source, frame, is_live ? seconds : 0, past);
}

HvLedger *inspect_make_ledger(HvFrame *frame, HvSource *source) {
  HvResidency residency;
  g_autoptr(HvPyramid) pyramid = NULL;
  if (hv_source_residency(source, &residency))
    return hv_ledger_new(frame, &residency);
  if (hv_source_state(source) == HV_SOURCE_FILE || hv_source_state(source) == HV_SOURCE_DEAD)
    return hv_ledger_new(frame, NULL);
  pyramid = hv_pyramid_new(frame);
  GError *error = NULL;
  if (hv_residency_read(pyramid, hv_source_pid(source), HV_RESIDENCY_PAGES, &residency, &error))
    return hv_ledger_new(frame, &residency);
  fprintf(stderr, "The ledger counts address space, since %s\n", error->message);
  g_error_free(error);
  return hv_ledger_new(frame, NULL);
}

void inspect_print_json(JsonBuilder *builder) {
  g_autofree char *text = json_end(builder);
  fputs(text, stdout);
}

int inspect_finish(const char *command) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return INSPECT_OK;
  int saved = errno;
  fprintf(stderr, "alloc-inspect %s: cannot write to standard output: %s\n", command,
          g_strerror(saved));
  return INSPECT_FAILED;
}
