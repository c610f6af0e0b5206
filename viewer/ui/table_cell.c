/* SPDX-License-Identifier: MIT */
/* See table_cell.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/table_cell.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/units.h"

/* Without the date, which is today's nearly always. */
static char *cell_time(guint64 time_ns) {
  g_autofree char *time = hv_format_time(time_ns);
  const char *blank = strchr(time, ' ');

  return g_strdup(blank == NULL ? time : blank + 1);
}

/* On one line, whatever a thread or a program is called. */
static char *cell_line(const char *text) {
  return g_strdelimit(g_strdup(text), "\t\n\v\f\r", ' ');
}

char *hv_table_cell_text(const HvColumn *column, HvRow *row) {
  guint64 value = hv_row_get_value(row, column->value);

  switch (column->kind) {
  case HV_CELL_NAME:
    return cell_line(hv_row_get_name(row));
  case HV_CELL_DETAIL:
    return cell_line(hv_row_get_detail(row));
  case HV_CELL_NUMBER:
    return g_strdup_printf("%" G_GUINT64_FORMAT, value);
  case HV_CELL_COUNT:
    return hv_format_count(value);
  case HV_CELL_KNOWN_BYTES:
    if (value == G_MAXUINT64)
      return g_strdup("–");
    return hv_format_bytes((gint64)value);
  case HV_CELL_BYTES:
    return hv_format_bytes((gint64)value);
  case HV_CELL_ADDRESS:
    return hv_format_address(value);
  case HV_CELL_LEAST:
    return value == G_MAXUINT64 ? g_strdup("–") : hv_format_at_least(value);
  case HV_CELL_AGE:
    return value == G_MAXUINT64 ? g_strdup("–") : hv_format_duration(value);
  case HV_CELL_AGE_LEAST:
    if (value == G_MAXUINT64)
      return g_strdup("–");
    return value % 2 == 0 ? hv_format_duration(value) : hv_format_duration_at_least(value);
  case HV_CELL_SHARE:
    return value == G_MAXUINT64 ? g_strdup("–") : hv_format_percent(value, 1000);
  case HV_CELL_FILL:
    return hv_format_percent(value, 1000);
  case HV_CELL_TIME:
    return cell_time(value);
  }
  return g_strdup("");
}

void hv_table_cells_append(GString *text, const HvColumn *columns, guint n_columns, HvRow *row) {
  for (guint i = 0; i < n_columns; i++) {
    g_autofree char *cell = row == NULL ? NULL : hv_table_cell_text(&columns[i], row);

    if (i > 0)
      g_string_append_c(text, '\t');
    g_string_append(text, row == NULL ? _(columns[i].title) : cell);
  }
  g_string_append_c(text, '\n');
}

gboolean hv_table_cell_is_number(const HvColumn *column) {
  return column->kind != HV_CELL_NAME && column->kind != HV_CELL_DETAIL;
}

guint hv_table_cell_chars(const HvColumn *column) {
  if (column->chars > 0)
    return column->chars;
  switch (column->kind) {
  case HV_CELL_NAME:
    return 10;
  case HV_CELL_DETAIL:
    return 24;
  case HV_CELL_ADDRESS:
    return 14;
  case HV_CELL_BYTES:
  case HV_CELL_KNOWN_BYTES:
    return 8;
  case HV_CELL_AGE:
    return 7; /* 119 min */
  case HV_CELL_AGE_LEAST:
    return 9;
  case HV_CELL_SHARE:
    return 7;
  case HV_CELL_LEAST:
    return 8;
  case HV_CELL_TIME:
    return 8;
  case HV_CELL_NUMBER:
  case HV_CELL_COUNT:
  case HV_CELL_FILL:
    break;
  }
  return 5;
}
