/* SPDX-License-Identifier: MIT */
#include "heap/random.h"

#include <string.h>
#include <sys/auxv.h>

static uint64_t secret, counter;

static uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

uint64_t random_secret(void) {
  uint64_t known = peek(&secret), words[2] = {0};

  if (known)
    return known;
  unsigned long address = getauxval(AT_RANDOM);
  if (address)
    memcpy(words, (const void *)address, sizeof words);
  known = mix(words[0] + mix(words[1])) | 1;
  poke(&secret, known); /* whoever races here finds the same */
  return known;
}

uint64_t random_number(void) {
  uint64_t n = __atomic_add_fetch(&counter, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);
  return mix(n ^ random_secret());
}
