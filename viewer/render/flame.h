/* SPDX-License-Identifier: MIT */
/*
 * A flame graph with its root on top: a row a level, a box a function, as wide as its bytes. One
 * node has the focus: it and what called it are as wide as the picture.
 *
 *   x of byte b = (b - begin (focus)) * width / bytes (focus)
 *
 * No GTK; any thread.
 */
#pragma once

#include <cairo.h>

#include "viewer/model/flame.h"
#include "viewer/model/palette.h"

G_BEGIN_DECLS

/*
 * HvFlameView:
 * @focus: what fills the width
 * @selected: (nullable): outlined
 * @theme: colours
 * @width_px: of the picture
 * @row_px: of one level
 * @font_px: of the texts
 */
typedef struct {
  HvFlame *flame;
  const HvFlameNode *focus;
  const HvFlameNode *selected;
  HvTheme theme;
  int width_px;
  int row_px;
  int font_px;
} HvFlameView;

/* Height of the picture. */
int hv_flame_view_height(const HvFlameView *view);

/* Box of a node, clipped to the picture. Returns: FALSE when nothing of it can be seen. */
gboolean hv_flame_view_box(const HvFlameView *view, const HvFlameNode *node, double *x,
                           double *width);

/* What is at a point; NULL: nothing. */
const HvFlameNode *hv_flame_view_at(const HvFlameView *view, double x, double y);

/* Draws all that lies in the clip of @cr. */
void hv_flame_view_draw(const HvFlameView *view, cairo_t *cr);

/* "FUNCTION: 1.50 MiB (12 %), about 1,200 blocks". (transfer full) */
char *hv_flame_node_text(HvFlame *flame, const HvFlameNode *node);

/**
 * hv_flame_svg:
 * @title: above the picture, UTF-8
 *
 * The whole tree as SVG with a tooltip for each box. Returns: (transfer full)
 */
GString *hv_flame_svg(const HvFlameView *view, const char *title);

G_END_DECLS
