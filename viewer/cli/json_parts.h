/* SPDX-License-Identifier: MIT */
/* json_parts.h: what all commands with --json write alike. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A member of the object that @builder is in. */
void json_add_number(JsonBuilder *builder, const char *name, guint64 number);

/* The same with a text, made valid UTF-8; NULL: no member at all. */
void json_add_text(JsonBuilder *builder, const char *name, const char *text);

/* The same with an address, as everywhere else: "0x7f..." */
void json_add_address(JsonBuilder *builder, const char *name, guint64 address);

/* Prints all that was built, indented, to standard output. */
void json_print(JsonBuilder *builder);

G_END_DECLS
