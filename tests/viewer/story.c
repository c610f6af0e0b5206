/* SPDX-License-Identifier: MIT */
/*
 * Programs that have a reason: what holds their memory is known, since it is made here. Publishes
 * its heap from the beginning, unless it waits to be asked, prints
 *
 *   ready PID BYTES
 *
 * where BYTES is what the cause holds by this program's own account, and runs until the end of
 * standard input.
 *
 *   story leak       blocks of 200 bytes are allocated and forgotten, more and more of them
 *   story asked      the same, but publishes only while somebody watches, as fast as they want it
 *   story sparse     of a burst of blocks of 1000 bytes every fourth survives: each page has one
 *   story threads    threads allocate, free everything, and sleep on their caches
 *   story dirty      a burst of blocks of 1000 bytes, all freed: whole slices, kept; run it with
 *                    MALLOC_TRIM_THRESHOLD_=-1, so that nothing but a trim gives them back
 *   story regions    many huge blocks; run it with MALLOC_MMAP_THRESHOLD_=524288
 *   story half       four huge blocks, side by side, the first half of each was written to; no
 *                    huge pages
 *   story mapped     nearly no heap, but mappings of the program's own: a file in memory of 16
 *                    MiB, which is what BYTES counts, and 24 MiB without a name
 */
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "liballoc/alloc.h"

enum {
  MIB = 1 << 20,
  LEAK_BYTES = 200,
  LEAK_AT_START = 24 * MIB,
  LEAK_A_TICK = 20, /* blocks, twenty ticks a second */
  BURST_BYTES = 1000,
  BURST_TOTAL = 64 * MIB,
  BURST_KEPT = 4, /* one of so many */
  THREADS = 24,
  THREAD_CLASSES = 24,
  REGIONS = 48,
  REGION_BYTES = MIB,
  HALVES = 4,
  HALF_BYTES = 8 * MIB,
  OWN_FILE_BYTES = 16 * MIB,
  OWN_BYTES = 24 * MIB,
};

static void *take(size_t bytes) {
  void *block = alloc_malloc(bytes);
  if (block == NULL) {
    fputs("story: out of memory\n", stderr);
    exit(1);
  }
  memset(block, 1, bytes);
  return block;
}

/* ---- leak ---- */

static size_t leak(size_t bytes) {
  size_t leaked = 0;
  while (leaked < bytes) {
    void *block = take(LEAK_BYTES);
    leaked += alloc_usable_size(block);
  }
  return leaked;
}

/* ---- sparse ---- */

static size_t burst(void) {
  size_t count = BURST_TOTAL / BURST_BYTES;
  void **blocks = take(count * sizeof *blocks);
  size_t freed = 0;
  for (size_t i = 0; i < count; i++)
    blocks[i] = take(BURST_BYTES);
  for (size_t i = 0; i < count; i++) {
    if (i % BURST_KEPT == 0)
      continue;
    freed += alloc_usable_size(blocks[i]);
    alloc_free(blocks[i]);
  }
  alloc_free(blocks);
  return freed;
}

/* ---- dirty ---- */

static size_t burst_and_free(void) {
  size_t count = BURST_TOTAL / BURST_BYTES;
  void **blocks = take(count * sizeof *blocks);
  size_t freed = 0;
  for (size_t i = 0; i < count; i++) {
    blocks[i] = take(BURST_BYTES);
    freed += alloc_usable_size(blocks[i]);
  }
  for (size_t i = 0; i < count; i++)
    alloc_free(blocks[i]);
  alloc_free(blocks);
  return freed;
}

/* ---- threads ---- */

static pthread_barrier_t everyone_is_done;
static size_t thread_bytes[THREADS];

/* All are freed at the end: a heap that grows takes back what it does not use any more. */
static void *sit(void *argument) {
  size_t *freed = argument;
  enum { SPAN_BYTES = 16384, LEAST_BYTES = 80 };
  void *blocks[THREAD_CLASSES][SPAN_BYTES / LEAST_BYTES];
  size_t counts[THREAD_CLASSES];
  size_t bytes = LEAST_BYTES;
  for (size_t class = 0; class < THREAD_CLASSES; class ++) {
    size_t count = 1;
    blocks[class][0] = take(bytes);
    bytes = alloc_usable_size(blocks[class][0]); /* all of the class; the next is one byte more */
    *freed += bytes;
    for (; count < SPAN_BYTES / bytes; count++) {
      blocks[class][count] = take(bytes);
      *freed += alloc_usable_size(blocks[class][count]);
    }
    counts[class] = count;
    bytes++;
  }
  for (size_t class = 0; class < THREAD_CLASSES; class ++)
    for (size_t i = 0; i < counts[class]; i++)
      alloc_free(blocks[class][i]);
  pthread_barrier_wait(&everyone_is_done);
  for (;;)
    pause();
  return NULL;
}

static size_t sit_on_caches(void) {
  size_t bytes = 0;
  pthread_barrier_init(&everyone_is_done, NULL, THREADS + 1);
  for (int i = 0; i < THREADS; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, sit, &thread_bytes[i]) != 0) {
      fputs("story: no more threads\n", stderr);
      exit(1);
    }
    pthread_detach(thread);
  }
  pthread_barrier_wait(&everyone_is_done);
  for (int i = 0; i < THREADS; i++)
    bytes += thread_bytes[i];
  return bytes;
}

/* ---- regions ---- */

static size_t map_regions(void) {
  size_t bytes = 0;
  for (int i = 0; i < REGIONS; i++)
    bytes += alloc_usable_size(take(REGION_BYTES));
  return bytes;
}

static size_t touch_halves(void) {
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  for (int i = 0; i < HALVES; i++) {
    void *block = alloc_malloc(HALF_BYTES);
    if (block == NULL) {
      fputs("story: out of memory\n", stderr);
      exit(1);
    }
    memset(block, 1, HALF_BYTES / 2);
  }
  return (size_t)HALVES * HALF_BYTES / 2;
}

/* ---- mapped ---- */

static void map_and_write(size_t bytes, int flags, int file) {
  void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (mapping == MAP_FAILED) {
    perror("story: mmap");
    exit(1);
  }
  memset(mapping, 1, bytes);
}

static size_t map_own(void) {
  int file = memfd_create("story, of its own", 0);
  if (file < 0 || ftruncate(file, OWN_FILE_BYTES) != 0) {
    perror("story: memfd_create");
    exit(1);
  }
  map_and_write(OWN_FILE_BYTES, MAP_SHARED, file);
  map_and_write(OWN_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  return OWN_FILE_BYTES;
}

int main(int argc, char **argv) {
  const char *name = argc == 2 ? argv[1] : "";
  int is_asked = strcmp(name, "asked") == 0;
  int is_leak = is_asked || strcmp(name, "leak") == 0;
  size_t bytes = 0;
  int problem = is_asked ? 0 : alloc_snapshot_start(10);
  if (problem != 0) {
    fprintf(stderr, "story: cannot publish snapshots: %s\n", strerror(problem));
    return 1;
  }
  if (is_leak) {
    bytes = leak(LEAK_AT_START);
  } else if (strcmp(name, "sparse") == 0) {
    bytes = burst();
  } else if (strcmp(name, "dirty") == 0) {
    bytes = burst_and_free();
  } else if (strcmp(name, "threads") == 0) {
    bytes = sit_on_caches();
  } else if (strcmp(name, "regions") == 0) {
    bytes = map_regions();
  } else if (strcmp(name, "half") == 0) {
    bytes = touch_halves();
  } else if (strcmp(name, "mapped") == 0) {
    bytes = map_own();
  } else {
    fprintf(stderr, "story: no story \"%s\"\n", name);
    return 2;
  }
  printf("ready %ld %zu\n", (long)getpid(), bytes);
  fflush(stdout);
  for (unsigned tick = 1;; tick++) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;
    if (poll(&input, 1, 50) > 0 && read(STDIN_FILENO, &byte, 1) == 0)
      return 0;
    if (is_leak) {
      for (int i = 0; i < LEAK_A_TICK; i++)
        bytes += alloc_usable_size(take(LEAK_BYTES));
      if (tick % 20 == 0) {
        printf("now %zu\n", bytes);
        fflush(stdout);
      }
    }
  }
}
