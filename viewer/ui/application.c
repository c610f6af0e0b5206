/* SPDX-License-Identifier: MIT */
/* See application.h. Main thread only. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "config.h"

#include "viewer/ui/application.h"

#include <glib/gi18n.h>

#include "viewer/ui/target.h"
#include "viewer/ui/watch.h"
#include "viewer/ui/window.h"
#include "viewer/ui/resources.h"

struct _HvApplication {
  GtkApplication parent_instance;
  HvAppearance *appearance;
  HvSettings *settings;
};

G_DEFINE_FINAL_TYPE(HvApplication, hv_application, GTK_TYPE_APPLICATION)

#define SIZE_MINIMUM_PX 320
#define SIZE_MAXIMUM_PX 16384

/* As the schema of the settings has it. */
#define HISTORY_MINIMUM_MIB 16
#define HISTORY_MAXIMUM_MIB 16384

/* A target that nobody asks any more stops by itself, a little later. */
#define SHUTDOWN_WAIT_US G_USEC_PER_SEC

static const GOptionEntry options[] = {
    {"rate", 'r', 0, G_OPTION_ARG_STRING, NULL,
     N_("Snapshots a second, 0.1 to 60 (default: as chosen last, or 10)"), N_("HZ")},
    {"theme", 't', 0, G_OPTION_ARG_STRING, NULL, N_("follow the desktop (default), light or dark"),
     N_("NAME")},
    {"size", 's', 0, G_OPTION_ARG_STRING, NULL, N_("Size of the window in pixels"), N_("WxH")},
    {"version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version and exit"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_("[PID | FILE]")},
    {NULL},
};

static const char description[] = N_(
    "Without an argument, alloc-viewer lists the processes that can be watched: those of yours "
    "that\n"
    "run on liballoc. PID opens one of them, FILE a saved snapshot (write ./1234 for a file whose\n"
    "name is a number). Start a program on liballoc with: alloc-run PROGRAM ARGUMENTS");

/* ---- command line ---- */

/* What the options ask of a window; checked by options_read. */
typedef struct {
  double rate_hz;    /* 0: not asked */
  const char *theme; /* unowned, NULL: not asked */
  int width_px;
  int height_px;        /* 0: not asked */
  const char *argument; /* unowned, NULL: none */
} Request;

static gboolean rate_parse(const char *text, double *rate_hz) {
  char *end = NULL;
  double rate = g_ascii_strtod(text, &end);

  /* Written so that "nan" fails. */
  if (end == text || *end != '\0' || !(rate >= HV_RATE_MINIMUM_HZ && rate <= HV_RATE_MAXIMUM_HZ))
    return FALSE;
  *rate_hz = rate;
  return TRUE;
}

static gboolean size_parse(const char *text, int *width, int *height) {
  char *end = NULL;
  gint64 w = g_ascii_strtoll(text, &end, 10);
  gint64 h;

  if (end == text || *end != 'x')
    return FALSE;
  text = end + 1;
  h = g_ascii_strtoll(text, &end, 10);
  if (end == text || *end != '\0')
    return FALSE;
  if (w < SIZE_MINIMUM_PX || h < SIZE_MINIMUM_PX || w > SIZE_MAXIMUM_PX || h > SIZE_MAXIMUM_PX)
    return FALSE;
  *width = (int)w;
  *height = (int)h;
  return TRUE;
}

/* Reads the options into @request, whose strings then point into @dict. Returns NULL, or the
 * sentence that says what is wrong (to be freed). */
static char *options_read(GVariantDict *dict, Request *request) {
  const char *text = NULL;
  g_autofree const char **remaining = NULL;
  HvAppearanceChoice choice;

  *request = (Request){0};
  if (g_variant_dict_lookup(dict, "rate", "&s", &text) && !rate_parse(text, &request->rate_hz))
    return g_strdup_printf(
        _("--rate takes a number of snapshots a second from 0.1 to 60, not \"%s\""), text);
  if (g_variant_dict_lookup(dict, "theme", "&s", &text)) {
    if (!hv_appearance_choice_from_string(text, &choice))
      return g_strdup_printf(_("--theme takes follow, light or dark, not \"%s\""), text);
    request->theme = text;
  }
  if (g_variant_dict_lookup(dict, "size", "&s", &text) &&
      !size_parse(text, &request->width_px, &request->height_px))
    return g_strdup_printf(_("--size takes a width and a height from %d to %d, such as 1200x800, "
                             "not \"%s\""),
                           SIZE_MINIMUM_PX, SIZE_MAXIMUM_PX, text);
  if (g_variant_dict_lookup(dict, G_OPTION_REMAINING, "^a&ay", &remaining) &&
      remaining[0] != NULL) {
    if (remaining[1] != NULL)
      return g_strdup_printf(_("one PID or FILE at a time: \"%s\" is one too many"), remaining[1]);
    request->argument = remaining[0];
  }
  return NULL;
}

/* Runs in the process that was started, before GTK: nothing here may need a display until the last
 * step, which says so when there is none. */
static int hv_application_handle_local_options(GApplication *application, GVariantDict *dict) {
  g_autoptr(GError) error = NULL;
  g_autoptr(HvTarget) target = NULL;
  g_autofree char *problem = NULL;
  Request request;

  if (g_variant_dict_contains(dict, "version")) {
    g_print("alloc-viewer %s\n", PACKAGE_VERSION);
    return 0;
  }
  problem = options_read(dict, &request);
  if (problem != NULL) {
    g_printerr("alloc-viewer: %s\n", problem);
    return 1;
  }
  if (request.argument != NULL) {
    target = hv_target_parse(request.argument, NULL, &error);
    if (target == NULL || !hv_target_check(target, &error)) {
      g_printerr("alloc-viewer: %s\n", error->message);
      return 1;
    }
  }
  if (!gtk_init_check()) {
    g_printerr("alloc-viewer: %s\n", _("there is no display to open a window on: set DISPLAY or "
                                       "WAYLAND_DISPLAY, or use alloc-inspect, which needs none"));
    return 1;
  }
  return -1;
}

static int hv_application_command_line(GApplication *application,
                                       GApplicationCommandLine *command_line) {
  HvApplication *self = HV_APPLICATION(application);
  GVariantDict *dict = g_application_command_line_get_options_dict(command_line);
  g_autofree char *problem = NULL;
  g_autoptr(HvTarget) target = NULL;
  g_autoptr(GError) error = NULL;
  HvWindow *window;
  Request request;

  problem = options_read(dict, &request);
  if (problem == NULL && request.argument != NULL) {
    target =
        hv_target_parse(request.argument, g_application_command_line_get_cwd(command_line), &error);
    if (target == NULL)
      problem = g_strdup(error->message);
  }
  if (problem != NULL) {
    g_application_command_line_printerr(command_line, "alloc-viewer: %s\n", problem);
    return 1;
  }
  if (request.theme != NULL)
    g_action_group_change_action_state(G_ACTION_GROUP(self), "theme",
                                       g_variant_new_string(request.theme));
  window = hv_window_new(self);
  if (request.rate_hz > 0)
    hv_window_set_rate(window, request.rate_hz);
  if (request.width_px > 0)
    gtk_window_set_default_size(GTK_WINDOW(window), request.width_px, request.height_px);
  if (target != NULL)
    hv_window_open(window, target);
  gtk_window_present(GTK_WINDOW(window));
  return 0;
}

/* ---- actions ---- */

static void action_new_window(GSimpleAction *action, GVariant *parameter, gpointer data) {
  gtk_window_present(GTK_WINDOW(hv_window_new(HV_APPLICATION(data))));
}

static void action_quit(GSimpleAction *action, GVariant *parameter, gpointer data) {
  GList *windows = gtk_application_get_windows(GTK_APPLICATION(data));

  while (windows != NULL) {
    GtkWindow *window = windows->data;

    windows = windows->next;
    gtk_window_destroy(window);
  }
  /* That was the last; what still holds the application has a file to write. */
}

static void action_about(GSimpleAction *action, GVariant *parameter, gpointer data) {
  const char *const authors[] = {_("The liballoc authors"), NULL};

  /* gtk_show_about_dialog() makes one that has no role. */
  GtkWindow *dialog = g_object_new(
      GTK_TYPE_ABOUT_DIALOG, "accessible-role", GTK_ACCESSIBLE_ROLE_DIALOG, "transient-for",
      gtk_application_get_active_window(GTK_APPLICATION(data)), "modal", TRUE, "program-name",
      _("Heap Viewer"), "logo-icon-name", HV_APPLICATION_ID, "version", PACKAGE_VERSION, "comments",
      _("Shows where the memory of a program on liballoc is."), "license-type", GTK_LICENSE_MIT_X11,
      "authors", authors, NULL);

  gtk_window_present(dialog);
}

static void action_theme(GSimpleAction *action, GVariant *value, gpointer data) {
  HvApplication *self = HV_APPLICATION(data);
  HvAppearanceChoice choice;

  if (!hv_appearance_choice_from_string(g_variant_get_string(value, NULL), &choice))
    return;
  hv_appearance_set_choice(self->appearance, choice);
  hv_settings_set(self->settings, "theme", value);
  g_simple_action_set_state(action, value);
}

static void action_contrast(GSimpleAction *action, GVariant *value, gpointer data) {
  HvApplication *self = HV_APPLICATION(data);
  HvContrastChoice choice;

  if (!hv_contrast_choice_from_string(g_variant_get_string(value, NULL), &choice))
    return;
  hv_appearance_set_contrast(self->appearance, choice);
  hv_settings_set(self->settings, "contrast", value);
  g_simple_action_set_state(action, value);
}

static void action_colours(GSimpleAction *action, GVariant *value, gpointer data) {
  HvApplication *self = HV_APPLICATION(data);
  HvColoursChoice choice;

  if (!hv_colours_choice_from_string(g_variant_get_string(value, NULL), &choice))
    return;
  hv_appearance_set_colours(self->appearance, choice);
  hv_settings_set(self->settings, "colours", value);
  g_simple_action_set_state(action, value);
}

/* Holds for what is opened from now on. */
static void action_history(GSimpleAction *action, GVariant *value, gpointer data) {
  guint mebibytes = g_variant_get_uint32(value);

  if (mebibytes < HISTORY_MINIMUM_MIB || mebibytes > HISTORY_MAXIMUM_MIB)
    return;
  hv_settings_set(HV_APPLICATION(data)->settings, "history-mebibytes", value);
  g_simple_action_set_state(action, value);
}

static const GActionEntry actions[] = {
    {.name = "new-window", .activate = action_new_window},
    {.name = "quit", .activate = action_quit},
    {.name = "about", .activate = action_about},
    {.name = "theme", .parameter_type = "s", .state = "'follow'", .change_state = action_theme},
    {.name = "contrast",
     .parameter_type = "s",
     .state = "'follow'",
     .change_state = action_contrast},
    {.name = "colours", .parameter_type = "s", .state = "'full'", .change_state = action_colours},
    {.name = "history-mebibytes",
     .parameter_type = "u",
     .state = "uint32 256",
     .change_state = action_history},
};

static const struct {
  const char *action;
  const char *accels[3];
} accels[] = {
    {"app.quit", {"<Control>q"}},
    {"app.new-window", {"<Control>n"}},
    {"win.close", {"<Control>w"}},
    {"win.show-processes", {"<Control>p"}},
    {"win.open-file", {"<Control>o"}},
    {"win.export", {"<Control>e"}},
    {"win.report", {"<Control><Shift>e"}},
    {"win.record", {"<Control>s"}},
    {"win.find", {"<Control>f"}},
    {"win.trim", {"<Control>t"}},
    {"win.profile", {"<Control>r"}},
    {"win.copy-list", {"<Control><Shift>c"}},
    {"win.side", {"F9"}},
    {"win.show-help-overlay", {"<Control>question", "F1"}},
};

/* ---- making ---- */

static void application_load_css(void) {
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();

  gtk_css_provider_load_from_resource(provider, HV_RESOURCE_PATH "/style.css");
  gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                             GTK_STYLE_PROVIDER(provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* Brings the choices of earlier runs back. */
static void application_restore(HvApplication *self) {
  static const char *const texts[] = {"theme", "contrast", "colours"};

  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *text = hv_settings_get_text(self->settings, texts[i]);

    g_action_group_change_action_state(G_ACTION_GROUP(self), texts[i], g_variant_new_string(text));
  }
  g_action_group_change_action_state(
      G_ACTION_GROUP(self), "history-mebibytes",
      g_variant_new_uint32(hv_settings_get_count(self->settings, "history-mebibytes")));
}

static void hv_application_startup(GApplication *application) {
  HvApplication *self = HV_APPLICATION(application);

  G_APPLICATION_CLASS(hv_application_parent_class)->startup(application);
  gtk_window_set_default_icon_name(HV_APPLICATION_ID);
  application_load_css();
  g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
  for (guint i = 0; i < G_N_ELEMENTS(accels); i++)
    gtk_application_set_accels_for_action(GTK_APPLICATION(self), accels[i].action,
                                          accels[i].accels);
  self->appearance = hv_appearance_new();
  self->settings = hv_settings_new();
  application_restore(self);
}

static void hv_application_shutdown(GApplication *application) {
  HvApplication *self = HV_APPLICATION(application);

  /* The windows are gone, and nobody is kept from anything. */
  hv_watch_wait_for_all(SHUTDOWN_WAIT_US);
  g_clear_object(&self->appearance);
  g_clear_object(&self->settings);
  G_APPLICATION_CLASS(hv_application_parent_class)->shutdown(application);
}

static void hv_application_class_init(HvApplicationClass *klass) {
  GApplicationClass *application_class = G_APPLICATION_CLASS(klass);

  hv_register_resource();

  application_class->handle_local_options = hv_application_handle_local_options;
  application_class->command_line = hv_application_command_line;
  application_class->startup = hv_application_startup;
  application_class->shutdown = hv_application_shutdown;
}

static void hv_application_init(HvApplication *self) {
  GApplication *application = G_APPLICATION(self);
  GOptionEntry translated[G_N_ELEMENTS(options)] = {{0}};

  /* GOption copies the entries, but not their texts: those of gettext stay. */
  for (guint i = 0; i < G_N_ELEMENTS(options) - 1; i++) {
    translated[i] = options[i];
    if (options[i].description != NULL)
      translated[i].description = _(options[i].description);
    if (options[i].arg_description != NULL)
      translated[i].arg_description = _(options[i].arg_description);
  }
  g_application_add_main_option_entries(application, translated);
  g_application_set_option_context_summary(application,
                                           _("Watch the heap of a program that runs on liballoc."));
  g_application_set_option_context_description(application, _(description));
  g_application_set_option_context_parameter_string(application, NULL);
}

HvApplication *hv_application_new(void) {
  return g_object_new(HV_TYPE_APPLICATION, "application-id", HV_APPLICATION_ID, "flags",
                      G_APPLICATION_HANDLES_COMMAND_LINE, "resource-base-path", HV_RESOURCE_PATH,
                      NULL);
}

HvAppearance *hv_application_get_appearance(HvApplication *self) {
  g_return_val_if_fail(HV_IS_APPLICATION(self), NULL);
  return self->appearance;
}

HvSettings *hv_application_get_settings(HvApplication *self) {
  g_return_val_if_fail(HV_IS_APPLICATION(self), NULL);
  return self->settings;
}
