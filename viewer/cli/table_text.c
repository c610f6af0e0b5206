/* SPDX-License-Identifier: MIT */
/* What the commands that print a list share: the option --sort, columns of text, the last line. */
#include <stdio.h>
#include <string.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/error.h"
#include "viewer/model/units.h"

gboolean inspect_parse_sort(const char *text, const char *noun, const char *const *keys,
                            guint *sort, gboolean *ascending, GError **error) {
  *ascending = FALSE;
  if (text == NULL)
    return TRUE;
  const char *colon = strchr(text, ':');
  gsize length = colon == NULL ? strlen(text) : (gsize)(colon - text);
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; keys[i] != NULL; i++) {
    g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", keys[i]);
    if (strlen(keys[i]) != length || strncmp(keys[i], text, length) != 0)
      continue;
    *sort = i;
    if (colon == NULL || strcmp(colon, ":desc") == 0)
      return TRUE;
    if (strcmp(colon, ":asc") == 0) {
      *ascending = TRUE;
      return TRUE;
    }
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, "--sort: \"%s\" is neither :asc nor :desc",
                colon);
    return FALSE;
  }
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, "--sort: %s have no \"%.*s\": there are %s", noun,
              (int)length, text, names->str);
  return FALSE;
}

void inspect_print_cells(const InspectColumn *columns, guint count, GPtrArray *cells) {
  guint row_count = cells->len / count;
  g_autofree int *widths = g_new0(int, count);
  for (guint column = 0; column < count; column++)
    widths[column] = (int)g_utf8_strlen(columns[column].title, -1);
  for (guint i = 0; i < cells->len; i++)
    widths[i % count] = MAX(widths[i % count], (int)g_utf8_strlen(g_ptr_array_index(cells, i), -1));
  for (guint row = 0; row <= row_count; row++) {
    for (guint column = 0; column < count; column++) {
      const char *cell =
          row == 0 ? columns[column].title : g_ptr_array_index(cells, (row - 1) * count + column);
      int fill = widths[column] - (int)g_utf8_strlen(cell, -1);
      gboolean last = column + 1 == count;
      if (columns[column].is_text)
        printf("%s%*s%s", cell, last ? 0 : fill, "", last ? "" : "  ");
      else
        printf("%*s%s%s", fill, "", cell, last ? "" : "  ");
    }
    putchar('\n');
  }
}

void inspect_print_more(guint64 shown, guint64 matched, guint64 total, const char *noun) {
  g_autofree char *match = hv_format_count(matched);
  g_autofree char *all = hv_format_count(total);
  g_autofree char *more = hv_format_count(matched - shown);
  if (matched != total)
    printf("\n%s of %s %s match", match, all, noun);
  else
    printf("\n%s %s", match, noun);
  if (matched > shown)
    printf("; %s more with --limit 0", more);
  putchar('\n');
}
