/* SPDX-License-Identifier: MIT */
/* See settings.h. The table here says what the schema says, for where there is none; a test
 * compares the two. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/settings.h"

struct _HvSettings {
  GObject parent_instance;
  GSettings *kept;    /* NULL: the schema is not installed */
  GHashTable *chosen; /* without it: key -> GVariant */
};

G_DEFINE_FINAL_TYPE(HvSettings, hv_settings, G_TYPE_OBJECT)

static const char *const keys[] = {
    "theme",
    "contrast",
    "colours",
    "lens",
    "snapshot-rate",
    "history-mebibytes",
    "window-width",
    "window-height",
    "window-maximized",
    "side-panel",
    "by-class",
    "list",
    "list-orders",
    NULL,
};

static const char *const defaults[G_N_ELEMENTS(keys) - 1] = {
    "'follow'", "'follow'", "'full'", "'state'", "10.0",      "uint32 256", "1200",
    "800",      "false",    "true",   "false",   "'details'", "@a{ss} {}",
};

const char *const *hv_settings_keys(void) {
  return keys;
}

static guint key_index(const char *key) {
  guint i = 0;

  while (keys[i] != NULL && !g_str_equal(keys[i], key))
    i++;
  g_assert(keys[i] != NULL);
  return i;
}

const char *hv_settings_default(const char *key) {
  return defaults[key_index(key)];
}

static void variant_unref(gpointer value) {
  g_variant_unref(value);
}

static void hv_settings_dispose(GObject *object) {
  HvSettings *self = HV_SETTINGS(object);

  g_clear_object(&self->kept);
  g_clear_pointer(&self->chosen, g_hash_table_unref);
  G_OBJECT_CLASS(hv_settings_parent_class)->dispose(object);
}

static void hv_settings_class_init(HvSettingsClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_settings_dispose;
}

/* A schema of another version, which lacks a key, is no schema: GSettings would end the program. */
static gboolean schema_is_complete(GSettingsSchema *schema) {
  for (guint i = 0; keys[i] != NULL; i++)
    if (!g_settings_schema_has_key(schema, keys[i]))
      return FALSE;
  return TRUE;
}

static void hv_settings_init(HvSettings *self) {
  GSettingsSchemaSource *source = g_settings_schema_source_get_default();
  g_autoptr(GSettingsSchema) schema =
      source == NULL ? NULL : g_settings_schema_source_lookup(source, HV_SETTINGS_SCHEMA, TRUE);

  if (schema != NULL && schema_is_complete(schema))
    self->kept = g_settings_new_full(schema, NULL, NULL);
  else
    self->chosen = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, variant_unref);
}

HvSettings *hv_settings_new(void) {
  return g_object_new(HV_TYPE_SETTINGS, NULL);
}

gboolean hv_settings_are_kept(HvSettings *self) {
  g_return_val_if_fail(HV_IS_SETTINGS(self), FALSE);
  return self->kept != NULL;
}

/* Returns: (transfer full). */
static GVariant *settings_get(HvSettings *self, const char *key) {
  GVariant *chosen;

  if (self->kept != NULL)
    return g_settings_get_value(self->kept, key);
  chosen = g_hash_table_lookup(self->chosen, key);
  if (chosen != NULL)
    return g_variant_ref(chosen);
  return g_variant_parse(NULL, hv_settings_default(key), NULL, NULL, NULL);
}

GVariant *hv_settings_get_value(HvSettings *self, const char *key) {
  g_return_val_if_fail(HV_IS_SETTINGS(self), NULL);
  return settings_get(self, key);
}

char *hv_settings_get_text(HvSettings *self, const char *key) {
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail(HV_IS_SETTINGS(self), NULL);
  value = settings_get(self, key);
  return g_variant_dup_string(value, NULL);
}

gboolean hv_settings_get_flag(HvSettings *self, const char *key) {
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail(HV_IS_SETTINGS(self), FALSE);
  value = settings_get(self, key);
  return g_variant_get_boolean(value);
}

int hv_settings_get_number(HvSettings *self, const char *key) {
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail(HV_IS_SETTINGS(self), 0);
  value = settings_get(self, key);
  return g_variant_get_int32(value);
}

guint hv_settings_get_count(HvSettings *self, const char *key) {
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail(HV_IS_SETTINGS(self), 0);
  value = settings_get(self, key);
  return g_variant_get_uint32(value);
}

double hv_settings_get_real(HvSettings *self, const char *key) {
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail(HV_IS_SETTINGS(self), 0);
  value = settings_get(self, key);
  return g_variant_get_double(value);
}

void hv_settings_set(HvSettings *self, const char *key, GVariant *value) {
  g_autoptr(GVariant) owned = g_variant_ref_sink(value);

  g_return_if_fail(HV_IS_SETTINGS(self));
  if (self->kept != NULL)
    g_settings_set_value(self->kept, key, owned);
  else
    g_hash_table_replace(self->chosen, (gpointer)keys[key_index(key)], g_variant_ref(owned));
}
