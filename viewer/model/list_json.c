/* SPDX-License-Identifier: MIT */
/* See list_json.h. */
#include "viewer/model/list_json.h"

#include <json-glib/json-glib.h>

/* Appends what was built as a line of its own, and begins anew. */
static void append_row(GString *text, gboolean is_first, JsonBuilder *builder) {
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *row = json_to_string(root, FALSE);

  g_string_append_printf(text, "%s\n  %s", is_first ? "" : ",", row);
  json_builder_reset(builder);
}

static void append_end(GString *text, gboolean is_empty) {
  g_string_append(text, is_empty ? "]\n" : "\n]\n");
}

/* ---- lists ---- */

static void add_cell(JsonBuilder *builder, const HvListColumn *column, const HvFacts *facts) {
  g_autofree char *cell = hv_list_cell_plain(column, facts);
  gboolean is_word = hv_list_column_is_text(column);

  json_builder_set_member_name(builder, column->key);
  if (*cell == '\0' && !is_word)
    json_builder_add_null_value(builder);
  else if (column->format == HV_LIST_ADDRESS || is_word)
    json_builder_add_string_value(builder, cell);
  else if (column->format == HV_LIST_FILL || column->format == HV_LIST_LEAST ||
           column->format == HV_LIST_AGE || column->format == HV_LIST_TIME)
    json_builder_add_double_value(builder, g_ascii_strtod(cell, NULL));
  else
    json_builder_add_int_value(builder, (gint64)facts->value[column->field]);
}

/* Row by row: a million of them need no tree. */
void hv_list_append_json(GString *text, const HvListColumn *columns, guint count,
                         const HvListRow *rows, guint row_count) {
  g_autoptr(JsonBuilder) builder = json_builder_new();

  g_string_append_c(text, '[');
  for (guint row = 0; row < row_count; row++) {
    json_builder_begin_object(builder);
    for (guint column = 0; column < count; column++)
      add_cell(builder, &columns[column], &rows[row].facts);
    json_builder_end_object(builder);
    append_row(text, row == 0, builder);
  }
  append_end(text, row_count == 0);
}

/* ---- other tables ---- */

/* The cell at *at, which moves to behind its comma or the end of its line. (transfer full) */
static char *next_cell(const char **at, gboolean *is_last) {
  g_autoptr(GString) cell = g_string_new(NULL);
  const char *p = *at;

  if (*p == '"') {
    for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++) {
      if (*p == '"')
        p++;
      g_string_append_c(cell, *p);
    }
    if (*p == '"')
      p++;
  } else {
    for (; *p != '\0' && *p != ',' && *p != '\r' && *p != '\n'; p++)
      g_string_append_c(cell, *p);
  }
  *is_last = *p != ',';
  if (*p == '\r')
    p++;
  if (*p != '\0')
    p++;
  *at = p;
  return g_strdup(cell->str);
}

char *hv_json_from_csv(const char *csv, const char *const *words) {
  g_autoptr(JsonBuilder) builder = json_builder_new();
  g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func(g_free);
  GString *text = g_string_new("[");
  gboolean is_last = FALSE, is_first = TRUE;

  while (!is_last)
    g_ptr_array_add(titles, next_cell(&csv, &is_last));
  while (*csv != '\0') {
    json_builder_begin_object(builder);
    is_last = FALSE;
    for (guint i = 0; i < titles->len && !is_last; i++) {
      const char *title = g_ptr_array_index(titles, i);
      g_autofree char *cell = next_cell(&csv, &is_last);

      json_builder_set_member_name(builder, title);
      if (g_strv_contains(words, title))
        json_builder_add_string_value(builder, cell);
      else if (*cell == '\0')
        json_builder_add_null_value(builder);
      else
        json_builder_add_int_value(builder, g_ascii_strtoll(cell, NULL, 10));
    }
    json_builder_end_object(builder);
    append_row(text, is_first, builder);
    is_first = FALSE;
  }
  append_end(text, is_first);
  return g_string_free(text, FALSE);
}
