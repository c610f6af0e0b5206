/* SPDX-License-Identifier: MIT */
/* json_parts.h: what all that is written as JSON has alike. Any thread. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A member of the object that @builder is in. */
void json_add_number(JsonBuilder *builder, const char *name, guint64 number);

/* The same with a text, made valid UTF-8; NULL: no member at all. */
void json_add_text(JsonBuilder *builder, const char *name, const char *text);

/* The same with an address, as everywhere else: "0x7f..." */
void json_add_address(JsonBuilder *builder, const char *name, guint64 address);

/* The same with a text, or with null for NULL. */
void json_add_text_or_null(JsonBuilder *builder, const char *name, const char *text);

/* All that was built, indented, with an end of line. (transfer full) */
char *json_end(JsonBuilder *builder);

G_END_DECLS
