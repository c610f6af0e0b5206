/* SPDX-License-Identifier: MIT */
/*
 * malloc, calloc and the aligned functions, row by row: what each returns, how it is aligned, what
 * it does at the edges, and what becomes of errno.
 */
#include <dlfcn.h>
#include <obstack.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "allocator.h"

enum { PAGE = 4096, MARK = 12345 };

/* Writes every usable byte, which must be at least as many as were asked for. */
static void use(void *block, size_t bytes) {
  assert_non_null(block);
  size_t usable = malloc_usable_size(block);
  assert_true(usable >= bytes);
  memset(block, 0x5a, usable);
}

static bool all_zero(const unsigned char *block, size_t bytes) {
  return bytes == 0 || (block[0] == 0 && memcmp(block, block + 1, bytes - 1) == 0);
}

/* ---- malloc ---- */

static void malloc_aligns_every_size_to_16(void **state) {
  void *block[4097];

  (void)state;
  for (size_t n = 0; n <= 4096; n++) {
    block[n] = malloc(size(n));
    assert_aligned(block[n], 16);
    use(block[n], n);
  }
  for (size_t n = 0; n <= 4096; n++)
    free(block[n]);
  for (size_t n = 4096; n < (size_t)64 << 20; n = n * 5 / 4 + 13) {
    void *p = malloc(size(n));
    assert_aligned(p, 16);
    use(p, n);
    free(p);
  }
}

static void malloc_0_is_unique(void **state) {
  (void)state;
  void *a = malloc(size(0)), *b = malloc(size(0));
  use(a, 0);
  use(b, 0);
  assert_ptr_not_equal(a, b);
  free(a);
  free(b);
}

static int by_address(const void *a, const void *b) {
  uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;
  return (x > y) - (x < y);
}

/* More than the addresses that liballoc has for blocks of no bytes. */
static void there_is_enough_of_nothing(void **state) {
  enum { N = 100000 };
  void **block = calloc(N, sizeof *block);

  (void)state;
  assert_non_null(block);
  for (size_t i = 0; i < N; i++) {
    block[i] = malloc(size(0));
    assert_aligned(block[i], 16);
  }
  qsort(block, N, sizeof *block, by_address);
  for (size_t i = 1; i < N; i++)
    assert_ptr_not_equal(block[i - 1], block[i]);
  for (size_t i = 0; i < N; i++)
    free(block[i]);
  free(block);
}

static void nothing_may_become_something(void **state) {
  static const size_t sizes[] = {1, 16, 100, 5000, 100000, 3000000};

  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char *p = realloc(malloc(size(0)), size(sizes[i]));
    use(p, sizes[i]);
    free(p);
  }
  void *p = malloc(size(0));
  errno = MARK;
  assert_null(realloc(p, size(0)));
  assert_int_equal(errno, MARK);
}

static void malloc_fails_beyond_ptrdiff_max(void **state) {
  static const size_t too_many[] = {(size_t)PTRDIFF_MAX + 1, SIZE_MAX / 2 + 100, SIZE_MAX - 5000,
                                    SIZE_MAX - 15,           SIZE_MAX - 1,       SIZE_MAX};
  (void)state;
  for (size_t i = 0; i < sizeof too_many / sizeof *too_many; i++)
    assert_fails(ENOMEM, malloc(size(too_many[i])));
  /* Not more than allowed, and still more than there is. */
  assert_fails(ENOMEM, malloc(size(PTRDIFF_MAX)));
  assert_fails(ENOMEM, malloc(size(PTRDIFF_MAX - PAGE)));
}

static void success_leaves_errno_alone(void **state) {
  void *block[8], *p = NULL;

  (void)state;
  for (size_t n = 0; n < (size_t)40 << 20; n = n * 3 + 1) {
    errno = MARK;
    block[0] = malloc(size(n));
    block[1] = calloc(size(n), 1);
    block[2] = realloc(malloc(10), size(n + 1));
    block[3] = memalign(64, size(n));
    block[4] = aligned_alloc(PAGE, size(n));
    block[5] = valloc(size(n));
    block[6] = pvalloc(size(n));
    block[7] = reallocarray(NULL, size(n), 1);
    assert_int_equal(posix_memalign(&p, 128, size(n)), 0);
    assert_int_equal(errno, MARK);
    for (int i = 0; i < 8; i++) {
      assert_non_null(block[i]);
      free(block[i]);
    }
    free(p);
    assert_int_equal(errno, MARK);
  }
}

/* ---- calloc ---- */

static void calloc_zeroes_what_was_used_before(void **state) {
  (void)state;
  for (size_t n = 1; n < (size_t)20 << 20; n = n * 7 / 4 + 1) {
    for (int round = 0; round < 2; round++) {
      unsigned char *block = calloc(size(n), 1);
      assert_aligned(block, 16);
      assert_true(all_zero(block, n));
      use(block, n);
      free(block);
    }
  }
}

static void calloc_checks_the_product(void **state) {
  (void)state;
  assert_fails(ENOMEM, calloc(size(SIZE_MAX), 2));
  assert_fails(ENOMEM, calloc(2, size(SIZE_MAX)));
  assert_fails(ENOMEM, calloc(size((size_t)1 << 32), (size_t)1 << 32));
  assert_fails(ENOMEM, calloc(size(SIZE_MAX / 2 + 1), 2));
  assert_fails(ENOMEM, calloc(size((size_t)PTRDIFF_MAX + 1), 1));
  assert_fails(ENOMEM, calloc(1, size((size_t)PTRDIFF_MAX + 1)));
  assert_fails(ENOMEM, calloc(size(SIZE_MAX / 16), 16));
}

static void calloc_of_nothing_is_unique(void **state) {
  (void)state;
  void *a = calloc(0, size(0)), *b = calloc(size(0), size(SIZE_MAX));
  void *c = calloc(size(SIZE_MAX), size(0));
  use(a, 0);
  use(b, 0);
  use(c, 0);
  assert_ptr_not_equal(a, b);
  assert_ptr_not_equal(b, c);
  free(a);
  free(b);
  free(c);
}

/* ---- aligned_alloc ---- */

static void aligned_alloc_aligns(void **state) {
  (void)state;
  for (size_t alignment = 1; alignment <= (size_t)64 << 20; alignment *= 2)
    for (size_t n = 0; n < 300000; n = n * 7 + 1) {
      void *p = aligned_alloc(alignment, size(n));
      assert_aligned(p, alignment);
      assert_aligned(p, 16);
      use(p, n);
      free(p);
    }
}

static void aligned_alloc_wants_a_power_of_two(void **state) {
  static const size_t wrong[] = {0, 3, 24, 100, 4097, SIZE_MAX, SIZE_MAX / 2 + 2};

  (void)state;
  if (!ours())
    skip(); /* glibc before 2.38 took them as memalign does */
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_fails(EINVAL, aligned_alloc(size(wrong[i]), 8));
}

static void aligned_alloc_fails_for_lack_of_memory(void **state) {
  (void)state;
  assert_fails(ENOMEM, aligned_alloc(64, size(PTRDIFF_MAX)));
  assert_fails(ENOMEM, aligned_alloc(64, size(SIZE_MAX)));
  assert_fails(ENOMEM, aligned_alloc(64, size(SIZE_MAX - 63)));
  assert_fails(ENOMEM,
               aligned_alloc(size((size_t)1 << 40), size(SIZE_MAX - ((size_t)1 << 40) + 1)));
  assert_fails(ENOMEM, aligned_alloc(size((size_t)1 << 62), 16));
}

/* ---- memalign ---- */

static void memalign_rounds_the_alignment_up(void **state) {
  (void)state;
  for (size_t alignment = 0; alignment < 70000; alignment = alignment * 5 / 4 + 1) {
    size_t power = 16;
    while (power < alignment)
      power *= 2;
    void *block[20];
    for (size_t i = 0; i < 20; i++) {
      block[i] = memalign(size(alignment), size(i * 50));
      assert_aligned(block[i], power);
      use(block[i], i * 50);
    }
    for (size_t i = 0; i < 20; i++)
      free(block[i]);
  }
  void *a = memalign(64, size(0)), *b = memalign(64, size(0));
  use(a, 0);
  assert_ptr_not_equal(a, b);
  free(a);
  free(b);
}

static void memalign_fails(void **state) {
  (void)state;
  assert_fails(EINVAL, memalign(size(SIZE_MAX / 2 + 2), 16));
  assert_fails(EINVAL, memalign(size(SIZE_MAX), 16));
  assert_fails(ENOMEM, memalign(64, size(SIZE_MAX - 32)));
  assert_fails(ENOMEM, memalign(size(SIZE_MAX / 2 + 1), size(SIZE_MAX / 2 + 1)));
  assert_fails(ENOMEM, memalign(PAGE, size(PTRDIFF_MAX)));
}

/* ---- posix_memalign ---- */

static void posix_memalign_aligns(void **state) {
  (void)state;
  for (size_t alignment = sizeof(void *); alignment <= (size_t)1 << 22; alignment *= 2)
    for (size_t n = 0; n < 100000; n = n * 9 + 1) {
      void *p = NULL;
      assert_int_equal(posix_memalign(&p, alignment, size(n)), 0);
      assert_aligned(p, alignment);
      use(p, n);
      free(p);
    }
}

static void posix_memalign_leaves_the_pointer_alone(void **state) {
  static const size_t wrong[] = {0, 1, 2, 4, 7, 9, 24, 40, 65, SIZE_MAX};
  void *const before = &state;
  void *p = before;

  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    errno = MARK;
    assert_int_equal(posix_memalign(&p, size(wrong[i]), 10), EINVAL);
    assert_int_equal(errno, MARK);
    assert_ptr_equal(p, before);
  }
  assert_int_equal(posix_memalign(&p, 64, size(SIZE_MAX)), ENOMEM);
  assert_int_equal(posix_memalign(&p, 64, size(PTRDIFF_MAX)), ENOMEM);
  assert_int_equal(posix_memalign(&p, 16, size(SIZE_MAX)), ENOMEM);
  assert_ptr_equal(p, before);
}

/* ---- valloc and pvalloc ---- */

static void valloc_aligns_to_pages(void **state) {
  (void)state;
  for (size_t n = 0; n < 100000; n = n * 3 + 1) {
    void *p = valloc(size(n));
    assert_aligned(p, PAGE);
    use(p, n);
    free(p);
  }
  assert_fails(ENOMEM, valloc(size(SIZE_MAX)));
  assert_fails(ENOMEM, valloc(size(PTRDIFF_MAX)));
}

static void pvalloc_gives_whole_pages(void **state) {
  (void)state;
  for (size_t n = 1; n < 100000; n = n * 3 + 1) {
    void *p = pvalloc(size(n));
    assert_aligned(p, PAGE);
    use(p, (n + PAGE - 1) / PAGE * PAGE);
    free(p);
  }
  void *p = pvalloc(size(0));
  assert_aligned(p, PAGE);
  use(p, 0);
  free(p);
}

static void pvalloc_does_not_wrap(void **state) {
  (void)state;
  for (size_t less = 0; less <= 2 * PAGE; less += 511)
    assert_fails(ENOMEM, pvalloc(size(SIZE_MAX - less)));
  assert_fails(ENOMEM, pvalloc(size(PTRDIFF_MAX)));
}

/* ---- the other names ---- */

#ifndef ALLOC_NO_INTERPOSE

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *__libc_memalign(size_t, size_t);
void *__libc_valloc(size_t);
void *__libc_pvalloc(size_t);

/* A block from any name goes to any other: they share one heap. */
static void libc_names_are_the_same_heap(void **state) {
  (void)state;
  void *block[] = {__libc_malloc(size(100)),       __libc_calloc(size(10), 10),
                   __libc_realloc(NULL, size(50)), __libc_memalign(64, size(30)),
                   __libc_valloc(size(10)),        __libc_pvalloc(size(10))};
  for (size_t i = 0; i < sizeof block / sizeof *block; i++) {
    use(block[i], 10);
    if (i % 2)
      __libc_free(realloc(block[i], size(5000)));
    else
      free(__libc_realloc(block[i], size(5000)));
  }
}

/* Names that libc no longer lets a program link with, for those that did. */
static void old_names_are_the_same_heap(void **state) {
  (void)state;
  if (!ours())
    skip();
  void (*old_free)(void *);
  int (*old_memalign)(void **, size_t, size_t);
  void *symbol = dlsym(RTLD_DEFAULT, "cfree"), *block = NULL;
  assert_non_null(symbol);
  memcpy(&old_free, &symbol, sizeof old_free);
  symbol = dlsym(RTLD_DEFAULT, "__posix_memalign");
  assert_non_null(symbol);
  memcpy(&old_memalign, &symbol, sizeof old_memalign);
  size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(old_memalign(&block, 512, size(3000)), 0);
    assert_aligned(block, 512);
    use(block, 3000);
    errno = MARK;
    old_free(block);
    old_free(hidden(NULL));
    assert_int_equal(errno, MARK);
  }
  if (!hardened())
    assert_int_equal(mallinfo2().uordblks, before);
  assert_int_equal(old_memalign(&block, 3, 100), EINVAL);
}

#endif

/* ---- malloc_usable_size ---- */

/* Each of three neighbours is filled up to its last usable byte. */
static void every_usable_byte_may_be_used(void **state) {
  (void)state;
  for (size_t n = 1; n < (size_t)5 << 20; n = n * 5 / 4 + 1) {
    unsigned char *block[3];
    size_t usable[3];
    for (int i = 0; i < 3; i++) {
      block[i] = malloc(size(n));
      usable[i] = malloc_usable_size(block[i]);
      assert_true(usable[i] >= n);
      memset(block[i], i + 1, usable[i]);
    }
    for (int i = 0; i < 3; i++) {
      for (size_t at = 0; at < usable[i]; at += at + 4096 < usable[i] ? 97 : 1)
        assert_int_equal(block[i][at], i + 1);
      free(block[i]);
    }
  }
}

static void usable_size_of_null_is_0(void **state) {
  (void)state;
  assert_int_equal(malloc_usable_size(hidden(NULL)), 0);
}

/* ---- libc's own callers ---- */

#ifndef ALLOC_NO_INTERPOSE

#define obstack_chunk_alloc malloc
#define obstack_chunk_free  free

/* libc's obstacks: every alignment, objects that grow, and all behind an object freed with it. */
static void obstacks_stand_on_malloc(void **state) {
  (void)state;
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    struct obstack stack;
    char *object[200];
    obstack_specify_allocation(&stack, 0, (int)alignment, obstack_chunk_alloc, obstack_chunk_free);
    for (int i = 0; i < 200; i++) {
      for (int piece = 0; piece <= i % 7; piece++) {
        obstack_blank(&stack, i);
        memset((char *)obstack_next_free(&stack) - i, i, (size_t)i);
      }
      object[i] = obstack_finish(&stack);
      assert_aligned(object[i], alignment);
    }
    for (int i = 0; i < 200; i++)
      for (int at = 0; at < i * (i % 7 + 1); at++)
        assert_int_equal((unsigned char)object[i][at], i);
    obstack_free(&stack, object[100]);
    assert_ptr_equal(obstack_alloc(&stack, 100), object[100]);
    obstack_free(&stack, NULL);
  }
}

static void libc_allocates_from_the_same_heap(void **state) {
  char *text = NULL, *line = NULL;
  size_t room = 0;

  (void)state;
  assert_int_equal(asprintf(&text, "%0500d", 7), 500);
  text = realloc(text, size(100000));
  use(text, 100000);
  free(text);
  FILE *file = fopen("/proc/self/status", "re");
  assert_non_null(file);
  assert_true(getline(&line, &room, file) > 0);
  fclose(file);
  use(line, room);
  free(line);
  text = strdup("duplicate");
  assert_string_equal(text, "duplicate");
  use(text, 10);
  free(text);
  text = realpath("/proc/self", NULL);
  assert_non_null(text);
  use(text, 6);
  free(text);
}

#endif

/* ---- all of it in a thread that has just begun, and in one that ends ---- */

static void *in_thread(void *state) {
  malloc_0_is_unique(state);
  calloc_of_nothing_is_unique(state);
  success_leaves_errno_alone(state);
  return NULL;
}

static void holds_in_new_threads(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, in_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(malloc_aligns_every_size_to_16),
      cmocka_unit_test(malloc_0_is_unique),
      cmocka_unit_test(there_is_enough_of_nothing),
      cmocka_unit_test(nothing_may_become_something),
      cmocka_unit_test(malloc_fails_beyond_ptrdiff_max),
      cmocka_unit_test(success_leaves_errno_alone),
      cmocka_unit_test(calloc_zeroes_what_was_used_before),
      cmocka_unit_test(calloc_checks_the_product),
      cmocka_unit_test(calloc_of_nothing_is_unique),
      cmocka_unit_test(aligned_alloc_aligns),
      cmocka_unit_test(aligned_alloc_wants_a_power_of_two),
      cmocka_unit_test(aligned_alloc_fails_for_lack_of_memory),
      cmocka_unit_test(memalign_rounds_the_alignment_up),
      cmocka_unit_test(memalign_fails),
      cmocka_unit_test(posix_memalign_aligns),
      cmocka_unit_test(posix_memalign_leaves_the_pointer_alone),
      cmocka_unit_test(valloc_aligns_to_pages),
      cmocka_unit_test(pvalloc_gives_whole_pages),
      cmocka_unit_test(pvalloc_does_not_wrap),
      cmocka_unit_test(every_usable_byte_may_be_used),
      cmocka_unit_test(usable_size_of_null_is_0),
#ifndef ALLOC_NO_INTERPOSE
      cmocka_unit_test(libc_names_are_the_same_heap),
      cmocka_unit_test(old_names_are_the_same_heap),
      cmocka_unit_test(libc_allocates_from_the_same_heap),
      cmocka_unit_test(obstacks_stand_on_malloc),
#endif
      cmocka_unit_test(holds_in_new_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
