/* SPDX-License-Identifier: MIT */
/*
 * message.h: what the allocator says on stderr.
 *
 * One line a message, written with one write(2) and no stdio, since this runs inside malloc.
 */
#ifndef LIBALLOC_MESSAGE_H
#define LIBALLOC_MESSAGE_H

#include "heap/base.h"

/* A line being put together on the stack; text beyond the end is dropped. */
struct line {
  size_t used;
  char text[1000];
};

HIDDEN void line_text(struct line *line, const char *text);
HIDDEN void line_decimal(struct line *line, uint64_t value);
HIDDEN void line_hex(struct line *line, uint64_t value); /* with 0x */

/* Writes the line and its newline to stderr; leaves errno alone. */
HIDDEN void line_write(struct line *line);

/* "liballoc: warning: TEXT". */
HIDDEN COLD void message_warn(const char *text);

/*
 * The end: "liballoc: FUNCTION(): WHAT: pointer P" and what is known about the memory at P (size
 * class, owner, who allocated and who freed it), then abort().
 */
_Noreturn HIDDEN COLD void message_die(const char *function, const void *pointer, const char *what);

#endif
