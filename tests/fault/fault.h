/* SPDX-License-Identifier: MIT */
/*
 * fault.h: what the programs of tests/fault have in common. Each brings about one kind of fault,
 * ends with status 0 if the allocator bore it, and prints how often. In `make check` they are
 * short; `make check-long` runs the same programs with ALLOC_LONG=1 at full length.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/allocator.h"
#include "tests/unit/random.h"

enum { FAULT_MIB = 1 << 20 };

#ifdef ALLOC_NO_INTERPOSE
enum { FAULT_SANITIZED = 1 }; /* everything is several times slower, and resident memory unlike */
#else
enum { FAULT_SANITIZED = 0 };
#endif

static inline _Noreturn void fault_broken(const char *file, int line, const char *what) {
  char text[400];
  int n = snprintf(text, sizeof text, "%s:%d: not true: %s (errno %d)\n", file, line, what, errno);

  if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
    _exit(98);
  _exit(1);
}

/* In any thread, any handler and any child. */
#define must(condition) ((condition) ? (void)0 : fault_broken(__FILE__, __LINE__, #condition))

/* The number, for whoever reads the log. */
#define report(...) (printf(__VA_ARGS__), fflush(stdout))

static inline bool fault_is_long(void) {
  const char *text = getenv("ALLOC_LONG");
  return text && *text && strcmp(text, "0") != 0;
}

/* How often: in `make check` and in `make check-long`. Hardened, every call is a slow one, and a
 * block from 32 KiB on costs five system calls. */
static inline unsigned long fault_count(unsigned long brief, unsigned long full) {
  if (fault_is_long())
    return full;
  return FAULT_SANITIZED || hardened() ? (brief + 3) / 4 : brief;
}

/* How far a loop over sizes goes with each step, so that it sees all kinds of them in any case. */
static inline size_t fault_step(void) {
  return hardened() && !fault_is_long() ? 29 : 1;
}

static inline double fault_seconds(unsigned long brief_s, unsigned long full_s) {
  return fault_is_long() ? (double)full_s : (double)brief_s;
}

/* A test that hangs is a failed test. */
static inline void fault_patience(unsigned brief_s, unsigned full_s) {
  alarm(fault_is_long() ? full_s : brief_s);
}

/* Ends a test that cannot run here. */
static inline _Noreturn void fault_skip(const char *why) {
  printf("skipped: %s\n", why);
  exit(77);
}

static inline void fault_skip_if(bool skip, const char *why) {
  if (skip)
    fault_skip(why);
}

/* Number at a position of /proc/self/statm, without allocating; bytes. */
static inline size_t fault_statm_bytes(unsigned position) {
  char text[200] = "";
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

  must(file >= 0 && read(file, text, sizeof text - 1) > 0);
  close(file);
  char *at = text;
  unsigned long pages = strtoul(at, &at, 10);
  while (position--)
    pages = strtoul(at, &at, 10);
  return pages * 4096;
}

static inline size_t fault_mapped_bytes(void) {
  return fault_statm_bytes(0);
}

static inline size_t fault_resident_bytes(void) {
  return fault_statm_bytes(1);
}

/* Lets the process have more_bytes beyond what it has now: RLIMIT_AS, of all that is mapped, or
 * RLIMIT_DATA, of what is private and can be written. */
static inline void fault_limit(int resource, size_t more_bytes) {
  struct rlimit bound;
  size_t now_bytes = resource == RLIMIT_AS ? fault_mapped_bytes() : fault_statm_bytes(5);

  must(getrlimit(resource, &bound) == 0);
  bound.rlim_cur = now_bytes + more_bytes;
  must(setrlimit(resource, &bound) == 0);
}

/* As fork(), but no handler of libc or ours runs: a bare clone, of which nobody tells the child. */
static inline pid_t fault_fork_untold(void) {
  return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static inline double fault_now_s(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void fault_sleep_ms(long ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

  nanosleep(&time, NULL);
}

/* Fills a block so that fault_holds recognises it, all of it or its ends if it is large. */
static inline void fault_fill(void *block, size_t bytes, unsigned mark) {
  if (bytes <= 4096) {
    memset(block, (int)(mark & 0xff), bytes);
    return;
  }
  memset(block, (int)(mark & 0xff), 64);
  memset((char *)block + bytes - 64, (int)(mark & 0xff), 64);
}

static inline bool fault_holds(const void *block, size_t bytes, unsigned mark) {
  const unsigned char *byte = block;
  size_t head = bytes <= 4096 ? bytes : 64, i = 0;

  while (i < head && byte[i] == (unsigned char)mark)
    i++;
  if (i < head)
    return false;
  for (i = bytes <= 4096 ? bytes : bytes - 64; i < bytes; i++)
    if (byte[i] != (unsigned char)mark)
      return false;
  return true;
}

#endif
