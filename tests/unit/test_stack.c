/* SPDX-License-Identifier: MIT */
/*
 * The stack-based allocator: blocks keep their contents until their mark is released, whatever the
 * order of calls; scopes end on every way out; nothing is left of a thread that has exited; and
 * with checking on, what must not be done is found. The first tests run in both modes.
 */
#include "heap_test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <liballoc/alloc.h>
#include <liballoc/stack.h>

#include "child.h"
#include "heap/arena.h"
#include "heap/cache.h"
#include "heap/purge.h"
#include "heap/region.h"
#include "stack/stack.h"

static size_t size(size_t bytes) {
  __asm__ volatile("" : "+r"(bytes));
  return bytes;
}

static size_t heap_bytes(void) {
  return arena_used_bytes() + region_bytes();
}

/* Runs body in a thread of its own, with checking as asked for, and tells what the heap has more
 * afterwards. The first thread of a size makes what is kept for the next. */
struct task {
  void (*body)(void);
  bool checked;
};

static void *task_run(void *task) {
  ((struct task *)task)->body();
  return NULL;
}

static long in_thread(void (*body)(void), bool checked) {
  struct task task = {body, checked};
  pthread_t thread;
  size_t before = heap_bytes();

  stack_set_checking(checked);
  assert_int_equal(pthread_create(&thread, NULL, task_run, &task), 0);
  pthread_join(thread, NULL);
  stack_set_checking(false);
  return (long)heap_bytes() - (long)before;
}

#define IN_BOTH_MODES(name)                                                                        \
  static void name(void **state) {                                                                 \
    (void)state;                                                                                   \
    in_thread(name##_body, false);                                                                 \
    assert_int_equal(in_thread(name##_body, false), 0);                                            \
    assert_int_equal(in_thread(name##_body, true), 0);                                             \
  }

/* ---- against an oracle ---- */

enum { MOST_BLOCKS = 4000, MOST_MARKS = 200, STEPS = 30000 };

struct oracle {
  unsigned char *block[MOST_BLOCKS];
  size_t bytes[MOST_BLOCKS];
  unsigned blocks;
  struct alloc_stack_mark mark[MOST_MARKS];
  unsigned blocks_at[MOST_MARKS]; /* how many there were when the mark was made */
  unsigned marks;
  struct alloc_stack_scope scope; /* that knows of a part of the blocks only */
};

static unsigned char fill_of(unsigned i, size_t at) {
  return (unsigned char)(i * 7 + at);
}

static void oracle_take(struct oracle *oracle, struct random *random) {
  static const size_t scale[] = {16, 100, 1000, 70000};
  unsigned i = oracle->blocks;
  size_t bytes = random_below(random, scale[random_below(random, 4)]);
  size_t alignment = (size_t)1 << random_below(random, 14);
  unsigned way = random_below(random, 3);
  bool plain = way != 0;
  unsigned char *block = way == 0   ? alloc_stack_memalign(alignment, bytes)
                         : way == 1 ? alloc_stack_alloc(bytes)
                                    : alloc_stack_take(&oracle->scope, bytes);

  if (!block || (uintptr_t)block % (plain ? 16 : alignment) != 0)
    fail_msg("a block of %zu bytes aligned to %zu is at %p", bytes, alignment, (void *)block);
  oracle->block[i] = block;
  oracle->bytes[i] = bytes;
  oracle->blocks++;
  for (size_t at = 0; at < bytes; at++)
    block[at] = fill_of(i, at);
}

static void oracle_check(const struct oracle *oracle, unsigned first) {
  for (unsigned i = first; i < oracle->blocks; i++)
    for (size_t at = 0; at < oracle->bytes[i]; at++)
      if (oracle->block[i][at] != fill_of(i, at))
        fail_msg("byte %zu of block %u was overwritten", at, i);
}

/* Releases a random mark and with it those inside; it stays valid for a while, or not. */
static void oracle_release(struct oracle *oracle, struct random *random) {
  unsigned m = (unsigned)random_below(random, oracle->marks);

  if (random_below(random, 2))
    m = oracle->marks - 1;
  oracle_check(oracle, oracle->blocks_at[m]);
  alloc_stack_release(oracle->mark[m]);
  oracle->blocks = oracle->blocks_at[m];
  oracle->marks = m + (unsigned)random_below(random, 2);
}

static void agrees_with_oracle_body(void) {
  struct oracle *oracle = calloc(1, sizeof *oracle);
  struct random random = {20261125};

  oracle->scope = alloc_stack_scope_begin();
  for (unsigned step = 0; step < STEPS; step++) {
    unsigned what = (unsigned)random_below(&random, 10);
    if (what < 2 && oracle->marks < MOST_MARKS) {
      oracle->mark[oracle->marks] = alloc_stack_mark();
      oracle->blocks_at[oracle->marks++] = oracle->blocks;
    } else if ((what < 4 || oracle->blocks == MOST_BLOCKS) && oracle->marks) {
      oracle_release(oracle, &random);
    } else if (oracle->blocks < MOST_BLOCKS) {
      oracle_take(oracle, &random);
    }
  }
  oracle_check(oracle, 0);
  free(oracle);
}
IN_BOTH_MODES(agrees_with_oracle)

/* ---- limits ---- */

static void keeps_every_alignment_body(void) {
  for (size_t alignment = 1; alignment <= (size_t)1 << 22; alignment *= 2)
    for (size_t bytes = 0; bytes < 40; bytes += 13) {
      ALLOC_STACK_SCOPE(scope);
      char *odd = alloc_stack_alloc(size(1));
      char *block = alloc_stack_memalign(alignment, bytes);
      assert_non_null(odd);
      assert_non_null(block);
      assert_int_equal((uintptr_t)block % alignment, 0);
      memset(block, 1, bytes);
    }
}
IN_BOTH_MODES(keeps_every_alignment)

static void fails_cleanly_body(void) {
  static const size_t bad_alignments[] = {0, 3, 24, SIZE_MAX};
  static const size_t bad_sizes[] = {SIZE_MAX, SIZE_MAX - 15, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX,
                                     (size_t)1 << 60};

  char *first = alloc_stack_alloc(10);
  memset(first, 5, 10);
  for (unsigned i = 0; i < ARRAY_SIZE(bad_alignments); i++) {
    errno = 0;
    assert_null(alloc_stack_memalign(size(bad_alignments[i]), 1));
    assert_int_equal(errno, EINVAL);
  }
  for (unsigned i = 0; i < ARRAY_SIZE(bad_sizes); i++) {
    errno = 0;
    assert_null(alloc_stack_alloc(size(bad_sizes[i])));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(alloc_stack_memalign(4096, size(bad_sizes[i])));
    assert_int_equal(errno, ENOMEM);
  }
  errno = 0;
  assert_null(alloc_stack_memalign(size((size_t)1 << 63), 1));
  assert_int_equal(errno, ENOMEM);
  /* What was there before stays, and there can be more. */
  for (unsigned i = 0; i < 10; i++)
    assert_int_equal(first[i], 5);
  errno = 77;
  assert_non_null(alloc_stack_alloc(size(200000)));
  assert_int_equal(errno, 77);
}
IN_BOTH_MODES(fails_cleanly)

/* Empty blocks are blocks: each has an address of its own. */
static void tells_empty_blocks_apart_body(void) {
  char *a = alloc_stack_alloc(size(0)), *b = alloc_stack_alloc(size(0));
  assert_non_null(a);
  assert_true(b > a);
}
IN_BOTH_MODES(tells_empty_blocks_apart)

/* More than any stack of a thread: 300 MiB in a recursion of small frames. */
static void outgrows_any_thread_stack_body(void) {
  ALLOC_STACK_SCOPE(scope);
  char *previous = NULL;
  for (unsigned i = 0; i < 300; i++) {
    char *block = alloc_stack_alloc(size((size_t)1 << 20));
    assert_non_null(block);
    assert_ptr_not_equal(block, previous);
    block[0] = block[((size_t)1 << 20) - 1] = 1;
    previous = block;
  }
  assert_non_null(alloc_stack_alloc(size((size_t)100 << 20)));
}
IN_BOTH_MODES(outgrows_any_thread_stack)

/* ---- scopes ---- */

/* Where the next block would go. */
static char *top(void) {
  struct alloc_stack_mark mark = alloc_stack_mark();
  return mark.top;
}

static int leave_by_return(int depth) {
  ALLOC_STACK_SCOPE(scope);
  memset(alloc_stack_alloc(size(1000)), depth, 1000);
  return depth ? leave_by_return(depth - 1) : 0;
}

static void ends_on_every_way_out_body(void) {
  alloc_stack_alloc(size(1));
  char *before = top();
  leave_by_return(500);
  assert_ptr_equal(top(), before);
  for (int i = 0; i < 10; i++) {
    ALLOC_STACK_SCOPE(scope);
    alloc_stack_alloc(size(100));
    if (i % 3 == 1)
      continue;
    ALLOC_STACK_SCOPE(second); /* in the same block */
    alloc_stack_alloc(size(100));
    if (i == 8)
      break;
  }
  assert_ptr_equal(top(), before);
  {
    ALLOC_STACK_SCOPE(scope);
    alloc_stack_alloc(size(300000));
    goto out;
  }
out:
  assert_ptr_equal(top(), before);
}
IN_BOTH_MODES(ends_on_every_way_out)

static jmp_buf environment;

static void leave(void) {
  longjmp(environment, 1);
}

static void (*volatile leave_all)(void) = leave;

static __attribute__((noinline)) void jump_out(int depth) {
  ALLOC_STACK_SCOPE(scope);
  alloc_stack_alloc(size(30000));
  if (depth > 0)
    jump_out(depth - 1);
  else
    leave_all();
}

static __attribute__((noinline)) void jump_out_and_land(void) {
  if (setjmp(environment) == 0)
    jump_out(20);
}

/* What the scopes that longjmp left had taken goes with the next one further out. */
static void survives_longjmp_body(void) {
  alloc_stack_alloc(size(1));
  char *before = top();
  {
    ALLOC_STACK_SCOPE(scope);
    char *mine = alloc_stack_alloc(size(100));
    memset(mine, 9, 100);
    jump_out_and_land();
    char *more = alloc_stack_alloc(size(100));
    memset(more, 1, 100);
    for (unsigned i = 0; i < 100; i++)
      assert_int_equal(mine[i], 9);
  }
  assert_ptr_equal(top(), before);
}
IN_BOTH_MODES(survives_longjmp)

/* A mark that is released stays valid. */
static void releases_a_mark_again_and_again_body(void) {
  struct alloc_stack_mark mark = alloc_stack_mark();
  size_t before = 0;
  for (unsigned i = 0; i < 1000; i++) {
    assert_non_null(alloc_stack_alloc(size(50000)));
    alloc_stack_release(mark);
    if (i == 10)
      before = heap_bytes();
  }
  assert_int_equal(heap_bytes(), before);
}
IN_BOTH_MODES(releases_a_mark_again_and_again)

/* ---- threads ---- */

static pthread_key_t late_key;
static void *late_block;

/* Called when the allocator's own destructor has run already: four rounds of them. */
static void late_destructor(void *rounds) {
  if (rounds != (void *)3) {
    pthread_setspecific(late_key, (char *)rounds + 1);
    return;
  }
  ALLOC_STACK_SCOPE(scope);
  late_block = alloc_stack_alloc(size(100));
  if (late_block)
    memset(late_block, 1, 100);
}

static void late_body(void) {
  alloc_stack_alloc(size(100));
  pthread_setspecific(late_key, (void *)1);
}

static void works_in_destructors_of_threads(void **state) {
  (void)state;
  assert_int_equal(pthread_key_create(&late_key, late_destructor), 0);
  in_thread(late_body, false);
  late_block = NULL;
  assert_int_equal(in_thread(late_body, false), 0);
  assert_non_null(late_block);
  pthread_key_delete(late_key);
}

/* ---- fork ---- */

static int ready[2], done[2];

static void *hold_much(void *unused) {
  memset(alloc_stack_alloc(size(3 << 20)), 1, 3 << 20);
  assert_int_equal(write(ready[1], "", 1), 1);
  char byte;
  assert_int_equal(read(done[0], &byte, 1), 1);
  return unused;
}

static void nothing_body(void) {
  alloc_stack_alloc(size(1));
}

static void in_child(const void *mine) {
  require(((const char *)mine)[99] == 4); /* the forking thread's stack is here */
  size_t with_leftovers = heap_bytes();
  require(alloc_stack_alloc(size(1000)) != NULL);
  /* A new thread gets the cache of the one that is not here, and drops what was on its stack. */
  pthread_t thread;
  struct task task = {nothing_body, false};
  require(pthread_create(&thread, NULL, task_run, &task) == 0);
  pthread_join(thread, NULL);
  require(heap_bytes() <= with_leftovers - (3 << 20));
}

static void drops_other_stacks_in_a_child(void **state) {
  pthread_t thread;
  char byte;
  (void)state;

#ifdef __SANITIZE_THREAD__
  skip(); /* it allows no thread in a child of a process with threads */
#endif
  ALLOC_STACK_SCOPE(scope);
  char *mine = alloc_stack_alloc(size(100));
  memset(mine, 4, 100);
  assert_int_equal(pipe(ready), 0);
  assert_int_equal(pipe(done), 0);
  assert_int_equal(pthread_create(&thread, NULL, hold_much, NULL), 0);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  struct child child = child_run(in_child, mine);
  assert_int_equal(write(done[1], "", 1), 1);
  pthread_join(thread, NULL);
  assert_true(child_succeeded(&child));
}

/* ---- misuse ---- */

static void aborts_with(void (*act)(const void *), const char *said) {
  struct child child = child_run(act, NULL);
  if (!WIFSIGNALED(child.status) || WTERMSIG(child.status) != SIGABRT)
    fail_msg("the child ended with status 0x%x and said: %s", (unsigned)child.status, child.said);
  if (!strstr(child.said, said))
    fail_msg("the child said: %s", child.said);
}

static const char INVALID[] =
    "liballoc: alloc_stack_release(): the mark is not valid, it was released with an outer one or "
    "is another thread's: pointer 0x";

static void release_inner_after_outer(const void *unused) {
  (void)unused;
  stack_set_checking(true);
  struct alloc_stack_mark outer = alloc_stack_mark();
  alloc_stack_alloc(size(100));
  struct alloc_stack_mark inner = alloc_stack_mark();
  alloc_stack_alloc(size(100));
  alloc_stack_release(outer);
  alloc_stack_alloc(size(1000));
  alloc_stack_mark();
  alloc_stack_release(inner);
}

static struct alloc_stack_mark shared;

static void *share_mark(void *unused) {
  alloc_stack_alloc(size(100));
  shared = alloc_stack_mark();
  return unused;
}

static void release_mark_of_another_thread(const void *unused) {
  pthread_t thread;
  (void)unused;
  stack_set_checking(true);
  alloc_stack_alloc(size(100));
  require(pthread_create(&thread, NULL, share_mark, NULL) == 0);
  pthread_join(thread, NULL);
  alloc_stack_release(shared);
}

static void finds_marks_that_are_not_valid(void **state) {
  (void)state;
  aborts_with(release_inner_after_outer, INVALID);
  aborts_with(release_mark_of_another_thread, INVALID);
}

/* Without checking, a mark above the top is of blocks that have ended, and nothing happens. */
static void ignores_what_has_ended(void **state) {
  (void)state;
  struct alloc_stack_mark outer = alloc_stack_mark();
  alloc_stack_alloc(size(100));
  struct alloc_stack_mark inner = alloc_stack_mark();
  alloc_stack_release(outer);
  char *block = alloc_stack_alloc(size(32));
  memset(block, 6, 32);
  alloc_stack_release(inner);
  char *next = alloc_stack_alloc(size(32));
  assert_true(next >= block + 32);
}

enum use { READ_SMALL, WRITE_SMALL, WRITE_LARGE, WRITE_OLD_CHUNK };

static void use_after_release(const void *which) {
  enum use use = *(const enum use *)which;
  char *volatile block;

  stack_set_checking(true);
  alloc_stack_alloc(size(10));
  {
    ALLOC_STACK_SCOPE(scope);
    block = alloc_stack_alloc(size(use == WRITE_LARGE ? 50000 : 20));
    if (use == WRITE_OLD_CHUNK)
      block = alloc_stack_alloc(size(500000));
    memset(block, 1, 20);
  }
  if (use == READ_SMALL)
    _exit(block[3]);
  block[0] = 1;
}

static void finds_use_after_release(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); /* it reports the signal itself */
#endif
  for (enum use use = READ_SMALL; use <= WRITE_OLD_CHUNK; use++) {
    struct child child = child_run(use_after_release, &use);
    if (!WIFSIGNALED(child.status) || WTERMSIG(child.status) != SIGSEGV)
      fail_msg("use %d: the child ended with status 0x%x", (int)use, (unsigned)child.status);
  }
}

static void free_stack_block(const void *unused) {
  (void)unused;
  alloc_free(alloc_stack_alloc(size(100)));
}

static void is_nothing_for_free(void **state) {
  (void)state;
  aborts_with(free_stack_block, "liballoc: free(): invalid pointer, inside a block");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_oracle),
      cmocka_unit_test(keeps_every_alignment),
      cmocka_unit_test(fails_cleanly),
      cmocka_unit_test(tells_empty_blocks_apart),
      cmocka_unit_test(outgrows_any_thread_stack),
      cmocka_unit_test(ends_on_every_way_out),
      cmocka_unit_test(survives_longjmp),
      cmocka_unit_test(releases_a_mark_again_and_again),
      cmocka_unit_test(works_in_destructors_of_threads),
      cmocka_unit_test(drops_other_stacks_in_a_child),
      cmocka_unit_test(finds_marks_that_are_not_valid),
      cmocka_unit_test(ignores_what_has_ended),
      cmocka_unit_test(finds_use_after_release),
      cmocka_unit_test(is_nothing_for_free),
  };
  return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
