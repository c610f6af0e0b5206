/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "observe/self.h"
#include "observe/text.h"

static void names_may_hold_anything(void **state) {
  static const char *const names[] = {"plain", ") Z 1 (", "a b) (c", "((((", "))))", " ", ""};
  (void)state;
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    struct self self;
    assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
    self_read(&self);
    assert_string_equal(self.command, names[i]);
    assert_int_equal(self.state, 'R');
    assert_true(self.threads >= 1);
    assert_true(self.start_ticks > 0);
  }
}

static void the_start_is_that_of_proc(void **state) {
  struct self self;
  (void)state;
  prctl(PR_SET_NAME, "test_self");
  self_read(&self);
  FILE *file = fopen("/proc/self/stat", "re");
  assert_non_null(file);
  unsigned long long start = 0;
  assert_int_equal(
      fscanf(file,
             "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
             "%*d %*d %*d %llu",
             &start),
      1);
  fclose(file);
  assert_int_equal(self.start_ticks, start);
}

static void the_program_is_this_file(void **state) {
  char path[512], cut[8];
  struct stat mine, exe;
  (void)state;
  self_program(path, sizeof path);
  assert_int_equal(stat(path, &mine), 0);
  assert_int_equal(stat("/proc/self/exe", &exe), 0);
  assert_int_equal(mine.st_ino, exe.st_ino);
  self_program(cut, sizeof cut);
  assert_int_equal(strlen(cut), sizeof cut - 1);
  assert_memory_equal(cut, path, sizeof cut - 1);
}

static void *named_thread(void *result) {
  pthread_setname_np(pthread_self(), "fifteen letters");
  self_thread_name((uint32_t)syscall(SYS_gettid), result);
  return NULL;
}

static void threads_have_names(void **state) {
  char name[16];
  pthread_t thread;
  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, named_thread, name), 0);
  pthread_join(thread, NULL);
  assert_string_equal(name, "fifteen letters");
  self_thread_name(0, name);
  assert_string_equal(name, "");
}

static void text_that_does_not_fit_is_dropped(void **state) {
  char room[8];
  (void)state;
  struct text text = text_in(room, sizeof room);
  text_add(&text, "ab");
  text_decimal(&text, 0);
  text_decimal(&text, 90);
  assert_string_equal(room, "ab090");
  text_decimal(&text, UINT64_MAX);
  assert_string_equal(room, "ab09018");
  text_add(&text, "more");
  assert_string_equal(room, "ab09018");
  text = text_in(room, sizeof room);
  text_format(&text, "%u.%%", 7);
  assert_string_equal(room, "7.%%");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_may_hold_anything),
      cmocka_unit_test(the_start_is_that_of_proc),
      cmocka_unit_test(the_program_is_this_file),
      cmocka_unit_test(threads_have_names),
      cmocka_unit_test(text_that_does_not_fit_is_dropped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
