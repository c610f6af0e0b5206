/* SPDX-License-Identifier: MIT */
/*
 * <liballoc/alloc.h>: what liballoc offers beyond <stdlib.h> and <malloc.h>.
 *
 * A program linked with liballoc, or run under alloc-run, uses it through malloc, free and their
 * relatives; nothing in this header is needed for that. All functions are thread-safe and none is
 * async-signal-safe.
 */
#ifndef LIBALLOC_ALLOC_H
#define LIBALLOC_ALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define ALLOC_VERSION "0.1.0"

/* Version of the library in use, which may be newer than ALLOC_VERSION of the headers. Static. */
const char *alloc_version(void);

/*
 * Starts publishing heap snapshots for alloc-viewer and alloc-inspect without being asked by one,
 * so that start-up can be watched, at rate_hz frames a second (0.1 to 60; values outside are
 * clamped). The same as LIBALLOC_SNAPSHOT=RATE in the environment. Calling it again changes the
 * rate. It makes one thread, which blocks all signals.
 *
 * Returns 0, or an errno value: EPERM in a set-user-ID program, ENOSPC or another reason why
 * /dev/shm cannot be used (which is also said on stderr, once).
 */
int alloc_snapshot_start(double rate_hz);

/* Stops publishing unless a watcher still asks for it. No effect when nothing was started. */
void alloc_snapshot_stop(void);

/*
 * Starts a trace of every allocation and free into a file, in the format of mtrace(3), which
 * mtrace(1) and `alloc-inspect leaks` read; %p in its name is the process number. mtrace() is the
 * same with the name from MALLOC_TRACE, and LIBALLOC_TRACE=FILE in the environment traces a whole
 * run. The child of a fork writes to FILE.PID.
 *
 * Returns 0, or an errno value: EPERM in a set-user-ID program, EBUSY when there is a trace
 * already, or the reason why the file cannot be written (which is also said on stderr).
 */
int alloc_trace_start(const char *file);

/* Ends what alloc_trace_start() or mtrace() began. No effect when nothing was. */
void alloc_trace_stop(void);

/*
 * Looks for lost blocks now, in a program that was started with LIBALLOC_LEAKS in its environment,
 * and writes the report that it would write at the end to a descriptor: a text for people, or the
 * file that `alloc-inspect leaks` reads when LIBALLOC_LEAKS names one. Other threads are stopped
 * meanwhile.
 *
 * Returns the number of lost blocks, or -1 when none are recorded or it cannot be found out.
 */
long alloc_leaks_report(int file);

/*
 * Starts a sampled profile of who allocates: one block in about every mean_bytes that are handed
 * out has its call stack noted until it is freed, and stands for all of them. 0: 524288. Smaller
 * means cost more and are more exact: what a call site holds, B bytes, is estimated with a standard
 * error of at most B * sqrt(mean_bytes / B). alloc-inspect(1) and alloc-viewer(1) show it while it
 * runs and afterwards. The same as LIBALLOC_PROFILE=BYTES in the environment. Other threads take
 * part from their next slow path on.
 *
 * Returns 0, or an errno value: EBUSY when a profile is running already.
 */
int alloc_profile_start(size_t mean_bytes);

/* Stops it; what was seen stays until the next one starts. No effect when none is running. */
void alloc_profile_stop(void);

/*
 * Writes the heap as it is now, and the profile if there was any, to a descriptor: a snapshot file
 * that `alloc-inspect profile` and all other commands of it read.
 *
 * Returns 0, or an errno value.
 */
int alloc_profile_write(int file);

/*
 * The allocation functions under names that no other library defines: exactly malloc, free,
 * calloc, realloc, memalign and malloc_usable_size. For programs that want this heap for some of
 * their memory and libc's for the rest, and for tests.
 */
void *alloc_malloc(size_t bytes) __attribute__((malloc, alloc_size(1)));
void alloc_free(void *block);
void *alloc_calloc(size_t count, size_t bytes) __attribute__((malloc, alloc_size(1, 2)));
void *alloc_realloc(void *block, size_t bytes) __attribute__((alloc_size(2)));
void *alloc_memalign(size_t alignment, size_t bytes)
    __attribute__((malloc, alloc_align(1), alloc_size(2)));
size_t alloc_usable_size(void *block);

/*
 * C23: free a block whose requested size, or alignment and size, the caller knows. block may be
 * NULL. Declared here because the headers of older C libraries do not.
 */
void free_sized(void *block, size_t bytes);
void free_aligned_sized(void *block, size_t alignment, size_t bytes);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
