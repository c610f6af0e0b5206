/* SPDX-License-Identifier: MIT */
/*
 * Threads that allocate, check and free at random, die and are born again, and hand each other
 * blocks, while the heap is counted and trimmed. Every block carries its size and a pattern made
 * from its address and a seed, so a block that two have, or that somebody wrote to, is found.
 *
 * usage: threads [ROUNDS]   or STRESS_ROUNDS in the environment; each round ends all threads once
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/allocator.h"
#include "tests/unit/random.h"

enum { THREADS = 6, MINE = 400, SHARED = 256, STEPS = 20000 };
#ifdef ALLOC_NO_INTERPOSE
enum { ROUNDS = 1 }; /* sanitizers are slow */
#else
enum { ROUNDS = 4 };
#endif

struct block {
  uint64_t bytes, seed; /* the pattern follows, to the end */
};

/* Blocks on their way between threads: taken and put by exchange. */
static struct block *shared[SHARED];
static bool done;

static _Noreturn void broken(const char *what, const void *block) {
  fprintf(stderr, "%s: block %p\n", what, block);
  abort();
}

/* Large blocks are marked here and there only. */
static size_t stride(size_t bytes) {
  return bytes < 4096 ? 8 : 4000;
}

static uint64_t pattern(const struct block *block, size_t at) {
  return ((uintptr_t)block + at) * UINT64_C(0x9e3779b97f4a7c15) ^ block->seed;
}

static void block_write(struct block *block, size_t bytes, uint64_t seed) {
  block->bytes = bytes;
  block->seed = seed;
  for (size_t at = sizeof *block; at + 8 <= bytes; at += stride(bytes)) {
    uint64_t word = pattern(block, at);
    memcpy((char *)block + at, &word, 8);
  }
}

/* origin: where the block was when it was written; up to bytes of it are left. */
static void block_check(const struct block *block, const struct block *origin, size_t bytes) {
  size_t step = stride(block->bytes);
  for (size_t at = sizeof *block; at + 8 <= bytes; at += step) {
    uint64_t word;
    memcpy(&word, (const char *)block + at, 8);
    if (word != (((uintptr_t)origin + at) * UINT64_C(0x9e3779b97f4a7c15) ^ block->seed))
      broken("not what was written", block);
  }
}

static size_t size_of_kind(struct random *random) {
  unsigned kind = random_below(random, 1000);
  if (kind < 700)
    return sizeof(struct block) + random_below(random, 200);
  if (kind < 930)
    return sizeof(struct block) + random_below(random, 4000);
  if (kind < 990)
    return sizeof(struct block) + random_below(random, 60000);
  if (kind < 999)
    return 100000 + random_below(random, 1000000);
  return ((size_t)32 << 20) + random_below(random, 1 << 20);
}

static struct block *block_make(struct random *random) {
  size_t bytes = size_of_kind(random), alignment = 16;
  struct block *block;

  switch (random_below(random, 8)) {
  case 0:
    block = calloc(1, size(bytes));
    for (size_t at = 0; block && at < bytes; at += bytes < 4096 ? 1 : 509)
      if (((char *)block)[at])
        broken("calloc did not zero", block);
    break;
  case 1:
    alignment = (size_t)16 << random_below(random, 10);
    block = memalign(alignment, size(bytes));
    break;
  default:
    block = malloc(size(bytes));
  }
  if (!block)
    broken("no memory", block);
  if ((uintptr_t)block % alignment)
    broken("not aligned", block);
  block_write(block, bytes, random_next(random));
  return block;
}

static void block_drop(struct block *block) {
  block_check(block, block, block->bytes);
  block->seed = ~block->seed; /* whoever still has it will see */
  free(block);
}

static struct block *block_resize(struct block *block, struct random *random) {
  size_t bytes = size_of_kind(random), old_bytes = block->bytes;
  const struct block *origin = hidden(block);

  block_check(block, block, old_bytes);
  block = realloc(block, size(bytes));
  if (!block)
    broken("no memory for realloc", origin);
  block_check(block, origin, old_bytes < bytes ? old_bytes : bytes);
  block_write(block, bytes, random_next(random));
  return block;
}

static pthread_key_t key;

/* Runs after the thread's own cache has gone, or before: in either case there is a heap. */
static void at_thread_end(void *block) {
  struct random random = {(uintptr_t)block | 1};
  block_drop(block);
  for (unsigned i = 0; i < 20; i++)
    block_drop(block_make(&random));
}

static void *work(void *seed) {
  struct random random = {(uintptr_t)seed};
  struct block *mine[MINE] = {NULL};

  pthread_setspecific(key, block_make(&random));
  for (unsigned step = 0; step < STEPS; step++) {
    struct block **slot = &mine[random_below(&random, MINE)];
    if (!*slot) {
      *slot = block_make(&random);
    } else if (random_below(&random, 10) == 0) {
      *slot = block_resize(*slot, &random);
    } else if (random_below(&random, 4) == 0) {
      /* The exchange hands the block over: what was written before is seen after. */
      *slot = __atomic_exchange_n(&shared[random_below(&random, SHARED)], *slot, __ATOMIC_ACQ_REL);
    } else {
      block_drop(*slot);
      *slot = NULL;
    }
  }
  for (unsigned i = 0; i < MINE; i++) {
    /* Every other block outlives its thread. */
    if (mine[i] && i % 2)
      mine[i] = __atomic_exchange_n(&shared[i % SHARED], mine[i], __ATOMIC_ACQ_REL);
    if (mine[i])
      block_drop(mine[i]);
  }
  return NULL;
}

static void *look_on(void *unused) {
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
    struct mallinfo2 info = mallinfo2();
    if (info.arena != info.uordblks + info.fordblks)
      broken("mallinfo2 does not add up", NULL);
    malloc_trim(0);
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    nanosleep(&pause, NULL);
  }
  return unused;
}

int main(int argc, char *argv[]) {
  const char *text = argc > 1 ? argv[1] : getenv("STRESS_ROUNDS");
  unsigned long rounds = text ? strtoul(text, NULL, 10) : ROUNDS;
  pthread_t threads[THREADS], observer;

  pthread_key_create(&key, at_thread_end);
  pthread_create(&observer, NULL, look_on, NULL);
  for (unsigned long round = 0; round < rounds; round++) {
    for (uintptr_t i = 0; i < THREADS; i++)
      if (pthread_create(&threads[i], NULL, work, (void *)(round * 1000 + i + 1)) != 0)
        broken("no thread", NULL);
    for (unsigned i = 0; i < THREADS; i++)
      pthread_join(threads[i], NULL);
  }
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  pthread_join(observer, NULL);
  for (unsigned i = 0; i < SHARED; i++)
    if (shared[i])
      block_drop(shared[i]);
  printf("%lu rounds of %d threads\n", rounds, THREADS);
  return 0;
}
