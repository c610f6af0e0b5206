/* SPDX-License-Identifier: MIT */
/*
 * fork while 16 threads allocate: from threads, and from signal handlers that interrupt the
 * allocator itself, with handlers of pthread_atfork that allocate; beside a thread that holds
 * stdio's list lock in fflush(NULL). Every child allocates, frees what it inherited, and must end.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "tests/fault/fault.h"

enum { CHURNERS = 16, FORKERS = 2, BLOCKS = 100, BURST = 300, CHILD_PATIENCE_S = 60 };

static bool done;
static unsigned long from_threads, from_handlers;
static pthread_t churner[CHURNERS];
static unsigned char *inherited[BLOCKS];

static size_t bytes_of(unsigned i) {
  return 1 + (size_t)i * 97 % 9000;
}

static void fill(unsigned char **block, unsigned mark) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    block[i] = malloc(size(bytes_of(i)));
    must(block[i] != NULL);
    fault_fill(block[i], bytes_of(i), i + mark);
  }
}

static void check_and_free(unsigned char **block, unsigned mark) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    must(fault_holds(block[i], bytes_of(i), i + mark));
    free(block[i]);
  }
}

/* Handlers of the program's allocate as well, and hand a block on from one to the next. */
static unsigned char *handed;
static unsigned long handled;
static __thread bool interrupts; /* a signal handler may not allocate, its child may */

static void before_fork(void) {
  if (interrupts)
    return;
  unsigned char *own = malloc(size(5000));
  must(own != NULL);
  free(own);
  __atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
}

static void allocate_all_kinds(void) {
  unsigned char *own = malloc(size(300)), *large = malloc(size(100000));
  must(own != NULL && large != NULL);
  free(own);
  free(large);
}

static void after_fork(void) {
  if (!interrupts)
    allocate_all_kinds();
}

static void after_fork_in_child(void) {
  allocate_all_kinds();
  must(fault_holds(handed, 700, 9));
  free(handed);
  handed = malloc(size(700));
  must(handed != NULL);
  fault_fill(handed, 700, 9);
}

static _Noreturn void child(void) {
  unsigned char *own[BLOCKS];

  alarm(CHILD_PATIENCE_S);
  fill(own, 2);
  check_and_free(inherited, 1);
  check_and_free(own, 2);
  for (size_t i = 1; i <= 10; i++)
    free(malloc(size(i * 2 * FAULT_MIB)));
  free(malloc(size(70 * FAULT_MIB)));
  _exit(7);
}

static void wait_for(pid_t pid) {
  int status;

  must(pid > 0);
  while (waitpid(pid, &status, 0) != pid)
    must(errno == EINTR);
  must(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void on_signal(int number) {
  int saved_errno = errno;

  (void)number;
  interrupts = true;
  pid_t pid = fork();
  if (pid == 0)
    child();
  wait_for(pid);
  interrupts = false;
  __atomic_fetch_add(&from_handlers, 1, __ATOMIC_RELAXED);
  errno = saved_errno;
}

/* Of classes, large blocks, and regions, so that each lock there is may be held. */
static size_t some_bytes(struct random *random) {
  unsigned kind = random_below(random, 100);
  return random_below(random, kind < 90 ? 2000 : kind < 96 ? 300000 : 6 * FAULT_MIB);
}

static void *churn(void *seed) {
  struct random random = {(uintptr_t)seed};
  void *block[BLOCKS] = {NULL};

  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    /* Slow paths are what there is to interrupt: what fills bins, and empties them. */
    void *burst[BURST];
    size_t each_bytes = 1 + random_below(&random, 9000);
    for (unsigned i = 0; i < BURST; i++)
      must((burst[i] = malloc(size(each_bytes))) != NULL);
    for (unsigned i = 0; i < BURST; i++)
      free(burst[i]);
    unsigned i = random_below(&random, BLOCKS);
    free(block[i]);
    block[i] = malloc(size(some_bytes(&random)));
    must(block[i] != NULL);
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(block[i]);
  return NULL;
}

static void *flush(void *unused) {
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    FILE *file = fopen("/dev/null", "we");
    must(file != NULL);
    fputs("text", file);
    fflush(NULL);
    fclose(file);
  }
  return unused;
}

static void *fork_on(void *unused) {
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    pid_t pid = fork();
    if (pid == 0)
      child();
    wait_for(pid);
    __atomic_fetch_add(&from_threads, 1, __ATOMIC_RELAXED);
  }
  return unused;
}

int main(void) {
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  const bool handlers = !FAULT_SANITIZED; /* a sanitizer's own locks do not bear it */
  const double end_s = fault_now_s() + fault_seconds(3, 60);
  pthread_t flusher, forker[FORKERS];
  sigset_t forks;

  fault_patience(120, 300);
  fill(inherited, 1);
  handed = malloc(size(700));
  must(handed != NULL);
  fault_fill(handed, 700, 9);
  must(pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0);
  must(sigaction(SIGUSR1, &action, NULL) == 0);
  sigemptyset(&forks);
  sigaddset(&forks, SIGUSR1);
  for (uintptr_t i = 0; i < CHURNERS; i++)
    must(pthread_create(&churner[i], NULL, churn, (void *)(i + 1)) == 0);
  pthread_sigmask(SIG_BLOCK, &forks, NULL); /* only those that churn are interrupted */
  must(pthread_create(&flusher, NULL, flush, NULL) == 0);
  for (unsigned i = 0; i < FORKERS; i++)
    must(pthread_create(&forker[i], NULL, fork_on, NULL) == 0);
  for (unsigned i = 0; fault_now_s() < end_s; i++) {
    if (handlers)
      pthread_kill(churner[i % CHURNERS], SIGUSR1);
    fault_sleep_ms(5);
  }
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < FORKERS; i++)
    pthread_join(forker[i], NULL);
  for (unsigned i = 0; i < CHURNERS; i++)
    pthread_join(churner[i], NULL);
  pthread_join(flusher, NULL);
  check_and_free(inherited, 1);
  free(handed);
  must(handled >= from_threads);
  report("%lu children of threads, %lu of signal handlers, %lu handlers of forks allocated\n",
         from_threads, from_handlers, handled);
  return from_threads && (from_handlers || !handlers) ? 0 : 1;
}
