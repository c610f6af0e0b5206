/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people read and write them: binary units, addresses, ranges, durations. Output does
 * not depend on the locale, so that files and tests are the same everywhere; a translation has
 * separators of its own.
 */
#pragma once

#include <glib.h>
#include <locale.h>

G_BEGIN_DECLS

/**
 * hv_format_bytes:
 * @bytes: a size, negative for a shortfall
 *
 * Three significant digits in binary units: "0 B", "832 B", "1.50 KiB", "58.0 GiB".
 *
 * Returns: (transfer full): the text
 */
char *hv_format_bytes(gint64 bytes);

/* Like hv_format_bytes(), with the exact count: "1.50 KiB (1,536 bytes)". */
char *hv_format_bytes_exact(gint64 bytes);

/* "1,234,567". Returns: (transfer full) */
char *hv_format_count(guint64 count);

/* "0x7f12a4c00000". Returns: (transfer full) */
char *hv_format_address(guint64 address);

/* "37 %", "0.4 %", "-" when @whole is 0. Returns: (transfer full) */
char *hv_format_percent(guint64 part, guint64 whole);

/* "≥ 99.9 %", "≥ 37 %": a share of which only a lower bound is known, never rounded up.
 * Returns: (transfer full) */
char *hv_format_at_least(guint64 millionths);

/* "12 ms", "3.4 s", "2 min", "5 h", "3 d". Returns: (transfer full) */
char *hv_format_duration(guint64 ns);

/* "≥ 3.4 s". Returns: (transfer full) */
char *hv_format_duration_at_least(guint64 ns);

/* Local time "2026-11-23 08:41:07" of CLOCK_REALTIME @realtime_ns. Returns: (transfer full) */
char *hv_format_time(guint64 realtime_ns);

/**
 * hv_format_name:
 * @name: of a process, a thread or a file, which may be any bytes, as these choose it themselves
 *
 * Valid UTF-8 in one line: control characters are blanks, so that no name breaks a table or
 * commands a terminal. Files that programs read have names as they are.
 *
 * Returns: (transfer full): the text
 */
char *hv_format_name(const char *name);

/**
 * hv_parse_bytes:
 * @text: "4096", "0x1000", "64K", "1.5G", "32MiB"
 * @bytes: (out): the size
 *
 * Returns: FALSE with HV_ERROR_ARGUMENT when @text is no size or does not fit 63 bits.
 */
gboolean hv_parse_bytes(const char *text, guint64 *bytes, GError **error);

/**
 * hv_parse_range:
 * @text: "A-B" or "A+SIZE", A and B addresses (hexadecimal with 0x, else decimal), SIZE as in
 *   hv_parse_bytes()
 * @begin: (out): first address
 * @end: (out): first address behind the range, greater than @begin
 *
 * Returns: FALSE with HV_ERROR_ARGUMENT when @text is no range or an empty one.
 */
gboolean hv_parse_range(const char *text, guint64 *begin, guint64 *end, GError **error);

/**
 * hv_plain_begin:
 *
 * From now on this thread says everything in English, for files of data. Returns: for
 * hv_plain_end()
 */
locale_t hv_plain_begin(void);
void hv_plain_end(locale_t before);

G_END_DECLS
