/* SPDX-License-Identifier: MIT */
/*
 * bursts: requests. Each builds what it needs, of recorded sizes, and drops all of it at its end: a
 * page that is rendered, a query that is planned, a file that is compiled. Most requests are small
 * (a hundred blocks), some are a thousand times that, and one in three is torn down backwards.
 */
#include "tests/bench/recorded.h"

#include <stdlib.h>

#define MOST 131072u

static void requests(unsigned index, const struct work *work) {
  struct recorded *sizes = work_map(sizeof *sizes);
  recorded_init(sizes, index);
  void **blocks = work_map(MOST * sizeof *blocks);
  struct random random = work_random(index + 1000);
  size_t left = work_amount(work, 13000000);
  while (left > 0) {
    /* Each doubling is as likely as the one before: 64 to 131,072 blocks. */
    const unsigned doublings = random_below(&random, 11);
    size_t count = (64u << doublings) + random_below(&random, 64u << doublings);
    if (count > left)
      count = left;
    left -= count;
    for (size_t i = 0; i < count; i++) {
      const size_t bytes = recorded_size(sizes);
      blocks[i] = work_malloc(bytes);
      work_touch(blocks[i], bytes);
    }
    if (random_below(&random, 3) == 0)
      for (size_t i = count; i > 0; i--)
        free(blocks[i - 1]);
    else
      for (size_t i = 0; i < count; i++)
        free(blocks[i]);
  }
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  if (work.threads == 1)
    requests(0, &work);
  else
    work_threads_run(work.threads, requests, &work);
  return 0;
}
