/* SPDX-License-Identifier: MIT */
/* The ledger along time as stacked columns, with the highest and lowest total over each, and the
 * churn as a line over them, with a scale of its own: as high as the strip at its highest. Any
 * thread. */
#pragma once

#include <cairo.h>

#include "viewer/model/history.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

/* A strip covers at least so much time, so that the first second does not fill it. */
#define HV_STRIP_MIN_NS G_GUINT64_CONSTANT(10000000000)

/* Height of the marks of events, logical pixels. */
#define HV_STRIP_EVENT_PX 6

/**
 * hv_strip_span:
 * @begin_ns, @end_ns: (out): the time that a strip of @history covers
 *
 * Returns: FALSE, with 0 in both, while there is no ledger.
 */
gboolean hv_strip_span(HvHistory *history, guint64 *begin_ns, guint64 *end_ns);

/*
 * HvStripScale: what the height of a strip stands for.
 * @bytes: of the ledger
 * @churn_bytes: a second; HV_CHURN_UNKNOWN: no line is drawn
 */
typedef struct {
  gint64 bytes;
  gint64 churn_bytes;
} HvStripScale;

/* That of a strip from @begin_ns to @end_ns, whatever its columns. */
HvStripScale hv_strip_scale(HvHistory *history, guint64 begin_ns, guint64 end_ns);

/**
 * hv_strip_draw:
 * @cr: origin at the top left of the strip
 * @columns: how many
 * @width, @height: of the strip, in the units of @cr
 * @line: how thick lines are
 */
HvStripScale hv_strip_draw(cairo_t *cr, HvHistory *history, const HvPalette *palette,
                           guint64 begin_ns, guint64 end_ns, guint columns, double width,
                           double height, double line);

/* "up to 1.50 GiB"; "churn 3.20 MiB/s", or "" while none is known. Returns: (transfer full) */
char *hv_strip_describe_bytes(const HvStripScale *scale);
char *hv_strip_describe_churn(const HvStripScale *scale);

/* Colour of the line of churn, which a rim in that of the background sets off. */
guint32 hv_strip_churn_colour(const HvPalette *palette);

/* Colour of the mark of an event. */
guint32 hv_strip_event_colour(const HvPalette *palette, HvEventKind kind);

G_END_DECLS
