/* SPDX-License-Identifier: MIT */
/* posix_memalign: a block that begins where a device, a vector unit or a page wants it to. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

int main(void) {
  static const size_t alignments[] = {64, 4096, 1 << 20};
  void *block[3];

  for (int i = 0; i < 3; i++) {
    /* The result is not in errno. The pointer is left alone on failure. */
    int error = posix_memalign(&block[i], alignments[i], 1000);
    if (error) {
      printf("failed to allocate: error %d\n", error);
      return -1;
    }
    printf("aligned to %zu: %s\n", alignments[i],
           (uintptr_t)block[i] % alignments[i] == 0 ? "yes" : "no");
  }
  void *untouched = &block;
  int error = posix_memalign(&untouched, 24, 1000);
  printf("aligned to 24: %s, the pointer is %s\n", error == EINVAL ? "EINVAL" : "?",
         untouched == &block ? "as it was" : "changed");

  look("1000 bytes at a multiple of 64: a class whose size is one", block[0]);
  for (int i = 0; i < 3; i++)
    free(block[i]);
  return 0;
}
