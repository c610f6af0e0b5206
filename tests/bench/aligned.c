/* SPDX-License-Identifier: MIT */
/*
 * aligned: alignment beyond 16. Vectors for SIMD (32 and 64 bytes, of 64 bytes to 2 KiB),
 * per-thread records that must not share a cache line, and one in 64 a buffer of whole pages for
 * direct I/O.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define LIVE 4096u

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  struct random random = work_random(1);
  void **live = work_map(LIVE * sizeof *live);
  for (size_t step = work_amount(&work, 7000000); step > 0; step--) {
    void **slot = &live[random_below(&random, LIVE)];
    free(*slot);
    const unsigned kind = random_below(&random, 64);
    const size_t alignment = kind == 0 ? 4096 : kind % 2 == 0 ? 64 : 32;
    const size_t bytes = kind == 0 ? (size_t)4096 * (1 + random_below(&random, 8))
                                   : (size_t)64 * (1 + random_below(&random, 32));
    if (posix_memalign(slot, alignment, bytes) != 0)
      work_fail("posix_memalign failed: give the machine more memory, or the workload less to do.");
    if (((uintptr_t)*slot & (alignment - 1)) != 0)
      work_fail("posix_memalign returned a block that is not aligned.");
    *(volatile char *)*slot = 1;
  }
  for (unsigned i = 0; i < LIVE; i++)
    free(live[i]);
  return 0;
}
