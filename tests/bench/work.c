/* SPDX-License-Identifier: MIT */
/*
 * work.c: arguments, threads, own memory and figures of the workloads. Nothing here calls the
 * allocator but work_malloc().
 */
#include "tests/bench/work.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define WORK_STACK_BYTES ((size_t)256 << 10)

static void __attribute__((noreturn)) usage(const char *program, const char *modes) {
  (void)dprintf(2,
                "%s: give PERCENT (of the work, up to 10000), THREADS (1 to 65536)%s%s; "
                "tests/bench/run does\n",
                program, modes != NULL ? " and a MODE of: " : "", modes != NULL ? modes : "");
  exit(2);
}

static int has_word(const char *words, const char *word) {
  const size_t length = strlen(word);
  for (const char *at = words; (at = strstr(at, word)) != NULL; at += length)
    if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
      return 1;
  return 0;
}

struct work work_parse(int count, char **arguments, const char *modes) {
  const char *program = count > 0 ? arguments[0] : "workload";
  if (count != (modes != NULL ? 4 : 3))
    usage(program, modes);
  char *end = NULL;
  const double percent = strtod(arguments[1], &end);
  if (end == arguments[1] || *end != '\0' || !(percent > 0.0 && percent <= 10000.0))
    usage(program, modes);
  const unsigned long threads = strtoul(arguments[2], &end, 10);
  if (end == arguments[2] || *end != '\0' || threads < 1 || threads > 65536)
    usage(program, modes);
  if (modes != NULL && (arguments[3][0] == '\0' || !has_word(modes, arguments[3])))
    usage(program, modes);
  return (struct work){percent, (unsigned)threads, modes != NULL ? arguments[3] : NULL};
}

int work_mode_is(const struct work *work, const char *mode) {
  return strcmp(work->mode, mode) == 0;
}

size_t work_amount(const struct work *work, size_t full) {
  const double amount = (double)full * work->percent / 100.0;
  return amount < 1.0 ? 1 : (size_t)amount;
}

void work_fail(const char *sentence) {
  (void)dprintf(2, "%s\n", sentence);
  _exit(1);
}

void *work_map(size_t bytes) {
  void *pages =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    work_fail("The workload got no memory for itself by mmap: give the machine more.");
  return pages;
}

void *work_malloc(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL)
    work_fail("malloc returned NULL: give the machine more memory, or the workload less to do.");
  return block;
}

/* ---- threads ---- */

struct worker {
  pthread_t thread;
  unsigned index;
  void (*body)(unsigned index, const struct work *work);
  const struct work *work;
};

static void *worker_main(void *argument) {
  const struct worker *worker = argument;
  worker->body(worker->index, worker->work);
  return NULL;
}

void work_threads_run(unsigned threads, void (*body)(unsigned index, const struct work *work),
                      const struct work *work) {
  struct worker *workers = work_map(threads * sizeof *workers);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, WORK_STACK_BYTES);
  for (unsigned i = 0; i < threads; i++) {
    workers[i] = (struct worker){.index = i, .body = body, .work = work};
    if (pthread_create(&workers[i].thread, &attributes, worker_main, &workers[i]) != 0)
      work_fail("A thread could not be created: raise the limit of processes (ulimit -u).");
  }
  for (unsigned i = 0; i < threads; i++)
    pthread_join(workers[i].thread, NULL);
  pthread_attr_destroy(&attributes);
}

/* ---- figures ---- */

double work_rss_bytes(void) {
  char text[128] = "";
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
  if (file >= 0)
    close(file);
  const char *space = length > 0 ? strchr(text, ' ') : NULL;
  if (space == NULL)
    work_fail("/proc/self/statm cannot be read: mount /proc.");
  const long page_bytes = sysconf(_SC_PAGESIZE);
  return strtod(space, NULL) * (double)page_bytes;
}

double work_peak_rss_bytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * (double)usage.ru_maxrss;
}

uint64_t work_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void work_print(const char *name, double value) {
  (void)dprintf(1, "%s %.9g\n", name, value);
}
