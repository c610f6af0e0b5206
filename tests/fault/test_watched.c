/* SPDX-License-Identifier: MIT */
/*
 * Processes that are watched when something goes wrong: a writer killed at random points, a hundred
 * watchers at once, threads that end, a program that has become set-user-ID. It prints how often
 * each was borne; ALLOC_LONG=1 kills a thousand writers instead of fifty.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>

#include "debug/check.h"
#include "debug/mtrace.h"
#include "tests/fault/fault.h"
#include "tests/unit/target.h"

enum { HZ_60 = 60000, WATCHERS = FAULT_SANITIZED ? 12 : 100, NOBODY = 65534 };

/* ================================ the targets ================================ */

static void *churn(void *seed) {
  struct random random = {(uintptr_t)seed};
  void *block[400] = {NULL};

  for (;;) {
    unsigned i = random_below(&random, 400);
    alloc_free(block[i]);
    block[i] = alloc_malloc(1 + random_below(&random, i % 50 ? 2000 : 300000));
  }
  return NULL;
}

static void *live_shortly(void *seed) {
  void *block[40];

  for (unsigned i = 0; i < 40; i++)
    block[i] = alloc_malloc(((uintptr_t)seed + i) * 37 % 3000);
  for (unsigned i = 0; i < 40; i++)
    alloc_free(block[i]);
  return NULL;
}

/* Two threads for ever, or as many short ones as it can make. */
static int role_busy(void) {
  pthread_t thread;

  for (uintptr_t i = 1; i <= 2; i++)
    pthread_create(&thread, NULL, churn, (void *)i);
  role_tell('b');
  role_listen();
  return 0;
}

static int role_short_threads(void) {
  pthread_t thread[4];

  role_tell('b');
  for (uintptr_t round = 0; getppid() != 1; round++) {
    for (unsigned i = 0; i < 4; i++)
      pthread_create(&thread[i], NULL, live_shortly, (void *)(round + i));
    for (unsigned i = 0; i < 4; i++)
      pthread_join(thread[i], NULL);
  }
  return 0;
}

/* Takes three frames of the process in WATCH, says so, and leaves when it is told. */
static int role_watcher(void) {
  GError *error = NULL;
  HvSource *source = hv_source_open(getenv("WATCH"), &error);

  if (!source)
    return 3;
  hv_source_set_rate(source, 20000);
  uint64_t since = 0;
  for (unsigned i = 0; i < 3; i++) {
    HvFrame *frame = target_frame_after(source, since);
    since = hv_frame_head(frame)->monotonic_ns;
    hv_frame_unref(frame);
  }
  role_tell('d');
  role_listen();
  hv_source_free(source);
  return 0;
}

/* Whether a block is as it is without any option: not filled, not guarded, not checked. */
static bool is_plain(void) {
  enum { BYTES = 100 };
  unsigned char *block = alloc_malloc(BYTES);
  bool plain = alloc_usable_size(block) > BYTES;

  for (unsigned i = 0; i < BYTES; i++)
    plain = plain && block[i] == 0;
  alloc_free(block);
  return plain && !checking();
}

static int role_privileged(void) {
  role_tell(getauxval(AT_SECURE) ? 's' : 'n');
  libc_mtrace();
  role_tell(is_plain() ? 'p' : 'x');
  for (unsigned i = 0; i < 200; i++) {
    alloc_free(alloc_malloc(3 << 20));
    usleep(1000);
  }
  role_tell('d');
  role_listen();
  return 0;
}

/* ================================ the tests ================================ */

static bool private_shm;

static void heap_path(char *path, size_t bytes, pid_t process) {
  int n = snprintf(path, bytes, ALLOC_SNAPSHOT_DIRECTORY_FORMAT "/", (unsigned)geteuid());
  snprintf(path + n, bytes - (size_t)n, ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, (unsigned)process);
}

/* The frame that was taken last is still to be had, in what the process has left. */
static void expect_last_frame(pid_t process, uint64_t seen_ns) {
  char path[96];
  GError *error = NULL;

  heap_path(path, sizeof path, process);
  HvFrame *frame = hv_frame_load(path, &error);
  if (!frame)
    fail_msg("after a kill: %s", error->message);
  assert_int_equal(hv_frame_header(frame)->pid, process);
  assert_true(hv_frame_head(frame)->monotonic_ns >= seen_ns);
  hv_frame_unref(frame);
}

static void a_writer_may_be_killed_at_any_moment(void **state) {
  const unsigned long kills = fault_count(50, 1000);
  struct random random = {7};
  unsigned long torn = 0;

  (void)state;
  for (unsigned long i = 0; i < kills; i++) {
    struct target target = target_start("busy", "LIBALLOC_SNAPSHOT=60", -1);
    target_expect(&target, 'b');
    assert_true(target_await_file(target.process, true));
    HvSource *source = target_watch(target.process, HZ_60);
    HvFrame *frame = target_frame_after(source, 0);
    uint64_t seen_ns = hv_frame_head(frame)->monotonic_ns;
    hv_frame_unref(frame);
    usleep(random_below(&random, 20000));
    kill(target.process, SIGKILL);
    assert_true(WIFSIGNALED(target_end(&target)));
    expect_last_frame(target.process, seen_ns);
    /* Whoever was watching notices, and keeps what it has. */
    for (unsigned ms = 0; hv_source_state(source) != HV_SOURCE_GONE; ms += 5) {
      assert_true(ms < 10000);
      if ((frame = hv_source_poll(source)))
        hv_frame_unref(frame);
      usleep(5000);
    }
    assert_non_null(hv_source_latest(source));
    HvSourceStats stats;
    hv_source_stats(source, &stats);
    assert_int_equal(stats.invalid, 0);
    torn += stats.torn;
    hv_source_free(source);
    assert_false(target_has_file(target.process));
  }
  report("%lu writers killed, %lu copies torn, no frame lost\n", kills, torn);
}

static void a_hundred_may_watch_at_once(void **state) {
  static struct target watcher[WATCHERS];
  char variable[32];

  (void)state;
  struct target target = target_start("busy", NULL, -1);
  target_expect(&target, 'b');
  snprintf(variable, sizeof variable, "WATCH=%d", (int)target.process);
  for (unsigned i = 0; i < WATCHERS; i++)
    watcher[i] = target_start("watcher", variable, -1);
  for (unsigned i = 0; i < WATCHERS; i++)
    target_expect(&watcher[i], 'd');
  assert_true(target_has_file(target.process));
  for (unsigned i = 0; i < WATCHERS; i++)
    assert_int_equal(target_end(&watcher[i]), 0);
  /* The last one takes the request back. */
  assert_true(target_await_file(target.process, false));
  assert_int_equal(target_end(&target), 0);
  report("%d watchers at once, three frames each\n", WATCHERS);
}

static void threads_may_end_while_they_are_published(void **state) {
  enum { FRAMES = 30 };

  (void)state;
  struct target target = target_start("short_threads", "LIBALLOC_SNAPSHOT=60", -1);
  target_expect(&target, 'b');
  HvSource *source = target_watch(target.process, HZ_60);
  uint64_t since = 0;
  for (unsigned i = 0; i < FRAMES; i++) {
    HvFrame *frame = target_frame_after(source, since);
    since = hv_frame_head(frame)->monotonic_ns;
    hv_frame_unref(frame);
  }
  HvSourceStats stats;
  hv_source_stats(source, &stats);
  assert_int_equal(stats.invalid, 0);
  kill(target.process, SIGKILL);
  assert_true(WIFSIGNALED(target_end(&target)));
  hv_source_free(source);
  report("%d frames of a process whose threads come and go\n", FRAMES);
}

/* Copies this program, for everyone to run as root. */
static bool copy_set_user_id(const char *path) {
  static char buffer[1 << 16];
  int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int to = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
  ssize_t n = -1;

  while (from >= 0 && to >= 0 && (n = read(from, buffer, sizeof buffer)) > 0)
    if (write(to, buffer, (size_t)n) != n)
      return false;
  bool done = n == 0 && fchmod(to, 04755) == 0;
  if (from >= 0)
    close(from);
  if (to >= 0)
    close(to);
  return done;
}

/* Names in a folder, and in those in it. */
static unsigned count_files(const char *path) {
  char inner[300];
  unsigned n = 0;
  DIR *folder = opendir(path);

  for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
    if (entry->d_name[0] != '.') {
      snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
      n += 1 + count_files(inner);
    }
  if (folder)
    closedir(folder);
  return n;
}

static void set_user_id_publishes_nothing_and_obeys_nobody(void **state) {
  static const struct {
    const char *variable, *value; /* NULL: a file */
  } settings[] = {{"MALLOC_PERTURB_", "165"},
                  {"MALLOC_CHECK_", "3"},
                  {"LIBALLOC_OPTIONS", "perturb=165,check=3"},
                  {"LIBALLOC_HARDEN", "1"},
                  {"LIBALLOC_SAMPLE_GUARDS", "1"},
                  {"LIBALLOC_PROFILE", "1"},
                  {"LIBALLOC_PROFILE_FILE", NULL},
                  {"LIBALLOC_LEAKS", NULL},
                  {"LIBALLOC_TRACE", NULL},
                  {"MALLOC_TRACE", NULL}};
  char folder[] = "/tmp/alloc-setuid-XXXXXX", path[64], file[64];
  int from[2], to[2];
  char letter = 0, plain = 0;

  (void)state;
  if (geteuid() != 0 || !private_shm || FAULT_SANITIZED) {
    print_message("needs root, a mount namespace, and no sanitizer\n");
    skip();
  }
  assert_true(target_mount_shm("mode=1777,size=16m"));
  assert_non_null(mkdtemp(folder));
  chmod(folder, 0755);
  snprintf(path, sizeof path, "%s/program", folder);
  snprintf(file, sizeof file, "%s/file", folder);
  assert_true(copy_set_user_id(path));
  assert_int_equal(pipe(from), 0);
  assert_int_equal(pipe(to), 0);
  pid_t process = fork();
  if (process == 0) {
    dup2(from[1], 10);
    dup2(to[0], 11);
    close_range(12, ~0u, 0);
    close_range(STDERR_FILENO + 1, 9, 0);
    setenv("LIBALLOC_SNAPSHOT", "60", 1);
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++)
      setenv(settings[i].variable, settings[i].value ? settings[i].value : file, 1);
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
      _exit(5);
    execl(path, "program", "privileged", (char *)NULL);
    _exit(6);
  }
  close(from[1]);
  close(to[0]);
  bool said = read(from[0], &letter, 1) == 1;
  char done = 0;
  unsigned files = 0;
  if (said && letter == 's' && read(from[0], &plain, 1) == 1 && read(from[0], &done, 1) == 1)
    files = count_files("/dev/shm");
  close(to[1]);
  close(from[0]);
  int status;
  waitpid(process, &status, 0);
  unlink(path);
  unsigned written = count_files(folder);
  unlink(file);
  rmdir(folder);
  umount("/dev/shm");
  if (said && letter == 'n') {
    print_message("the file system ignores the set-user-ID bit\n");
    skip();
  }
  assert_int_equal(letter, 's');
  assert_int_equal(plain, 'p');
  assert_int_equal(done, 'd');
  assert_int_equal(status, 0);
  assert_int_equal(written, 0);
  assert_int_equal(files, 0);
  report("a set-user-ID program, asked to publish, left %u files; of %zu settings it obeyed none\n",
         files, sizeof settings / sizeof *settings);
}

int main(int argc, char *argv[]) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_writer_may_be_killed_at_any_moment),
      cmocka_unit_test(a_hundred_may_watch_at_once),
      cmocka_unit_test(threads_may_end_while_they_are_published),
      cmocka_unit_test(set_user_id_publishes_nothing_and_obeys_nobody),
  };
  const struct {
    const char *name;
    int (*play)(void);
  } roles[] = {{"busy", role_busy},
               {"short_threads", role_short_threads},
               {"watcher", role_watcher},
               {"privileged", role_privileged}};

  for (size_t i = 0; argc > 1 && i < sizeof roles / sizeof *roles; i++)
    if (strcmp(argv[1], roles[i].name) == 0)
      return roles[i].play();
  if (argc > 1)
    cmocka_set_test_filter(argv[1]);
  fault_patience(200, 1500);
  private_shm = target_make_private_shm();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
