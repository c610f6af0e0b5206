/* SPDX-License-Identifier: MIT */
/* See obedient.h. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>

#include "tests/unit/obedient.h"

/* ================================ the target ================================ */

/* Something that no fast path can do. */
static void slow_path(void) {
  alloc_free(alloc_malloc(3 << 20));
}

static void *churn(void *unused) {
  (void)unused;
  for (;;) {
    slow_path();
    usleep(1000);
  }
  return NULL;
}

static void *leave_last(void *unused) {
  (void)unused;
  usleep(1200000);
  return NULL;
}

static void fork_child(void) {
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    role_tell('c');
    for (;;) {
      slow_path();
      usleep(1000);
    }
  }
  /* In one write, that the child's letter cannot come between. */
  char told[1 + sizeof child] = "f";
  memcpy(told + 1, &child, sizeof child);
  if (write(10, told, sizeof told) != sizeof told)
    _exit(124);
}

static void fill_with_pattern(void) {
  for (unsigned i = 0; i < 20000; i++) {
    size_t bytes = i % 100 == 0 ? 100000 : i % 700 + 8;
    char *block = alloc_malloc(bytes);
    for (size_t at = 0; at + 8 <= bytes; at += 8)
      memcpy(block + at, "sEcReT42", 8);
    if (i % 3 == 0)
      alloc_free(block);
  }
}

static void grow(unsigned count) {
  for (unsigned i = 0; i < count; i++)
    if (!alloc_malloc(48))
      _exit(123);
}

/* Obeys letters until there are no more, then ends by exit(). */
static int obedient_play(void) {
  pthread_t thread;
  char letter;

  role_tell('b');
  while ((letter = role_listen()) != 0 && letter != 'x') {
    switch (letter) {
    case 'm':
      slow_path();
      break;
    case 'c':
      pthread_create(&thread, NULL, churn, NULL);
      break;
    case 'f':
      fork_child();
      continue;
    case 'p':
      fill_with_pattern();
      break;
    case 'g':
      grow(2000000);
      break;
    case 't': {
      static void *block[64];
      for (unsigned i = 0; i < 64; i++)
        memset(block[i] = alloc_malloc(64 << 10), 1, 64 << 10);
      for (unsigned i = 0; i < 64; i++)
        alloc_free(block[i]);
      break;
    }
    case 's':
      if (alloc_snapshot_start(20) != 0)
        return 9;
      break;
    case 'S':
      alloc_snapshot_stop();
      break;
    case 'e':
      execl("/proc/self/exe", "target", "obedient", (char *)NULL);
      return 8;
    case 'q':
      quick_exit(0);
    case 'l':
      pthread_create(&thread, NULL, leave_last, NULL);
      pthread_detach(thread);
      role_tell('.');
      pthread_exit(NULL);
    default:
      return 7;
    }
    role_tell('.');
  }
  return 0;
}

/* ================================ the test ================================ */

static bool private_shm;

void obedient_needs_private_shm(void) {
  if (!private_shm) {
    print_message("needs a mount namespace: not permitted here\n");
    skip();
  }
}

struct target obedient_start(const char *variable) {
  struct target target = target_start("obedient", variable, -1);
  target_expect(&target, 'b');
  return target;
}

void obedient_order(struct target *target, char letter) {
  target_tell(target, letter);
  target_expect(target, '.');
}

void obedient_end(struct target *target) {
  target_tell(target, 'x');
  assert_int_equal(target_end(target), 0);
  assert_string_equal(target_text, "");
  assert_false(target_has_file(target->process));
}

bool obedient_has_threads(pid_t process, unsigned count) {
  unsigned found = target_threads(process);
  return found >= count && found <= count + THREADS_NOT_OURS;
}

bool obedient_await_threads(pid_t process, unsigned count) {
  for (unsigned ms = 0; ms < 10000; ms += 5) {
    if (obedient_has_threads(process, count))
      return true;
    usleep(5000);
  }
  return false;
}

void snapshot_directory_name(char *path, size_t bytes) {
  snprintf(path, bytes, ALLOC_SNAPSHOT_DIRECTORY_FORMAT, (unsigned)geteuid());
}

void obedient_prepare(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "obedient") == 0)
    exit(obedient_play());
  if (argc > 1)
    cmocka_set_test_filter(argv[1]);
  /* Children of programs with threads make threads here, which ThreadSanitizer calls unsafe. */
  const char *options = getenv("TSAN_OPTIONS");
  char *more = g_strconcat(options ? options : "", ":die_after_fork=0", NULL);
  setenv("TSAN_OPTIONS", more, 1);
  g_free(more);
  private_shm = target_make_private_shm();
}
