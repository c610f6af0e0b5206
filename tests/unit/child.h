/* SPDX-License-Identifier: MIT */
/* child.h: runs a function in a forked process, for what ends a process or changes it for good. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
  int status;       /* of waitpid */
  char said[16384]; /* on stderr */
  size_t bytes;
};

/* For use in the child, where cmocka's assertions would go on with the parent's tests. */
#define require(condition)                                                                         \
  ((condition)                                                                                     \
       ? (void)0                                                                                   \
       : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition), _exit(99)))

/* Runs function(argument) in a child; it may end by itself, or returns and then ends with exit(0).
 */
static struct child child_run(void (*function)(const void *), const void *argument) {
  struct child child = {0};
  int ends[2];

  fflush(NULL);
  if (pipe(ends) != 0)
    abort();
  pid_t pid = fork();
  if (pid < 0)
    abort();
  if (pid == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    for (int i = 1; i < 32; i++) /* cmocka's handlers */
      signal(i, SIG_DFL);
    alarm(60);
    function(argument);
    exit(0);
  }
  close(ends[1]);
  for (ssize_t n = 1; n > 0; child.bytes += n > 0 ? (size_t)n : 0)
    n = read(ends[0], child.said + child.bytes, sizeof child.said - 1 - child.bytes);
  close(ends[0]);
  if (waitpid(pid, &child.status, 0) != pid)
    abort();
  return child;
}

/* Whether an address is accessible, by asking the kernel to copy from it. */
static inline bool can_be_read(const void *address) {
  int ends[2];

  require(pipe(ends) == 0);
  bool can = syscall(SYS_write, ends[1], address, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return can;
}

static inline bool child_succeeded(const struct child *child) {
  bool fine = WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
  if (!fine)
    fprintf(stderr, "the child ended with status 0x%x and said: %s\n", (unsigned)child->status,
            child->said);
  return fine;
}

#endif
