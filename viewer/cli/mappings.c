/* SPDX-License-Identifier: MIT */
/* alloc-inspect mappings: what is resident outside of the heap, by name. */
#include "viewer/cli/inspect.h"
#include "viewer/model/error.h"
#include "viewer/model/mappings.h"
#include "viewer/model/units.h"

typedef struct {
  double wait;
  char *sort;
  int limit; /* rows at most; 0: all */
  InspectData data;
} Options;

/* Names of files may hold anything, and a table has lines. */
static char *name_cell(const HvMappingGroup *group) {
  char *title = hv_mapping_group_title(group);
  for (char *at = title; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at))
      *at = ' ';
  return title;
}

static void print_groups(GPtrArray *groups) {
  static const InspectColumn columns[] = {
      {"Resident", FALSE}, {"Dirty", FALSE}, {"Shared", FALSE}, {"Swapped", FALSE},
      {"Mappings", FALSE}, {"Rights", TRUE}, {"Row", TRUE},     {"Name", TRUE},
  };
  g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < groups->len; i++) {
    const HvMappingGroup *group = g_ptr_array_index(groups, i);
    g_ptr_array_add(cells, hv_format_bytes(group->bytes));
    g_ptr_array_add(cells, hv_format_bytes((gint64)group->dirty_bytes));
    g_ptr_array_add(cells, hv_format_bytes((gint64)group->shared_bytes));
    g_ptr_array_add(cells, hv_format_bytes((gint64)group->swap_bytes));
    g_ptr_array_add(cells, hv_format_count(group->count));
    g_ptr_array_add(cells, hv_mapping_group_rights(group));
    g_ptr_array_add(cells, g_strdup(hv_state_key(group->state)));
    g_ptr_array_add(cells, name_cell(group));
  }
  inspect_print_cells(columns, G_N_ELEMENTS(columns), cells);
}

static void print_sum(HvMappings *mappings) {
  const HvResidency *residency = hv_mappings_residency(mappings);
  g_autofree char *outside = hv_format_bytes_exact(hv_mappings_bytes(mappings));
  g_autofree char *rss = hv_format_bytes((gint64)residency->rss_bytes);
  printf("Resident outside of the heap: %s of %s\n", outside, rss);
  if (residency->metadata_estimated)
    puts(
        "Where the allocator's metadata lies is not published: as much as there is of it was taken "
        "from\nunnamed memory.");
  if (residency->note != NULL)
    puts(residency->note);
}

static void print_mappings(HvMappings *mappings, GPtrArray *groups, guint limit) {
  guint total = groups->len;
  if (limit != 0 && total > limit)
    g_ptr_array_set_size(groups, (gint)limit);
  print_groups(groups);
  inspect_print_more(groups->len, total, total, "names");
  print_sum(mappings);
}

static HvMappings *read_mappings(const char *what, double wait, GError **error) {
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(what, wait, &source, error);
  if (frame == NULL)
    return NULL;
  if (hv_source_state(source) == HV_SOURCE_FILE || hv_source_state(source) == HV_SOURCE_DEAD) {
    g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS,
                "%s is no live process, and what was mapped outside of its heap is not kept", what);
    return NULL;
  }
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  return hv_mappings_read(pyramid, hv_source_pid(source), error);
}

static void options_clear(Options *options) {
  g_free(options->sort);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

int inspect_mappings(int argc, char **argv) {
  g_auto(Options) options = {.wait = INSPECT_WAIT_DEFAULT, .limit = INSPECT_LIMIT_UNSET};
  const GOptionEntry entries[] = {
      {"sort", 's', 0, G_OPTION_ARG_STRING, &options.sort,
       "Sort by this column, downwards, or upwards with :asc", "COLUMN"},
      {"limit", 'n', 0, G_OPTION_ARG_INT, &options.limit, "Rows at most (40), 0: all", "ROWS"},
      INSPECT_DATA_ENTRIES(&options.data),
      INSPECT_WAIT_ENTRY(&options.wait),
      {0}};
  int status = INSPECT_OK;
  guint sort = HV_MAPPINGS_BYTES;
  gboolean ascending = FALSE;
  GError *error = NULL;
  if (!inspect_parse(&argc, &argv, entries, "PID", 1,
                     "Lists what is resident outside of the heap, by name: what the ledger calls "
                     "stacks, program and\nfiles, being watched, other memory and unexplained.",
                     &status))
    return status;
  if (!inspect_check_data(&options.data, &error) ||
      !inspect_parse_sort(options.sort, "mappings", hv_mappings_keys(), &sort, &ascending,
                          &error) ||
      !inspect_check_limit(options.limit, "a number of rows, 0 for all", &error))
    return inspect_fail("mappings", INSPECT_USAGE, error);
  g_autoptr(HvMappings) mappings = read_mappings(argv[1], options.wait, &error);
  if (mappings == NULL)
    return inspect_fail("mappings", INSPECT_FAILED, error);
  g_autoptr(GPtrArray) groups = hv_mappings_sorted(mappings, (HvMappingsColumn)sort, ascending);
  if (!inspect_wants_data(&options.data)) {
    print_mappings(mappings, groups,
                   options.limit < 0 ? INSPECT_LIMIT_DEFAULT : (guint)options.limit);
    return inspect_finish("mappings");
  }
  if (options.limit > 0 && groups->len > (guint)options.limit)
    g_ptr_array_set_size(groups, options.limit);
  g_autofree char *text = hv_mappings_dup_data(groups, options.data.json);
  fputs(text, stdout);
  return inspect_finish("mappings");
}
