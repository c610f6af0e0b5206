/* SPDX-License-Identifier: MIT */
/*
 * A trace in the format of mtrace(3), read to its end: which blocks are left, and what does not
 * fit. Traces of glibc and of liballoc, and the report that LIBALLOC_LEAKS=FILE leaves, which is a
 * trace of nothing but leaks. The file is treated as hostile: what is no event is counted and
 * skipped.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/* How a block that is left is to be seen. */
typedef enum {
  HV_LEAK_NOT_FREED, /* a trace: nothing else is known */
  HV_LEAK_LOST,      /* a report: no pointer leads to it */
  HV_LEAK_INDIRECT,  /* likewise, only from blocks that are lost */
  HV_LEAK_REACHABLE, /* a report: still in reach when the program ended */
} HvLeakState;

/* A place in the code: OBJECT:(SYMBOL+OFFSET)[ADDRESS], of which parts may be missing. */
typedef struct {
  const char *text;   /* as written */
  const char *object; /* NULL: unknown */
  const char *symbol; /* with its offset, as written; NULL: none */
  guint64 address;    /* in the object's terms, or in the process when it is unknown */
} HvPlace;

typedef struct {
  guint64 address;
  guint64 bytes;
  const HvPlace *place; /* the caller; NULL: not told */
  guint stack;          /* number of its stack; 0: only the caller is known */
  HvLeakState state;
} HvLeak;

/* What mtrace(1) complains about. */
typedef enum {
  HV_COMPLAINT_FREE_UNKNOWN,
  HV_COMPLAINT_REALLOC_UNKNOWN,
  HV_COMPLAINT_ALLOC_DUPLICATE,
  HV_COMPLAINT_REALLOC_DUPLICATE,
} HvComplaintKind;

typedef struct {
  HvComplaintKind kind;
  guint64 line; /* from 1 */
  guint64 address;
  guint64 bytes;         /* of the block that is there already */
  const HvPlace *before; /* who allocated that; NULL */
  const HvPlace *place;  /* whose event it is; NULL */
} HvComplaint;

typedef struct _HvTrace HvTrace;

/**
 * hv_trace_read:
 * @path: a file, or anything else that can be read once
 * @error: HV_ERROR_IO when it cannot be read, HV_ERROR_FOREIGN when it is no trace
 *
 * Returns: (transfer full): the trace, or NULL with @error set
 */
HvTrace *hv_trace_read(const char *path, GError **error);

/* The same from where @file is to its end; @name is what error messages call it. */
HvTrace *hv_trace_read_stream(FILE *file, const char *name, GError **error);

void hv_trace_free(HvTrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvTrace, hv_trace_free)

/* What is left, in order of the addresses as mtrace(1) sorts them. (transfer none) */
const HvLeak *hv_trace_leaks(HvTrace *trace, gsize *count);

/* In the order in which they came. (transfer none) */
const HvComplaint *hv_trace_complaints(HvTrace *trace, gsize *count);

/* The frames of a stack, innermost first; NULL with a @count of 0: it is not defined. */
const HvPlace *const *hv_trace_stack(HvTrace *trace, guint number, gsize *count);

/* Whether it is the report of LIBALLOC_LEAKS, which knows what is reachable. */
gboolean hv_trace_is_report(HvTrace *trace);

/* Events, and lines that are none. */
guint64 hv_trace_events(HvTrace *trace);
guint64 hv_trace_bad_lines(HvTrace *trace);

G_END_DECLS
