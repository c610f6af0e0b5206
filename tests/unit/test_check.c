/* SPDX-License-Identifier: MIT */
/*
 * Checking, by MALLOC_CHECK_, mallopt(M_CHECK_ACTION) and mcheck(3): what is planted is found, with
 * the right word for it, and nothing is found in a program that does nothing wrong. Checking cannot
 * be turned off again, so every test runs in a child.
 */
#include <inttypes.h>
#include <mcheck.h>
#include <pthread.h>
#include <string.h>

#include "allocator.h"
#include "child.h"
#include "random.h"

#ifdef ALLOC_NO_INTERPOSE
#include "debug/mcheck.h"
#define mcheck(f)          libc_mcheck(f)
#define mcheck_pedantic(f) libc_mcheck_pedantic(f)
#define mcheck_check_all() libc_mcheck_check_all()
#define mprobe(p)          libc_mprobe(p)
#endif

static const char BEFORE[] = "memory clobbered before allocated block",
                  BEHIND[] = "memory clobbered past end of allocated block",
                  TWICE[] = "block freed twice", IS_FREE[] = "invalid pointer, the block is free",
                  INSIDE[] = "invalid pointer, inside a block",
                  NOBODY[] = "invalid pointer, not from this allocator",
                  AFTER_FREE[] = "memory written after the block was freed";

/* ---- what is wrong, and the word for it ---- */

struct misuse {
  const char *name;
  void (*act)(char *block, size_t bytes, ptrdiff_t offset);
  const char *function, *words; /* of the message */
  enum mcheck_status status;    /* that the program's function is told */
  size_t bytes;                 /* asked for */
  ptrdiff_t offset;             /* for act */
};

static void *volatile result;

static void write_and_free(char *block, size_t bytes, ptrdiff_t offset) {
  (void)bytes;
  ((volatile char *)hidden(block))[offset] = 0;
  free(block);
}

static void write_and_realloc(char *block, size_t bytes, ptrdiff_t offset) {
  ((volatile char *)hidden(block))[offset] = 'x';
  result = realloc(block, size(2 * bytes));
}

static void write_and_check_all(char *block, size_t bytes, ptrdiff_t offset) {
  (void)bytes;
  ((volatile char *)hidden(block))[offset] = 0;
  mcheck_check_all();
}

static void write_and_probe(char *block, size_t bytes, ptrdiff_t offset) {
  (void)bytes;
  ((volatile char *)hidden(block))[offset] = 0;
  mprobe(block);
}

static void free_twice(char *block, size_t bytes, ptrdiff_t offset) {
  void *others[300];
  free(block);
  for (ptrdiff_t i = 0; i < offset; i++)
    others[i] = malloc(bytes);
  for (ptrdiff_t i = 0; i < offset; i++)
    free(others[i]);
  free(hidden(block));
}

static void realloc_freed(char *block, size_t bytes, ptrdiff_t offset) {
  (void)offset;
  free(block);
  result = realloc(hidden(block), size(bytes));
}

static void probe_freed(char *block, size_t bytes, ptrdiff_t offset) {
  (void)bytes;
  (void)offset;
  free(block);
  mprobe(hidden(block));
}

static void free_elsewhere(char *block, size_t bytes, ptrdiff_t offset) {
  (void)bytes;
  free((char *)hidden(block) + offset);
}

static void realloc_elsewhere(char *block, size_t bytes, ptrdiff_t offset) {
  result = realloc((char *)hidden(block) + offset, size(bytes));
}

static void free_local(char *block, size_t bytes, ptrdiff_t offset) {
  char local[64] __attribute__((aligned(16))) = "";
  (void)block;
  (void)bytes;
  free((char *)hidden(local) + offset);
}

/* The write is found when the block leaves quarantine, or before, on demand. */
static void write_freed(char *block, size_t bytes, ptrdiff_t offset) {
  free(block);
  ((volatile char *)hidden(block))[offset] = 1;
  for (unsigned i = 0; i < 5000; i++)
    free(malloc(size(bytes)));
}

static void write_freed_and_check_all(char *block, size_t bytes, ptrdiff_t offset) {
  (void)bytes;
  free(block);
  ((volatile char *)hidden(block))[offset] = 1;
  mcheck_check_all();
}

static void *free_in_thread(void *block) {
  free(block);
  return NULL;
}

static void free_twice_in_threads(char *block, size_t bytes, ptrdiff_t offset) {
  pthread_t thread;
  (void)bytes;
  (void)offset;
  for (int i = 0; i < 2; i++) {
    require(pthread_create(&thread, NULL, free_in_thread, hidden(block)) == 0);
    pthread_join(thread, NULL);
  }
}

#define CASE(act, function, words, status, bytes, offset)                                          \
  { #act ", " #bytes ", " #offset, act, function, words, status, bytes, offset }

static const struct misuse misuses[] = {
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 1, 1),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 7, 7),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 24, 24),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 24, 39),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 1000, 1000),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 4096, 4096),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 100000, 100000),
    CASE(write_and_free, "free", BEHIND, MCHECK_TAIL, 40000000, 40000000),
    CASE(write_and_free, "free", BEFORE, MCHECK_HEAD, 1, -1),
    CASE(write_and_free, "free", BEFORE, MCHECK_HEAD, 100, -16),
    CASE(write_and_free, "free", BEFORE, MCHECK_HEAD, 40000000, -1),
    CASE(write_and_realloc, "realloc", BEHIND, MCHECK_TAIL, 24, 24),
    CASE(write_and_realloc, "realloc", BEFORE, MCHECK_HEAD, 5000, -3),
    CASE(write_and_check_all, "mcheck_check_all", BEHIND, MCHECK_TAIL, 24, 24),
    CASE(write_and_check_all, "mcheck_check_all", BEFORE, MCHECK_HEAD, 24, -8),
    CASE(write_and_probe, "mprobe", BEHIND, MCHECK_TAIL, 13, 13),
    CASE(write_and_probe, "mprobe", BEFORE, MCHECK_HEAD, 70000, -1),
    CASE(free_twice, "free", TWICE, MCHECK_FREE, 24, 0),
    CASE(free_twice, "free", TWICE, MCHECK_FREE, 24, 300),
    CASE(free_twice, "free", TWICE, MCHECK_FREE, 100000, 0),
    CASE(free_twice_in_threads, "free", TWICE, MCHECK_FREE, 24, 0),
    CASE(realloc_freed, "realloc", IS_FREE, MCHECK_FREE, 100, 0),
    CASE(probe_freed, "mprobe", TWICE, MCHECK_FREE, 100, 0),
    CASE(free_elsewhere, "free", INSIDE, MCHECK_HEAD, 100, 8),
    CASE(free_elsewhere, "free", INSIDE, MCHECK_HEAD, 100, 16),
    CASE(free_elsewhere, "free", INSIDE, MCHECK_HEAD, 100, -16),
    CASE(free_elsewhere, "free", INSIDE, MCHECK_HEAD, 100000, 16),
    CASE(realloc_elsewhere, "realloc", INSIDE, MCHECK_HEAD, 100, 16),
    CASE(realloc_elsewhere, "realloc", INSIDE, MCHECK_HEAD, 100, -16),
    CASE(free_local, "free", NOBODY, MCHECK_DISABLED, 1, 0), /* aborts in any case */
    CASE(write_freed, "free", AFTER_FREE, MCHECK_FREE, 24, 3),
    CASE(write_freed, "free", AFTER_FREE, MCHECK_FREE, 4000, 0),
    CASE(write_freed_and_check_all, "mcheck_check_all", AFTER_FREE, MCHECK_FREE, 24, 23),
};

static void misuse_checked(const void *misuse) {
  const struct misuse *m = misuse;
  require(mallopt(M_CHECK_ACTION, 3) == 1);
  char *block = malloc(size(m->bytes));
  require(block != NULL);
  memset(block, 1, m->bytes);
  m->act(block, m->bytes, m->offset);
}

static void is_diagnosed(void **state) {
  const struct misuse *misuse = *state;
  char expected[200];
  struct child child = child_run(misuse_checked, misuse);

  if (!WIFSIGNALED(child.status) || WTERMSIG(child.status) != SIGABRT)
    fail_msg("the child ended with status 0x%x and said: %s", (unsigned)child.status, child.said);
  snprintf(expected, sizeof expected, "liballoc: %s(): %s: pointer 0x", misuse->function,
           misuse->words);
  if (strncmp(child.said, expected, strlen(expected)) != 0)
    fail_msg("expected \"%s\" and got \"%s\"", expected, child.said);
}

static unsigned told;
static enum mcheck_status told_status;

static void note_status(enum mcheck_status status) {
  told++;
  told_status = status;
  free(malloc(size(10))); /* no lock is held */
}

static void misuse_told(const void *misuse) {
  const struct misuse *m = misuse;
  require(mcheck(note_status) == 0);
  char *block = malloc(size(m->bytes));
  require(block != NULL);
  m->act(block, m->bytes, m->offset);
  require(told == 1);
  require(told_status == m->status);
}

static void is_told(void **state) {
  const struct misuse *misuse = *state;
  if (misuse->status == MCHECK_DISABLED)
    skip();
  struct child child = child_run(misuse_told, misuse);
  assert_true(child_succeeded(&child));
}

/* ---- a program that does nothing wrong ---- */

enum { SLOTS = 300 };

struct slot {
  unsigned char *block;
  size_t bytes;
};

static void fill(struct slot *slot, size_t from) {
  for (size_t i = from; i < slot->bytes; i++)
    slot->block[i] = (unsigned char)(i * 7 + slot->bytes);
}

static void step(struct slot *slot, struct random *random) {
  static const size_t scale[] = {20, 200, 3000, 50000};
  size_t bytes = random_below(random, (unsigned)scale[random_below(random, 4)]);
  size_t old = slot->bytes;

  switch (slot->block ? random_below(random, 2) : 2 + random_below(random, 3)) {
  case 0:
    for (size_t i = 0; i < old; i++)
      require(slot->block[i] == (unsigned char)(i * 7 + old));
    free(slot->block);
    slot->block = NULL;
    return;
  case 1: {
    unsigned char *moved = realloc(slot->block, size(bytes + 1));
    require(moved != NULL);
    for (size_t i = 0; i < old && i <= bytes; i++)
      require(moved[i] == (unsigned char)(i * 7 + old));
    slot->block = moved;
    slot->bytes = bytes + 1;
    break;
  }
  case 2:
    slot->block = malloc(size(bytes));
    slot->bytes = bytes;
    break;
  case 3:
    slot->block = calloc(1, size(bytes));
    slot->bytes = bytes;
    for (size_t i = 0; i < bytes; i++)
      require(slot->block[i] == 0);
    break;
  default: {
    size_t alignment = (size_t)16 << random_below(random, 12);
    slot->block = memalign(alignment, size(bytes));
    require((uintptr_t)slot->block % alignment == 0);
    slot->bytes = bytes;
  }
  }
  require(slot->block != NULL);
  require((uintptr_t)slot->block % 16 == 0);
  require(malloc_usable_size(slot->block) == slot->bytes);
  require(mprobe(slot->block) == MCHECK_OK);
  fill(slot, 0);
}

static void *work(void *seed) {
  static __thread struct slot slots[SLOTS];
  struct random random = {(uint64_t)(uintptr_t)seed + 20261125};

  for (unsigned i = 0; i < 3000; i++)
    step(&slots[random_below(&random, SLOTS)], &random);
  for (unsigned i = 0; i < SLOTS; i++)
    free(slots[i].block);
  return NULL;
}

/* Half of the blocks are from before; another thread has bins full of blocks when it begins. */
static void work_in_threads(void (*begin)(void)) {
  static void *before[2000];
  pthread_t thread[4];

  for (unsigned i = 0; i < 2000; i++)
    before[i] = malloc(size(16 + i % 500));
  for (unsigned i = 0; i < 2000; i += 2)
    free(before[i]);
  begin();
  for (uintptr_t t = 0; t < 4; t++)
    require(pthread_create(&thread[t], NULL, work, (void *)(t * 1000)) == 0);
  for (unsigned i = 1; i < 2000; i += 4)
    free(before[i]);
  for (unsigned i = 3; i < 2000; i += 4)
    free(before[i] = realloc(before[i], size(1 + i)));
  mcheck_check_all();
  for (unsigned t = 0; t < 4; t++)
    pthread_join(thread[t], NULL);
  mcheck_check_all();
}

static void begin_check(void) {
  require(mallopt(M_CHECK_ACTION, 1) == 1);
}

static void begin_check_and_perturb(void) {
  require(mallopt(M_PERTURB, 7) == 1);
  require(mallopt(M_CHECK_ACTION, 1) == 1);
}

static void begin_mcheck(void) {
  require(mcheck(NULL) == 0);
}

static void work_body(const void *begin) {
  work_in_threads(*(void (*const *)(void))begin);
}

static void finds_nothing_where_nothing_is_wrong(void **state) {
  void (*begins[])(void) = {begin_check, begin_check_and_perturb, begin_mcheck};
  (void)state;
  for (unsigned i = 0; i < sizeof begins / sizeof *begins; i++) {
    struct child child = child_run(work_body, &begins[i]);
    assert_true(child_succeeded(&child));
    assert_string_equal(child.said, "");
  }
}

/* A thread with bins full of blocks when checking begins frees and allocates as before. */
static int turn[2];

static void *thread_with_bins(void *unused) {
  void *blocks[500];
  char byte;
  for (unsigned round = 0; round < 3; round++) {
    for (unsigned i = 0; i < 500; i++)
      blocks[i] = malloc(size(100 + i % 3 * 50));
    for (unsigned i = 0; i < 500; i++)
      free(blocks[i]);
  }
  require(write(turn[1], "", 1) == 1);
  do
    byte = 0;
  while (!__atomic_load_n(&told, __ATOMIC_ACQUIRE));
  for (unsigned round = 0; round < 20; round++) {
    for (unsigned i = 0; i < 500; i++) {
      blocks[i] = malloc(size(60 + i % 7 * 40));
      require(blocks[i] != NULL);
      memset(blocks[i], byte, 60 + i % 7 * 40);
    }
    for (unsigned i = 0; i < 500; i++)
      free(blocks[i]);
  }
  return unused;
}

static void begin_while_another_has_bins(const void *unused) {
  pthread_t thread;
  char byte;
  (void)unused;
  require(pipe(turn) == 0);
  require(pthread_create(&thread, NULL, thread_with_bins, NULL) == 0);
  require(read(turn[0], &byte, 1) == 1);
  require(mcheck(NULL) == 0);
  __atomic_store_n(&told, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
  mcheck_check_all();
}

static void may_begin_at_any_time(void **state) {
  (void)state;
  struct child child = child_run(begin_while_another_has_bins, NULL);
  assert_true(child_succeeded(&child));
}

/* ---- what it does besides ---- */

static void sizes_and_fills(const void *unused) {
  static const size_t sizes[] = {0, 1, 7, 24, 100, 1000, 40000, 40000000};
  (void)unused;
  require(mprobe(malloc(size(1))) == MCHECK_DISABLED);
  char *early = malloc(size(50));
  require(mcheck(NULL) == 0);
  require(mprobe(early) == MCHECK_OK);
  require(malloc_usable_size(early) >= 50);
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    unsigned char *block = malloc(size(sizes[i]));
    require(malloc_usable_size(block) == sizes[i]);
    require(sizes[i] == 0 || (block[0] == 0x93 && block[sizes[i] - 1] == 0x93));
    unsigned char *same = realloc(block, size(sizes[i] ? sizes[i] : 1));
    require(sizes[i] == 0 || same == block);
    free(same);
    require(sizes[i] == 0 || sizes[i] > 1000 || same[sizes[i] - 1] == 0x95);
  }
  unsigned char *zeroed = calloc(3, size(33));
  for (unsigned i = 0; i < 99; i++)
    require(zeroed[i] == 0);
  unsigned char *grown = realloc(malloc(size(10)), size(20));
  require(grown[10] == 0x93 && grown[19] == 0x93);
  require(realloc(grown, 0) == NULL);
  errno = 0;
  require(malloc(size(SIZE_MAX)) == NULL && errno == ENOMEM);
  require(malloc(size(PTRDIFF_MAX)) == NULL);
  require(memalign(size(4096), size(PTRDIFF_MAX - 100)) == NULL);
  errno = 5;
  free(malloc(size(10)));
  require(errno == 5);
}

static void knows_sizes_and_fills_blocks(void **state) {
  (void)state;
  struct child child = child_run(sizes_and_fills, NULL);
  assert_true(child_succeeded(&child));
}

static void perturb_and_check(const void *unused) {
  (void)unused;
  require(mallopt(M_PERTURB, 0xa5) == 1);
  require(mallopt(M_CHECK_ACTION, 1) == 1);
  unsigned char *block = malloc(size(64));
  require(block[0] == 0x5a && block[63] == 0x5a);
  block = realloc(block, size(5000));
  require(block[64] == 0x5a && block[4999] == 0x5a);
  free(block);
  require(block[0] == 0xa5 && block[4999] == 0xa5);
}

static void perturbs_as_well(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip();
#endif
  struct child child = child_run(perturb_and_check, NULL);
  assert_true(child_succeeded(&child));
}

static void pedantic_program(const void *unused) {
  (void)unused;
  require(mcheck_pedantic(note_status) == 0);
  char *damaged = malloc(size(10));
  ((volatile char *)hidden(damaged))[10] = 1;
  free(malloc(size(10)));
  require(told >= 2 && told_status == MCHECK_TAIL);
}

static void is_pedantic(void **state) {
  (void)state;
  struct child child = child_run(pedantic_program, NULL);
  assert_true(child_succeeded(&child));
}

static void fork_program(const void *unused) {
  (void)unused;
  require(mallopt(M_CHECK_ACTION, 1) == 1);
  char *block = malloc(size(10));
  pid_t pid = fork();
  require(pid >= 0);
  if (pid == 0) {
    free(block);
    free(malloc(size(100)));
    mcheck_check_all();
    _exit(0);
  }
  int status;
  require(waitpid(pid, &status, 0) == pid && status == 0);
  free(block);
}

static void works_in_a_child(void **state) {
  (void)state;
  struct child child = child_run(fork_program, NULL);
  assert_true(child_succeeded(&child));
}

/* ---- C23: free with the size ---- */

struct told_size {
  size_t bytes, told_bytes;
  size_t alignment, told_alignment; /* 0: by malloc and free_sized */
  const char *said;                 /* NULL: nothing is wrong */
};

static void free_told(const void *told_size) {
  const struct told_size *t = told_size;
  require(mallopt(M_CHECK_ACTION, 1) == 1);
  if (t->alignment)
    free_aligned_sized(aligned_alloc(t->alignment, size(t->bytes)), t->told_alignment,
                       t->told_bytes);
  else
    free_sized(malloc(size(t->bytes)), t->told_bytes);
  free_sized(NULL, 100);
}

static void compares_the_size_that_free_is_told(void **state) {
  static const struct told_size rows[] = {
      {24, 24, 0, 0, NULL},
      {0, 0, 0, 0, NULL},
      {24, 23, 0, 0,
       "free_sized(): the block was allocated with 24 bytes and is freed with 23: pointer 0x"},
      {24, 32, 0, 0,
       "free_sized(): the block was allocated with 24 bytes and is freed with 32: pointer 0x"},
      {100, 100, 64, 64, NULL},
      {100, 100, 8, 8, NULL},
      {100, 101, 64, 64,
       "free_aligned_sized(): the block was allocated with 100 bytes and is freed with 101: "},
      {100, 100, 64, 32,
       "free_aligned_sized(): the block was allocated with alignment 64 and is freed with 32: "},
  };
  (void)state;
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct child child = child_run(free_told, &rows[i]);
    if (!rows[i].said)
      assert_true(child_succeeded(&child));
    else if (!WIFSIGNALED(child.status) || !strstr(child.said, rows[i].said))
      fail_msg("expected \"%s\" and got status 0x%x, \"%s\"", rows[i].said, (unsigned)child.status,
               child.said);
  }
}

/* ---- the environment ---- */

static void exec_self(const void *value) {
  setenv("MALLOC_CHECK_", value, 1);
  execl("/proc/self/exe", "test_check", "off-by-one", NULL);
  _exit(97);
}

static void obeys_the_environment(void **state) {
  (void)state;
  struct child off = child_run(exec_self, "0"), on = child_run(exec_self, "3");
  assert_true(child_succeeded(&off));
  assert_true(WIFSIGNALED(on.status));
  if (!strstr(on.said, BEHIND))
    fail_msg("the child said: %s", on.said);
}

enum { MISUSES = sizeof misuses / sizeof *misuses };

int main(int count, char **arguments) {
  const struct CMUnitTest others[] = {
      cmocka_unit_test(finds_nothing_where_nothing_is_wrong),
      cmocka_unit_test(may_begin_at_any_time),
      cmocka_unit_test(knows_sizes_and_fills_blocks),
      cmocka_unit_test(perturbs_as_well),
      cmocka_unit_test(is_pedantic),
      cmocka_unit_test(works_in_a_child),
      cmocka_unit_test(compares_the_size_that_free_is_told),
      cmocka_unit_test(obeys_the_environment),
  };
  struct CMUnitTest tests[2 * MISUSES + sizeof others / sizeof *others];
  size_t n = 0;

  if (count > 1 && strcmp(arguments[1], "off-by-one") == 0) {
    char *block = malloc(size(24));
    ((volatile char *)hidden(block))[24] = 0;
    free(block);
    return 0;
  }
  for (size_t i = 0; i < MISUSES; i++) {
    tests[n++] = (struct CMUnitTest){.name = misuses[i].name,
                                     .test_func = is_diagnosed,
                                     .initial_state = (void *)(uintptr_t)&misuses[i]};
    tests[n++] = (struct CMUnitTest){.name = misuses[i].name,
                                     .test_func = is_told,
                                     .initial_state = (void *)(uintptr_t)&misuses[i]};
  }
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    tests[n++] = others[i];
  return _cmocka_run_group_tests("check", tests, n, NULL, NULL);
}
