/* SPDX-License-Identifier: MIT */
/* See listing.h. Immutable but for its references. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/listing.h"

#include "viewer/model/release.h"

struct HvListing {
  HvListingForm form;
  char *text;       /* NULL: to be written, of */
  HvMoment *moment; /* that */
  HvQuery *query;   /* nullable */
  gboolean pins;    /* and not a list of the heap, */
  HvListKind which; /* which is this */
  HvTableOrder order;
};

static HvListing *listing_new(HvListingForm form, HvMoment *moment, HvQuery *query) {
  HvListing *self = g_new0(HvListing, 1);

  self->form = form;
  self->moment = hv_moment_ref(moment);
  self->query = query == NULL ? NULL : hv_query_ref(query);
  return self;
}

HvListing *hv_listing_new(HvListingForm form, HvListKind which, const HvTableOrder *order,
                          HvMoment *moment, HvQuery *query) {
  HvListing *self = listing_new(form, moment, query);

  self->which = which;
  self->order = *order;
  return self;
}

HvListing *hv_listing_new_pins(HvListingForm form, HvMoment *moment, HvQuery *query) {
  HvListing *self = listing_new(form, moment, query);

  self->pins = TRUE;
  return self;
}

HvListing *hv_listing_new_written(char *text) {
  HvListing *self = g_new0(HvListing, 1);

  self->text = text;
  return self;
}

void hv_listing_free(HvListing *self) {
  g_clear_pointer(&self->moment, hv_moment_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  g_free(self->text);
  g_free(self);
}

gboolean hv_listing_is_written(HvListing *self) {
  return self->text != NULL;
}

static char *write_pins(HvListing *self, HvGoOn go_on, gpointer data) {
  g_autoptr(HvRelease) release = hv_release_new(self->moment->frame, self->query, HV_TABLE_ROWS);
  guint n_columns = 0, count = 0;
  const HvListColumn *columns = hv_release_pin_columns(&n_columns);
  const HvListRow *rows = hv_release_pins(release, &count);

  return hv_list_dup_data_while(columns, n_columns, rows, count, self->form == HV_LISTING_JSON,
                                go_on, data);
}

static char *write_list(HvListing *self, HvGoOn go_on, gpointer data) {
  g_autoptr(HvList) list = hv_heap_table_list(self->which, self->moment, self->query);
  guint n_columns = 0, count = 0;
  const HvListColumn *columns = hv_list_columns(self->which, &n_columns, NULL);
  const HvListRow *rows = hv_list_rows(list, &count);

  return hv_list_dup_data_while(columns, n_columns, rows, count, self->form == HV_LISTING_JSON,
                                go_on, data);
}

static char *write_text(HvListing *self) {
  g_autoptr(HvList) list =
      hv_heap_table_work_out(self->which, &self->order, self->moment, self->query);

  return hv_heap_table_dup_text(self->which, list);
}

char *hv_listing_write(HvListing *self, HvGoOn go_on, gpointer data) {
  if (self->text != NULL)
    return g_strdup(self->text);
  if (self->pins)
    return write_pins(self, go_on, data);
  return self->form == HV_LISTING_TEXT ? write_text(self) : write_list(self, go_on, data);
}
