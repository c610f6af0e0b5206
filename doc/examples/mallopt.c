/* SPDX-License-Identifier: MIT */
/* mallopt: how the heap behaves, set by the program. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

int main(void) {
  /* Every new byte is 0x5a, every freed one 0xa5: what was never written, or not any more, shows.
   */
  if (mallopt(M_PERTURB, 0xa5) != 1)
    return -1;
  unsigned char *block = malloc(32);
  if (!block)
    return -1;
  printf("a new byte is 0x%02x\n", block[7]);
  free(block);
  mallopt(M_PERTURB, 0);

  /* Blocks from a million bytes up are mappings of their own. */
  mallopt(M_MMAP_THRESHOLD, 1000000);
  size_t before = mallinfo2().hblkhd;
  void *large = malloc(2000000);
  if (!large)
    return -1;
  printf("mapped for 2000000 bytes: %zu\n", mallinfo2().hblkhd - before);
  look("a mmapped region", large);
  free(large);

  /* What does not exist is accepted, as the manual says, and what is wrong is not. */
  printf("an unknown parameter: %d, fastbins of 1000 bytes: %d\n", mallopt(99, 1),
         mallopt(M_MXFAST, 1000));
  return 0;
}
