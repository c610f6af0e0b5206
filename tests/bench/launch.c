/* SPDX-License-Identifier: MIT */
/*
 * launch.c: runs one program and says what it took. `launch FD LIBRARY PROGRAM ARGUMENT...` writes
 *
 *     wall_ns user_us system_us peak_rss_kib minor_faults major_faults status
 *
 * as one line to descriptor FD, which the program does not inherit. LIBRARY is preloaded into the
 * program only; "-" is none. The status is that of waitpid().
 *
 * The kernel starts the peak of a new program with that of the process that executed it. A runner
 * in Python would lend each program its 20 MiB; this one, which calls vfork, lends its own 1 MiB.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static long microseconds(struct timeval time) {
  return (long)time.tv_sec * 1000000L + (long)time.tv_usec;
}

int main(int count, char **arguments) {
  char *end = NULL;
  const long report = count >= 4 ? strtol(arguments[1], &end, 10) : -1;
  if (report < 0 || report > INT_MAX || *end != '\0') {
    (void)dprintf(2, "launch: give FD LIBRARY PROGRAM ARGUMENT...; tests/bench/run does\n");
    return 2;
  }
  const char *program = arguments[3];
  const int preloads = strcmp(arguments[2], "-") != 0;
  if (preloads ? setenv("LD_PRELOAD", arguments[2], 1) : unsetenv("LD_PRELOAD")) {
    (void)dprintf(2, "launch: LD_PRELOAD cannot be set: %s\n", strerror(errno));
    return 2;
  }

  volatile int error = 0;
  const int64_t began_ns = now_ns();
  const pid_t child = vfork();
  if (child == 0) {
    /* Only what is safe in the parent's memory. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close((int)report);
    execvp(program, arguments + 3);
    error = errno;
    _exit(127);
  }
  if (child < 0)
    error = errno;
  int status = 0;
  struct rusage usage;
  memset(&usage, 0, sizeof usage);
  while (child > 0 && wait4(child, &status, 0, &usage) < 0)
    if (errno != EINTR)
      error = errno;
  const int64_t took_ns = now_ns() - began_ns;
  if (error != 0) {
    (void)dprintf(2, "launch: %s cannot be run: %s\n", program, strerror(error));
    return 2;
  }
  if (dprintf((int)report, "%lld %ld %ld %ld %ld %ld %d\n", (long long)took_ns,
              microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss,
              usage.ru_minflt, usage.ru_majflt, status) < 0) {
    (void)dprintf(2, "launch: descriptor %ld cannot be written: %s\n", report, strerror(errno));
    return 2;
  }
  return 0;
}
