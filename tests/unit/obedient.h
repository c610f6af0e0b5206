/* SPDX-License-Identifier: MIT */
/*
 * obedient.h: a target that does as it is told, letter by letter, and what its tests ask about it
 * again and again. Failures end the test.
 */
#ifndef TESTS_OBEDIENT_H
#define TESTS_OBEDIENT_H

#include "tests/unit/target.h"

enum { HZ_60 = 60000 };

/* ThreadSanitizer adds a thread of its own once there is a second one. */
#if defined __SANITIZE_THREAD__
enum { THREADS_NOT_OURS = 1 };
#elif defined __has_feature
enum { THREADS_NOT_OURS = __has_feature(thread_sanitizer) };
#else
enum { THREADS_NOT_OURS = 0 };
#endif

/* Begins main(): plays the target and never returns, where this is one; else lets the first
 * argument choose tests, and makes a private /dev/shm where the kernel lets us have one. */
void obedient_prepare(int argc, char **argv);

/* Skips the test where there is no private /dev/shm. */
void obedient_needs_private_shm(void);

/* Starts a target with one more variable NAME=VALUE in its environment, or NULL. */
struct target obedient_start(const char *variable);

/* Has the target do what @letter says, and waits until it is done. */
void obedient_order(struct target *target, char letter);

/* Ends the target; it must have said nothing, and leave no file. */
void obedient_end(struct target *target);

/* Whether the process has so many threads, and whether it has them within 10 s. */
bool obedient_has_threads(pid_t process, unsigned count);
bool obedient_await_threads(pid_t process, unsigned count);

/* Where snapshots of this user are. */
void snapshot_directory_name(char *path, size_t bytes);

#endif
