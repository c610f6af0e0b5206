/* SPDX-License-Identifier: MIT */
/*
 * mallopt and the environment, row by row. What changes the process for good runs in a child.
 */
#include <limits.h>
#include <string.h>

#include "allocator.h"
#include "child.h"
#include "resident.h"

enum { MIB = 1 << 20 };

static const char *self; /* argv[0], for children that need an environment of their own */

/* ---- mallopt ---- */

static void mallopt_returns(void **state) {
  static const struct {
    int parameter, value, result;
  } rows[] = {
      {M_MXFAST, 0, 1},
      {M_MXFAST, 160, 1},
      {M_MXFAST, 64, 1},
      {M_MXFAST, -1, 0},
      {M_MXFAST, 161, 0},
      {M_MXFAST, INT_MAX, 0},
      {M_NLBLKS, 1, 1},
      {M_GRAIN, 1, 1},
      {M_KEEP, 1, 1},
      {M_TOP_PAD, 65536, 1},
      {M_CHECK_ACTION, 0, 1},
      {M_CHECK_ACTION, 3, 1},
      {M_ARENA_TEST, 4, 1},
      {M_ARENA_TEST, -1, 1},
      {M_ARENA_MAX, 0, 1},
      {M_ARENA_MAX, 8, 1},
      {M_MMAP_MAX, 65536, 1},
      {M_TRIM_THRESHOLD, -1, 1},
      {M_TRIM_THRESHOLD, 0, 1},
      {M_MMAP_THRESHOLD, MIB, 1},
      {M_MMAP_THRESHOLD, INT_MAX, 1},
      {M_PERTURB, 0, 1},
      {99, 8, 1},
      {-99, 8, 1},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    errno = 0;
    assert_int_equal(mallopt(rows[i].parameter, rows[i].value), rows[i].result);
    assert_int_equal(errno, 0);
  }
}

static bool all_are(const unsigned char *block, size_t bytes, unsigned char value) {
  return bytes == 0 || (block[0] == value && memcmp(block, block + 1, bytes - 1) == 0);
}

/* Blocks of all kinds, used before or fresh, are filled; those of calloc never; so are grown ends.
 */
static void check_filled(size_t bytes, unsigned char value) {
  for (int round = 0; round < (bytes < MIB ? 3 : 1); round++) {
    unsigned char *block = malloc(size(bytes));
    require(all_are(block, malloc_usable_size(block), value ^ 0xff));
    memset(block, 1, bytes);
    block = realloc(block, size(bytes * 2));
    require(all_are(block, bytes, 1));
    require(all_are(block + bytes, bytes, value ^ 0xff));
    free(block);
    block = memalign(256, size(bytes));
    require(all_are(block, bytes, value ^ 0xff));
    free(block);
    block = calloc(1, size(bytes));
    require(all_are(block, bytes, 0));
    free(block);
  }
}

static void check_freed_is_filled(unsigned char value) {
  /* The neighbour keeps the page, so that looking at a freed block is possible at all. */
  unsigned char *block = malloc(size(200)), *neighbour = malloc(size(200));
  memset(block, 1, 200);
  free(block);
  require(all_are(hidden(block), 200, value));
  free(neighbour);
}

static void check_perturb(unsigned char value, size_t most_bytes) {
  static const size_t bytes[] = {1, 24, 1000, 5000, 40000, 3 * MIB, 17 * MIB};
  for (size_t i = 0; i < sizeof bytes / sizeof *bytes && bytes[i] <= most_bytes; i++)
    check_filled(bytes[i], value);
  check_freed_is_filled(value);
}

static void perturb(const void *unused) {
  (void)unused;
  require(mallopt(M_PERTURB, 0xa5) == 1);
  check_perturb(0xa5, 20 * MIB);
  require(mallopt(M_PERTURB, 0x11) == 1);
  check_perturb(0x11, MIB);
  require(mallopt(M_PERTURB, 0) == 1);
  unsigned char *block = malloc(size(100));
  memset(block, 7, 100);
  free(block);
  for (int i = 0; i < 1000; i++)
    free(malloc(size(100)));
}

static void mallopt_perturb_fills(void **state) {
  (void)state;
  if (!ours())
    skip(); /* glibc's tcache and realloc do not fill */
  struct child child = child_run(perturb, NULL);
  assert_true(child_succeeded(&child));
}

static void mmap_threshold(const void *unused) {
  (void)unused;
  require(mallopt(M_MMAP_THRESHOLD, 200000) == 1);
  size_t before = mallinfo2().hblks;
  void *large = malloc(size(150000)), *region = malloc(size(250000));
  require(mallinfo2().hblks == before + 1);
  free(large);
  free(region);
  require(mallinfo2().hblks == before);
}

static void mallopt_mmap_threshold_decides(void **state) {
  (void)state;
  struct child child = child_run(mmap_threshold, NULL);
  assert_true(child_succeeded(&child));
}

static void mmap_max(const void *unused) {
  (void)unused;
  require(mallopt(M_MMAP_MAX, 0) == 1);
  size_t before = mallinfo2().hblks;
  void *block = malloc(size(25 * MIB));
  memset(block, 1, 25 * MIB);
  require(mallinfo2().hblks == before);
  free(block);
  /* The largest of runs, with alignments that need more than an arena has: all have to end. */
  for (size_t alignment = 16; alignment <= (size_t)64 * MIB; alignment *= 2)
    for (size_t bytes = (size_t)30 * MIB; bytes <= (size_t)33 * MIB; bytes += 300000) {
      void *p = memalign(alignment, size(bytes));
      require(p && (uintptr_t)p % alignment == 0 && malloc_usable_size(p) >= bytes);
      free(p);
    }
  require(mallopt(M_MMAP_MAX, 1000) == 1);
}

static void mallopt_mmap_max_decides(void **state) {
  (void)state;
  struct child child = child_run(mmap_max, NULL);
  assert_true(child_succeeded(&child));
}

/* 60 MiB freed stay, or go, as they are told to. */
static size_t resident_after_free(int threshold) {
  enum { N = 600 };
  void *block[N];

  require(mallopt(M_TRIM_THRESHOLD, threshold) == 1);
  require(mallopt(M_MMAP_THRESHOLD, 16 * MIB) == 1);
  size_t before = resident_bytes();
  for (size_t i = 0; i < N; i++)
    memset(block[i] = malloc(size(100000)), 1, 100000);
  for (size_t i = 0; i < N; i++)
    free(block[i]);
  size_t after = resident_bytes();
  return after > before ? after - before : 0;
}

static void keeps(const void *unused) {
  (void)unused;
  require(resident_after_free(-1) > 50 * MIB);
}

static void trims(const void *unused) {
  (void)unused;
  require(resident_after_free(3 * MIB) < 6 * MIB);
}

static void mallopt_trim_threshold_decides(void **state) {
  (void)state;
#ifdef ALLOC_NO_INTERPOSE
  skip(); /* the sanitizer's own memory is resident as well */
#endif
  struct child child = child_run(keeps, NULL);
  assert_true(child_succeeded(&child));
  child = child_run(trims, NULL);
  assert_true(child_succeeded(&child));
}

/* ---- the environment ---- */

static void child_perturbed(void) {
  check_perturb(165, MIB);
}

static void child_threshold(void) {
  size_t before = mallinfo2().hblks;
  void *region = malloc(size(250000));
  require(mallinfo2().hblks == before + 1);
  free(region);
}

static void child_plain(void) {
  unsigned char *block = malloc(size(100));
  require(block != NULL);
  free(block);
}

static const struct {
  const char *name;
  void (*act)(void);
} acts[] = {{"perturbed", child_perturbed}, {"threshold", child_threshold}, {"plain", child_plain}};

struct start {
  const char *variable, *value, *act;
  const char *said; /* on stderr; "": nothing */
};

static void start_again(const void *argument) {
  const struct start *start = argument;
  setenv(start->variable, start->value, 1);
  execl("/proc/self/exe", self, start->act, (char *)NULL);
}

static void runs(const struct start *start) {
  struct child child = child_run(start_again, start);
  assert_true(child_succeeded(&child));
  if (ours())
    assert_string_equal(child.said, start->said);
}

static void environment_is_read(void **state) {
  static const struct start starts[] = {
      {"MALLOC_PERTURB_", "165", "perturbed", ""},
      {"LIBALLOC_OPTIONS", "perturb=165", "perturbed", ""},
      {"LIBALLOC_OPTIONS", "perturb=0xa5,mmap_threshold=100000", "perturbed", ""},
      {"MALLOC_MMAP_THRESHOLD_", "200000", "threshold", ""},
      {"LIBALLOC_OPTIONS", "mmap_threshold=200000", "threshold", ""},
      {"MALLOC_TRIM_THRESHOLD_", "-1", "plain", ""},
      {"MALLOC_TOP_PAD_", "100000", "plain", ""},
      {"MALLOC_MMAP_MAX_", "0", "plain", ""},
      {"MALLOC_CHECK_", "3", "plain", ""},
      {"MALLOC_ARENA_MAX", "1", "plain", ""},
      {"MALLOC_ARENA_TEST", "2", "plain", ""},
  };
  (void)state;
  if (!ours())
    skip();
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    runs(&starts[i]);
}

#define WARNING(text) "liballoc: warning: " text "\n"

/* glibc's other name for the same. */
static void tunables_are_read(void **state) {
  static const struct start starts[] = {
      {"GLIBC_TUNABLES", "glibc.malloc.perturb=165", "perturbed", ""},
      {"GLIBC_TUNABLES", "glibc.malloc.perturb=1:glibc.malloc.perturb=0xa5", "perturbed", ""},
      {"GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=200000", "threshold", ""},
      {"GLIBC_TUNABLES", "glibc.cpu.x86_ibt=on:glibc.malloc.mmap_threshold=200000:", "threshold",
       ""},
      {"GLIBC_TUNABLES", "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=-1", "plain", ""},
      {"GLIBC_TUNABLES", "glibc.malloc.top_pad=1:glibc.malloc.arena_max=1", "plain", ""},
      {"GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.frames=9999", "plain", ""},
      {"GLIBC_TUNABLES", "glibc.malloc.perturb:perturb=9999:glibc.malloc.perturbs=1::=", "plain",
       ""},
      {"GLIBC_TUNABLES", "glibc.malloc.perturb=256", "plain",
       WARNING("glibc.malloc.perturb=256 is ignored: it takes 0 to 255")},
      {"GLIBC_TUNABLES", "glibc.malloc.perturb=:glibc.malloc.arena_max=1", "plain",
       WARNING("glibc.malloc.perturb= is ignored: it takes 0 to 255")},
  };
  (void)state;
  if (!ours())
    skip();
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    runs(&starts[i]);
  /* They supersede the variables, which are not even looked at then. */
  setenv("MALLOC_PERTURB_", "999", 1);
  runs(&starts[0]);
  unsetenv("MALLOC_PERTURB_");
  /* But are superseded by liballoc's own. */
  setenv("LIBALLOC_OPTIONS", "perturb=165", 1);
  runs(&(struct start){"GLIBC_TUNABLES", "glibc.malloc.perturb=7", "perturbed", ""});
  unsetenv("LIBALLOC_OPTIONS");
}

static void wrong_values_are_named_and_ignored(void **state) {
  static const struct start starts[] = {
      {"MALLOC_PERTURB_", "256", "plain",
       WARNING("MALLOC_PERTURB_=256 is ignored: it takes 0 to 255")},
      {"MALLOC_PERTURB_", "-1", "plain",
       WARNING("MALLOC_PERTURB_=-1 is ignored: it takes 0 to 255")},
      {"MALLOC_PERTURB_", "", "plain", WARNING("MALLOC_PERTURB_= is ignored: it takes 0 to 255")},
      {"MALLOC_PERTURB_", "12x", "plain",
       WARNING("MALLOC_PERTURB_=12x is ignored: it takes 0 to 255")},
      {"MALLOC_PERTURB_", " 1\033[31m", "plain",
       WARNING("MALLOC_PERTURB_=?1?[31m is ignored: it takes 0 to 255")},
      {"MALLOC_CHECK_", "4", "plain", WARNING("MALLOC_CHECK_=4 is ignored: it takes 0 to 3")},
      {"MALLOC_TRIM_THRESHOLD_", "-2", "plain",
       WARNING("MALLOC_TRIM_THRESHOLD_=-2 is ignored: it takes -1 or more")},
      {"MALLOC_MMAP_THRESHOLD_", "99999999999999999999", "plain",
       WARNING("MALLOC_MMAP_THRESHOLD_=99999999999999999999 is ignored: it takes 0 or more")},
      {"MALLOC_TOP_PAD_", "111111111111111111111111111111111111111111111", "plain",
       WARNING("MALLOC_TOP_PAD_=1111111111111111111111111111111111111111... is ignored: it takes 0 "
               "or more")},
      {"LIBALLOC_OPTIONS", "nothing", "plain",
       WARNING("nothing is ignored: there is no such option, LIBALLOC_OPTIONS=help lists them")},
      {"LIBALLOC_OPTIONS", ",,perturb,perturb=999,=3", "plain",
       WARNING("perturb is ignored: it takes 0 to 255")
           WARNING("perturb=999 is ignored: it takes 0 to 255")
               WARNING("=3 is ignored: there is no such option, LIBALLOC_OPTIONS=help lists them")},
  };
  (void)state;
  if (!ours())
    skip();
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    runs(&starts[i]);
}

static void help_lists_every_variable(void **state) {
  static const char *const variables[] = {
      "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_",
      "MALLOC_CHECK_",          "MALLOC_PERTURB_", "MALLOC_ARENA_TEST",      "MALLOC_ARENA_MAX"};
  static const struct start start = {"LIBALLOC_OPTIONS", "help", "plain", NULL};

  (void)state;
  if (!ours())
    skip();
  struct child child = child_run(start_again, &start);
  assert_true(child_succeeded(&child));
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    assert_non_null(strstr(child.said, variables[i]));
}

int main(int argc, char *argv[]) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mallopt_perturb_fills),
      cmocka_unit_test(mallopt_mmap_threshold_decides),
      cmocka_unit_test(mallopt_mmap_max_decides),
      cmocka_unit_test(mallopt_trim_threshold_decides),
      cmocka_unit_test(environment_is_read),
      cmocka_unit_test(tunables_are_read),
      cmocka_unit_test(wrong_values_are_named_and_ignored),
      cmocka_unit_test(help_lists_every_variable),
      cmocka_unit_test(mallopt_returns), /* last: these stay set */
  };
  self = argv[0];
  for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof *acts; i++)
    if (strcmp(argv[1], acts[i].name) == 0) {
      acts[i].act();
      return 0;
    }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
