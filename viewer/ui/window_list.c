/* SPDX-License-Identifier: MIT */
/* See window_list.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/window_list.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/file.h"
#include "viewer/ui/window_actions.h"
#include "viewer/ui/window_job.h"

static void listing_free(gpointer data) {
  hv_listing_free(data);
}

static char *listing_run(gpointer data, const char *path, HvGoOn go_on, gpointer job,
                         GError **error) {
  g_autofree char *text = hv_listing_write(data, go_on, job);

  if (!hv_go_on(go_on, 1, 1, job, error))
    return NULL;
  if (path == NULL)
    return g_steal_pointer(&text);
  hv_file_replace(path, text, strlen(text), error);
  return NULL;
}

/* Consumes @listing. */
static void window_start(HvWindow *self, HvListing *listing, const char *path) {
  hv_window_start_job(self, path, _("sorting the rows"), listing_run, listing, listing_free);
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
  static const GActionEntry actions[] = {{.name = "copy-list", .activate = action_copy_list}};

  g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
}
