/* SPDX-License-Identifier: MIT */
/*
 * text.h: small strings without stdio, which may allocate and lock. Always NUL-terminated; what
 * does not fit is dropped.
 */
#ifndef LIBALLOC_TEXT_H
#define LIBALLOC_TEXT_H

#include "heap/base.h"

struct text {
  char *at;
  size_t room;
  size_t used;
};

/* An empty text in a buffer of room bytes, at least 1. */
static inline struct text text_in(char *at, size_t room) {
  at[0] = '\0';
  return (struct text){at, room, 0};
}

HIDDEN void text_add(struct text *text, const char *string);
HIDDEN void text_decimal(struct text *text, uint64_t value);

/* A format with one %u in it. */
HIDDEN void text_format(struct text *text, const char *format, unsigned value);

#endif
