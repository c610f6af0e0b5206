/* SPDX-License-Identifier: MIT */
/* The blocks of a trace that are left, grouped by who allocated them. */
#pragma once

#include "viewer/model/symbols.h"
#include "viewer/model/trace.h"

G_BEGIN_DECLS

/* One function of a call stack. Texts belong to the trace and the symbols. */
typedef struct {
  const HvPlace *place; /* the return address that it comes from */
  const char *function; /* NULL: unknown */
  const char *file;     /* NULL: unknown */
  guint line;           /* 0: unknown */
  gboolean inlined;     /* into the next one */
} HvLeakFrame;

typedef struct {
  HvLeakState state;
  guint64 blocks;
  guint64 bytes;
  GArray *frames;   /* HvLeakFrame, innermost first; empty: the trace does not tell */
  GPtrArray *leaks; /* HvLeak of the trace */
} HvLeakSite;

/**
 * hv_leak_sites:
 * @symbols: where names come from
 *
 * Groups by state and by all that is known of the stack, most bytes first, and in a report what is
 * lost before the rest.
 *
 * Returns: (transfer full) (element-type HvLeakSite): the sites
 */
GPtrArray *hv_leak_sites(HvTrace *trace, HvSymbols *symbols);

G_END_DECLS
