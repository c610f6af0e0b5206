/* SPDX-License-Identifier: MIT */
/* list_json.h: lists and tables as JSON, for programs: an array of objects, one a row. Any thread.
 */
#pragma once

#include "viewer/model/list.h"

G_BEGIN_DECLS

/**
 * hv_list_append_json:
 *
 * Appends the rows, one a line, with the columns' keys as members: numbers, null where there is no
 * value, addresses and words as strings. O(rows).
 */
void hv_list_append_json(GString *text, const HvListColumn *columns, guint count,
                         const HvListRow *rows, guint row_count);

/**
 * hv_json_from_csv:
 * @csv: a table (csv.h) with a line of titles
 * @words: (array zero-terminated=1): titles of the columns that are text; the others have numbers
 *
 * The same of a table that is no list. Returns: (transfer full)
 */
char *hv_json_from_csv(const char *csv, const char *const *words);

G_END_DECLS
