/* SPDX-License-Identifier: MIT */
/*
 * Children that no fork handler sees: vfork, posix_spawn, and a clone system call whose child
 * allocates, while four threads allocate in the parent.
 */
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

#include "tests/fault/fault.h"

enum { CHURNERS = 4, BLOCKS = 64 };

static bool done;

static void *churn(void *seed) {
  struct random random = {(uintptr_t)seed};
  void *block[BLOCKS] = {NULL};

  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    unsigned i = random_below(&random, BLOCKS);
    free(block[i]);
    block[i] = malloc(size(random_below(&random, 3000)));
    must(block[i] != NULL);
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(block[i]);
  return NULL;
}

static void wait_for(pid_t pid, int wanted) {
  int status;

  must(pid > 0 && waitpid(pid, &status, 0) == pid);
  must(WIFEXITED(status) && WEXITSTATUS(status) == wanted);
}

static char *program[] = {(char *)"true", NULL};

static void by_spawn(void) {
  pid_t pid;

  must(posix_spawnp(&pid, "true", NULL, NULL, program, environ) == 0);
  wait_for(pid, 0);
}

static void by_vfork(void) {
  pid_t pid = vfork();

  if (pid == 0) {
    execvp(program[0], program);
    _exit(9);
  }
  wait_for(pid, 0);
}

#ifndef ALLOC_NO_INTERPOSE
/* The child has the parent's caches as they were. */
static void by_clone(char *mine) {
  pid_t pid = fault_fork_untold();

  if (pid == 0) {
    alarm(60);
    strcpy(mine, "child's");
    for (unsigned i = 0; i < 3000; i += (unsigned)fault_step()) {
      char *block = malloc(size(1 + i * 7 % 50000));
      must(block != NULL);
      *block = 1;
      free(block);
    }
    free(mine);
    _exit(5);
  }
  wait_for(pid, 5);
}
#endif

int main(void) {
  const unsigned long rounds = fault_count(60, 3000);
  pthread_t churner[CHURNERS];

  fault_patience(120, 600);
  for (uintptr_t i = 0; i < CHURNERS; i++)
    must(pthread_create(&churner[i], NULL, churn, (void *)(i + 1)) == 0);
  for (unsigned long i = 0; i < rounds; i++) {
    by_spawn();
    by_vfork();
#ifndef ALLOC_NO_INTERPOSE
    char *mine = strcpy(malloc(100), "parent's");
    by_clone(mine);
    must(strcmp(mine, "parent's") == 0);
    free(mine);
#endif
  }
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < CHURNERS; i++)
    pthread_join(churner[i], NULL);
  report("%lu children by posix_spawn, vfork and clone\n", rounds * (FAULT_SANITIZED ? 2 : 3));
  return 0;
}
