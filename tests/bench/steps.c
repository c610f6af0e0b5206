/* SPDX-License-Identifier: MIT */
/*
 * steps: counts the instructions that a call executes when caches are warm, by letting a child run
 * one instruction at a time: `steps` prints those of malloc and of free of one 48-byte block, from
 * their first instruction to their return, without the caller's.
 */
#include "tests/bench/work.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum part { PART_NOTHING, PART_MALLOC, PART_FREE };

/* The shortest function there is: one instruction, on x86-64 and on arm64. */
void *step_nothing(size_t bytes);
void step_nothing_free(void *block);
__asm__(".text\n"
        ".globl step_nothing, step_nothing_free\n"
        "step_nothing:\n"
        "step_nothing_free:\n"
        "  ret\n");

/* By pointers, so that nothing is inlined, no PLT is in the way, and all parts are alike. */
static void *(*volatile functions_malloc[2])(size_t) = {step_nothing, malloc};
static void (*volatile functions_free[2])(void *) = {step_nothing_free, free};
static void *volatile result;

/* Stops before and after one call; everything else runs freely. */
static void child_run(enum part part) {
  void *blocks[64];
  for (unsigned round = 0; round < 100; round++) {
    for (unsigned i = 0; i < 64; i++)
      blocks[i] = work_malloc(48);
    for (unsigned i = 0; i < 64; i++)
      free(blocks[i]);
  }
  void *(*const allocate)(size_t) = functions_malloc[part == PART_MALLOC];
  void (*const release)(void *) = functions_free[part == PART_FREE];
  void *warm = work_malloc(48);
  raise(SIGSTOP);
  result = allocate(48);
  release(warm);
  raise(SIGSTOP);
  _exit(0);
}

/* Instructions between the two stops of a child. */
static long part_count(enum part part) {
  const pid_t child = fork();
  if (child < 0)
    work_fail("steps cannot fork: raise the limit of processes (ulimit -u).");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
      work_fail("steps cannot be traced: allow ptrace to count instructions.");
    child_run(part);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
    work_fail("The child of steps ended before it was stopped: it could not be traced.");
  long count = 0;
  for (;;) {
    if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0)
      work_fail("steps cannot step through its child: allow ptrace to count instructions.");
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
      work_fail("The child of steps ended while its instructions were counted.");
    if (WSTOPSIG(status) == SIGSTOP)
      break;
    count++;
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return count;
}

int main(void) {
  const long nothing_count = part_count(PART_NOTHING);
  work_print("malloc_instructions", (double)(part_count(PART_MALLOC) - nothing_count + 1));
  work_print("free_instructions", (double)(part_count(PART_FREE) - nothing_count + 1));
  return 0;
}
