/* SPDX-License-Identifier: MIT */
/* free: what is given back is there for the next, and errno is left alone. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"

enum { BLOCKS = 600 };

int main(void) {
  static char *block[BLOCKS];

  for (int i = 0; i < BLOCKS; i++) {
    block[i] = malloc(100);
    if (!block[i])
      return -1;
    memset(block[i], 1, 100);
  }
  look("six hundred blocks live", block[0]);

  /* Two of three go; what stays keeps its memory in use around it. */
  for (int i = 0; i < BLOCKS; i++)
    if (i % 3 != 0) {
      free(block[i]);
      block[i] = NULL;
    }
  look("every third block stays", block[0]);

  /* The next block is one of those that were freed. */
  char *again = malloc(100);
  printf("memory is used again: %s\n", (uintptr_t)again >= (uintptr_t)block[0] &&
                                               (uintptr_t)again < (uintptr_t)block[BLOCKS - 3] + 300
                                           ? "yes"
                                           : "no");
  errno = 42;
  free(again);
  free(NULL); /* does nothing */
  printf("errno is still %d\n", errno);
  for (int i = 0; i < BLOCKS; i += 3)
    free(block[i]);
  return 0;
}
