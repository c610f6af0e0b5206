/* SPDX-License-Identifier: MIT */
/* What happened between two frames, told from their difference. Any thread. */
#pragma once

#include "viewer/model/frame.h"

G_BEGIN_DECLS

typedef enum {
  HV_EVENT_ARENA,      /* arenas were made */
  HV_EVENT_THREAD,     /* thread caches were made */
  HV_EVENT_ORPHANED,   /* threads ended and left their caches */
  HV_EVENT_REGION,     /* mmapped regions were made */
  HV_EVENT_PURGE,      /* much was given back to the system */
  HV_EVENT_TRIM,       /* a watcher asked for free memory back */
  HV_EVENT_UNMAPPED,   /* mmapped regions were freed */
  HV_EVENT_ARENA_GONE, /* arenas were given back */
  HV_EVENT_MARK,       /* the user marked a moment: 0 is A, 1 is B */
  HV_EVENT_BEGIN,      /* the process began to be watched */
  HV_EVENT_END,        /* it ended, or stopped publishing */
  HV_EVENT_FAILED,     /* allocations found no memory */
  HV_EVENTS,
} HvEventKind;

/* Free slices given back at once that are worth a mark. */
#define HV_EVENT_PURGE_BYTES (G_GUINT64_CONSTANT(4) << 20)

/*
 * HvEvent:
 * @time_ns: CLOCK_REALTIME of the first frame that shows it
 * @count: how many; bytes for HV_EVENT_PURGE and HV_EVENT_TRIM; 0 where there is nothing to count
 */
typedef struct {
  HvEventKind kind;
  guint64 time_ns;
  guint64 count;
} HvEvent;

/* Whether the count of such an event is bytes. */
gboolean hv_event_is_bytes(HvEventKind kind);

/* Appends what happened from @before to @after. @events: (element-type HvEvent) */
void hv_events_find(HvFrame *before, HvFrame *after, GArray *events);

/* A word for queries and scripts: "arena", "trim", ... (transfer none) */
const char *hv_event_key(HvEventKind kind);

/* "3 arenas made", "12 MiB given back". (transfer full) */
char *hv_event_describe(const HvEvent *event);

/* The same in English whatever the language is. (transfer full) */
char *hv_event_describe_plain(const HvEvent *event);

G_END_DECLS
