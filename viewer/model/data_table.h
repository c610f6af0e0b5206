/* SPDX-License-Identifier: MIT */
/*
 * data_table.h: tables for programs, as CSV (RFC 4180) with a line of titles, or as JSON: an array
 * of objects, one a line, with the titles as members. Cell by cell, row after row. Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct HvDataTable HvDataTable;

/* @titles: (array zero-terminated=1): of the columns, in order. Returns: (transfer full) */
HvDataTable *hv_data_table_new(const char *const *titles, gboolean as_json);

/* The next cell, a word; valid UTF-8. */
void hv_data_table_add_text(HvDataTable *self, const char *text);

/* The next cell, a decimal number, with a point or without; "": there is none. */
void hv_data_table_add_number(HvDataTable *self, const char *number);
void hv_data_table_add_count(HvDataTable *self, guint64 count);

/* Frees the table, whose last row is whole. Returns: (transfer full): its text */
char *hv_data_table_end(HvDataTable *self);

G_END_DECLS
