/* SPDX-License-Identifier: MIT */
/*
 * target.h: a process to be watched. A test program is its own target: run again with the name of a
 * role, it plays that role and answers by single letters over pipes, since a letter allocates
 * nothing in the heap that is looked at.
 */
#ifndef TESTS_TARGET_H
#define TESTS_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "viewer/model/source.h"

/* ---- the test's side; failures end the test ---- */

struct target {
  pid_t process;
  int to, from; /* pipes */
  int said;     /* its stderr, a file */
};

/* Starts this program as role, with one more variable NAME=VALUE in its environment or NULL, and
 * with the file shared as its descriptor 12, or -1. */
struct target target_start(const char *role, const char *variable, int shared);

/* Waits for a letter, which must be this one. */
void target_expect(struct target *target, char letter);
void target_tell(struct target *target, char letter);

/* Waits for the end of the process; its status as of waitpid(), and what it said on stderr. */
int target_end(struct target *target);
extern char target_text[4096];

/* Whether PID.heap is there. */
bool target_has_file(pid_t process);

/* Waits up to 10 s until it is (is not) there. */
bool target_await_file(pid_t process, bool present);

/* Entries of /proc/PID/task and /proc/PID/fd. */
unsigned target_threads(pid_t process);
unsigned target_files(pid_t process);

/* A source on the process, or the end of the test. */
HvSource *target_watch(pid_t process, unsigned rate_mhz);

/* The first frame whose copy began after this moment; none within 10 s ends the test. */
HvFrame *target_frame_after(HvSource *source, uint64_t monotonic_ns);

uint64_t target_now_ns(void);

/* Gives this process and its targets a /dev/shm that nobody else sees; false: not permitted here.
 * The second mounts another one over it. */
bool target_make_private_shm(void);
bool target_mount_shm(const char *options);

/* ---- the target's side ---- */

void role_tell(char letter);
char role_listen(void); /* 0: the test is gone */

#endif
