/* SPDX-License-Identifier: MIT */
/* See row_slices.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/row_slices.h"

/* Returns: whether some still wait. */
static gboolean slices_take(HvRowSlices *self, guint most) {
  guint count = MIN(most, self->waiting->len - self->taken);

  g_list_store_splice(self->store, g_list_model_get_n_items(G_LIST_MODEL(self->store)), 0,
                      self->waiting->pdata + self->taken, count);
  self->taken += count;
  return self->taken < self->waiting->len;
}

static gboolean slices_go_on(gpointer data) {
  HvRowSlices *self = data;

  if (slices_take(self, HV_ROW_SLICE))
    return G_SOURCE_CONTINUE;
  self->source_id = 0;
  hv_row_slices_clear(self);
  return G_SOURCE_REMOVE;
}

void hv_row_slices_exchange(HvRowSlices *self, GPtrArray *rows) {
  hv_row_slices_clear(self);
  g_list_store_remove_all(self->store);
  hv_row_slices_add(self, rows, 0);
}

void hv_row_slices_add(HvRowSlices *self, GPtrArray *rows, guint first) {
  g_return_if_fail(self->waiting == NULL);
  self->waiting = g_ptr_array_new_full(rows->len, g_object_unref);
  for (guint i = first; i < rows->len; i++)
    g_ptr_array_add(self->waiting, g_object_ref(g_ptr_array_index(rows, i)));
  if (slices_take(self, HV_ROW_SLICE))
    self->source_id = g_idle_add(slices_go_on, self);
  else
    hv_row_slices_clear(self);
}

void hv_row_slices_finish(HvRowSlices *self) {
  if (self->waiting != NULL)
    slices_take(self, G_MAXUINT);
  hv_row_slices_clear(self);
}

void hv_row_slices_clear(HvRowSlices *self) {
  g_clear_handle_id(&self->source_id, g_source_remove);
  g_clear_pointer(&self->waiting, g_ptr_array_unref);
  self->taken = 0;
}
