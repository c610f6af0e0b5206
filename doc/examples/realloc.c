/* SPDX-License-Identifier: MIT */
/* realloc: a block grows with what is put into it. */
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

int main(void) {
  int *memory = NULL;

  /* realloc of NULL is malloc. */
  memory = realloc(memory, sizeof(int));
  if (!memory) {
    printf("failed to allocate at %s %u\n", __func__, __LINE__);
    return -1;
  }
  memory[0] = 0;

  /* The size is that of the whole block, old and new together. */
  size_t room = 1, used = 1;
  for (int i = 1; i < 1000; i++) {
    if (used == room) {
      /* Into another variable: on failure the old block is still there, and not to be lost. */
      int *larger = realloc(memory, 2 * room * sizeof(int));
      if (!larger) {
        printf("failed to allocate at %s %u\n", __func__, __LINE__);
        free(memory);
        return -1;
      }
      memory = larger;
      room *= 2;
    }
    memory[used++] = i;
  }
  long sum = 0;
  for (size_t i = 0; i < used; i++)
    sum += memory[i];
  printf("%zu numbers with room for %zu, their sum is %ld\n", used, room, sum);

  look("the last block; those that it grew out of are free again", memory);
  free(memory);
  return 0;
}
