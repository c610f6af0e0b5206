/* SPDX-License-Identifier: MIT */
/*
 * Pointers that free and realloc cannot take: each ends the process by SIGABRT after one line on
 * stderr that names the function, what is wrong, and the pointer.
 *
 * A double free is found when the second free reaches the bitmap of the span. That is at once for a
 * class that the thread has hardly used; a well-used class has a bin of freed blocks, and finds it
 * when the bin is emptied, at the latest when the thread or the process ends.
 */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "allocator.h"
#include "child.h"

static const char DOUBLE[] = "double free detected", INSIDE[] = "invalid pointer, inside a block",
                  NOBODY[] = "invalid pointer, not from this allocator",
                  NO_BLOCK[] = "invalid pointer, or double free detected: no block is there",
                  IS_FREE[] = "invalid pointer, the block is free";

struct misuse {
  const char *name;
  void (*act)(const void *misuse);
  const char *function, *what; /* of the message */
  bool glibc_too;              /* whether glibc finds it as well */
  size_t bytes, offset;        /* for act */
};

static void *volatile subject; /* the pointer that the message has to name */

static void say_subject(const void *pointer) {
  char text[40];
  int n = snprintf(text, sizeof text, "0x%" PRIxPTR "\n", (uintptr_t)pointer);
  if (write(STDERR_FILENO, text, (size_t)n) != n)
    _exit(98);
}

static void *make(const struct misuse *misuse) {
  void *block = malloc(size(misuse->bytes));
  require(block != NULL);
  return hidden(block);
}

static void bad_free(const void *pointer) {
  say_subject(pointer);
  free(hidden((void *)(uintptr_t)pointer));
}

static void bad_realloc(const void *pointer, size_t bytes) {
  say_subject(pointer);
  subject = realloc(hidden((void *)(uintptr_t)pointer), size(bytes));
}

/* ---- double frees ---- */

static void free_twice(const void *misuse) {
  void *block = make(misuse);
  free(block);
  bad_free(hidden(block));
}

/* Uses the class of the block, then frees it twice with offset other frees in between. */
static void free_twice_apart(const void *misuse) {
  const struct misuse *m = misuse;
  void **others = calloc(m->offset + 1, sizeof *others);

  for (int round = 0; round < 3; round++) {
    for (size_t i = 0; i < m->offset; i++)
      others[i] = make(m);
    for (size_t i = 0; i < m->offset && round < 2; i++)
      free(others[i]);
  }
  void *block = make(m);
  free(block);
  for (size_t i = 0; i < m->offset; i++)
    free(others[i]);
  bad_free(hidden(block));
}

static void *free_twice_apart_then_end(void *misuse) {
  free_twice_apart(misuse);
  return NULL;
}

static void free_twice_apart_in_thread(const void *misuse) {
  pthread_t thread;

  require(pthread_create(&thread, NULL, free_twice_apart_then_end, (void *)(uintptr_t)misuse) == 0);
  pthread_join(thread, NULL);
  _exit(0);
}

static void *free_and_end(void *block) {
  free(block);
  return NULL;
}

static void free_in_thread(void *block) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, free_and_end, block) == 0);
  pthread_join(thread, NULL);
}

/* Both frees by threads that do not own the block. */
static void free_twice_elsewhere(const void *misuse) {
  void *block = make(misuse);
  say_subject(block);
  free_in_thread(block);
  free_in_thread(hidden(block));
}

/* One free by the owner, one by another thread. */
static void free_here_and_elsewhere(const void *misuse) {
  void *block = make(misuse);
  say_subject(block);
  free(block);
  free_in_thread(hidden(block));
}

/* ---- pointers that are no blocks ---- */

static void free_inside(const void *misuse) {
  const struct misuse *m = misuse;
  bad_free((char *)make(m) + m->offset);
}

static void realloc_inside(const void *misuse) {
  const struct misuse *m = misuse;
  bad_realloc((char *)make(m) + m->offset, 2 * m->bytes);
}

static void realloc_freed(const void *misuse) {
  const struct misuse *m = misuse;
  void *block = make(m);
  free(block);
  bad_realloc(hidden(block), m->bytes);
}

static void free_stack(const void *misuse) {
  char local[64] __attribute__((aligned(16))) = "";
  (void)misuse;
  bad_free(hidden(local));
}

static void realloc_stack(const void *misuse) {
  char local[64] __attribute__((aligned(16))) = "";
  (void)misuse;
  bad_realloc(hidden(local), 100);
}

static void free_static(const void *misuse) {
  static char global[64] __attribute__((aligned(16)));
  (void)misuse;
  bad_free(hidden(global));
}

static void free_mapping(const void *misuse) {
  (void)misuse;
  char *p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(p != MAP_FAILED);
  bad_free(p + 4096);
}

/* offset is the pointer itself: a small number, text taken for a pointer, the kernel's half. */
static void free_wild(const void *misuse) {
  bad_free((const void *)((const struct misuse *)misuse)->offset);
}

static void realloc_wild(const void *misuse) {
  bad_realloc((const void *)((const struct misuse *)misuse)->offset, 100);
}

/* The address at offset in the arena of a block. */
static const void *in_arena(const struct misuse *misuse, size_t offset) {
  const char *block = make(misuse);
  return (const void *)(((uintptr_t)block & ~(((uintptr_t)32 << 20) - 1)) + offset);
}

static void free_arena_header(const void *misuse) {
  bad_free(in_arena(misuse, 4096));
}

static void free_free_memory(const void *misuse) {
  bad_free(in_arena(misuse, (size_t)31 << 20));
}

/* ---- the table ---- */

#define CASE(act, function, what, glibc_too, bytes, offset)                                        \
  { #act ", " #bytes ", " #offset, act, function, what, glibc_too, bytes, offset }

static const struct misuse misuses[] = {
    CASE(free_twice, "free", DOUBLE, true, 1, 0),
    CASE(free_twice, "free", DOUBLE, true, 100, 0),
    CASE(free_twice, "free", DOUBLE, true, 1024, 0),
    CASE(free_twice, "free", DOUBLE, true, 2000, 0),
    CASE(free_twice, "free", DOUBLE, true, 32768, 0),
    CASE(free_twice, "free", NO_BLOCK, false, 100000, 0), /* glibc gives the top back first */
    CASE(free_twice, "free", NO_BLOCK, false, 1000000, 0),
    CASE(free_twice, "free", NOBODY, false, 40000000, 0), /* unmapped: glibc reads it and dies */
    CASE(free_twice_apart, "free", DOUBLE, true, 300, 0),
    CASE(free_twice_apart, "free", DOUBLE, true, 300, 5),
    CASE(free_twice_apart, "free", DOUBLE, false, 16, 100),
    CASE(free_twice_apart, "free", DOUBLE, false, 300, 1000),
    CASE(free_twice_apart, "free", DOUBLE, false, 24, 10000),
    CASE(free_twice_apart_in_thread, "free", DOUBLE, true, 40, 0),
    CASE(free_twice_apart_in_thread, "free", DOUBLE, false, 40, 40),
    CASE(free_twice_apart_in_thread, "free", DOUBLE, false, 500, 500),
    CASE(free_twice_apart_in_thread, "free", DOUBLE, false, 3000, 3000),
    CASE(free_twice_elsewhere, "free", DOUBLE, false, 64, 0),
    CASE(free_here_and_elsewhere, "free", DOUBLE, false, 64, 0),
    CASE(free_inside, "free", INSIDE, true, 100, 8),
    CASE(free_inside, "free", INSIDE, false, 100, 16),
    CASE(free_inside, "free", INSIDE, true, 100, 1),
    CASE(free_inside, "free", INSIDE, false, 20000, 4096),
    CASE(free_inside, "free", INSIDE, true, 1000000, 8),
    CASE(free_inside, "free", INSIDE, false, 1000000, 64),
    CASE(free_inside, "free", INSIDE, false, 1000000, 65536),
    CASE(free_inside, "free", INSIDE, false, 1000000, 70000),
    CASE(free_inside, "free", INSIDE, true, 40000000, 8),
    CASE(free_inside, "free", INSIDE, false, 40000000, 4096),
    CASE(realloc_inside, "realloc", INSIDE, true, 100, 8),
    CASE(realloc_inside, "realloc", INSIDE, false, 100, 16),
    CASE(realloc_inside, "realloc", INSIDE, false, 1000000, 64),
    CASE(realloc_inside, "realloc", INSIDE, false, 1000000, 65536),
    CASE(realloc_inside, "realloc", INSIDE, false, 40000000, 4096),
    CASE(realloc_freed, "realloc", IS_FREE, false, 100, 0),
    CASE(realloc_freed, "realloc", IS_FREE, false, 20000, 0),
    CASE(realloc_freed, "realloc", NO_BLOCK, false, 1000000, 0),
    CASE(realloc_freed, "realloc", NOBODY, false, 40000000, 0),
    CASE(free_stack, "free", NOBODY, false, 0, 0), /* glibc looks at what lies before it */
    CASE(realloc_stack, "realloc", NOBODY, false, 0, 0),
    CASE(free_static, "free", NOBODY, false, 0, 0),
    CASE(free_mapping, "free", NOBODY, true, 0, 0),
    CASE(free_wild, "free", NOBODY, false, 0, 8),
    CASE(free_wild, "free", NOBODY, false, 0, 16),
    CASE(free_wild, "free", NOBODY, false, 0, 4096),
    CASE(free_wild, "free", NOBODY, false, 0, 0x4141414141414141),
    CASE(free_wild, "free", NOBODY, false, 0, 0xdeadbeefdeadbee0),
    CASE(free_wild, "free", NOBODY, false, 0, 0xffffffff80000000),
    CASE(free_wild, "free", NOBODY, false, 0, SIZE_MAX),
    CASE(free_wild, "free", NOBODY, false, 0, SIZE_MAX - 15),
    CASE(realloc_wild, "realloc", NOBODY, false, 0, 8),
    CASE(realloc_wild, "realloc", NOBODY, false, 0, 0x4141414141414140),
    CASE(free_arena_header, "free", INSIDE, false, 100, 0),
    CASE(free_free_memory, "free", NO_BLOCK, false, 100, 0),
};

static unsigned lines(const char *text) {
  unsigned n = 0;
  for (; *text; text++)
    n += *text == '\n';
  return n;
}

static void is_diagnosed(void **state) {
  const struct misuse *misuse = *state;
  char expected[200];

  if (!ours() && !misuse->glibc_too)
    skip();
  struct child child = child_run(misuse->act, misuse);
  if (!WIFSIGNALED(child.status) || WTERMSIG(child.status) != SIGABRT)
    fail_msg("the child ended with status 0x%x and said: %s", (unsigned)child.status, child.said);
  if (!ours())
    return;
  /* The first line is the child's own: the pointer. */
  char *message = strchr(child.said, '\n');
  assert_non_null(message);
  *message++ = '\0';
  snprintf(expected, sizeof expected, "liballoc: %s(): %s: pointer %s (", misuse->function,
           misuse->what, child.said);
  if (strncmp(message, expected, strlen(expected)) != 0)
    fail_msg("expected \"%s\" and got \"%s\"", expected, message);
  assert_int_equal(lines(message), 1);
}

/* The message of a block of a class says which class, which block, and whose. */
static void names_class_and_owner(void **state) {
  const struct misuse misuse = CASE(free_twice, "free", DOUBLE, true, 100, 0);
  (void)state;
  if (!ours())
    skip();
  struct child child = child_run(free_twice, &misuse);
  assert_non_null(strstr(child.said, " (size class 112, block "));
  assert_non_null(strstr(child.said, " of its span, owner thread "));
}

/* Whether the message has this text and then a thread. */
static void says_thread(const struct child *child, const char *text) {
  const char *at = strstr(child->said, text);
  if (!at || at[strlen(text)] < '0' || at[strlen(text)] > '9')
    fail_msg("expected \"%s\" and a number, and got \"%s\"", text, child->said);
}

/* Of a large block, and of one that has a mapping to itself, it says who made it. */
static void names_maker(void **state) {
  const struct misuse large = CASE(free_inside, "free", INSIDE, false, 1000000, 64);
  const struct misuse region = CASE(free_inside, "free", INSIDE, true, 40000000, 8);
  (void)state;
  if (!ours())
    skip();
  struct child child = child_run(free_inside, &large);
  says_thread(&child, " (a large block of 1003520 bytes + 64 bytes, owner thread ");
  child = child_run(free_inside, &region);
  assert_non_null(strstr(child.said, " (an mmapped region of 4"));
  says_thread(&child, " bytes + 8 bytes, owner thread ");
}

/* What a large block was is known until its place is taken. */
static void names_freed_large_block(void **state) {
  const struct misuse misuse = CASE(free_twice, "free", NO_BLOCK, false, 1000000, 0);
  (void)state;
  if (!ours())
    skip();
  struct child child = child_run(free_twice, &misuse);
  says_thread(&child, " (free memory of the heap, where a large block of 1003520 bytes was, owner "
                      "thread ");
}

static void *make_in_thread(void *misuse) {
  return make(misuse);
}

static void *free_inside_in_thread(void *block) {
  free(malloc(size(100)));
  bad_free((char *)block + 16);
  return NULL;
}

/* The second thread has adopted the cache of the first, which made the block and has ended. */
static void free_inside_of_ended_thread(const void *misuse) {
  pthread_t thread;
  void *block;

  require(pthread_create(&thread, NULL, make_in_thread, (void *)(uintptr_t)misuse) == 0);
  pthread_join(thread, &block);
  require(pthread_create(&thread, NULL, free_inside_in_thread, block) == 0);
  pthread_join(thread, NULL);
}

static void names_no_other_maker(void **state) {
  const struct misuse misuses_of_ended[] = {
      CASE(free_inside_of_ended_thread, "free", INSIDE, false, 1000000, 16),
      CASE(free_inside_of_ended_thread, "free", INSIDE, false, 40000000, 16),
  };
  (void)state;
  if (!ours())
    skip();
  for (size_t i = 0; i < sizeof misuses_of_ended / sizeof *misuses_of_ended; i++) {
    struct child child = child_run(free_inside_of_ended_thread, &misuses_of_ended[i]);
    if (!strstr(child.said, " bytes + 16 bytes, owner thread has exited)"))
      fail_msg("got \"%s\"", child.said);
  }
}

int main(void) {
  struct CMUnitTest tests[sizeof misuses / sizeof *misuses + 4];
  size_t n = 0;

  for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++)
    tests[n++] = (struct CMUnitTest){.name = misuses[i].name,
                                     .test_func = is_diagnosed,
                                     .initial_state = (void *)(uintptr_t)&misuses[i]};
  tests[n++] = (struct CMUnitTest)cmocka_unit_test(names_class_and_owner);
  tests[n++] = (struct CMUnitTest)cmocka_unit_test(names_maker);
  tests[n++] = (struct CMUnitTest)cmocka_unit_test(names_freed_large_block);
  tests[n++] = (struct CMUnitTest)cmocka_unit_test(names_no_other_maker);
  return _cmocka_run_group_tests("corruption", tests, n, NULL, NULL);
}
