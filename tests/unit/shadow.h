/* SPDX-License-Identifier: MIT */
/*
 * shadow.h: what a program knows about its own heap, written down beside it: every block that it
 * has and every block that it gave back, in memory shared with the test that compares it.
 */
#ifndef TESTS_SHADOW_H
#define TESTS_SHADOW_H

#include <stdint.h>

enum { SHADOW_THREADS = 4, SHADOW_BLOCKS = 6000, SHADOW_LEFT = 45, SHARED_FILE = 12 };

enum shadow_state { SHADOW_NONE, SHADOW_LIVE, SHADOW_FREED, SHADOW_TRANSIT };

struct shadow_block {
  uint64_t address;
  uint64_t usable_bytes;
  uint32_t state;
  uint32_t thread; /* that allocated it, as the kernel numbers them */
};

struct shadow {
  uint32_t thread[SHADOW_THREADS];
  struct shadow_block block[SHADOW_THREADS][SHADOW_BLOCKS];
  struct shadow_block left[SHADOW_LEFT]; /* freed by another thread and not collected */
};

/* Names of its threads. */
extern const char *const shadow_names[SHADOW_THREADS];

/* Role: makes the heap. Says b before it begins and q when it is done; waits for a letter at both.
 */
int role_shadow(void);

#endif
