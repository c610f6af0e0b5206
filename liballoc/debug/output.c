/* SPDX-License-Identifier: MIT */
#include "debug/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void output_flush(struct output *output) {
  size_t done = 0;

  while (done < output->used && !output->problem) {
    ssize_t n = write(output->file, output->buffer + done, output->used - done);
    if (n > 0)
      done += (size_t)n;
    else if (n == 0 || errno != EINTR)
      output->problem = n < 0 ? errno : EIO;
  }
  output->used = 0;
}

void output_bytes(struct output *output, const char *text, size_t bytes) {
  while (bytes) {
    size_t room = sizeof output->buffer - output->used;
    size_t now = bytes < room ? bytes : room;
    memcpy(output->buffer + output->used, text, now);
    output->used += now;
    text += now;
    bytes -= now;
    if (output->used == sizeof output->buffer)
      output_flush(output);
  }
}

void output_text(struct output *output, const char *text) {
  output_bytes(output, text, strlen(text));
}

static void put_number(struct output *output, uint64_t value, unsigned base) {
  char digits[20];
  unsigned n = sizeof digits;

  do
    digits[--n] = "0123456789abcdef"[value % base];
  while (value /= base);
  output_bytes(output, digits + n, sizeof digits - n);
}

void output_decimal(struct output *output, uint64_t value) {
  put_number(output, value, 10);
}

void output_hex(struct output *output, uint64_t value) {
  output_text(output, "0x");
  put_number(output, value, 16);
}
