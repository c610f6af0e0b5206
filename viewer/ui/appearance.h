/* SPDX-License-Identifier: MIT */
/*
 * Light or dark, with normal or high contrast, in colours or greys: the desktop's preference (the
 * settings portal, or the name of the GTK theme) unless the user has chosen. GTK 4.8 does not
 * follow the portal by itself.
 *
 * One object an application, main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/model/palette.h"

G_BEGIN_DECLS

/* What the user asked for. */
typedef enum {
  HV_APPEARANCE_FOLLOW, /* as the desktop */
  HV_APPEARANCE_LIGHT,
  HV_APPEARANCE_DARK,
} HvAppearanceChoice;

typedef enum {
  HV_CONTRAST_FOLLOW, /* as the desktop */
  HV_CONTRAST_NORMAL,
  HV_CONTRAST_HIGH,
} HvContrastChoice;

typedef enum {
  HV_COLOURS_FULL,
  HV_COLOURS_GREY, /* of maps and charts */
} HvColoursChoice;

#define HV_TYPE_APPEARANCE (hv_appearance_get_type())
G_DECLARE_FINAL_TYPE(HvAppearance, hv_appearance, HV, APPEARANCE, GObject)

/** hv_appearance_new: Reads the desktop's preference in the background. GTK must be initialised. */
HvAppearance *hv_appearance_new(void);

/** hv_appearance_set_choice, ..contrast, ..colours: Apply at once to every window; notify "theme"
 * when that changes. */
void hv_appearance_set_choice(HvAppearance *self, HvAppearanceChoice choice);
void hv_appearance_set_contrast(HvAppearance *self, HvContrastChoice contrast);
void hv_appearance_set_colours(HvAppearance *self, HvColoursChoice colours);

/** hv_appearance_get_theme: The palette that windows have now (property "theme"). */
HvTheme hv_appearance_get_theme(HvAppearance *self);

/** hv_appearance_is_high_contrast: Whether windows are; "theme" is notified when that changes, too,
 * though in greys the palette stays the same. */
gboolean hv_appearance_is_high_contrast(HvAppearance *self);

/** hv_theme_is_dark: What a theme is. */
gboolean hv_theme_is_dark(HvTheme theme);

/** hv_appearance_choice_from_string: "follow", "light" or "dark". Returns FALSE, leaving @choice,
 * when @name is none of the three. */
gboolean hv_appearance_choice_from_string(const char *name, HvAppearanceChoice *choice);

/** hv_contrast_choice_from_string: "follow", "normal" or "high"; likewise. */
gboolean hv_contrast_choice_from_string(const char *name, HvContrastChoice *choice);

/** hv_colours_choice_from_string: "full" or "grey"; likewise. */
gboolean hv_colours_choice_from_string(const char *name, HvColoursChoice *choice);

G_END_DECLS
