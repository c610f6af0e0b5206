/* SPDX-License-Identifier: MIT */
/*
 * When a process publishes and when it does not, and what it leaves behind. Everything happens in
 * a /dev/shm of our own where the kernel lets us have one.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/snapshot.h>

#include "tests/unit/obedient.h"
#include "viewer/model/processes.h"

static const uint64_t second_ns = UINT64_C(1000000000);

/* Descriptors of a target that has opened none: 0, 1, 2 and two pipes. */
enum { FILES_ALONE = 5 };

static void nobody_watches_nothing_happens(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  obedient_order(&target, 'm');
  assert_true(obedient_has_threads(target.process, 1));
  assert_int_equal(target_files(target.process), FILES_ALONE);
  assert_false(target_has_file(target.process));
  GError *error = NULL;
  assert_true(hv_process_check((guint)target.process, &error));
  obedient_end(&target);
}

static void a_ring_is_answered_at_the_next_slow_path(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  HvSource *source = target_watch(target.process, HZ_60);
  usleep(200000);
  assert_false(target_has_file(target.process));
  obedient_order(&target, 'm');
  hv_frame_unref(target_frame_after(source, 0));
  assert_true(target_has_file(target.process));
  assert_true(obedient_has_threads(target.process, 2));
  assert_int_equal(target_files(target.process), FILES_ALONE);
  /* Asleep again, it goes on publishing. */
  hv_frame_unref(target_frame_after(source, target_now_ns() + second_ns / 2));

  hv_source_free(source);
  assert_true(target_await_file(target.process, false));
  assert_true(obedient_await_threads(target.process, 1));
  /* And can be watched again. */
  source = target_watch(target.process, HZ_60);
  obedient_order(&target, 'm');
  hv_frame_unref(target_frame_after(source, target_now_ns()));
  hv_source_free(source);
  obedient_end(&target);
}

/* Frames take 2 % of a processor at most, by the cheaper of the last two; the header of each says
 * how long that makes it to the next. */
static void the_rate_is_that_of_the_frames_to_come(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  for (unsigned i = 0; i < 3; i++)
    obedient_order(&target, 'g');
  HvSource *source = target_watch(target.process, HZ_60);
  obedient_order(&target, 'm');
  uint64_t cost_ns = 0;
  HvFrame *frame = target_frame_after(source, 0);
  for (unsigned compared = 0; compared < 4;) {
    HvFrame *next = target_frame_after(source, hv_frame_head(frame)->monotonic_ns);
    bool follows = hv_frame_head(next)->seq == hv_frame_head(frame)->seq + 1;
    uint64_t next_cost_ns = hv_frame_head(next)->cost_ns;
    uint64_t least_ns = 50 * (cost_ns < next_cost_ns ? cost_ns : next_cost_ns);
    if (follows && cost_ns) {
      assert_true(least_ns > second_ns / 60);
      assert_true(1000 * second_ns / hv_frame_header(frame)->rate_mhz >= least_ns);
      compared++;
    }
    cost_ns = follows ? next_cost_ns : 0;
    hv_frame_unref(frame);
    frame = next;
  }
  hv_frame_unref(frame);
  hv_source_free(source);
  obedient_end(&target);
}

static void a_watcher_that_stops_breathing_is_forgotten(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  HvSource *source = target_watch(target.process, HZ_60);
  obedient_order(&target, 'm');
  hv_frame_unref(target_frame_after(source, 0));
  uint64_t before = target_now_ns();
  assert_true(target_await_file(target.process, false));
  assert_true(target_now_ns() - before > 2 * second_ns);
  assert_true(obedient_await_threads(target.process, 1));
  hv_source_free(source);
  obedient_end(&target);
}

static void rings_for_others_are_not_answered(void **state) {
  (void)state;
  struct target one = obedient_start(NULL), other = obedient_start(NULL);
  HvSource *source = target_watch(other.process, HZ_60);
  obedient_order(&one, 'm');
  obedient_order(&other, 'm');
  hv_frame_unref(target_frame_after(source, 0));
  assert_false(target_has_file(one.process));
  assert_true(obedient_has_threads(one.process, 1));
  hv_source_free(source);
  obedient_end(&one);
  obedient_end(&other);
}

static void a_killed_process_leaves_its_last_frame(void **state) {
  (void)state;
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  char path[96];
  assert_true(target_await_file(target.process, true));
  HvSource *source = target_watch(target.process, HZ_60);
  hv_frame_unref(target_frame_after(source, 0));
  hv_source_set_keep(source, TRUE);
  hv_source_free(source);
  kill(target.process, SIGKILL);
  assert_true(WIFSIGNALED(target_end(&target)));
  assert_true(target_has_file(target.process));

  snapshot_directory_name(path, sizeof path);
  snprintf(path + strlen(path), sizeof path - strlen(path), "/%d.heap", (int)target.process);
  GError *error = NULL;
  HvFrame *frame = hv_frame_load(path, &error);
  if (!frame)
    fail_msg("%s", error->message);
  assert_int_equal(hv_frame_header(frame)->pid, target.process);
  hv_frame_unref(frame);
  unlink(path);
}

static void a_normal_end_leaves_nothing(void **state) {
  (void)state;
  /* At different moments of the publisher's round. */
  for (unsigned i = 0; i < 12; i++) {
    struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
    obedient_order(&target, 'c');
    usleep(i * 3000);
    obedient_end(&target);
  }
}

static void quick_exit_leaves_nothing(void **state) {
  (void)state;
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  HvSource *source = target_watch(target.process, HZ_60);
  hv_frame_unref(target_frame_after(source, 0));
  hv_source_set_keep(source, TRUE);
  hv_source_free(source);
  target_tell(&target, 'q');
  assert_int_equal(target_end(&target), 0);
  assert_false(target_has_file(target.process));
}

/* The publisher does not keep a process alive whose own threads have all ended. */
static void the_publisher_does_not_outlive_the_program(void **state) {
  (void)state;
  if (THREADS_NOT_OURS) {
    print_message("ThreadSanitizer's own thread outlives the program\n");
    skip();
  }
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  assert_true(target_await_file(target.process, true));
  uint64_t before = target_now_ns();
  obedient_order(&target, 'l');
  usleep(500000);
  assert_true(target_has_file(target.process)); /* one thread is left */
  assert_int_equal(target_end(&target), 0);
  uint64_t took = target_now_ns() - before;
  assert_true(took > second_ns && took < 10 * second_ns);
  assert_false(target_has_file(target.process));
}

/* AddressSanitizer's allocator has a lock that the publisher may hold when the target forks; nobody
 * lets go of it in the child. */
static void skip_if_forks_hang(void) {
#ifdef __SANITIZE_ADDRESS__
  skip();
#endif
}

static void a_child_is_watched_for_itself(void **state) {
  (void)state;
  skip_if_forks_hang();
  struct target target = obedient_start(NULL);
  HvSource *source = target_watch(target.process, HZ_60);
  obedient_order(&target, 'm');
  hv_frame_unref(target_frame_after(source, 0));
  pid_t child = 0;
  target_tell(&target, 'f');
  char letters[2] = "";
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(read(target.from, &letters[i], 1), 1);
    if (letters[i] == 'f')
      assert_int_equal(read(target.from, &child, sizeof child), sizeof child);
  }
  assert_true(child > 0);
  usleep(100000);
  assert_false(target_has_file(child));
  hv_frame_unref(target_frame_after(source, target_now_ns()));

  HvSource *second = target_watch(child, HZ_60);
  HvFrame *frame = target_frame_after(second, 0);
  assert_int_equal(hv_frame_header(frame)->pid, child);
  hv_frame_unref(frame);
  kill(child, SIGKILL);
  hv_source_set_keep(second, TRUE);
  hv_source_free(second);
  hv_frame_unref(target_frame_after(source, target_now_ns()));
  assert_true(target_has_file(target.process));
  hv_source_free(source);
  obedient_end(&target);
}

static void a_child_inherits_the_rate_of_the_environment(void **state) {
  (void)state;
  skip_if_forks_hang();
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  pid_t child = 0;
  assert_true(target_await_file(target.process, true));
  target_tell(&target, 'f');
  char letter;
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(read(target.from, &letter, 1), 1);
    if (letter == 'f')
      assert_int_equal(read(target.from, &child, sizeof child), sizeof child);
  }
  assert_true(target_await_file(child, true));
  HvSource *source = target_watch(child, HZ_60);
  HvFrame *frame = target_frame_after(source, target_now_ns());
  assert_int_equal(hv_frame_header(frame)->pid, child);
  hv_frame_unref(frame);
  kill(child, SIGKILL);
  usleep(50000);
  hv_source_free(source);
  obedient_end(&target);
}

static void a_program_that_replaces_itself_stays_watched(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  HvSource *source = target_watch(target.process, HZ_60);
  obedient_order(&target, 'm');
  hv_frame_unref(target_frame_after(source, 0));
  target_tell(&target, 'e');
  target_expect(&target, 'b');
  obedient_order(&target, 'm');
  hv_frame_unref(target_frame_after(source, target_now_ns()));
  hv_source_free(source);
  obedient_end(&target);
}

static void the_program_itself_may_ask(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  for (unsigned i = 0; i < 3; i++) {
    obedient_order(&target, 's');
    assert_true(target_has_file(target.process));
    HvSource *source = target_watch(target.process, 1000);
    HvFrame *frame = target_frame_after(source, 0);
    assert_true(hv_frame_header(frame)->rate_mhz <= 20000);
    hv_frame_unref(frame);
    hv_source_free(source);
    obedient_order(&target, 'S');
    assert_true(target_await_file(target.process, false));
    assert_true(obedient_await_threads(target.process, 1));
  }
  obedient_end(&target);
}

static void rates_that_are_none_are_named(void **state) {
  (void)state;
  static const char *const wrong[] = {"fast", "-3", "10x", "1.2.3", "nan"};
  for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char variable[64], expected[160];
    snprintf(variable, sizeof variable, "LIBALLOC_SNAPSHOT=%s", wrong[i]);
    snprintf(expected, sizeof expected,
             "liballoc: warning: %s is ignored: it takes frames a second, 0.1 to 60\n", variable);
    struct target target = obedient_start(variable);
    assert_false(target_has_file(target.process));
    target_tell(&target, 'x');
    assert_int_equal(target_end(&target), 0);
    assert_string_equal(target_text, expected);
  }
}

static void trim_is_carried_out(void **state) {
  (void)state;
  struct target target = obedient_start(NULL);
  HvSource *source = target_watch(target.process, HZ_60);
  obedient_order(&target, 't');
  HvFrame *frame = target_frame_after(source, target_now_ns());
  assert_true(hv_frame_head(frame)->total_dirty_bytes >= 2 << 20);
  hv_frame_unref(frame);
  assert_true(hv_source_trim(source));
  guint64 bytes = 0;
  uint64_t begin = target_now_ns();
  while (!hv_source_trim_done(source, &bytes)) {
    frame = hv_source_poll(source);
    if (frame)
      hv_frame_unref(frame);
    assert_true(target_now_ns() - begin < 10 * second_ns);
    usleep(5000);
  }
  assert_true(bytes >= 2 << 20);
  frame = target_frame_after(source, target_now_ns());
  assert_int_equal(hv_frame_head(frame)->total_dirty_bytes, 0);
  hv_frame_unref(frame);
  hv_source_free(source);
  obedient_end(&target);
}

static void no_byte_of_the_program_is_published(void **state) {
  (void)state;
  struct target target = obedient_start("LIBALLOC_SNAPSHOT=60");
  HvSource *source = target_watch(target.process, HZ_60);
  obedient_order(&target, 'p');
  hv_frame_unref(target_frame_after(source, target_now_ns()));
  char path[96];
  snapshot_directory_name(path, sizeof path);
  snprintf(path + strlen(path), sizeof path - strlen(path), "/%d.heap", (int)target.process);
  char *text = NULL;
  gsize length = 0;
  assert_true(g_file_get_contents(path, &text, &length, NULL));
  assert_true(length > 100000);
  assert_null(memmem(text, length, "sEcReT", 6));
  g_free(text);
  hv_source_free(source);
  obedient_end(&target);
}

static unsigned count_heaps(void) {
  char path[64];
  unsigned count = 0;
  snapshot_directory_name(path, sizeof path);
  GDir *directory = g_dir_open(path, 0, NULL);
  for (const char *name = g_dir_read_name(directory); name; name = g_dir_read_name(directory))
    count += g_str_has_suffix(name, ".heap");
  g_dir_close(directory);
  return count;
}

static void make_heap(unsigned process, uint64_t created_ns) {
  struct alloc_snapshot_header header = {.magic = ALLOC_SNAPSHOT_MAGIC,
                                         .version = ALLOC_SNAPSHOT_VERSION,
                                         .header_bytes = ALLOC_SNAPSHOT_HEADER_BYTES,
                                         .created_ns = created_ns};
  char path[96];
  snapshot_directory_name(path, sizeof path);
  snprintf(path + strlen(path), sizeof path - strlen(path), "/%u.heap", process);
  int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_int_equal(write(file, &header, sizeof header), sizeof header);
  close(file);
}

static void the_newest_leftovers_are_kept(void **state) {
  enum { NO_PROCESS = 5000000, OLD = 40, KEPT = 16 }; /* above the highest that the kernel gives */
  (void)state;
  obedient_needs_private_shm();
  assert_true(target_mount_shm("mode=1777,size=16m"));
  struct target target = obedient_start(NULL);
  for (unsigned i = 1; i <= OLD; i++)
    make_heap(NO_PROCESS + i * 7 % (OLD + 1), i * 7 % (OLD + 1));
  make_heap((unsigned)getpid(), 1);
  make_heap(NO_PROCESS + OLD + 1, (uint64_t)g_get_real_time() * 1000);
  obedient_order(&target, 's');
  for (unsigned ms = 0; ms < 10000 && count_heaps() != KEPT + 3; ms += 5)
    usleep(5000);
  assert_int_equal(count_heaps(), KEPT + 3);
  for (unsigned i = 1; i <= OLD + 1; i++)
    assert_int_equal(target_has_file((pid_t)(NO_PROCESS + i)), i > OLD - KEPT);
  assert_true(target_has_file(getpid()));
  obedient_end(&target);
  assert_int_equal(umount("/dev/shm"), 0);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_watches_nothing_happens),
      cmocka_unit_test(a_ring_is_answered_at_the_next_slow_path),
      cmocka_unit_test(the_rate_is_that_of_the_frames_to_come),
      cmocka_unit_test(a_watcher_that_stops_breathing_is_forgotten),
      cmocka_unit_test(rings_for_others_are_not_answered),
      cmocka_unit_test(a_killed_process_leaves_its_last_frame),
      cmocka_unit_test(a_normal_end_leaves_nothing),
      cmocka_unit_test(quick_exit_leaves_nothing),
      cmocka_unit_test(the_publisher_does_not_outlive_the_program),
      cmocka_unit_test(a_child_is_watched_for_itself),
      cmocka_unit_test(a_child_inherits_the_rate_of_the_environment),
      cmocka_unit_test(a_program_that_replaces_itself_stays_watched),
      cmocka_unit_test(the_program_itself_may_ask),
      cmocka_unit_test(rates_that_are_none_are_named),
      cmocka_unit_test(trim_is_carried_out),
      cmocka_unit_test(no_byte_of_the_program_is_published),
      cmocka_unit_test(the_newest_leftovers_are_kept),
  };
  obedient_prepare(argc, argv);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
