/* SPDX-License-Identifier: MIT */
/* resident.h: what the kernel has given this process. */
#ifndef TESTS_RESIDENT_H
#define TESTS_RESIDENT_H

#include <stdio.h>
#include <stdlib.h>

static inline size_t resident_bytes(void) {
  size_t total, resident = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file || fscanf(file, "%zu %zu", &total, &resident) != 2)
    abort();
  fclose(file);
  return resident * 4096;
}

#endif
