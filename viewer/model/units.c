/* SPDX-License-Identifier: MIT */
/*
 * Numbers for people. Everything is whole-number arithmetic or g_ascii_*, so that no locale
 * changes the result: only a translation does, by its separators.
 */
#include "viewer/model/units.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/error.h"

static const char *const unit_names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

static const char *decimal_point(void) {
  return C_("decimal separator", ".");
}

/* @value / 1000 with @decimals places, half up. */
static char *format_thousandths(guint64 value, int decimals) {
  static const guint64 rounding[] = {500, 50, 5};
  static const guint64 divisor[] = {1000, 100, 10};
  value += rounding[decimals];
  if (decimals == 0)
    return g_strdup_printf("%" G_GUINT64_FORMAT, value / 1000);
  return g_strdup_printf("%" G_GUINT64_FORMAT "%s%0*" G_GUINT64_FORMAT, value / 1000,
                         decimal_point(), decimals, value % 1000 / divisor[decimals]);
}

char *hv_format_bytes(gint64 bytes) {
  const char *sign = bytes < 0 ? "-" : "";
  guint64 size = bytes < 0 ? 0 - (guint64)bytes : (guint64)bytes;
  guint unit = 0;
  while (unit + 1 < G_N_ELEMENTS(unit_names) && size >> (10 * (unit + 1)) != 0)
    unit++;
  if (unit == 0)
    return g_strdup_printf("%s%" G_GUINT64_FORMAT " B", sign, size);

  /* Thousandths of the unit; 64 bits hold them as the whole part is below 1024 (EiB: below 16). */
  guint64 whole = size >> (10 * unit);
  guint64 rest = (size >> (10 * (unit - 1))) & 1023;
  guint64 thousandths = whole * 1000 + rest * 1000 / 1024;
  if (thousandths >= 1023500 && unit + 1 < G_N_ELEMENTS(unit_names)) {
    thousandths = 1000;
    unit++;
  }
  int decimals = thousandths >= 99950 ? 0 : thousandths >= 9995 ? 1 : 2;
  g_autofree char *number = format_thousandths(thousandths, decimals);
  return g_strdup_printf("%s%s %s", sign, number, unit_names[unit]);
}

char *hv_format_bytes_exact(gint64 bytes) {
  g_autofree char *brief = hv_format_bytes(bytes);
  if (bytes > -1024 && bytes < 1024)
    return g_steal_pointer(&brief);
  g_autofree char *count = hv_format_count(bytes < 0 ? 0 - (guint64)bytes : (guint64)bytes);
  return g_strdup_printf(_("%s (%s%s bytes)"), brief, bytes < 0 ? "-" : "", count);
}

char *hv_format_count(guint64 count) {
  char digits[32];
  int length = g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, count);
  const char *separator = C_("digit group separator", ",");
  GString *text = g_string_new(NULL);
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      g_string_append(text, separator);
    g_string_append_c(text, digits[i]);
  }
  return g_string_free(text, FALSE);
}

char *hv_format_address(guint64 address) {
  return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);
}

char *hv_format_percent(guint64 part, guint64 whole) {
  if (whole == 0)
    return g_strdup("-");
  while (part > G_MAXUINT64 / 100000) {
    part >>= 1;
    whole >>= 1;
  }
  guint64 thousandths = whole == 0 ? 0 : part * 100000 / whole;
  if (part != 0 && thousandths < 50)
    return g_strdup_printf("< 0%s1 %%", decimal_point());
  g_autofree char *number = format_thousandths(thousandths, thousandths < 9950 ? 1 : 0);
  return g_strdup_printf("%s %%", part == 0 ? "0" : number);
}

char *hv_format_at_least(guint64 millionths) {
  guint64 permille = millionths / 1000;
  gboolean fine = permille != 1000 && (permille < 100 || permille >= 990);

  if (millionths == 0)
    return g_strdup("≥ 0 %");
  if (!fine)
    return g_strdup_printf("≥ %" G_GUINT64_FORMAT " %%", permille / 10);
  return g_strdup_printf("≥ %" G_GUINT64_FORMAT "%s%" G_GUINT64_FORMAT " %%", permille / 10,
                         decimal_point(), permille % 10);
}

char *hv_format_duration_at_least(guint64 ns) {
  g_autofree char *duration = hv_format_duration(ns);
  return g_strconcat("≥ ", duration, NULL);
}

char *hv_format_duration(guint64 ns) {
  const guint64 ms = 1000000;
  const guint64 second = 1000 * ms;
  if (ns < 10 * ms)
    return g_strdup_printf("%" G_GUINT64_FORMAT "%s%" G_GUINT64_FORMAT " ms", ns / ms,
                           decimal_point(), ns % ms / (ms / 10));
  if (ns < second)
    return g_strdup_printf("%" G_GUINT64_FORMAT " ms", ns / ms);
  if (ns < 10 * second)
    return g_strdup_printf("%" G_GUINT64_FORMAT "%s%" G_GUINT64_FORMAT " s", ns / second,
                           decimal_point(), ns % second / (second / 10));
  if (ns < 120 * second)
    return g_strdup_printf("%" G_GUINT64_FORMAT " s", ns / second);
  if (ns < 120 * 60 * second)
    return g_strdup_printf("%" G_GUINT64_FORMAT " min", ns / (60 * second));
  if (ns < 48 * 3600 * second)
    return g_strdup_printf("%" G_GUINT64_FORMAT " h", ns / (3600 * second));
  return g_strdup_printf("%" G_GUINT64_FORMAT " d", ns / (86400 * second));
}

char *hv_format_time(guint64 realtime_ns) {
  g_autoptr(GDateTime) time =
      g_date_time_new_from_unix_local((gint64)(realtime_ns / G_GUINT64_CONSTANT(1000000000)));
  return time == NULL ? g_strdup("?") : g_date_time_format(time, "%Y-%m-%d %H:%M:%S");
}

/* Whole number in decimal, or in hexadecimal behind 0x. */
static gboolean parse_number(const char *text, guint64 *number, const char **end) {
  gboolean hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const char *digits = hexadecimal ? text + 2 : text;
  if (hexadecimal ? !g_ascii_isxdigit(digits[0]) : !g_ascii_isdigit(digits[0]))
    return FALSE;
  char *after = NULL;
  errno = 0;
  *number = g_ascii_strtoull(digits, &after, hexadecimal ? 16 : 10);
  *end = after;
  return errno == 0 && *number <= G_MAXINT64;
}

char *hv_format_name(const char *name) {
  g_autofree char *valid = g_utf8_make_valid(name, -1);
  GString *text = g_string_new(NULL);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar character = g_utf8_get_char(at);
    g_string_append_unichar(text, g_unichar_iscntrl(character) ? ' ' : character);
  }
  return g_string_free(text, FALSE);
}

gboolean hv_parse_bytes(const char *text, guint64 *bytes, GError **error) {
  const char *end = NULL;
  guint64 whole = 0;
  guint64 thousandths = 0;
  gboolean valid = parse_number(text, &whole, &end);
  if (valid && *end == '.' && g_ascii_isdigit(end[1])) {
    guint64 place = 100;
    for (end++; g_ascii_isdigit(*end); end++, place /= 10)
      thousandths += (guint64)(*end - '0') * place;
  }
  guint shift = 0;
  if (valid) {
    while (*end == ' ')
      end++;
    const char *letters = "KMGTPE";
    const char *letter = *end == '\0' ? NULL : strchr(letters, g_ascii_toupper(*end));
    if (letter != NULL) {
      shift = 10 * (guint)(letter - letters + 1);
      end++;
      if (*end == 'i' || *end == 'I')
        end++;
    }
    if (*end == 'B' || *end == 'b')
      end++;
    valid =
        *end == '\0' && whole <= ((guint64)G_MAXINT64 >> shift) && (thousandths == 0 || shift > 0);
  }
  if (!valid) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("\"%s\" is no size: write bytes as 4096, 64K, 1.5G or 0x1000"), text);
    return FALSE;
  }
  *bytes = (whole << shift) + (shift == 0 ? 0 : (thousandths << (shift - 10)) * 1024 / 1000);
  return TRUE;
}

gboolean hv_parse_range(const char *text, guint64 *begin, guint64 *end, GError **error) {
  const char *rest = NULL;
  guint64 first = 0;
  guint64 second = 0;
  gboolean valid = parse_number(text, &first, &rest);
  if (valid && *rest == '-') {
    valid = parse_number(rest + 1, &second, &rest) && *rest == '\0';
  } else if (valid && *rest == '+') {
    valid = hv_parse_bytes(rest + 1, &second, NULL) && second <= G_MAXINT64 - first;
    second += valid ? first : 0;
  } else {
    valid = FALSE;
  }
  if (!valid) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("\"%s\" is no range of addresses: write 0xBEGIN-0xEND or 0xBEGIN+SIZE"), text);
    return FALSE;
  }
  if (second <= first) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("the range \"%s\" is empty: its end must lie behind its begin"), text);
    return FALSE;
  }
  *begin = first;
  *end = second;
  return TRUE;
}

locale_t hv_plain_begin(void) {
  static locale_t plain;
  static gsize made;
  if (g_once_init_enter(&made)) {
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    g_once_init_leave(&made, 1);
  }
  return uselocale(plain);
}

void hv_plain_end(locale_t before) {
  uselocale(before);
}
