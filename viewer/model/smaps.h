/* SPDX-License-Identifier: MIT */
/* The mappings of a process with what is resident of each: /proc/PID/smaps. Inside of the model. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  HV_MAPPING_ANONYMOUS,
  HV_MAPPING_STACK, /* of the main thread, or behind a guard page like those of other threads */
  HV_MAPPING_FILE,
  HV_MAPPING_WATCH, /* a file in the directory of bell and snapshots */
} HvMappingKind;

typedef struct {
  guint64 begin;
  guint64 end;
  guint64 rss_bytes;
  HvMappingKind kind;
} HvMapping;

typedef struct {
  GArray *mappings; /* HvMapping with resident bytes, ascending */
  guint64 rss_bytes;
  guint64 swap_bytes;
  guint64 huge_bytes;
} HvSmaps;

/**
 * hv_smaps_read:
 * @pid: a process
 * @smaps: (out): its mappings; clear with hv_smaps_clear()
 * @error: HV_ERROR_NO_PROCESS or HV_ERROR_PERMISSION
 */
gboolean hv_smaps_read(guint pid, HvSmaps *smaps, GError **error);

void hv_smaps_clear(HvSmaps *smaps);

G_END_DECLS
