/* SPDX-License-Identifier: MIT */
/* A diagnosis says, in its one line, where the block was allocated and where it was freed. */
#include <mcheck.h>
#include <string.h>

#include "allocator.h"
#include "child.h"

#ifdef ALLOC_NO_INTERPOSE
#include "debug/mcheck.h"
#define mcheck(f) libc_mcheck(f)
#define mprobe(p) libc_mprobe(p)
#endif

static unsigned told;
static void *volatile result;

static void note(enum mcheck_status status) {
  (void)status;
  told++;
}

static void begin(void) {
  require(mallopt(M_CHECK_ACTION, 3) == 1);
}

static char *make(size_t bytes) {
  char *block = malloc(size(bytes));
  require(block != NULL);
  return hidden(block);
}

/* The address in brackets behind these words; 0: they are not there. */
static uintptr_t place_behind(const char *text, const char *words) {
  const char *found = strstr(text, words), *bracket = found ? strchr(found, '[') : NULL;
  return bracket ? (uintptr_t)strtoull(bracket + 1, NULL, 16) : 0;
}

static bool is_one_line(const char *text) {
  const char *end = strchr(text, '\n');
  return end && end[1] == '\0';
}

/* The act ends in a line with two different places, or if none was freed with one. */
static void expect(void (*act)(const void *), const void *argument, bool freed) {
  struct child child = child_run(act, argument);
  uintptr_t allocated_at = place_behind(child.said, "), allocated at "),
            freed_at = place_behind(child.said, "], freed at ");

  if (!WIFSIGNALED(child.status) || !is_one_line(child.said) || !allocated_at ||
      (freed_at != 0) != freed || freed_at == allocated_at)
    fail_msg("the child ended with status 0x%x and said: %s", (unsigned)child.status, child.said);
}

static void free_twice(const void *bytes) {
  begin();
  char *block = make(*(const size_t *)bytes);
  free(block);
  free(make(100)); /* another life beside it */
  free(hidden(block));
}

static void a_second_free_names_both_places(void **state) {
  static const size_t sizes[] = {1, 24, 5000, 100000, 40000000};
  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    expect(free_twice, &sizes[i], true);
}

static void realloc_freed(const void *unused) {
  (void)unused;
  begin();
  char *block = make(100);
  free(block);
  result = realloc(hidden(block), size(200));
}

static void so_does_a_realloc_of_what_is_free(void **state) {
  (void)state;
  expect(realloc_freed, NULL, true);
}

static void free_inside(const void *moved) {
  begin();
  char *block = make(24);
  if (moved)
    block = hidden(realloc(block, size(3000)));
  free(block + 16);
}

static void a_live_block_was_not_freed(void **state) {
  (void)state;
  expect(free_inside, NULL, false);
  expect(free_inside, "moved", false);
}

static void realloc_in_vain(const void *unused) {
  (void)unused;
  begin();
  char *block = make(24);
  require(realloc(block, size(PTRDIFF_MAX)) == NULL);
  free((char *)hidden(block) + 16);
}

static void a_realloc_that_fails_frees_nothing(void **state) {
  (void)state;
  expect(realloc_in_vain, NULL, false);
}

static void realloc_freed_and_probe(const void *unused) {
  (void)unused;
  require(mcheck(note) == 0);
  char *block = make(24);
  free(block);
  require(realloc(hidden(block), size(100)) == NULL && told == 1);
  require(mcheck(NULL) == 0);
  mprobe(hidden(block));
}

static void a_realloc_of_what_is_free_leaves_it_freed(void **state) {
  (void)state;
  expect(realloc_freed_and_probe, NULL, true);
}

/* Nothing is noted, and nothing told, where calls are fast. */
static void free_twice_unnoted(const void *unused) {
  (void)unused;
  char *block = make(1000000);
  free(block);
  free(hidden(block));
}

static void nothing_is_told_of_what_was_not_noted(void **state) {
  (void)state;
  if (hardened())
    skip();
  struct child child = child_run(free_twice_unnoted, NULL);
  assert_true(WIFSIGNALED(child.status) && is_one_line(child.said));
  assert_null(strstr(child.said, "allocated at"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_second_free_names_both_places),
      cmocka_unit_test(so_does_a_realloc_of_what_is_free),
      cmocka_unit_test(a_live_block_was_not_freed),
      cmocka_unit_test(a_realloc_that_fails_frees_nothing),
      cmocka_unit_test(a_realloc_of_what_is_free_leaves_it_freed),
      cmocka_unit_test(nothing_is_told_of_what_was_not_noted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
