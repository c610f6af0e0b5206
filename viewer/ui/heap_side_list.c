/* SPDX-License-Identifier: MIT */
/* What can be copied and saved of the panel, and what it says: see heap_side.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include <glib/gi18n.h>

#include "viewer/ui/heap_side_private.h"

char *hv_heap_side_dup_selection(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return hv_details_dup_selection(self->details);
}

char *hv_heap_side_dup_sites(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return hv_profile_page_dup_summary(self->profile);
}

char *hv_heap_side_dup_comparison(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return hv_compare_page_dup_summary(self->changes);
}

/* Tables have few rows; and what they say is theirs alone. */
static char *side_dup_table(HvHeapSide *self, guint page) {
  if (page == HV_SIDE_DETAILS)
    return hv_details_dup_text(self->details);
  if (page == HV_SIDE_CHANGES)
    return hv_compare_page_dup_text(self->changes);
  if (page == HV_SIDE_PROFILE)
    return hv_table_dup_text(hv_profile_page_get_sites(self->profile));
  if (page == HV_SIDE_MAPPINGS)
    return hv_table_dup_text(hv_mappings_view_get_table(self->mappings));
  return hv_table_dup_text(hv_release_view_get_pins(self->release));
}

static char *side_dup_data(HvHeapSide *self, guint page, gboolean as_json) {
  if (page == HV_SIDE_CHANGES)
    return hv_compare_page_dup_data(self->changes, self->changes_list, as_json);
  if (page == HV_SIDE_MAPPINGS)
    return hv_mappings_view_dup_data(self->mappings, as_json);
  return page == HV_SIDE_PROFILE ? hv_profile_page_dup_data(self->profile, as_json) : NULL;
}

const char *hv_heap_side_get_why_no_list(HvHeapSide *self) {
  const char *why;

  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  if (hv_side_page(self) != HV_SIDE_MAPPINGS)
    return _("Choose a list first: details are no table.");
  why = hv_mappings_view_get_why(self->mappings);
  return *why != '\0' ? why : _("The list is still being read.");
}

void hv_heap_side_set_changes_list(HvHeapSide *self, HvChangesList which) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  self->changes_list = which;
}

HvListing *hv_heap_side_list(HvHeapSide *self, HvListingForm form) {
  guint page;
  char *text;

  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  page = hv_side_page(self);
  if (self->moment == NULL || self->moment->frame == NULL)
    return NULL;
  if (page >= HV_SIDE_LISTS && page < HV_SIDE_RELEASE) {
    HvListKind kind = (HvListKind)(page - HV_SIDE_LISTS);

    return hv_listing_new(form, kind, hv_table_get_order(self->tables[kind]), self->moment,
                          hv_side_list_query(self, kind));
  }
  if (page == HV_SIDE_RELEASE && form != HV_LISTING_TEXT)
    return hv_listing_new_pins(form, self->moment, self->query);
  text = form == HV_LISTING_TEXT ? side_dup_table(self, page)
                                 : side_dup_data(self, page, form == HV_LISTING_JSON);
  return text == NULL ? NULL : hv_listing_new_written(text);
}
