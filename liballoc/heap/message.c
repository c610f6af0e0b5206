/* SPDX-License-Identifier: MIT */
#include "heap/message.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "heap/describe.h"

void line_text(struct line *line, const char *text) {
  while (*text && line->used < sizeof line->text - 1)
    line->text[line->used++] = *text++;
}

static void line_number(struct line *line, uint64_t value, unsigned base) {
  char digits[20];
  unsigned n = 0;

  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (n && line->used < sizeof line->text - 1)
    line->text[line->used++] = digits[--n];
}

void line_decimal(struct line *line, uint64_t value) {
  line_number(line, value, 10);
}

void line_hex(struct line *line, uint64_t value) {
  line_text(line, "0x");
  line_number(line, value, 16);
}

void line_write(struct line *line) {
  int saved_errno = errno;
  size_t done = 0;

  line->text[line->used++] = '\n';
  while (done < line->used) {
    ssize_t n = write(STDERR_FILENO, line->text + done, line->used - done);
    if (n <= 0 && errno != EINTR)
      break;
    if (n > 0)
      done += (size_t)n;
  }
  errno = saved_errno;
}

void message_warn(const char *text) {
  struct line line = {0};

  line_text(&line, "liballoc: warning: ");
  line_text(&line, text);
  line_write(&line);
}

void message_die(const char *function, const void *pointer, const char *what) {
  struct line line = {0};

  line_text(&line, "liballoc: ");
  line_text(&line, function);
  line_text(&line, "(): ");
  line_text(&line, what);
  line_text(&line, ": pointer ");
  line_hex(&line, (uintptr_t)pointer);
  describe_pointer(&line, pointer);
  line_write(&line);
  abort();
}

void message_assert(const char *condition, const char *file, int number) {
  struct line line = {0};

  line_text(&line, "liballoc: internal check failed: ");
  line_text(&line, condition);
  line_text(&line, " at ");
  line_text(&line, file);
  line_text(&line, ":");
  line_decimal(&line, (uint64_t)number);
  line_write(&line);
  abort();
}
