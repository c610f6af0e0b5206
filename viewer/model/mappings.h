/* SPDX-License-Identifier: MIT */
/*
 * The mappings outside of the heap: what the ledger's rows that are no heap consist of, by name.
 * Read together with a residency, and of the same text of the kernel, so that
 *
 *   sum (bytes of groups of HV_STATE_STACK)       = stacks of the residency         exactly,
 *   and so for HV_STATE_FILE, HV_STATE_WATCH, HV_STATE_ANONYMOUS and HV_STATE_UNEXPLAINED
 *
 * and the sum of all is that of the reasons "not heap" and "unexplained" of a ledger of that
 * residency, but for bytes of live blocks that no span could be found for, which that reason has,
 * too. Where the allocator's metadata outside of arenas lies is not published: the ledger takes as
 * much as there is by its own account from other memory, and so does this list, from memory without
 * a name first; such a group is an estimate. A mapping that holds heap, too, counts here with its
 * other pages only, and is left out when it has none.
 *
 * Immutable, any thread.
 */
#pragma once

#include "viewer/model/residency.h"

G_BEGIN_DECLS

/*
 * HvMappingGroup: mappings of one name
 * @name: path, or name in brackets, as the kernel writes it; "" for unnamed memory
 * @state: HV_STATE_FILE, HV_STATE_STACK, HV_STATE_ANONYMOUS, HV_STATE_WATCH: the row of the ledger;
 *   HV_STATE_UNEXPLAINED: mappings of the heap with pages that came or went while they were counted
 * @bytes: resident; only unexplained ones can be negative
 * @dirty_bytes: of them, of this process alone and written
 * @shared_bytes: of them, mapped by other processes, too
 * @swap_bytes: swapped out; no part of @bytes
 * @count: mappings with resident or swapped pages
 * @rights: bit n is set when some of them have the rights n (smaps.h)
 * @estimated: whether metadata of the allocator was taken from it
 */
typedef struct {
  const char *name;
  HvState state;
  gint64 bytes;
  guint64 dirty_bytes;
  guint64 shared_bytes;
  guint64 swap_bytes;
  guint64 count;
  guint rights;
  gboolean estimated;
} HvMappingGroup;

typedef struct HvMappings HvMappings;

/**
 * hv_mappings_read:
 * @pyramid: of a frame of the live process @pid
 * @error: HV_ERROR_NO_PROCESS, HV_ERROR_PERMISSION
 *
 * Costs as much as hv_residency_read(): call it from a worker. Returns: (transfer full)
 */
HvMappings *hv_mappings_read(HvPyramid *pyramid, guint pid, GError **error);
HvMappings *hv_mappings_ref(HvMappings *mappings);
void hv_mappings_unref(HvMappings *mappings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvMappings, hv_mappings_unref)

/* What was resident when they were read. (transfer none) */
const HvResidency *hv_mappings_residency(HvMappings *mappings);

/* Sum of the bytes of all groups. */
gint64 hv_mappings_bytes(HvMappings *mappings);

/* What the groups have, as columns of a list. */
typedef enum {
  HV_MAPPINGS_BYTES,
  HV_MAPPINGS_DIRTY,
  HV_MAPPINGS_SHARED,
  HV_MAPPINGS_SWAP,
  HV_MAPPINGS_COUNT,
  HV_MAPPINGS_RIGHTS,
  HV_MAPPINGS_STATE,
  HV_MAPPINGS_NAME,
  HV_MAPPINGS_COLUMNS,
} HvMappingsColumn;

/* (array zero-terminated=1): of the columns, for programs: "resident", "dirty", ... */
const char *const *hv_mappings_keys(void);

/* Whether its cells are words and not numbers. */
gboolean hv_mappings_column_is_text(HvMappingsColumn column);

/**
 * hv_mappings_sorted:
 *
 * Groups that are equal come by resident bytes, the most first, and then by name. Returns:
 * (transfer container) (element-type HvMappingGroup): all of them; valid as long as @mappings
 */
GPtrArray *hv_mappings_sorted(HvMappings *mappings, HvMappingsColumn column, gboolean ascending);

/* The name for people: "Stacks of threads" where the kernel has none; valid UTF-8.
 * (transfer full) */
char *hv_mapping_group_title(const HvMappingGroup *group);

/* "r--p r-xp rw-p". (transfer full) */
char *hv_mapping_group_rights(const HvMappingGroup *group);

/* @groups: as hv_mappings_sorted() has them. As CSV or JSON (data_table.h). (transfer full) */
char *hv_mappings_dup_data(GPtrArray *groups, gboolean as_json);

G_END_DECLS
