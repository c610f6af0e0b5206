/* SPDX-License-Identifier: MIT */
/*
 * What of a process is resident, and which state of which block each resident page serves.
 *
 *   rss = sum (heap[state]) + stacks + files + watch + anonymous + unexplained     exactly
 *
 * Pages come from /proc/PID/pagemap: a resident page is split by the bytes of each state on it, so
 * nothing is counted twice or dropped. Where pagemap cannot be read, or the heap is too large to
 * look at every page, the figures are estimates and say so. Plain data, any thread.
 */
#pragma once

#include "viewer/model/pyramid.h"

G_BEGIN_DECLS

typedef enum {
  HV_RESIDENCY_EXACT,   /* every page was looked at */
  HV_RESIDENCY_SAMPLED, /* arenas or regions were sampled, then scaled to the kernel's totals */
  HV_RESIDENCY_SCALED,  /* nominal bytes scaled to the kernel's totals: pagemap is unreadable */
} HvResidencyBasis;

/*
 * HvResidency:
 * @basis: how good the figures are
 * @rss_bytes: the kernel's total, by smaps
 * @state: resident bytes of the heap by state; arenas and regions, metadata outside of arenas
 *   counted in HV_STATE_METADATA
 * @stack_bytes, @file_bytes, @anonymous_bytes: resident bytes that are not this heap
 * @watch_bytes: resident bytes of the published snapshots and the bell
 * @metadata_estimated: whether metadata outside of arenas is known by its nominal size only
 * @unexplained_bytes: what is left over, signed; 0 when all is well
 * @swap_bytes: swapped out; not part of RSS
 * @huge_bytes: of RSS, in transparent huge pages
 * @note: (nullable) (transfer none): why the basis is not exact, a sentence
 */
typedef struct {
  HvResidencyBasis basis;
  guint64 rss_bytes;
  guint64 state[HV_STATE_MAP_COUNT];
  guint64 stack_bytes;
  guint64 file_bytes;
  guint64 anonymous_bytes;
  guint64 watch_bytes;
  gboolean metadata_estimated;
  gint64 unexplained_bytes;
  guint64 swap_bytes;
  guint64 huge_bytes;
  const char *note;
} HvResidency;

/* Pages looked at before sampling begins: 8 GiB of 4 KiB pages, some tens of milliseconds. */
#define HV_RESIDENCY_PAGES (G_GUINT64_CONSTANT(2) << 20)

/**
 * hv_residency_read:
 * @pyramid: of a frame of the live process @pid
 * @pid: the process to look at
 * @max_pages: pages to look at most, HV_RESIDENCY_PAGES by default
 * @residency: (out): the result
 * @error: HV_ERROR_NO_PROCESS when the process is gone or another one now, HV_ERROR_PERMISSION
 *   when its smaps cannot be read
 *
 * Costs about 10 ms per GiB of heap: call it from a worker, and as often as that may take (pace.h).
 */
gboolean hv_residency_read(HvPyramid *pyramid, guint pid, guint64 max_pages, HvResidency *residency,
                           GError **error);

/**
 * hv_residency_read_range:
 * @pyramid: of a frame of the live process @pid
 * @begin, @end: addresses
 * @resident: (out): bytes of arenas and regions between them that are on resident pages, by state
 *
 * Every page of the range is looked at, which costs as much as hv_residency_read() of so much heap;
 * a span takes microseconds. Pages that were only read count, as in the residency of the map.
 *
 * Returns: FALSE when the process is another one now, or does not let itself be looked at
 */
gboolean hv_residency_read_range(HvPyramid *pyramid, guint pid, guint64 begin, guint64 end,
                                 HvMix *resident);

G_END_DECLS
