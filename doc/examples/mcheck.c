/* SPDX-License-Identifier: MIT */
/* mcheck: finds what was written where it should not be, and frees that come twice. */
#include <mcheck.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"

static void complain(enum mcheck_status status) {
  static const char *const words[] = {"disabled", "fine", "freed twice", "clobbered in front",
                                      "clobbered behind"};
  printf("the block is %s\n", words[status - MCHECK_DISABLED]);
}

int main(void) {
  if (mcheck(complain) != 0)
    return -1;
  char *name = malloc(strlen("dynamic")); /* one too few */
  if (!name)
    return -1;
  char *volatile end = name + strlen("dynamic");
  memcpy(name, "dynamic", strlen("dynamic"));
  printf("before: %s\n", mprobe(name) == MCHECK_OK ? "fine" : "damaged");
  *end = '\0';
  printf("after:\n");
  mprobe(name);
  look("a block with guards around it", name);
  free(name);
  void *volatile once_more = name;
  free(once_more);
  return 0;
}
