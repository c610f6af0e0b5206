/* SPDX-License-Identifier: MIT */
/*
 * What is resident of each mmapped region of a live process, and how much of that is in huge pages.
 *
 * smaps is read once for all regions. It is exact for a region that has its mappings for itself.
 * The kernel joins mappings that lie side by side, so several regions are often one mapping: then
 * its pages are looked at (/proc/PID/pagemap), unless there are too many of them. Huge pages cannot
 * be told from others there; but each of them is resident as a whole, so where all parts of a
 * mapping that might be huge pages add up to what smaps says, they are.
 *
 *   huge <= resident <= bytes of the region, each of them where it is known
 *
 * Immutable, any thread.
 */
#pragma once

#include "viewer/model/facts.h"
#include "viewer/model/residency.h"

G_BEGIN_DECLS

typedef struct HvRegionPages HvRegionPages;

/**
 * hv_region_pages_read:
 * @frame: of the live process @pid
 * @error: HV_ERROR_NO_PROCESS or HV_ERROR_PERMISSION, as of hv_residency_read()
 *
 * Takes its time, as smaps does: call it from a worker. Returns: (transfer full)
 */
HvRegionPages *hv_region_pages_read(HvFrame *frame, guint pid, GError **error);

/**
 * hv_region_pages_read_residency:
 * @residency: (out): as of hv_residency_read()
 *
 * hv_residency_read() and hv_region_pages_read() with one reading of smaps.
 * Returns: (transfer full): of the frame of @pyramid, or NULL with @error set
 */
HvRegionPages *hv_region_pages_read_residency(HvPyramid *pyramid, guint pid, guint64 max_pages,
                                              HvResidency *residency, GError **error);

HvRegionPages *hv_region_pages_ref(HvRegionPages *pages);
void hv_region_pages_unref(HvRegionPages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvRegionPages, hv_region_pages_unref)

/* Sets HV_FIELD_RESIDENT and HV_FIELD_HUGE of a region as far as they are known: those of the
 * mapping that was at the same place, as large, when it was looked at. */
void hv_region_pages_tell(HvRegionPages *pages, HvFacts *facts);

G_END_DECLS
