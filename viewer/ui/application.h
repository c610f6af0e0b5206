/* SPDX-License-Identifier: MIT */
/*
 * The application: command line, windows, theme, the actions that belong to no window.
 *
 * A second `alloc-viewer` of the same desktop session opens a window in the first one (GApplication
 * uniqueness). What the command line names is checked in the process that was given it, before GTK
 * starts, so that a mistake ends in one sentence on standard error and no window.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/appearance.h"
#include "viewer/ui/settings.h"

G_BEGIN_DECLS

#define HV_APPLICATION_ID  "org.liballoc.Viewer"
#define HV_RESOURCE_PATH   "/org/liballoc/Viewer"
#define HV_RATE_DEFAULT_HZ 10.0
#define HV_RATE_MINIMUM_HZ 0.1
#define HV_RATE_MAXIMUM_HZ 60.0

#define HV_TYPE_APPLICATION (hv_application_get_type())
G_DECLARE_FINAL_TYPE(HvApplication, hv_application, HV, APPLICATION, GtkApplication)

HvApplication *hv_application_new(void);

/** hv_application_get_appearance: Returns (transfer none): there once the application has started.
 */
HvAppearance *hv_application_get_appearance(HvApplication *self);

/** hv_application_get_settings: Likewise. */
HvSettings *hv_application_get_settings(HvApplication *self);

G_END_DECLS
