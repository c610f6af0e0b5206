/* SPDX-License-Identifier: MIT */
/*
 * The trace of mtrace(3): its lines, which events it has, and who writes to which file. By the
 * names that any build has; tests/debug/ traces whole programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <liballoc/alloc.h>

#include "debug/record.h"
#include "tests/unit/child.h"

static char folder[64];

static const char *file_named(const char *name) {
  static char path[4][128];
  static unsigned turn;
  char *at = path[turn++ % 4];

  snprintf(at, sizeof path[0], "%s/%s", folder, name);
  return at;
}

/* ---- reading a trace ---- */

struct event {
  char object[256]; /* the place: OBJECT:(SYMBOL+1a)[0x12] */
  char letter;
  uintptr_t block;
  size_t bytes;
};

struct trace {
  size_t count;
  struct event *event;
  unsigned starts, ends, stacks, bad;
};

/* Every line must be of a known form. */
static struct trace trace_read(const char *path) {
  struct trace trace = {0};
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t room = 0, events_room = 0;

  assert_non_null(file);
  while (getline(&line, &room, file) > 0) {
    struct event event = {0};
    char pointer[32];
    unsigned long long bytes = 0;
    int end = 0;
    if (strcmp(line, "= Start\n") == 0)
      trace.starts++;
    else if (strcmp(line, "= End\n") == 0)
      trace.ends++;
    else if (strncmp(line, "= stack ", 8) == 0)
      trace.stacks++;
    else if (sscanf(line, "@ %255s %c %31s%n", event.object, &event.letter, pointer, &end) == 3 &&
             strchr("+-<>!", event.letter)) {
      event.block = strcmp(pointer, "(nil)") == 0 ? 0 : strtoull(pointer, NULL, 16);
      bool sized = event.letter != '-' && event.letter != '<';
      if (sized && sscanf(line + end, " %llx", &bytes) != 1)
        trace.bad++;
      event.bytes = bytes;
      if (trace.count == events_room) {
        events_room = events_room ? events_room * 2 : 64;
        trace.event = realloc(trace.event, events_room * sizeof event);
      }
      trace.event[trace.count++] = event;
    } else {
      trace.bad++;
    }
  }
  free(line);
  fclose(file);
  assert_int_equal(trace.bad, 0);
  assert_int_equal(trace.starts, 1);
  return trace;
}

/* Replays it as mtrace(1) does, and counts its two complaints. Returns the blocks that are left. */
static size_t trace_replay(const struct trace *trace, size_t *complaints) {
  struct {
    uintptr_t block;
  } *live = calloc(trace->count + 1, sizeof *live);
  size_t count = 0;

  *complaints = 0;
  for (size_t i = 0; i < trace->count; i++) {
    const struct event *event = &trace->event[i];
    size_t at = 0;
    while (at < count && live[at].block != event->block)
      at++;
    if (event->letter == '+' || event->letter == '>') {
      if (at < count)
        ++*complaints;
      else if (event->block)
        live[count++].block = event->block;
    } else if (event->letter != '!') {
      if (at == count)
        ++*complaints;
      else
        live[at] = live[--count];
    }
  }
  free(live);
  return count;
}

/* ---- what is in it ---- */

static void expect(const struct trace *trace, size_t i, char letter, const void *block,
                   size_t bytes) {
  assert_true(i < trace->count);
  assert_int_equal(trace->event[i].letter, letter);
  assert_ptr_equal((void *)trace->event[i].block, block);
  assert_int_equal(trace->event[i].bytes, bytes);
  assert_non_null(strstr(trace->event[i].object, "[0x"));
}

static void every_call_is_an_event(void **state) {
  const char *path = file_named("events");
  (void)state;

  void *before = alloc_malloc(7);
  assert_int_equal(alloc_trace_start(path), 0);
  char *a = alloc_malloc(100);
  char *b = alloc_calloc(3, 50);
  char *c = alloc_memalign(256, 10);
  char *d = alloc_realloc(NULL, 20);
  uintptr_t a_was = (uintptr_t)a;
  char *e = alloc_realloc(a, 100000);
  alloc_free(b);
  alloc_free(NULL);
  alloc_free(before); /* the trace does not know it */
  char *f = alloc_malloc(0);
  assert_null(alloc_realloc(c, 0));
  alloc_trace_stop();
  alloc_free(d);

  struct trace trace = trace_read(path);
  expect(&trace, 0, '+', (void *)a_was, 100);
  expect(&trace, 1, '+', b, 150);
  expect(&trace, 2, '+', c, 10);
  expect(&trace, 3, '+', d, 20);
  expect(&trace, 4, '<', (void *)a_was, 0);
  expect(&trace, 5, '>', e, 100000);
  expect(&trace, 6, '-', b, 0);
  expect(&trace, 7, '+', f, 0);
  expect(&trace, 8, '-', c, 0);
  assert_int_equal(trace.count, 9);
  assert_int_equal(trace.ends, 1);
  alloc_free(e);
  alloc_free(f);
  free(trace.event);
}

static void failures_are_told(void **state) {
  const char *path = file_named("failures");
  volatile size_t huge = PTRDIFF_MAX;
  (void)state;

  assert_int_equal(alloc_trace_start(path), 0);
  errno = 0;
  assert_null(alloc_malloc(huge + 1));
  assert_int_equal(errno, ENOMEM);
  char *a = alloc_malloc(10);
  errno = 0;
  assert_null(alloc_realloc(a, huge + 1));
  assert_int_equal(errno, ENOMEM);
  errno = 0;
  alloc_free(a);
  assert_int_equal(errno, 0);
  alloc_trace_stop();

  struct trace trace = trace_read(path);
  expect(&trace, 0, '+', NULL, huge + 1);
  expect(&trace, 1, '+', a, 10);
  expect(&trace, 2, '<', a, 0);
  expect(&trace, 3, '>', a, 10);
  expect(&trace, 4, '!', a, huge + 1);
  expect(&trace, 5, '-', a, 0);
  assert_int_equal(trace.count, 6);
  free(trace.event);
}

static void stacks_are_lines_of_their_own(void **state) {
  const char *path = file_named("stacks");
  (void)state;

  record_set_frames(4);
  assert_int_equal(alloc_trace_start(path), 0);
  for (volatile int i = 0; i < 10; i++) /* one call, not ten in a row */
    alloc_free(alloc_malloc(10));
  alloc_trace_stop();
  record_set_frames(0);

  struct trace trace = trace_read(path);
  assert_int_equal(trace.count, 20);
  assert_true(trace.stacks <= 2); /* one for malloc, one for free; none if there is no way up */
  free(trace.event);
}

/* ---- threads ---- */

enum { THREADS = 4, BLOCKS = 64, ROUNDS = 3000 };
static void *shared[BLOCKS];

static void *allocate_and_free(void *seed) {
  uint64_t random = (uintptr_t)seed;

  for (int i = 0; i < ROUNDS; i++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
    unsigned slot = (unsigned)(random >> 40) % BLOCKS;
    void *block = alloc_malloc((random >> 50) % 200);
    if (random >> 63)
      block = alloc_realloc(block, (random >> 45) % 3000 + 1);
    /* The block goes to whoever comes next. */
    alloc_free(__atomic_exchange_n(&shared[slot], block, __ATOMIC_ACQ_REL));
  }
  return NULL;
}

static void threads_do_not_confuse_it(void **state) {
  const char *path = file_named("threads");
  pthread_t thread[THREADS];
  (void)state;

  assert_int_equal(alloc_trace_start(path), 0);
  for (uintptr_t i = 0; i < THREADS; i++)
    pthread_create(&thread[i], NULL, allocate_and_free, (void *)(i + 1));
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  alloc_trace_stop();

  size_t left = 0, complaints, shared_left = 0;
  for (unsigned i = 0; i < BLOCKS; i++) {
    shared_left += shared[i] != NULL;
    alloc_free(shared[i]);
    shared[i] = NULL;
  }
  struct trace trace = trace_read(path);
  left = trace_replay(&trace, &complaints);
  assert_int_equal(complaints, 0);
  assert_true(left >= shared_left); /* and what the C library keeps for threads */
  assert_true(trace.count >= (size_t)THREADS * ROUNDS);
  free(trace.event);
}

/* ---- whose file ---- */

static void fork_and_allocate(const void *path) {
  void *inherited = alloc_malloc(11);
  int status;

  require(alloc_trace_start(path) == 0);
  void *traced = alloc_malloc(12);
  pid_t pid = fork();
  if (pid == 0) {
    alloc_free(inherited);
    alloc_free(traced);
    require(alloc_malloc(13) != NULL);
    _exit(0);
  }
  require(waitpid(pid, &status, 0) == pid && status == 0);
  alloc_free(traced);
  fprintf(stderr, "%d", (int)pid);
  _exit(0);
}

static void a_child_has_its_own_file(void **state) {
  const char *path = file_named("fork");
  char name[128];
  size_t complaints;
  (void)state;

  struct child child = child_run(fork_and_allocate, path);
  assert_true(child_succeeded(&child));
  struct trace trace = trace_read(path);
  assert_int_equal(trace.count, 2);
  assert_int_equal(trace_replay(&trace, &complaints), 0);
  assert_int_equal(complaints, 0);
  free(trace.event);
  snprintf(name, sizeof name, "%s.%s", path, child.said);
  trace = trace_read(name);
  assert_int_equal(trace.count, 1); /* not the frees of what its parent allocated */
  assert_int_equal(trace.event[0].bytes, 13);
  free(trace.event);
}

static void trace_with_process_number(const void *path) {
  require(alloc_trace_start(path) == 0);
  require(alloc_malloc(17) != NULL);
  require(alloc_trace_start(path) == EBUSY);
  fprintf(stderr, "%d", (int)getpid());
  _exit(0);
}

static void the_name_may_have_the_process_number(void **state) {
  char name[128];
  (void)state;

  struct child child = child_run(trace_with_process_number, file_named("100%%-%p.trace"));
  assert_true(child_succeeded(&child));
  snprintf(name, sizeof name, "100%%-%s.trace", child.said);
  struct trace trace = trace_read(file_named(name));
  assert_int_equal(trace.count, 1);
  assert_int_equal(trace.ends, 0);
  free(trace.event);
}

static void hold_and_wait(const void *path) {
  require(alloc_trace_start(path) == 0);
  require(alloc_malloc(19) != NULL);
  pid_t pid = fork();
  if (pid == 0) {
    /* As if another program wanted the same file, which its parent is still writing. */
    alloc_trace_stop();
    require(alloc_trace_start(path) == 0);
    require(alloc_malloc(23) != NULL);
    _exit(0);
  }
  int status;
  require(waitpid(pid, &status, 0) == pid && status == 0);
  require(alloc_malloc(29) != NULL);
  _exit(0);
}

static void a_file_in_use_is_left_alone(void **state) {
  const char *path = file_named("in-use");
  (void)state;

  struct child child = child_run(hold_and_wait, path);
  assert_true(child_succeeded(&child));
  struct trace trace = trace_read(path);
  assert_int_equal(trace.count, 2);
  assert_int_equal(trace.event[0].bytes, 19);
  assert_int_equal(trace.event[1].bytes, 29);
  free(trace.event);
}

static void starting_again_truncates(void **state) {
  const char *path = file_named("again");
  (void)state;

  for (int i = 0; i < 2; i++) {
    assert_int_equal(alloc_trace_start(path), 0);
    alloc_free(alloc_malloc(31));
    alloc_trace_stop();
  }
  alloc_trace_stop();
  struct trace trace = trace_read(path);
  assert_int_equal(trace.count, 2);
  assert_int_equal(trace.ends, 1);
  free(trace.event);
}

static void close_everything(const void *path) {
  require(alloc_trace_start(path) == 0);
  void *a = alloc_malloc(37);
  for (int i = 3; i < 1024; i++)
    close(i);
  /* The program's own files now have every number that there was. */
  int file[600];
  for (unsigned i = 0; i < 600; i++)
    file[i] = open("/dev/null", O_RDONLY);
  int mine = open(file_named("mine"), O_RDWR | O_CREAT | O_TRUNC, 0600);
  dup2(mine, 500);
  dup2(mine, 501);
  alloc_free(a);
  require(alloc_malloc(41) != NULL);
  struct stat status;
  require(fstat(mine, &status) == 0 && status.st_size == 0);
  (void)file;
  _exit(0);
}

static void a_closed_descriptor_is_noticed(void **state) {
  const char *path = file_named("closed");
  (void)state;

  struct child child = child_run(close_everything, path);
  assert_true(child_succeeded(&child));
  struct trace trace = trace_read(path);
  assert_int_equal(trace.count, 3);
  free(trace.event);
}

static void start_where_it_cannot(const void *path) {
  require(alloc_trace_start(path) == ENOENT);
  require(alloc_trace_start("") == EINVAL);
  alloc_free(alloc_malloc(1));
}

static void what_cannot_be_written_is_named(void **state) {
  char expected[256];
  const char *path = file_named("no/such/folder");
  (void)state;

  struct child child = child_run(start_where_it_cannot, path);
  assert_true(child_succeeded(&child));
  snprintf(expected, sizeof expected,
           "liballoc: warning: cannot write the trace %s: No such file or directory\n", path);
  assert_string_equal(child.said, expected);
}

static void start_on_a_full_disk(const void *path) {
  (void)path;
  require(alloc_trace_start("/dev/full") == 0);
  for (int i = 0; i < 10; i++)
    alloc_free(alloc_malloc(1));
}

static void a_full_disk_ends_it_with_one_warning(void **state) {
  (void)state;

  struct child child = child_run(start_on_a_full_disk, NULL);
  assert_true(child_succeeded(&child));
  assert_string_equal(child.said, "liballoc: warning: the trace is cut short, cannot write to "
                                  "/dev/full: No space left on device\n");
}

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/test_trace.XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  char command[128];
  (void)state;

  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_call_is_an_event),
      cmocka_unit_test(failures_are_told),
      cmocka_unit_test(stacks_are_lines_of_their_own),
      cmocka_unit_test(threads_do_not_confuse_it),
      cmocka_unit_test(a_child_has_its_own_file),
      cmocka_unit_test(the_name_may_have_the_process_number),
      cmocka_unit_test(a_file_in_use_is_left_alone),
      cmocka_unit_test(starting_again_truncates),
      cmocka_unit_test(a_closed_descriptor_is_noticed),
      cmocka_unit_test(what_cannot_be_written_is_named),
      cmocka_unit_test(a_full_disk_ends_it_with_one_warning),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
