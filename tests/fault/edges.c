/* SPDX-License-Identifier: MIT */
/*
 * Sizes and alignments at every edge: around each power of two, each size class, page, slice and
 * arena, around 1 GiB, PTRDIFF_MAX and SIZE_MAX, in every function that takes one. What is served
 * is aligned, as large as asked and usable to its last byte; what cannot be is NULL with the errno
 * of the manual.
 */
#include "tests/fault/fault.h"

#include "heap/arena.h"

enum { SIZES_MOST = 2000 };

static size_t sizes[SIZES_MOST];
static unsigned size_count;
static unsigned long calls;

static void add(size_t bytes) {
  must(size_count < SIZES_MOST);
  for (unsigned i = 0; i < size_count; i++)
    if (sizes[i] == bytes)
      return;
  sizes[size_count++] = bytes;
}

static void add_around(size_t bytes) {
  for (size_t i = 0; i < 5; i++)
    add(bytes - 2 + i);
  add(bytes - 17);
  add(bytes + 17);
  add(bytes - 4095);
  add(bytes + 4095);
}

static void make_sizes(void) {
  for (unsigned shift = 0; shift < 64; shift++) {
    add_around((size_t)1 << shift);
    if (shift > 8)
      add_around((size_t)3 << (shift - 1));
  }
  add_around(0);
  add_around(PTRDIFF_MAX);
  add_around(SIZE_MAX - 65536);
  for (size_t slices = 1; slices < ARENA_SLICES; slices *= 2)
    add_around(slices * SLICE_BYTES);
  add_around((size_t)ARENA_MAX_RUN * SLICE_BYTES); /* the largest large block */
}

static void check(unsigned char *block, size_t bytes, size_t alignment, int error,
                  bool may_succeed) {
  calls++;
  if (!block) {
    must(error == ENOMEM);
    must(bytes > (size_t)1 << 32 || alignment > (size_t)1 << 32);
    return;
  }
  must(may_succeed);
  must((uintptr_t)block % alignment == 0);
  must(malloc_usable_size(block) >= bytes);
  if (bytes && bytes <= (size_t)1 << 31) {
    block[0] = 1;
    block[bytes - 1] = 2;
    block[malloc_usable_size(block) - 1] = 3;
    block[bytes / 2] = 4;
  }
  errno = 77;
  free(block);
  must(errno == 77);
}

static void check_size(size_t bytes) {
  const bool possible = bytes <= PTRDIFF_MAX;
  unsigned char *block;

  errno = 0;
  block = malloc(size(bytes));
  check(block, bytes, 16, errno, possible);
  errno = 0;
  block = calloc(1, size(bytes));
  if (block && bytes && bytes <= (size_t)1 << 31)
    must(block[0] == 0 && block[bytes / 2] == 0 && block[bytes - 1] == 0);
  check(block, bytes, 16, errno, possible);
  errno = 0;
  block = calloc(size(bytes), 1);
  check(block, bytes, 16, errno, possible);
  errno = 0;
  block = realloc(NULL, size(bytes));
  check(block, bytes, 16, errno, possible);
  errno = 0;
  block = valloc(size(bytes));
  check(block, bytes, 4096, errno, possible);
  errno = 0;
  block = pvalloc(size(bytes));
  check(block, bytes > SIZE_MAX - 4095 ? bytes : (bytes + 4095) & ~(size_t)4095, 4096, errno,
        possible);
  unsigned char *old = malloc(100);
  memset(old, 9, 100);
  errno = 0;
  block = realloc(hidden(old), size(bytes));
  if (block) {
    must(fault_holds(block, bytes < 100 ? bytes : 100, 9));
    check(block, bytes, 16, errno, possible);
  } else if (bytes) {
    must(errno == ENOMEM && fault_holds(old, 100, 9));
    free(old);
  }
  /* Overflow of a product that wraps to something small. */
  if (bytes > 1) {
    size_t other = SIZE_MAX / bytes + 1;
    errno = 0;
    must(calloc(size(bytes), size(other)) == NULL && errno == ENOMEM);
    errno = 0;
    must(reallocarray(NULL, size(bytes), size(other)) == NULL && errno == ENOMEM);
  }
}

static void check_aligned(size_t alignment, size_t bytes) {
  const bool possible = bytes <= PTRDIFF_MAX && alignment <= PTRDIFF_MAX;
  unsigned char *block;
  void *result = &calls;

  errno = 0;
  block = aligned_alloc(size(alignment), size(bytes));
  check(block, bytes, alignment, errno, possible);
  errno = 0;
  block = memalign(size(alignment), size(bytes));
  check(block, bytes, alignment, errno, possible);
  int error = posix_memalign(&result, size(alignment), size(bytes));
  if (alignment % sizeof(void *) != 0) {
    must(error == EINVAL && result == &calls);
  } else if (error) {
    must(result == &calls);
    check(NULL, bytes, alignment, error, possible);
  } else {
    check(result, bytes, alignment, 0, possible);
  }
}

int main(void) {
  fault_patience(120, 600);
  fault_skip_if(!fault_is_long() && FAULT_SANITIZED,
                "a sanitizer limits sizes; the unsanitized build checks them");
  make_sizes();
  for (unsigned i = 0; i < size_count; i++)
    check_size(sizes[i]);
  const unsigned step = fault_is_long() ? 1 : hardened() ? 29 : 7;
  for (unsigned shift = 0; shift < 64; shift++)
    for (unsigned i = shift % step; i < size_count; i += step)
      check_aligned((size_t)1 << shift, sizes[i]);
  report("%lu calls with %u sizes and 64 alignments\n", calls, size_count);
  return 0;
}
