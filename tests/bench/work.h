/* SPDX-License-Identifier: MIT */
/*
 * work.h: what the workloads of the bench have in common.
 *
 * A workload is run as `PROGRAM PERCENT THREADS [MODE]` and does a fixed amount of work with fixed
 * seeds, PERCENT of its full amount in each thread. What it needs for itself comes from mmap, so
 * that the allocator under test serves the work and nothing else. It fails with one sentence.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/random.h"

#ifdef __cplusplus
extern "C" {
#endif

struct work {
  double percent;   /* 0 < percent <= 10000 */
  unsigned threads; /* 1 .. 65536 */
  const char *mode; /* one of the modes, or NULL when the program has none */
};

/* A block that is linked with others through its own first word: at least 8 bytes. */
struct work_block {
  struct work_block *next;
};

/* Reads the arguments; modes are words with a space between them, or NULL for a program that takes
 * no mode. Ends the program with status 2 when they make no sense. */
struct work work_parse(int count, char **arguments, const char *modes);

/* Whether the mode is this one. */
int work_mode_is(const struct work *work, const char *mode);

/* This much of the full amount, at least 1. */
size_t work_amount(const struct work *work, size_t full);

/* Zeroed pages for the workload itself, never given back. */
void *work_map(size_t bytes);

/* malloc, or the end of the program. */
void *work_malloc(size_t bytes);

/* Ends the program with this sentence and status 1. */
void work_fail(const char *sentence) __attribute__((noreturn));

/* Runs body in that many threads at once, with 0 .. threads - 1, and waits for them. */
void work_threads_run(unsigned threads, void (*body)(unsigned index, const struct work *work),
                      const struct work *work);

/* Resident bytes of this process now, and their peak so far; without allocating anything. */
double work_rss_bytes(void);
double work_peak_rss_bytes(void);

uint64_t work_now_ns(void);

/* A figure for the runner: "NAME VALUE". */
void work_print(const char *name, double value);

/* Writes what a user of the block writes: something in each cache line of 64 bytes. */
static inline void work_touch(void *block, size_t bytes) {
  volatile char *byte = (volatile char *)block;
  for (size_t i = 0; i < bytes; i += 64)
    byte[i] = 1;
  byte[bytes - 1] = 1;
}

/* Something in each page. */
static inline void work_touch_pages(void *block, size_t bytes) {
  volatile char *byte = (volatile char *)block;
  for (size_t i = 0; i < bytes; i += 4096)
    byte[i] = 1;
  byte[bytes - 1] = 1;
}

static inline struct random work_random(unsigned seed) {
  struct random random = {UINT64_C(0x9E3779B97F4A7C15) * (seed + 1u)};
  return random;
}

#ifdef __cplusplus
}
#endif

#endif
