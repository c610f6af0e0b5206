/* SPDX-License-Identifier: MIT */
/* See mappings.h. Groups are made while the residency is read; those of nothing are dropped then.
 */
#include "viewer/model/mappings.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/data_table.h"
#include "viewer/model/residency_private.h"
#include "viewer/model/units.h"

struct HvMappings {
  gatomicrefcount references;
  GPtrArray *groups; /* HvMappingGroup, owned with their names */
  HvResidency residency;
  gint64 bytes;
};

/* ---- grouping ---- */

static void group_free(gpointer data) {
  HvMappingGroup *group = data;
  g_free((char *)group->name);
  g_free(group);
}

static guint group_hash(gconstpointer data) {
  const HvMappingGroup *group = data;
  return g_str_hash(group->name) ^ group->state;
}

static gboolean group_equal(gconstpointer a, gconstpointer b) {
  const HvMappingGroup *left = a;
  const HvMappingGroup *right = b;
  return left->state == right->state && strcmp(left->name, right->name) == 0;
}

/* The group of that name and row, made when there is none. @groups: its own keys */
static HvMappingGroup *group_of(GHashTable *groups, const char *name, HvState state) {
  const HvMappingGroup key = {.name = name, .state = state};
  HvMappingGroup *group = g_hash_table_lookup(groups, &key);
  if (group == NULL) {
    group = g_new0(HvMappingGroup, 1);
    group->name = g_strdup(name);
    group->state = state;
    g_hash_table_add(groups, group);
  }
  return group;
}

static HvState state_of(const HvMappingStock *stock) {
  static const HvState states[] = {
      [HV_MAPPING_ANONYMOUS] = HV_STATE_ANONYMOUS,
      [HV_MAPPING_STACK] = HV_STATE_STACK,
      [HV_MAPPING_FILE] = HV_STATE_FILE,
      [HV_MAPPING_WATCH] = HV_STATE_WATCH,
  };
  return stock->holds_heap ? HV_STATE_ANONYMOUS : states[stock->mapping->kind];
}

static void add_stock(const HvMappingStock *stock, gpointer data) {
  GHashTable *groups = data;
  const HvMapping *mapping = stock->mapping;
  if (stock->unexplained_bytes != 0) {
    HvMappingGroup *group = group_of(groups, "", HV_STATE_UNEXPLAINED);
    group->bytes += stock->unexplained_bytes;
    group->rights |= 1u << mapping->rights;
    group->count++;
  }
  if (stock->holds_heap && stock->other_bytes == 0)
    return;
  HvMappingGroup *group = group_of(groups, mapping->name, state_of(stock));
  group->bytes += (gint64)stock->other_bytes;
  group->rights |= 1u << mapping->rights;
  group->count++;
  /* Which pages of a mapping that holds heap are dirty, the kernel does not say. */
  group->dirty_bytes += MIN(mapping->dirty_bytes, stock->other_bytes);
  group->shared_bytes += MIN(mapping->shared_bytes, stock->other_bytes);
  group->swap_bytes += stock->holds_heap ? 0 : mapping->swap_bytes;
}

/* The ledger has @metadata of the other memory in a row of its own. */
static void take_metadata(GPtrArray *groups, guint64 metadata) {
  for (guint i = 0; i < groups->len && metadata != 0; i++) {
    HvMappingGroup *group = g_ptr_array_index(groups, i);
    if (group->state != HV_STATE_ANONYMOUS)
      continue;
    guint64 taken = MIN(metadata, (guint64)group->bytes);
    group->bytes -= (gint64)taken;
    group->dirty_bytes -= MIN(taken, group->dirty_bytes);
    group->estimated = taken != 0;
    metadata -= taken;
  }
}

/* Unnamed memory first, then the largest. */
static gint compare_for_metadata(gconstpointer a, gconstpointer b) {
  const HvMappingGroup *left = *(const HvMappingGroup *const *)a;
  const HvMappingGroup *right = *(const HvMappingGroup *const *)b;
  if ((*left->name == '\0') != (*right->name == '\0'))
    return *left->name == '\0' ? -1 : 1;
  return left->bytes > right->bytes ? -1 : left->bytes < right->bytes;
}

static void collect_groups(HvMappings *mappings, GHashTable *groups) {
  GHashTableIter iter;
  gpointer group;
  guint64 anonymous = 0;
  g_hash_table_iter_init(&iter, groups);
  while (g_hash_table_iter_next(&iter, &group, NULL)) {
    g_ptr_array_add(mappings->groups, group);
    if (((HvMappingGroup *)group)->state == HV_STATE_ANONYMOUS)
      anonymous += (guint64)((HvMappingGroup *)group)->bytes;
  }
  g_ptr_array_sort(mappings->groups, compare_for_metadata);
  take_metadata(mappings->groups, anonymous - mappings->residency.anonymous_bytes);
  for (guint i = mappings->groups->len; i-- > 0;) {
    HvMappingGroup *each = g_ptr_array_index(mappings->groups, i);
    mappings->bytes += each->bytes;
    if (each->bytes == 0 && each->swap_bytes == 0)
      g_ptr_array_remove_index_fast(mappings->groups, i);
  }
}

HvMappings *hv_mappings_read(HvPyramid *pyramid, guint pid, GError **error) {
  HvMappings *mappings = g_new0(HvMappings, 1);
  g_autoptr(GHashTable) groups = g_hash_table_new(group_hash, group_equal);
  g_atomic_ref_count_init(&mappings->references);
  mappings->groups = g_ptr_array_new_with_free_func(group_free);
  gboolean done = hv_residency_read_each(pyramid, pid, HV_RESIDENCY_PAGES, &mappings->residency,
                                         add_stock, groups, error);
  collect_groups(mappings, groups);
  if (!done)
    g_clear_pointer(&mappings, hv_mappings_unref);
  return mappings;
}

HvMappings *hv_mappings_ref(HvMappings *mappings) {
  g_atomic_ref_count_inc(&mappings->references);
  return mappings;
}

void hv_mappings_unref(HvMappings *mappings) {
  if (!g_atomic_ref_count_dec(&mappings->references))
    return;
  g_ptr_array_unref(mappings->groups);
  g_free(mappings);
}

const HvResidency *hv_mappings_residency(HvMappings *mappings) {
  return &mappings->residency;
}

gint64 hv_mappings_bytes(HvMappings *mappings) {
  return mappings->bytes;
}

/* ---- sorting ---- */

const char *const *hv_mappings_keys(void) {
  static const char *const keys[HV_MAPPINGS_COLUMNS + 1] = {
      [HV_MAPPINGS_BYTES] = "resident", [HV_MAPPINGS_DIRTY] = "dirty",
      [HV_MAPPINGS_SHARED] = "shared",  [HV_MAPPINGS_SWAP] = "swapped",
      [HV_MAPPINGS_COUNT] = "mappings", [HV_MAPPINGS_RIGHTS] = "rights",
      [HV_MAPPINGS_STATE] = "row",      [HV_MAPPINGS_NAME] = "name",
  };
  return keys;
}

gboolean hv_mappings_column_is_text(HvMappingsColumn column) {
  return column >= HV_MAPPINGS_RIGHTS;
}

static gint64 number_of(const HvMappingGroup *group, HvMappingsColumn column) {
  switch (column) {
  case HV_MAPPINGS_BYTES:
    return group->bytes;
  case HV_MAPPINGS_DIRTY:
    return (gint64)group->dirty_bytes;
  case HV_MAPPINGS_SHARED:
    return (gint64)group->shared_bytes;
  case HV_MAPPINGS_SWAP:
    return (gint64)group->swap_bytes;
  case HV_MAPPINGS_COUNT:
    return (gint64)group->count;
  case HV_MAPPINGS_RIGHTS:
    return (gint64)group->rights;
  case HV_MAPPINGS_STATE:
    return (gint64)group->state;
  case HV_MAPPINGS_NAME:
  case HV_MAPPINGS_COLUMNS:
    break;
  }
  return 0;
}

typedef struct {
  HvMappingsColumn column;
  gboolean ascending;
} Order;

static int compare_numbers(gint64 a, gint64 b) {
  return a < b ? -1 : a > b;
}

static gint compare_groups(gconstpointer a, gconstpointer b, gpointer data) {
  const HvMappingGroup *left = *(const HvMappingGroup *const *)a;
  const HvMappingGroup *right = *(const HvMappingGroup *const *)b;
  const Order *order = data;
  int by = order->column == HV_MAPPINGS_NAME
               ? strcmp(left->name, right->name)
               : compare_numbers(number_of(left, order->column), number_of(right, order->column));
  if (by != 0)
    return order->ascending ? by : -by;
  by = compare_numbers(right->bytes, left->bytes);
  return by != 0 ? by : strcmp(left->name, right->name);
}

GPtrArray *hv_mappings_sorted(HvMappings *mappings, HvMappingsColumn column, gboolean ascending) {
  GPtrArray *groups = g_ptr_array_sized_new(mappings->groups->len);
  Order order = {column, ascending};
  for (guint i = 0; i < mappings->groups->len; i++)
    g_ptr_array_add(groups, g_ptr_array_index(mappings->groups, i));
  g_ptr_array_sort_with_data(groups, compare_groups, &order);
  return groups;
}

/* ---- telling ---- */

char *hv_mapping_group_title(const HvMappingGroup *group) {
  if (*group->name != '\0')
    return hv_format_name(group->name);
  if (group->state == HV_STATE_STACK)
    return g_strdup(_("Stacks of threads"));
  return g_strdup(group->state == HV_STATE_UNEXPLAINED ? _("Unexplained, in mappings of the heap")
                                                       : _("Unnamed memory"));
}

char *hv_mapping_group_rights(const HvMappingGroup *group) {
  GString *text = g_string_new(NULL);
  for (guint rights = 0; rights < HV_RIGHTS; rights++) {
    if ((group->rights >> rights & 1) != 0)
      g_string_append_printf(
          text, "%s%c%c%c%c", text->len > 0 ? " " : "", rights & HV_RIGHT_READ ? 'r' : '-',
          rights & HV_RIGHT_WRITE ? 'w' : '-', rights & HV_RIGHT_EXECUTE ? 'x' : '-',
          rights & HV_RIGHT_SHARED ? 's' : 'p');
  }
  return g_string_free(text, FALSE);
}

static void add_cell(HvDataTable *table, const HvMappingGroup *group, HvMappingsColumn column) {
  if (column == HV_MAPPINGS_RIGHTS) {
    g_autofree char *rights = hv_mapping_group_rights(group);
    hv_data_table_add_text(table, rights);
  } else if (column == HV_MAPPINGS_STATE) {
    hv_data_table_add_text(table, hv_state_key(group->state));
  } else if (column == HV_MAPPINGS_NAME) {
    g_autofree char *name = g_utf8_make_valid(group->name, -1);
    hv_data_table_add_text(table, name);
  } else {
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, number_of(group, column));
    hv_data_table_add_number(table, number);
  }
}

char *hv_mappings_dup_data(GPtrArray *groups, gboolean as_json) {
  HvDataTable *table = hv_data_table_new(hv_mappings_keys(), as_json);
  for (guint i = 0; i < groups->len; i++) {
    for (guint column = 0; column < HV_MAPPINGS_COLUMNS; column++)
      add_cell(table, g_ptr_array_index(groups, i), (HvMappingsColumn)column);
  }
  return hv_data_table_end(table);
}
