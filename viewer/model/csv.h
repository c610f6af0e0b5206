/* SPDX-License-Identifier: MIT */
/* Tables for programs: comma-separated values (RFC 4180). Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Appends one cell, in quotes where it needs them. */
void hv_csv_append(GString *text, const char *cell);

G_END_DECLS
