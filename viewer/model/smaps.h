/* SPDX-License-Identifier: MIT */
/* The mappings of a process with what is resident of each: /proc/PID/smaps. Inside of the model. */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef enum {
  HV_MAPPING_ANONYMOUS,
  HV_MAPPING_STACK, /* of the main thread, or behind a guard page like those of other threads */
  HV_MAPPING_FILE,
  HV_MAPPING_WATCH, /* a file in the directory of bell and snapshots */
} HvMappingKind;

/* What may be done with the bytes of a mapping: the letters of "rwxs". */
enum {
  HV_RIGHT_READ = 1,
  HV_RIGHT_WRITE = 2,
  HV_RIGHT_EXECUTE = 4,
  HV_RIGHT_SHARED = 8,
  HV_RIGHTS = 16, /* combinations */
};

/*
 * HvMapping:
 * @dirty_bytes: resident, of this process alone and written: Private_Dirty
 * @shared_bytes: resident, mapped by other processes, too: Shared_Clean and Shared_Dirty
 * @swap_bytes: swapped out, not resident
 * @huge_bytes: resident in transparent huge pages: AnonHugePages
 * @name: path or name in brackets as the kernel writes it, "" when there is none; lives as long as
 *   the HvSmaps
 * @rights: HV_RIGHT_READ, ...
 *
 *   rss, dirty, shared, swap, huge <= end - begin
 */
typedef struct {
  guint64 begin;
  guint64 end;
  guint64 rss_bytes;
  guint64 dirty_bytes;
  guint64 shared_bytes;
  guint64 swap_bytes;
  guint64 huge_bytes;
  const char *name;
  HvMappingKind kind;
  guint rights;
} HvMapping;

typedef struct {
  GArray *mappings; /* HvMapping with resident or swapped bytes, in the order of the text */
  GStringChunk *names;
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

/**
 * hv_smaps_parse:
 * @file: text as of /proc/PID/smaps; lines that are none of it are passed over
 * @smaps: (out): likewise
 *
 * Returns: whether there was any mapping, with pages or without; the array is there in any case
 */
gboolean hv_smaps_parse(FILE *file, HvSmaps *smaps);

void hv_smaps_clear(HvSmaps *smaps);

G_END_DECLS
