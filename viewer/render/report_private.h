/* SPDX-License-Identifier: MIT */
/*
 * What the files of the report share: report.c (order of the parts, files), report_ledger.c (title
 * and ledger), report_parts.c (reasons, classes, timeline), report_map.c (the map). One thread per
 * page.
 */
#pragma once

#include "viewer/render/report.h"
#include "viewer/render/text.h"

G_BEGIN_DECLS

/* The page while it is drawn, and lengths in device pixels. */
typedef struct {
  const HvReport *report;
  const HvPalette *palette;
  cairo_t *cr;
  int scale;
  int margin;
  int width;  /* between the margins */
  int bottom; /* where the part of the page that is free ends */
  int y;      /* where the next part begins */
} HvPage;

/* Text at @x from the left margin and at page->y. Returns: its width. */
int hv_page_text(HvPage *page, const char *text, int size_px, gboolean bold, guint32 colour,
                 HvTextAlign align, int x, int width);

/* Moves down by a line of text of @size_px logical pixels. */
void hv_page_next(HvPage *page, int size_px);

void hv_page_draw_title(HvPage *page);
void hv_page_draw_ledger(HvPage *page);

/* Reasons that matter, as many as go into @room device pixels; nothing without reasons. */
void hv_page_draw_reasons(HvPage *page, int room);

/* Draw from page->bottom upwards, and raise it. */
void hv_page_draw_timeline(HvPage *page);
void hv_page_draw_classes(HvPage *page, int room);

G_END_DECLS
