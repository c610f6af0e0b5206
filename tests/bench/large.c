/* SPDX-License-Identifier: MIT */
/*
 * large: blocks of 1 to 30 MiB. Images, frames of video, columns of a data frame: sixteen live at a
 * time, each written through once after it was allocated.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define LIVE 16u

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  struct random random = work_random(1);
  void *live[LIVE] = {0};
  for (size_t step = work_amount(&work, 800); step > 0; step--) {
    void **slot = &live[random_below(&random, LIVE)];
    const size_t bytes = ((size_t)1 << 20) + random_below(&random, 29u << 20);
    free(*slot);
    *slot = work_malloc(bytes);
    work_touch_pages(*slot, bytes);
  }
  for (unsigned i = 0; i < LIVE; i++)
    free(live[i]);
  return 0;
}
