/* SPDX-License-Identifier: MIT */
/*
 * See window_list.h. A job belongs to its task. While it runs it listens to the action "stop-list",
 * which is enabled as soon as the message bar tells of a job that takes its time.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/window_list.h"

#include <glib/gi18n.h>

#include "viewer/ui/window_actions.h"
#include "viewer/ui/window_export.h"

#define PATIENCE_MS 1000 /* until the message bar tells how far it is, */
#define TELL_MS     200  /* and then so often */

typedef struct {
  HvListing *listing;
  char *path; /* NULL: to the clipboard */
  GCancellable *cancellable;
  gint percent; /* atomic */

  /* main thread; gone when the job is done, which the thread may outlive */
  HvWindow *window;
  GSimpleAction *stop;
  guint timer_id;
  char *told; /* NULL: nothing yet of how far it is */
} Job;

static void job_free(gpointer data) {
  Job *job = data;

  hv_listing_free(job->listing);
  g_free(job->path);
  g_free(job->told);
  g_object_unref(job->cancellable);
  g_free(job);
}

/* ---- the thread ---- */

static gboolean job_go_on(guint done, guint count, gpointer data) {
  Job *job = data;

  g_atomic_int_set(&job->percent, (gint)((guint64)done * 100 / count));
  return !g_cancellable_is_cancelled(job->cancellable);
}

static void job_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Job *job = data;
  g_autofree char *text = hv_listing_write(job->listing, job_go_on, job);
  GError *error = NULL;

  /* From here on it is too late to stop it; else nothing was written, and that has been told. */
  if (text == NULL || !g_task_set_return_on_cancel(task, FALSE))
    g_task_return_error_if_cancelled(task);
  else if (job->path == NULL)
    g_task_return_pointer(task, g_steal_pointer(&text), g_free);
  else if (g_file_set_contents(job->path, text, -1, &error))
    g_task_return_pointer(task, NULL, NULL);
  else
    g_task_return_error(task, error);
}

/* ---- the main thread ---- */

static char *job_dup_name(Job *job) {
  return g_filename_display_name(job->path);
}

/* Not again once the user has closed it, nor over what is more important. */
static gboolean job_tell(gpointer data) {
  Job *job = data;
  guint percent = (guint)g_atomic_int_get(&job->percent);
  g_autofree char *text = NULL;

  if (hv_window_is_closed(job->window) ||
      (job->told != NULL && !hv_window_is_saying(job->window, job->told)))
    return G_SOURCE_CONTINUE;
  if (job->path != NULL) {
    g_autofree char *name = job_dup_name(job);

    text = g_strdup_printf(_("Saving %s: %u %%"), name, percent);
  } else {
    text = g_strdup_printf(_("Copying the list: %u %%"), percent);
  }
  hv_window_say(job->window, GTK_MESSAGE_INFO, text);
  g_simple_action_set_enabled(job->stop, TRUE);
  g_free(job->told);
  job->told = g_steal_pointer(&text);
  return G_SOURCE_CONTINUE;
}

static gboolean job_tell_first(gpointer data) {
  Job *job = data;

  job->timer_id = g_timeout_add(TELL_MS, job_tell, job);
  job_tell(job);
  return G_SOURCE_REMOVE;
}

static void job_stopped(Job *job) {
  if (job->path != NULL) {
    g_autofree char *name = job_dup_name(job);
    g_autofree char *text = g_strdup_printf(_("Stopped: %s was not saved."), name);
    g_autoptr(GError) error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_CANCELLED, text);

    hv_window_tell_written(job->window, job->path, error);
  } else {
    hv_window_say(job->window, GTK_MESSAGE_INFO, _("Stopped: the list was not copied."));
  }
}

/* @text: what is to be copied. */
static void job_finished(Job *job, const char *text, const GError *error) {
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    job_stopped(job);
  } else if (job->path != NULL) {
    hv_window_tell_written(job->window, job->path, error);
  } else {
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(job->window)), text);
    if (job->told != NULL)
      hv_window_say(job->window, GTK_MESSAGE_INFO, _("The list is copied."));
  }
}

static void job_done(GObject *source, GAsyncResult *result, gpointer data) {
  Job *job = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_task_propagate_pointer(G_TASK(result), &error);

  g_clear_handle_id(&job->timer_id, g_source_remove);
  g_signal_handlers_disconnect_by_data(job->stop, job->cancellable);
  /* Another job that tells how far it is enables it again. */
  g_simple_action_set_enabled(job->stop, FALSE);
  if (!hv_window_is_closed(job->window))
    job_finished(job, text, error);
  g_clear_object(&job->stop);
  g_clear_object(&job->window);
  g_application_release(g_application_get_default());
}

/* Consumes @listing. */
static void window_start(HvWindow *self, HvListing *listing, const char *path) {
  Job *job = g_new0(Job, 1);
  g_autoptr(GTask) task = NULL;

  job->window = g_object_ref(self);
  job->listing = listing;
  job->path = g_strdup(path);
  job->cancellable = g_cancellable_new();
  job->stop =
      G_SIMPLE_ACTION(g_object_ref(g_action_map_lookup_action(G_ACTION_MAP(self), "stop-list")));
  g_signal_connect_swapped(job->stop, "activate", G_CALLBACK(g_cancellable_cancel),
                           job->cancellable);
  job->timer_id = g_timeout_add(PATIENCE_MS, job_tell_first, job);
  task = g_task_new(NULL, job->cancellable, job_done, NULL);
  g_task_set_task_data(task, job, job_free);
  g_task_set_return_on_cancel(task, TRUE);
  /* A file is written to its end although the last window is closed. */
  g_application_hold(g_application_get_default());
  g_task_run_in_thread(task, job_run);
}

void hv_window_save_list(HvWindow *self, const char *path) {
  HvHeapSide *side = hv_heap_page_get_side(hv_window_get_heap_page(self));
  HvListing *listing =
      hv_heap_side_list(side, g_str_has_suffix(path, ".json") ? HV_LISTING_JSON : HV_LISTING_CSV);

  if (listing == NULL) {
    hv_window_say(self, GTK_MESSAGE_INFO, hv_heap_side_get_why_no_list(side));
    return;
  }
  hv_window_set_action_state(self, "exported", g_variant_new_string(""));
  window_start(self, listing, path);
}

static void action_copy_list(GSimpleAction *action, GVariant *parameter, gpointer data) {
  HvWindow *self = HV_WINDOW(data);
  HvListing *listing =
      hv_heap_side_list(hv_heap_page_get_side(hv_window_get_heap_page(self)), HV_LISTING_TEXT);

  if (listing != NULL)
    window_start(self, listing, NULL);
}

void hv_window_add_list_actions(HvWindow *self) {
  static const GActionEntry actions[] = {
      {.name = "copy-list", .activate = action_copy_list},
      {.name = "stop-list"},
  };

  g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
  g_simple_action_set_enabled(
      G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(self), "stop-list")), FALSE);
}
