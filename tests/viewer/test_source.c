/* SPDX-License-Identifier: MIT */
/* HvSource against fake_heap: frames arrive, stop when asked to, and every end has its state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/model/directory.h"
#include "viewer/model/error.h"
#include "viewer/model/process.h"
#include "viewer/model/processes.h"
#include "viewer/model/source.h"

typedef struct {
  pid_t pid;
  int input;
} Fake;

static Fake fake_start(const char *kind) {
  int to_child[2];
  int from_child[2];
  const char *build = g_getenv("ALLOC_BUILDDIR");
  g_autofree char *path = g_build_filename(build == NULL ? "." : build,
                                           build == NULL ? "" : "tests/viewer", "fake_heap", NULL);
  assert_int_equal(pipe(to_child), 0);
  assert_int_equal(pipe(from_child), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(to_child[0], 0);
    dup2(from_child[1], 1);
    close(to_child[1]);
    close(from_child[0]);
    execl(path, path, kind, "5", (char *)NULL);
    _exit(127);
  }
  close(to_child[0]);
  close(from_child[1]);
  char line[64] = "";
  assert_true(read(from_child[0], line, sizeof line - 1) > 0);
  assert_memory_equal(line, "ready ", 6);
  close(from_child[0]);
  return (Fake){pid, to_child[1]};
}

static void fake_end(Fake *fake, int signal_number) {
  if (signal_number != 0)
    kill(fake->pid, signal_number);
  close(fake->input);
  assert_int_equal(waitpid(fake->pid, NULL, 0), fake->pid);
}

static HvSource *open_fake(const Fake *fake) {
  g_autoptr(GError) error = NULL;
  g_autofree char *number = g_strdup_printf("%d", fake->pid);
  HvSource *source = hv_source_open(number, &error);
  if (source == NULL)
    fail_msg("%s", error->message);
  return source;
}

/* Polls until a frame comes or the state is @state; five seconds at most. */
static HvFrame *poll_until(HvSource *source, HvSourceState state) {
  for (int i = 0; i < 500; i++) {
    HvFrame *frame = hv_source_poll(source);
    if (frame != NULL || hv_source_state(source) == state)
      return frame;
    g_usleep(10000);
  }
  fail_msg("nothing for 5 s: %s", hv_source_sentence(source));
  return NULL;
}

static HvFrame *next_frame(HvSource *source) {
  HvFrame *frame = poll_until(source, HV_SOURCE_FAILED);
  if (frame == NULL)
    fail_msg("%s", hv_source_sentence(source));
  return frame;
}

static void expect_frame(HvSource *source) {
  hv_frame_unref(next_frame(source));
}

static char *heap_path(const Fake *fake) {
  return g_strdup_printf("%s/%d.heap", hv_directory_path(), fake->pid);
}

static void test_live(void **state) {
  Fake fake = fake_start("all-classes");
  g_autoptr(HvSource) source = open_fake(&fake);
  assert_int_equal(hv_source_state(source), HV_SOURCE_WAITING);
  guint64 seq = 0;
  for (int i = 0; i < 5; i++) {
    g_autoptr(HvFrame) frame = next_frame(source);
    assert_int_equal(hv_source_state(source), HV_SOURCE_LIVE);
    assert_int_equal(hv_frame_header(frame)->pid, fake.pid);
    assert_true(hv_frame_head(frame)->seq > seq);
    assert_ptr_equal(hv_source_latest(source), frame);
    seq = hv_frame_head(frame)->seq;
  }
  HvSourceStats stats;
  hv_source_stats(source, &stats);
  assert_int_equal(stats.frames, 5);
  assert_int_equal(stats.invalid, 0);
  assert_true(stats.interval_ns > 0 && stats.cost_ns == 1500000);

  guint64 bytes = 0;
  assert_true(hv_source_trim(source));
  gboolean done = FALSE;
  for (int i = 0; i < 100 && !done; i++) {
    done = hv_source_trim_done(source, &bytes);
    g_usleep(10000);
  }
  assert_true(done && bytes == 12345);
  assert_false(hv_source_trim_done(source, &bytes));
  fake_end(&fake, 0);
}

/* The list names it, with the live bytes of its frame while somebody watches. */
static void test_listed(void **state) {
  Fake fake = fake_start("one-block");
  g_autoptr(HvSource) source = open_fake(&fake);
  expect_frame(source);
  g_autoptr(GPtrArray) processes = hv_processes_scan();
  gboolean found = FALSE;
  for (guint i = 0; i < processes->len; i++) {
    const HvProcess *process = g_ptr_array_index(processes, i);
    if (process->pid != (guint)fake.pid)
      continue;
    found = TRUE;
    assert_int_equal(process->kind, HV_PROCESS_WATCHABLE);
    assert_string_equal(process->name, "fake_heap");
    assert_non_null(strstr(process->command_line, "one-block"));
    assert_true(process->rss_bytes > 0);
    assert_true(process->has_heap);
  }
  assert_true(found);
  fake_end(&fake, 0);
}

/* When nobody asks any more, nothing is published. */
static void test_stops_publishing(void **state) {
  Fake fake = fake_start("one-block");
  g_autofree char *path = heap_path(&fake);
  HvSource *source = open_fake(&fake);
  expect_frame(source);
  assert_int_equal(access(path, F_OK), 0);
  hv_source_set_paused(source, TRUE);
  assert_int_equal(hv_source_state(source), HV_SOURCE_PAUSED);
  for (int i = 0; i < 200 && access(path, F_OK) == 0; i++)
    g_usleep(10000);
  assert_int_not_equal(access(path, F_OK), 0);
  assert_null(hv_source_poll(source));
  hv_source_set_paused(source, FALSE);
  expect_frame(source);
  hv_source_free(source);
  for (int i = 0; i < 200 && access(path, F_OK) == 0; i++)
    g_usleep(10000);
  assert_int_not_equal(access(path, F_OK), 0);
  fake_end(&fake, 0);
}

static void test_two_watchers(void **state) {
  Fake fake = fake_start("one-block");
  HvSource *first = open_fake(&fake);
  g_autoptr(HvSource) second = open_fake(&fake);
  expect_frame(first);
  expect_frame(second);
  hv_source_free(first);
  for (int i = 0; i < 3; i++) {
    g_autoptr(HvFrame) more = next_frame(second);
    assert_non_null(more);
  }
  fake_end(&fake, 0);
}

static void test_silent(void **state) {
  Fake fake = fake_start("silent");
  g_autoptr(HvSource) source = open_fake(&fake);
  for (int i = 0; i < 90; i++) {
    assert_null(hv_source_poll(source));
    g_usleep(10000);
  }
  assert_int_equal(hv_source_state(source), HV_SOURCE_WAITING);
  assert_non_null(strstr(hv_source_sentence(source), "answers at its next allocation"));
  kill(fake.pid, SIGSTOP);
  for (int i = 0; i < 90; i++) {
    assert_null(hv_source_poll(source));
    g_usleep(10000);
  }
  assert_non_null(strstr(hv_source_sentence(source), "is stopped"));
  fake_end(&fake, SIGKILL);
  assert_null(poll_until(source, HV_SOURCE_GONE));
  assert_non_null(strstr(hv_source_sentence(source), "before it answered"));
}

/* From when a process begins to end it counts as none, however long its memory takes to go: else
 * one that lost its memory map would be taken for one that stopped publishing. */
static void test_exiting(void **state) {
  const gsize bytes = 512u << 20;
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      _exit(1);
    memset(memory, 1, bytes);
    for (;;)
      pause();
  }
  HvProcessStat stat;
  do {
    assert_true(hv_process_stat((guint)pid, &stat));
    g_usleep(1000);
  } while (hv_process_rss((guint)pid) < bytes);
  kill(pid, SIGKILL);
  gboolean has_memory = TRUE;
  gboolean is_running = TRUE;
  while (has_memory || is_running) {
    has_memory = hv_process_rss((guint)pid) != 0;
    is_running = hv_process_stat((guint)pid, &stat);
    assert_true(has_memory || !is_running);
  }
  assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A killed process leaves its last frame, which opens as such, and is cleaned up afterwards. */
static void test_killed(void **state) {
  Fake fake = fake_start("all-classes");
  g_autofree char *path = heap_path(&fake);
  HvSource *source = open_fake(&fake);
  expect_frame(source);
  fake_end(&fake, SIGKILL);
  HvFrame *rest = poll_until(source, HV_SOURCE_GONE);
  while (rest != NULL) {
    hv_frame_unref(rest);
    rest = poll_until(source, HV_SOURCE_GONE);
  }
  assert_non_null(strstr(hv_source_sentence(source), "ended"));
  assert_non_null(hv_source_latest(source));
  hv_source_set_keep(source, TRUE);
  hv_source_free(source);
  assert_int_equal(access(path, F_OK), 0);

  g_autoptr(GPtrArray) processes = hv_processes_scan();
  gboolean found = FALSE;
  for (guint i = 0; i < processes->len; i++) {
    const HvProcess *process = g_ptr_array_index(processes, i);
    found |= process->pid == (guint)fake.pid && process->kind == HV_PROCESS_LEFTOVER;
  }
  assert_true(found);
  source = open_fake(&fake);
  assert_int_equal(hv_source_state(source), HV_SOURCE_DEAD);
  g_autoptr(HvFrame) last = hv_source_poll(source);
  assert_non_null(last);
  assert_null(hv_source_poll(source));
  hv_source_free(source);
  assert_int_not_equal(access(path, F_OK), 0);
}

static void test_newer_format(void **state) {
  Fake fake = fake_start("newer");
  g_autoptr(HvSource) source = open_fake(&fake);
  assert_null(poll_until(source, HV_SOURCE_FAILED));
  assert_non_null(strstr(hv_source_sentence(source), "version 3 of the format"));
  fake_end(&fake, 0);
}

static void test_torn(void **state) {
  Fake fake = fake_start("torn");
  g_autoptr(HvSource) source = open_fake(&fake);
  HvSourceStats stats = {0};
  for (int i = 0; i < 500 && stats.torn < 3; i++) {
    assert_null(hv_source_poll(source));
    hv_source_stats(source, &stats);
    g_usleep(10000);
  }
  assert_true(stats.torn >= 3);
  fake_end(&fake, 0);
}

/* ---- opening what cannot be ---- */

static void expect_open_error(const char *what, int code, const char *part) {
  g_autoptr(GError) error = NULL;
  assert_null(hv_source_open(what, &error));
  assert_int_equal(error->code, code);
  if (strstr(error->message, part) == NULL)
    fail_msg("\"%s\" lacks \"%s\"", error->message, part);
}

static void test_cannot_open(void **state) {
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  g_autofree char *number = g_strdup_printf("%d", pid);
  expect_open_error(number, HV_ERROR_NOT_WATCHABLE, "does not run on liballoc");
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  expect_open_error(number, HV_ERROR_NO_PROCESS, "there is no process");
  expect_open_error("0", HV_ERROR_NO_PROCESS, "there is no process 0");
  expect_open_error("99999999999999999999", HV_ERROR_NO_PROCESS, "there is no process");
  expect_open_error("", HV_ERROR_ARGUMENT, "empty name");
  expect_open_error("/nonexistent", HV_ERROR_IO, "/nonexistent");
}

static void test_directory_trust(void **state) {
  g_autofree char *base = g_dir_make_tmp("liballoc-directory-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(base, "d", NULL);
  g_autofree char *link = g_build_filename(base, "l", NULL);
  g_autofree char *target = g_build_filename(base, "target", NULL);
  g_autoptr(GError) error = NULL;
  assert_int_equal(hv_directory_open(path, FALSE, &error), -1);
  assert_int_equal(error->code, HV_ERROR_NO_PROCESS);
  g_clear_error(&error);
  int directory = hv_directory_open(path, TRUE, &error);
  assert_true(directory >= 0);
  struct stat status;
  assert_int_equal(fstat(directory, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0700);

  /* Files: missing, safe, open to others, a link, no file at all. */
  assert_int_equal(hv_directory_open_file(directory, "f", O_RDONLY, NULL, &error), -1);
  assert_null(error);
  int fd = openat(directory, "f", O_RDWR | O_CREAT, 0600);
  close(fd);
  fd = hv_directory_open_file(directory, "f", O_RDONLY, NULL, &error);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(fchmodat(directory, "f", 0644, 0), 0);
  assert_int_equal(hv_directory_open_file(directory, "f", O_RDONLY, NULL, &error), -1);
  assert_int_equal(error->code, HV_ERROR_PERMISSION);
  g_clear_error(&error);
  assert_true(g_file_set_contents(target, "x", 1, NULL));
  assert_int_equal(symlinkat(target, directory, "s"), 0);
  assert_int_equal(hv_directory_open_file(directory, "s", O_RDONLY, NULL, &error), -1);
  assert_int_equal(error->code, HV_ERROR_PERMISSION);
  assert_non_null(strstr(error->message, "link"));
  g_clear_error(&error);
  assert_int_equal(mkdirat(directory, "m", 0700), 0);
  assert_int_equal(hv_directory_open_file(directory, "m", O_RDONLY, NULL, &error), -1);
  assert_int_equal(error->code, HV_ERROR_PERMISSION);
  g_clear_error(&error);
  close(directory);

  assert_int_equal(chmod(path, 0755), 0);
  assert_int_equal(hv_directory_open(path, TRUE, &error), -1);
  assert_int_equal(error->code, HV_ERROR_PERMISSION);
  assert_non_null(strstr(error->message, "not safe"));
  g_clear_error(&error);
  assert_int_equal(chmod(path, 0700), 0);
  assert_int_equal(symlink(path, link), 0);
  assert_int_equal(hv_directory_open(link, TRUE, &error), -1);
  assert_int_equal(error->code, HV_ERROR_PERMISSION);
  g_clear_error(&error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_live),
      cmocka_unit_test(test_listed),
      cmocka_unit_test(test_stops_publishing),
      cmocka_unit_test(test_two_watchers),
      cmocka_unit_test(test_silent),
      cmocka_unit_test(test_exiting),
      cmocka_unit_test(test_killed),
      cmocka_unit_test(test_newer_format),
      cmocka_unit_test(test_torn),
      cmocka_unit_test(test_cannot_open),
      cmocka_unit_test(test_directory_trust),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
