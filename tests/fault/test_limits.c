/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out: under RLIMIT_AS every function fails with NULL and ENOMEM, what is allocated
 * stays intact, and once something is freed allocation works again, of blocks of other sizes too.
 * In children, each under a limit.
 */
#include <pthread.h>
#include <string.h>

#include "tests/fault/fault.h"
#include "tests/unit/child.h"

enum { MIB = 1 << 20, MOST = 1 << 20 };

static unsigned char **blocks; /* of its own mapping, made before the limit */

static void limit_of(int resource, size_t more_bytes) {
  blocks = malloc(MOST * sizeof *blocks);
  require(blocks != NULL);
  fault_limit(resource, more_bytes);
}

static void limit(size_t more_bytes) {
  limit_of(RLIMIT_AS, more_bytes);
}

static size_t fill_up(size_t bytes) {
  size_t n = 0;

  errno = 0;
  while (n < MOST && (blocks[n] = malloc(size(bytes)))) {
    memset(blocks[n], (int)(n % 251), bytes);
    n++;
  }
  require(n < MOST);
  require(errno == ENOMEM);
  return n;
}

static void check_block(size_t i, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 61)
    require(blocks[i][at] == i % 251);
}

static void exhausts(const void *argument) {
  size_t bytes = *(const size_t *)argument;

  limit(100 * MIB);
  size_t first = fill_up(bytes);
  require(first * bytes > 40 * MIB); /* most of what there is can be used */
  errno = 0;
  require(calloc(1, size(50 * MIB)) == NULL && errno == ENOMEM);
  errno = 0;
  require(memalign(65536, size(50 * MIB)) == NULL && errno == ENOMEM);
  errno = 0;
  require(realloc(hidden(blocks[0]), size(50 * MIB)) == NULL && errno == ENOMEM);
  void *untouched = blocks;
  require(posix_memalign(&untouched, 64, size(50 * MIB)) == ENOMEM && untouched == (void *)blocks);
  check_block(0, bytes);
  /* Every second block makes room for as many more. */
  for (size_t i = 0; i < first; i += 2) {
    check_block(i, bytes);
    free(blocks[i]);
  }
  for (size_t i = 0; i + 2 < first; i += 2) {
    blocks[i] = malloc(size(bytes));
    require(blocks[i] != NULL);
    memset(blocks[i], (int)(i % 251), bytes);
  }
  for (size_t i = 0; i + 2 < first; i++) {
    check_block(i, bytes);
    free(blocks[i]);
  }
  /* And all of it for blocks of another size. */
  require(fill_up(bytes * 3 + 100) * (bytes * 3 + 100) > 30 * MIB);
}

static void survives_exhaustion(void **state) {
  const size_t *bytes = *state;
  struct child child = child_run(exhausts, bytes);
  assert_true(child_succeeded(&child));
}

static void *allocate(void *unused) {
  void *block[100];
  for (size_t i = 0; i < 100; i++)
    block[i] = malloc(size(i * 100));
  for (size_t i = 0; i < 100; i++) {
    require(block[i] != NULL);
    free(block[i]);
  }
  return unused;
}

/* A small address space is not eaten up by reserving: threads, with their stacks, still fit. */
static void starts_threads(const void *unused) {
  pthread_t threads[8];
  pthread_attr_t attributes;

  (void)unused;
  limit(64 * MIB);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, MIB);
  for (size_t i = 0; i < 8; i++)
    require(pthread_create(&threads[i], &attributes, allocate, NULL) == 0);
  for (size_t i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
}

static void threads_fit_into_little(void **state) {
  (void)state;
  struct child child = child_run(starts_threads, NULL);
  assert_true(child_succeeded(&child));
}

/* Less than an arena is left. */
static void uses_what_is_left(const void *unused) {
  (void)unused;
  limit(8 * MIB);
  require(fill_up(1000) * 1000 > 2 * MIB);
  require(fill_up(1000) == 0);
}

static void arenas_fit_into_little(void **state) {
  (void)state;
  struct child child = child_run(uses_what_is_left, NULL);
  assert_true(child_succeeded(&child));
}

/* What small blocks filled is to be had as one large block once they are freed, and again for small
 * ones after that. */
static void is_large_or_small(const void *resource) {
  size_t first = 0;

  limit_of(*(const int *)resource, 100 * MIB);
  for (unsigned round = 0; round < 4; round++) {
    size_t count = fill_up(100000);
    first = round == 0 ? count : first;
    require(count * 16 >= first * 15);
    for (size_t i = 0; i < count; i++) {
      check_block(i, 100000);
      free(blocks[i]);
    }
    unsigned char *large = malloc(size(60 * MIB));
    require(large != NULL);
    memset(large, 1, 60 * MIB);
    /* Beside it there is room for small ones still. */
    count = fill_up(1000);
    require(count * 1000 > 20 * MIB);
    for (size_t i = 0; i < count; i++) {
      check_block(i, 1000);
      free(blocks[i]);
    }
    require(large[0] == 1 && large[60 * MIB - 1] == 1);
    free(large);
  }
}

static void serves_large_and_small(void **state) {
  if (hardened())
    skip(); /* arenas keep their length, with a guard at the end */
  struct child child = child_run(is_large_or_small, *state);
  assert_true(child_succeeded(&child));
}

int main(void) {
  static const int resources[] = {RLIMIT_AS, RLIMIT_DATA};
  static const size_t sizes[] = {300, 5000, 100000, 3 * MIB};
  const struct CMUnitTest tests[] = {
      {"survives_exhaustion 300", survives_exhaustion, NULL, NULL, (void *)(uintptr_t)&sizes[0]},
      {"survives_exhaustion 5000", survives_exhaustion, NULL, NULL, (void *)(uintptr_t)&sizes[1]},
      {"survives_exhaustion 100000", survives_exhaustion, NULL, NULL, (void *)(uintptr_t)&sizes[2]},
      {"survives_exhaustion 3 MiB", survives_exhaustion, NULL, NULL, (void *)(uintptr_t)&sizes[3]},
      cmocka_unit_test(threads_fit_into_little),
      cmocka_unit_test(arenas_fit_into_little),
      {"serves_large_and_small AS", serves_large_and_small, NULL, NULL,
       (void *)(uintptr_t)&resources[0]},
      {"serves_large_and_small DATA", serves_large_and_small, NULL, NULL,
       (void *)(uintptr_t)&resources[1]},
  };
#ifdef ALLOC_NO_INTERPOSE
  puts("skipped: a sanitizer reserves more address space than any limit leaves");
  return sizeof tests ? 77 : 1;
#endif
  return cmocka_run_group_tests(tests, NULL, NULL);
}
