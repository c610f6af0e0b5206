/* SPDX-License-Identifier: MIT */
/*
 * See window_export.h. Every kind of file has an action that asks where to, and one that takes the
 * path. They are written as jobs (window_job.h), as a large heap takes a while; lists by
 * window_list.c.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/window_export.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/data_files.h"
#include "viewer/model/file.h"
#include "viewer/render/report.h"
#include "viewer/ui/window_actions.h"
#include "viewer/ui/window_job.h"
#include "viewer/ui/window_list.h"

typedef enum {
  FILE_PICTURE,
  FILE_REPORT,
  FILE_RECORDING,
  FILE_LIST,
  FILE_LEDGER,
  FILE_REASONS,
  FILE_CURVE,
  FILE_KINDS,
} FileKind;

/* Pictures may be so many times larger than usual, with everything in them. */
#define SCALE_MOST 4

static const struct {
  const char *action;  /* that asks where to; with "-to" it is told */
  const char *title;   /* of the dialog */
  const char *accept;  /* its button */
  const char *pattern; /* name of the filter */
  const char *ending;  /* of the suggested name */
  const char *suffixes[4];
} files[FILE_KINDS] = {
    [FILE_PICTURE] = {"export",
                      N_("Export a Picture"),
                      N_("_Export"),
                      N_("Pictures: .png, .svg, .pdf"),
                      ".png",
                      {"png", "svg", "pdf"}},
    [FILE_REPORT] = {"report",
                     N_("Export a Report"),
                     N_("_Export"),
                     N_("Pictures: .png, .svg, .pdf"),
                     "-report.pdf",
                     {"png", "svg", "pdf"}},
    [FILE_RECORDING] = {"record",
                        N_("Save What Was Watched"),
                        N_("_Save"),
                        N_("Recordings: .heaprec"),
                        ".heaprec",
                        {"heaprec"}},
    [FILE_LIST] = {"save-list",
                   N_("Save the List"),
                   N_("_Save"),
                   N_("Tables: .csv, .json"),
                   ".csv",
                   {"csv", "json"}},
    [FILE_LEDGER] = {"save-ledger",
                     N_("Save the Ledger"),
                     N_("_Save"),
                     N_("Tables: .csv, .json"),
                     "-ledger.csv",
                     {"csv", "json"}},
    [FILE_REASONS] = {"save-reasons",
                      N_("Save the Reasons"),
                      N_("_Save"),
                      N_("Tables: .csv, .json"),
                      "-reasons.csv",
                      {"csv", "json"}},
    [FILE_CURVE] = {"save-curve",
                    N_("Save the Release Curve"),
                    N_("_Save"),
                    N_("Tables: .csv, .json"),
                    "-release.csv",
                    {"csv", "json"}},
};

static HvHeapSide *window_side(HvWindow *self) {
  return hv_heap_page_get_side(hv_window_get_heap_page(self));
}

void hv_window_tell_written(HvWindow *self, const char *path, const GError *error) {
  g_autofree char *shown = g_filename_display_name(path);
  g_autofree char *text = NULL;

  if (error == NULL) {
    text = g_strdup_printf(_("Saved %s"), shown);
    hv_window_say(self, GTK_MESSAGE_INFO, text);
    hv_window_set_action_state(self, "exported", g_variant_new_string(shown));
  } else {
    g_autofree char *message = g_utf8_make_valid(error->message, -1);

    hv_window_say(self, GTK_MESSAGE_ERROR, message);
    text = g_strdup_printf("!%s", message);
    hv_window_set_action_state(self, "exported", g_variant_new_string(text));
  }
}

/* ---- what a thread writes ---- */

static int picture_width(FileKind kind, int scale) {
  return scale * (kind == FILE_REPORT ? HV_REPORT_WHOLE_WIDTH_PX : HV_REPORT_WIDTH_PX);
}

static int picture_height(FileKind kind, int scale) {
  return scale * (kind == FILE_REPORT ? HV_REPORT_WHOLE_HEIGHT_PX : HV_REPORT_HEIGHT_PX);
}

static int window_export_scale(HvWindow *self) {
  g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(self), "export-scale");

  return g_variant_get_int32(state);
}

/* Everything a writer thread needs; what it shows is immutable. */
typedef struct {
  FileKind kind;
  HvMoment *moment;
  int scale;
  HvTheme theme;
  guint64 begin;
  guint64 end;
  gboolean by_class;
  HvLensKind lens;
  HvPyramid *before;
  HvPyramid *after;
  HvQuery *query; /* nullable: of the spans whose release curve it is */
} Export;

static void export_free(gpointer data) {
  Export *export = data;

  hv_moment_unref(export->moment);
  g_clear_pointer(&export->before, hv_pyramid_unref);
  g_clear_pointer(&export->after, hv_pyramid_unref);
  g_clear_pointer(&export->query, hv_query_unref);
  g_free(export);
}

static gboolean export_write_report(Export *export, const char *path, HvGoOn go_on, gpointer job,
                                    GError **error) {
  gboolean whole = export->kind == FILE_REPORT;
  HvReport report = {
      .frame = export->moment->frame,
      .ledger = export->moment->ledger,
      .theme = export->theme,
      .width_px = picture_width(export->kind, export->scale),
      .height_px = picture_height(export->kind, export->scale),
      .range_begin = export->begin,
      .range_end = export->end,
      .by_class = export->by_class,
      .lens = export->lens,
      .activity = export->moment->activity,
      .before = export->before,
      .after = export->after,
      .whole = whole,
      .reasons = export->moment->reasons,
      .history = export->moment->history,
      .go_on = go_on,
      .go_on_data = job,
  };
  HvReportFormat format;
  g_autoptr(HvPages) pages = NULL;

  if (export->lens == HV_LENS_RESIDENCY && export->moment->state == HV_SOURCE_LIVE &&
      export->moment->at_ns == 0)
    pages = hv_pages_read(export->moment->frame, export->moment->pid);
  report.pages = pages;
  return hv_report_format_for_path(path, &format, error) &&
         hv_report_write(&report, path, format, error);
}

static char *export_reasons(HvMoment *moment, gboolean as_json) {
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = as_json ? hv_profile_new(moment->frame, symbols) : NULL;

  return hv_reasons_dup_data(moment->reasons, moment->frame, moment->ledger, profile, as_json);
}

static char *export_curve(Export *export, gboolean as_json) {
  g_autoptr(HvRelease) release = hv_release_new(export->moment->frame, export->query, 0);

  return hv_release_dup_data(release, as_json);
}

static gboolean export_write_data(Export *export, const char *path, HvGoOn go_on, gpointer job,
                                  GError **error) {
  gboolean as_json = g_str_has_suffix(path, ".json");
  g_autofree char *data = export->kind == FILE_LEDGER
                              ? hv_ledger_dup_data(export->moment->ledger, as_json)
                          : export->kind == FILE_REASONS ? export_reasons(export->moment, as_json)
                                                         : export_curve(export, as_json);

  return hv_go_on(go_on, 1, 1, job, error) && hv_file_replace(path, data, strlen(data), error);
}

static char *export_run(gpointer data, const char *path, HvGoOn go_on, gpointer job,
                        GError **error) {
  Export *export = data;

  if (export->kind == FILE_RECORDING)
    hv_history_save_while(export->moment->history, path, go_on, job, error);
  else if (export->kind == FILE_PICTURE || export->kind == FILE_REPORT)
    export_write_report(export, path, go_on, job, error);
  else
    export_write_data(export, path, go_on, job, error);
  return NULL;
}

/* Writes what is in view; the whole heap when all of it is. */
static void window_export(HvWindow *self, FileKind kind, const char *path) {
  HvFeed *feed = hv_window_get_feed(self);
  HvMoment *moment = feed == NULL ? NULL : hv_feed_get_moment(feed);
  HvHeapPage *page = hv_window_get_heap_page(self);
  HvHeapMap *map = hv_heap_page_get_map(page);
  gboolean draws = kind == FILE_PICTURE || kind == FILE_REPORT;
  Export *export;

  if (moment == NULL || moment->frame == NULL)
    return;
  hv_window_set_action_state(self, "exported", g_variant_new_string(""));
  if (kind == FILE_RECORDING && moment->history == NULL) {
    hv_window_say(self, GTK_MESSAGE_INFO, _("A single snapshot has no past to save."));
    return;
  }
  export = g_new0(Export, 1);
  export->kind = kind;
  export->moment = hv_moment_ref(moment);
  export->scale = window_export_scale(self);
  export->theme = hv_heap_page_get_theme(page);
  export->by_class = hv_heap_map_get_by_class(map);
  export->lens = hv_heap_map_get_lens_kind(map);
  hv_heap_page_get_compared(page, &export->before, &export->after);
  if (export->before != NULL)
    hv_pyramid_ref(export->before);
  if (export->after != NULL)
    hv_pyramid_ref(export->after);
  export->query = hv_heap_side_get_query(window_side(self));
  if (export->query != NULL)
    hv_query_ref(export->query);
  if (hv_heap_map_get_fit(map) || !hv_heap_map_get_window(map, &export->begin, &export->end))
    export->begin = export->end = 0;
  hv_window_start_job(self, path, draws ? _("drawing") : NULL, export_run, export, export_free);
}

/* Of what changed, the list that is saved. */
static HvChangesList window_changes_list(HvWindow *self) {
  g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(self), "changes-list");
  HvChangesList which = HV_CHANGES_BORN;

  hv_changes_parse(g_variant_get_string(state, NULL), &which);
  return which;
}

/* ---- asking where to ---- */

static void window_write(HvWindow *self, FileKind kind, const char *path) {
  if (kind == FILE_LIST)
    hv_window_save_list(self, path);
  else
    window_export(self, kind, path);
}

static FileKind dialog_kind(GtkNativeDialog *dialog) {
  return (FileKind)GPOINTER_TO_INT(g_object_get_data(G_OBJECT(dialog), "kind"));
}

static void write_response(GtkNativeDialog *dialog, int response, HvWindow *self) {
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    const char *path = g_file_peek_path(file);
    const char *scale = gtk_file_chooser_get_choice(GTK_FILE_CHOOSER(dialog), "scale");
    const char *changes = gtk_file_chooser_get_choice(GTK_FILE_CHOOSER(dialog), "changes");

    if (scale != NULL)
      g_action_group_change_action_state(G_ACTION_GROUP(self), "export-scale",
                                         g_variant_new_int32(atoi(scale)));
    if (changes != NULL)
      g_action_group_change_action_state(G_ACTION_GROUP(self), "changes-list",
                                         g_variant_new_string(changes));
    if (path == NULL)
      hv_window_say(self, GTK_MESSAGE_ERROR, _("Files can only be written to this computer."));
    else
      window_write(self, dialog_kind(dialog), path);
  }
  g_object_unref(dialog);
}

static char *window_file_name(HvWindow *self, FileKind kind) {
  g_autofree char *stem = hv_window_suggest_name(self);

  if (kind == FILE_LIST)
    return g_strdup_printf("%s-%s%s", stem, hv_heap_side_get_list(window_side(self)),
                           files[kind].ending);
  return g_strconcat(stem, files[kind].ending, NULL);
}

/* How large the picture is to be; at first as it was the last time. */
static void dialog_add_scales(GtkFileChooser *dialog, FileKind kind, int now) {
  const char *ids[SCALE_MOST + 1] = {NULL};
  const char *labels[SCALE_MOST + 1] = {NULL};
  char id[SCALE_MOST][12], label[SCALE_MOST][32];

  for (int i = 0; i < SCALE_MOST; i++) {
    g_snprintf(id[i], sizeof id[i], "%d", i + 1);
    g_snprintf(label[i], sizeof label[i], "%d × %d", picture_width(kind, i + 1),
               picture_height(kind, i + 1));
    ids[i] = id[i];
    labels[i] = label[i];
  }
  gtk_file_chooser_add_choice(dialog, "scale", _("Pixels"), ids, labels);
  gtk_file_chooser_set_choice(dialog, "scale", ids[now - 1]);
}

/* Which list of what changed; at first the one of the last time. */
static void dialog_add_changes(GtkFileChooser *dialog, HvChangesList now) {
  const char *ids[HV_CHANGES_LISTS + 1] = {NULL};
  const char *labels[] = {_("New blocks"), _("Classes that changed"), _("Ledger"), NULL};

  for (guint i = 0; i < HV_CHANGES_LISTS; i++)
    ids[i] = hv_changes_key((HvChangesList)i);
  G_STATIC_ASSERT(G_N_ELEMENTS(labels) == HV_CHANGES_LISTS + 1);
  gtk_file_chooser_add_choice(dialog, "changes", _("List"), ids, labels);
  gtk_file_chooser_set_choice(dialog, "changes", ids[now]);
}

static void window_ask(HvWindow *self, FileKind kind) {
  g_autofree char *name = window_file_name(self, kind);
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(_(files[kind].title), GTK_WINDOW(self),
                                                             GTK_FILE_CHOOSER_ACTION_SAVE,
                                                             _(files[kind].accept), _("_Cancel"));

  gtk_file_filter_set_name(filter, _(files[kind].pattern));
  for (guint i = 0; files[kind].suffixes[i] != NULL; i++)
    gtk_file_filter_add_suffix(filter, files[kind].suffixes[i]);
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), filter);
  gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), name);
  if (kind == FILE_PICTURE || kind == FILE_REPORT)
    dialog_add_scales(GTK_FILE_CHOOSER(dialog), kind, window_export_scale(self));
  if (kind == FILE_LIST && g_str_equal(hv_heap_side_get_list(window_side(self)), "changes"))
    dialog_add_changes(GTK_FILE_CHOOSER(dialog), window_changes_list(self));
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
  g_object_set_data(G_OBJECT(dialog), "kind", GINT_TO_POINTER(kind));
  g_signal_connect_object(dialog, "response", G_CALLBACK(write_response), self, G_CONNECT_DEFAULT);
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

/* ---- actions ---- */

static FileKind kind_of(GSimpleAction *action) {
  const char *name = g_action_get_name(G_ACTION(action));
  FileKind kind = 0;

  while (!g_str_has_prefix(name, files[kind].action))
    kind++;
  return kind;
}

static void action_ask(GSimpleAction *action, GVariant *parameter, gpointer data) {
  window_ask(HV_WINDOW(data), kind_of(action));
}

static void action_write(GSimpleAction *action, GVariant *parameter, gpointer data) {
  window_write(HV_WINDOW(data), kind_of(action), g_variant_get_string(parameter, NULL));
}

static void action_export_scale(GSimpleAction *action, GVariant *value, gpointer data) {
  int scale = g_variant_get_int32(value);

  if (scale >= 1 && scale <= SCALE_MOST)
    g_simple_action_set_state(action, value);
}

static void action_changes_list(GSimpleAction *action, GVariant *value, gpointer data) {
  HvChangesList which;

  if (!hv_changes_parse(g_variant_get_string(value, NULL), &which))
    return;
  g_simple_action_set_state(action, value);
  hv_heap_side_set_changes_list(window_side(HV_WINDOW(data)), which);
}

/* A state that nobody may set from outside. */
static void action_read_only(GSimpleAction *action, GVariant *value, gpointer data) {
}

static const GActionEntry actions[] = {
    {.name = "export-scale",
     .parameter_type = "i",
     .state = "1",
     .change_state = action_export_scale},
    {.name = "changes-list",
     .parameter_type = "s",
     .state = "'born'",
     .change_state = action_changes_list},
    {.name = "exported", .state = "''", .change_state = action_read_only},
};

void hv_window_add_export_actions(HvWindow *self) {
  hv_window_add_job_actions(self);
  hv_window_add_list_actions(self);
  g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
  for (FileKind kind = 0; kind < FILE_KINDS; kind++) {
    g_autofree char *told = g_strconcat(files[kind].action, "-to", NULL);
    const GActionEntry both[] = {
        {.name = files[kind].action, .activate = action_ask},
        {.name = told, .activate = action_write, .parameter_type = "s"},
    };
    g_action_map_add_action_entries(G_ACTION_MAP(self), both, G_N_ELEMENTS(both), self);
  }
}
