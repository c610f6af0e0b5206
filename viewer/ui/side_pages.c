/* SPDX-License-Identifier: MIT */
/* See side_pages.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/side_pages.h"

#include <glib/gi18n.h>

/* Those that are no lists of the heap. */
static const struct {
  const char *name;
  const char *title;
} own[HV_SIDE_PAGES] = {
    [HV_SIDE_DETAILS] = {"details", N_("Details")},
    [HV_SIDE_RELEASE] = {"release", N_("Release Curve and Pins")},
    [HV_SIDE_CHANGES] = {"changes", N_("Changes since Mark A")},
    [HV_SIDE_PROFILE] = {"profile", N_("Profile: Who Allocates")},
    [HV_SIDE_MAPPINGS] = {"mappings", N_("Mappings outside the Heap")},
};

const char *hv_side_page_name(guint page) {
  g_return_val_if_fail(page < HV_SIDE_PAGES, "");
  return own[page].name != NULL ? own[page].name
                                : hv_heap_table_name((HvListKind)(page - HV_SIDE_LISTS));
}

const char *hv_side_page_title(guint page) {
  g_return_val_if_fail(page < HV_SIDE_PAGES, "");
  return own[page].name != NULL ? _(own[page].title)
                                : hv_heap_table_title((HvListKind)(page - HV_SIDE_LISTS));
}
