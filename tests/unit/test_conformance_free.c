/* SPDX-License-Identifier: MIT */
/*
 * realloc, reallocarray, free and the sized frees, row by row.
 *
 * munmap is interposed here: on demand it fails, which must not be seen by who called free.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "allocator.h"

enum { MARK = 12345 };

static bool munmap_fails;
static unsigned munmap_failures;

int munmap(void *address, size_t bytes) {
  if (munmap_fails) {
    munmap_failures++;
    errno = ENOMEM;
    return -1;
  }
  return (int)syscall(SYS_munmap, address, bytes);
}

/* Sizes that reach every kind of block: of classes, large, and regions. */
static const size_t sizes[] = {
    0,     1,     16,    24,     100,     500,     1024,     1025,           3000,     10000,
    32768, 32769, 65536, 100000, 1000000, 5000000, 16 << 20, (16 << 20) + 1, 20000000, 50000000};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void fill(unsigned char *block, size_t bytes, unsigned seed) {
  for (size_t i = 0; i < bytes; i += i < 5000 ? 1 : 65521)
    block[i] = (unsigned char)(i * 31 + seed);
}

static bool is_filled(const unsigned char *block, size_t bytes, unsigned seed) {
  for (size_t i = 0; i < bytes; i += i < 5000 ? 1 : 65521)
    if (block[i] != (unsigned char)(i * 31 + seed))
      return false;
  return true;
}

/* Bytes of small blocks, and of regions of at most so many bytes, that may wait in quarantine:
 * 4096 blocks below 1 KiB, 256 up to 32 KiB and 64 regions. */
static size_t waiting_small_bytes(void) {
  return hardened() ? (size_t)12 << 20 : 0;
}

static size_t waiting_region_bytes(size_t most) {
  return hardened() ? 64 * (most + ((size_t)16 << 10)) : 0;
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* ---- realloc ---- */

static void realloc_keeps_contents(void **state) {
  (void)state;
  for (size_t from = 1; from < SIZES; from++)
    for (size_t to = 1; to < SIZES; to++) {
      unsigned char *block = malloc(size(sizes[from]));
      assert_non_null(block);
      fill(block, sizes[from], (unsigned)to);
      block = realloc(block, size(sizes[to]));
      assert_non_null(block);
      assert_aligned(block, 16);
      assert_true(is_filled(block, least(sizes[from], sizes[to]), (unsigned)to));
      assert_true(malloc_usable_size(block) >= sizes[to]);
      fill(block, sizes[to], 1);
      free(block);
    }
}

static void realloc_of_null_is_malloc(void **state) {
  (void)state;
  for (size_t i = 0; i < SIZES; i++) {
    void *block = realloc(hidden(NULL), size(sizes[i]));
    assert_non_null(block);
    assert_aligned(block, 16);
    free(block);
  }
}

static void realloc_to_0_frees(void **state) {
  (void)state;
  for (size_t i = 0; i < SIZES; i++) {
    void *block = malloc(size(sizes[i]));
    errno = MARK;
    assert_null(hidden(realloc(block, size(0))));
    assert_int_equal(errno, MARK);
  }
  struct mallinfo2 before = mallinfo2();
  for (int i = 0; i < 1000; i++)
    assert_null(hidden(realloc(malloc(size(i % 2 ? 1000 : 40 << 20)), size(0))));
  struct mallinfo2 after = mallinfo2();
  assert_true(after.hblkhd <= before.hblkhd + waiting_region_bytes(40 << 20));
  assert_true(after.uordblks <= before.uordblks + 4096 + waiting_small_bytes());
}

static void realloc_to_the_same_size_stays(void **state) {
  (void)state;
  for (size_t i = 1; i < SIZES; i++) {
    void *block = malloc(size(sizes[i]));
    void *same = hidden(realloc(block, size(sizes[i])));
    assert_ptr_equal(same, hidden(block));
    free(same);
  }
}

static void realloc_to_usable_size_stays(void **state) {
  (void)state;
  if (!ours())
    skip(); /* glibc since 2.37 */
  for (size_t i = 0; i < SIZES; i++) {
    void *block = malloc(size(sizes[i]));
    size_t usable = malloc_usable_size(block);
    if (usable == 0) { /* malloc(0): realloc to nothing frees */
      free(block);
      continue;
    }
    void *same = hidden(realloc(block, size(usable)));
    assert_ptr_equal(same, hidden(block));
    assert_int_equal(malloc_usable_size(same), usable);
    free(same);
  }
}

static void realloc_that_fails_changes_nothing(void **state) {
  static const size_t too_many[] = {(size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 4096,
                                    SIZE_MAX - 16, SIZE_MAX};
  (void)state;
  for (size_t i = 1; i < SIZES; i++)
    for (size_t j = 0; j < sizeof too_many / sizeof *too_many; j++) {
      unsigned char *block = malloc(size(sizes[i]));
      fill(block, sizes[i], 5);
      size_t usable = malloc_usable_size(block);
      assert_fails(ENOMEM, realloc(hidden(block), size(too_many[j])));
      assert_fails(ENOMEM, reallocarray(hidden(block), size(SIZE_MAX / 2), 3));
      assert_true(is_filled(hidden(block), sizes[i], 5));
      assert_int_equal(malloc_usable_size(hidden(block)), usable);
      free(hidden(block));
    }
}

static void realloc_leaves_errno_alone(void **state) {
  (void)state;
  for (size_t i = 1; i < SIZES; i++) {
    void *block = malloc(size(sizes[i]));
    errno = MARK;
    block = realloc(block, size(sizes[SIZES - i]));
    assert_int_equal(errno, MARK);
    free(block);
  }
}

/* A block that grows again and again must not be copied again and again, nor lose a byte. */
static void realloc_grows_step_by_step(void **state) {
  size_t bytes = 1;
  unsigned char *block = malloc(bytes);

  (void)state;
  for (size_t next = 2; next < (size_t)100 << 20; next = next + next / 3 + 1) {
    fill(block, bytes, 9);
    block = realloc(block, size(next));
    assert_non_null(block);
    assert_true(is_filled(block, bytes, 9));
    bytes = next;
  }
  for (size_t next = bytes / 2; next > 0; next /= 3) {
    fill(block, bytes, 11);
    block = realloc(block, size(next));
    assert_non_null(block);
    assert_true(is_filled(block, next, 11));
    bytes = next;
  }
  free(block);
}

/* Blocks of the aligned functions may be realloced like any other. */
static void realloc_takes_aligned_blocks(void **state) {
  (void)state;
  for (size_t alignment = 16; alignment <= (size_t)32 << 20; alignment *= 4)
    for (size_t i = 1; i < SIZES; i += 3) {
      unsigned char *block = memalign(alignment, size(sizes[i]));
      assert_aligned(block, alignment);
      fill(block, sizes[i], 3);
      block = realloc(block, size(sizes[i] + 5000));
      assert_true(is_filled(block, sizes[i], 3));
      free(block);
    }
}

/* ---- reallocarray ---- */

static void reallocarray_multiplies(void **state) {
  (void)state;
  unsigned char *block = reallocarray(NULL, size(10), 30);
  assert_true(malloc_usable_size(block) >= 300);
  fill(block, 300, 2);
  block = reallocarray(block, size(1000), 30);
  assert_true(malloc_usable_size(block) >= 30000);
  assert_true(is_filled(block, 300, 2));
  errno = MARK;
  assert_null(hidden(reallocarray(block, size(0), 5)));
  assert_int_equal(errno, MARK);
  assert_fails(ENOMEM, reallocarray(NULL, size(SIZE_MAX), 2));
  assert_fails(ENOMEM, reallocarray(NULL, size((size_t)1 << 33), (size_t)1 << 31));
}

/* ---- free ---- */

static void free_of_null_does_nothing(void **state) {
  (void)state;
  errno = MARK;
  free(hidden(NULL));
  assert_int_equal(errno, MARK);
}

static void free_keeps_errno(void **state) {
  void *block[SIZES];

  (void)state;
  for (size_t i = 0; i < SIZES; i++)
    block[i] = malloc(size(sizes[i]));
  for (size_t i = 0; i < SIZES; i++) {
    errno = MARK;
    free(block[i]);
    assert_int_equal(errno, MARK);
  }
}

static void free_keeps_errno_when_munmap_fails(void **state) {
  void *block[SIZES];

  (void)state;
  for (size_t i = 0; i < SIZES; i++)
    block[i] = malloc(size(sizes[i]));
  munmap_fails = true;
  for (size_t i = 0; i < SIZES; i++) {
    errno = MARK;
    free(block[i]);
    assert_int_equal(errno, MARK);
  }
  if (ours()) /* glibc's own munmap cannot be interposed */
    assert_true(malloc_trim(0) && munmap_failures > 0);
  munmap_fails = false;
  for (size_t i = 0; i < SIZES; i++) {
    block[i] = malloc(size(sizes[i]));
    assert_non_null(block[i]);
  }
  for (size_t i = 0; i < SIZES; i++)
    free(block[i]);
}

/* What is freed is used again. */
static void free_gives_back(void **state) {
  struct mallinfo2 before = mallinfo2();

  (void)state;
  for (size_t i = 0; i < SIZES * 200; i++)
    free(malloc(size(sizes[i % SIZES])));
  struct mallinfo2 after = mallinfo2();
  assert_true(after.hblkhd <= before.hblkhd + waiting_region_bytes(50000000));
  size_t kept = ours() ? waiting_small_bytes() : 100000; /* glibc's tcache */
  assert_true(after.uordblks <= before.uordblks + kept);
  assert_true(after.arena <= before.arena + ((size_t)40 << 20));
}

static void free_sized_is_free(void **state) {
  (void)state;
  if (!ours())
    skip(); /* glibc since 2.43 */
  for (size_t i = 0; i < SIZES; i++) {
    void *block = malloc(size(sizes[i]));
    errno = MARK;
    free_sized(block, size(sizes[i]));
    assert_int_equal(errno, MARK);
    block = aligned_alloc(256, size(sizes[i]));
    free_aligned_sized(block, 256, size(sizes[i]));
    block = calloc(1, size(sizes[i]));
    free_sized(block, sizes[i]);
  }
  free_sized(hidden(NULL), 0);
  free_sized(hidden(NULL), 100);
  free_aligned_sized(hidden(NULL), 64, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(realloc_keeps_contents),
      cmocka_unit_test(realloc_of_null_is_malloc),
      cmocka_unit_test(realloc_to_0_frees),
      cmocka_unit_test(realloc_to_the_same_size_stays),
      cmocka_unit_test(realloc_to_usable_size_stays),
      cmocka_unit_test(realloc_that_fails_changes_nothing),
      cmocka_unit_test(realloc_leaves_errno_alone),
      cmocka_unit_test(realloc_grows_step_by_step),
      cmocka_unit_test(realloc_takes_aligned_blocks),
      cmocka_unit_test(reallocarray_multiplies),
      cmocka_unit_test(free_of_null_does_nothing),
      cmocka_unit_test(free_keeps_errno),
      cmocka_unit_test(free_keeps_errno_when_munmap_fails),
      cmocka_unit_test(free_gives_back),
      cmocka_unit_test(free_sized_is_free),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
