/* SPDX-License-Identifier: MIT */
/* See window.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/window.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/frame_memory.h"
#include "viewer/ui/label.h"
#include "viewer/ui/list_orders.h"
#include "viewer/ui/lost_focus.h"
#include "viewer/ui/names.h"
#include "viewer/ui/process_page.h"
#include "viewer/ui/shortcuts.h"
#include "viewer/ui/window_actions.h"

#define WINDOW_MINIMUM_PX 320 /* as the schema of the settings has it */
#define BLOCKS_ROW_SHIFT  20  /* log2 of the bytes in a row of the map up to which blocks show */

struct _HvWindow {
  GtkApplicationWindow parent_instance;

  GtkLabel *title_label;
  GtkWidget *subtitle_box;
  GtkLabel *state_label;
  GtkLabel *subtitle_label;
  GtkWidget *pause_button;
  GtkMenuButton *menu_button;
  GtkInfoBar *info_bar;
  GtkLabel *info_label;
  GtkStack *pages;
  HvHeapPage *heap_page;
  GtkImage *message_icon;
  GtkLabel *message_title;
  GtkLabel *message_text;

  HvAppearance *appearance;
  HvSettings *settings;
  HvFeed *feed;
  HvTarget *target;
  double rate_hz;
  gboolean choosing; /* the user asked for the processes, a heap goes on behind */
  char *said;        /* last sentence of the source in the message bar */
  guint size_id;     /* idle callback that tells the page of another size */
};

G_DEFINE_FINAL_TYPE(HvWindow, hv_window, GTK_TYPE_APPLICATION_WINDOW)

/* How each state of a source is shown. */
static const struct {
  const char *name;  /* of the "status" action */
  const char *label; /* in the header bar, also its CSS class in lower case */
  const char *css;
  gboolean warn; /* tell in the message bar, too */
} states[] = {
    [HV_SOURCE_WAITING] = {"waiting", NC_("process", "Waiting"), "waiting", FALSE},
    [HV_SOURCE_LIVE] = {"live", NC_("process", "● Live"), "live", FALSE},
    [HV_SOURCE_PAUSED] = {"paused", NC_("process", "Paused"), "paused", FALSE},
    [HV_SOURCE_FILE] = {"file", NC_("process", "Saved Snapshot"), "paused", FALSE},
    [HV_SOURCE_DEAD] = {"dead", NC_("process", "Killed"), "gone", TRUE},
    [HV_SOURCE_GONE] = {"gone", NC_("process", "Gone"), "gone", TRUE},
    [HV_SOURCE_ENDED] = {"ended", NC_("process", "Not Publishing"), "gone", TRUE},
    [HV_SOURCE_FAILED] = {"failed", NC_("process", "Failed"), "gone", TRUE},
};

/* Live is what is shown now, not what is looked at of the past meanwhile. */
static const char past_label[] = NC_("process", "Past");
/* A file with many frames. */
static const char recording_label[] = NC_("process", "Recording");

static const char *state_label(HvMoment *moment, HvSourceState state) {
  if (state == HV_SOURCE_LIVE && moment != NULL && moment->at_ns != 0)
    return past_label;
  if (state == HV_SOURCE_FILE && moment != NULL && moment->history != NULL)
    return recording_label;
  return states[state].label;
}

/* ---- header and messages ---- */

void hv_window_say(HvWindow *self, GtkMessageType type, const char *text) {
  g_return_if_fail(HV_IS_WINDOW(self));
  gtk_info_bar_set_message_type(self->info_bar, type);
  gtk_label_set_text(self->info_label, text);
  gtk_info_bar_set_revealed(self->info_bar, TRUE);
}

gboolean hv_window_is_saying(HvWindow *self, const char *text) {
  g_return_val_if_fail(HV_IS_WINDOW(self), FALSE);
  return gtk_info_bar_get_revealed(self->info_bar) &&
         g_str_equal(gtk_label_get_text(self->info_label), text);
}

static void window_info_response(HvWindow *self) {
  gtk_info_bar_set_revealed(self->info_bar, FALSE);
}

/* Name of the target until a frame tells a better one. */
static char *target_name(const HvTarget *target) {
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (target->path != NULL) {
    path = g_filename_display_basename(target->path);
    return hv_format_name(path);
  }
  path = g_strdup_printf("/proc/%u/comm", target->pid);
  if (!g_file_get_contents(path, &name, NULL, NULL))
    return g_strdup_printf(_("Process %u"), target->pid);
  /* Of a longer name it is the first 15 bytes, which may end within a character. */
  return hv_format_name(g_strchomp(name));
}

static char *window_heap_name(HvWindow *self, HvMoment *moment) {
  if (moment != NULL && moment->frame != NULL)
    return hv_format_name(hv_frame_process_name(moment->frame));
  return target_name(self->target);
}

static char *window_subtitle(HvWindow *self, HvMoment *moment, HvSourceState state) {
  guint pid = self->target->pid;
  GString *text = g_string_new(NULL);

  if (pid == 0 && moment != NULL && moment->frame != NULL)
    pid = hv_frame_header(moment->frame)->pid;
  if (pid != 0)
    g_string_append_printf(text, _("PID %u"), pid);
  if (moment != NULL && moment->at_ns != 0) {
    g_autofree char *time = hv_format_time(moment->at_ns);

    g_string_append_printf(text, _(" · as it was %s"), time);
  } else if (state == HV_SOURCE_LIVE) {
    g_string_append_printf(text, _(" · %g a second"), self->rate_hz);
  }
  if (self->target->path != NULL) {
    g_autofree char *name = target_name(self->target);

    g_string_append_printf(text, "%s%s", text->len > 0 ? " · " : "", name);
  }
  return g_string_free(text, FALSE);
}

static void window_show_header(HvWindow *self, HvMoment *moment, HvSourceState state) {
  g_autofree char *name = NULL;
  g_autofree char *subtitle = NULL;
  g_autofree char *title = NULL;
  gboolean past = state == HV_SOURCE_LIVE && moment != NULL && moment->at_ns != 0;
  const char *css = past ? "past" : states[state].css;

  if (self->target == NULL) {
    hv_label_show_or_tip(self->title_label, _("Heap Viewer"));
    gtk_widget_hide(self->subtitle_box);
    gtk_window_set_title(GTK_WINDOW(self), _("Heap Viewer"));
    return;
  }
  name = window_heap_name(self, moment);
  subtitle = window_subtitle(self, moment, state);
  title = g_strdup_printf(_("%s – Heap Viewer"), name);
  hv_label_show_or_tip(self->title_label, name);
  hv_label_show_or_tip(self->subtitle_label, subtitle);
  hv_label_show(self->state_label, g_dpgettext2(NULL, "process", state_label(moment, state)));
  gtk_widget_set_css_classes(GTK_WIDGET(self->state_label), (const char *[]){"state", css, NULL});
  gtk_widget_show(self->subtitle_box);
  if (g_strcmp0(gtk_window_get_title(GTK_WINDOW(self)), title) != 0)
    gtk_window_set_title(GTK_WINDOW(self), title);
}

/* ---- pages ---- */

static void window_show_page(HvWindow *self, const char *name) {
  if (g_strcmp0(gtk_stack_get_visible_child_name(self->pages), name) == 0)
    return;
  gtk_stack_set_visible_child_name(self->pages, name);
  if (g_str_equal(name, "heap"))
    gtk_widget_grab_focus(GTK_WIDGET(hv_heap_page_get_map(self->heap_page)));
}

static void window_show_message(HvWindow *self, HvMoment *moment, HvSourceState state) {
  g_autofree char *name = target_name(self->target);
  g_autofree char *title = NULL;
  gboolean waiting = state == HV_SOURCE_WAITING || state == HV_SOURCE_LIVE;

  if (waiting)
    title = g_strdup_printf(_("Waiting for %s"), name);
  else if (state == HV_SOURCE_PAUSED)
    title = g_strdup_printf(_("%s Is Paused"), name);
  else
    title = g_strdup_printf(_("%s Cannot Be Shown"), name);
  hv_label_show(self->message_title, title);
  hv_label_show(self->message_text, moment != NULL ? moment->sentence : _("Opening it."));
  /* No spinner: a target may sleep for hours, and an animation would draw all that time. */
  gtk_image_set_from_icon_name(self->message_icon, waiting ? "content-loading-symbolic"
                                                   : state == HV_SOURCE_PAUSED
                                                       ? "media-playback-pause-symbolic"
                                                       : "dialog-warning-symbolic");
  window_show_page(self, "message");
}

/* The end of a process and what a recording lacks are told once; the bar can then be closed for
 * good. */
static void window_warn(HvWindow *self, HvMoment *moment, HvSourceState state) {
  if (moment == NULL || moment->frame == NULL || !(states[state].warn || moment->incomplete))
    return;
  if (g_strcmp0(self->said, moment->sentence) == 0)
    return;
  g_free(self->said);
  self->said = g_strdup(moment->sentence);
  hv_window_say(self, GTK_MESSAGE_WARNING, moment->sentence);
}

static void window_show(HvWindow *self) {
  HvMoment *moment = self->feed == NULL ? NULL : hv_feed_get_moment(self->feed);
  HvSourceState state = moment == NULL ? HV_SOURCE_WAITING : moment->state;

  /* The user's wish shows at once, before the feed has carried it out. */
  if (self->feed != NULL && hv_feed_get_paused(self->feed) &&
      (state == HV_SOURCE_LIVE || state == HV_SOURCE_WAITING))
    state = HV_SOURCE_PAUSED;
  window_show_header(self, moment, state);
  hv_heap_page_set_moment(self->heap_page, moment);
  if (self->target == NULL || self->choosing)
    window_show_page(self, "processes");
  else if (moment == NULL || moment->frame == NULL)
    window_show_message(self, moment, state);
  else
    window_show_page(self, "heap");
  window_warn(self, moment, state);
  hv_window_update_actions(self, self->target == NULL || self->choosing ? "processes"
                                                                        : states[state].name);
}

/* ---- targets ---- */

static void window_drop_feed(HvWindow *self) {
  if (self->feed != NULL)
    g_signal_handlers_disconnect_by_data(self->feed, self);
  g_clear_object(&self->feed);
}

void hv_window_open(HvWindow *self, const HvTarget *target) {
  HvTarget *copy;

  g_return_if_fail(HV_IS_WINDOW(self));
  g_return_if_fail(target != NULL);

  copy = hv_target_copy(target);
  window_drop_feed(self);
  hv_heap_page_set_moment(self->heap_page, NULL);
  /* What was brought out in another heap would dim all of this one. */
  hv_heap_page_set_search(self->heap_page, "");
  g_clear_pointer(&self->target, hv_target_free);
  g_clear_pointer(&self->said, g_free);
  self->target = copy;
  self->choosing = FALSE;
  gtk_info_bar_set_revealed(self->info_bar, FALSE);
  self->feed =
      hv_feed_new(target, self->rate_hz,
                  (guint64)hv_settings_get_count(self->settings, "history-mebibytes") << 20);
  g_signal_connect_object(self->feed, "moment", G_CALLBACK(window_show), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(self->feed, "trimmed", G_CALLBACK(hv_window_tell_trimmed), self,
                          G_CONNECT_SWAPPED);
  window_show(self);
}

void hv_window_show_processes(HvWindow *self) {
  g_return_if_fail(HV_IS_WINDOW(self));
  /* Asked for again, the button returns to the heap. */
  self->choosing = self->target != NULL && !self->choosing;
  window_show(self);
}

static void window_process_picked(HvWindow *self, guint pid) {
  HvTarget target = {.pid = pid};

  hv_window_open(self, &target);
}

void hv_window_set_rate(HvWindow *self, double rate_hz) {
  g_return_if_fail(HV_IS_WINDOW(self));
  self->rate_hz = rate_hz;
  hv_settings_set(self->settings, "snapshot-rate", g_variant_new_double(rate_hz));
  g_action_group_change_action_state(G_ACTION_GROUP(self), "rate", g_variant_new_double(rate_hz));
  if (self->feed != NULL)
    hv_feed_set_rate(self->feed, rate_hz);
  window_show(self);
}

void hv_window_set_paused(HvWindow *self, gboolean paused) {
  g_return_if_fail(HV_IS_WINDOW(self));
  if (self->feed == NULL || hv_feed_get_paused(self->feed) == paused)
    return;
  hv_feed_set_paused(self->feed, paused);
  gtk_button_set_icon_name(GTK_BUTTON(self->pause_button), paused
                                                               ? "media-playback-start-symbolic"
                                                               : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text(self->pause_button, paused ? _("Go on (Space)") : _("Pause (Space)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->pause_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 paused ? _("Go on") : _("Pause"), -1);
  window_show(self);
}

void hv_window_scrub(HvWindow *self, guint64 time_ns) {
  g_return_if_fail(HV_IS_WINDOW(self));
  if (self->feed != NULL)
    hv_feed_show(self->feed, time_ns);
}

HvSettings *hv_window_get_settings(HvWindow *self) {
  g_return_val_if_fail(HV_IS_WINDOW(self), NULL);
  return self->settings;
}

HvFeed *hv_window_get_feed(HvWindow *self) {
  g_return_val_if_fail(HV_IS_WINDOW(self), NULL);
  return self->feed;
}

HvHeapPage *hv_window_get_heap_page(HvWindow *self) {
  g_return_val_if_fail(HV_IS_WINDOW(self), NULL);
  return self->heap_page;
}

char *hv_window_dup_target(HvWindow *self) {
  g_return_val_if_fail(HV_IS_WINDOW(self), NULL);
  if (self->target == NULL)
    return g_strdup("");
  if (self->target->path != NULL)
    return g_filename_display_name(self->target->path);
  return g_strdup_printf("%u", self->target->pid);
}

gboolean hv_window_get_shows_heap(HvWindow *self) {
  g_return_val_if_fail(HV_IS_WINDOW(self), FALSE);
  return g_strcmp0(gtk_stack_get_visible_child_name(self->pages), "heap") == 0;
}

gboolean hv_window_is_closed(HvWindow *self) {
  g_return_val_if_fail(HV_IS_WINDOW(self), TRUE);
  return self->heap_page == NULL; /* as all of its template, in the end */
}

char *hv_window_suggest_name(HvWindow *self) {
  HvMoment *moment = self->feed == NULL ? NULL : hv_feed_get_moment(self->feed);
  g_autofree char *name = NULL;

  g_return_val_if_fail(HV_IS_WINDOW(self), NULL);
  if (self->target == NULL)
    return g_strdup("heap");
  name = window_heap_name(self, moment);
  g_strdelimit(name, "/ ", '-');
  if (self->target->pid == 0)
    return g_strdup_printf("%s-heap", name);
  return g_strdup_printf("%s-%u-heap", name, self->target->pid);
}

/* ---- making ---- */

static void window_set_css_class(HvWindow *self, const char *name, gboolean set) {
  if (set)
    gtk_widget_add_css_class(GTK_WIDGET(self), name);
  else
    gtk_widget_remove_css_class(GTK_WIDGET(self), name);
}

static void window_appearance_changed(HvWindow *self) {
  HvTheme theme = hv_appearance_get_theme(self->appearance);

  window_set_css_class(self, "dark", hv_theme_is_dark(theme));
  window_set_css_class(self, "high-contrast", hv_appearance_is_high_contrast(self->appearance));
  hv_heap_page_set_theme(self->heap_page, theme);
}

/* GTK keeps the default size in step with the size that the user gives the window. */
static void window_size_changed(HvWindow *self) {
  int width, height;

  gtk_window_get_default_size(GTK_WINDOW(self), &width, &height);
  if (width > 0 && height > 0)
    hv_heap_page_set_size(self->heap_page, width, height);
}

static gboolean window_tell_size(gpointer data) {
  HvWindow *self = data;

  self->size_id = 0;
  hv_heap_page_set_size(self->heap_page, gtk_widget_get_width(GTK_WIDGET(self)),
                        gtk_widget_get_height(GTK_WIDGET(self)));
  return G_SOURCE_REMOVE;
}

/* A maximized window is as large as the screen, whatever its default size; and what is being
 * allocated cannot ask for another size. */
static void hv_window_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  HvWindow *self = HV_WINDOW(widget);

  GTK_WIDGET_CLASS(hv_window_parent_class)->size_allocate(widget, width, height, baseline);
  if (self->size_id == 0)
    self->size_id = g_idle_add(window_tell_size, self);
}

/* Asks for the bitmaps of what is in view, unless a pixel is so many bytes that blocks do not show:
 * they would be tens of mebibytes of each frame for nothing. Where all fit, all are there. */
static void window_view_changed(HvWindow *self) {
  HvMoment *moment = self->feed == NULL ? NULL : hv_feed_get_moment(self->feed);
  guint64 begin, end;

  if (moment != NULL && moment->frame != NULL) {
    HvHeapMap *map = hv_heap_page_get_map(self->heap_page);

    if (hv_heap_map_get_row_shift(map) > BLOCKS_ROW_SHIFT)
      hv_feed_set_window(self->feed, 0, HV_FEED_NOWHERE_END);
    else if (hv_heap_map_get_window(map, &begin, &end))
      hv_feed_set_window(self->feed, begin, end);
    else
      hv_feed_set_window(self->feed, 0, 0);
  }
  hv_window_update_actions(self, NULL);
}

/* New windows look like the last one that was closed. */
static void hv_window_unrealize(GtkWidget *widget) {
  HvWindow *self = HV_WINDOW(widget);
  int width, height;

  gtk_window_get_default_size(GTK_WINDOW(self), &width, &height);
  if (width >= WINDOW_MINIMUM_PX && height >= WINDOW_MINIMUM_PX) {
    hv_settings_set(self->settings, "window-width", g_variant_new_int32(width));
    hv_settings_set(self->settings, "window-height", g_variant_new_int32(height));
  }
  hv_settings_set(self->settings, "window-maximized",
                  g_variant_new_boolean(gtk_window_is_maximized(GTK_WINDOW(self))));
  GTK_WIDGET_CLASS(hv_window_parent_class)->unrealize(widget);
}

static void hv_window_dispose(GObject *object) {
  HvWindow *self = HV_WINDOW(object);

  g_clear_handle_id(&self->size_id, g_source_remove);
  if (self->appearance != NULL)
    g_signal_handlers_disconnect_by_data(self->appearance, self);
  g_clear_object(&self->appearance);
  g_clear_object(&self->settings);
  window_drop_feed(self);
  g_clear_pointer(&self->target, hv_target_free);
  g_clear_pointer(&self->said, g_free);
  G_OBJECT_CLASS(hv_window_parent_class)->dispose(object);
}

static void hv_window_class_init(HvWindowClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  g_type_ensure(HV_TYPE_PROCESS_PAGE);
  g_type_ensure(HV_TYPE_HEAP_PAGE);
  G_OBJECT_CLASS(klass)->dispose = hv_window_dispose;
  widget_class->size_allocate = hv_window_size_allocate;
  widget_class->unrealize = hv_window_unrealize;
  gtk_widget_class_set_template_from_resource(widget_class, HV_RESOURCE_PATH "/ui/window.ui");
  gtk_widget_class_bind_template_child(widget_class, HvWindow, title_label);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, subtitle_box);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, state_label);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, subtitle_label);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, pause_button);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, menu_button);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, info_bar);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, info_label);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, pages);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, heap_page);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, message_icon);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, message_title);
  gtk_widget_class_bind_template_child(widget_class, HvWindow, message_text);
  gtk_widget_class_bind_template_callback(widget_class, window_info_response);
  gtk_widget_class_bind_template_callback(widget_class, window_process_picked);
}

static void hv_window_init(HvWindow *self) {
  GtkPopover *menu;

  gtk_widget_init_template(GTK_WIDGET(self));
  menu = gtk_menu_button_get_popover(self->menu_button);
  hv_name_control(GTK_WIDGET(self->menu_button), _("Menu"));
  hv_frame_memory_keep(GTK_WINDOW(self));
  hv_lost_focus_return(GTK_WINDOW(self), menu);
  self->rate_hz = HV_RATE_DEFAULT_HZ;
  hv_window_add_actions(self);
  g_signal_connect_object(self->heap_page, "scrub", G_CALLBACK(hv_window_scrub), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->heap_page, "view-changed", G_CALLBACK(window_view_changed), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect(self, "notify::default-width", G_CALLBACK(window_size_changed), NULL);
  g_signal_connect(self, "notify::default-height", G_CALLBACK(window_size_changed), NULL);
  window_size_changed(self);
  g_signal_connect_object(self->heap_page, "found", G_CALLBACK(hv_window_tell_found), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(hv_heap_page_get_side(self->heap_page), "told",
                          G_CALLBACK(hv_window_tell_lists), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(hv_heap_page_get_side(self->heap_page), "list-changed",
                          G_CALLBACK(hv_window_tell_list), self, G_CONNECT_SWAPPED);
}

static void window_orders_changed(HvWindow *self) {
  hv_settings_set(self->settings, "list-orders", hv_list_orders_get(GTK_WIDGET(self->pages)));
}

static void window_restore_lists(HvWindow *self) {
  GtkWidget *pages = GTK_WIDGET(self->pages);
  g_autofree char *list = hv_settings_get_text(self->settings, "list");
  g_autoptr(GVariant) orders = hv_settings_get_value(self->settings, "list-orders");

  g_action_group_change_action_state(G_ACTION_GROUP(self), "list", g_variant_new_string(list));
  hv_list_orders_set(pages, orders);
  hv_list_orders_watch(pages, G_CALLBACK(window_orders_changed), G_OBJECT(self));
}

static void window_restore(HvWindow *self) {
  g_autofree char *lens = hv_settings_get_text(self->settings, "lens");

  gtk_window_set_default_size(GTK_WINDOW(self),
                              hv_settings_get_number(self->settings, "window-width"),
                              hv_settings_get_number(self->settings, "window-height"));
  if (hv_settings_get_flag(self->settings, "window-maximized"))
    gtk_window_maximize(GTK_WINDOW(self));
  hv_window_set_rate(self, hv_settings_get_real(self->settings, "snapshot-rate"));
  g_action_group_change_action_state(
      G_ACTION_GROUP(self), "side",
      g_variant_new_boolean(hv_settings_get_flag(self->settings, "side-panel")));
  g_action_group_change_action_state(G_ACTION_GROUP(self), "lens", g_variant_new_string(lens));
  g_action_group_change_action_state(
      G_ACTION_GROUP(self), "by-class",
      g_variant_new_boolean(hv_settings_get_flag(self->settings, "by-class")));
  window_restore_lists(self);
}

HvWindow *hv_window_new(HvApplication *application) {
  HvWindow *self = g_object_new(HV_TYPE_WINDOW, "application", application, NULL);

  self->appearance = g_object_ref(hv_application_get_appearance(application));
  self->settings = g_object_ref(hv_application_get_settings(application));
  hv_shortcuts_name_controls(GTK_APPLICATION_WINDOW(self));
  window_restore(self);
  g_signal_connect_object(self->appearance, "notify::theme", G_CALLBACK(window_appearance_changed),
                          self, G_CONNECT_SWAPPED);
  window_appearance_changed(self);
  window_show(self);
  return self;
}
