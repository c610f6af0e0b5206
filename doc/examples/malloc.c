/* SPDX-License-Identifier: MIT */
/* malloc: a block of memory whose size is known when the program runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"

int main(void) {
  int *data;

  data = malloc(sizeof(int));
  if (!data) {
    printf("failed to allocate memory from malloc\n");
    return -1;
  }
  printf("data pointer %p\n", (void *)data);

  /* A string needs one byte more than it is long, for the \0 at its end. */
  const char *word = "dynamic";
  char *copy = malloc(strlen(word) + 1);
  if (!copy) {
    printf("failed to allocate memory from malloc\n");
    return -1;
  }
  strcpy(copy, word);
  printf("%s: %zu characters, %zu bytes\n", copy, strlen(copy), strlen(word) + 1);

  /* More than there is: NULL, and the program can say so. */
  volatile size_t too_much = (size_t)1 << 62;
  void *none = malloc(too_much);
  printf("%zu bytes: %s\n", too_much, none ? "a wonder" : "NULL");

  look("two blocks of 16 bytes, one behind the other", data);
  free(none);
  free(copy);
  free(data);
  return 0;
}
