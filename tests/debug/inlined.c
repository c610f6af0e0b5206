/* SPDX-License-Identifier: MIT */
/*
 * Leaks whose call stacks are known by name and line. Compiled as a program that leaks through its
 * own functions, one of them inlined, and with -DLIBRARY as a shared object that it calls.
 */
#include <mcheck.h>
#include <stdlib.h>

void *library_leak(size_t bytes);

#ifdef LIBRARY

__attribute__((noinline)) static void *deep_in_library(size_t bytes) {
  void *block = malloc(bytes); /* LINE library malloc */
  __asm__ volatile("" : "+r"(block));
  return block;
}

void *library_leak(size_t bytes) {
  void *block = deep_in_library(bytes); /* LINE library call */
  __asm__ volatile("" : "+r"(block));
  return block;
}

#else

static inline __attribute__((always_inline)) void *inlined_leak(size_t bytes) {
  void *block = malloc(bytes); /* LINE inlined malloc */
  __asm__ volatile("" : "+r"(block));
  return block;
}

__attribute__((noinline)) static void *outer(size_t bytes) {
  void *block = inlined_leak(bytes); /* LINE inlined call */
  __asm__ volatile("" : "+r"(block));
  return block;
}

int main(void) {
  mtrace();
  void *block = outer(1000); /* LINE outer call */
  __asm__ volatile("" : "+r"(block));
  for (volatile int i = 0; i < 3; i++) {
    block = library_leak(200); /* LINE main to library */
    __asm__ volatile("" : "+r"(block));
  }
  return 0;
}

#endif
