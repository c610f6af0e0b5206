/* SPDX-License-Identifier: MIT */
/* Between residency.c, which takes stock of each mapping, and mappings.c, which lists those that
 * are not the heap's. */
#pragma once

#include "viewer/model/residency.h"
#include "viewer/model/smaps.h"

G_BEGIN_DECLS

/*
 * HvMappingStock: a mapping as the ledger counts it
 * @holds_heap: an arena or a region lies in it, or a part of one
 * @other_bytes: resident and not of the heap; of a mapping that holds heap they are other anonymous
 *   memory, and else they are what the kind of the mapping says, and all that is resident of it
 * @unexplained_bytes: resident by the kernel's total, and on no page that was found; signed
 */
typedef struct {
  const HvMapping *mapping;
  gboolean holds_heap;
  guint64 other_bytes;
  gint64 unexplained_bytes;
} HvMappingStock;

typedef void (*HvMappingEach)(const HvMappingStock *stock, gpointer data);

/**
 * hv_residency_read_each:
 * @each: (nullable): told of every mapping with resident or swapped bytes, metadata outside of
 *   arenas still counted in @other_bytes
 *
 *   sum (other_bytes) = stacks + files + watch + anonymous + metadata outside of arenas
 *   sum (unexplained_bytes) = unexplained_bytes of @residency
 *
 * Otherwise as hv_residency_read(). What @each was told is of no use when FALSE is returned.
 */
gboolean hv_residency_read_each(HvPyramid *pyramid, guint pid, guint64 max_pages,
                                HvResidency *residency, HvMappingEach each, gpointer data,
                                GError **error);

/* Whether @pid is still the process that @frame is of; else HV_ERROR_NO_PROCESS. */
gboolean hv_residency_check_process(HvFrame *frame, guint pid, GError **error);

G_END_DECLS
