/* SPDX-License-Identifier: MIT */
/*
 * RLIMIT_AS and RLIMIT_DATA reached over and over: NULL and ENOMEM, contents intact, everything
 * usable again once it is freed, and no address space lost on the way.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/fault/fault.h"

enum { MOST = 1 << 19, SPACE_BYTES = 96 * FAULT_MIB, THREADS = 4 };

static unsigned char **blocks;
static size_t *bytes_of;

static void *table(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(p != MAP_FAILED);
  return p;
}

/* Fills memory up with blocks of a mixture of sizes; the sum of their bytes. */
static size_t fill_up(struct random *random, size_t most_bytes, size_t *count) {
  size_t sum = 0, n = 0;

  for (;; n++) {
    size_t bytes = 1 + random_below(random, (unsigned)most_bytes);
    must(n < MOST);
    errno = 0;
    blocks[n] = malloc(size(bytes));
    if (!blocks[n])
      break;
    fault_fill(blocks[n], bytes, (unsigned)n);
    bytes_of[n] = bytes;
    sum += bytes;
  }
  must(errno == ENOMEM);
  *count = n;
  return sum;
}

static void free_all(size_t count) {
  for (size_t i = 0; i < count; i++) {
    must(fault_holds(blocks[i], bytes_of[i], (unsigned)i));
    errno = 1234;
    free(blocks[i]);
    must(errno == 1234);
  }
}

/* Threads of a full process: each can free and allocate again, or is told that it cannot. */
static void *live_with_little(void *seed) {
  struct random random = {(uintptr_t)seed};
  void *own[50] = {NULL};

  for (unsigned i = 0; i < 20000; i += (unsigned)fault_step()) {
    unsigned at = random_below(&random, 50);
    free(own[at]);
    errno = 0;
    own[at] = malloc(size(random_below(&random, 30000)));
    must(own[at] || errno == ENOMEM);
  }
  for (unsigned i = 0; i < 50; i++)
    free(own[i]);
  return NULL;
}

static void with_threads(void) {
  pthread_t thread[THREADS];
  pthread_attr_t attributes;
  unsigned started = 0;

  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (uintptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&thread[started], &attributes, live_with_little, (void *)(i + 1)) == 0)
      started++;
  for (unsigned i = 0; i < started; i++)
    pthread_join(thread[i], NULL);
}

static _Noreturn void child(int resource, size_t most_bytes, unsigned long rounds) {
  /* Large ones end at the first that does not fit. */
  size_t least_sum = most_bytes > 10 * FAULT_MIB ? SPACE_BYTES / 5 : SPACE_BYTES / 2;
  size_t count;

  blocks = table(MOST * sizeof *blocks);
  bytes_of = table(MOST * sizeof *bytes_of);
  /* What the first malloc maps for itself is no part of what is measured. */
  free(malloc(size(100)));
  fault_limit(resource, SPACE_BYTES);
  for (unsigned long round = 0; round < rounds; round++) {
    struct random random = {most_bytes};
    size_t sum = fill_up(&random, most_bytes, &count);
    must(sum >= least_sum);
    if (round == 1 && most_bytes < 10 * FAULT_MIB)
      /* As much must fit for ever; short arenas keep some address space, and gaps at random. Where
       * large blocks are in the mixture, the first that does not fit is worth one of them. */
      least_sum = sum - sum / (resource == RLIMIT_DATA && !hardened() ? 32 : 10) - most_bytes;
    if (round % 4 == 1)
      with_threads();
    must(calloc(1, size(SPACE_BYTES)) == NULL && errno == ENOMEM);
    must(realloc(blocks[0], size(SPACE_BYTES)) == NULL && errno == ENOMEM);
    free_all(count);
  }
  _exit(0);
}

int main(void) {
  static const size_t most_bytes[] = {600, 20000, 300000, 3 * FAULT_MIB, 40 * FAULT_MIB};
  static const int resources[] = {RLIMIT_AS, RLIMIT_DATA};
  /* Three at least: the third must fit what the second did. */
  const unsigned long rounds = hardened() && !fault_is_long() ? 3 : fault_count(6, 100);
  unsigned long exhausted = 0;

  fault_patience(120, 1200);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer reserves more address space than any limit leaves");
  for (unsigned r = 0; r < 2; r++)
    for (unsigned i = 0; i < sizeof most_bytes / sizeof *most_bytes; i++) {
      int status;
      pid_t pid = fork();
      must(pid >= 0);
      if (pid == 0)
        child(resources[r], most_bytes[i], rounds);
      must(waitpid(pid, &status, 0) == pid);
      if (status != 0)
        fprintf(stderr, "limit %u, blocks up to %zu bytes: status 0x%x\n", r, most_bytes[i],
                (unsigned)status);
      must(status == 0);
      exhausted += rounds;
    }
  report("memory exhausted %lu times\n", exhausted);
  return 0;
}
