/* SPDX-License-Identifier: MIT */
/* See window_actions.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/window_actions.h"

#include <glib/gi18n.h>

#include "viewer/model/error.h"
#include "viewer/model/profile.h"
#include "viewer/model/units.h"
#include "viewer/ui/window_export.h"

void hv_window_set_action_state(HvWindow *self, const char *name, GVariant *state) {
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

  g_simple_action_set_state(G_SIMPLE_ACTION(action), state);
}

static void action_set_enabled(HvWindow *self, const char *name, gboolean enabled) {
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

  g_simple_action_set_enabled(G_SIMPLE_ACTION(action), enabled);
}

static HvHeapMap *window_map(gpointer window) {
  return hv_heap_page_get_map(hv_window_get_heap_page(HV_WINDOW(window)));
}

/* ---- opening ---- */

static void action_show_processes(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_window_show_processes(HV_WINDOW(data));
}

static void window_open_text(HvWindow *self, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(HvTarget) target = hv_target_parse(text, NULL, &error);

  if (target == NULL)
    hv_window_say(self, GTK_MESSAGE_ERROR, error->message);
  else
    hv_window_open(self, target);
}

static void action_open(GSimpleAction *action, GVariant *parameter, gpointer data) {
  window_open_text(HV_WINDOW(data), g_variant_get_string(parameter, NULL));
}

static void open_response(GtkNativeDialog *dialog, int response, HvWindow *self) {
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    const char *path = g_file_peek_path(file);

    if (path == NULL)
      hv_window_say(self, GTK_MESSAGE_ERROR, _("Only files of this computer can be opened."));
    else
      hv_window_open(self, &(HvTarget){.path = (char *)path});
  }
  g_object_unref(dialog);
}

static void action_open_file(GSimpleAction *action, GVariant *parameter, gpointer data) {
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Open a Saved Snapshot"), GTK_WINDOW(data),
                                  GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), _("_Cancel"));
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new();

  gtk_file_filter_set_name(filter, _("Heap snapshots"));
  gtk_file_filter_add_pattern(filter, "*.heapsnap");
  gtk_file_filter_add_pattern(filter, "*.heap");
  gtk_file_filter_add_pattern(filter, "*.heaprec");
  gtk_file_filter_set_name(all, _("All files"));
  gtk_file_filter_add_pattern(all, "*");
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), filter);
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), all);
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
  g_signal_connect_object(dialog, "response", G_CALLBACK(open_response), data, G_CONNECT_DEFAULT);
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

/* ---- reasons and finding ---- */

static HvHeapSide *window_side(gpointer window) {
  return hv_heap_page_get_side(hv_window_get_heap_page(HV_WINDOW(window)));
}

static void action_search(GSimpleAction *action, GVariant *value, gpointer data) {
  hv_heap_page_set_search(hv_window_get_heap_page(HV_WINDOW(data)),
                          g_variant_get_string(value, NULL));
}

static void action_find(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_action_group_change_action_state(G_ACTION_GROUP(data), "side", g_variant_new_boolean(TRUE));
  hv_heap_side_focus_search(window_side(data));
}

static void action_show_reason(GSimpleAction *action, GVariant *parameter, gpointer data) {
  HvHeapPage *page = hv_window_get_heap_page(HV_WINDOW(data));
  HvReasons *reasons = hv_heap_page_get_reasons(page);
  int index = g_variant_get_int32(parameter);

  if (index < 1 || !hv_heap_page_show_reason(page, (guint)index - 1))
    hv_window_say(HV_WINDOW(data), GTK_MESSAGE_INFO, _("There is no such reason."));
  else if (hv_reasons_get(reasons, (guint)index - 1)->query == NULL)
    g_action_group_change_action_state(G_ACTION_GROUP(data), "side", g_variant_new_boolean(TRUE));
}

/* What of it few blocks pin, in the panel. */
static void action_show_curve(GSimpleAction *action, GVariant *parameter, gpointer data) {
  action_show_reason(action, parameter, data);
  g_action_group_activate_action(G_ACTION_GROUP(data), "list", g_variant_new_string("release"));
  g_action_group_change_action_state(G_ACTION_GROUP(data), "side", g_variant_new_boolean(TRUE));
}

static void action_trim(GSimpleAction *action, GVariant *parameter, gpointer data) {
  HvFeed *feed = hv_window_get_feed(HV_WINDOW(data));

  hv_window_set_action_state(HV_WINDOW(data), "trimmed", g_variant_new_string(""));
  if (feed != NULL)
    hv_feed_trim(feed);
}

/* The state follows what the target says: see window_profile_runs(). */
static void action_profile(GSimpleAction *action, GVariant *value, gpointer data) {
  HvFeed *feed = hv_window_get_feed(HV_WINDOW(data));

  if (feed != NULL)
    hv_feed_profile(feed, g_variant_get_boolean(value));
  if (g_variant_get_boolean(value))
    g_action_group_activate_action(G_ACTION_GROUP(data), "list", g_variant_new_string("profile"));
}

static gboolean window_profile_runs(HvWindow *self) {
  HvFeed *feed = hv_window_get_feed(self);
  HvMoment *moment = feed == NULL ? NULL : hv_feed_get_moment(feed);

  return moment != NULL && moment->frame != NULL && hv_profile_runs(moment->frame);
}

void hv_window_tell_trimmed(HvWindow *self, guint64 bytes) {
  g_autofree char *exact = hv_format_bytes_exact((gint64)bytes);
  g_autofree char *text = bytes > 0
                              ? g_strdup_printf(_("The program gave back %s"), exact)
                              : g_strdup(_("The program had nothing to give back: no page of it is "
                                           "wholly free"));
  g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, bytes);

  hv_window_say(self, GTK_MESSAGE_INFO, text);
  hv_window_set_action_state(self, "trimmed", g_variant_new_string(number));
}

void hv_window_tell_found(HvWindow *self) {
  HvHeapSide *side = window_side(self);
  HvHighlight *found = hv_heap_map_get_highlight(window_map(self));
  const char *problem = hv_heap_side_get_problem(side);
  g_autofree char *text = NULL;

  hv_window_set_action_state(self, "search", g_variant_new_string(hv_heap_side_get_search(side)));
  if (*problem != '\0')
    text = g_strdup_printf("!%s", problem);
  else if (found == NULL)
    text = g_strdup("");
  else
    text = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, hv_highlight_things(found),
                           hv_highlight_bytes(found));
  hv_window_set_action_state(self, "found", g_variant_new_string(text));
}

void hv_window_tell_lists(HvWindow *self) {
  HvHeapSide *side = window_side(self);

  hv_window_set_action_state(self, "changes",
                             g_variant_new_take_string(hv_heap_side_dup_comparison(side)));
  hv_window_set_action_state(self, "sites",
                             g_variant_new_take_string(hv_heap_side_dup_sites(side)));
  hv_window_set_action_state(self, "selection",
                             g_variant_new_take_string(hv_heap_side_dup_selection(side)));
}

/* "sparse 32505856; not-heap 2101248; ...", as they are listed: "show-reason" counts in that list,
 * which may be older than the moment. */
static void window_update_reasons(HvWindow *self) {
  HvReasons *reasons = hv_heap_page_get_reasons(hv_window_get_heap_page(self));
  g_autoptr(GString) text = g_string_new(NULL);
  guint count = reasons == NULL ? 0 : hv_reasons_count(reasons);
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), "reasons");
  g_autoptr(GVariant) now = g_action_get_state(action);

  for (guint i = 0; i < count; i++) {
    const HvReason *reason = hv_reasons_get(reasons, i);

    g_string_append_printf(text, "%s%s %" G_GINT64_FORMAT, i > 0 ? "; " : "",
                           hv_reason_key(reason->kind), reason->bytes);
  }
  if (g_strcmp0(g_variant_get_string(now, NULL), text->str) != 0)
    hv_window_set_action_state(self, "reasons", g_variant_new_string(text->str));
}

/* ---- view ---- */

static void action_pause(GSimpleAction *action, GVariant *value, gpointer data) {
  g_simple_action_set_state(action, value);
  hv_window_set_paused(HV_WINDOW(data), g_variant_get_boolean(value));
}

static void action_rate(GSimpleAction *action, GVariant *value, gpointer data) {
  GVariant *now = g_action_get_state(G_ACTION(action));
  double rate_hz = g_variant_get_double(value);
  gboolean same = g_variant_equal(now, value);

  g_variant_unref(now);
  if (same || !(rate_hz >= HV_RATE_MINIMUM_HZ && rate_hz <= HV_RATE_MAXIMUM_HZ))
    return;
  g_simple_action_set_state(action, value);
  hv_window_set_rate(HV_WINDOW(data), rate_hz);
}

static void action_side(GSimpleAction *action, GVariant *value, gpointer data) {
  g_simple_action_set_state(action, value);
  hv_heap_page_set_side(hv_window_get_heap_page(HV_WINDOW(data)), g_variant_get_boolean(value));
  hv_settings_set(hv_window_get_settings(HV_WINDOW(data)), "side-panel", value);
}

static void action_zoom_in(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_map_zoom(window_map(data), 1, -1);
}

static void action_zoom_out(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_map_zoom(window_map(data), -1, -1);
}

static void action_zoom_fit(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_map_zoom_fit(window_map(data));
}

static void action_zoom_to(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autoptr(GError) error = NULL;
  guint64 begin, end;

  if (hv_parse_range(g_variant_get_string(parameter, NULL), &begin, &end, &error))
    hv_heap_map_zoom_to(window_map(data), begin, end);
  else
    hv_window_say(HV_WINDOW(data), GTK_MESSAGE_ERROR, error->message);
}

static void action_select(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autoptr(GError) error = NULL;
  guint64 address;

  if (hv_parse_bytes(g_variant_get_string(parameter, NULL), &address, &error)) {
    hv_heap_map_select_address(window_map(data), address);
    hv_heap_map_scroll_to(window_map(data), address);
  } else {
    hv_window_say(HV_WINDOW(data), GTK_MESSAGE_ERROR, error->message);
  }
}

/* From START, LENGTH bytes on; what makes no sense is told. */
static gboolean parse_area(const char *start, const char *length, guint64 *begin, guint64 *end,
                           GError **error) {
  guint64 bytes;

  if (!hv_parse_bytes(start, begin, error) || !hv_parse_bytes(length, &bytes, error))
    return FALSE;
  if (bytes == 0) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, _("an area of 0 bytes holds nothing"));
    return FALSE;
  }
  *end = *begin + bytes; /* both have 63 bits */
  return TRUE;
}

static gboolean window_has_heap_in(HvWindow *self, guint64 begin, guint64 end) {
  HvMoment *moment = hv_feed_get_moment(hv_window_get_feed(self));
  HvMix mix;

  hv_pyramid_mix(moment->pyramid, begin, end, &mix);
  return mix.bytes[HV_STATE_NONE] < end - begin;
}

static void action_select_range(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autoptr(GError) error = NULL;
  const char *start, *length;
  guint64 begin, end;

  g_variant_get(parameter, "(&s&s)", &start, &length);
  if (!parse_area(start, length, &begin, &end, &error)) {
    hv_window_say(HV_WINDOW(data), GTK_MESSAGE_ERROR, error->message);
  } else if (!window_has_heap_in(HV_WINDOW(data), begin, end)) {
    g_autofree char *first = hv_format_address(begin);
    g_autofree char *last = hv_format_address(end);
    g_autofree char *text = g_strdup_printf(_("There is no heap from %s to %s."), first, last);

    hv_window_say(HV_WINDOW(data), GTK_MESSAGE_ERROR, text);
  } else {
    hv_heap_map_choose_area(window_map(data), begin, end);
    hv_heap_map_scroll_to(window_map(data), begin);
  }
}

static void action_lens(GSimpleAction *action, GVariant *value, gpointer data) {
  g_autoptr(GError) error = NULL;
  HvLensKind kind;

  if (!hv_lens_parse(g_variant_get_string(value, NULL), &kind, &error)) {
    hv_window_say(HV_WINDOW(data), GTK_MESSAGE_ERROR, error->message);
    return;
  }
  g_simple_action_set_state(action, value);
  hv_heap_page_set_lens(hv_window_get_heap_page(HV_WINDOW(data)), kind);
  hv_settings_set(hv_window_get_settings(HV_WINDOW(data)), "lens", value);
}

static void action_by_class(GSimpleAction *action, GVariant *value, gpointer data) {
  g_simple_action_set_state(action, value);
  hv_heap_map_set_by_class(window_map(data), g_variant_get_boolean(value));
  hv_settings_set(hv_window_get_settings(HV_WINDOW(data)), "by-class", value);
}

static void action_fold(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_map_fold(window_map(data));
}

static void action_mark_a(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_page_set_mark(hv_window_get_heap_page(HV_WINDOW(data)), FALSE);
}

static void action_mark_b(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_page_set_mark(hv_window_get_heap_page(HV_WINDOW(data)), TRUE);
}

static void action_newest(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_window_scrub(HV_WINDOW(data), 0);
}

static void action_step(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_page_step(hv_window_get_heap_page(HV_WINDOW(data)), g_variant_get_int32(parameter));
}

/* The state follows the panel: see hv_window_tell_list(). */
static void action_list(GSimpleAction *action, GVariant *value, gpointer data) {
  hv_heap_page_show_list(hv_window_get_heap_page(HV_WINDOW(data)),
                         g_variant_get_string(value, NULL));
}

void hv_window_tell_list(HvWindow *self) {
  const char *list = hv_heap_side_get_list(window_side(self));

  hv_window_set_action_state(self, "list", g_variant_new_string(list));
  hv_settings_set(hv_window_get_settings(self), "list", g_variant_new_string(list));
}

static void action_next_pane(GSimpleAction *action, GVariant *parameter, gpointer data) {
  hv_heap_page_next_pane(hv_window_get_heap_page(HV_WINDOW(data)));
}

static void action_close(GSimpleAction *action, GVariant *parameter, gpointer data) {
  gtk_window_close(GTK_WINDOW(data));
}

/* A state that nobody may set from outside. */
static void action_read_only(GSimpleAction *action, GVariant *value, gpointer data) {
}

static const GActionEntry actions[] = {
    {.name = "show-processes", .activate = action_show_processes},
    {.name = "open-file", .activate = action_open_file},
    {.name = "open", .activate = action_open, .parameter_type = "s"},
    {.name = "close", .activate = action_close},
    {.name = "pause", .state = "false", .change_state = action_pause},
    {.name = "rate", .parameter_type = "d", .state = "10.0", .change_state = action_rate},
    {.name = "side", .state = "true", .change_state = action_side},
    {.name = "lens", .parameter_type = "s", .state = "'state'", .change_state = action_lens},
    {.name = "by-class", .state = "false", .change_state = action_by_class},
    {.name = "fold", .activate = action_fold},
    {.name = "mark-a", .activate = action_mark_a},
    {.name = "mark-b", .activate = action_mark_b},
    {.name = "newest", .activate = action_newest},
    {.name = "step", .activate = action_step, .parameter_type = "i"},
    {.name = "zoom-in", .activate = action_zoom_in},
    {.name = "zoom-out", .activate = action_zoom_out},
    {.name = "zoom-fit", .activate = action_zoom_fit},
    {.name = "zoom-to", .activate = action_zoom_to, .parameter_type = "s"},
    {.name = "select", .activate = action_select, .parameter_type = "s"},
    {.name = "select-range", .activate = action_select_range, .parameter_type = "(ss)"},
    {.name = "list", .parameter_type = "s", .state = "'details'", .change_state = action_list},
    {.name = "next-pane", .activate = action_next_pane},
    {.name = "search", .parameter_type = "s", .state = "''", .change_state = action_search},
    {.name = "find", .activate = action_find},
    {.name = "show-reason", .activate = action_show_reason, .parameter_type = "i"},
    {.name = "show-curve", .activate = action_show_curve, .parameter_type = "i"},
    {.name = "trim", .activate = action_trim},
    {.name = "profile", .state = "false", .change_state = action_profile},
    {.name = "status", .state = "'processes'", .change_state = action_read_only},
    {.name = "target", .state = "''", .change_state = action_read_only},
    {.name = "view", .state = "''", .change_state = action_read_only},
    {.name = "reasons", .state = "''", .change_state = action_read_only},
    {.name = "found", .state = "''", .change_state = action_read_only},
    {.name = "trimmed", .state = "''", .change_state = action_read_only},
    {.name = "moment", .state = "''", .change_state = action_read_only},
    {.name = "sites", .state = "''", .change_state = action_read_only},
    {.name = "selection", .state = "''", .change_state = action_read_only},
    {.name = "changes", .state = "''", .change_state = action_read_only},
};

/* What works only while a heap is on screen. */
static const char *const heap_actions[] = {
    "mark-a",       "mark-b",          "newest",      "step",          "lens",
    "by-class",     "zoom-to",         "select",      "select-range",  "list",
    "next-pane",    "export",          "export-to",   "search",        "find",
    "copy-list",    "save-list",       "report",      "report-to",     "record",
    "record-to",    "save-list-to",    "show-reason", "save-ledger",   "save-ledger-to",
    "save-reasons", "save-reasons-to", "save-curve",  "save-curve-to", "fold",
    "show-curve"};

static void window_update_view(HvWindow *self) {
  HvHeapMap *map = window_map(self);
  g_autofree char *text = NULL;
  guint64 begin = 0, end = 0;

  hv_heap_map_get_window(map, &begin, &end);
  text = g_strdup_printf("%d 0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x %s",
                         hv_heap_map_get_row_shift(map), begin, end,
                         hv_heap_map_is_view_drawn(map) ? "settled" : "drawing");
  hv_window_set_action_state(self, "view", g_variant_new_string(text));
}

/* "newest N" or "TIME N", N being the number of the frame. */
static char *window_dup_moment(HvWindow *self) {
  HvFeed *feed = hv_window_get_feed(self);
  HvMoment *moment = feed == NULL ? NULL : hv_feed_get_moment(feed);

  if (moment == NULL || moment->frame == NULL)
    return g_strdup("");
  if (moment->at_ns == 0)
    return g_strdup_printf("newest %" G_GUINT64_FORMAT, hv_frame_head(moment->frame)->seq);
  return g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, moment->at_ns,
                         hv_frame_head(moment->frame)->seq);
}

void hv_window_update_actions(HvWindow *self, const char *status) {
  gboolean heap = hv_window_get_shows_heap(self);
  HvHeapMap *map = window_map(self);
  HvFeed *feed = hv_window_get_feed(self);

  if (status != NULL) {
    gboolean can_pause = g_str_equal(status, "live") || g_str_equal(status, "waiting") ||
                         g_str_equal(status, "paused");

    hv_window_set_action_state(self, "status", g_variant_new_string(status));
    hv_window_set_action_state(self, "target",
                               g_variant_new_take_string(hv_window_dup_target(self)));
    action_set_enabled(self, "pause", can_pause);
    hv_window_set_action_state(self, "moment", g_variant_new_take_string(window_dup_moment(self)));
    hv_window_set_action_state(self, "pause",
                               g_variant_new_boolean(feed != NULL && hv_feed_get_paused(feed)));
    hv_window_tell_lists(self);
    hv_window_set_action_state(self, "profile", g_variant_new_boolean(window_profile_runs(self)));
    action_set_enabled(self, "trim", g_str_equal(status, "live"));
    action_set_enabled(self, "profile", g_str_equal(status, "live"));
    window_update_reasons(self);
  }
  for (guint i = 0; i < G_N_ELEMENTS(heap_actions); i++)
    action_set_enabled(self, heap_actions[i], heap);
  action_set_enabled(self, "zoom-in", heap && hv_heap_map_get_can_zoom_in(map));
  action_set_enabled(self, "zoom-out", heap && hv_heap_map_get_can_zoom_out(map));
  action_set_enabled(self, "zoom-fit", heap && !hv_heap_map_get_fit(map));
  window_update_view(self);
}

/* Keys without Ctrl are shortcuts of the window that act after the focused widget had its chance,
 * so that Space still presses a focused button. */
static void window_add_shortcut(GtkShortcutController *controller, guint key, const char *action) {
  gtk_shortcut_controller_add_shortcut(
      controller, gtk_shortcut_new(gtk_keyval_trigger_new(key, 0), gtk_named_action_new(action)));
}

void hv_window_add_actions(HvWindow *self) {
  GtkShortcutController *controller = GTK_SHORTCUT_CONTROLLER(gtk_shortcut_controller_new());
  GtkEventController *first = gtk_shortcut_controller_new();

  g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
  hv_window_add_export_actions(self);
  window_add_shortcut(controller, GDK_KEY_space, "win.pause");
  window_add_shortcut(controller, GDK_KEY_plus, "win.zoom-in");
  window_add_shortcut(controller, GDK_KEY_minus, "win.zoom-out");
  window_add_shortcut(controller, GDK_KEY_0, "win.zoom-fit");
  window_add_shortcut(controller, GDK_KEY_o, "win.by-class");
  window_add_shortcut(controller, GDK_KEY_f, "win.fold");
  window_add_shortcut(controller, GDK_KEY_a, "win.mark-a");
  window_add_shortcut(controller, GDK_KEY_b, "win.mark-b");
  window_add_shortcut(controller, GDK_KEY_l, "win.newest");
  for (int direction = -1; direction <= 1; direction += 2) {
    GtkShortcut *shortcut =
        gtk_shortcut_new(gtk_keyval_trigger_new(direction < 0 ? GDK_KEY_comma : GDK_KEY_period, 0),
                         gtk_named_action_new("win.step"));

    gtk_shortcut_set_arguments(shortcut, g_variant_new_int32(direction));
    gtk_shortcut_controller_add_shortcut(controller, shortcut);
  }
  for (guint i = 0; i < HV_LENSES; i++) {
    GtkShortcut *shortcut = gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_1 + i, 0),
                                             gtk_named_action_new("win.lens"));

    gtk_shortcut_set_arguments(shortcut, g_variant_new_string(hv_lens_key((HvLensKind)i)));
    gtk_shortcut_controller_add_shortcut(controller, shortcut);
  }
  window_add_shortcut(controller, GDK_KEY_question, "win.show-help-overlay");
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(controller));
  /* Before the GtkPaned around map and panel, which has a F6 of its own that stays in it. */
  window_add_shortcut(GTK_SHORTCUT_CONTROLLER(first), GDK_KEY_F6, "win.next-pane");
  gtk_event_controller_set_propagation_phase(first, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller(GTK_WIDGET(self), first);
  for (guint i = 0; i < G_N_ELEMENTS(heap_actions); i++)
    action_set_enabled(self, heap_actions[i], FALSE);
  action_set_enabled(self, "zoom-in", FALSE);
  action_set_enabled(self, "zoom-out", FALSE);
  action_set_enabled(self, "zoom-fit", FALSE);
  action_set_enabled(self, "pause", FALSE);
  action_set_enabled(self, "trim", FALSE);
  action_set_enabled(self, "profile", FALSE);
}
