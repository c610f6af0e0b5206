/* SPDX-License-Identifier: MIT */
/*
 * A program with known call sites, for tests/debug/profile.sh. What is live at the end, in usable
 * bytes (16, 112 and 3072 a block, and 4 MiB each):
 *
 *     grow -> keep_small     60,000 of 112
 *     grow -> keep_middle     4,000 of 3072
 *     keep_huge                   3 of 4 MiB
 *     waste                   nothing; 300,000 of 112 and 8,000 of 3072 are freed at once
 *
 * Called with "wait" it stays, allocating, until it is killed; with "peak" it frees all but the
 * huge ones; with "sigNUMBER" it sends itself that signal first, works, and sends it again.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

enum { SMALL = 60000, MIDDLE = 4000, BIG = 3 };

static void *small[SMALL], *middle[MIDDLE], *big[BIG];

static NOINLINE void keep_small(unsigned i) {
  small[i] = malloc(100);
  __asm__ volatile("" : : : "memory");
}

static NOINLINE void keep_middle(unsigned i) {
  middle[i] = malloc(3000);
  __asm__ volatile("" : : : "memory");
}

static NOINLINE void keep_huge(unsigned i) {
  big[i] = malloc(4 << 20);
  __asm__ volatile("" : : : "memory");
}

static NOINLINE void waste(size_t bytes) {
  void *volatile block = malloc(bytes);
  free(block);
}

static NOINLINE void grow(void) {
  for (unsigned i = 0; i < SMALL; i++)
    keep_small(i);
  for (unsigned i = 0; i < MIDDLE; i++)
    keep_middle(i);
  __asm__ volatile("" : : : "memory");
}

int main(int argc, char *argv[]) {
  const char *how = argc > 1 ? argv[1] : "";
  int number = strncmp(how, "sig", 3) == 0 ? atoi(how + 3) : 0;

  if (number)
    raise(number);
  grow();
  for (unsigned i = 0; i < BIG; i++)
    keep_huge(i);
  for (unsigned i = 0; i < 300000; i++)
    waste(100);
  for (unsigned i = 0; i < 8000; i++)
    waste(3000);
  if (strcmp(how, "peak") == 0) {
    for (unsigned i = 0; i < SMALL; i++)
      free(small[i]);
    for (unsigned i = 0; i < MIDDLE; i++)
      free(middle[i]);
  }
  if (number)
    raise(number);
  if (strcmp(how, "wait") == 0) {
    puts("ready");
    fflush(stdout);
    for (;;) {
      /* New blocks in the place of old ones, so that a profile that starts late sees all of them.
       */
      grow();
      usleep(20000); /* Live for most of the time, so that who looks once a second soon sees it. */
      for (unsigned i = 0; i < SMALL; i++)
        free(small[i]);
      for (unsigned i = 0; i < MIDDLE; i++)
        free(middle[i]);
      usleep(10000);
    }
  }
  return 0;
}
