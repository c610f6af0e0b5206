/* SPDX-License-Identifier: MIT */
/*
 * Hostile surroundings: where a process cannot publish, or must not, it says so once when it was
 * asked to, and goes on. Tests that fill /dev/shm or squat in it are skipped where we cannot have
 * one of our own.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/snapshot.h>

#include "tests/unit/obedient.h"
#include "viewer/model/processes.h"

static void expect_warning(struct target *target, const char *reason) {
  char path[64], expected[256];
  snapshot_directory_name(path, sizeof path);
  snprintf(expected, sizeof expected, "liballoc: warning: no heap snapshots: cannot use %s: %s",
           path, reason);
  target_tell(target, 'x');
  assert_int_equal(target_end(target), 0);
  /* One line, and it begins so. */
  if (strncmp(target_text, expected, strlen(expected)) != 0 ||
      strchr(target_text, '\n') != target_text + strlen(target_text) - 1)
    fail_msg("expected one line \"%s...\" and got \"%s\"", expected, target_text);
}

static void a_full_shm_costs_one_warning(void **state) {
  (void)state;
  obedient_needs_private_shm();
  assert_true(target_mount_shm("mode=1777,size=4k"));
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  obedient_order(&target, 'm');
  obedient_order(&target, 'm');
  expect_warning(&target, "No space left on device");
  assert_int_equal(umount("/dev/shm"), 0);
}

static void a_heap_that_outgrows_shm_costs_one_warning(void **state) {
  (void)state;
  obedient_needs_private_shm();
  assert_true(target_mount_shm("mode=1777,size=128k"));
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  assert_true(target_has_file(target.process));
  obedient_order(&target, 'g');
  assert_true(target_await_file(target.process, false));
  assert_true(obedient_await_threads(target.process, 1));
  obedient_order(&target, 'm');
  expect_warning(&target, "No space left on device");
  assert_int_equal(umount("/dev/shm"), 0);
}

static void a_limit_on_files_is_honoured_without_a_signal(void **state) {
  (void)state;
  struct rlimit before, limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  limit = before;
  limit.rlim_cur = 8192;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  obedient_order(&target, 'm');
  expect_warning(&target, "File too large");
}

static void squat_and_expect(const char *reason) {
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  obedient_order(&target, 'm');
  assert_true(obedient_has_threads(target.process, 1));
  expect_warning(&target, reason);
  /* Nobody asked: not a word. */
  target = obedient_start(NULL);
  obedient_order(&target, 'm');
  obedient_end(&target);
  assert_int_equal(umount("/dev/shm"), 0);
}

static void a_directory_open_to_others_is_refused(void **state) {
  char path[64];
  (void)state;
  obedient_needs_private_shm();
  assert_true(target_mount_shm("mode=1777,size=1m"));
  snapshot_directory_name(path, sizeof path);
  assert_int_equal(mkdir(path, 0755), 0);
  assert_int_equal(chmod(path, 0755), 0);
  squat_and_expect("Operation not permitted");
}

static void a_link_is_refused(void **state) {
  char path[64];
  (void)state;
  obedient_needs_private_shm();
  assert_true(target_mount_shm("mode=1777,size=1m"));
  snapshot_directory_name(path, sizeof path);
  assert_int_equal(mkdir("/dev/shm/elsewhere", 0700), 0);
  assert_int_equal(symlink("/dev/shm/elsewhere", path), 0);
  squat_and_expect("Not a directory");
}

static void a_directory_of_another_user_is_refused(void **state) {
  char path[64];
  (void)state;
  obedient_needs_private_shm();
  snapshot_directory_name(path, sizeof path);
  assert_true(target_mount_shm("mode=1777,size=1m"));
  assert_int_equal(mkdir(path, 0700), 0);
  if (chown(path, 12345, (gid_t)-1) != 0) {
    umount("/dev/shm");
    print_message("needs the right to give files away\n");
    skip();
  }
  squat_and_expect("Operation not permitted");
}

static void a_bell_that_is_none_is_refused(void **state) {
  char path[96];
  (void)state;
  obedient_needs_private_shm();
  assert_true(target_mount_shm("mode=1777,size=1m"));
  snapshot_directory_name(path, sizeof path);
  assert_int_equal(mkdir(path, 0700), 0);
  strcat(path, "/" ALLOC_SNAPSHOT_BELL_NAME);
  int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_int_equal(ftruncate(file, ALLOC_BELL_BYTES), 0);
  close(file);
  /* The directory is fine, so what the program asks for itself works. */
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  obedient_order(&target, 'm');
  assert_true(target_await_file(target.process, true));
  GError *error = NULL;
  assert_false(hv_process_check((guint)target.process, &error));
  g_error_free(error);
  obedient_end(&target);
  assert_int_equal(umount("/dev/shm"), 0);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_full_shm_costs_one_warning),
      cmocka_unit_test(a_heap_that_outgrows_shm_costs_one_warning),
      cmocka_unit_test(a_limit_on_files_is_honoured_without_a_signal),
      cmocka_unit_test(a_directory_open_to_others_is_refused),
      cmocka_unit_test(a_link_is_refused),
      cmocka_unit_test(a_directory_of_another_user_is_refused),
      cmocka_unit_test(a_bell_that_is_none_is_refused),
  };
  obedient_prepare(argc, argv);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
