/* SPDX-License-Identifier: MIT */
/*
 * Forks out of a process whose threads are all inside malloc and free, some of them with stdio's
 * locks held (glibc's tst-mallocfork3): every child allocates, frees what it inherited, starts a
 * thread and ends. A deadlock ends by alarm(2).
 *
 * usage: forks [CHILDREN]   or STRESS_ROUNDS * 40 in the environment
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/allocator.h"
#include "tests/unit/random.h"

enum { CHURNERS = 3, FORKERS = 2, BLOCKS = 200, PATIENCE_S = 120 };

#ifdef ALLOC_NO_INTERPOSE
enum { CHILDREN = 100 }; /* sanitizers are slow */
#else
enum { CHILDREN = 320 };
#endif

static bool done;
static unsigned long children = CHILDREN;

static _Noreturn void broken(const char *what) {
  if (write(STDERR_FILENO, what, strlen(what)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
    _exit(98);
  _exit(1);
}

static void *churn(void *seed) {
  struct random random = {(uintptr_t)seed};
  void *block[BLOCKS] = {NULL};

  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    unsigned i = random_below(&random, BLOCKS);
    free(block[i]);
    block[i] = malloc(size(random_below(&random, random_below(&random, 20) ? 2000 : 200000)));
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(block[i]);
  return NULL;
}

/* fopen allocates, and fflush(NULL) walks the list of streams, with the list's lock held. */
static void *flush(void *unused) {
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    FILE *file = fopen("/dev/null", "we");
    if (!file)
      broken("fopen");
    fputs("text", file);
    fflush(NULL);
    fclose(file);
  }
  return unused;
}

static void fill(unsigned char **block, unsigned seed) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    size_t bytes = 1 + i * 37 % 5000;
    block[i] = malloc(size(bytes));
    if (!block[i])
      broken("no memory");
    memset(block[i], (int)(i + seed), bytes);
  }
}

static void check_and_free(unsigned char **block, unsigned seed) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    size_t bytes = 1 + i * 37 % 5000;
    for (size_t at = 0; at < bytes; at += 16)
      if (block[i][at] != (unsigned char)(i + seed))
        broken("a block has changed");
    free(block[i]);
  }
}

/* A sanitizer has no threads in the child of a process with threads. */
#ifndef ALLOC_NO_INTERPOSE
static void *in_child_thread(void *unused) {
  unsigned char *block[BLOCKS];
  fill(block, 3);
  check_and_free(block, 3);
  return unused;
}
#endif

static _Noreturn void child(unsigned char **inherited) {
  unsigned char *own[BLOCKS];

  alarm(PATIENCE_S);
  fill(own, 2);
  check_and_free(inherited, 1);
  check_and_free(own, 2);
  for (unsigned i = 0; i < 2000; i++)
    free(calloc(1, size(i * 11 % 40000)));
#ifndef ALLOC_NO_INTERPOSE
  pthread_t thread;
  if (pthread_create(&thread, NULL, in_child_thread, NULL) != 0 || pthread_join(thread, NULL) != 0)
    broken("no thread in a child");
#endif
  _exit(7);
}

static void *fork_storm(void *seed) {
  unsigned char *block[BLOCKS];

  for (unsigned long i = 0; i < children / FORKERS; i++) {
    fill(block, 1);
    pid_t pid = fork();
    if (pid < 0)
      broken("fork");
    if (pid == 0)
      child(block);
    check_and_free(block, 1);
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
      broken("a child did not end as it should");
  }
  return seed;
}

int main(int argc, char *argv[]) {
  pthread_t churner[CHURNERS], flusher, forker[FORKERS];
  const char *rounds = getenv("STRESS_ROUNDS");

  if (argc > 1)
    children = strtoul(argv[1], NULL, 10);
  else if (rounds)
    children = strtoul(rounds, NULL, 10) * 40;
  alarm(PATIENCE_S + (unsigned)(children / 10));
  for (uintptr_t i = 0; i < CHURNERS; i++)
    pthread_create(&churner[i], NULL, churn, (void *)(i + 1));
  pthread_create(&flusher, NULL, flush, NULL);
  for (uintptr_t i = 0; i < FORKERS; i++)
    pthread_create(&forker[i], NULL, fork_storm, (void *)(i + 100));
  for (unsigned i = 0; i < FORKERS; i++)
    pthread_join(forker[i], NULL);
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < CHURNERS; i++)
    pthread_join(churner[i], NULL);
  pthread_join(flusher, NULL);
  printf("%lu children\n", children);
  return 0;
}
