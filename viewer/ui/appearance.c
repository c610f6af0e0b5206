/* SPDX-License-Identifier: MIT */
/* The portal is asked asynchronously: a desktop without one answers with an error, which means
 * "no preference". GTK's own style is made dark, or of high contrast, by its settings. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/appearance.h"

#define PORTAL_NAME       "org.freedesktop.portal.Desktop"
#define PORTAL_PATH       "/org/freedesktop/portal/desktop"
#define PORTAL_INTERFACE  "org.freedesktop.portal.Settings"
#define APPEARANCE        "org.freedesktop.appearance"
#define COLOR_SCHEME      "color-scheme"
#define COLOR_SCHEME_DARK 1u
#define CONTRAST          "contrast"
#define CONTRAST_HIGH     1u

struct _HvAppearance {
  GObject parent_instance;
  HvAppearanceChoice choice;
  HvContrastChoice contrast;
  HvColoursChoice colours;
  gboolean desktop_dark; /* what the desktop wants */
  gboolean desktop_high;
  HvTheme theme; /* what windows are */
  gboolean high;
  GDBusConnection *bus;
  guint changed_id; /* subscription to SettingChanged */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE(HvAppearance, hv_appearance, G_TYPE_OBJECT)

enum { PROP_0, PROP_THEME, N_PROPS };
static GParamSpec *properties[N_PROPS];

static gboolean find_name(const char *const *names, const char *name, guint *index) {
  for (guint i = 0; names[i] != NULL; i++) {
    if (g_strcmp0(name, names[i]) == 0) {
      *index = i;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean hv_appearance_choice_from_string(const char *name, HvAppearanceChoice *choice) {
  static const char *const names[] = {"follow", "light", "dark", NULL};
  guint index;

  if (!find_name(names, name, &index))
    return FALSE;
  *choice = (HvAppearanceChoice)index;
  return TRUE;
}

gboolean hv_contrast_choice_from_string(const char *name, HvContrastChoice *choice) {
  static const char *const names[] = {"follow", "normal", "high", NULL};
  guint index;

  if (!find_name(names, name, &index))
    return FALSE;
  *choice = (HvContrastChoice)index;
  return TRUE;
}

gboolean hv_colours_choice_from_string(const char *name, HvColoursChoice *choice) {
  static const char *const names[] = {"full", "grey", NULL};
  guint index;

  if (!find_name(names, name, &index))
    return FALSE;
  *choice = (HvColoursChoice)index;
  return TRUE;
}

gboolean hv_theme_is_dark(HvTheme theme) {
  return theme == HV_THEME_DARK || theme == HV_THEME_DARK_CONTRAST || theme == HV_THEME_DARK_GREY;
}

/* Greys are as far apart as they can be, whatever the contrast. */
static HvTheme theme_of(gboolean dark, gboolean high, HvColoursChoice colours) {
  if (colours == HV_COLOURS_GREY)
    return dark ? HV_THEME_DARK_GREY : HV_THEME_LIGHT_GREY;
  if (high)
    return dark ? HV_THEME_DARK_CONTRAST : HV_THEME_LIGHT_CONTRAST;
  return dark ? HV_THEME_DARK : HV_THEME_LIGHT;
}

static void appearance_apply(HvAppearance *self) {
  gboolean dark = self->choice == HV_APPEARANCE_DARK ||
                  (self->choice == HV_APPEARANCE_FOLLOW && self->desktop_dark);
  gboolean high = self->contrast == HV_CONTRAST_HIGH ||
                  (self->contrast == HV_CONTRAST_FOLLOW && self->desktop_high);
  HvTheme theme = theme_of(dark, high, self->colours);
  GtkSettings *settings = gtk_settings_get_default();

  if (settings != NULL) {
    /* GTK's themes of high contrast have no dark variant, but a dark theme beside them. */
    g_object_set(settings, "gtk-application-prefer-dark-theme", dark && !high, NULL);
    if (high)
      g_object_set(settings, "gtk-theme-name", dark ? "Default-hc-dark" : "Default-hc", NULL);
    else if (self->high || self->desktop_high)
      g_object_set(settings, "gtk-theme-name", "Default", NULL);
  }
  if (theme == self->theme && high == self->high)
    return;
  self->theme = theme;
  self->high = high;
  g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_THEME]);
}

/* The portal's Read wraps its answer in one variant more than SettingChanged does. */
static void appearance_take(HvAppearance *self, const char *key, GVariant *value) {
  g_autoptr(GVariant) inner = g_variant_ref(value);

  while (g_variant_is_of_type(inner, G_VARIANT_TYPE_VARIANT)) {
    GVariant *next = g_variant_get_variant(inner);
    g_variant_unref(inner);
    inner = next;
  }
  if (!g_variant_is_of_type(inner, G_VARIANT_TYPE_UINT32))
    return;
  if (g_strcmp0(key, COLOR_SCHEME) == 0)
    self->desktop_dark = g_variant_get_uint32(inner) == COLOR_SCHEME_DARK;
  else if (g_strcmp0(key, CONTRAST) == 0)
    self->desktop_high = g_variant_get_uint32(inner) == CONTRAST_HIGH;
  appearance_apply(self);
}

static void appearance_setting_changed(GDBusConnection *bus, const char *sender, const char *path,
                                       const char *interface, const char *signal,
                                       GVariant *parameters, gpointer data) {
  const char *group = NULL;
  const char *key = NULL;
  g_autoptr(GVariant) value = NULL;

  if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(ssv)")))
    return;
  g_variant_get(parameters, "(&s&s@v)", &group, &key, &value);
  if (g_strcmp0(group, APPEARANCE) == 0)
    appearance_take(HV_APPEARANCE(data), key, value);
}

/* An answer of the portal. */
static void appearance_take_reply(GObject *source, GAsyncResult *result, gpointer data,
                                  const char *key) {
  g_autoptr(GVariant) reply =
      g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
  g_autoptr(GVariant) value = NULL;

  if (reply == NULL)
    return; /* cancelled (self is gone), or no portal: no preference */
  g_variant_get(reply, "(@v)", &value);
  appearance_take(HV_APPEARANCE(data), key, value);
}

static void appearance_scheme_read(GObject *source, GAsyncResult *result, gpointer data) {
  appearance_take_reply(source, result, data, COLOR_SCHEME);
}

static void appearance_contrast_read(GObject *source, GAsyncResult *result, gpointer data) {
  appearance_take_reply(source, result, data, CONTRAST);
}

static void appearance_ask(HvAppearance *self, const char *key, GAsyncReadyCallback callback) {
  g_dbus_connection_call(self->bus, PORTAL_NAME, PORTAL_PATH, PORTAL_INTERFACE, "Read",
                         g_variant_new("(ss)", APPEARANCE, key), G_VARIANT_TYPE("(v)"),
                         G_DBUS_CALL_FLAGS_NONE, 2000, self->cancellable, callback, self);
}

static void appearance_bus_ready(GObject *source, GAsyncResult *result, gpointer data) {
  GDBusConnection *bus = g_bus_get_finish(result, NULL);
  HvAppearance *self;

  if (bus == NULL)
    return;
  self = HV_APPEARANCE(data);
  self->bus = bus;
  self->changed_id = g_dbus_connection_signal_subscribe(
      bus, PORTAL_NAME, PORTAL_INTERFACE, "SettingChanged", PORTAL_PATH, APPEARANCE,
      G_DBUS_SIGNAL_FLAGS_NONE, appearance_setting_changed, self, NULL);
  appearance_ask(self, COLOR_SCHEME, appearance_scheme_read);
  appearance_ask(self, CONTRAST, appearance_contrast_read);
}

static void hv_appearance_get_property(GObject *object, guint id, GValue *value,
                                       GParamSpec *pspec) {
  switch (id) {
  case PROP_THEME:
    g_value_set_uint(value, HV_APPEARANCE(object)->theme);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void hv_appearance_dispose(GObject *object) {
  HvAppearance *self = HV_APPEARANCE(object);

  if (self->cancellable != NULL)
    g_cancellable_cancel(self->cancellable);
  g_clear_object(&self->cancellable);
  if (self->changed_id != 0)
    g_dbus_connection_signal_unsubscribe(self->bus, self->changed_id);
  self->changed_id = 0;
  g_clear_object(&self->bus);
  G_OBJECT_CLASS(hv_appearance_parent_class)->dispose(object);
}

static void hv_appearance_class_init(HvAppearanceClass *klass) {
  GObjectClass *object_class = G_OBJECT_CLASS(klass);

  object_class->get_property = hv_appearance_get_property;
  object_class->dispose = hv_appearance_dispose;
  properties[PROP_THEME] =
      g_param_spec_uint("theme", NULL, NULL, HV_THEME_LIGHT, HV_THEMES - 1, HV_THEME_LIGHT,
                        G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void hv_appearance_init(HvAppearance *self) {
  g_autofree char *name = NULL;
  GtkSettings *settings = gtk_settings_get_default();

  if (settings != NULL)
    g_object_get(settings, "gtk-theme-name", &name, NULL);
  self->desktop_dark =
      name != NULL && (g_str_has_suffix(name, "-dark") || g_str_equal(name, "HighContrastInverse"));
  self->desktop_high = name != NULL && (g_str_has_prefix(name, "HighContrast") ||
                                        g_str_has_prefix(name, "Default-hc"));
  self->cancellable = g_cancellable_new();
  appearance_apply(self);
  g_bus_get(G_BUS_TYPE_SESSION, self->cancellable, appearance_bus_ready, self);
}

HvAppearance *hv_appearance_new(void) {
  return g_object_new(HV_TYPE_APPEARANCE, NULL);
}

void hv_appearance_set_choice(HvAppearance *self, HvAppearanceChoice choice) {
  g_return_if_fail(HV_IS_APPEARANCE(self));
  self->choice = choice;
  appearance_apply(self);
}

void hv_appearance_set_contrast(HvAppearance *self, HvContrastChoice contrast) {
  g_return_if_fail(HV_IS_APPEARANCE(self));
  self->contrast = contrast;
  appearance_apply(self);
}

void hv_appearance_set_colours(HvAppearance *self, HvColoursChoice colours) {
  g_return_if_fail(HV_IS_APPEARANCE(self));
  self->colours = colours;
  appearance_apply(self);
}

gboolean hv_appearance_is_high_contrast(HvAppearance *self) {
  g_return_val_if_fail(HV_IS_APPEARANCE(self), FALSE);
  return self->high;
}

HvTheme hv_appearance_get_theme(HvAppearance *self) {
  g_return_val_if_fail(HV_IS_APPEARANCE(self), HV_THEME_LIGHT);
  return self->theme;
}
