/* SPDX-License-Identifier: MIT */
/*
 * backed.c: `backed MIB` writes to that much memory, in huge pages if there are any, and ends.
 *
 * A virtual machine may report free memory to its host (free page reporting of the virtio balloon),
 * which takes it away two seconds later, whole huge pages first. To get one back took the machine
 * of doc/performance.md 2 to 4.5 ms instead of 0.1 ms, so that what ran before, and when, decided
 * about who uses huge pages. What runs just after this program finds memory that is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { MIB = 1 << 20, MOST_MIB = 1 << 20, PAGE_BYTES = 4096 };

int main(int count, char **arguments) {
  char *end = NULL;
  const long mib = count == 2 ? strtol(arguments[1], &end, 10) : -1;

  if (mib < 1 || mib > MOST_MIB || *end != '\0') {
    (void)fprintf(stderr, "backed: give MIB (1 to %d); tests/bench/run does\n", MOST_MIB);
    return 2;
  }
  const size_t bytes = (size_t)mib * MIB;
  volatile char *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("backed");
    return 1;
  }
  (void)madvise((void *)memory, bytes, MADV_HUGEPAGE);
  for (size_t i = 0; i < bytes; i += PAGE_BYTES)
    memory[i] = 1;
  return 0;
}
