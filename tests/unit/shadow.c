/* SPDX-License-Identifier: MIT */
/*
 * The program whose heap is known: four named threads that allocate and free by a fixed seed, free
 * each other's blocks, and then rest. Between b and q nothing but alloc_ functions and barriers is
 * called, so every change of the heap is in the shadow.
 */
#include "tests/unit/shadow.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <liballoc/alloc.h>

#include "heap/size_class.h"
#include "tests/unit/target.h"

const char *const shadow_names[SHADOW_THREADS] = {"alpha", "beta", "gamma", "delta"};

static struct shadow *shadow;
static pthread_barrier_t barrier;

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static void note(struct shadow_block *block, void *address, uint32_t thread) {
  if (!address)
    _exit(125);
  *block =
      (struct shadow_block){(uintptr_t)address, alloc_usable_size(address), SHADOW_LIVE, thread};
}

/* The size of block i: each class, then large and huge ones, then at random. */
static size_t size_of(unsigned i, uint32_t *seed) {
  static const size_t special[] = {
      32769,   40000,    65536,    65537,    100000,   200000,           1000000,
      4000000, 16000000, 16777216, 16777217, 20000000, 40 * 1024 * 1024, 0};
  enum { SPECIAL = sizeof special / sizeof *special };

  if (i + 1 < CLASSES)
    return size_classes[i + 1].block_bytes;
  if (i - (CLASSES - 1) < SPECIAL)
    return special[i - (CLASSES - 1)];
  uint32_t r = next_random(seed);
  if (r % 50 == 0)
    return next_random(seed) % 32768 + 1;
  return next_random(seed) % (r % 5 == 0 ? 1024 : 200) + 1;
}

static void *aligned(unsigned i, size_t bytes) {
  return alloc_memalign((size_t)32 << i % 9, bytes);
}

static void *take(unsigned i, size_t bytes) {
  if (bytes == 0) /* blocks of no bytes are in no arena */
    bytes = 1;
  return i % 31 == 30   ? aligned(i / 31, bytes)
         : i % 11 == 10 ? alloc_calloc(1, bytes)
                        : alloc_malloc(bytes);
}

static void give(struct shadow_block *block, enum shadow_state state) {
  alloc_free((void *)(uintptr_t)block->address);
  block->state = state;
}

static void resize(struct shadow_block *block, size_t bytes) {
  void *moved = alloc_realloc((void *)(uintptr_t)block->address, bytes);
  note(block, moved, block->thread);
}

static void make_own(unsigned me, uint32_t thread) {
  uint32_t seed = 7 + me;
  struct shadow_block *blocks = shadow->block[me];

  for (unsigned i = 0; i < SHADOW_BLOCKS; i++) {
    note(&blocks[i], take(i, size_of(i, &seed)), thread);
    if (i > 200 && next_random(&seed) % 3 == 0) {
      struct shadow_block *old = &blocks[100 + next_random(&seed) % (i - 100)];
      if (old->state == SHADOW_LIVE)
        give(old, SHADOW_FREED);
    }
    if (i > 200 && next_random(&seed) % 10 == 0) {
      struct shadow_block *old = &blocks[next_random(&seed) % i];
      if (old->state == SHADOW_LIVE)
        resize(old, next_random(&seed) % 3000 + 1);
    }
  }
  /* Huge blocks that move, grow in place and shrink. */
  for (unsigned i = 0; i < SHADOW_BLOCKS; i++)
    if (blocks[i].state == SHADOW_LIVE && blocks[i].usable_bytes > 1 << 20)
      resize(&blocks[i], blocks[i].usable_bytes * 3 / (i % 2 ? 2 : 4));
}

static void free_others(unsigned me) {
  struct shadow_block *blocks = shadow->block[(me + 1) % SHADOW_THREADS];

  for (unsigned i = me; i < SHADOW_BLOCKS; i += 7)
    if (blocks[i].state == SHADOW_LIVE)
      give(&blocks[i], SHADOW_FREED);
}

static void use_again(unsigned me, uint32_t thread) {
  uint32_t seed = 99 + me;
  struct shadow_block *blocks = shadow->block[me];

  for (unsigned i = 0; i < SHADOW_BLOCKS; i += 2)
    if (blocks[i].state == SHADOW_FREED)
      note(&blocks[i], take(i, next_random(&seed) % 300 + 1), thread);
}

static void *thread_main(void *argument) {
  unsigned me = *(unsigned *)argument;
  uint32_t thread = (uint32_t)syscall(SYS_gettid);

  pthread_setname_np(pthread_self(), shadow_names[me]);
  shadow->thread[me] = thread;
  alloc_free(alloc_malloc(1));
  pthread_barrier_wait(&barrier); /* all here */
  pthread_barrier_wait(&barrier); /* go */
  make_own(me, thread);
  pthread_barrier_wait(&barrier);
  free_others(me);
  pthread_barrier_wait(&barrier);
  use_again(me, thread);
  if (me == 0)
    for (unsigned i = 0; i < SHADOW_LEFT; i++)
      note(&shadow->left[i], alloc_malloc(64), thread);
  pthread_barrier_wait(&barrier);
  /* The first thread sleeps from here on, so what the second one frees of it stays in transit. */
  if (me == 1)
    for (unsigned i = 0; i < SHADOW_LEFT; i++)
      give(&shadow->left[i], SHADOW_TRANSIT);
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier); /* looked at */
  return NULL;
}

int role_shadow(void) {
  static unsigned number[SHADOW_THREADS];
  static pthread_t threads[SHADOW_THREADS];

  shadow = mmap(NULL, sizeof *shadow, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FILE, 0);
  if (shadow == MAP_FAILED || alloc_snapshot_start(60) != 0)
    return 1;
  pthread_barrier_init(&barrier, NULL, SHADOW_THREADS + 1);
  for (unsigned i = 0; i < SHADOW_THREADS; i++) {
    number[i] = i;
    pthread_create(&threads[i], NULL, thread_main, &number[i]);
  }
  pthread_barrier_wait(&barrier);
  role_tell('b');
  if (role_listen() != 'g')
    return 1;
  for (unsigned step = 0; step < 5; step++)
    pthread_barrier_wait(&barrier);
  role_tell('q');
  role_listen();
  pthread_barrier_wait(&barrier);
  for (unsigned i = 0; i < SHADOW_THREADS; i++)
    pthread_join(threads[i], NULL);
  return 0;
}
