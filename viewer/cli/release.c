/* SPDX-License-Identifier: MIT */
/* alloc-inspect release: how few blocks would have to go for how many bytes; trim: gives back what
 * is free. */

#include "viewer/cli/inspect.h"
#include "viewer/model/data_files.h"
#include "viewer/model/error.h"
#include "viewer/model/release.h"
#include "viewer/model/units.h"

enum { CHART_COLUMNS = 60, CHART_ROWS = 12, BAR_COLUMNS = 40 };

/* Bytes that the first @blocks of the curve give back. */
static guint64 bytes_at(const HvReleasePoint *points, guint count, guint64 blocks) {
  guint64 bytes = points[0].bytes;
  for (guint i = 1; i < count && points[i].blocks <= blocks; i++)
    bytes = points[i].bytes;
  return bytes;
}

/* Blocks up to @part of the total, a column's share of the curve. */
static guint64 part_of(guint64 total, guint part, guint parts) {
  return (guint64)((unsigned __int128)total * part / parts);
}

static void print_chart(const HvReleasePoint *points, guint count, guint64 blocks, guint64 bytes) {
  g_autofree char *most = hv_format_bytes((gint64)bytes);
  g_autofree char *all = hv_format_count(blocks);
  printf("\nBytes given back, by live blocks freed, emptiest spans first\n\n");
  for (guint row = CHART_ROWS; row-- > 0;) {
    printf("%10s |", row == CHART_ROWS - 1 ? most : row == 0 ? "0 B" : "");
    for (guint column = 0; column < CHART_COLUMNS; column++) {
      guint64 at = bytes_at(points, count, part_of(blocks, column + 1, CHART_COLUMNS));
      gboolean filled = at > part_of(bytes, row, CHART_ROWS);
      putchar(filled ? '#' : ' ');
    }
    putchar('\n');
  }
  printf("%10s +", "");
  for (guint column = 0; column < CHART_COLUMNS; column++)
    putchar('-');
  printf("\n%12s0%*s blocks\n", "", CHART_COLUMNS - 1, all);
}

static void print_deciles(const HvDecile *deciles) {
  guint64 most = 1;
  for (guint i = 0; i < HV_RELEASE_DECILES; i++)
    most = MAX(most, deciles[i].held_bytes);
  printf("\nSpans by fill: # live, . held for nothing\n\n");
  for (guint i = 0; i < HV_RELEASE_DECILES; i++) {
    g_autofree char *held = hv_format_bytes((gint64)deciles[i].held_bytes);
    g_autofree char *spans = hv_format_count(deciles[i].spans);
    guint whole = (guint)part_of(BAR_COLUMNS, (guint)(deciles[i].held_bytes * 1000 / most), 1000);
    guint live = deciles[i].held_bytes == 0
                     ? 0
                     : (guint)(whole * MIN(deciles[i].live_bytes, deciles[i].held_bytes) /
                               deciles[i].held_bytes);
    printf("%4u-%3u %% %10s %9s spans |", i * 10, i * 10 + 10, held, spans);
    for (guint column = 0; column < whole; column++)
      putchar(column < live ? '#' : '.');
    putchar('\n');
  }
}

static void print_release(HvRelease *release) {
  guint count = 0;
  guint64 knee_blocks = 0;
  guint64 knee_bytes = 0;
  const HvReleasePoint *points = hv_release_points(release, &count);
  guint64 blocks = hv_release_blocks(release);
  guint64 bytes = hv_release_bytes(release);
  g_autofree char *held = hv_format_bytes((gint64)bytes);
  g_autofree char *live = hv_format_bytes((gint64)hv_release_live_bytes(release));
  g_autofree char *all = hv_format_count(blocks);
  printf("Spans of small blocks hold %s for %s in %s live blocks.\n", held, live, all);
  if (hv_release_knee(release, &knee_blocks, &knee_bytes)) {
    g_autofree char *few = hv_format_count(knee_blocks);
    g_autofree char *share = hv_format_percent(knee_blocks, blocks);
    g_autofree char *gain = hv_format_bytes((gint64)knee_bytes);
    printf("Freeing %s of them (%s) would give back %s: see alloc-inspect pins.\n", few, share,
           gain);
  } else {
    puts("They are spread evenly: no few blocks hold much.");
  }
  print_chart(points, count, blocks, bytes);
  print_deciles(hv_release_deciles(release));
}

int inspect_release(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  InspectData data = {0};
  g_autofree char *filter = NULL;
  const GOptionEntry entries[] = {{"filter", 'f', 0, G_OPTION_ARG_STRING, &filter,
                                   "Only spans that match, such as class:1024", "QUERY"},
                                  INSPECT_DATA_ENTRIES(&data),
                                  INSPECT_WAIT_ENTRY(&wait),
                                  {0}};
  int status = INSPECT_OK;
  guint position = 0;
  GError *error = NULL;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1,
                     "Shows how few live blocks keep how many bytes from being given back.",
                     &status))
    return status;
  g_autoptr(HvQuery) query = hv_query_parse(filter == NULL ? "" : filter, &position, &error);
  if (query == NULL) {
    g_prefix_error(&error, "--filter, at character %u: ", position + 1);
    return inspect_fail("release", INSPECT_USAGE, error);
  }
  if (!inspect_check_data(&data, &error))
    return inspect_fail("release", INSPECT_USAGE, error);
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("release", INSPECT_FAILED, error);
  g_autoptr(HvRelease) release = hv_release_new(frame, query, 0);
  if (!inspect_wants_data(&data)) {
    print_release(release);
    return inspect_finish("release");
  }
  g_autofree char *text = hv_release_dup_data(release, data.json);
  fputs(text, stdout);
  return inspect_finish("release");
}

int inspect_trim(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  const GOptionEntry entries[] = {INSPECT_WAIT_ENTRY(&wait), {0}};
  int status = INSPECT_OK;
  guint64 bytes = 0;
  GError *error = NULL;
  if (!inspect_parse(&argc, &argv, entries, "PID", 1,
                     "Makes a process give free memory back to the system, as malloc_trim(0) "
                     "does.",
                     &status))
    return status;
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL)
    return inspect_fail("trim", INSPECT_FAILED, error);
  if (!hv_source_trim(source)) {
    g_set_error(&error, HV_ERROR, HV_ERROR_NO_PROCESS,
                "%s is no live process: there is nothing to trim", argv[1]);
    return inspect_fail("trim", INSPECT_FAILED, error);
  }
  const gint64 end_us = g_get_monotonic_time() + (gint64)(wait * G_USEC_PER_SEC);
  while (!hv_source_trim_done(source, &bytes)) {
    HvFrame *next = hv_source_poll(source);
    if (next != NULL)
      hv_frame_unref(next);
    HvSourceState state = hv_source_state(source);
    if (g_get_monotonic_time() >= end_us ||
        (state != HV_SOURCE_LIVE && state != HV_SOURCE_WAITING)) {
      g_set_error(&error, HV_ERROR, HV_ERROR_NOT_WATCHABLE,
                  "process %s did not trim within %g s: %s", argv[1], wait,
                  hv_source_sentence(source));
      return inspect_fail("trim", INSPECT_FAILED, error);
    }
    g_usleep(20000);
  }
  g_autofree char *given = hv_format_bytes_exact((gint64)bytes);
  printf("Given back: %s\n", given);
  return inspect_finish("trim");
}
