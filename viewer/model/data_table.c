/* SPDX-License-Identifier: MIT */
/* See data_table.h. */
#include "viewer/model/data_table.h"

#include <json-glib/json-glib.h>
#include <string.h>

struct HvDataTable {
  char **titles;
  guint columns;
  guint column; /* of the next cell */
  guint64 rows;
  GString *text;
  JsonBuilder *row; /* NULL: CSV */
};

static void append_csv(GString *text, const char *cell) {
  if (strpbrk(cell, ",\"\r\n") == NULL) {
    g_string_append(text, cell);
    return;
  }
  g_string_append_c(text, '"');
  for (; *cell != '\0'; cell++) {
    if (*cell == '"')
      g_string_append_c(text, '"');
    g_string_append_c(text, *cell);
  }
  g_string_append_c(text, '"');
}

HvDataTable *hv_data_table_new(const char *const *titles, gboolean as_json) {
  HvDataTable *self = g_new0(HvDataTable, 1);
  self->titles = g_strdupv((char **)titles);
  self->columns = g_strv_length(self->titles);
  self->text = g_string_new(NULL);
  if (as_json) {
    self->row = json_builder_new();
    g_string_append_c(self->text, '[');
    return self;
  }
  for (guint i = 0; i < self->columns; i++)
    g_string_append_printf(self->text, "%s%s", i > 0 ? "," : "", titles[i]);
  g_string_append(self->text, "\r\n");
  return self;
}

/* Row by row: a million of them need no tree. */
static void end_json_row(HvDataTable *self) {
  json_builder_end_object(self->row);
  g_autoptr(JsonNode) root = json_builder_get_root(self->row);
  g_autofree char *row = json_to_string(root, FALSE);
  g_string_append_printf(self->text, "%s\n  %s", self->rows > 0 ? "," : "", row);
  json_builder_reset(self->row);
}

static void begin_cell(HvDataTable *self) {
  if (self->row == NULL) {
    if (self->column > 0)
      g_string_append_c(self->text, ',');
    return;
  }
  if (self->column == 0)
    json_builder_begin_object(self->row);
  json_builder_set_member_name(self->row, self->titles[self->column]);
}

static void end_cell(HvDataTable *self) {
  if (++self->column < self->columns)
    return;
  if (self->row == NULL)
    g_string_append(self->text, "\r\n");
  else
    end_json_row(self);
  self->column = 0;
  self->rows++;
}

void hv_data_table_add_text(HvDataTable *self, const char *text) {
  begin_cell(self);
  if (self->row == NULL)
    append_csv(self->text, text);
  else
    json_builder_add_string_value(self->row, text);
  end_cell(self);
}

void hv_data_table_add_number(HvDataTable *self, const char *number) {
  begin_cell(self);
  if (self->row == NULL)
    g_string_append(self->text, number);
  else if (*number == '\0')
    json_builder_add_null_value(self->row);
  else if (strchr(number, '.') != NULL)
    json_builder_add_double_value(self->row, g_ascii_strtod(number, NULL));
  else
    json_builder_add_int_value(self->row, (gint64)g_ascii_strtoull(number, NULL, 10));
  end_cell(self);
}

void hv_data_table_add_count(HvDataTable *self, guint64 count) {
  g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  hv_data_table_add_number(self, number);
}

char *hv_data_table_end(HvDataTable *self) {
  GString *text = self->text;
  if (self->row != NULL)
    g_string_append(text, self->rows > 0 ? "\n]\n" : "]\n");
  g_clear_object(&self->row);
  g_strfreev(self->titles);
  g_free(self);
  return g_string_free(text, FALSE);
}
