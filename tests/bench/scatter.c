/* SPDX-License-Identifier: MIT */
/*
 * scatter: a large working set with no order in it. The rows of an in-memory table or the entries
 * of a cache: 200,000 live blocks of 16 to 512 bytes in each thread, any of which may be the next
 * to be replaced, so that frees return to spans all over the heap.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define LIVE 200000u

static void replace(unsigned index, const struct work *work) {
  struct random random = work_random(index);
  void **live = work_map(LIVE * sizeof *live);
  for (size_t step = work_amount(work, 6000000); step > 0; step--) {
    void **slot = &live[random_below(&random, LIVE)];
    const size_t bytes = 16 + random_below(&random, 497);
    free(*slot);
    *slot = work_malloc(bytes);
    work_touch(*slot, bytes);
  }
  for (unsigned i = 0; i < LIVE; i++)
    free(live[i]);
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  if (work.threads == 1)
    replace(0, &work);
  else
    work_threads_run(work.threads, replace, &work);
  return 0;
}
