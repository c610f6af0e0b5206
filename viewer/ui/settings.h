/* SPDX-License-Identifier: MIT */
/*
 * What is kept from one run to the next: GSettings under org.liballoc.Viewer. Where its schema is
 * not installed, choices hold as long as the process.
 *
 * One object an application, main thread only.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HV_SETTINGS_SCHEMA "org.liballoc.Viewer"

#define HV_TYPE_SETTINGS (hv_settings_get_type())
G_DECLARE_FINAL_TYPE(HvSettings, hv_settings, HV, SETTINGS, GObject)

HvSettings *hv_settings_new(void);

/** hv_settings_are_kept: Whether the schema was found. */
gboolean hv_settings_are_kept(HvSettings *self);

/** hv_settings_keys: Names of all keys, to NULL; and their types and defaults as GVariant text. */
const char *const *hv_settings_keys(void);
const char *hv_settings_default(const char *key);

/** hv_settings_get_text, ..: Of a key of that type; a value out of range reads as the default.
 * Returns: of the text (transfer full). */
char *hv_settings_get_text(HvSettings *self, const char *key);
gboolean hv_settings_get_flag(HvSettings *self, const char *key);
int hv_settings_get_number(HvSettings *self, const char *key);
guint hv_settings_get_count(HvSettings *self, const char *key);
double hv_settings_get_real(HvSettings *self, const char *key);

/** hv_settings_get_value: Of a key of any type. Returns: (transfer full). */
GVariant *hv_settings_get_value(HvSettings *self, const char *key);

/** hv_settings_set: Takes a floating @value of the key's type and range. */
void hv_settings_set(HvSettings *self, const char *key, GVariant *value);

G_END_DECLS
