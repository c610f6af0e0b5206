/* SPDX-License-Identifier: MIT */
/*
 * A heap in pieces that grows gives back the free pages between its survivors; every other heap
 * keeps them. What is told as given back is not resident, and what survives is intact.
 */
#include "heap_test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <liballoc/alloc.h>

#include "heap/cache.h"
#include "heap/purge.h"
#include "observe/statistics.h"

enum { MIB = 1 << 20, KEPT_ONE_IN = 32 };

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
  assert_non_null(heap->block);
}

/* Blocks of so many bytes in all, each filled with what tells it from the others. */
static void heap_grow(struct heap *heap, size_t bytes, size_t total) {
  for (size_t i = 0; i < total / bytes; i++) {
    assert_true(heap->count < heap->most);
    struct block *block = &heap->block[heap->count];
    *block = (struct block){alloc_malloc(bytes), bytes};
    assert_non_null(block->at);
    memset(block->at, (int)(heap->count * 7 % 251), bytes);
    heap->count++;
  }
}

static void check_block(const struct heap *heap, size_t i) {
  const struct block *block = &heap->block[i];

  for (size_t b = 0; block->at && b < block->bytes; b += 1 + block->bytes / 16)
    if (block->at[b] != i * 7 % 251)
      fail_msg("byte %zu of block %zu is not what was written", b, i);
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
    assert_int_equal(mincore(arena, arena->slices * (size_t)SLICE_BYTES, resident), 0);
    for (size_t page = 0; page < arena->slices * (size_t)SLICE_BYTES / PAGE_BYTES; page++)
      look.resident += resident[page] & 1 ? PAGE_BYTES : 0;
    for (unsigned i = ARENA_HEADER_SLICES; i < arena->slices; i++) {
      const struct span *span = &arena->span[i];
      if (arena->tag[i] >> TAG_OWNER_SHIFT == 0 || span->back)
        continue;
      for (unsigned page = 0; page < span->slices * SLICE_BYTES / PAGE_BYTES; page++)
        if (span->purged >> page & 1) {
          assert_false(resident[(size_t)i * SLICE_BYTES / PAGE_BYTES + page] & 1);
          look.purged += PAGE_BYTES;
        }
    }
  }
  return look;
}

/* ---- heaps that keep their pages: first, while none of the process are given back ---- */

static void a_heap_used_by_half_keeps_its_pages(void **state) {
  struct heap heap;

  (void)state;
  heap_start(&heap, 200000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 11, 20);
  heap_grow(&heap, 3000, 64 * MIB);
  heap_grow(&heap, 100000, 16 * MIB);
  assert_int_equal(look_at_heap().purged, 0);
  cache_check(cache_self);
  heap_end(&heap);
}

static void a_heap_that_rises_and_falls_keeps_its_pages(void **state) {
  struct heap heap;

  (void)state;
  for (unsigned round = 0; round < 6; round++) {
    heap_start(&heap, 100000);
    heap_grow(&heap, 1000, 24 * MIB);
    heap_grow(&heap, 2500, 24 * MIB);
    heap_thin(&heap, 0, heap.count, 0, 1);
    free(heap.block);
    assert_int_equal(look_at_heap().purged, 0);
  }
}

static void a_heap_that_finds_room_keeps_its_pages(void **state) {
  struct heap heap;

  (void)state;
  heap_start(&heap, 300000);
  heap_grow(&heap, 1000, 48 * MIB);
  heap_grow(&heap, 3000, 48 * MIB);
  size_t spans_bytes = cache_self->span_bytes;
  for (unsigned round = 0; round < 3; round++) {
    heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
    heap_grow(&heap, 1000, 44 * MIB);
    heap_grow(&heap, 3000, 44 * MIB);
    assert_int_equal(look_at_heap().purged, 0);
    assert_true(cache_self->span_bytes <= spans_bytes + MIB);
  }
  heap_end(&heap);
}

static void a_small_heap_keeps_its_pages(void **state) {
  struct heap heap;

  (void)state;
  heap_start(&heap, 10000);
  heap_grow(&heap, 2000, 6 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 12 * MIB);
  assert_int_equal(look_at_heap().purged, 0);
  heap_end(&heap);
}

/* ---- heaps in pieces ---- */

static void a_heap_in_pieces_gives_back_as_it_grows(void **state) {
  static const size_t sizes[][2] = {
      {1000, 3000},
      {2000, 24},
      {4000, 20000},
      {9000, 500},
  };

  (void)state;
  for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
    struct heap heap;
    heap_start(&heap, (size_t)64 * MIB / sizes[s][0] + (size_t)40 * MIB / sizes[s][1] + 1);
    heap_grow(&heap, sizes[s][0], (size_t)64 * MIB);
    heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
    cache_flush_all(cache_self);
    struct look before = look_at_heap();
    heap_grow(&heap, sizes[s][1], (size_t)40 * MIB);
    struct look after = look_at_heap();
    cache_check(cache_self);
    /* Of longer blocks half of the spans are free as a whole. */
    size_t given = (size_t)(sizes[s][0] < 4000 ? 32 : 16) * MIB;
    assert_true(after.purged >= before.purged + given);
    assert_true(after.resident - after.dirty <=
                before.resident - before.dirty + (size_t)(40 + 8) * MIB - given);
    for (size_t i = 0; i < heap.count; i++)
      check_block(&heap, i);
    heap_end(&heap);
  }
}

/* Whoever wants no memory given back, gets that here, too. In a child, for the bound. */
static void a_heap_that_is_told_to_keeps_its_pages(void **state) {
  int status;
  pid_t child = fork();

  (void)state;
  if (child == 0) {
    struct heap heap;
    purge_set_bound(SIZE_MAX);
    heap_start(&heap, 100000);
    heap_grow(&heap, 1000, 64 * MIB);
    heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
    heap_grow(&heap, 3000, 40 * MIB);
    _exit(look_at_heap().purged == 0 ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* In a child, as large blocks count only while the heap is larger than it has been of late. */
static void it_gives_back_for_large_blocks_too(void **state) {
  static const size_t sizes[] = {100000, 4 * MIB};

  (void)state;
  for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
    int status;
    pid_t child = fork();
    if (child == 0) {
      struct heap heap;
      heap_start(&heap, 100000);
      heap_grow(&heap, 1000, 64 * MIB);
      heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
      heap_grow(&heap, sizes[s], 40 * MIB);
      for (size_t i = 0; i < heap.count; i++)
        check_block(&heap, i);
      _exit(look_at_heap().purged >= 32 * MIB ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
  }
}

static size_t foretold(void) {
  struct heap_count count;
  statistics_count(&count, NULL, 0);
  return count.trim_bytes;
}

/* What was given back is not given back again, nor told as if it could be. */
static void trimming_gives_back_the_rest(void **state) {
  struct heap heap;

  (void)state;
  heap_start(&heap, 100000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 12 * MIB);
  cache_flush_all(cache_self);
  size_t expected = foretold();
  struct look before = look_at_heap();
  assert_true(before.purged >= 16 * MIB);
  assert_true(expected >= 16 * MIB);
  assert_int_equal(purge_all(0), expected);
  assert_true(look_at_heap().purged > before.purged);
  assert_int_equal(foretold(), 0);
  heap_end(&heap);
}

static struct span *span_at(const void *block) {
  return arena_span(block);
}

/* Spans that were done are taken from last, and are looked at again when much has come back. */
static void spans_that_were_done_wait_behind(void **state) {
  enum { PER_SPAN = 64 };
  struct heap heap;
  size_t behind = 0, in_front = 0;

  (void)state;
  heap_start(&heap, 200000);
  heap_grow(&heap, 1000, 64 * MIB);
  size_t end = heap.count;
  heap_thin(&heap, 0, end, 16, PER_SPAN);
  cache_flush_all(cache_self);
  heap_grow(&heap, 3000, 40 * MIB);
  for (size_t i = 0; i < end; i += PER_SPAN)
    behind += span_at(heap.block[i].at)->listed == SPAN_BEHIND;
  assert_true(behind >= end / PER_SPAN * 9 / 10);

  /* Nearly as many of each as make no difference yet. */
  for (size_t i = 0; i < end; i++)
    if (i % PER_SPAN >= 10 && i % PER_SPAN < 16)
      free_block(&heap, i);
  cache_flush_all(cache_self);
  cache_check(cache_self);
  for (size_t i = 0; i < end; i += PER_SPAN)
    in_front += span_at(heap.block[i].at)->listed == SPAN_IN_FRONT;
  assert_true(in_front < end / PER_SPAN / 2);
  for (size_t i = 0; i < end; i++)
    if (i % PER_SPAN >= 4 && i % PER_SPAN < 10)
      free_block(&heap, i);
  cache_flush_all(cache_self);
  cache_check(cache_self);
  for (in_front = 0, behind = 0; behind < end; behind += PER_SPAN)
    in_front += span_at(heap.block[behind].at)->listed == SPAN_IN_FRONT;
  assert_true(in_front >= end / PER_SPAN * 9 / 10);

  /* Grown further, it gives back what has come free. */
  struct look before = look_at_heap();
  heap_grow(&heap, 3000, 16 * MIB);
  assert_true(look_at_heap().purged >= before.purged + 8 * MIB);
  heap_end(&heap);
}

static void pages_had_again_are_as_good_as_others(void **state) {
  struct heap heap;

  (void)state;
  heap_start(&heap, 200000);
  heap_grow(&heap, 1000, 64 * MIB);
  heap_thin(&heap, 0, heap.count, 1, KEPT_ONE_IN);
  heap_grow(&heap, 3000, 40 * MIB);
  struct look before = look_at_heap();
  for (unsigned i = 0; i < 10000; i++) {
    unsigned char *zeros = alloc_calloc(1, 1000);
    for (unsigned b = 0; b < 1000; b++)
      assert_int_equal(zeros[b], 0);
    alloc_free(zeros);
  }
  heap_grow(&heap, 1000, 56 * MIB);
  assert_true(look_at_heap().purged + 40 * MIB <= before.purged);
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

static void threads_give_back_their_own(void **state) {
  pthread_t thread[THREADS], trimmer;

  (void)state;
  pthread_barrier_init(&together, NULL, THREADS);
  for (unsigned i = 0; i < THREADS; i++)
    heap_start(&heaps[i], 400000);
  assert_int_equal(pthread_create(&trimmer, NULL, trim_and_count, NULL), 0);
  for (uintptr_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, shift_sizes, (void *)i), 0);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_gives_back_for_large_blocks_too),
      cmocka_unit_test(a_heap_that_is_told_to_keeps_its_pages),
      cmocka_unit_test(a_heap_used_by_half_keeps_its_pages),
      cmocka_unit_test(a_heap_that_rises_and_falls_keeps_its_pages),
      cmocka_unit_test(a_heap_that_finds_room_keeps_its_pages),
      cmocka_unit_test(a_small_heap_keeps_its_pages),
      cmocka_unit_test(a_heap_in_pieces_gives_back_as_it_grows),
      cmocka_unit_test(trimming_gives_back_the_rest),
      cmocka_unit_test(spans_that_were_done_wait_behind),
      cmocka_unit_test(pages_had_again_are_as_good_as_others),
      cmocka_unit_test(threads_give_back_their_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
