/* SPDX-License-Identifier: MIT */
#include "viewer/model/json_parts.h"

#include "viewer/model/units.h"

void json_add_number(JsonBuilder *builder, const char *name, guint64 number) {
  json_builder_set_member_name(builder, name);
  json_builder_add_int_value(builder, (gint64)number);
}

void json_add_text(JsonBuilder *builder, const char *name, const char *text) {
  if (text == NULL)
    return;
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  json_builder_set_member_name(builder, name);
  json_builder_add_string_value(builder, valid);
}

void json_add_address(JsonBuilder *builder, const char *name, guint64 address) {
  g_autofree char *text = hv_format_address(address);
  json_add_text(builder, name, text);
}

void json_add_text_or_null(JsonBuilder *builder, const char *name, const char *text) {
  if (text != NULL) {
    json_add_text(builder, name, text);
    return;
  }
  json_builder_set_member_name(builder, name);
  json_builder_add_null_value(builder);
}

char *json_end(JsonBuilder *builder) {
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *text = json_to_string(root, TRUE);
  return g_strconcat(text, "\n", NULL);
}
