/* SPDX-License-Identifier: MIT */
/* mtrace: every allocation in a file, so that what was not freed can be found. */
#include <malloc.h>
#include <mcheck.h>
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

int main(void) {
  int i;
  char *ptr;

  mtrace();

  for (i = 0; i < 100; i++) {
    ptr = malloc(sizeof(char));
    if (!ptr) {
      printf("failed to allocate at %s %u\n", __func__, __LINE__);
      return -1;
    }
    //		free(ptr);
  }

  look("a hundred blocks that nobody points to, but for the last", ptr);
  return 0;
}
