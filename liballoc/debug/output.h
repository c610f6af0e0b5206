/* SPDX-License-Identifier: MIT */
/* output.h: text to a descriptor, in pieces of a page, without stdio. */
#ifndef LIBALLOC_OUTPUT_H
#define LIBALLOC_OUTPUT_H

#include "heap/base.h"

struct output {
  int file;
  int problem; /* errno of the first write that failed; nothing is written after it */
  size_t used;
  char buffer[4096];
};

HIDDEN void output_bytes(struct output *output, const char *text, size_t bytes);
HIDDEN void output_text(struct output *output, const char *text);
HIDDEN void output_decimal(struct output *output, uint64_t value);
HIDDEN void output_hex(struct output *output, uint64_t value); /* with 0x */

/* Writes what is left in the buffer. */
HIDDEN void output_flush(struct output *output);

#endif
