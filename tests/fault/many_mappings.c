/* SPDX-License-Identifier: MIT */
/*
 * vm.max_map_count reached: the kernel refuses every call that would make one more mapping, munmap
 * and mremap among them. What fits is served, the rest is NULL and ENOMEM, frees are quiet, and all
 * works again afterwards.
 */
#include <sys/mman.h>

#include "tests/fault/fault.h"

enum { BLOCKS = 300 };

static size_t some_bytes(struct random *random) {
  return random_below(random, random_below(random, 10) ? 100000 : 40 * FAULT_MIB);
}

int main(void) {
  const unsigned long rounds = fault_count(4, 60);
  unsigned long refused = 0, served = 0;
  struct random random = {11};
  static unsigned char *block[BLOCKS];
  static size_t bytes[BLOCKS];
  static unsigned char *most[70000];
  unsigned most_count = 0;
  char text[32] = "";

  fault_patience(120, 600);
  int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
  if (FAULT_SANITIZED || file < 0 || read(file, text, sizeof text - 1) <= 0)
    fault_skip("vm.max_map_count cannot be read, or belongs to the sanitizer");
  close(file);
  size_t limit = strtoul(text, NULL, 10);
  if (limit > 1000000)
    fault_skip("vm.max_map_count is over a million here");
  for (unsigned long round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < BLOCKS; i++) {
      bytes[i] = some_bytes(&random);
      block[i] = malloc(size(bytes[i]));
      must(block[i] != NULL);
      fault_fill(block[i], bytes[i], i);
    }
    /* Every second page has other rights, so each is a mapping. */
    size_t span = (limit + 1000) * 4096;
    char *pages = mmap(NULL, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    must(pages != MAP_FAILED);
    for (size_t at = 0; at < span; at += 8192)
      if (mprotect(pages + at, 4096, PROT_READ) != 0)
        break;
    /* And every block of its own takes what is left. */
    while (most_count < 70000 && (most[most_count] = malloc(size(40 * FAULT_MIB))))
      most_count++;
    for (unsigned i = 0; i < 20 * BLOCKS; i++) {
      unsigned k = random_below(&random, BLOCKS);
      if (block[k]) {
        must(fault_holds(block[k], bytes[k], k));
        if (random_below(&random, 2)) {
          errno = 99;
          free(block[k]);
          must(errno == 99);
          block[k] = NULL;
        }
      }
      size_t want = 1 + some_bytes(&random);
      errno = 0;
      unsigned char *moved = realloc(block[k], size(want));
      if (moved) {
        served++;
        if (block[k])
          must(fault_holds(moved, bytes[k] < want && bytes[k] <= 4096 ? bytes[k] : 0, k));
        block[k] = moved;
        bytes[k] = want;
        fault_fill(moved, want, k);
      } else {
        must(errno == ENOMEM);
        refused++;
      }
    }
    while (most_count)
      free(most[--most_count]);
    must(munmap(pages, span) == 0);
    for (unsigned i = 0; i < BLOCKS; i++) {
      must(!block[i] || fault_holds(block[i], bytes[i], i));
      free(block[i]);
    }
  }
  malloc_trim(0);
  size_t left = fault_resident_bytes();
  report("%lu calls served and %lu refused at the limit of %zu mappings; %zu KiB left\n", served,
         refused, limit, left / 1024);
  must(left < 64 * FAULT_MIB);
  return 0;
}
