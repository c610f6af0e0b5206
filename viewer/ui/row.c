/* SPDX-License-Identifier: MIT */
/* See row.h. Main thread only. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/row.h"

#include <string.h>

struct _HvRow {
  GObject parent_instance;
  guint64 key;
  char *name;
  char *detail;
  guint64 values[HV_ROW_VALUES];

  /* As they were when rows were last sorted; GTK does not stand an order that changes by itself. */
  char *sort_name;
  char *sort_detail;
  guint64 sort_values[HV_ROW_VALUES];
};

G_DEFINE_FINAL_TYPE(HvRow, hv_row, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void hv_row_finalize(GObject *object) {
  HvRow *self = HV_ROW(object);

  g_free(self->name);
  g_free(self->detail);
  g_free(self->sort_name);
  g_free(self->sort_detail);
  G_OBJECT_CLASS(hv_row_parent_class)->finalize(object);
}

static void hv_row_class_init(HvRowClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = hv_row_finalize;
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void hv_row_init(HvRow *self) {
  self->name = g_strdup("");
  self->detail = g_strdup("");
  self->sort_name = g_strdup("");
  self->sort_detail = g_strdup("");
}

HvRow *hv_row_new(guint64 key) {
  HvRow *self = g_object_new(HV_TYPE_ROW, NULL);

  self->key = key;
  return self;
}

guint64 hv_row_get_key(HvRow *self) {
  g_return_val_if_fail(HV_IS_ROW(self), 0);
  return self->key;
}

const char *hv_row_get_name(HvRow *self) {
  g_return_val_if_fail(HV_IS_ROW(self), "");
  return self->name;
}

const char *hv_row_get_detail(HvRow *self) {
  g_return_val_if_fail(HV_IS_ROW(self), "");
  return self->detail;
}

guint64 hv_row_get_value(HvRow *self, guint index) {
  g_return_val_if_fail(HV_IS_ROW(self), 0);
  g_return_val_if_fail(index < HV_ROW_VALUES, 0);
  return self->values[index];
}

guint64 hv_row_get_sort_value(HvRow *self, guint index) {
  g_return_val_if_fail(HV_IS_ROW(self), 0);
  g_return_val_if_fail(index < HV_ROW_VALUES, 0);
  return self->sort_values[index];
}

const char *hv_row_get_sort_name(HvRow *self) {
  g_return_val_if_fail(HV_IS_ROW(self), "");
  return self->sort_name;
}

const char *hv_row_get_sort_detail(HvRow *self) {
  g_return_val_if_fail(HV_IS_ROW(self), "");
  return self->sort_detail;
}

static gboolean text_take(char **field, const char *text) {
  if (text == NULL)
    text = "";
  if (strcmp(*field, text) == 0)
    return FALSE;
  g_free(*field);
  *field = g_strdup(text);
  return TRUE;
}

void hv_row_update(HvRow *self, const char *name, const char *detail, const guint64 *values,
                   guint n_values) {
  guint64 next[HV_ROW_VALUES] = {0};
  gboolean changed;

  g_return_if_fail(HV_IS_ROW(self));
  g_return_if_fail(n_values <= HV_ROW_VALUES);

  memcpy(next, values, n_values * sizeof *values);
  changed = text_take(&self->name, name);
  changed |= text_take(&self->detail, detail);
  if (memcmp(next, self->values, sizeof next) != 0) {
    memcpy(self->values, next, sizeof next);
    changed = TRUE;
  }
  if (changed)
    g_signal_emit(self, signals[CHANGED], 0);
}

void hv_row_become(HvRow *self, HvRow *other) {
  g_return_if_fail(HV_IS_ROW(self));
  g_return_if_fail(HV_IS_ROW(other));
  self->key = other->key;
  hv_row_update(self, other->name, other->detail, other->values, HV_ROW_VALUES);
}

void hv_row_freeze(HvRow *self) {
  g_return_if_fail(HV_IS_ROW(self));
  text_take(&self->sort_name, self->name);
  text_take(&self->sort_detail, self->detail);
  memcpy(self->sort_values, self->values, sizeof self->sort_values);
}
