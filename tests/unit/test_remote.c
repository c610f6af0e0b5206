/* SPDX-License-Identifier: MIT */
/*
 * Frees by threads that do not own the block, orphans and their adoption: in the end every block is
 * back in its span, whoever freed it and whoever is gone.
 */
#include "heap_test.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>

#include "heap/cache.h"
#include "heap/purge.h"

enum { BLOCKS = 20000 };

static void *blocks[BLOCKS];
static uint32_t owner; /* number of the cache that made them */

static size_t bytes_of(unsigned i) {
  return 1 + i * 31 % 900;
}

static void make_blocks(void) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    blocks[i] = alloc_malloc(bytes_of(i));
    *(unsigned *)blocks[i] = i;
  }
  owner = cache_self->number;
}

static void free_blocks(unsigned first, unsigned step) {
  for (unsigned i = first; i < BLOCKS; i += step) {
    if (*(unsigned *)blocks[i] != i)
      fail_msg("block %u was written to by somebody else", i);
    alloc_free(blocks[i]);
  }
}

/* Blocks of classes that no span has as free, over all caches. */
static size_t taken_blocks(void) {
  size_t taken = 0;
  for (unsigned a = 0; a < arena_count(); a++) {
    struct arena *arena = arena_number(a);
    for (unsigned i = ARENA_HEADER_SLICES; i < arena->slices; i++) {
      const struct span *span = &arena->span[i];
      if (arena->tag[i] >> TAG_OWNER_SHIFT && span->back == 0)
        taken += span->capacity - span->free;
    }
  }
  return taken;
}

/* Everything that is free is in its span, as far as this thread can bring that about. */
static size_t settled_blocks(void) {
  if (cache_self != cache_none)
    cache_flush_all(cache_self);
  cache_collect_all(false);
  for (uint32_t i = 1; i <= cache_count(); i++)
    cache_check(cache_number(i));
  return taken_blocks();
}

static void run(void *(*work)(void *), void *argument) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, work, argument), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *nothing(void *argument) {
  alloc_free(alloc_malloc(10));
  return argument;
}

static void *freeing(void *argument) {
  uintptr_t part = (uintptr_t)argument;
  free_blocks(part >> 8, part & 0xff);
  return NULL;
}

static void *making(void *argument) {
  make_blocks();
  return argument;
}

/* How much is out before a test; threads and libc keep a few blocks after their first time. */
static size_t base(void) {
  run(nothing, NULL);
  run(nothing, NULL);
  return settled_blocks();
}

static void come_back_to_a_living_owner(void **state) {
  size_t before = base();

  (void)state;
  make_blocks();
  run(freeing, (void *)(uintptr_t)(0 << 8 | 1));
  assert_int_equal(settled_blocks(), before);
}

static void come_back_from_many_threads(void **state) {
  pthread_t threads[8];
  size_t before = base();

  (void)state;
  for (unsigned round = 0; round < 3; round++) {
    make_blocks();
    for (uintptr_t i = 0; i < 8; i++)
      assert_int_equal(pthread_create(&threads[i], NULL, freeing, (void *)(i << 8 | 8)), 0);
    for (unsigned i = 0; i < 8; i++)
      pthread_join(threads[i], NULL);
  }
  assert_true(settled_blocks() <= before + 16); /* what libc keeps for eight threads at once */
}

static void come_back_to_an_orphan(void **state) {
  size_t before = base();

  (void)state;
  run(making, NULL);
  assert_int_equal(cache_number(owner)->state, ALLOC_CACHE_ORPHANED);
  free_blocks(0, 1);
  assert_int_equal(settled_blocks(), before);
}

static void orphans_are_adopted(void **state) {
  (void)state;
  run(making, NULL);
  uint32_t first = owner, caches = cache_count();
  free_blocks(0, 1);
  for (unsigned i = 0; i < 200; i++) {
    run(making, NULL);
    free_blocks(0, 1);
  }
  assert_true(cache_count() <= caches + 1);
  assert_true(first <= cache_count());
  settled_blocks();
}

/* The adopter gets along with blocks that the dead thread left alive. */
static void adopters_own_what_they_inherit(void **state) {
  size_t before = base();

  (void)state;
  run(making, NULL);
  free_blocks(0, 2);
  static void *kept[BLOCKS];
  memcpy(kept, blocks, sizeof kept);
  for (unsigned i = 0; i < 10; i++) {
    run(making, NULL);
    free_blocks(0, 1);
  }
  memcpy(blocks, kept, sizeof kept);
  free_blocks(1, 2);
  assert_int_equal(settled_blocks(), before);
}

/* An owner that never calls again does not hold what others have freed. */
static pthread_barrier_t made, freed;

static void *making_and_sleeping(void *argument) {
  make_blocks();
  pthread_barrier_wait(&made);
  pthread_barrier_wait(&freed);
  return argument;
}

static void a_sleeping_owner_holds_little(void **state) {
  pthread_t thread;

  (void)state;
  base();
  pthread_barrier_init(&made, NULL, 2);
  pthread_barrier_init(&freed, NULL, 2);
  assert_int_equal(pthread_create(&thread, NULL, making_and_sleeping, NULL), 0);
  pthread_barrier_wait(&made);
  size_t with = cache_number(owner)->span_bytes;
  free_blocks(0, 1);
  size_t without = cache_number(owner)->span_bytes;
  assert_true(without < with / 2);
  remote_post_all(cache_self);
  cache_collect_all(true);
  assert_true(cache_number(owner)->span_bytes <= 75 * (size_t)SLICE_BYTES);
  pthread_barrier_wait(&freed);
  pthread_join(thread, NULL);
}

/* Pages in the first spans of each class that could be given back. */
static size_t purgeable_in_front(struct cache *cache) {
  size_t bytes = 0;

  for (unsigned k = 1; k < CLASSES; k++) {
    struct span *first = cache->partial[k], *second = first ? first->next : NULL;
    bytes += first ? span_purgeable(first, k, first->capacity) : 0;
    bytes += second ? span_purgeable(second, k, second->capacity) : 0;
  }
  return bytes;
}

/* What an owner that sleeps is left with in its queue, and in spans that its bins have blocks of,
 * is collected and purged by a thread that is awake. */
static void a_sleeping_owner_is_helped(void **state) {
  pthread_t thread;
  void *own[4000];

  (void)state;
  pthread_barrier_init(&made, NULL, 2);
  pthread_barrier_init(&freed, NULL, 2);
  assert_int_equal(pthread_create(&thread, NULL, making_and_sleeping, NULL), 0);
  pthread_barrier_wait(&made);
  free_blocks(0, 1);
  remote_post_all(cache_self);
  struct cache *sleeper = cache_number(owner);
  assert_non_null(peek(&sleeper->queue));
  assert_true(purgeable_in_front(sleeper) >= 256 * 1024);
  for (unsigned round = 0; round < 10000 && peek(&sleeper->others_collected); round++) {
    for (unsigned i = 0; i < 4000; i++)
      own[i] = alloc_malloc(2000);
    for (unsigned i = 0; i < 4000; i++)
      alloc_free(own[i]);
  }
  assert_null(peek(&sleeper->queue));
  assert_int_equal(purgeable_in_front(sleeper), 0);
  pthread_barrier_wait(&freed);
  pthread_join(thread, NULL);
}

static void *waiting(void *argument) {
  *(void **)argument = alloc_malloc(100);
  owner = cache_self->number;
  pthread_barrier_wait(&made);
  pthread_barrier_wait(&freed);
  return argument;
}

/* Few frees for another thread, which do not fill a batch, are on their way after a while all the
 * same. */
static void little_does_not_wait(void **state) {
  pthread_t thread;
  void *block, *own[4000];

  (void)state;
  pthread_barrier_init(&made, NULL, 2);
  pthread_barrier_init(&freed, NULL, 2);
  assert_int_equal(pthread_create(&thread, NULL, waiting, &block), 0);
  pthread_barrier_wait(&made);
  alloc_free(block);
  assert_non_null(cache_self->outbox[owner % OUTBOXES].batch);
  for (unsigned i = 0; i < 4000; i++)
    own[i] = alloc_malloc(2000);
  assert_null(cache_self->outbox[owner % OUTBOXES].batch);
  for (unsigned i = 0; i < 4000; i++)
    alloc_free(own[i]);
  pthread_barrier_wait(&freed);
  pthread_join(thread, NULL);
}

/* A key's destructor runs after the one that returned the cache: blocks still come and go. */
static pthread_key_t late_key;

static void late(void *block) {
  alloc_free(block);
  for (unsigned i = 0; i < 2000; i++)
    alloc_free(alloc_realloc(alloc_malloc(bytes_of(i)), bytes_of(i * 7)));
  free_blocks(0, 1);
}

static void *ending_late(void *argument) {
  pthread_setspecific(late_key, alloc_malloc(100));
  make_blocks();
  return argument;
}

static void threads_past_their_end_borrow(void **state) {
  size_t before = base();

  (void)state;
  assert_int_equal(pthread_key_create(&late_key, late), 0);
  uint32_t caches = cache_count();
  for (unsigned i = 0; i < 20; i++)
    run(ending_late, NULL);
  assert_true(cache_count() <= caches + 2);
  assert_int_equal(settled_blocks(), before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(come_back_to_a_living_owner),
      cmocka_unit_test(come_back_from_many_threads),
      cmocka_unit_test(come_back_to_an_orphan),
      cmocka_unit_test(orphans_are_adopted),
      cmocka_unit_test(adopters_own_what_they_inherit),
      cmocka_unit_test(a_sleeping_owner_holds_little),
      cmocka_unit_test(a_sleeping_owner_is_helped),
      cmocka_unit_test(little_does_not_wait),
      cmocka_unit_test(threads_past_their_end_borrow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
