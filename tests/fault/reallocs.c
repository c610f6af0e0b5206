/* SPDX-License-Identifier: MIT */
/*
 * realloc by 16 threads: every block carries a checksum of all its bytes, which must survive
 * growing and shrinking in place, moving between classes, runs of slices and mappings, and a change
 * of hands.
 */
#include <pthread.h>

#include "tests/fault/fault.h"

enum { THREADS = 16, BLOCKS = 40, EXCHANGES = 32 };

struct block {
  uint64_t sum; /* of what follows */
  size_t bytes; /* of the whole */
  unsigned char content[];
};

static struct block *exchange[EXCHANGES];
static unsigned long rounds, moves;

static uint64_t checksum(const unsigned char *byte, size_t bytes) {
  uint64_t sum = UINT64_C(14695981039346656037);

  for (size_t i = 0; i + 8 <= bytes; i += 8) {
    uint64_t word;
    memcpy(&word, byte + i, 8);
    sum = (sum ^ word) * UINT64_C(1099511628211);
  }
  for (size_t i = bytes & ~(size_t)7; i < bytes; i++)
    sum = (sum ^ byte[i]) * UINT64_C(1099511628211);
  return sum;
}

static size_t content_bytes(const struct block *block) {
  return block->bytes - sizeof *block;
}

static void write_all(struct block *block, size_t from, struct random *random) {
  for (size_t i = from; i < content_bytes(block); i++)
    block->content[i] = (unsigned char)random_next(random);
  block->sum = checksum(block->content, content_bytes(block));
}

static size_t some_bytes(struct random *random) {
  static const unsigned most[] = {100, 100, 1000, 1000, 1000, 40000, 40000, 400000};
  size_t bytes = random_below(random, most[random_below(random, 8)]);
  if (random_below(random, 2000) == 0)
    bytes = (size_t)32 * FAULT_MIB + bytes;
  return sizeof(struct block) + bytes;
}

static void *work(void *seed) {
  struct random random = {(uintptr_t)seed};
  struct block *own[BLOCKS] = {NULL};

  for (unsigned long i = 0; i < rounds; i++) {
    struct block **place = &own[random_below(&random, BLOCKS)], *block = *place;
    size_t bytes = some_bytes(&random);
    size_t kept = 0;
    if (block) {
      must(block->sum == checksum(block->content, content_bytes(block)));
      kept = content_bytes(block);
    }
    uint64_t head = block && bytes < block->bytes ? checksum(block->content, bytes - sizeof *block)
                    : block                       ? block->sum
                                                  : 0;
    struct block *moved = realloc(block, size(bytes));
    must(moved != NULL);
    __atomic_fetch_add(&moves, moved != block, __ATOMIC_RELAXED);
    if (kept > bytes - sizeof *moved)
      kept = bytes - sizeof *moved;
    must(!block || head == checksum(moved->content, kept));
    moved->bytes = bytes;
    write_all(moved, kept, &random);
    *place =
        __atomic_exchange_n(&exchange[random_below(&random, EXCHANGES)], moved, __ATOMIC_ACQ_REL);
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(own[i]);
  return NULL;
}

int main(void) {
  pthread_t thread[THREADS];

  fault_patience(120, 1800);
  rounds = fault_count(800, 300000);
  for (uintptr_t i = 0; i < THREADS; i++)
    must(pthread_create(&thread[i], NULL, work, (void *)(i + 1)) == 0);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  for (unsigned i = 0; i < EXCHANGES; i++) {
    struct block *block = exchange[i];
    must(!block || block->sum == checksum(block->content, content_bytes(block)));
    free(block);
  }
  report("%lu reallocs by %d threads, %lu moved\n", rounds * THREADS, THREADS, moves);
  return 0;
}
