/* SPDX-License-Identifier: MIT */
/*
 * Colours by theme. The pairs are chosen so that no two states look alike to normal, protanope,
 * deuteranope or tritanope eyes; in the grey ones, by lightness. All values are opaque 0xffRRGGBB,
 * which is also premultiplied.
 */
#pragma once

#include "viewer/model/state.h"

G_BEGIN_DECLS

#define HV_FAMILIES   8  /* colours for things without an order */
#define HV_RAMP_STOPS 10 /* of a ramp, evenly spaced */

typedef enum {
  HV_THEME_LIGHT,
  HV_THEME_DARK,
  HV_THEME_LIGHT_CONTRAST, /* high contrast: each fill stands out from the background */
  HV_THEME_DARK_CONTRAST,
  HV_THEME_LIGHT_GREY, /* told apart by lightness alone, as on paper; and by cues */
  HV_THEME_DARK_GREY,
  HV_THEMES,
} HvTheme;

/*
 * HvPalette:
 * @state: fill of each state
 * @background: page and unmapped memory
 * @panel: band headers and other raised areas
 * @text: text on @background and @panel
 * @text_dim: secondary text
 * @rule: thin lines
 * @border: edges of blocks, drawn inside the block over its fill
 * @accent: selection and hover outlines
 * @born, @freed: rims around what is live since a moment ago, and around what was
 * @quiet: memory that a lens has nothing to say about
 * @others: what does not get a family of its own
 * @family: size classes, owners
 * @fill: empty to full: cividis
 * @age: long ago to just now; @churn: little to much
 * @diff: less to more, neutral in the middle
 */
typedef struct {
  guint32 state[HV_STATE_COUNT];
  guint32 background;
  guint32 panel;
  guint32 text;
  guint32 text_dim;
  guint32 rule;
  guint32 border;
  guint32 accent;
  guint32 born;
  guint32 freed;
  guint32 quiet;
  guint32 others;
  guint32 family[HV_FAMILIES];
  guint32 fill[HV_RAMP_STOPS];
  guint32 age[HV_RAMP_STOPS];
  guint32 churn[HV_RAMP_STOPS];
  guint32 diff[HV_RAMP_STOPS];
} HvPalette;

/**
 * hv_palette_get:
 * @theme: one of them
 *
 * Returns: (transfer none): the constant palette of @theme. Any thread.
 */
const HvPalette *hv_palette_get(HvTheme theme);

/* "light", "dark", "light-contrast", "dark-contrast", "light-grey", "dark-grey". (transfer none) */
const char *hv_theme_key(HvTheme theme);

/* Finds a theme by its key. Returns: FALSE, leaving @theme, for another. */
gboolean hv_theme_parse(const char *key, HvTheme *theme);

/**
 * hv_palette_ramp:
 * @stops: (array fixed-size=HV_RAMP_STOPS): colours
 * @value, @full: where on the ramp, 0 <= @value <= @full, @full below 2^48
 *
 * Returns: the colour at @value, between its two stops.
 */
guint32 hv_palette_ramp(const guint32 *stops, guint64 value, guint64 full);

/* One colour of @count shades of @colour: the first darkest, all of its hue. */
guint32 hv_palette_shade(guint32 colour, guint shade, guint count);

/**
 * hv_palette_text_on:
 * @fill: a colour, 0xffRRGGBB
 *
 * Returns: black or white, whichever contrasts more with @fill.
 */
guint32 hv_palette_text_on(guint32 fill);

G_END_DECLS
