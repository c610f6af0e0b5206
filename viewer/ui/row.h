/* SPDX-License-Identifier: MIT */
/*
 * One line of a table: a light object that lives as long as the thing it shows (a process, an
 * arena, a thread), found again by its key at each refresh, and may then become another line.
 * Values are plain numbers; text is made only for rows that are on screen (see table.h).
 *
 * Invariant: "changed" is emitted at most once a refresh, and only when a value differs.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define HV_ROW_VALUES 12

#define HV_TYPE_ROW (hv_row_get_type())
G_DECLARE_FINAL_TYPE(HvRow, hv_row, HV, ROW, GObject)

/** hv_row_new: @key tells this row from the others of its table. */
HvRow *hv_row_new(guint64 key);

guint64 hv_row_get_key(HvRow *self);

/** hv_row_get_name: Returns (transfer none): never NULL. */
const char *hv_row_get_name(HvRow *self);

/** hv_row_get_detail: Returns (transfer none): a second text, such as a command line; never NULL.
 */
const char *hv_row_get_detail(HvRow *self);

/** hv_row_get_value: @index below HV_ROW_VALUES. */
guint64 hv_row_get_value(HvRow *self, guint index);

/**
 * hv_row_update:
 * @name: (nullable): NULL is the empty text
 * @detail: (nullable): likewise
 * @values: @n_values numbers; the rest become 0
 *
 * Takes the state of this refresh and emits "changed" when anything differs.
 */
void hv_row_update(HvRow *self, const char *name, const char *detail, const guint64 *values,
                   guint n_values);

/** hv_row_become: Shows from now on what @other shows, whose key it takes. */
void hv_row_become(HvRow *self, HvRow *other);

/** hv_row_freeze: Sorting goes by what the row holds now, until this is called again. */
void hv_row_freeze(HvRow *self);
guint64 hv_row_get_sort_value(HvRow *self, guint index);
const char *hv_row_get_sort_name(HvRow *self);
const char *hv_row_get_sort_detail(HvRow *self);

G_END_DECLS
