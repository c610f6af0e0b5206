/* SPDX-License-Identifier: MIT */
/*
 * The sampled profile of a frame with names: who allocated what is live, what ever was allocated,
 * and what was live when most was. Sums are estimates; hv_profile_error() tells how good they are.
 * Immutable, any thread; names are those of the HvSymbols, which must outlive it.
 */
#pragma once

#include "viewer/model/frame.h"
#include "viewer/model/symbols.h"

G_BEGIN_DECLS

typedef enum {
  HV_PROFILE_LIVE,
  HV_PROFILE_ALLOCATED,
  HV_PROFILE_PEAK,
  HV_PROFILE_VIEWS,
} HvProfileView;

/* "live", "allocated", "peak". */
const char *hv_profile_view_key(HvProfileView view);

/* The view of that key; FALSE: there is none. */
gboolean hv_profile_view_parse(const char *key, HvProfileView *view);

/* One function of a call stack. */
typedef struct {
  const char *function; /* never NULL: "OBJECT+ADDRESS" where it is not known */
  const char *file;     /* NULL: unknown */
  guint line;           /* 0: unknown */
  gboolean inlined;     /* into the next one */
  guint64 address;      /* return address in the process */
  int object;           /* index in the frame's objects; -1: in none that is known */
} HvProfileFrame;

/* One call stack. */
typedef struct {
  guint call; /* index in the frame's calls */
  struct alloc_profile_sums sums[HV_PROFILE_VIEWS];
  GArray *frames; /* HvProfileFrame, innermost first, at least one */
} HvProfileSite;

typedef struct HvProfile HvProfile;

/**
 * hv_profile_new:
 * @frame: a reference is taken
 * @symbols: where names come from
 *
 * Returns: (transfer full) (nullable): NULL when the process never had a profile.
 */
HvProfile *hv_profile_new(HvFrame *frame, HvSymbols *symbols);
HvProfile *hv_profile_ref(HvProfile *profile);
void hv_profile_unref(HvProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvProfile, hv_profile_unref)

HvFrame *hv_profile_frame(HvProfile *profile);
const struct alloc_profile_record *hv_profile_record(HvProfile *profile);

/* Sums of all call stacks. */
const struct alloc_profile_sums *hv_profile_total(HvProfile *profile, HvProfileView view);

/* All call stacks, by index of their call; an element may have nothing in a view. */
const GPtrArray *hv_profile_sites(HvProfile *profile);

/* Those with something in the view, most bytes first. (transfer container) */
GPtrArray *hv_profile_ranked(HvProfile *profile, HvProfileView view);

/* One standard error of a sum of @bytes in so many samples, bytes: B / sqrt (samples) at most. */
guint64 hv_profile_error(const struct alloc_profile_sums *sums);

/* "FUNCTION  FILE:LINE" of a frame, or as much as is known. (transfer full) */
char *hv_profile_frame_text(const HvProfileFrame *frame);

/* The frame that a call stack is named by: the innermost whose line is known, or else the
 * innermost. (out) (optional) @index: its index. (transfer none) */
const HvProfileFrame *hv_profile_site_frame(const HvProfileSite *site, guint *index);

/* "FUNCTION (FILE:LINE)" of a frame, the file without its folders. (transfer full) */
char *hv_profile_frame_label(const HvProfileFrame *frame);

/* "grow ← main": the functions that frame @index was called by, innermost first. (transfer full) */
char *hv_profile_site_callers(const HvProfileSite *site, guint index);

/* Whether the process of the frame has a profile that is running. */
gboolean hv_profile_runs(HvFrame *frame);

/**
 * hv_profile_collapsed:
 *
 * One line a call stack, "outermost;...;innermost BYTES", as flamegraph.pl and speedscope read it.
 * Returns: (transfer full)
 */
GString *hv_profile_collapsed(HvProfile *profile, HvProfileView view);

/**
 * hv_profile_pprof:
 *
 * The profile as pprof's profile.proto, compressed by gzip: what `go tool pprof`, Pyroscope and
 * Parca read. Sample types are allocated, live and peak blocks and bytes.
 * Returns: (transfer full)
 */
GBytes *hv_profile_pprof(HvProfile *profile);

G_END_DECLS
