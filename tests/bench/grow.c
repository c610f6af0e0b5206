/* SPDX-License-Identifier: MIT */
/*
 * grow: realloc.
 *
 * vectors: arrays of 8-byte items that double from 8 items on, 32 of them side by side, most to
 * some thousand items and each 256th to four million, then dropped: the growable array of every
 * language.
 *
 * strings: texts that grow by exactly what is appended, 1 to 32 bytes at a time up to 4 KiB, 512 of
 * them at once: a string builder without a capacity of its own.
 */
#include "tests/bench/work.h"

#include <stdlib.h>
#include <string.h>

#define VECTORS 32u
#define STRINGS 512u

static void *grown(void *block, size_t bytes) {
  void *larger = realloc(block, bytes);
  if (larger == NULL)
    work_fail("realloc returned NULL: give the machine more memory, or the workload less to do.");
  return larger;
}

struct vector {
  uint64_t *item;
  size_t count, capacity, final;
};

static void vectors_run(const struct work *work) {
  struct random random = work_random(1);
  struct vector vectors[VECTORS] = {0};
  size_t left = work_amount(work, 24000);
  unsigned open = 0;
  for (unsigned at = 0; left > 0 || open > 0; at = (at + 1) % VECTORS) {
    struct vector *vector = &vectors[at];
    if (vector->final == 0) {
      if (left == 0)
        continue;
      vector->final = random_below(&random, 256) != 0 ? 1 + random_below(&random, 8000)
                                                      : 1 + random_below(&random, 1u << 22);
      left--;
      open++;
    }
    /* A quarter of a capacity at a time, so that vectors grow side by side. */
    size_t until = vector->count + vector->capacity / 4 + 1;
    if (until > vector->final)
      until = vector->final;
    while (vector->count < until) {
      if (vector->count == vector->capacity) {
        vector->capacity = vector->capacity > 0 ? vector->capacity * 2 : 8;
        vector->item = grown(vector->item, vector->capacity * sizeof *vector->item);
      }
      vector->item[vector->count] = vector->count;
      vector->count++;
    }
    if (vector->count == vector->final) {
      free(vector->item);
      *vector = (struct vector){0};
      open--;
    }
  }
}

static void strings_run(const struct work *work) {
  struct random random = work_random(2);
  char *text[STRINGS] = {0};
  size_t bytes[STRINGS] = {0};
  for (size_t step = work_amount(work, 14000000); step > 0; step--) {
    const unsigned at = random_below(&random, STRINGS);
    const size_t more = 1 + random_below(&random, 32);
    if (bytes[at] + more > 4096) {
      free(text[at]);
      text[at] = NULL;
      bytes[at] = 0;
    }
    text[at] = grown(text[at], bytes[at] + more);
    memset(text[at] + bytes[at], 'a', more);
    bytes[at] += more;
  }
  for (unsigned i = 0; i < STRINGS; i++)
    free(text[i]);
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, "vectors strings");
  if (work_mode_is(&work, "vectors"))
    vectors_run(&work);
  else
    strings_run(&work);
  return 0;
}
