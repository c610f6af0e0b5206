/* SPDX-License-Identifier: MIT */
/*
 * The states that a byte of the watched process can be in. One enum for map, ledger, palette and
 * pyramid, so that one colour means one thing everywhere.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  HV_STATE_NONE,      /* not part of the heap: gaps, background */
  HV_STATE_LIVE,      /* small block in the program's hands */
  HV_STATE_LARGE,     /* large span in the program's hands */
  HV_STATE_REGION,    /* mmapped region in the program's hands */
  HV_STATE_CACHED,    /* small block in a thread cache */
  HV_STATE_TRANSIT,   /* freed by another thread, not collected yet */
  HV_STATE_FREE,      /* free in a used span, handed out before */
  HV_STATE_UNTOUCHED, /* free in a used span, never handed out */
  HV_STATE_TAIL,      /* end of a span too short for one more block */
  HV_STATE_DIRTY,     /* free slice, may be resident */
  HV_STATE_CLEAN,     /* free slice, purged or never used */
  HV_STATE_METADATA,  /* arena headers, caches, tables */
  HV_STATE_MAP_COUNT, /* states below appear in the ledger only */

  HV_STATE_STACK = HV_STATE_MAP_COUNT, /* thread stacks */
  HV_STATE_FILE,                       /* program, libraries, mapped files, shared memory */
  HV_STATE_WATCH,                      /* published snapshots: the price of being watched */
  HV_STATE_ANONYMOUS,                  /* anonymous memory that is not this heap */
  HV_STATE_UNEXPLAINED,                /* what the sum of all others leaves over */
  HV_STATE_COUNT,
} HvState;

/**
 * hv_state_name:
 * @state: a state
 *
 * Returns: (transfer none): a short lower-case name for people, such as "in transit".
 */
const char *hv_state_name(HvState state);

/**
 * hv_state_key:
 * @state: a state
 *
 * Returns: (transfer none): a stable identifier for files and scripts, such as "transit".
 */
const char *hv_state_key(HvState state);

/**
 * hv_state_explanation:
 * @state: a state
 *
 * Returns: (transfer none): one sentence that says what such memory is.
 */
const char *hv_state_explanation(HvState state);

G_END_DECLS
