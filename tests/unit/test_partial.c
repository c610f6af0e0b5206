/* SPDX-License-Identifier: MIT */
/*
 * A heap in pieces that grows gives back the free pages between its survivors; every other heap
 * keeps them. What is told as given back is not resident, and what survives is intact.
 */
#include "heap_test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <liballoc/alloc.h>

#include "child.h"
#include "heap/cache.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "observe/statistics.h"

enum { MIB = 1 << 20, KEPT_ONE_IN = 32 };

static _Noreturn void broken(int line, const char *what) {
  print_error("line %d: not true: %s\n", line, what);
  _exit(1);
}

#define must(condition) ((condition) ? (void)0 : broken(__LINE__, #condition))

struct block {
  unsigned char *at;
  size_t bytes;
};

struct heap {
  struct block *block;
  size_t count, most;
};

static void heap_start(struct heap *heap, size_t most) {
  *heap = (struct heap){calloc(most, sizeof(struct block)), 0, most};
  must(heap->block != NULL);
}

/* Blocks of so many bytes in all, each filled with what tells it from the others. */
static void heap_grow(struct heap *heap, size_t bytes, size_t total) {
  for (size_t i = 0; i < total / bytes; i++) {
    must(heap->count < heap->most);
    struct block *block = &heap->block[heap->count];
    *block = (struct block){alloc_malloc(bytes), bytes};
    must(block->at != NULL);
    memset(block->at, (int)(heap->count * 7 % 251), bytes);
    heap->count++;
  }
}

static void check_block(const struct heap *heap, size_t i) {
  const struct block *block = &heap->block[i];

  for (size_t b = 0; block->at && b < block->bytes; b += 1 + block->bytes / 16)
    if (block->at[b] != i * 7 % 251)
      broken(__LINE__, "what was written is there");
}

static void free_block(struct heap *heap, size_t i) {
  check_block(heap, i);
  alloc_free(heap->block[i].at);
  heap->block[i].at = NULL;
}

/* Frees all of [first, end) but those whose number, modulo of, is below kept. */
static void heap_thin(struct heap *heap, size_t first, size_t end, size_t kept, size_t of) {
  for (size_t i = first; i < end; i++)
    if (heap->block[i].at && i % of >= kept)
      free_block(heap, i);
}

static void heap_end(struct heap *heap) {
  heap_thin(heap, 0, heap->count, 0, 1);
  free(heap->block);
  cache_flush_all(cache_self);
  purge_all(0);
  cache_check(cache_self);
}

/* Bytes of arenas that are resident, how many of them may be in free slices, which purge.h bounds,
 * and bytes of spans in pages said to be given back, none of which may be resident. */
struct look {
  size_t resident, dirty, purged;
};

static struct look look_at_heap(void) {
  static unsigned char resident[ARENA_BYTES / PAGE_BYTES];
  struct look look = {.dirty = arena_dirty_bytes()};

  for (unsigned a = 0; a < arena_count(); a++) {
    struct arena *arena = arena_number(a);
    must(mincore(arena, arena->slices * (size_t)SLICE_BYTES, resident) == 0);
    for (size_t page = 0; page < arena->slices * (size_t)SLICE_BYTES / PAGE_BYTES; page++)
      look.resident += resident[page] & 1 ? PAGE_BYTES : 0;
    for (unsigned i = ARENA_HEADER_SLICES; i < arena->slices; i++) {
      const struct span *span = &arena->span[i];
      if (arena->tag[i] >> TAG_OWNER_SHIFT == 0 || span->back)
        continue;
      for (unsigned page = 0; page < span->slices * SLICE_BYTES / PAGE_BYTES; page++)
        if (span->purged >> page & 1) {
          must(!(resident[(size_t)i * SLICE_BYTES / PAGE_BYTES + page] & 1));
          look.purged += PAGE_BYTES;
        }
    }
  }
  return look;
}

/* ---- heaps that keep their pages ---- */

static void a_heap_used_by_half_keeps_its_pages(void) {
  struct heap heap;

  heap_start(&heap, 200000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 11, 20);
  heap_grow(&heap, 3000, 64 * MIB);
  heap_grow(&heap, 100000, 16 * MIB);
  must(look_at_heap().purged == 0);
  cache_check(cache_self);
  heap_end(&heap);
}

static void a_heap_that_rises_and_falls_keeps_its_pages(void) {
  struct heap heap;

  for (unsigned round = 0; round < 6; round++) {
    heap_start(&heap, 100000);
    heap_grow(&heap, 1000, 24 * MIB);
    heap_grow(&heap, 2500, 24 * MIB);
    heap_thin(&heap, 0, heap.count, 0, 1);
    free(heap.block);
    must(look_at_heap().purged == 0);
  }
}

static void a_heap_that_finds_room_keeps_its_pages(void) {
  struct heap heap;

  heap_start(&heap, 300000);
  heap_grow(&heap, 1000, 48 * MIB);
  heap_grow(&heap, 3000, 48 * MIB);
  size_t spans_bytes = cache_self->span_bytes;
  for (unsigned round = 0; round < 3; round++) {
    heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
    heap_grow(&heap, 1000, 44 * MIB);
    heap_grow(&heap, 3000, 44 * MIB);
    must(look_at_heap().purged == 0);
    must(cache_self->span_bytes <= spans_bytes + MIB);
  }
  heap_end(&heap);
}

static void a_small_heap_keeps_its_pages(void) {
  struct heap heap;

  heap_start(&heap, 10000);
  heap_grow(&heap, 2000, 6 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 12 * MIB);
  must(look_at_heap().purged == 0);
  heap_end(&heap);
}

/* ---- heaps in pieces ---- */

/* Blocks of other sizes take the place of most: what is resident grows by less. */
static void shifts(size_t bytes, size_t other_bytes, size_t given) {
  struct heap heap;

  heap_start(&heap, (size_t)64 * MIB / bytes + (size_t)40 * MIB / other_bytes + 1);
  heap_grow(&heap, bytes, (size_t)64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  cache_flush_all(cache_self);
  struct look before = look_at_heap();
  heap_grow(&heap, other_bytes, (size_t)40 * MIB);
  struct look after = look_at_heap();
  cache_check(cache_self);
  must(after.purged >= before.purged + given);
  must(after.resident - after.dirty <=
       before.resident - before.dirty + (size_t)(40 + 8) * MIB - given);
  for (size_t i = 0; i < heap.count; i++)
    check_block(&heap, i);
  heap_end(&heap);
}

static void a_heap_in_pieces_gives_back_as_it_grows(void) {
  shifts(1000, 3000, 40 * MIB);
}

static void it_gives_back_for_smaller_blocks(void) {
  shifts(2000, 24, 40 * MIB);
}

/* Of longer blocks half of the spans are free as a whole. */
static void it_gives_back_for_longer_blocks(void) {
  shifts(4000, 20000, 24 * MIB);
}

static void it_gives_back_of_longer_blocks(void) {
  shifts(9000, 500, 16 * MIB);
}

/* Whoever wants no memory given back, gets that here, too. */
static void a_heap_that_is_told_to_keeps_its_pages(void) {
  struct heap heap;

  purge_set_bound(SIZE_MAX);
  heap_start(&heap, 100000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 40 * MIB);
  must(look_at_heap().purged == 0);
}

static void gives_back_for(size_t bytes) {
  struct heap heap;

  heap_start(&heap, 100000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, bytes, 40 * MIB);
  for (size_t i = 0; i < heap.count; i++)
    check_block(&heap, i);
  must(look_at_heap().purged >= 32 * MIB);
}

static void it_gives_back_for_large_blocks_too(void) {
  gives_back_for(100000);
}

static void it_gives_back_for_regions_too(void) {
  gives_back_for(4 * MIB);
}

static size_t foretold(void) {
  struct heap_count count;
  statistics_count(&count, NULL, 0);
  return count.trim_bytes;
}

/* What was given back is not given back again, nor told as if it could be. */
static void trimming_gives_back_the_rest(void) {
  struct heap heap;

  heap_start(&heap, 100000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 12 * MIB);
  cache_flush_all(cache_self);
  size_t expected = foretold();
  struct look before = look_at_heap();
  must(before.purged >= 16 * MIB);
  must(expected >= 16 * MIB);
  must(purge_all(0) == expected);
  must(look_at_heap().purged > before.purged);
  must(foretold() == 0);
  heap_end(&heap);
}

static struct span *span_at(const void *block) {
  return arena_span(block);
}

/* Spans that were done are taken from last, and are looked at again when much has come back. */
static void spans_that_were_done_wait_behind(void) {
  enum { PER_SPAN = 64 };
  struct heap heap;
  size_t behind = 0, in_front = 0;

  heap_start(&heap, 200000);
  heap_grow(&heap, 1000, 64 * MIB);
  size_t end = heap.count;
  heap_thin(&heap, 0, end, 16, PER_SPAN);
  cache_flush_all(cache_self);
  heap_grow(&heap, 3000, 40 * MIB);
  for (size_t i = 0; i < end; i += PER_SPAN)
    behind += span_at(heap.block[i].at)->listed == SPAN_BEHIND;
  must(behind >= end / PER_SPAN * 9 / 10);

  /* Nearly as many of each as make no difference yet. */
  for (size_t i = 0; i < end; i++)
    if (i % PER_SPAN >= 10 && i % PER_SPAN < 16)
      free_block(&heap, i);
  cache_flush_all(cache_self);
  cache_check(cache_self);
  for (size_t i = 0; i < end; i += PER_SPAN)
    in_front += span_at(heap.block[i].at)->listed == SPAN_IN_FRONT;
  must(in_front < end / PER_SPAN / 2);
  for (size_t i = 0; i < end; i++)
    if (i % PER_SPAN >= 4 && i % PER_SPAN < 10)
      free_block(&heap, i);
  cache_flush_all(cache_self);
  cache_check(cache_self);
  for (in_front = 0, behind = 0; behind < end; behind += PER_SPAN)
    in_front += span_at(heap.block[behind].at)->listed == SPAN_IN_FRONT;
  must(in_front >= end / PER_SPAN * 9 / 10);

  /* Grown further, it gives back what has come free. */
  struct look before = look_at_heap();
  heap_grow(&heap, 3000, 16 * MIB);
  must(look_at_heap().purged >= before.purged + 8 * MIB);
  heap_end(&heap);
}

static void pages_had_again_are_as_good_as_others(void) {
  struct heap heap;

  heap_start(&heap, 200000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 40 * MIB);
  struct look before = look_at_heap();
  for (unsigned i = 0; i < 10000; i++) {
    unsigned char *zeros = alloc_calloc(1, 1000);
    for (unsigned b = 0; b < 1000; b++)
      must(zeros[b] == 0);
    alloc_free(zeros);
  }
  heap_grow(&heap, 1000, 56 * MIB);
  must(look_at_heap().purged + 40 * MIB <= before.purged);
  cache_check(cache_self);
  heap_end(&heap);
}

/* What is given back and soon wanted again is regretted: a heap that serves two things in turn
 * keeps its pages after the first few turns. Regret fades within seconds, so that a slow machine
 * tells nothing. */
static void what_was_wanted_again_stays(void) {
  enum { ROUNDS = 24, LIVE_BYTES = 48 * MIB };
  struct random random = {3};
  struct heap heap;
  size_t live = 0, bytes, before = span_retaken_bytes();
  uint64_t start_ns = os_now_ns();

  heap_start(&heap, 1000000);
  for (unsigned round = 0; round < ROUNDS; round++) {
    bytes = round % 2 ? 800 : 2600;
    size_t grown = (LIVE_BYTES - live) / bytes * bytes;
    heap_grow(&heap, bytes, grown);
    live += grown;
    for (size_t i = 0; i < heap.count; i++)
      if (heap.block[i].at && random_below(&random, 20) != 0) {
        live -= heap.block[i].bytes;
        free_block(&heap, i);
      }
  }
  size_t retaken = span_retaken_bytes() - before;
  must(retaken > 0);
  if (os_now_ns() - start_ns < 1000000000)
    must(retaken <= (size_t)4 * LIVE_BYTES);
  cache_check(cache_self);
  heap_end(&heap);
}

/* ---- threads ---- */

enum { THREADS = 4, PHASES = 6 };

static pthread_barrier_t together;
static struct heap heaps[THREADS];
static bool done;

/* Each thread grows in phases of other sizes; half of what is freed the next thread frees. */
static void *shift_sizes(void *argument) {
  size_t index = (uintptr_t)argument, bytes = 200 + 56 * index;
  struct heap *own = &heaps[index], *other = &heaps[(index + 1) % THREADS];

  for (unsigned phase = 0; phase < PHASES; phase++, bytes = bytes * 2 - 8) {
    heap_grow(own, bytes, 20 * MIB);
    pthread_barrier_wait(&together);
    size_t half = other->count / 2;
    heap_thin(other, 0, half, 1, KEPT_ONE_IN);
    pthread_barrier_wait(&together);
    heap_thin(own, own->count / 2, own->count, 1, KEPT_ONE_IN);
  }
  pthread_barrier_wait(&together);
  for (size_t i = 0; i < own->count; i++)
    if (own->block[i].at)
      free_block(own, i);
  return NULL;
}

/* Who trims and counts meanwhile finds a sound heap. */
static void *trim_and_count(void *argument) {
  while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
    purge_all((size_t)4 * MIB);
    foretold();
    alloc_free(alloc_malloc(100));
  }
  return argument;
}

/* In this process, which tells of races as it ends. */
static void threads_give_back_their_own(void **state) {
  (void)state;
  pthread_t thread[THREADS], trimmer;

  pthread_barrier_init(&together, NULL, THREADS);
  for (unsigned i = 0; i < THREADS; i++)
    heap_start(&heaps[i], 400000);
  must(pthread_create(&trimmer, NULL, trim_and_count, NULL) == 0);
  for (uintptr_t i = 0; i < THREADS; i++)
    must(pthread_create(&thread[i], NULL, shift_sizes, (void *)i) == 0);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  __atomic_store_n(&done, true, __ATOMIC_RELEASE);
  pthread_join(trimmer, NULL);
  cache_collect_all(true);
  for (uint32_t i = 1; i <= cache_count(); i++)
    cache_check(cache_number(i));
  look_at_heap();
  for (unsigned i = 0; i < THREADS; i++)
    free(heaps[i].block);
}

/* Each in a process of its own: what others have given back and wanted again would be regretted. */
static void call(const void *test) {
  (*(void (*const *)(void))test)();
  _exit(0); /* with a heap that is still in use */
}

static void run_alone(void **state) {
  struct child child = child_run(call, *state);

  assert_true(child_succeeded(&child));
}

#define ALONE(test)                                                                                \
  {                                                                                                \
#test, run_alone, NULL, NULL, &(void (*)(void)) {                                              \
      test                                                                                         \
    }                                                                                              \
  }

int main(void) {
  const struct CMUnitTest tests[] = {
      ALONE(a_heap_used_by_half_keeps_its_pages),
      ALONE(a_heap_that_rises_and_falls_keeps_its_pages),
      ALONE(a_heap_that_finds_room_keeps_its_pages),
      ALONE(a_small_heap_keeps_its_pages),
      ALONE(a_heap_that_is_told_to_keeps_its_pages),
      ALONE(a_heap_in_pieces_gives_back_as_it_grows),
      ALONE(it_gives_back_for_smaller_blocks),
      ALONE(it_gives_back_for_longer_blocks),
      ALONE(it_gives_back_of_longer_blocks),
      ALONE(it_gives_back_for_large_blocks_too),
      ALONE(it_gives_back_for_regions_too),
      ALONE(trimming_gives_back_the_rest),
      ALONE(spans_that_were_done_wait_behind),
      ALONE(pages_had_again_are_as_good_as_others),
      ALONE(what_was_wanted_again_stays),
      cmocka_unit_test(threads_give_back_their_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
