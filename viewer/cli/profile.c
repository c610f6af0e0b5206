/* SPDX-License-Identifier: MIT */
/*
 * alloc-inspect profile: who allocated what is live, by call stack; as a table, CSV, JSON, pprof,
 * collapsed stacks or a flame graph. And starting and stopping it.
 */
#include <string.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/bell.h"
#include "viewer/model/data_files.h"
#include "viewer/model/error.h"
#include "viewer/model/file.h"
#include "viewer/model/holders.h"
#include "viewer/model/units.h"
#include "viewer/render/flame.h"

enum { TOP_DEFAULT = 20, FRAMES_DEFAULT = 8, FLAME_WIDTH_PX = 1200, FLAME_ROW_PX = 20 };

/* ---- start and stop ---- */

/* Until the process has obeyed, and has published what came of it: whoever looks next sees that. */
static gboolean await(HvSource *source, enum alloc_command command, double wait, guint64 *result) {
  const gint64 end_us = g_get_monotonic_time() + (gint64)(wait * G_USEC_PER_SEC);
  guint64 done_ns = 0;
  for (;;) {
    if (done_ns == 0 && hv_source_command_done(source, command, result))
      done_ns = hv_monotonic_ns();
    g_autoptr(HvFrame) next = hv_source_poll(source);
    if (next != NULL && done_ns != 0 && hv_frame_head(next)->monotonic_ns >= done_ns)
      return TRUE;
    HvSourceState state = hv_source_state(source);
    if (g_get_monotonic_time() >= end_us || (state != HV_SOURCE_LIVE && state != HV_SOURCE_WAITING))
      return done_ns != 0;
    g_usleep(20000);
  }
}

static int command(int argc, char **argv, enum alloc_command command) {
  double wait = INSPECT_WAIT_DEFAULT;
  gint64 mean = 0;
  int status = INSPECT_OK;
  guint64 result = 0;
  GError *error = NULL;
  gboolean starts = command == ALLOC_COMMAND_PROFILE_START;
  const GOptionEntry start_entries[] = {{"mean", 'm', 0, G_OPTION_ARG_INT64, &mean,
                                         "One sample in about so many bytes (524288)", "BYTES"},
                                        INSPECT_WAIT_ENTRY(&wait),
                                        {0}};
  const GOptionEntry stop_entries[] = {INSPECT_WAIT_ENTRY(&wait), {0}};
  if (!inspect_parse(&argc, &argv, starts ? start_entries : stop_entries, "PID", 1,
                     starts ? "Starts a sampled profile in a process."
                            : "Stops the profile of a process; what it has seen stays.",
                     &status))
    return status;
  if (mean < 0 || mean > 1 << 30) {
    g_set_error_literal(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                        "--mean takes bytes from 1 to 1073741824");
    return inspect_fail("profile", INSPECT_USAGE, error);
  }
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("profile", INSPECT_FAILED, error);
  if (!hv_source_command(source, command, (guint64)mean))
    g_set_error(&error, HV_ERROR, HV_ERROR_NO_PROCESS,
                "%s is no live process: there is nothing to %s", argv[1],
                starts ? "start" : "stop");
  else if (!await(source, command, wait, &result))
    g_set_error(&error, HV_ERROR, HV_ERROR_NOT_WATCHABLE,
                "process %s did not answer within %g s: %s", argv[1], wait,
                hv_source_sentence(source));
  else if (result != 0)
    g_set_error(&error, HV_ERROR, HV_ERROR_BUSY,
                "process %s has a profile that runs already: stop it first", argv[1]);
  if (error != NULL)
    return inspect_fail("profile", INSPECT_FAILED, error);
  printf("The profile of process %s %s.\n", argv[1], starts ? "runs" : "has stopped");
  return inspect_finish("profile");
}

/* ---- a table ---- */

static char *title_of(HvProfile *profile, HvProfileView view) {
  static const char *const words[] = {"live", "allocated", "live at the peak"};
  const struct alloc_profile_sums *total = hv_profile_total(profile, view);
  HvFrame *frame = hv_profile_frame(profile);
  g_autofree char *name = hv_format_name(hv_frame_process_name(frame));
  g_autofree char *bytes = hv_format_bytes((gint64)total->bytes);
  g_autofree char *error = hv_format_bytes((gint64)hv_profile_error(total));
  g_autofree char *mean = hv_format_bytes((gint64)hv_profile_record(profile)->mean_bytes);
  return g_strdup_printf("%s (process %u): %s %s ± %s, of %" G_GUINT64_FORMAT " samples, one in %s",
                         name, hv_frame_header(frame)->pid, bytes, words[view], error,
                         total->samples, mean);
}

static void print_site(const HvProfileSite *site, HvProfileView view, guint64 total, guint frames) {
  g_autofree char *bytes = hv_format_bytes((gint64)site->sums[view].bytes);
  g_autofree char *error = hv_format_bytes((gint64)hv_profile_error(&site->sums[view]));
  g_autofree char *share = hv_format_percent(site->sums[view].bytes, total);
  g_autofree char *blocks = hv_format_count(site->sums[view].blocks);
  printf("\n%10s %7s  ± %s, about %s %s, allocated by\n", bytes, share, error, blocks,
         site->sums[view].blocks == 1 ? "block" : "blocks");
  for (guint i = 0; i < site->frames->len && i < frames; i++) {
    g_autofree char *text = hv_profile_frame_text(&g_array_index(site->frames, HvProfileFrame, i));
    printf("    %s%s\n", text,
           g_array_index(site->frames, HvProfileFrame, i).inlined ? "  (inlined)" : "");
  }
  if (site->frames->len > frames)
    printf("    and %u more\n", site->frames->len - frames);
}

static void print_table(HvProfile *profile, HvProfileView view, guint top, guint frames) {
  const struct alloc_profile_sums *total = hv_profile_total(profile, view);
  const struct alloc_profile_record *record = hv_profile_record(profile);
  g_autoptr(GPtrArray) ranked = hv_profile_ranked(profile, view);
  g_autofree char *title = title_of(profile, view);
  puts(title);
  if (record->ended_ns != 0) {
    g_autofree char *time = hv_format_time(record->ended_ns);
    printf("It was stopped at %s.\n", time);
  }
  if (record->lost != 0)
    printf("%" G_GUINT64_FORMAT " samples were lost for want of memory.\n", record->lost);
  if (ranked->len == 0)
    puts("Nothing was sampled.");
  for (guint i = 0; i < ranked->len && i < top; i++)
    print_site(g_ptr_array_index(ranked, i), view, total->bytes, frames);
  if (ranked->len > top)
    printf("\nand %u more call stacks: --top 0 shows all\n", ranked->len - top);
}

static void print_holders(HvProfile *profile, HvQuery *query, guint top) {
  g_autoptr(GArray) holders = hv_holders_new(profile, query);
  if (holders->len == 0)
    puts("No sampled block is in what matches.");
  for (guint i = 0; i < holders->len && i < top; i++) {
    g_autofree char *text = hv_holder_text(&g_array_index(holders, HvHolder, i));
    puts(text);
  }
  if (holders->len > top)
    printf("\nand %u more call stacks: --top 0 shows all\n", holders->len - top);
}

/* ---- files ---- */

typedef struct {
  char *pprof;
  char *collapsed;
  char *svg;
} Outputs;

static gboolean write_files(HvProfile *profile, HvProfileView view, const Outputs *outputs,
                            GError **error) {
  if (outputs->pprof != NULL) {
    g_autoptr(GBytes) bytes = hv_profile_pprof(profile);
    gsize size = 0;
    gconstpointer data = g_bytes_get_data(bytes, &size);
    if (!hv_file_replace(outputs->pprof, data, size, error))
      return FALSE;
  }
  if (outputs->collapsed != NULL) {
    g_autoptr(GString) text = hv_profile_collapsed(profile, view);
    if (!hv_file_replace(outputs->collapsed, text->str, text->len, error))
      return FALSE;
  }
  if (outputs->svg != NULL) {
    g_autoptr(HvFlame) flame = hv_flame_new(profile, view);
    g_autofree char *title = title_of(profile, view);
    HvFlameView picture = {.flame = flame,
                           .focus = hv_flame_root(flame),
                           .theme = HV_THEME_LIGHT,
                           .width_px = FLAME_WIDTH_PX,
                           .row_px = FLAME_ROW_PX,
                           .font_px = 12};
    g_autoptr(GString) svg = hv_flame_svg(&picture, title);
    if (!hv_file_replace(outputs->svg, svg->str, svg->len, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- the command ---- */

static void print_data(HvProfile *profile, HvProfileView view, HvQuery *query, gboolean as_json) {
  g_autofree char *text = hv_profile_dup_data(profile, view, query, as_json);
  fputs(text, stdout);
}

static int show(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  InspectData data = {0};
  int top = TOP_DEFAULT, frames = FRAMES_DEFAULT;
  int status = INSPECT_OK;
  HvProfileView view = HV_PROFILE_LIVE;
  GError *error = NULL;
  g_autofree char *key = NULL, *pprof = NULL, *collapsed = NULL, *svg = NULL, *filter = NULL;
  g_autoptr(HvQuery) query = NULL;
  const GOptionEntry entries[] = {
      {"view", 'v', 0, G_OPTION_ARG_STRING, &key, "live (the default), allocated or peak", "VIEW"},
      {"top", 't', 0, G_OPTION_ARG_INT, &top, "Call stacks that are shown, 0: all (20)", "COUNT"},
      {"frames", 'n', 0, G_OPTION_ARG_INT, &frames, "Frames of each, 0: all (8)", "COUNT"},
      {"filter", 'f', 0, G_OPTION_ARG_STRING, &filter,
       "Who holds the places that match, such as \"class:1024 fill<10%\"", "QUERY"},
      INSPECT_DATA_ENTRIES(&data),
      {"pprof", 0, 0, G_OPTION_ARG_FILENAME, &pprof, "Write what go tool pprof reads", "FILE"},
      {"collapsed", 0, 0, G_OPTION_ARG_FILENAME, &collapsed, "Write collapsed stacks", "FILE"},
      {"svg", 0, 0, G_OPTION_ARG_FILENAME, &svg, "Write a flame graph", "FILE"},
      INSPECT_WAIT_ENTRY(&wait),
      {0}};
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1,
                     "Shows who allocated what is live, was live at the peak, or was allocated at "
                     "all, as far as\na sampled profile tells. Start one with \"alloc-inspect "
                     "profile start PID\", or from the beginning\nwith LIBALLOC_PROFILE=524288 in "
                     "the environment of the program.",
                     &status))
    return status;
  if (key != NULL && !hv_profile_view_parse(key, &view)) {
    g_set_error(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                "--view takes live, allocated or peak, not \"%s\"", key);
    return inspect_fail("profile", INSPECT_USAGE, error);
  }
  if (top < 0 || frames < 0) {
    g_set_error_literal(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                        "--top and --frames take numbers from 0");
    return inspect_fail("profile", INSPECT_USAGE, error);
  }
  if (!inspect_check_data(&data, &error) ||
      (filter != NULL && (query = inspect_parse_filter(filter, &error)) == NULL))
    return inspect_fail("profile", INSPECT_USAGE, error);
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("profile", INSPECT_FAILED, error);
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
  if (profile == NULL) {
    g_set_error(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                "%s has no profile: start one with alloc-inspect profile start PID, or with "
                "LIBALLOC_PROFILE=524288 in the environment of the program",
                argv[1]);
    return inspect_fail("profile", INSPECT_FAILED, error);
  }
  const Outputs outputs = {pprof, collapsed, svg};
  if (!write_files(profile, view, &outputs, &error))
    return inspect_fail("profile", INSPECT_FAILED, error);
  if (inspect_wants_data(&data))
    print_data(profile, view, query, data.json);
  else if (pprof != NULL || collapsed != NULL || svg != NULL)
    return inspect_finish("profile");
  else if (query != NULL)
    print_holders(profile, query, top == 0 ? G_MAXUINT : (guint)top);
  else
    print_table(profile, view, top == 0 ? G_MAXUINT : (guint)top,
                frames == 0 ? G_MAXUINT : (guint)frames);
  return inspect_finish("profile");
}

int inspect_profile(int argc, char **argv) {
  if (argc >= 2 && (strcmp(argv[1], "start") == 0 || strcmp(argv[1], "stop") == 0)) {
    enum alloc_command which =
        strcmp(argv[1], "start") == 0 ? ALLOC_COMMAND_PROFILE_START : ALLOC_COMMAND_PROFILE_STOP;
    argv[1] = argv[0];
    return command(argc - 1, argv + 1, which);
  }
  return show(argc, argv);
}
