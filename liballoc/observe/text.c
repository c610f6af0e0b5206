/* SPDX-License-Identifier: MIT */
#include "observe/text.h"

static void add_character(struct text *text, char c) {
  if (text->used + 1 >= text->room)
    return;
  text->at[text->used++] = c;
  text->at[text->used] = '\0';
}

void text_add(struct text *text, const char *string) {
  while (*string)
    add_character(text, *string++);
}

void text_decimal(struct text *text, uint64_t value) {
  char digits[20];
  unsigned n = 0;

  do
    digits[n++] = (char)('0' + value % 10);
  while (value /= 10);
  while (n)
    add_character(text, digits[--n]);
}

void text_format(struct text *text, const char *format, unsigned value) {
  for (; *format; format++) {
    if (format[0] == '%' && format[1] == 'u') {
      text_decimal(text, value);
      format++;
    } else {
      add_character(text, *format);
    }
  }
}
