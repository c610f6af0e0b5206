/* SPDX-License-Identifier: MIT */
/*
 * base.h: the few words every file of the allocator uses.
 *
 * Concurrency rule: whatever another thread may read while it is written goes through peek() and
 * poke(), relaxed atomics that cost what a plain move costs. Whoever writes a field (its one
 * writer, or the holder of the lock named in its struct) may read it plainly.
 */
#ifndef LIBALLOC_BASE_H
#define LIBALLOC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define HIDDEN        __attribute__((visibility("hidden")))
#define PUBLIC        __attribute__((visibility("default")))
#define COLD          __attribute__((cold, noinline))
#define ALIGNED_TO(n) __attribute__((aligned(n)))

/*
 * A table of a page or more. Linkers put common symbols behind everything else in .bss, so that the
 * small variables of the library share two pages: between the tables each would lie on a page of
 * its own, which is a fault and 4 KiB in every process. Its name has to be the library's only one.
 */
#define TABLE __attribute__((common, visibility("hidden")))

/* The same for the use of one file, declared by no header. */
#define FILE_TABLE(declaration)                                                                    \
  HIDDEN extern declaration;                                                                       \
  TABLE declaration

/* Relaxed: of any age, but never torn. */
#define peek(p)    __atomic_load_n((p), __ATOMIC_RELAXED)
#define poke(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)

#define load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

enum {
  PAGE_SHIFT = 12,
  PAGE_BYTES = 1 << PAGE_SHIFT,
  CACHE_LINE_BYTES = 64,
};

/* *most = max (*most, now), by whichever thread has seen more. */
static inline void raise_to(size_t *most, size_t now) {
  size_t seen = peek(most);
  while (now > seen &&
         !__atomic_compare_exchange_n(most, &seen, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    continue;
}

static inline size_t round_up(size_t n, size_t power_of_two) {
  return (n + power_of_two - 1) & ~(power_of_two - 1);
}

static inline bool is_power_of_two(size_t n) {
  return n != 0 && (n & (n - 1)) == 0;
}

#ifdef ALLOC_DEBUG
#define debug_check(condition)                                                                     \
  ((condition) ? (void)0 : message_assert(#condition, __FILE__, __LINE__))
#else
#define debug_check(condition) ((void)0)
#endif

/* Prints the failed condition and aborts. */
_Noreturn HIDDEN void message_assert(const char *condition, const char *file, int line);

#endif
