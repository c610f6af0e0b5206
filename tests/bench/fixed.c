/* SPDX-License-Identifier: MIT */
/*
 * fixed: one thread, one size. Cells of an interpreter, nodes of a list, entries of a cache: a
 * thousand small objects live at a time, each replaced soon after, and between them temporary ones
 * that end at once. This is the fast path and little else.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define LIVE  1024u
#define BYTES 48u

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  void **live = work_map(LIVE * sizeof *live);
  const size_t steps = work_amount(&work, 40000000);
  for (size_t step = 0; step < steps; step++) {
    /* A stride of 5 steps visits every slot, and never two neighbours in turn. */
    void **slot = &live[step * 5 % LIVE];
    free(*slot);
    *slot = work_malloc(BYTES);
    work_touch(*slot, BYTES);
    void *temporary = work_malloc(BYTES);
    work_touch(temporary, BYTES);
    free(temporary);
  }
  for (size_t i = 0; i < LIVE; i++)
    free(live[i]);
  return 0;
}
