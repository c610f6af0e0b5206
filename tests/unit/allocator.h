/* SPDX-License-Identifier: MIT */
/*
 * allocator.h: the allocator under test, for tests that read like libc's manual.
 *
 * A conformance test is built twice. With liballoc it checks liballoc; without, it checks glibc and
 * thereby itself, and rows in which the two differ on purpose say so by ours(). In a build with a
 * sanitizer libc's names belong to the sanitizer, so there malloc means alloc_malloc and so on.
 * Include it last.
 */
#ifndef TESTS_ALLOCATOR_H
#define TESTS_ALLOCATOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include <liballoc/alloc.h>

#ifdef ALLOC_NO_INTERPOSE

#include "front/libc.h"
#include "front/options.h"
#include "observe/mallinfo.h"

#define malloc(n)                   alloc_malloc(n)
#define calloc(a, b)                alloc_calloc(a, b)
#define realloc(p, n)               alloc_realloc(p, n)
#define free(p)                     alloc_free(p)
#define memalign(a, n)              alloc_memalign(a, n)
#define malloc_usable_size(p)       alloc_usable_size(p)
#define reallocarray(p, a, b)       libc_reallocarray(p, a, b)
#define aligned_alloc(a, n)         libc_aligned_alloc(a, n)
#define posix_memalign(p, a, n)     libc_posix_memalign(p, a, n)
#define valloc(n)                   libc_valloc(n)
#define pvalloc(n)                  libc_pvalloc(n)
#define free_sized(p, n)            libc_free_sized(p, n)
#define free_aligned_sized(p, a, n) libc_free_aligned_sized(p, a, n)
#define mallinfo()                  libc_mallinfo()
#define mallinfo2()                 libc_mallinfo2()
#define malloc_info(o, f)           libc_malloc_info(o, f)
#define malloc_stats()              libc_malloc_stats()
#define malloc_trim(n)              libc_malloc_trim(n)
#define mallopt(p, v)               libc_mallopt(p, v)

static inline bool ours(void) {
  return true;
}

#else

#pragma weak alloc_version
#pragma weak free_sized
#pragma weak free_aligned_sized

/* Whether this process runs on liballoc. */
static inline bool ours(void) {
  return alloc_version != NULL;
}

#endif

/* Whether blocks wait in quarantine once they are freed, and count as live until they leave it. */
static inline bool hardened(void) {
  const char *text = getenv("LIBALLOC_HARDEN");
  return ours() && text && *text == '1';
}

/* A value that the compiler knows nothing about: not where it points, not how large it is. */
static inline void *hidden(void *pointer) {
  __asm__ volatile("" : "+r"(pointer));
  return pointer;
}

static inline size_t size(size_t bytes) {
  __asm__ volatile("" : "+r"(bytes));
  return bytes;
}

#define assert_aligned(pointer, alignment) assert_int_equal((uintptr_t)(pointer) % (alignment), 0)

/* The expression is NULL, and leaves this in errno. */
#define assert_fails(error, expression)                                                            \
  do {                                                                                             \
    errno = 0;                                                                                     \
    assert_null(hidden(expression));                                                               \
    assert_int_equal(errno, error);                                                                \
  } while (0)

#endif
