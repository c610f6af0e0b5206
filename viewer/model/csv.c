/* SPDX-License-Identifier: MIT */
/* See csv.h. */
#include "viewer/model/csv.h"

#include <string.h>

void hv_csv_append(GString *text, const char *cell) {
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
