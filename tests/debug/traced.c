/* SPDX-License-Identifier: MIT */
/*
 * A program that leaks known blocks in the way its first argument says, and lists them, as
 * "ADDRESS SIZE" lines, in the file that its second argument names (a child: with .child behind
 * it) before it ends. It calls mtrace(), which without MALLOC_TRACE does nothing.
 */
#include <fcntl.h>
#include <malloc.h>
#include <mcheck.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *self, *list_name;
static char list[1 << 16];
static size_t list_used;
static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Hidden from the optimizer: a block nobody uses would not be allocated at all. */
static void *volatile sink;

static void planted(void *block, size_t bytes) {
  pthread_mutex_lock(&list_mutex);
  list_used += (size_t)snprintf(list + list_used, sizeof list - list_used, "0x%016lx %#zx\n",
                                (unsigned long)(uintptr_t)block, bytes);
  pthread_mutex_unlock(&list_mutex);
}

static void plant(size_t bytes) {
  void *block = malloc(bytes);
  sink = block;
  planted(block, bytes);
}

static void write_list(const char *suffix) {
  char name[4096];
  int file;

  snprintf(name, sizeof name, "%s%s", list_name, suffix);
  file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (file < 0 || write(file, list, list_used) != (ssize_t)list_used)
    _exit(98);
  close(file);
  list_used = 0;
}

/* ---- one thread ---- */

static void every_way(void) {
  void *block;

  sink = malloc(10);
  free(sink);
  plant(11);
  block = calloc(3, 7);
  planted(sink = block, 21);
  block = realloc(malloc(13), 5000);
  planted(sink = block, 5000);
  block = realloc(realloc(NULL, 40000), 50000);
  sink = block;
  free(sink);
  block = reallocarray(NULL, 10, 10);
  planted(sink = block, 100);
  block = aligned_alloc(64, 64);
  planted(sink = block, 64);
  block = memalign(4096, 12);
  planted(sink = block, 12);
  if (posix_memalign(&block, 32, 33) != 0)
    _exit(97);
  planted(sink = block, 33);
  block = valloc(14);
  planted(sink = block, 14);
  block = pvalloc(15);
  planted(sink = block, 4096); /* its size is a whole page */
  block = malloc(100 * 1024);
  planted(sink = block, 100 * 1024);
  block = malloc(40 * 1024 * 1024);
  planted(sink = block, 40 * 1024 * 1024);
  sink = realloc(malloc(1), 0);
}

/* ---- threads ---- */

enum { THREADS = 4, SLOTS = 128, ROUNDS = 1000 };
static void *slot[SLOTS];

static void *exchange(void *seed) {
  uint64_t random = (uintptr_t)seed;

  for (int i = 0; i < ROUNDS; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    void *block = malloc((random >> 50) % 500 + 1);
    if (random >> 63)
      block = realloc(block, (random >> 40) % 2000 + 1);
    free(__atomic_exchange_n(&slot[(random >> 33) % SLOTS], block, __ATOMIC_ACQ_REL));
  }
  plant((uintptr_t)seed * 16 + 1);
  return NULL;
}

static void use_threads(void) {
  pthread_t thread[THREADS];

  for (uintptr_t i = 0; i < THREADS; i++)
    pthread_create(&thread[i], NULL, exchange, (void *)(i + 1));
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  for (unsigned i = 0; i < SLOTS; i++)
    free(slot[i]);
}

/* ---- processes ---- */

static void await(pid_t pid) {
  int status;
  if (waitpid(pid, &status, 0) != pid || status != 0)
    _exit(96);
}

static void fork_child(void) {
  void *inherited = malloc(50);

  sink = inherited;
  plant(51);
  pid_t pid = fork();
  if (pid == 0) {
    list_used = 0;
    free(inherited);
    plant(52);
    write_list(".child");
    exit(0);
  }
  await(pid);
  free(inherited);
  plant(53);
}

/* The program started has MALLOC_TRACE from us and calls mtrace() as well. */
static void execute(const char *mode, const char *suffix) {
  char name[4096];

  snprintf(name, sizeof name, "%s%s", list_name, suffix);
  execl(self, self, mode, name, (char *)NULL);
  _exit(95);
}

static void execute_child(void) {
  plant(61);
  pid_t pid = fork();
  if (pid == 0)
    execute("single", ".child");
  await(pid);
  plant(62);
}

/* ---- main ---- */

static void close_all(void) {
  for (int i = 3; i < 1024; i++)
    close(i);
  plant(71);
  chdir("/");
  plant(72);
}

static void stop_in_between(void) {
  plant(81);
  muntrace();
  sink = malloc(82);
  free(sink);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 94;
  const char *mode = argv[1];
  self = argv[0];
  list_name = argv[2];
  mtrace();
  if (strcmp(mode, "single") == 0) {
    every_way();
  } else if (strcmp(mode, "threads") == 0) {
    use_threads();
  } else if (strcmp(mode, "fork") == 0) {
    fork_child();
  } else if (strcmp(mode, "execute") == 0) {
    execute_child();
  } else if (strcmp(mode, "replace") == 0) {
    plant(63);
    write_list("");
    execute("single", ".child");
  } else if (strcmp(mode, "close") == 0) {
    close_all();
  } else if (strcmp(mode, "stop") == 0) {
    stop_in_between();
  } else if (strcmp(mode, "clean") == 0) {
    for (int i = 0; i < 100; i++)
      free(calloc(1, (size_t)i * 100));
    free(strdup("text"));
  } else if (strcmp(mode, "segv") == 0 || strcmp(mode, "abort") == 0 || strcmp(mode, "kill") == 0 ||
             strcmp(mode, "_exit") == 0) {
    plant(91);
    plant(92);
    write_list("");
    if (*mode == 's')
      *(volatile int *)8 = 0;
    if (*mode == 'a')
      abort();
    if (*mode == 'k')
      raise(SIGKILL);
    _exit(0);
  } else {
    return 93;
  }
  write_list("");
  return 0;
}
