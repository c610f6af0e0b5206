/* SPDX-License-Identifier: MIT */
/* calloc: an array of zeros, and a product that cannot overflow unseen. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

int main(void) {
  int *array;

  array = calloc(10, sizeof(int));
  if (!array) {
    printf("failed to allocate memory at %s %u\n", __func__, __LINE__);
    return -1;
  }
  printf("memory %p\n", (void *)array);
  for (int i = 0; i < 10; i++)
    printf("%d%s", array[i], i < 9 ? " " : "\n");

  /* Multiplied by hand this would be 16 bytes. */
  volatile size_t many = SIZE_MAX / 16 + 2;
  void *none = calloc(many, 16);
  printf("%zu times 16 bytes: %s\n", many, none ? "too little" : "NULL");

  look("one block of 48 bytes, the class that 40 bytes fall into", array);
  free(none);
  free(array);
  return 0;
}
