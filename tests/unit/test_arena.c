/* SPDX-License-Identifier: MIT */
/* Arenas against a list of the runs that are out. */
#include "heap_test.h"

#include "child.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap/arena.h"
#include "heap/os.h"

enum { RUNS = 400, STEPS = 20000, MARK = 0x7b };

enum { HUGE_SLICES = HUGE_BYTES / SLICE_BYTES };

struct run {
  char *first;
  unsigned slices;
};

static size_t page_of(const struct run *run, unsigned slice) {
  return (size_t)slice * SLICE_BYTES +
         (size_t)(slice * 7 % (SLICE_BYTES / PAGE_BYTES)) * PAGE_BYTES +
         ((uintptr_t)run->first >> 16) % 100;
}

/* A byte in each slice, so that lost or shared slices show. */
static void mark(const struct run *run) {
  for (unsigned i = 0; i < run->slices; i++)
    run->first[page_of(run, i)] = MARK;
}

static void check_mark(const struct run *run) {
  for (unsigned i = 0; i < run->slices; i++)
    assert_int_equal(run->first[page_of(run, i)], MARK);
}

static void check_zero(const char *first, size_t bytes) {
  for (size_t at = 0; at < bytes; at += at % PAGE_BYTES < 128 ? 1 : PAGE_BYTES - 128)
    assert_int_equal(first[at], 0);
}

static struct run take(unsigned slices, size_t alignment) {
  bool zeroed = false;
  struct run run = {arena_take(slices, alignment, &zeroed), slices};

  assert_non_null(run.first);
  assert_int_equal((uintptr_t)run.first % alignment, 0);
  assert_true(arena_slice(run.first) >= ARENA_HEADER_SLICES);
  assert_true(arena_slice(run.first) + slices <= ARENA_SLICES);
  assert_ptr_equal(arena_of(run.first), arena_of(run.first + (size_t)slices * SLICE_BYTES - 1));
  for (unsigned i = 0; i < slices; i++)
    assert_int_equal(arena_tag_of(run.first + (size_t)i * SLICE_BYTES), TAG_NONE);
  if (zeroed)
    check_zero(run.first, (size_t)slices * SLICE_BYTES);
  arena_tag(run.first, slices, TAG_LARGE);
  mark(&run);
  return run;
}

static void give(struct run *run) {
  check_mark(run);
  arena_tag(run->first, run->slices, TAG_NONE);
  arena_give(run->first, run->slices);
  run->first = NULL;
}

static unsigned resident_pages(const char *first, size_t bytes) {
  static unsigned char pages[ARENA_BYTES / PAGE_BYTES];
  unsigned resident = 0;

  assert_int_equal(mincore((void *)(uintptr_t)first, bytes, pages), 0);
  for (size_t i = 0; i < bytes / PAGE_BYTES; i++)
    resident += pages[i] & 1;
  return resident;
}

/* Whatever is resident of free slices counts as dirty. */
static void check_clean(const struct arena *arena) {
  for (unsigned i = ARENA_HEADER_SLICES; i < arena->slices; i++) {
    uint64_t bit = UINT64_C(1) << i % 64;
    if (arena->free[i / 64] & bit && !(arena->dirty[i / 64] & bit))
      assert_int_equal(resident_pages((const char *)arena + (size_t)i * SLICE_BYTES, SLICE_BYTES),
                       0);
  }
}

static size_t check_all(void) {
  size_t dirty = 0;
  for (unsigned i = 0; i < arena_count(); i++) {
    struct arena *arena = arena_number(i);
    arena_check(arena);
    unsigned free = 0, own = 0;
    for (unsigned w = 0; w < ARENA_WORDS; w++) {
      free += (unsigned)__builtin_popcountl(arena->free[w]);
      own += (unsigned)__builtin_popcountl(arena->dirty[w]);
    }
    assert_int_equal(arena->free_count, free);
    assert_int_equal(arena->dirty_count, own);
    check_clean(arena);
    dirty += own;
  }
  return dirty * SLICE_BYTES;
}

static void hands_out_what_is_free(void **state) {
  static struct run runs[RUNS];
  struct random random = {3};
  size_t base = arena_used_bytes(), out = 0;

  (void)state;
  for (unsigned step = 0; step < STEPS; step++) {
    struct run *run = &runs[random_below(&random, RUNS)];
    unsigned what = random_below(&random, 100);
    if (what == 0) {
      size_t keep = (size_t)random_below(&random, 200) * SLICE_BYTES, before = arena_dirty_bytes();
      size_t purged = arena_purge(keep, true);
      assert_int_equal(arena_dirty_bytes(), before - purged);
      assert_true(arena_dirty_bytes() <= keep || before <= keep);
    } else if (run->first && what < 20) {
      bool zeroed;
      unsigned more = 1 + random_below(&random, 5);
      if (arena_extend(run->first, run->slices, more, &zeroed)) {
        char *end = run->first + (size_t)run->slices * SLICE_BYTES;
        if (zeroed)
          check_zero(end, (size_t)more * SLICE_BYTES);
        arena_tag(end, more, TAG_LARGE_REST);
        check_mark(run);
        run->slices += more;
        out += more;
        mark(run);
      }
    } else if (run->first) {
      out -= run->slices;
      give(run);
    } else {
      unsigned slices = random_below(&random, 4) ? 1 : 1 + random_below(&random, 40);
      *run = take(slices,
                  (size_t)SLICE_BYTES << (random_below(&random, 4) ? 0 : random_below(&random, 8)));
      out += slices;
    }
    assert_int_equal(arena_used_bytes(), base + out * SLICE_BYTES);
    if (step % 500 == 0)
      assert_int_equal(check_all(), arena_dirty_bytes());
  }
  for (unsigned i = 0; i < RUNS; i++)
    if (runs[i].first)
      give(&runs[i]);
  assert_int_equal(arena_used_bytes(), base);
  arena_purge(0, true);
  assert_int_equal(arena_dirty_bytes(), 0);
  assert_int_equal(check_all(), 0);
}

/* From 12 MiB on, one slice fills the huge page that it lies in, unless that is turned off. */
static void fills_huge_pages(void **state) {
  enum { MANY = 3 * HUGE_SLICES, LEAST = 12 * 1024 * 1024 / SLICE_BYTES };
  struct run runs[LEAST + MANY];
  unsigned count = 0, filled[2] = {0};

  (void)state;
  arena_purge(0, true);
  while (arena_used_bytes() < (size_t)LEAST * SLICE_BYTES)
    runs[count++] = take(1, SLICE_BYTES);
  for (unsigned on = 0; on < 2; on++) {
    os_set_huge(on);
    arena_purge(0, true);
    for (unsigned i = 0; i < MANY; i++) {
      bool zeroed;
      runs[count + i] = (struct run){arena_take(1, SLICE_BYTES, &zeroed), 1};
      arena_tag(runs[count + i].first, 1, TAG_LARGE);
      mark(&runs[count + i]);
      filled[on] += resident_pages(runs[count + i].first, SLICE_BYTES) == SLICE_BYTES / PAGE_BYTES;
    }
    check_all();
    for (unsigned i = 0; i < MANY; i++)
      give(&runs[count + i]);
  }
  print_message("slices in huge pages: %u without, %u with, of %u\n", filled[0], filled[1],
                (unsigned)MANY);
  assert_int_equal(filled[0], 0);
  while (count > 0)
    give(&runs[--count]);
  arena_purge(0, true);
  assert_int_equal(check_all(), 0);
}

/* What comes with a huge page was purged in vain as well, if it was handed out before. */
static void counts_what_comes_with_a_huge_page(void **state) {
  enum { MANY = 8 * HUGE_SLICES };
  bool zeroed;

  (void)state;
  os_set_huge(true);
  char *first = arena_take(MANY, HUGE_BYTES, &zeroed);
  assert_non_null(first);
  arena_give(first, MANY);
  arena_purge(0, true);
  size_t before = arena_retaken_bytes();
  assert_ptr_equal(arena_take(1, HUGE_BYTES, &zeroed), first);
  print_message("with one slice came %zu KiB\n", arena_dirty_bytes() / 1024);
  assert_int_equal(arena_retaken_bytes() - before, SLICE_BYTES + arena_dirty_bytes());
  arena_give(first, 1);
  arena_purge(0, true);
  assert_int_equal(check_all(), 0);
}

static struct run huge_runs[3][HUGE_SLICES];
static const char *huge_first;

/* Takes the slices of three huge pages, one by one, in order of their addresses. */
static void take_three_huge(void) {
  bool zeroed;
  char *first = arena_take(3 * HUGE_SLICES, HUGE_BYTES, &zeroed);

  assert_non_null(first);
  huge_first = first;
  for (unsigned i = 0; i < 3 * HUGE_SLICES; i++) {
    huge_runs[i / HUGE_SLICES][i % HUGE_SLICES] = (struct run){first + (size_t)i * SLICE_BYTES, 1};
    arena_tag(huge_runs[i / HUGE_SLICES][i % HUGE_SLICES].first, 1, TAG_LARGE);
    mark(&huge_runs[i / HUGE_SLICES][i % HUGE_SLICES]);
  }
}

static size_t resident_of(unsigned huge) {
  return resident_pages(huge_first + huge * (size_t)HUGE_BYTES, HUGE_BYTES) * PAGE_BYTES;
}

/* Huge pages that are free as a whole go first, the last one before the others; parts of one that
 * is half in use stay, unless they are wanted too. */
static void purges_huge_pages_first(void **state) {
  (void)state;
  os_set_huge(true);
  arena_purge(0, true);
  take_three_huge();
  for (unsigned i = 0; i < HUGE_SLICES; i++) {
    give(&huge_runs[0][i]);
    give(&huge_runs[1][i]);
    if (i % 2)
      give(&huge_runs[2][i]);
  }
  assert_int_equal(arena_dirty_bytes(), 2 * HUGE_BYTES + HUGE_BYTES / 2);
  assert_int_equal(arena_purge(3 * HUGE_BYTES / 2, true), HUGE_BYTES);
  assert_int_equal(resident_of(0), HUGE_BYTES);
  assert_int_equal(resident_of(1), 0);
  assert_int_equal(resident_of(2), HUGE_BYTES);
  assert_int_equal(arena_purge(0, false), HUGE_BYTES);
  assert_int_equal(resident_of(0), 0);
  assert_int_equal(resident_of(2), HUGE_BYTES);
  assert_int_equal(arena_dirty_bytes(), HUGE_BYTES / 2);
  check_all();
  assert_int_equal(arena_purge(0, true), HUGE_BYTES / 2);
  assert_int_equal(resident_of(2), HUGE_BYTES / 2);
  for (unsigned i = 0; i < HUGE_SLICES; i += 2)
    give(&huge_runs[2][i]);
  arena_purge(0, true);
  assert_int_equal(check_all(), 0);
}

/* All lengths and alignments end, whether there is such a run or not. */
static void knows_what_no_arena_can_hold(void **state) {
  (void)state;
  for (size_t alignment = SLICE_BYTES; alignment <= ARENA_BYTES / 2; alignment *= 2)
    for (unsigned slices = 200; slices <= ARENA_MAX_RUN + 3; slices += slices < 500 ? 51 : 1) {
      bool zeroed,
          fits = round_up(ARENA_HEADER_SLICES, alignment / SLICE_BYTES) + slices <= ARENA_SLICES;
      void *run = arena_take(slices, alignment, &zeroed);
      assert_int_equal(run != NULL, fits);
      if (run) {
        assert_int_equal((uintptr_t)run % alignment, 0);
        arena_give(run, slices);
      }
    }
  arena_purge(0, true);
}

static void knows_its_own_addresses(void **state) {
  char local;
  struct run run = take(3, SLICE_BYTES);

  (void)state;
  assert_non_null(arena_of(run.first));
  assert_ptr_equal(arena_of(run.first), arena_of(run.first + 3 * SLICE_BYTES - 1));
  assert_ptr_equal(arena_of(run.first), arena_at(run.first));
  assert_null(arena_of(NULL));
  assert_null(arena_of(&local));
  assert_null(arena_of((void *)(uintptr_t)0x4141414141414141));
  assert_null(arena_of((void *)UINTPTR_MAX));
  assert_null(arena_of((void *)((uintptr_t)run.first | (uintptr_t)1 << 50)));
  give(&run);
}

/* Threads that take, mark, and give at once: a slice that two of them got loses a mark. */
static void *compete(void *seed) {
  struct random random = {(uintptr_t)seed};
  struct run mine[16] = {0};

  for (unsigned step = 0; step < 4000; step++) {
    struct run *run = &mine[random_below(&random, 16)];
    if (run->first) {
      for (unsigned i = 0; i < run->slices; i++)
        if (*(uintptr_t *)(run->first + (size_t)i * SLICE_BYTES) != (uintptr_t)run ||
            arena_tag_of(run->first + (size_t)i * SLICE_BYTES) != TAG_LARGE)
          return seed;
      arena_tag(run->first, run->slices, TAG_NONE);
      arena_give(run->first, run->slices);
      run->first = NULL;
    } else {
      bool zeroed;
      run->slices = 1 + random_below(&random, 9);
      run->first = arena_take(run->slices, SLICE_BYTES, &zeroed);
      for (unsigned i = 0; i < run->slices; i++) {
        uintptr_t *word = (uintptr_t *)(run->first + (size_t)i * SLICE_BYTES);
        if (zeroed && *word != 0)
          return seed;
        *word = (uintptr_t)run;
      }
      arena_tag(run->first, run->slices, TAG_LARGE);
    }
    if (step % 100 == 0)
      arena_purge(random_below(&random, 20) * SLICE_BYTES, true);
    if (step % 400 == 399)
      arena_shorten(random_below(&random, ARENA_BYTES));
  }
  for (unsigned i = 0; i < 16; i++)
    if (mine[i].first) {
      arena_tag(mine[i].first, mine[i].slices, TAG_NONE);
      arena_give(mine[i].first, mine[i].slices);
    }
  return NULL;
}

static void serves_many_threads(void **state) {
  pthread_t threads[4];

  (void)state;
  for (uintptr_t i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, compete, (void *)(i + 1)), 0);
  for (unsigned i = 0; i < 4; i++) {
    void *failed = NULL;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
  assert_int_equal(check_all(), arena_dirty_bytes());
}

/* As many runs as one arena holds, in a process that has none yet. */
static void fills_at_random(const void *slices) {
  unsigned run = *(const unsigned *)slices;
  bool zeroed;

  arena_set_guarded();
  /* The last slice is a guard. */
  for (unsigned i = 0; i < (ARENA_SLICES - ARENA_HEADER_SLICES - 1) / run; i++) {
    char *first = arena_take(run, SLICE_BYTES, &zeroed);
    require(first != NULL);
    require(arena_count() == 1);
    arena_tag(first, run, TAG_LARGE);
  }
}

/* Hardened, runs lie at random places, but not so that what is left between them is too short. */
static void random_places_leave_no_gaps(void **state) {
  (void)state;
  for (unsigned slices = 1; slices < 40; slices += 3) {
    struct child child = child_run(fills_at_random, &slices);
    assert_true(child_succeeded(&child));
  }
}

static void has_guards(const void *unused) {
  bool zeroed;

  (void)unused;
  arena_set_guarded();
  char *first = arena_take(1, SLICE_BYTES, &zeroed), *arena = (char *)arena_at(first);
  require(first != NULL && can_be_read(first) && can_be_read(first + SLICE_BYTES - 1));
  require(can_be_read(arena));
  char *blocks = arena + (size_t)ARENA_HEADER_SLICES * SLICE_BYTES;
  require(!can_be_read(blocks - 1) && can_be_read(blocks - PAGE_BYTES - 1));
  require(!can_be_read(arena + ARENA_BYTES - 1) && !can_be_read(arena + ARENA_BYTES - SLICE_BYTES));
  require(arena_at(first)->slices == ARENA_SLICES - 1);
  /* No run is too long to be refused. */
  require(arena_take(ARENA_SLICES - ARENA_HEADER_SLICES, SLICE_BYTES, &zeroed) == NULL);
  char *longest = arena_take(ARENA_SLICES - ARENA_HEADER_SLICES - 1, SLICE_BYTES, &zeroed);
  require(longest != NULL && arena_count() == 2);
  require(!can_be_read(longest - 1) && can_be_read(longest));
}

/* Hardened, no write that runs on from a block reaches the header of its arena, or of the next. */
static void headers_are_guarded(void **state) {
  (void)state;
  struct child child = child_run(has_guards, NULL);
  assert_true(child_succeeded(&child));
}

/* What is free at the end of an arena can go, for others to map, and comes back as it is needed. */
static void is_shortened(const void *unused) {
  bool zeroed;

  (void)unused;
  char *first = arena_take(9, SLICE_BYTES, &zeroed);
  require(first != NULL);
  memset(first, 1, 9 * (size_t)SLICE_BYTES);
  arena_tag(first, 9, TAG_LARGE);
  struct arena *arena = arena_at(first);
  char *end = (char *)arena + ARENA_BYTES;

  require(arena_shorten(5 * 1024 * 1024) == 5 * 1024 * 1024);
  require(arena->slices == ARENA_SLICES - 5 * 1024 * 1024 / SLICE_BYTES);
  size_t rest = (size_t)(arena->slices - arena_slice(first) - 9) * SLICE_BYTES;
  size_t gone = arena_shorten(2 * ARENA_BYTES);
  require(gone > 20 * 1024 * 1024 && gone <= rest && arena_shorten(ARENA_BYTES) == 0);
  size_t slices = arena->slices;
  require(!can_be_read(end - 1) && !can_be_read((char *)arena + slices * SLICE_BYTES));
  require(arena_tag_at(end - 1) == TAG_NONE);

  /* Half of what is gone is somebody else's now. */
  char *theirs = end - gone / 2 / PAGE_BYTES * PAGE_BYTES;
  require(mmap(theirs, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == theirs);
  size_t run = slices - arena_slice(first) - 9 + 1; /* one more than there are */
  char *longer = arena_take((unsigned)run, SLICE_BYTES, &zeroed);
  require(longer == first + 9 * (size_t)SLICE_BYTES && zeroed && arena_count() == 1);
  require(arena->slices > slices && arena->slices < ARENA_SLICES);
  for (size_t i = 0; i < run * SLICE_BYTES; i += PAGE_BYTES)
    require(longer[i] == 0);
  arena_tag(longer, (unsigned)run, TAG_LARGE);
  memset(longer, 2, run * SLICE_BYTES);

  /* And all comes back when it is free again. */
  require(munmap(theirs, PAGE_BYTES) == 0);
  unsigned left = ARENA_SLICES - arena_slice(longer) - (unsigned)run;
  require(arena_take(left, SLICE_BYTES, &zeroed) == longer + run * SLICE_BYTES && zeroed);
  require(arena->slices == ARENA_SLICES && arena_count() == 1 && can_be_read(end - 1));
  require(first[0] == 1 && longer[0] == 2);
}

static void shortens_and_lengthens(void **state) {
  (void)state;
  struct child child = child_run(is_shortened, NULL);
  assert_true(child_succeeded(&child));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shortens_and_lengthens),
      cmocka_unit_test(random_places_leave_no_gaps),
      cmocka_unit_test(headers_are_guarded),
      cmocka_unit_test(hands_out_what_is_free),
      cmocka_unit_test(fills_huge_pages),
      cmocka_unit_test(counts_what_comes_with_a_huge_page),
      cmocka_unit_test(purges_huge_pages_first),
      cmocka_unit_test(knows_what_no_arena_can_hold),
      cmocka_unit_test(knows_its_own_addresses),
      cmocka_unit_test(serves_many_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
